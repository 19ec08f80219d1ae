"""What the pages of figures show: a period, narrowed down by unit and kind, by unit, channel, category, kind, month and leader."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from lianxin.casework import kinds
from lianxin.casework.vocabulary import Channel
from lianxin.figures import hidden, tags
from lianxin.figures.models import DailyFigure
from lianxin.figures.periods import Period, month_of, span, yesterday
from lianxin.figures.queries.sums import (
    Sums,
    UnitRow,
    all_units,
    family,
    folded,
    grouped,
    open_kinds,
    private_kinds,
    sums_by,
    unit_rows,
)
from lianxin.foundation.pagestore import tag
from lianxin.organisations.models import Organisation, Post
from lianxin.organisations.tags import PEOPLE
from lianxin.triage.models import Category

NONE, ANY = "-", "*"
"""How an address says: without a unit (a category); with whatever unit."""
TOP = 2
"""So many digits of a category's code name its top."""
CATEGORIES = 20


@dataclass(frozen=True)
class Line:
    """One line of a table: its name, its key in addresses, its numbers."""

    name: str
    key: str
    sums: Sums


@dataclass(frozen=True)
class Cell:
    """A number about a person; None when it is not told."""

    name: str
    note: str
    key: str
    value: int | None


@dataclass(frozen=True)
class Private:
    """A kind whose cases never become public, in its totals alone; None when they are not told."""

    name: str
    key: str
    received: int | None
    answered: int | None


@dataclass
class Summary:
    """All that the page of a period shows."""

    period: Period
    unit: Organisation | None
    kind: str
    total: Sums
    units: list[UnitRow] = field(default_factory=list)
    apart: Sums = field(default_factory=Sums)
    """Of the total, what is not told by unit."""
    kinds: list[Line] = field(default_factory=list)
    channels: list[Line] = field(default_factory=list)
    categories: list[Line] = field(default_factory=list)
    parts: list[tuple[Period, Sums]] = field(default_factory=list)
    """The year's months, or the month's days."""
    private: list[Private] = field(default_factory=list)
    leaders: list[Cell] = field(default_factory=list)
    instructed: int | None = None
    """All instructions of the year; None when that would tell too much."""
    in_person: list[Cell] = field(default_factory=list)
    in_person_total: int | None = None
    former: list[Organisation] = field(default_factory=list)
    """Units that became part of ``unit``, whose numbers are among its own."""


@dataclass(frozen=True)
class Overview:
    """The first page: the last twelve months, and the day up to which there are figures."""

    total: Sums
    span: Period
    months: list[tuple[Period, Sums]]
    until: date


def overview() -> Overview:
    """The last twelve months, the running one included."""
    until = yesterday()
    months = [month_of(until)]
    while len(months) < 12:
        months.insert(0, month_of(months[0].first - timedelta(days=1)))
    tag(*tags.of(months[0].first, until))
    by_month = sums_by(folded(months[0].first, until), "month")
    total = Sums()
    for one in by_month.values():
        total.add(one)
    return Overview(total, span(months[0].first, until), [(month, by_month.get(month.first, Sums())) for month in months], until)


def summary(period: Period, unit: Organisation | None = None, kind: str = "") -> Summary:
    """The figures of a period; ``unit`` with those that became part of it, ``kind`` one that becomes public."""
    last = period.counted_to
    tag(*tags.of(period.first, period.last))
    units = all_units()
    given: dict[str, Any] = {"unit__in": family(unit, units)} if unit is not None else {}
    if kind:
        given["kind"] = kind
    rows = folded(period.first, last, **given)
    by_unit = sums_by(rows, "unit_id")
    total = Sums()
    for one in by_unit.values():
        total.add(one)
    found = Summary(period, unit, kind, total, unit_rows(by_unit, units), by_unit.get(None, Sums()))
    if unit is not None:
        found.former = [units[pk] for pk in family(unit, units) if pk != unit.pk and pk in by_unit]
    if not kind:
        found.kinds = [Line(open_kinds()[code], code, one) for code, one in _largest(sums_by(rows, "kind"))]
    told = rows.filter(unit__isnull=False)
    channels = sums_by(told, "channel", with_minutes=False)
    found.channels = [Line(str(Channel(code).label), code, one) for code, one in _largest(channels) if code in Channel.values]
    found.categories = _categories(sums_by(told, "category", with_minutes=False))
    found.parts = _parts(period, rows)
    if unit is None and not kind:
        found.private = private_figures(period)
    if period.is_year and not kind:
        _persons(found, rows, units)
    return found


