"""From events to entries, from entries to the fold. Both can be done again at any time, in any order: the rows come out the same."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.db import transaction
from django.utils import timezone

from lianxin.casework.models import Case, CaseEvent, Message, row_key
from lianxin.figures import tags
from lianxin.figures.counting import READ, Counted, Measure, Tally, Told, tally
from lianxin.figures.models import Brief, DailyFigure, Day, Entry, Mark
from lianxin.figures.periods import yesterday
from lianxin.figures.queries.sums import Sums, all_units, sums_by, unit_rows
from lianxin.figures.queries.sums import folded as fold_of
from lianxin.foundation import bulk
from lianxin.foundation.pagestore import purge
from lianxin.triage.replies import is_effective

BATCH = 500
BRIEF_DAYS = timedelta(days=89)
"""Before the last day of the brief; ninety days with it."""
_NAMES = [field.attname for field in Entry._meta.concrete_fields]
_DIMENSIONS = ("unit_id", "kind", "channel", "category", "leader_id")


def mark(*cases: Case) -> None:
    """Note, in a deed's own transaction, that the cases have to be counted anew."""
    for case in cases:
        bulk.add(Mark(case_id=case.pk))


def count(most: int = 20_000) -> int:
    """Count the cases that were marked, batch by batch, at most ``most`` marks; return how many marks were done with."""
    done = 0
    while done < most:
        with transaction.atomic():
            marks = dict(Mark.objects.order_by("pk").values_list("pk", "case_id")[:BATCH])
            if not marks:
                break
            recount(set(marks.values()))
            Mark.objects.filter(pk__in=list(marks)).delete()
        done += len(marks)
    return done


@transaction.atomic
def recount(cases: Iterable[int]) -> set[date]:
    """Make the entries of these cases what their events say; return the days that changed, which are folded anew at night."""
    cases = sorted(cases)
    stored = {row.pk: row for row in Entry.objects.filter(case__in=cases)}
    made = {row.pk: row for row in entries_of(cases, {key: row.effective for key, row in stored.items()})}
    changed = [key for key in stored.keys() | made.keys() if _values(stored.get(key)) != _values(made.get(key))]
    Entry.objects.filter(pk__in=[key for key in changed if key in stored]).delete()
    Entry.objects.bulk_create([made[key] for key in changed if key in made], batch_size=BATCH)
    days = {row.day for rows in (stored, made) for key in changed if (row := rows.get(key)) is not None}
    _mark_days(days)
    return days


def _values(row: Entry | None) -> list[Any] | None:
    return None if row is None else [getattr(row, name) for name in _NAMES]


def _mark_days(days: Iterable[date]) -> None:
    rows = [Day(day=day, stale=True) for day in sorted(days)]
    Day.objects.bulk_create(rows, update_conflicts=True, unique_fields=["day"], update_fields=["stale"], batch_size=BATCH)


def entries_of(cases: Sequence[int], judged: dict[int, bool | None]) -> list[Entry]:
    """The entries that the events of these cases make. ``judged``: verdicts on answers, by entry, that stand; others are given now."""
    tallies = dict(_tallies(cases))
    answers = {
        row_key(case, one.seq): row_key(case, one.message)
        for case, found in tallies.items()
        for one in found.counted
        if one.message is not None and judged.get(row_key(case, one.seq)) is None
    }
    bodies = dict(Message.objects.filter(pk__in=list(answers.values())).values_list("pk", "body")) if answers else {}
    verdicts = {**judged, **{key: is_effective(bodies.get(message, "")) for key, message in answers.items()}}
    return [_entry(case, found, one, verdicts) for case, found in tallies.items() for one in found.counted]


def _tallies(cases: Sequence[int]) -> Iterator[tuple[int, Tally]]:
    told = CaseEvent.objects.filter(case__in=cases, type__in=READ).order_by("case", "seq")
    rows = told.values_list("case_id", "seq", "type", "stage", "at", "unit_id", "payload")
    for case, events in groupby(rows.iterator(chunk_size=5_000), key=lambda row: row[0]):
        found = tally(Told(*event[1:]) for event in events)
        if found is not None:
            yield case, found


