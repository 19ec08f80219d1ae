"""Who handles: assigned, signed for, given to a section, returned once, ruled on for good, done."""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils import timezone

from lianxin.casework import clocks
from lianxin.casework.actions import following, required
from lianxin.casework.actions.common import LONGEST_REASON, Work, clean, working
from lianxin.casework.events import EventType
from lianxin.casework.models import Assignment, Case, EventVisibility, Seal
from lianxin.casework.rights import UNIT_ROLES
from lianxin.casework.rules import rule_in_force
from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Organisation, Section

State = Assignment.State


def assign(
    actor: User,
    case: Case,
    lead: Organisation | None,
    *,
    co: tuple[Organisation, ...] = (),
    copies: tuple[Organisation, ...] = (),
    manner: str = Assignment.Manner.PASS,
    opinion: str = "",
    version: int | None = None,
) -> Case:
    """Give a case to units: at most one lead, any number of co-handlers and copies. Units that have it already are refused.

    ``manner``: 转办 (the unit answers the citizen) or 交办 (it reports to the office). Without a lead the co-handlers answer for
    themselves, or the lead that there is stays.
    """
    opinion = clean(opinion, "拟办意见", longest=LONGEST_REASON, required=False)
    wanted = [(lead, Assignment.Role.LEAD)] if lead else []
    wanted += [(unit, Assignment.Role.CO) for unit in co] + [(unit, Assignment.Role.COPY) for unit in copies]
    if not wanted:
        raise Refused("请至少选择一个单位。")
    with working(actor, case, "assign", version=version) as work:
        required.office(work)
        _require_free(work, [unit for unit, _ in wanted], lead)
        return_by = last_return(work)
        for unit, role in wanted:
            _offer(work, unit, role, Assignment.Manner(manner), opinion, return_by)
    return work.case


def give(work: Work, lead: Organisation, co: Sequence[Organisation] = ()) -> list[Assignment]:
    """Within a deed that orders: the units report back (交办) and have no say about it, so that nothing can be returned. In the order given."""
    _require_free(work, [lead, *co], lead)
    for unit in (lead, *co):
        _offer(work, unit, Assignment.Role.LEAD if unit is lead else Assignment.Role.CO, Assignment.Manner.REPORT, "", None)
    return work.rows.all(Assignment)


def give_at_once(work: Work, unit: Organisation) -> None:
    """Within a submission: the citizen chose the unit, which leads from the start; as with any other part it may return it once."""
    work.enter("give_at_once")
    _require_free(work, [unit], unit)
    _offer(work, unit, Assignment.Role.LEAD, Assignment.Manner.PASS, "", last_return(work))


def _require_free(work: Work, units: list[Organisation], lead: Organisation | None) -> None:
    if len({unit.pk for unit in units}) < len(units):
        raise Refused("同一个单位只能选一次：主办、协办或抄送。")
    present = [row for row in work.rows.all(Assignment) if row.state != State.ENDED]
    if lead is not None and any(row.role == Assignment.Role.LEAD for row in present):
        raise Refused("这件已经有主办单位。需要更换时，请在退单裁定中办理。")
    for unit in units:
        if unit.ended_on is not None:
            raise Refused(f"{unit}已经撤并，请选择{organisations.current(unit)}。")
        if any(row.organisation_id == unit.pk for row in present):
            raise Refused(f"{unit}已经在办理这件，不用重复交办。")
        if any(seal.organisation is not None and unit.path.startswith(seal.organisation.path) for seal in work.rows.all(Seal)):
            raise Refused(f"这件反映的就是{unit}，不能交给它办理。")
        if work.kind.staffed_only and not any(organisations.actors(role, [unit.pk])[unit.pk] for role in UNIT_ROLES):
            raise Refused(f"{unit}还没有设承办人员，交过去没有人签收。请先请该单位管理员设岗，或者交给它的上级单位。")


def last_return(work: Work) -> datetime:
    """Until when a unit may return what it is given now (R01)."""
    rule = rule_in_force(work.kind.return_rule, work.now)
    reckoned = clocks.due(clocks.Terms(rule.threshold, rule.unit, rule.closes), work.now)
    assert reckoned is not None
    return reckoned.at


