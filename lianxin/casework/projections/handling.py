"""What events make of assignments and clocks."""

from datetime import time

from lianxin.casework.events import EventType
from lianxin.casework.models import Assignment, Clock
from lianxin.casework.projections.registry import Fact, applies
from lianxin.casework.projections.rows import Rows

State, Step = Assignment.State, Assignment.Step


@applies(EventType.ASSIGNED)
def assigned(fact: Fact, rows: Rows) -> None:
    copy = fact["role"] == Assignment.Role.COPY
    rows.add(
        Assignment(
            **fact.made,
            organisation_id=fact["organisation"],
            role=fact["role"],
            manner=fact["manner"],
            state=State.DONE if copy else State.OFFERED,
            step=Step.NONE if copy else Step.OFFICE,
            is_open=not copy,
            done_at=fact.event.at if copy else None,
            opinion=fact.words("opinion"),
            assigned_by_id=fact.event.actor_id,
            offered_at=fact.event.at,
            return_by=fact.moment("return_by"),
        )
    )
    if fact["role"] == Assignment.Role.LEAD:
        rows.case.lead_id = fact["organisation"]


@applies(EventType.SIGNED_FOR)
def signed_for(fact: Fact, rows: Rows) -> None:
    assignment = rows.get(Assignment, fact["assignment"])
    assignment.state, assignment.step = State.ACCEPTED, Step.UNIT
    assignment.accepted_at, assignment.accepted_by_id = fact.event.at, fact.event.actor_id


@applies(EventType.SECTION_GIVEN)
def section_given(fact: Fact, rows: Rows) -> None:
    assignment = rows.get(Assignment, fact["assignment"])
    assignment.section_id, assignment.handler_id, assignment.step = fact["section"], fact["handler"], Step.SECTION


@applies(EventType.RETURNED)
def returned(fact: Fact, rows: Rows) -> None:
    assignment = rows.get(Assignment, fact["assignment"])
    assignment.state, assignment.returned_at = State.RETURNED, fact.event.at
    assignment.return_reason, assignment.suggested_id = fact.words("reason"), fact.get("suggested")


@applies(EventType.RULED)
def ruled(fact: Fact, rows: Rows) -> None:
    assignment = rows.get(Assignment, fact["assignment"])
    assignment.ruled_at, assignment.ruling = fact.event.at, fact.words("ruling")
    if fact["stays"]:
        assignment.state = State.RULED
        return
    assignment.state, assignment.is_open, assignment.step = State.ENDED, False, Step.NONE
    if assignment.role == Assignment.Role.LEAD:
        rows.case.lead_id = None


@applies(EventType.REPORT_ACCEPTED)
def report_accepted(fact: Fact, rows: Rows) -> None:
    done(rows.get(Assignment, fact["assignment"]), fact)


@applies(EventType.REPORT_SENT_BACK)
def report_sent_back(fact: Fact, rows: Rows) -> None:
    assignment = rows.get(Assignment, fact["assignment"])
    assignment.state, assignment.step = State.ACCEPTED, Step.UNIT


def done(assignment: Assignment, fact: Fact) -> None:
    """A unit's part is over."""
    assignment.state, assignment.step, assignment.is_open, assignment.done_at = State.DONE, Step.NONE, False, fact.event.at


def all_done(fact: Fact, rows: Rows) -> None:
    """With the answer every unit's part is done."""
    for assignment in rows.all(Assignment):
        if assignment.is_open:
            done(assignment, fact)


def handled_again(rows: Rows) -> None:
    """The lead unit is offered the case once more; whether it can be returned was settled the first time."""
    for assignment in rows.all(Assignment):
        if assignment.role == Assignment.Role.LEAD and assignment.state != State.ENDED:
            assignment.state, assignment.step, assignment.is_open = State.RULED, Step.OFFICE, True
            assignment.done_at = None


@applies(EventType.CLOCK_STARTED)
def clock_started(fact: Fact, rows: Rows) -> None:
    rows.add(
        Clock(
            **fact.made,
            purpose=fact["purpose"],
            assignment=fact.get("assignment"),
            label=fact["label"],
            rule=fact["rule"],
            threshold=fact["threshold"],
            unit=fact["unit"],
            closes=time.fromisoformat(fact["closes"]) if fact["closes"] else None,
            extension_limit=fact["extension_limit"],
            started_at=fact.required_moment("started_at"),
            due_at=fact.moment("due_at"),
            provisional=fact["provisional"],
        )
    )


@applies(EventType.CLOCK_PAUSED)
def clock_paused(fact: Fact, rows: Rows) -> None:
    clock = rows.get(Clock, fact["clock"])
    clock.pauses = [*clock.pauses, {"from": fact["from"], "to": None, "seq": fact.event.seq}]
    clock.state, clock.due_at = Clock.State.PAUSED, None


@applies(EventType.CLOCK_RESUMED)
def clock_resumed(fact: Fact, rows: Rows) -> None:
    clock = rows.get(Clock, fact["clock"])
    clock.pauses = [*clock.pauses[:-1], {**clock.pauses[-1], "to": fact["to"]}]
    clock.state = Clock.State.RUNNING
    _due(clock, fact)


@applies(EventType.CLOCK_EXTENDED)
def clock_extended(fact: Fact, rows: Rows) -> None:
    clock = rows.get(Clock, fact["clock"])
    clock.extensions = [*clock.extensions, {"days": fact["days"], "seq": fact.event.seq}]
    _due(clock, fact)


@applies(EventType.CLOCK_RECOMPUTED)
def clock_recomputed(fact: Fact, rows: Rows) -> None:
    _due(rows.get(Clock, fact["clock"]), fact)


def _due(clock: Clock, fact: Fact) -> None:
    clock.due_at, clock.provisional = fact.moment("due_at"), fact["provisional"]


@applies(EventType.CLOCK_MET)
def clock_met(fact: Fact, rows: Rows) -> None:
    clock = rows.get(Clock, fact["clock"])
    clock.state = Clock.State.MET_LATE if clock.breached_at else Clock.State.MET
    clock.ended_at = fact.event.at


@applies(EventType.CLOCK_STOPPED)
def clock_stopped(fact: Fact, rows: Rows) -> None:
    clock = rows.get(Clock, fact["clock"])
    clock.state, clock.ended_at = Clock.State.STOPPED, fact.event.at


@applies(EventType.BREACHED)
def breached(fact: Fact, rows: Rows) -> None:
    rows.get(Clock, fact["clock"]).breached_at = fact.moment("due_at")
