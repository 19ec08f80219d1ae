"""What events make of instructions, reminders, supervision, calls back and ratings."""

from datetime import date

from lianxin.casework.events import EventType
from lianxin.casework.models import FollowUp, Instruction, Rating, Reminder, Supervision
from lianxin.casework.projections.registry import Fact, applies
from lianxin.casework.projections.rows import Rows

SATISFIED_FROM = 3
"""The lowest score (of 5) that counts as satisfied: 基本满意."""


@applies(EventType.INSTRUCTION_ASKED)
def instruction_asked(fact: Fact, rows: Rows) -> None:
    rows.add(Instruction(**fact.made, leader_id=fact["leader"], asked_by_id=fact.event.actor_id, asked_at=fact.event.at, reason=fact.words("reason")))


@applies(EventType.INSTRUCTED)
def instructed(fact: Fact, rows: Rows) -> None:
    if fact["instruction"] is None:
        instruction = Instruction(**fact.made, leader_id=fact["leader"])
        rows.add(instruction)
    else:
        instruction = rows.get(Instruction, fact["instruction"])
    instruction.text, instruction.given_at, instruction.given_by_id = fact.words("text"), fact.event.at, fact.event.actor_id


@applies(EventType.REMINDED)
def reminded(fact: Fact, rows: Rows) -> None:
    rows.add(
        Reminder(
            **fact.made,
            organisation_id=fact["organisation"],
            clock=fact["clock"],
            threshold=fact["threshold"],
            text=fact.words("text"),
            by_id=fact.event.actor_id,
            at=fact.event.at,
        )
    )


@applies(EventType.SUPERVISION_PROPOSED)
def supervision_proposed(fact: Fact, rows: Rows) -> None:
    rows.add(
        Supervision(
            **fact.made,
            level=fact["level"],
            state=Supervision.State.PROPOSED,
            organisation_id=fact["organisation"],
            reason=fact["reason"],
            proposed_at=fact.event.at,
        )
    )


@applies(EventType.SUPERVISED)
def supervised(fact: Fact, rows: Rows) -> None:
    if fact["supervision"] is None:
        supervision = Supervision(**fact.made, organisation_id=fact["organisation"])
        rows.add(supervision)
    else:
        supervision = rows.get(Supervision, fact["supervision"])
    supervision.state, supervision.level, supervision.number = Supervision.State.ORDERED, fact["level"], fact["number"]
    supervision.demands, supervision.due_on = fact.words("demands"), date.fromisoformat(fact["due_on"])
    supervision.source, supervision.signer = fact.get("source") or "", fact.get("signer") or ""
    supervision.basis, supervision.quoted = fact.words("basis"), fact.words("quoted")
    supervision.progress_on = fact.get("progress_on") or []
    supervision.ordered_by_id, supervision.ordered_at = fact.event.actor_id, fact.event.at


@applies(EventType.SUPERVISION_CLOSED)
def supervision_closed(fact: Fact, rows: Rows) -> None:
    supervision = rows.get(Supervision, fact["supervision"])
    supervision.state, supervision.closed_at = Supervision.State.CLOSED, fact.event.at
    supervision.outcome, supervision.result = fact.get("outcome") or "", fact.words("result")


@applies(EventType.FOLLOWED_UP)
def followed_up(fact: Fact, rows: Rows) -> None:
    rows.add(
        FollowUp(
            **fact.made,
            round=rows.case.round,
            result=fact["result"],
            note=fact.words("note"),
            by_id=fact.event.actor_id,
            at=fact.event.at,
        )
    )
    if fact["result"] != FollowUp.Result.UNREACHED:
        rows.case.satisfied = fact["result"] == FollowUp.Result.SATISFIED


@applies(EventType.RATED)
def rated(fact: Fact, rows: Rows) -> None:
    rows.add(Rating(**fact.made, round=rows.case.round, score=fact["score"], comment=fact.words("comment"), at=fact.event.at))
    rows.case.satisfied = fact["score"] >= SATISFIED_FROM