def _offer(work: Work, unit: Organisation, role: Assignment.Role, manner: Assignment.Manner, opinion: str, return_by: datetime | None) -> None:
    payload = {"organisation": unit.pk, "role": role, "manner": manner, "return_by": return_by}
    visibility = EventVisibility.PUBLIC if role == Assignment.Role.LEAD else EventVisibility.STAFF
    work.record(EventType.ASSIGNED, payload, {"opinion": opinion} if opinion else None, visibility=visibility)


def sign_for(actor: User, case: Case, assignment: Assignment, *, version: int | None = None) -> Case:
    """Sign for a case in the name of its unit (签收): the unit has taken it on and cannot return it any more."""
    deed = "sign_for" if assignment.role == Assignment.Role.LEAD else "sign_for_part"
    with working(actor, case, deed, version=version) as work:
        mine = required.assignment_of(work, assignment)
        required.unit(work, mine)
        if mine.state not in (State.OFFERED, State.RULED):
            raise Refused("这件已经签收，或正在等待退单裁定。")
        work.record(EventType.SIGNED_FOR, {"assignment": mine.seq})
    return work.case


def hand_to_section(
    actor: User, case: Case, assignment: Assignment, *, section: Section | None = None, handler: User | None = None, version: int | None = None
) -> Case:
    """Give a case that was signed for to a section, a person, or both (交科室办理); again, to move it on."""
    with working(actor, case, "hand_to_section", version=version) as work:
        mine = required.assignment_of(work, assignment)
        required.unit(work, mine)
        if mine.state != State.ACCEPTED:
            raise Refused("请先签收，再交科室办理。")
        if section is None and handler is None:
            raise Refused("请选择科室或经办人。")
        if section is not None and section.organisation_id != mine.organisation_id:
            raise Refused(f"{section}不是{mine.organisation}的科室，请重新选择。")
        if handler is not None and not _handles_in(handler, mine.organisation):
            raise Refused(f"{handler}不在{mine.organisation}办理来信，请选择本单位的承办人。")
        payload = {"assignment": mine.seq, "section": section.pk if section else None, "handler": handler.pk if handler else None}
        work.record(EventType.SECTION_GIVEN, payload, visibility=EventVisibility.INTERNAL)
    return work.case


def _handles_in(person: User, unit: Organisation) -> bool:
    return any(organisations.holds(person, role, [unit]) for role in UNIT_ROLES)


def return_assignment(
    actor: User, case: Case, assignment: Assignment, reason: str, *, suggested: Organisation | None = None, version: int | None = None
) -> Case:
    """Ask the office to take a case back (退单): once, within one working day (R01, or the kind's own rule), before signing for it.

    The clock runs on.
    """
    reason = clean(reason, "退单理由", longest=LONGEST_REASON)
    with working(actor, case, "return_assignment", version=version) as work:
        mine = required.assignment_of(work, assignment)
        required.unit(work, mine)
        if mine.returned_at is not None:
            raise Refused("退单只能申请一次，办公室的裁定为最终决定，请办理。")
        if mine.state != State.OFFERED:
            raise Refused("已经签收的件不能退单。确有困难，请与分办人员联系。")
        if mine.return_by is None or work.now >= mine.return_by:
            rule = rule_in_force(work.kind.return_rule, work.now)
            raise Refused(f"已过退单时限（{rule.limit}），请签收办理。")
        payload = {"assignment": mine.seq, "suggested": suggested.pk if suggested else None}
        work.record(EventType.RETURNED, payload, {"reason": reason})
    return work.case


def rule_on_return(actor: User, case: Case, assignment: Assignment, *, to: Organisation | None, ruling: str, version: int | None = None) -> Case:
    """Decide on a return, for good: ``to`` None keeps the case with the unit, otherwise it goes to ``to`` in the same role. The clock runs on."""
    ruling = clean(ruling, "裁定意见", longest=LONGEST_REASON)
    with working(actor, case, "rule_on_return", version=version) as work:
        required.office(work)
        part = required.assignment_of(work, assignment)
        if part.state != State.RETURNED:
            raise Refused("这个单位没有申请退单，或已经裁定。")
        work.record(EventType.RULED, {"assignment": part.seq, "stays": to is None}, {"ruling": ruling})
        if to is not None:
            role = Assignment.Role(part.role)
            _require_free(work, [to], to if role == Assignment.Role.LEAD else None)
            _offer(work, to, role, Assignment.Manner(part.manner), part.opinion, last_return(work))
    return work.case


