"""Days, months, years and spans as addresses name them: ``2025-03-05``, ``2025-03``, ``2025``, ``2025-03-05..2025-03-20``."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

FIRST_YEAR = 1900
_TEXT = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True)
class Period:
    """A day, a month, a year, or a span of days."""

    text: str
    first: date
    last: date

    @property
    def is_year(self) -> bool:
        """Whether it is a whole year."""
        return len(self.text) == 4

    @property
    def is_month(self) -> bool:
        """Whether it is a month."""
        return len(self.text) == 7

    @property
    def is_span(self) -> bool:
        """Whether it is some days, given by the first and the last."""
        return ".." in self.text

    @property
    def name(self) -> str:
        """``2025年3月5日``."""
        if self.is_span:
            return f"{_words(self.first)}至{_words(self.last)}"
        parts = [f"{int(part)}{sign}" for part, sign in zip(self.text.split("-"), "年月日", strict=False)]
        return "".join(parts)

    @property
    def is_over(self) -> bool:
        """Whether all of its days lie behind."""
        return self.last <= yesterday()

    @property
    def counted_to(self) -> date:
        """Its last day that has figures."""
        return min(self.last, yesterday())

    @property
    def before(self) -> "Period | None":
        """The period before it."""
        return _around(self, self.first - timedelta(days=1))

    @property
    def after(self) -> "Period | None":
        """The period after it, if it has begun."""
        following = self.last + timedelta(days=1)
        return _around(self, following) if following <= yesterday() else None


def yesterday() -> date:
    """The last day that is over; figures go no further."""
    return timezone.localdate() - timedelta(days=1)


def period(text: str) -> Period | None:
    """The period of this name; None for what is none."""
    first_day, dots, last_day = text.partition("..")
    if dots:
        one, other = period(first_day), period(last_day)
        return span(one.first, other.first) if one and other and len(first_day) == len(last_day) == 10 and one.first <= other.first else None
    match = _TEXT.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
    except ValueError:
        return None
    if first.year < FIRST_YEAR or first > timezone.localdate():
        return None
    if day:
        return Period(text, first, first)
    return Period(text, first, first.replace(day=monthrange(first.year, first.month)[1]) if month else date(first.year, 12, 31))


def span(first: date, last: date) -> Period:
    """Some days, the first and the last included."""
    return Period(f"{first}..{last}", first, last)


def _words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def year_of(day: date) -> Period:
    """The year of a day."""
    return Period(f"{day:%Y}", date(day.year, 1, 1), date(day.year, 12, 31))


def month_of(day: date) -> Period:
    """The month of a day."""
    return Period(f"{day:%Y-%m}", day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def _around(one: Period, day: date) -> Period | None:
    return period(day.isoformat()[: len(one.text)])
