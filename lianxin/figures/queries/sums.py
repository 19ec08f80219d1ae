"""Sums over the daily fold, and the same straight from the entries; units that were merged stand under those they became part of."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any

from django.db.models import CharField, Count, Q, QuerySet, Sum
from django.db.models.functions import Cast, Substr

from lianxin.casework import kinds
from lianxin.figures.counting import is_private
from lianxin.figures.models import Brief, DailyFigure, Entry
from lianxin.figures.tags import BRIEF
from lianxin.foundation.pagestore import tag
from lianxin.foundation.text import duration
from lianxin.organisations.models import Organisation
from lianxin.organisations.tags import UNITS

COUNTS = ("received", "answered", "effective", "on_time", "late", "in_person", "declined", "rated", "satisfied", "unreached", "instructed")
# SQLite would call back into Python for each row to truncate a date; both databases cut its text by themselves.
_MONTH = Substr(Cast("day", CharField()), 1, 7)


@dataclass
class Sums:
    """The numbers of one line. Shares are whole per cent, rounded down: 99.6 is not 100."""

    received: int = 0
    answered: int = 0
    effective: int = 0
    on_time: int = 0
    late: int = 0
    in_person: int = 0
    declined: int = 0
    rated: int = 0
    satisfied: int = 0
    unreached: int = 0
    instructed: int = 0
    minutes: list[int] = field(default_factory=list)
    """Of each answer, from receipt (or from being handled once more)."""

    def add(self, other: "Sums") -> None:
        """Take another line's numbers in."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.minutes += other.minutes

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in COUNTS)

    @property
    def effective_share(self) -> int | None:
        """Of the answers, how many are effective."""
        return _share(self.effective, self.answered)

    @property
    def on_time_share(self) -> int | None:
        """Of the answers that a limit was set for, how many came in time."""
        return _share(self.on_time, self.on_time + self.late)

    @property
    def satisfied_share(self) -> int | None:
        """Of those who said something, how many are content."""
        return _share(self.satisfied, self.rated)

    @property
    def median(self) -> float | None:
        """The exact median of the answers' times, in minutes."""
        return median(self.minutes) if self.minutes else None

    @property
    def duration(self) -> str:
        """The median in words: 6 小时, 2.5 天."""
        return duration(self.median)


def _share(part: int, whole: int) -> int | None:
    return part * 100 // whole if whole else None


def private_kinds() -> list[str]:
    """The kinds whose cases never become public."""
    return [kind.code for kind in kinds.kinds() if is_private(kind.code)]


def open_kinds() -> dict[str, str]:
    """The other kinds, code → name."""
    return {kind.code: kind.name for kind in kinds.kinds() if not is_private(kind.code)}


def folded(first: date, last: date, **conditions: Any) -> QuerySet[DailyFigure]:
    """The fold of some days, as far as it is told by unit, channel and category: of the kinds that become public."""
    return DailyFigure.objects.filter(day__range=(first, last), kind__in=list(open_kinds()), **conditions)


def sums_by(rows: QuerySet[DailyFigure], by: str | None, *, with_minutes: bool = True) -> dict[Any, Sums]:
    """Sums by one column of the fold (``unit_id``, ``kind`` …, ``month`` for the first days of months, None for one sum under None)."""
    rows = rows.order_by()
    if by == "month":
        rows = rows.annotate(month=_MONTH)
    found: dict[Any, Sums] = defaultdict(Sums)
    wanted = {f"sum_{name}": Sum(name) for name in COUNTS}
    summed = rows.values(by).annotate(**wanted) if by else [rows.aggregate(**wanted)]
    for row in summed:
        one = found[_read(by, row[by]) if by else None]
        for name in COUNTS:
            setattr(one, name, row[f"sum_{name}"] or 0)
    if with_minutes:
        keys = [by] if by else []
        for values in rows.exclude(minutes="").values_list(*keys, "minutes").iterator(chunk_size=10_000):
            found[_read(by, values[0]) if by else None].minutes += map(int, values[-1].split(","))
    return dict(found)


def _read(key: str | None, value: Any) -> Any:
    """A key as the caller knows it: a month by its first day."""
    return date.fromisoformat(f"{value}-01") if key == "month" else value


