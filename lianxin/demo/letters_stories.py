"""What becomes of a letter: each story is a way through the engine, named by the letters' data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from lianxin.casework import actions, moments
from lianxin.casework.clocks import end_of
from lianxin.casework.models import Clock
from lianxin.demo.letters_walk import Walk

Story = Callable[[Walk], None]


def submitted(walk: Walk) -> None:
    """Nobody has read it yet."""


def screened(walk: Walk) -> None:
    walk.screened()


def accepted(walk: Walk) -> None:
    walk.later(0.3, 3).do(actions.accept, walk.desk.triage, category=walk.letter.category)


def assigned(walk: Walk) -> None:
    """The unit has not signed for it."""
    walk.given()


def handling(walk: Walk) -> None:
    walk.given()
    walk.signed_for()
    walk.to_section()


def drafted(walk: Walk) -> None:
    """The head of the unit has a reply to sign."""
    handling(walk)
    walk.later(0.5, 4).drafted(walk.letter.reply_at(walk.at))


def replied(walk: Walk) -> None:
    """The usual way: handled by the unit, answered in time."""
    handling(walk)
    walk.later(3, 20).answered()
    walk.closed()


def office(walk: Walk) -> None:
    """Simple: the information centre answers at once."""
    walk.screened()
    walk.later(0.3, 3).answered_by_office()
    walk.closed()


def declined(walk: Walk) -> None:
    walk.screened()
    walk.later(0.2, 2).do(actions.decline, walk.desk.triage, walk.letter.reply_at(walk.at), walk.letter.where_to)


def _returned(walk: Walk) -> None:
    walk.given(opinion="请按职责办理，按时答复来信人。")
    other = walk.desk.units[walk.letter.other] if walk.letter.other else None
    walk.later(0.5, 3).do(actions.return_assignment, walk.desk.clerk(walk.letter.unit), walk.part(), walk.letter.reason, suggested=other)


def to_rule(walk: Walk) -> None:
    """A return waits for the ruling."""
    _returned(walk)


def returned_stays(walk: Walk) -> None:
    """The return is refused; the unit answers."""
    _returned(walk)
    walk.later(0.3, 2).do(actions.rule_on_return, walk.desk.triage, walk.part(), to=None, ruling=walk.letter.ruling)
    walk.signed_for()
    walk.later(3, 20).answered()
    walk.closed()


def returned_moves(walk: Walk) -> None:
    """The return is granted: another unit answers."""
    _returned(walk)
    other = walk.desk.units[walk.letter.other]
    walk.later(0.3, 2).do(actions.rule_on_return, walk.desk.triage, walk.part(), to=other, ruling=walk.letter.ruling)
    walk.letter.unit = walk.letter.other
    handling_from_here(walk)


def handling_from_here(walk: Walk) -> None:
    walk.signed_for()
    walk.to_section()
    walk.later(3, 12).answered()
    walk.closed()


def awaiting(walk: Walk) -> None:
    """The citizen has been asked and has not answered."""
    handling(walk)
    walk.later(0.5, 3).do(actions.ask_citizen, walk.desk.clerk(walk.letter.unit), walk.letter.question)


def asked(walk: Walk) -> None:
    """The citizen was asked, answered, and got his reply; the clock stood still meanwhile."""
    awaiting(walk)
    walk.later(5, 60, any_time=True).do(actions.citizen_answered, walk.writer, walk.letter.added)
    walk.later(2, 12).answered()
    walk.closed()


def added(walk: Walk) -> None:
    """The citizen adds something of his own accord."""
    handling(walk)
    walk.later(0.5, 4, any_time=True).do(actions.add_information, walk.writer, walk.letter.added)
    walk.later(2, 14).answered()
    walk.closed()


def _extended(walk: Walk, days: int) -> None:
    """Interim answer in time, then the extension, by the leader in charge; both before the limit."""
    handling(walk)
    clerk, head = walk.desk.clerk(walk.letter.unit), walk.desk.head(walk.letter.unit)
    interim = walk.do(actions.draft_reply, clerk, walk.letter.interim_at(walk.at), kind="interim")
    walk.later(0.2, 0.5).do(actions.approve_reply, head, interim)
    walk.do(actions.interim_reply, clerk, interim)
    leader = walk.desk.leader(walk.letter.unit).user
    clock = Clock.objects.get(case=walk.case, state="running")
    walk.later(0.1, 0.5).do(actions.extend_clock, leader, clock, days, walk.letter.reason)


def extended(walk: Walk) -> None:
    _extended(walk, 10)


def extended_replied(walk: Walk) -> None:
    _extended(walk, 15)
    walk.later(60, 120).answered()
    walk.closed()


def reopened(walk: Walk) -> None:
    """The citizen objects to a poor answer: handled again, not answered yet."""
    handling(walk)
    walk.later(3, 18).answered(walk.letter.poor_at(walk.at))
    walk.later(3, 12, any_time=True).do(actions.rate, walk.writer, 1, "没有解决问题。")
    walk.later(0.1, 1, any_time=True).do(actions.object_once, walk.writer, walk.letter.objection)


def objected(walk: Walk) -> None:
    """The citizen objects; the second answer is a good one."""
    reopened(walk)
    walk.signed_for()
    walk.later(4, 20).answered()
    walk.closed()


def withdrawn(walk: Walk) -> None:
    walk.screened()
    walk.later(1, 20, any_time=True).do(actions.withdraw, walk.writer, walk.letter.reason)


def _pass_limit(walk: Walk, days: float) -> None:
    """Let the limit go by."""
    due = walk.case.due_at
    assert due is not None
    walk.at = max(walk.at, min(due + timedelta(days=days), walk.desk.now))
    walk.later(0, 0.1)


def late(walk: Walk) -> None:
    """Reminded, and answered after the limit."""
    handling(walk)
    due = walk.case.due_at
    assert due is not None
    if due - timedelta(hours=8) > walk.at:
        walk.at = min(due - timedelta(hours=8), walk.desk.now)
    walk.do(actions.remind, walk.desk.triage, "期限将到，请抓紧答复来信人。", unit=walk.desk.units[walk.letter.unit])
    _pass_limit(walk, walk.rng.uniform(1, 6))
    walk.answered()
    walk.closed()


def overdue(walk: Walk) -> None:
    """Not answered, and the limit is over."""
    handling(walk)


def urged(walk: Walk) -> None:
    """Late until the supervision office orders an answer (demo/tasks.py)."""
    handling(walk)


def in_person(walk: Walk) -> None:
    """The head of the unit answers himself; his deputy signs."""
    handling(walk)
    slug = walk.letter.unit
    body = walk.letter.reply_at(walk.later(2, 10).at)
    message = walk.do(actions.draft_reply, walk.desk.head(slug), body, outcome=walk.letter.outcome, in_person=True)
    walk.sent(message, walk.desk.deputy(slug))
    walk.closed()


def _laid_before(walk: Walk) -> None:
    walk.screened()
    walk.later(0.3, 2).do(actions.ask_instruction, walk.desk.triage, walk.desk.reader(walk.letter), walk.letter.reason)


def to_instruct(walk: Walk) -> None:
    """Waits for the leader."""
    _laid_before(walk)


def instructed(walk: Walk) -> None:
    """A leader instructs; the unit reports, is sent back once where a reason is given, and the office answers."""
    _reported(walk, instructed_first=True)
    walk.later(0.5, 3).do(actions.accept_report, walk.desk.triage, walk.part())
    walk.later(0.5, 4).answered_by_office()
    walk.closed()


def _reported(walk: Walk, *, instructed_first: bool) -> None:
    if instructed_first:
        _laid_before(walk)
        leader = walk.desk.reader(walk.letter).user
        walk.later(0.5, 3, any_time=True).do(actions.instruct, leader, walk.letter.instruction)
    else:
        walk.screened()
    unit, clerk = walk.desk.units[walk.letter.unit], walk.desk.clerk(walk.letter.unit)
    walk.later(0.2, 1).do(actions.assign, walk.desk.triage, unit, manner="report", opinion="请办理并报结。")
    walk.signed_for()
    if walk.letter.sent_back:
        walk.later(1, 5).do(actions.report_back, clerk, walk.part(), walk.letter.first_report)
        walk.later(0.3, 2).do(actions.send_back_report, walk.desk.triage, walk.part(), walk.letter.sent_back)
    walk.later(2, 10).do(actions.report_back, clerk, walk.part(), walk.letter.report)


def reported(walk: Walk) -> None:
    """A report waits for the office."""
    _reported(walk, instructed_first=False)


def reported_closed(walk: Walk) -> None:
    """Given by 交办 without a leader."""
    _reported(walk, instructed_first=False)
    walk.later(0.5, 3).do(actions.accept_report, walk.desk.triage, walk.part())
    walk.later(0.5, 4).answered_by_office()
    walk.closed()


def joint(walk: Walk) -> None:
    """Two units: the other gives its opinion, the lead answers for both."""
    walk.given(co=(walk.letter.other,), opinion="请主办单位会同协办单位办理，合并答复。")
    walk.signed_for()
    walk.signed_for(walk.letter.other)
    walk.to_section()
    other = walk.letter.other
    walk.later(2, 8).do(actions.finish_part, walk.desk.clerk(other), walk.part(other), walk.letter.opinion)
    walk.later(2, 8).answered()
    walk.closed()


def _promised(walk: Walk) -> None:
    handling(walk)
    walk.later(3, 16)
    due_on = (timezone.localtime(walk.at) + timedelta(days=walk.letter.promise_days)).date()
    walk.answered(walk.letter.reply_at(walk.at), promises=((walk.letter.promised, due_on),))
    walk.closed()


def promise_open(walk: Walk) -> None:
    _promised(walk)


def promise_kept(walk: Walk) -> None:
    _promised(walk)
    day = walk.promise().due_on - timedelta(days=1)
    walk.at = max(walk.at, min(timezone.make_aware(datetime.combine(day, datetime.min.time().replace(hour=11))), walk.desk.now))
    walk.do(actions.keep_promise, walk.desk.clerk(walk.letter.unit), walk.promise())


def promise_missed(walk: Walk) -> None:
    """The day passes: the case is handled again, as the sweeper would have it."""
    _promised(walk)
    promise = walk.promise()
    walk.at = max(walk.at, min(end_of(promise.due_on) + timedelta(minutes=5), walk.desk.now))
    with moments.dated(walk.at):
        walk.case = actions.miss_promise(walk.case, promise)


STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        *(submitted, screened, accepted, assigned, handling, drafted, replied, office, declined, to_rule, returned_stays, returned_moves),
        *(awaiting, asked, added, extended, extended_replied, reopened, objected, withdrawn, late, overdue, urged, in_person, to_instruct),
        *(instructed, reported, reported_closed, joint, promise_open, promise_kept, promise_missed),
    )
}
