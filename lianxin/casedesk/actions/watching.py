"""Limits and those who watch them: an extension asked of a leader and granted, a unit pressed once per threshold."""

from django.db import transaction
from django.utils import timezone

from lianxin.casedesk import times
from lianxin.casework import actions
from lianxin.casework.actions import required
from lianxin.casework.actions.common import LONGEST_REASON, clean, working
from lianxin.casework.events import EventType
from lianxin.casework.models import Case, Clock, Instruction, Reminder
from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations


def ask_extension(actor: User, case: Case, clock: Clock, days: int, reason: str, *, version: int | None = None) -> Case:
    """A unit asks the leader who answers for it to extend a limit; the leader grants it, or instructs otherwise."""
    reason = clean(reason, "延期理由", longest=LONGEST_REASON)
    if days < 1:
        raise Refused("请填写延长的天数。")
    with working(actor, case, "ask_instruction", version=version) as work:
        part = required.own_assignment(work)
        if clock.state != Clock.State.RUNNING or clock.breached_at is not None:
            raise Refused("这个时限没有在计时，或者已经超期，不能再申请延长。")
        leader = organisations.leader_in_charge(part.organisation) or work.case.addressed_to
        if leader is None:
            raise Refused(f"还没有登记{part.organisation}的分管领导，请与信息中心联系。")
        if any(row.leader_id == leader.pk and row.given_at is None for row in work.rows.all(Instruction)):
            raise Refused(f"已经呈送{leader.user}，请等待批示。")
        payload = {"leader": leader.pk, "clock": clock.seq, "days": days}
        work.record(EventType.INSTRUCTION_ASKED, payload, {"reason": f"申请延长{clock.label}期限 {days} 天。{reason}"})
    return work.case


@transaction.atomic
def grant_extension(
    actor: User, case: Case, clock: Clock, days: int, reason: str, *, instruction: Instruction | None = None, version: int | None = None
) -> Case:
    """A leader extends a limit for cause; where a unit had asked for it, that is answered with it."""
    case = actions.extend_clock(actor, case, clock, days, reason, version=version)
    if instruction is not None:
        case = actions.instruct(actor, case, f"同意延长 {days} 天。{reason}", instruction=instruction, version=case.version)
    return case


def refuse_extension(actor: User, case: Case, reason: str, instruction: Instruction, *, version: int | None = None) -> Case:
    """A leader does not extend a limit that a unit asked him to extend; he says why, the limit stays, the unit is told."""
    reason = clean(reason, "不同意的理由", longest=LONGEST_REASON)
    return actions.instruct(actor, case, f"不同意延长期限，请按期答复。{reason}", instruction=instruction, version=version)


@transaction.atomic
def press(actor: User, case: Case, text: str) -> Case:
    """Remind the units that handle a case, with a few words; people remind once per threshold (soon, today, overdue), as the system does."""
    text = clean(text, "催办内容", longest=LONGEST_REASON)
    case = Case.objects.select_for_update().get(pk=case.pk)
    threshold = times.threshold(case.due_at, timezone.now())
    if not threshold:
        raise Refused("离到期还早，或者正在等反映人补充，现在不用催办。")
    if Reminder.objects.filter(case=case, threshold=threshold, by__isnull=False).exists():
        raise Refused(f"“{times.THRESHOLDS[threshold]}”这一节点已经催办过，同一节点只催办一次。")
    return actions.remind(actor, case, text, threshold=threshold)
