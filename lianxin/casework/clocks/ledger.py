"""The way to a due date, day by day, for people who want to check it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.utils import timezone

from lianxin.casework.clocks.reckoning import DAYS, MONTHS, ONE_DAY, WORKDAYS, Extension, Pause, Terms, _add, receipt_day
from lianxin.foundation import calendar

_LONGEST = 4000


class DayState(StrEnum):
    """What a day was on the way."""

    START = "start"
    COUNTED = "counted"
    MAKEUP = "makeup"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    PAUSED = "paused"
    BEFORE = "before"


_LABELS = {
    DayState.START: "收到，次日起算",
    DayState.COUNTED: "计入",
    DayState.MAKEUP: "调休上班，计入",
    DayState.WEEKEND: "周末，不计",
    DayState.HOLIDAY: "放假，不计",
    DayState.PAUSED: "等待补充，不计",
    DayState.BEFORE: "下班后或休息日收到，顺延",
}


@dataclass(frozen=True)
class Day:
    """One day of the ledger. ``number`` is the running number of a counted day; ``seq`` the event behind a pause or an extension."""

    date: date
    state: DayState
    name: str
    number: int | None
    rule: str
    seq: int | None
    extended: bool
    provisional: bool

    @property
    def label(self) -> str:
        """What people see, for example 放假，不计（国庆节）."""
        text = _LABELS[self.state] + (f"（{self.name}）" if self.name else "")
        text += "，延长期限内" if self.extended else ""
        return text + ("，放假通知未发布，暂按周历推算" if self.provisional else "")


@dataclass(frozen=True)
class _Counter:
    terms: Terms
    total: int
    pauses: Sequence[Pause]
    first: date

    def pause(self, day: date) -> Pause | None:
        """The pause in which a day lies."""
        for pause in self.pauses:
            begins = max(timezone.localtime(pause.start).date(), self.first)
            if day > begins and (pause.end is None or day <= receipt_day(pause.end, self.terms.closes)):
                return pause
        return None


def ledger(
    terms: Terms,
    started_at: datetime,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[Extension] = (),
    *,
    rule: str = "",
    until: date | None = None,
) -> list[Day]:
    """Every day from receipt to the due date, each with what it counted for and why; while a pause lasts, up to ``until`` (default today)."""
    first = receipt_day(started_at, terms.closes)
    counter = _Counter(terms, _total(terms, first, extensions), pauses, first)
    open_end = any(pause.end is None for pause in pauses)
    stop = until or timezone.localdate()
    days = _before(timezone.localtime(started_at).date(), first, terms, rule)
    number, day, threshold = 0, first, _total(terms, first, ())
    while number < counter.total and len(days) < _LONGEST:
        day += ONE_DAY
        pause = counter.pause(day)
        if pause is not None and pause.end is None and day > stop:
            break
        state, name = _state(day, terms, pause)
        counts = state in (DayState.COUNTED, DayState.MAKEUP)
        number += counts
        extended = counts and number > threshold
        seq = pause.seq if pause else _granted(number - threshold, extensions) if extended else None
        provisional = _provisional(day, terms)
        days.append(Day(day, state, name, number if counts else None, rule, seq, extended, provisional))
        if open_end and day >= stop and pause is not None and pause.end is None:
            break
    return days


def _total(terms: Terms, first: date, extensions: Sequence[Extension]) -> int:
    extra = sum(extension.days for extension in extensions)
    if terms.unit == MONTHS:
        return (_add(first, terms.threshold, MONTHS) - first).days + extra
    return terms.threshold + extra


def _before(received: date, first: date, terms: Terms, rule: str) -> list[Day]:
    """The day of receipt, and the days until the one that counts as such."""
    days = []
    day = received
    while day < first:
        days.append(Day(day, DayState.BEFORE, _kind(day)[1], None, rule, None, False, _provisional(day, terms)))
        day += timedelta(days=1)
    days.append(Day(first, DayState.START, "", None, rule, None, False, _provisional(first, terms)))
    return days


def _state(day: date, terms: Terms, pause: Pause | None) -> tuple[DayState, str]:
    if pause is not None:
        return DayState.PAUSED, ""
    kind, name = _kind(day)
    if terms.unit in (DAYS, MONTHS):
        return DayState.COUNTED, name
    states = {
        calendar.DayKind.WORKDAY: DayState.COUNTED,
        calendar.DayKind.MAKEUP: DayState.MAKEUP,
        calendar.DayKind.WEEKEND: DayState.WEEKEND,
        calendar.DayKind.HOLIDAY: DayState.HOLIDAY,
    }
    return states[kind], name


def _kind(day: date) -> tuple[calendar.DayKind, str]:
    return calendar.kind_of(day)


def _granted(over: int, extensions: Sequence[Extension]) -> int | None:
    """The event that granted the ``over``-th added day."""
    for extension in extensions:
        if over <= extension.days:
            return extension.seq
        over -= extension.days
    return None


def _provisional(day: date, terms: Terms) -> bool:
    return (terms.unit == WORKDAYS or terms.closes is not None) and calendar.is_provisional(day.year)
