"""Limits: extended by a leader, breached once, reminded of once per threshold, counted anew when the calendar changes."""

from lianxin.casework import clocks
from lianxin.casework.actions import following, required
from lianxin.casework.actions.common import LONGEST_REASON, Work, clean, working
from lianxin.casework.events import EventType
from lianxin.casework.models import Assignment, Case, Clock, EventVisibility, Message, Reminder
from lianxin.casework.rights import covers
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation

_THRESHOLDS = ("due_soon", "due_today", "overdue")


def extend_clock(actor: User, case: Case, clock: Clock, days: int, reason: str, *, version: int | None = None) -> Case:
    """A leader extends a limit for cause, before it has run out; the interim answer has gone out by then (L02, X03).

    ``days`` are of the limit's own kind (calendar days for months), within what the rule allows altogether.
    """
    reason = clean(reason, "延期理由", longest=LONGEST_REASON)
    if days < 1:
        raise Refused("请填写延长的天数。")
    with working(actor, case, "extend_clock", version=version) as work:
        required.leader(work)
        mine = work.rows.get(Clock, clock.seq)
        _require_extendable(work, mine, days)
        extensions = [*clocks.extensions_of(mine), clocks.Extension(days, work.case.version + 1)]
        reckoned = clocks.due(clocks.terms_of(mine), mine.started_at, clocks.pauses_of(mine), extensions)
        assert reckoned is not None
        payload = {"clock": mine.seq, "days": days} | following.due_payload(reckoned)
        work.record(EventType.CLOCK_EXTENDED, payload, {"reason": reason}, visibility=EventVisibility.PARTIES)
    return work.case


def _require_extendable(work: Work, clock: Clock, days: int) -> None:
    if clock.state != Clock.State.RUNNING:
        raise Refused("这个时限没有在计时，不能延长。")
    if clock.breached_at is not None:
        raise Refused("已经超期，不能再延长，请尽快答复。")
    granted = sum(one["days"] for one in clock.extensions)
    if clock.extension_limit is not None and granted + days > clock.extension_limit:
        left = max(clock.extension_limit - granted, 0)
        raise Refused(f"按规定最多还能延长 {left} 天。" if left else "按规定这个时限不能再延长。")
    if work.kind.interim_before_extension and not _interim_sent(work):
        raise Refused("延长期限之前，请先向反映人发出阶段性答复。")


def _interim_sent(work: Work) -> bool:
    return any(
        message.kind == Message.Kind.INTERIM and message.state == Message.State.PUBLISHED and message.round == work.case.round
        for message in work.rows.all(Message)
    )


def breach(case: Case) -> Case:
    """Record the breaches of a case that happened by now; each is recorded once. Done by the sweeper."""
    with working(None, case, "breach") as work:
        pass  # working() records them before any deed
    return work.case


def remind(
    actor: User | None, case: Case, text: str = "", *, unit: Organisation | None = None, clock: Clock | None = None, threshold: str = ""
) -> Case:
    """Remind the units that handle a case, or one of them (催办). The system names clock and threshold, each of which reminds once."""
    text = clean(text, "催办内容", longest=LONGEST_REASON, required=False)
    with working(actor, case, "remind") as work:
        if actor is None:
            if clock is None or threshold not in _THRESHOLDS:
                raise ValueError("the system reminds by clock and threshold")
            if any(row.clock == clock.seq and row.threshold == threshold for row in work.rows.all(Reminder)):
                return work.case
        else:
            _require_reminder(work)
        if unit is not None and unit.pk not in {row.organisation_id for row in work.rows.all(Assignment) if row.is_open}:
            raise Refused(f"{unit}没有在办理这件。")
        if unit is None and clock is not None and clock.assignment is not None:
            unit = work.rows.get(Assignment, clock.assignment).organisation
        payload = {"organisation": unit.pk if unit else None, "clock": clock.seq if clock else None, "threshold": threshold}
        work.record(EventType.REMINDED, payload, {"text": text} if text else None)
    return work.case


def _require_reminder(work: Work) -> None:
    required.not_its_target(work)
    standing, case = work.standing, work.case
    if required.is_office(work):
        work.unit = case.office
    elif covers(standing.supervised_paths, case.lead or case.office):
        required.supervisor(work)
    elif standing.leader_posts:
        required.leader(work)
    else:
        raise Forbidden("催办由分办、督查岗位或分管领导办理。")
