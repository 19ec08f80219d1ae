"""Leaders instruct, the supervision office orders, others than the unit ask the citizen afterwards."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from lianxin.casework.actions import required
from lianxin.casework.actions.common import LONGEST_REASON, Work, clean, working
from lianxin.casework.events import EventType
from lianxin.casework.models import Assignment, Case, Clock, EventVisibility, FollowUp, Instruction, Supervision
from lianxin.casework.rights import Role, covers
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Post

FOLLOW_UP_TRIES = 3


def ask_instruction(actor: User, case: Case, leader: Post, reason: str, *, version: int | None = None) -> Case:
    """Lay a case before a leader (呈批) with the reason."""
    reason = clean(reason, "呈送意见", longest=LONGEST_REASON)
    with working(actor, case, "ask_instruction", version=version) as work:
        required.office(work)
        if leader.role != Role.LEADER or not organisations.in_force().filter(pk=leader.pk).exists():
            raise Refused("请选择在任的领导。")
        if any(row.leader_id == leader.pk and row.given_at is None for row in work.rows.all(Instruction)):
            raise Refused(f"已经呈送{leader.user}，请等待批示。")
        work.record(EventType.INSTRUCTION_ASKED, {"leader": leader.pk}, {"reason": reason})
    return work.case


def instruct(actor: User, case: Case, text: str, *, instruction: Instruction | None = None, version: int | None = None) -> Case:
    """A leader's instruction (批示), asked for or not. The public sees only that one was given."""
    text = clean(text, "批示", longest=LONGEST_REASON)
    with working(actor, case, "instruct", version=version) as work:
        asked = work.rows.get(Instruction, instruction.seq) if instruction is not None else _asked_of(work)
        if asked is not None and asked.given_at is not None:
            raise Refused("这件已经批示过，如有新的意见请另行批示。")
        post = required.leader(work, asked.leader if asked is not None else None)
        payload = {"instruction": asked.seq if asked else None, "leader": post.pk}
        work.record(EventType.INSTRUCTED, payload, {"text": text}, visibility=EventVisibility.STAFF)
    return work.case


def _asked_of(work: Work) -> Instruction | None:
    """What this leader was asked for and has not given yet."""
    mine = {post.pk for post in work.standing.leader_posts}
    return next((row for row in work.rows.all(Instruction) if row.given_at is None and row.leader_id in mine), None)


def propose_supervision(case: Case, level: str, reason: str) -> Case:
    """The clock proposes supervision, once for each level and clock, set aside or not; only the supervision office orders it."""
    with working(None, case, "propose_supervision") as work:
        if any(row.level == level and _is_of_now(work, row) for row in work.rows.all(Supervision)):
            return work.case
        payload = {"level": Supervision.Level(level).value, "organisation": work.case.lead_id, "reason": reason[:200]}
        work.record(EventType.SUPERVISION_PROPOSED, payload)
    return work.case


def _is_of_now(work: Work, row: Supervision) -> bool:
    """Whether a supervision goes on, or belongs to the clocks that run now: one that was settled before they began was another matter."""
    since = max((clock.started_at for clock in work.rows.all(Clock)), default=None)
    began = row.proposed_at or row.ordered_at
    return row.state != Supervision.State.CLOSED or since is None or (began is not None and began >= since)


@dataclass(frozen=True)
class Order:
    """What a supervision order (督办单) says beside its demands: where it comes from, what was said, who signed, when to report how far it is."""

    number: str = ""
    source: str = ""
    basis: str = ""
    quoted: str = ""
    signer: str = ""
    progress_on: tuple[date, ...] = ()


def supervise(
    actor: User,
    case: Case,
    demands: str,
    due_on: date,
    *,
    level: str = Supervision.Level.YELLOW,
    number: str = "",
    order: Order | None = None,
    supervision: Supervision | None = None,
    version: int | None = None,
) -> Case:
    """Issue a supervision order (督办), on a proposal or without one. ``order``: what else stands on it; its number holds before ``number``."""
    demands = clean(demands, "督办要求", longest=LONGEST_REASON)
    with working(actor, case, "supervise", version=version) as work:
        record_order(work, demands, due_on, level, order or Order(number), supervision)
    return work.case