def finish_part(actor: User, case: Case, assignment: Assignment, opinion: str, *, version: int | None = None) -> Case:
    """A co-handler hands its opinion to the lead, which answers for all: its part is done."""
    opinion = clean(opinion, "协办意见")
    with working(actor, case, "finish_part", version=version) as work:
        mine = required.assignment_of(work, assignment)
        required.unit(work, mine)
        if mine.role != Assignment.Role.CO:
            raise Refused("主办单位请直接起草答复。")
        if mine.state != State.ACCEPTED:
            raise Refused("请先签收，再填写协办意见。")
        work.record(EventType.PART_DONE, {"assignment": mine.seq}, {"body": opinion})
    return work.case


def report_back(actor: User, case: Case, assignment: Assignment, body: str, *, version: int | None = None) -> Case:
    """Report to the office what was done (报结), where the case was given by 交办."""
    body = clean(body, "办理情况")
    with working(actor, case, "report_back", version=version) as work:
        mine = required.assignment_of(work, assignment)
        required.unit(work, mine)
        if mine.manner != Assignment.Manner.REPORT:
            raise Refused("这件是转办件，请直接答复反映人。")
        if mine.state != State.ACCEPTED:
            raise Refused("请先签收再报结；已报结的请等待审核。")
        work.record(EventType.REPORTED, {"assignment": mine.seq}, {"body": body})
        following.meet_part(work, mine)
    return work.case


def report_progress(actor: User, case: Case, assignment: Assignment, body: str, *, version: int | None = None) -> Case:
    """Say how far a part is (阶段报告), on the days an order names or in between; the work and its clock go on."""
    body = clean(body, "进展情况")
    with working(actor, case, "report_progress", version=version) as work:
        mine = required.assignment_of(work, assignment)
        required.unit(work, mine)
        if mine.state != State.ACCEPTED:
            raise Refused("请先签收，再报进展。")
        work.record(EventType.PROGRESS, {"assignment": mine.seq}, {"body": body})
    return work.case


def accept_report(actor: User, case: Case, assignment: Assignment, *, version: int | None = None) -> Case:
    """The office is content with a report (同意报结); it answers the citizen itself from here."""
    with working(actor, case, "accept_report", version=version) as work:
        required.office(work)
        part = _reported(work, assignment)
        work.record(EventType.REPORT_ACCEPTED, {"assignment": part.seq})
    return work.case


def send_back_report(actor: User, case: Case, assignment: Assignment, reason: str, *, due_on: date | None = None, version: int | None = None) -> Case:
    """The office is not content with a report (退回报结): the unit goes on, the clock too.

    A part with a clock of its own begins a new one: until ``due_on``, by default the day it had, at the earliest today.
    """
    reason = clean(reason, "退回意见", longest=LONGEST_REASON)
    with working(actor, case, "send_back_report", version=version) as work:
        required.office(work)
        part = _reported(work, assignment)
        work.record(EventType.REPORT_SENT_BACK, {"assignment": part.seq}, {"reason": reason})
        _begin_again(work, part, due_on)
    return work.case


def _begin_again(work: Work, part: Assignment, due_on: date | None) -> None:
    clock = following.clock_of_part(work, part)
    if clock is None or clock.due_at is None:
        return
    today = timezone.localtime(work.now).date()
    if due_on is not None and due_on < today:
        raise Refused("新的期限不能早于今天。")
    following.start_for_part(work, part, clock.label, due_on or max(clocks.last_day(clock.due_at), today))


def _reported(work: Work, assignment: Assignment) -> Assignment:
    part = required.assignment_of(work, assignment)
    if part.state != State.REPORTED:
        raise Refused("这个单位还没有报结，或已经审核。")
    return part
