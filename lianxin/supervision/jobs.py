"""What happens by itself: proposals of supervision, reminders of reports on the way, the digest of the morning."""

from datetime import date

from django.utils import timezone

from lianxin.casework import actions as engine
from lianxin.casework.models import Case, Supervision
from lianxin.foundation import calendar
from lianxin.foundation.jobs import job, timetable
from lianxin.foundation.notify import notify
from lianxin.identity.models import User
from lianxin.supervision import actions, queries


@timetable("找出该督办的办件", at="08:40")
def propose() -> None:
    """On workdays, propose yellow and red to the supervision office, by the rules in force. Nobody else is told; the office decides."""
    if not calendar.is_workday(timezone.localdate()):
        return
    for found in queries.to_propose():
        propose_one.enqueue(found.case, found.level, found.reason, dedupe_key=f"{found.case}-{found.level}")


@job("提示督办一件", queue="slow")
def propose_one(case_id: int, level: str, reason: str) -> None:
    """Propose supervision of one case; the engine does so once for each limit. A case that was answered meanwhile is left alone."""
    case = Case.objects.get(pk=case_id)
    if case.is_open and case.due_at is not None and case.due_at <= timezone.now():
        engine.propose_supervision(case, level, reason)


@timetable("提醒报送进展", at="08:50")
def ask_for_progress() -> None:
    """On the day that an order names, ask its units how far they are; each once."""
    today = timezone.localdate()
    for order in Supervision.objects.filter(state=Supervision.State.ORDERED).select_related("case"):
        if today.isoformat() in order.progress_on:
            ask_one.enqueue(order.pk, today.isoformat(), dedupe_key=f"{order.pk}-{today}")


@job("提醒一项任务报送进展", queue="slow")
def ask_one(order_pk: int, day: str) -> None:
    """Ask the units of one order that have not reported yet."""
    order = Supervision.objects.select_related("case").get(pk=order_pk)
    for owed in queries.progress_owed([order], until=date.fromisoformat(day)):
        for person in queries.handlers_of(owed.part.organisation_id, order.case):
            text = f"{order.case.number} 的督办单 {order.number} 请今天报告办理进展。"
            notify(person, "supervision.progress", f"{order.pk}-{day}", "今天应报督办进展", text, f"/desk/cases/{order.case.number}/")


@timetable("制作每日简报", at="07:30")
def morning() -> None:
    """On workdays, the digest of the day for leaders and heads of units, one job for each."""
    today = timezone.localdate()
    if not calendar.is_workday(today):
        return
    for user_pk in queries.digest.readers():
        digest_one.enqueue(user_pk, today.isoformat(), dedupe_key=f"{user_pk}-{today}")


@job("制作一个人的每日简报", queue="slow")
def digest_one(user_pk: int, day: str) -> None:
    """The digest of one person."""
    actions.make_digest(User.objects.get(pk=user_pk), date.fromisoformat(day))
