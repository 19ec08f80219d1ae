"""What the engine does by itself: breaches, missed promises, reminders, clocks after a calendar change, answers to joined cases."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from lianxin.casework import actions, clocks
from lianxin.casework.actions.recomputing import needs_recomputing
from lianxin.casework.models import Case, Clock, Petitioner, Promise, Reminder
from lianxin.casework.notices import tell  # noqa: F401  (a job of this room)
from lianxin.foundation import calendar
from lianxin.foundation.errors import Refused
from lianxin.foundation.jobs import job, timetable
from lianxin.identity.models import DeletedAccount

BATCH = 500
OPENS, CLOSES = time(8, 30), time(17, 30)
"""Reminders reach people in office hours only."""


@timetable("检查到期的时限和承诺", every=timedelta(minutes=5))
def sweep() -> None:
    """Record what ran out since the last time: breaches, each once, and promises whose day has passed. One bad case stops no other."""
    now = timezone.now()
    ran_out = Clock.objects.filter(state=Clock.State.RUNNING, breached_at__isnull=True, due_at__lte=now).order_by("due_at", "id")
    for case in Case.objects.filter(pk__in=set(ran_out.values_list("case", flat=True)[:BATCH])).only("pk"):
        breach_one.enqueue(case.pk, dedupe_key=f"breach-{case.pk}")
    missed = Promise.objects.filter(state=Promise.State.OPEN, due_on__lt=timezone.localdate()).order_by("due_on", "id")
    for case_id, seq in missed.values_list("case", "seq")[:BATCH]:
        miss_one.enqueue(case_id, seq, dedupe_key=f"promise-{case_id}-{seq}")


@timetable("催办临近期限的办件", every=timedelta(minutes=30))
def remind_units() -> None:
    """In office hours, remind units of what is due: a day before, on the day, and once it is over; each once for each clock."""
    now = timezone.localtime()
    if not calendar.is_workday(now.date()) or not OPENS <= now.time() < CLOSES:
        return
    soon = clocks.end_of(calendar.next_workday(now.date()))
    for clock in Clock.objects.filter(state=Clock.State.RUNNING, due_at__lte=soon).order_by("due_at", "id").select_related("case"):
        threshold = _threshold(clock, now)
        if clock.case.lead_id and not Reminder.objects.filter(case=clock.case_id, clock=clock.seq, threshold=threshold).exists():
            remind_one.enqueue(clock.case_id, clock.seq, threshold, dedupe_key=f"remind-{clock.pk}-{threshold}")


def _threshold(clock: Clock, now: datetime) -> str:
    if clock.breached_at is not None:
        return "overdue"
    return "due_today" if clock.due_at == clocks.end_of(now.date()) else "due_soon"


@job("催办一件")
def remind_one(case_id: int, seq: int, threshold: str) -> None:
    """Remind the units of one case of one clock; what was met or was reminded of meanwhile is left alone."""
    clock = Clock.objects.select_related("case").get(case=case_id, seq=seq)
    if clock.state == Clock.State.RUNNING:
        actions.remind(None, clock.case, clock=clock, threshold=threshold)


@job("按日历重算时限", queue="slow")
def recompute() -> None:
    """Count all running clocks anew after the calendar has changed."""
    actions.recompute()


def calendar_changed() -> None:
    """Hook of the calendar: in the transaction that changed it."""
    if needs_recomputing():
        recompute.enqueue(dedupe_key="calendar")


@timetable("隐去已注销账号的个人信息", at="02:40")
def forget_gone() -> None:
    """Forget who brought cases that are over, where the person has deleted the account since."""
    gone = DeletedAccount.objects.values("user")
    for case_id in Petitioner.objects.filter(user__in=gone, case__is_open=False).values_list("case", flat=True)[:BATCH]:
        forget_one.enqueue(case_id, dedupe_key=f"forget-{case_id}")


@job("隐去一件的个人信息", queue="slow")
def forget_one(case_id: int) -> None:
    """Forget who brought one case."""
    case = Case.objects.get(pk=case_id)
    if not case.is_open and Petitioner.objects.filter(case=case, user__isnull=False).exists():
        actions.forget_petitioner(None, case, "账号已注销")


@job("记录一件超期")
def breach_one(case_id: int) -> None:
    """Record the breaches of one case."""
    actions.breach(Case.objects.get(pk=case_id))


@job("重新办理未兑现承诺的办件")
def miss_one(case_id: int, seq: int) -> None:
    """A promise was missed: the case is handled again."""
    promise = Promise.objects.select_related("case").filter(case=case_id, seq=seq, state=Promise.State.OPEN).first()
    if promise is not None:
        actions.miss_promise(promise.case, promise)


@job("重新办理并入的办件")
def miss_for_member(case_id: int, promise_id: int) -> None:
    """The promise was in the answer of the case that this one joined; one that is handled again already is left alone."""
    try:
        actions.miss_shared_promise(Case.objects.get(pk=case_id), Promise.objects.get(pk=promise_id))
    except Refused:
        return


@job("答复并入的办件")
def answer_one(case_id: int) -> None:
    """Answer a case that joined another; one that was answered or withdrawn meanwhile is left alone."""
    try:
        actions.answer_member(Case.objects.get(pk=case_id))
    except Refused:
        return
