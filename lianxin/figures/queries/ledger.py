"""The ledger: what every unit took in and answered, day by day, beside what it says itself it did. Days without a report are seen."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from django.db.models import Q
from django.utils import timezone

from lianxin.casework.rights import UNIT_ROLES, Role
from lianxin.figures import tags
from lianxin.figures.models import DailyReport
from lianxin.figures.periods import Period, span
from lianxin.figures.queries.sums import Sums, UnitRow, all_units, family, folded, heir, merged_note, sums_by, sums_of, unit_rows
from lianxin.foundation import calendar
from lianxin.foundation.pagestore import tag
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Organisation, Post
from lianxin.organisations.tags import PEOPLE

LONGEST_SPAN = timedelta(days=366)
FOUND_AT_MOST = 200


class ReportState(StrEnum):
    """How a day stands without a report."""

    WRITTEN = "written"
    MISSING = "missing"
    DUE = "due"
    """The day is not over."""
    NONE = "none"
    """Nobody owes one: no workday, or nobody there to write it."""


@dataclass
class DayRow:
    """One line: a unit's, a day's, or a unit's on a day."""

    unit: Organisation
    day: date | None
    sums: Sums
    reports: list[DailyReport] = field(default_factory=list)
    state: ReportState = ReportState.NONE
    reported: int = 0
    owed: int = 0
    is_part: bool = False
    """A line below that of the unit it is part of, whose numbers are in that one already."""
    only: bool = False
    note: str = ""


@dataclass
class Ledger:
    """A table of lines with their sum."""

    period: Period
    unit: Organisation | None
    rows: list[DayRow]
    total: Sums
    workday: bool = True
    former: list[Organisation] = field(default_factory=list)

    @property
    def missing(self) -> int:
        """How many reports are missing."""
        return sum(row.state == ReportState.MISSING for row in self.rows)


@dataclass(frozen=True)
class Found:
    """Reports that hold some words; ``more`` when there are more than are shown."""

    rows: list[DayRow]
    more: bool


class Duties:
    """Who owes a report when: units in which somebody holds a clerk's post, on workdays, from the day of the city's first report."""

    def __init__(self, first: date, last: date) -> None:
        tag(PEOPLE)
        self.began = DailyReport.objects.order_by("day").values_list("day", flat=True).first()
        days = [first + timedelta(days=place) for place in range((last - first).days + 1)]
        self.workdays = [day for day in days if calendar.is_workday(day)]
        held = Post.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=first), role=Role.CLERK, starts_on__lte=last)
        self._held: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
        for unit, starts, ends in held.values_list("organisation", "starts_on", "ends_on"):
            self._held[unit].append((starts, ends))

    def owes(self, unit: Organisation, day: date) -> bool:
        """Whether the unit owes a report of this day."""
        if self.began is None or day < self.began or (unit.ended_on is not None and day >= unit.ended_on):
            return False
        return any(starts <= day and (ends is None or day <= ends) for starts, ends in self._held.get(unit.pk, ()))

    def days(self, unit: Organisation) -> list[date]:
        """The days that are over of which the unit owes a report."""
        today = timezone.localdate()
        return [day for day in self.workdays if day < today and self.owes(unit, day)]

    def state(self, unit: Organisation, day: date, reports: Iterable[DailyReport]) -> ReportState:
        """How the unit's report of a day stands."""
        if any(report.unit_id == unit.pk for report in reports):
            return ReportState.WRITTEN
        if not calendar.is_workday(day) or not self.owes(unit, day):
            return ReportState.NONE
        return ReportState.DUE if day >= timezone.localdate() else ReportState.MISSING

    def units(self) -> set[int]:
        """Units that owe something in these days."""
        return set(self._held)


def ledger_day(period: Period) -> Ledger:
    """All units on one day."""
    tag(*tags.of(period.first, period.last))
    day, units, duties = period.first, all_units(), Duties(period.first, period.last)
    reports = {report.unit_id: report for report in DailyReport.objects.filter(day=day)}
    rows, total = _unit_lines(period, units, {*reports, *(pk for pk in duties.units() if pk in units and duties.owes(units[pk], day))})
    for row in rows:
        row.day = day
        row.reports = [reports[row.unit.pk]] if row.unit.pk in reports and (row.is_part or not _parts_below(row, rows)) else []
        row.state = duties.state(row.unit, day, row.reports) if row.is_part or not _parts_below(row, rows) else ReportState.NONE
    shown = [row for row in rows if row.sums or row.reports or row.state != ReportState.NONE]
    return Ledger(period, None, shown, total, calendar.is_workday(day))


def _parts_below(row: DayRow, rows: list[DayRow]) -> bool:
    return any(other.is_part and other.unit.pk == row.unit.pk for other in rows) and not row.is_part