def _entry(case: int, found: Tally, one: Counted, verdicts: dict[int, bool | None]) -> Entry:
    apart, key = found.apart, row_key(case, one.seq)
    return Entry(
        id=key,
        case_id=case,
        measure=one.measure,
        day=one.day,
        unit_id=None if apart else one.unit,
        kind=found.kind,
        channel=found.channel,
        category="" if apart else found.category,
        leader_id=None if apart else one.leader,
        minutes=one.minutes,
        effective=verdicts.get(key) if one.measure == Measure.ANSWERED else None,
        on_time=one.on_time,
        in_person=one.in_person,
        satisfied=one.satisfied,
    )


# --- the fold ----------------------------------------------------------------------------------------------------------------------------


def fold(until: date | None = None) -> int:
    """Fold every day up to ``until`` (default: yesterday) whose entries have changed; return how many. A transaction for each day."""
    until = until or yesterday()
    stale = list(Day.objects.filter(stale=True, day__lte=until).order_by("day").values_list("day", flat=True))
    done = sum(fold_day(day) for day in stale)
    brief()
    return done


@transaction.atomic
def brief() -> None:
    """Put the last ninety days of the city and of each unit (with those that became part of it) in a row each."""
    until = yesterday()
    sums = sums_by(fold_of(until - BRIEF_DAYS, until), "unit_id")
    city = Sums()
    for one in sums.values():
        city.add(one)
    rows = [_brief(0, until, city), *(_brief(row.unit.pk, until, row.sums) for row in unit_rows(sums, all_units()))]
    Brief.objects.all().delete()
    Brief.objects.bulk_create(rows, batch_size=BATCH)
    purge([tags.BRIEF])


def _brief(key: int, until: date, one: Sums) -> Brief:
    counts = {name: getattr(one, name) for name in ("received", "answered", "effective", "on_time", "late")}
    return Brief(key=key, until=until, minutes=one.median, **counts)


@transaction.atomic
def fold_day(day: date, *, anyway: bool = False) -> bool:
    """Make the fold of one day what its entries say; False when nothing has changed since (unless ``anyway``).

    The day's row is locked: two workers fold one after the other, and entries written meanwhile mark it again.
    """
    row = Day.objects.select_for_update().filter(day=day).first()
    if row is None or not (row.stale or anyway):
        return False
    DailyFigure.objects.filter(day=day).delete()
    DailyFigure.objects.bulk_create(folded(day), batch_size=BATCH)
    row.stale, row.folded_at = False, timezone.now()
    row.save(update_fields=["stale", "folded_at"])
    purge(tags.purged_by([day]))
    return True


def folded(day: date) -> list[DailyFigure]:
    """The rows of one day as its entries make them, in a fixed order."""
    made: dict[tuple[Any, ...], DailyFigure] = {}
    minutes: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for entry in Entry.objects.filter(day=day).iterator(chunk_size=5_000):
        key = tuple(getattr(entry, name) for name in _DIMENSIONS)
        row = made.get(key)
        if row is None:
            row = made[key] = DailyFigure(day=day, **dict(zip(_DIMENSIONS, key, strict=True)))
        setattr(row, entry.measure, getattr(row, entry.measure) + 1)
        row.effective += bool(entry.effective)
        row.on_time += entry.on_time is True
        row.late += entry.on_time is False
        row.in_person += entry.in_person
        row.satisfied += bool(entry.satisfied)
        if entry.minutes is not None:
            minutes[key].append(entry.minutes)
    for key, taken in minutes.items():
        made[key].minutes = ",".join(map(str, sorted(taken)))
    return [made[key] for key in sorted(made, key=lambda key: tuple((value is not None, value) for value in key))]


def recompute(progress: Callable[[int], None] = lambda done: None) -> tuple[int, int]:
    """Count every case anew from its events and fold every day; return (cases, days). Verdicts on answers stand.

    The site runs on meanwhile: a transaction for each batch of cases and for each day.
    """
    last = done = 0
    while cases := list(Case.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        last = cases[-1]
        recount(cases)
        done += len(cases)
        progress(done)
    today = timezone.localdate()
    days = list(Day.objects.filter(day__lt=today).order_by("day").values_list("day", flat=True))
    folded_days = sum(fold_day(day, anyway=True) for day in days)
    brief()
    return done, folded_days