def _largest(sums: dict[Any, Sums]) -> list[tuple[Any, Sums]]:
    return sorted(sums.items(), key=lambda row: (-row[1].received, -row[1].answered, str(row[0])))


def top_of(code: str) -> str:
    """The part of a category's code by which figures are told."""
    return code[:TOP] if code.isdecimal() else code


def _categories(sums: dict[Any, Sums]) -> list[Line]:
    tops = grouped(sums, top_of)
    names = dict(Category.objects.filter(code__in=[str(code) for code in tops]).values_list("code", "name"))
    for one in kinds.kinds():
        for code in tops:
            if code and code not in names and code in one.categories:
                names[str(code)] = one.categories[str(code)]
    return [Line(names.get(str(code), str(code)) or "未分类", str(code) or NONE, one) for code, one in _largest(tops)[:CATEGORIES] if one]


def _parts(period: Period, rows: Any) -> list[tuple[Period, Sums]]:
    if period.is_year:
        by_month = sums_by(rows, "month")
        months = [Period(f"{period.first.year}-{month:02}", *_month(period.first.year, month)) for month in range(1, 13)]
        return [(month, by_month.get(month.first, Sums())) for month in months if month.first <= yesterday()]
    if not period.is_month:
        return []
    by_day = sums_by(rows, "day")
    days = [period.first + timedelta(days=place) for place in range((period.counted_to - period.first).days + 1)]
    return [(Period(day.isoformat(), day, day), by_day.get(day, Sums())) for day in days]


def _month(year: int, month: int) -> tuple[date, date]:
    one = month_of(date(year, month, 1))
    return one.first, one.last


# --- what is told of private kinds and of persons ------------------------------------------------------------------------------------------


def private_figures(period: Period) -> list[Private]:
    """Private kinds in their totals: of months from five up, of years as far as they tell no hidden month, of days nothing."""
    codes = private_kinds()
    if not codes or not (period.is_month or period.is_year):
        return []
    found = []
    for code in codes:
        rows = DailyFigure.objects.filter(day__range=(period.first, period.counted_to), kind=code)
        by_month = sums_by(rows, "month", with_minutes=False)
        if not any(by_month.values()):
            continue
        months = _months_of(period)
        told = [_private_number(period, [getattr(by_month.get(month, Sums()), measure) for month in months]) for measure in ("received", "answered")]
        found.append(Private(kinds.kind(code).name, code, *told))
    return found


def _months_of(period: Period) -> list[date]:
    return [date(period.first.year, month, 1) for month in range(1, 13)] if period.is_year else [period.first]


def _private_number(period: Period, months: list[int]) -> int | None:
    if period.is_month:
        # A month that runs on would tell its days by what it was the day before.
        return months[0] if period.is_over and hidden.month_shown(months[0]) else None
    return sum(months) if hidden.year_shown(months, is_over=period.is_over) else None


def _persons(found: Summary, rows: Any, units: dict[int, Organisation]) -> None:
    """Instructions by leader and answers by heads in person: for whole years only, so that no month can be taken from another."""
    in_person = {row.unit.pk: row.sums.in_person for row in found.units}
    not_told = hidden.hidden_cells(in_person)
    found.in_person_total = _total(sum(in_person.values()))
    found.in_person = [Cell(units[pk].short_name, "", units[pk].slug, None if pk in not_told else value) for pk, value in in_person.items() if value]
    if found.unit is not None:
        return
    cells = instructions(rows)
    values = {user: value for user, (_, value) in cells.items()}
    not_told = hidden.hidden_cells(values)
    found.instructed = _total(sum(values.values()))
    found.leaders = [
        Cell(str(post.user), post.title or str(post.organisation), str(user), None if user in not_told else value)
        for user, (post, value) in cells.items()
    ]


def instructions(rows: Any) -> dict[int, tuple[Post, int]]:
    """Instructions by leader: the person → (the latest post, how many)."""
    tag(PEOPLE)
    by_post = sums_by(rows.filter(leader__isnull=False), "leader_id", with_minutes=False)
    posts = Post.objects.filter(pk__in=by_post).select_related("user", "organisation").order_by("starts_on", "pk")
    found: dict[int, tuple[Post, int]] = {}
    for post in posts:
        _, before = found.get(post.user_id, (post, 0))
        found[post.user_id] = (post, before + by_post[post.pk].instructed)
    return dict(sorted(found.items(), key=lambda row: -row[1][1]))


def _total(value: int) -> int | None:
    """A sum over persons; not told when it is small."""
    return None if 0 < value < hidden.SHOWN_FROM else value
