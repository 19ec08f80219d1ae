"""Clocks: when something is due and how the days were counted. Pure functions over terms, pauses, extensions and the calendar."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lianxin.casework.clocks.ledger import Day, DayState, ledger
from lianxin.casework.clocks.reckoning import DAYS, Due, Extension, Pause, Terms, days_left, due, end_of, last_day, receipt_day
from lianxin.casework.events import moment

if TYPE_CHECKING:
    from lianxin.casework.models import Clock

__all__ = [
    "DAYS",
    "Day",
    "DayState",
    "Due",
    "Extension",
    "Pause",
    "Terms",
    "days_left",
    "due",
    "end_of",
    "extensions_of",
    "last_day",
    "ledger",
    "ledger_of",
    "pauses_of",
    "receipt_day",
    "reckon",
    "terms_of",
]


def terms_of(clock: "Clock") -> Terms:
    """The terms a clock runs by: those of its rule when it began."""
    return Terms(clock.threshold, clock.unit, clock.closes)


def pauses_of(clock: "Clock") -> Sequence[Pause]:
    """The pauses of a clock, in order."""
    return [Pause(moment(one["from"]), moment(one["to"]) if one["to"] else None, one["seq"]) for one in clock.pauses]


def extensions_of(clock: "Clock") -> Sequence[Extension]:
    """The extensions of a clock, in order."""
    return [Extension(one["days"], one["seq"]) for one in clock.extensions]


def reckon(clock: "Clock") -> Due | None:
    """When a clock is due by the calendar as it is now; None while it is paused."""
    return due(terms_of(clock), clock.started_at, pauses_of(clock), extensions_of(clock))


def ledger_of(clock: "Clock") -> list[Day]:
    """A clock's way to its due date, day by day."""
    return ledger(terms_of(clock), clock.started_at, pauses_of(clock), extensions_of(clock), rule=clock.rule)