def record_order(work: Work, demands: str, due_on: date, level: str, order: Order, supervision: Supervision | None = None) -> None:
    """Within a deed of the supervision office: the order is issued, for the unit that leads."""
    required.supervisor(work)
    today = timezone.localtime(work.now).date()
    if due_on < today:
        raise Refused("督办的办结日期不能早于今天。")
    if any(not today <= day <= due_on for day in order.progress_on):
        raise Refused("阶段报告的日期应在今天到办结日期之间。")
    proposed = work.rows.get(Supervision, supervision.seq) if supervision is not None else None
    if proposed is not None and proposed.state != Supervision.State.PROPOSED:
        raise Refused("这项督办已经发出或销号。")
    payload = {
        "supervision": proposed.seq if proposed else None,
        "organisation": work.case.lead_id,
        "level": Supervision.Level(level).value,
        "number": clean(order.number, "文号", longest=40, required=False),
        "due_on": due_on,
        "source": Supervision.Source(order.source).value if order.source else "",
        "signer": clean(order.signer, "签发人", longest=60, required=False),
        "progress_on": sorted(set(order.progress_on)),
    }
    words = {
        "demands": demands,
        "basis": clean(order.basis, "依据", longest=200, required=False),
        "quoted": clean(order.quoted, "批示原文", longest=LONGEST_REASON, required=False),
    }
    work.record(EventType.SUPERVISED, payload, {name: text for name, text in words.items() if text})


def close_supervision(actor: User, case: Case, supervision: Supervision, *, outcome: str = "", result: str = "", version: int | None = None) -> Case:
    """Close a supervision order with what came of it, or set a proposal aside with the reason (销号)."""
    result = clean(result, "落实情况", longest=LONGEST_REASON, required=False)
    with working(actor, case, "close_supervision", version=version) as work:
        required.supervisor(work)
        record_closing(work, supervision, outcome, result)
    return work.case


def record_closing(work: Work, supervision: Supervision, outcome: str, result: str) -> None:
    """Within a deed of the supervision office: a supervision is over."""
    mine = work.rows.get(Supervision, supervision.seq)
    if mine.state == Supervision.State.CLOSED:
        raise Refused("这项督办已经销号。")
    payload = {"supervision": mine.seq, "outcome": Supervision.Outcome(outcome).value if outcome else ""}
    work.record(EventType.SUPERVISION_CLOSED, payload, {"result": result} if result else None)


def follow_up(actor: User, case: Case, result: str, note: str = "", *, version: int | None = None) -> Case:
    """Ask the petitioner afterwards (回访): at most three tries a handling. Dissatisfied, the case is handled again, once.

    Done by the hotline, the office or the supervision office; never by somebody of a unit that handled it.
    """
    note = clean(note, "回访记录", longest=LONGEST_REASON, required=False)
    with working(actor, case, "follow_up", version=version) as work:
        _require_caller(work)
        tried = [row for row in work.rows.all(FollowUp) if row.round == work.case.round]
        if any(row.result != FollowUp.Result.UNREACHED for row in tried):
            raise Refused("这次办理已经回访过了。")
        if len(tried) >= FOLLOW_UP_TRIES:
            raise Refused("已经回访三次未联系上，不再回访。")
        work.record(EventType.FOLLOWED_UP, {"result": FollowUp.Result(result).value}, {"note": note} if note else None)
        again = result == FollowUp.Result.DISSATISFIED and not any(row.result == FollowUp.Result.DISSATISFIED for row in _earlier(work))
        if again and work.kind.moves(work.stage, "reopen") is not None:
            work.enter("reopen")
            work.record(EventType.REOPENED, {"cause": "follow_up"}, visibility=EventVisibility.PUBLIC)
    return work.case


def _earlier(work: Work) -> list[FollowUp]:
    return [row for row in work.rows.all(FollowUp) if row.round < work.case.round]


def _require_caller(work: Work) -> None:
    required.not_its_target(work)
    standing, office = work.standing, work.case.office
    callers = [*standing.triage_paths, *standing.operator_paths, *standing.supervised_paths]
    if not covers(callers, office):
        raise Forbidden("回访由热线、分办或督查岗位办理。")
    handled = {row.organisation_id for row in work.rows.all(Assignment) if row.role != Assignment.Role.COPY}
    if standing.units & handled:
        raise Forbidden("承办单位的人员不能回访自己办的件。")
    work.unit = office


def reopen(actor: User, case: Case, reason: str, *, version: int | None = None) -> Case:
    """Have a case handled again (重新办理), for a reason that the office, the supervision office or a leader gives."""
    reason = clean(reason, "重新办理的理由", longest=LONGEST_REASON)
    with working(actor, case, "reopen", version=version) as work:
        if work.standing.leader_posts and not required.is_office(work):
            required.leader(work)
        elif covers(work.standing.supervised_paths, work.case.lead or work.case.office):
            required.supervisor(work)
        else:
            required.office(work)
        work.record(EventType.REOPENED, {"cause": "office"}, {"reason": reason}, visibility=EventVisibility.PUBLIC)
    return work.case
