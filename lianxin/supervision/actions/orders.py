"""Supervision orders (督办单): for a task of the office's own, or for a case that stands still."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db import transaction
from django.utils import timezone

from lianxin.casework import actions, moments
from lianxin.casework.actions import following, required
from lianxin.casework.actions.assignments import give
from lianxin.casework.actions.common import LONGEST_REASON, clean, working
from lianxin.casework.actions.watching import Order, record_closing, record_order
from lianxin.casework.events import EventType
from lianxin.casework.models import Assignment, Case, EventVisibility, Supervision
from lianxin.casework.vocabulary import Channel
from lianxin.foundation.errors import Refused
from lianxin.foundation.numbering import next_number
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation
from lianxin.supervision.kinds import TASK

State, Outcome = Supervision.State, Supervision.Outcome


@dataclass(frozen=True)
class Part:
    """A unit of an order with the day until which it reports back."""

    unit: Organisation
    due_on: date


def order_task(
    actor: User,
    *,
    token: str,
    subject: str,
    demands: str,
    lead: Part,
    co: Sequence[Part] = (),
    order: Order,
    level: str = Supervision.Level.YELLOW,
) -> Case:
    """Register a task and order it: numbered, given to the lead and its co-handlers, each with a clock until its own day.

    ``order.number`` is given here. The same ``token`` (16 to 128 characters, drawn by the form) gives the same task and number, however
    often it comes. Raises Forbidden for anybody but the supervision office, Refused for what is missing or a day that is over.
    """
    demands = clean(demands, "督办要求", longest=LONGEST_REASON)
    _require_complete(order)
    with transaction.atomic():
        receipt = actions.submit(
            actor, TASK, token=token, subject=subject, text=demands, petitioner=actions.PetitionerData(), channel=Channel.INTERNAL
        )
        if not receipt.is_new:
            return receipt.case
        with working(actor, receipt.case, "order_task") as work:
            required.supervisor(work)
            parts = [lead, *co]
            _require_days(parts, timezone.localtime(work.now).date())
            for assignment, part in zip(give(work, lead.unit, [one.unit for one in co]), parts, strict=True):
                following.start_for_part(work, assignment, f"{part.unit.short_name or part.unit.name}报结"[:30], part.due_on)
            last = max(part.due_on for part in parts)
            record_order(work, demands, last, level, replace(order, number=_number(token)))
    return work.case


def order_case(
    actor: User,
    case: Case,
    *,
    token: str,
    demands: str,
    due_on: date,
    order: Order,
    level: str = Supervision.Level.YELLOW,
    supervision: Supervision | None = None,
    version: int | None = None,
) -> Case:
    """Order a case that stands still, on a proposal of the clock (``supervision``) or without one; other proposals are settled with it.

    Numbered as tasks are; a ``token`` that came before changes nothing.
    """
    _require_complete(order)
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=case.pk)
        number = _number(token)
        if Supervision.objects.filter(case=case, number=number).exists():
            return case
        if case.lead_id is None:
            raise Refused("这件还没有主办单位，请先请分办岗位交办，再发督办单。")
        case = actions.supervise(
            actor, case, demands, due_on, level=level, order=replace(order, number=number), supervision=supervision, version=version
        )
        for other in Supervision.objects.filter(case=case, state=State.PROPOSED):
            case = actions.close_supervision(actor, case, other, outcome=Outcome.DROPPED, result=f"已发{number}")
    return case


def _require_complete(order: Order) -> None:
    if not order.source:
        raise Refused("请选择督办的来源。")
    if not order.signer.strip():
        raise Refused("请填写签发人。")


def _require_days(parts: Sequence[Part], today: date) -> None:
    if any(part.due_on < today for part in parts):
        raise Refused("报结日期不能早于今天。")


def _number(token: str) -> str:
    """督〔2026〕12号: counted by year, the same for the same token."""
    year = timezone.localtime(moments.now()).year
    return f"督〔{year}〕{next_number(f'supervision:order:{year}', token)}号"


def drop_proposal(actor: User, case: Case, supervision: Supervision, reason: str, *, version: int | None = None) -> Case:
    """Set a proposal of the clock aside, with the reason; it does not come again while the same limit runs."""
    reason = clean(reason, "不予督办的理由", longest=LONGEST_REASON)
    if supervision.state != State.PROPOSED:
        raise Refused("这项提示已经处理，请刷新页面。")
    return actions.close_supervision(actor, case, supervision, outcome=Outcome.DROPPED, result=reason, version=version)


def close_order(actor: User, case: Case, supervision: Supervision, outcome: str, result: str, *, version: int | None = None) -> Case:
    """Say what came of an order (销号). A task closes with it, once every unit's report was accepted; a case goes on by its own rules."""
    result = clean(result, "落实情况", longest=LONGEST_REASON)
    if outcome not in (Outcome.DONE, Outcome.PARTLY, Outcome.UNDONE):
        raise Refused("请选择落实的结果。")
    if supervision.state != State.ORDERED:
        raise Refused("这份督办单还没有发出，或已经销号。")
    if case.kind != TASK or _others(case, supervision):
        return actions.close_supervision(actor, case, supervision, outcome=outcome, result=result, version=version)
    with working(actor, case, "close_task", version=version) as work:
        required.supervisor(work)
        waiting = [row.organisation for row in work.rows.all(Assignment) if row.is_open]
        if waiting:
            raise Refused(f"{'、'.join(map(str, waiting))}的报结还没有同意，不能销号。")
        record_closing(work, supervision, outcome, result)
        work.record(EventType.FINISHED, visibility=EventVisibility.STAFF)
    return work.case


def _others(case: Case, supervision: Supervision) -> bool:
    """Whether the task has another order that goes on."""
    return Supervision.objects.filter(case=case, state=State.ORDERED).exclude(pk=supervision.pk).exists()
