"""Everything that changes figures and daily reports."""

from lianxin.figures.actions.folding import count, fold, fold_day, mark, recompute, recount
from lianxin.figures.actions.reports import record_export, write_report

__all__ = ["count", "fold", "fold_day", "mark", "recompute", "record_export", "recount", "write_report"]
