"""What the engine does by itself: breaches, missed promises, reminders, clocks after a calendar change, answers to joined cases."""

from datetime import timedelta

from django.utils import timezone

from lianxin.casework import actions
from lianxin.casework.models import Case, Clock, Promise
from lianxin.casework.notices import tell  # noqa: F401  (a job of this room)
from lianxin.foundation.errors import Refused
from lianxin.foundation.jobs import job, timetable

BATCH = 500


@timetable(every=timedelta(minutes=5))
def sweep() -> None:
    """Record what ran out since the last time: breaches, each once, and promises whose day has passed. One bad case stops no other."""
    now = timezone.now()
    ran_out = Clock.objects.filter(state=Clock.State.RUNNING, breached_at__isnull=True, due_at__lte=now).order_by("due_at", "id")
    for case in Case.objects.filter(pk__in=set(ran_out.values_list("case", flat=True)[:BATCH])).only("pk"):
        breach_one.enqueue(case.pk, dedupe_key=f"breach-{case.pk}")
    missed = Promise.objects.filter(state=Promise.State.OPEN, due_on__lt=timezone.localdate()).order_by("due_on", "id")
    for case_id, seq in missed.values_list("case", "seq")[:BATCH]:
        miss_one.enqueue(case_id, seq, dedupe_key=f"promise-{case_id}-{seq}")


@job()
def breach_one(case_id: int) -> None:
    """Record the breaches of one case."""
    actions.breach(Case.objects.get(pk=case_id))


@job()
def miss_one(case_id: int, seq: int) -> None:
    """A promise was missed: the case is handled again."""
    promise = Promise.objects.select_related("case").filter(case=case_id, seq=seq, state=Promise.State.OPEN).first()
    if promise is not None:
        actions.miss_promise(promise.case, promise)


@job()
def answer_one(case_id: int) -> None:
    """Answer a case that joined another; one that was answered or withdrawn meanwhile is left alone."""
    try:
        actions.answer_member(Case.objects.get(pk=case_id))
    except Refused:
        return