def by_sql(first: date, last: date, *keys: str) -> dict[tuple[Any, ...], Sums]:
    """The same sums straight from the entries by one aggregation in the database, without times; for comparison with the fold.

    ``keys`` (one at least) are columns of an entry, or ``month``.
    """
    entries = Entry.objects.filter(day__range=(first, last)).order_by()
    if "month" in keys:
        entries = entries.annotate(month=_MONTH)
    answer = Q(measure=Entry.Measure.ANSWERED)
    conditions = {
        "received": Q(measure=Entry.Measure.RECEIVED),
        "answered": answer,
        "effective": answer & Q(effective=True),
        "on_time": answer & Q(on_time=True),
        "late": answer & Q(on_time=False),
        "in_person": answer & Q(in_person=True),
        "declined": Q(measure=Entry.Measure.DECLINED),
        "rated": Q(measure=Entry.Measure.RATED),
        "satisfied": Q(measure=Entry.Measure.RATED, satisfied=True),
        "unreached": Q(measure=Entry.Measure.UNREACHED),
        "instructed": Q(measure=Entry.Measure.INSTRUCTED),
    }
    counted = entries.values(*keys).annotate(**{f"sum_{name}": Count("pk", filter=conditions[name]) for name in COUNTS})
    return {tuple(_read(key, row[key]) for key in keys): Sums(**{name: row[f"sum_{name}"] for name in COUNTS}) for row in counted}


def sums_of(row: DailyFigure) -> Sums:
    """One row of the fold as sums."""
    return Sums(**{name: getattr(row, name) for name in COUNTS}, minutes=[int(one) for one in row.minutes.split(",") if one])


@dataclass(frozen=True)
class Short:
    """The last ninety days for pages that everybody opens."""

    until: date
    sums: Sums
    duration: str


def brief(unit: Organisation | None = None) -> Short | None:
    """The last ninety days of the city, or of a unit with those that became part of it; None before there is an answer. One query."""
    tag(BRIEF)
    row = Brief.objects.filter(pk=unit.pk if unit is not None else 0).first()
    if row is None or not row.answered:
        return None
    sums = Sums(received=row.received, answered=row.answered, effective=row.effective, on_time=row.on_time, late=row.late)
    return Short(row.until, sums, duration(row.minutes))


# --- units -------------------------------------------------------------------------------------------------------------------------------


@dataclass
class UnitRow:
    """A unit's line: its own numbers and those of units that became part of it, which also stand below it one by one."""

    unit: Organisation
    sums: Sums
    parts: list["UnitRow"] = field(default_factory=list)
    """The unit alone and each former one; empty while nothing was merged."""
    note: str = ""


def all_units() -> dict[int, Organisation]:
    """Every unit there is or was, in the order of the tree."""
    tag(UNITS)
    return {unit.pk: unit for unit in Organisation.objects.order_by("path").select_related("successor")}


def heir(unit: Organisation, units: dict[int, Organisation]) -> Organisation:
    """The unit that does today what ``unit`` did."""
    seen = {unit.pk}
    while unit.ended_on is not None and unit.successor_id in units and unit.successor_id not in seen:
        unit = units[unit.successor_id]
        seen.add(unit.pk)
    return unit


def family(unit: Organisation, units: dict[int, Organisation] | None = None) -> list[int]:
    """The unit and all units that became part of it, directly or by another that did."""
    units = units if units is not None else all_units()
    found, grows = {unit.pk}, True
    while grows:
        more = {one.pk for one in units.values() if one.ended_on is not None and one.successor_id in found} - found
        found |= more
        grows = bool(more)
    return sorted(found)


def merged_note(unit: Organisation) -> str:
    """How a former unit is introduced."""
    return f"{unit.ended_on:%Y-%m-%d} 并入{unit.successor}" if unit.ended_on is not None else ""


def unit_rows(sums: dict[Any, Sums], units: dict[int, Organisation] | None = None) -> list[UnitRow]:
    """Sums by unit as lines, in the order of the tree; those of merged units under their heirs, each counted once."""
    units = units if units is not None else all_units()
    groups: dict[int, list[int]] = defaultdict(list)
    for pk in sums:
        if pk is not None and pk in units:
            groups[heir(units[pk], units).pk].append(pk)
    order = {pk: place for place, pk in enumerate(units)}
    return [_unit_row(units[pk], groups[pk], sums, units) for pk in sorted(groups, key=order.__getitem__)]


def _unit_row(unit: Organisation, members: Iterable[int], sums: dict[Any, Sums], units: dict[int, Organisation]) -> UnitRow:
    row = UnitRow(unit, Sums())
    parts = [UnitRow(units[pk], sums[pk], note=merged_note(units[pk])) for pk in sorted(members, key=lambda pk: (pk != unit.pk, pk))]
    for part in parts:
        row.sums.add(part.sums)
    if any(part.unit.pk != unit.pk for part in parts):
        row.parts = parts
    return row


def grouped(sums: dict[Any, Sums], key: Any) -> dict[Hashable, Sums]:
    """Sums put together by ``key`` of their keys."""
    found: dict[Hashable, Sums] = defaultdict(Sums)
    for old, one in sums.items():
        found[key(old)].add(one)
    return dict(found)