def ledger_month(period: Period) -> Ledger:
    """All units over a month or some days, with how many reports each wrote of how many."""
    tag(*tags.of(period.first, period.last))
    units, duties = all_units(), Duties(period.first, period.last)
    written: dict[int, set[date]] = defaultdict(set)
    for unit, day in DailyReport.objects.filter(day__range=(period.first, period.last)).values_list("unit", "day"):
        written[unit].add(day)
    owing = {pk for pk in duties.units() if pk in units and duties.days(units[pk])}
    rows, total = _unit_lines(period, units, {*written, *owing})
    for row in rows:
        members = [row.unit] if row.is_part or row.only else [units[pk] for pk in family(row.unit, units)]
        owed = {(unit.pk, day) for unit in members for day in duties.days(unit)}
        # A report that nobody owed, on a Sunday perhaps, is one all the same.
        done = {(unit.pk, day) for unit in members for day in written[unit.pk]}
        row.reported, row.owed = len(done), len(owed | done)
    return Ledger(period, None, [row for row in rows if row.sums or row.owed], total)


def _unit_lines(period: Period, units: dict[int, Organisation], also: set[int]) -> tuple[list[DayRow], Sums]:
    sums = sums_by(folded(period.first, period.counted_to, unit__isnull=False), "unit_id")
    total = Sums()
    for one in sums.values():
        total.add(one)
    for pk in also:
        sums.setdefault(pk, Sums())
    rows = []
    for row in unit_rows(sums, units):
        rows.append(DayRow(row.unit, None, row.sums))
        rows += [_part(part) for part in row.parts]
    return rows, total


def _part(part: UnitRow) -> DayRow:
    return DayRow(part.unit, None, part.sums, is_part=True, only=True, note=part.note or "本单位")


def unit_month(period: Period, unit: Organisation) -> Ledger:
    """One unit, day by day, with what units did that became part of it."""
    tag(*tags.of(period.first, period.last))
    units, duties = all_units(), Duties(period.first, period.last)
    members = family(unit, units)
    sums = sums_by(folded(period.first, period.counted_to, unit__in=members), "day")
    reports: dict[date, list[DailyReport]] = defaultdict(list)
    for report in DailyReport.objects.filter(day__range=(period.first, period.last), unit__in=members).select_related("unit").order_by("unit"):
        reports[report.day].append(report)
    total, rows = Sums(), []
    for one in sums.values():
        total.add(one)
    last = min(period.last, timezone.localdate())
    for place in range((last - period.first).days, -1, -1):
        day = period.first + timedelta(days=place)
        row = DayRow(unit, day, sums.get(day, Sums()), reports[day], duties.state(unit, day, reports[day]))
        if row.reports and row.state != ReportState.MISSING:
            row.state = ReportState.WRITTEN
        rows.append(row)
    former = [units[pk] for pk in members if pk != unit.pk]
    return Ledger(period, unit, rows, total, former=former)


def ledger_search(words: str, first: date, last: date, unit: Organisation | None) -> Found:
    """Reports of these days (of a unit and those that became part of it) that hold all the words, the newest first, each with its day's numbers."""
    tag(*tags.of(first, last))
    units = all_units()
    reports = DailyReport.objects.filter(day__range=(first, last)).select_related("unit").order_by("-day", "unit")
    if unit is not None:
        reports = reports.filter(unit__in=family(unit, units))
    for word in words.split()[:10]:
        reports = reports.filter(text__icontains=word)
    found = list(reports[: FOUND_AT_MOST + 1])
    rows = []
    for report in found[:FOUND_AT_MOST]:
        former = heir(report.unit, units).pk != report.unit_id
        note = merged_note(units[report.unit_id]) if former else ""
        rows.append(DayRow(report.unit, report.day, Sums(), [report], ReportState.WRITTEN, only=True, note=note))
    _fill(rows)
    return Found(rows, len(found) > FOUND_AT_MOST)


def _fill(rows: list[DayRow]) -> None:
    """The numbers of each line's unit on its day."""
    days = [row.day for row in rows if row.day is not None]
    if not days:
        return
    found: dict[tuple[date | None, int | None], Sums] = defaultdict(Sums)
    for one in folded(min(days), max(days), unit__in={row.unit.pk for row in rows}, day__in=set(days)):
        found[one.day, one.unit_id].add(sums_of(one))
    for row in rows:
        row.sums = found[row.day, row.unit.pk]


def clean_span(first: date | None, last: date | None) -> Period:
    """The days to search: the last thirty unless given, at most a year, never after today."""
    today = timezone.localdate()
    last = min(last or today, today)
    first = min(first or last - timedelta(days=29), last)
    return span(max(first, last - LONGEST_SPAN), last)


# --- for whoever writes them -----------------------------------------------------------------------------------------------------------------


def reporting_units(user: User) -> list[Organisation]:
    """Units for which somebody may write reports."""
    posts = organisations.posts_of(user).filter(role__in=UNIT_ROLES, organisation__ended_on__isnull=True)
    return list({post.organisation_id: post.organisation for post in posts.order_by("organisation__path")}.values())


def own_reports(unit: Organisation, first: date, last: date) -> list[DayRow]:
    """The unit's days from ``first`` to ``last``, the last first, with their reports."""
    duties = Duties(first, last)
    reports = {report.day: report for report in DailyReport.objects.filter(unit=unit, day__range=(first, last))}
    rows = []
    for place in range((last - first).days, -1, -1):
        day = first + timedelta(days=place)
        own = [reports[day]] if day in reports else []
        rows.append(DayRow(unit, day, Sums(), own, duties.state(unit, day, own)))
    return rows
