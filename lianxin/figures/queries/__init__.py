"""Everything that reads figures, daily reports and the entries behind them."""

from lianxin.figures.queries.ledger import DayRow, Found, Ledger, ReportState, ledger_day, ledger_month, ledger_search, own_reports, unit_month
from lianxin.figures.queries.lists import Listed, ListedRow, detailed, listed
from lianxin.figures.queries.pages import Cell, Line, Overview, Private, Summary, overview, summary
from lianxin.figures.queries.sums import Short, Sums, UnitRow, brief, by_sql, family, sums_by, unit_rows

__all__ = [
    "Cell",
    "DayRow",
    "Found",
    "Ledger",
    "Line",
    "Listed",
    "ListedRow",
    "Overview",
    "Private",
    "ReportState",
    "Short",
    "Summary",
    "Sums",
    "UnitRow",
    "brief",
    "by_sql",
    "detailed",
    "family",
    "ledger_day",
    "ledger_month",
    "ledger_search",
    "listed",
    "overview",
    "own_reports",
    "summary",
    "sums_by",
    "unit_month",
    "unit_rows",
]
