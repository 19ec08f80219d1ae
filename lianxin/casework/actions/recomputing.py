"""After a change of the calendar every running clock is counted anew, many at a time."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from lianxin.casework import clocks, kinds
from lianxin.casework.actions import following
from lianxin.casework.actions.common import Work, store_together
from lianxin.casework.events import EventType
from lianxin.casework.models import Assignment, Case, CaseRow, Clock, EventVisibility
from lianxin.casework.projections import Rows
from lianxin.foundation.crypto import EncryptedTextField

BATCH = 500


def recompute() -> int:
    """Count all running clocks anew by the calendar as it is now; return how many moved. A transaction for each batch of cases.

    A breach that was recorded stays; one that happened before by the old calendar is recorded first.
    """
    moved, last = 0, 0
    while True:
        batch = list(Clock.objects.filter(state=Clock.State.RUNNING, id__gt=last).order_by("id")[:BATCH])
        if not batch:
            return moved
        last = batch[-1].pk
        stale = {clock.case_id for clock in batch if _moved(clock)}
        if stale:
            moved += _recompute(stale)


def _moved(clock: Clock) -> clocks.Due | None:
    """When a clock is due by the calendar of now; None when that is what it says already."""
    reckoned = clocks.reckon(clock)
    return reckoned if reckoned and (reckoned.at, reckoned.provisional) != (clock.due_at, clock.provisional) else None


def _recompute(case_ids: Iterable[int]) -> int:
    with transaction.atomic():
        # Nothing that is encrypted is needed for counting days, and opening it took as long as the rest.
        cases = list(Case.objects.select_for_update().filter(pk__in=case_ids).defer(*_words(Case)).order_by("pk"))
        ids = [case.pk for case in cases]
        all_clocks, parts = _by_case(Clock, ids), _by_case(Assignment, ids)
        works = []
        for case in cases:
            rows = Rows(case, stored=True)
            rows.take(all_clocks[case.pk], whole=Clock)
            rows.take(parts[case.pk], whole=Assignment)
            works.append(Work(None, rows, kinds.kind(case.kind, case.kind_version)))
        moved = sum(_recount(work) for work in works)
        store_together(works)
    return moved


def _by_case(model: type[CaseRow], ids: list[int]) -> dict[int, list[CaseRow]]:
    found: dict[int, list[CaseRow]] = defaultdict(list)
    for row in model._default_manager.filter(case__in=ids).defer(*_words(model)):
        found[row.case_id].append(row)
    return found


def _words(model: type[Model]) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]


def _recount(work: Work) -> int:
    following.settle_breaches(work)
    work.enter("recompute")
    moving = [(clock, reckoned) for clock in work.rows.all(Clock) if clock.state == Clock.State.RUNNING and (reckoned := _moved(clock))]
    for clock, reckoned in moving:
        work.record(EventType.CLOCK_RECOMPUTED, {"clock": clock.seq} | following.due_payload(reckoned), visibility=EventVisibility.PARTIES)
    return len(moving)


def needs_recomputing() -> bool:
    """Whether any clock runs at all."""
    return Clock.objects.filter(state=Clock.State.RUNNING, started_at__lte=timezone.now()).exists()
