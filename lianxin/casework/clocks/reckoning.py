"""When something is due: from a receipt, by workdays, days or months, without the time spent waiting for the citizen.

All of it is pure: the same terms, pauses, extensions and calendar give the same day. What the days were is told by ``ledger``, which
counts them one by one and so arrives at the same day by another way (a property test holds both together).
"""

import calendar as months
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from lianxin.foundation import calendar

WORKDAYS, DAYS, MONTHS = "WD", "CD", "MO"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Terms:
    """What a rule demands. ``closes``: receipt after this time, or on a day off, counts as of the next workday; None: any time, any day."""

    threshold: int
    unit: str
    closes: time | None = None


@dataclass(frozen=True)
class Pause:
    """Time that does not count, from asking to answering; ``end`` None while it lasts. ``seq`` is the event that began it."""

    start: datetime
    end: datetime | None
    seq: int = 0


@dataclass(frozen=True)
class Extension:
    """Days added: workdays where the limit counts workdays, calendar days otherwise. ``seq`` is the event that granted it."""

    days: int
    seq: int = 0


@dataclass(frozen=True)
class Due:
    """The last day, and the moment it ends. ``provisional``: a year on the way has no holiday notice yet, the day may move."""

    day: date
    at: datetime
    provisional: bool


def receipt_day(moment: datetime, closes: time | None) -> date:
    """The day that counts as the day of receipt (which itself is never counted, 民法典 §201)."""
    local = timezone.localtime(moment)
    day = local.date()
    if closes is None:
        return day
    if local.time() > closes or not calendar.is_workday(day):
        return calendar.next_workday(day)
    return day


def due(terms: Terms, started_at: datetime, pauses: Sequence[Pause] = (), extensions: Sequence[Extension] = ()) -> Due | None:
    """When it is due; None while a pause lasts.

    Days after the one on which the pause began, up to and including the day of its end, do not count. ``pauses`` are in order and do
    not overlap.
    """
    if any(pause.end is None for pause in pauses):
        return None
    first = receipt_day(started_at, terms.closes)
    last = _add(first, terms.threshold, terms.unit)
    extra = sum(extension.days for extension in extensions)
    last = _add(last, extra, _day_unit(terms.unit))
    uncounted = first
    for pause in pauses:
        begins, ends = _span(pause, uncounted, terms.closes)
        if begins >= last:
            break
        last = _add(last, _counted(begins, ends, terms.unit), _day_unit(terms.unit))
        # An answer that came out of hours may end its pause after the next one began.
        uncounted = ends
    return Due(last, end_of(last), _is_provisional(terms, timezone.localtime(started_at).date(), last))


def end_of(day: date) -> datetime:
    """The moment a day is over (民法典 §203: 二十四时)."""
    return timezone.make_aware(datetime.combine(day + ONE_DAY, time.min))


def last_day(due_at: datetime) -> date:
    """The last day of a limit that ends at ``due_at``: the day that ``end_of`` ended."""
    return (timezone.localtime(due_at) - timedelta(seconds=1)).date()


def days_left(due_at: datetime, now: datetime, unit: str) -> int:
    """How many whole days of the limit's own kind are left after today; negative once it is over."""
    last = last_day(due_at)
    today = timezone.localtime(now).date()
    return calendar.workdays_between(today, last) if unit == WORKDAYS else (last - today).days


def _span(pause: Pause, first: date, closes: time | None) -> tuple[date, date]:
    """The last day that counted before the pause, and the last that did not count because of it."""
    assert pause.end is not None
    begins = max(timezone.localtime(pause.start).date(), first)
    return begins, max(receipt_day(pause.end, closes), begins)


def _add(day: date, number: int, unit: str) -> date:
    if unit == WORKDAYS:
        return calendar.add_workdays(day, number)
    if unit == DAYS:
        return day + timedelta(days=number)
    year, month = divmod(day.year * 12 + day.month - 1 + number, 12)
    # 民法典 §202: without a day of that number, the month's last.
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def _counted(after: date, until: date, unit: str) -> int:
    return calendar.workdays_between(after, until) if unit == WORKDAYS else (until - after).days


def _day_unit(unit: str) -> str:
    return WORKDAYS if unit == WORKDAYS else DAYS


def _is_provisional(terms: Terms, first: date, last: date) -> bool:
    if terms.unit != WORKDAYS and terms.closes is None:
        return False
    return any(calendar.is_provisional(year) for year in range(first.year, last.year + 1))
