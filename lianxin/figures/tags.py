"""What kept pages of figures and of the ledger are kept by."""

from collections.abc import Iterable
from datetime import date

LISTS = "figures:lists"
"""Which cases lists show by their titles."""

BRIEF = "figures:brief"
"""The last ninety days in short."""


def of(first: date, last: date) -> list[str]:
    """The tags of the months from ``first`` to ``last``; at most two years, else those of the years."""
    if last.year - first.year > 1:
        return [f"figures:{year}" for year in range(first.year, last.year + 1)]
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [f"figures:{month // 12}-{month % 12 + 1:02}" for month in months]


def purged_by(days: Iterable[date]) -> set[str]:
    """What is purged when figures or reports of these days change."""
    return {tag for day in days for tag in (f"figures:{day:%Y}", f"figures:{day:%Y-%m}")}
