"""What events make of messages, promises and deliveries."""

from datetime import date

from lianxin.casework.events import EventType
from lianxin.casework.models import Assignment, Delivery, Message, Promise
from lianxin.casework.projections.handling import all_done, done, handled_again
from lianxin.casework.projections.registry import Fact, applies
from lianxin.casework.projections.rows import Rows
from lianxin.casework.vocabulary import Stage

State, Kind = Message.State, Message.Kind


def _said(fact: Fact, rows: Rows, kind: Message.Kind) -> None:
    """Something that is said at once, without a draft."""
    rows.add(
        Message(
            **fact.made,
            kind=kind,
            organisation_id=fact.event.unit_id,
            author_id=fact.event.actor_id,
            body=fact.words("body"),
            state=State.PUBLISHED,
            created_at=fact.event.at,
            published_at=fact.event.at,
            round=rows.case.round,
        )
    )


@applies(EventType.ASKED)
def asked(fact: Fact, rows: Rows) -> None:
    _said(fact, rows, Kind.QUESTION)


@applies(EventType.ANSWERED)
def answered(fact: Fact, rows: Rows) -> None:
    _said(fact, rows, Kind.ANSWER)


@applies(EventType.INFORMATION_ADDED)
def information_added(fact: Fact, rows: Rows) -> None:
    _said(fact, rows, Kind.ANSWER)


@applies(EventType.NOTED)
def noted(fact: Fact, rows: Rows) -> None:
    _said(fact, rows, Kind.NOTE)


@applies(EventType.DRAFTED)
def drafted(fact: Fact, rows: Rows) -> None:
    author = fact.event.actor_id
    if fact["message"] is None:
        message = Message(
            **fact.made,
            kind=fact["kind"],
            organisation_id=fact.event.unit_id,
            author_id=author,
            created_at=fact.event.at,
            round=rows.case.round,
            writers=[],
        )
        rows.add(message)
    else:
        message = rows.get(Message, fact["message"])
    message.body, message.outcome, message.in_person = fact.words("body"), fact["outcome"], fact["in_person"]
    message.writers = [*(one for one in message.writers if one != author), author]
    # What it was sent back for is mended now.
    message.signers, message.state, message.returned_reason = [], State.DRAFT, ""
    _step(rows, message, Assignment.Step.REVIEW)


@applies(EventType.REVIEWED)
def reviewed(fact: Fact, rows: Rows) -> None:
    message = rows.get(Message, fact["message"])
    message.signers, message.state = [*message.signers, fact.event.actor_id], State.REVIEWED
    _step(rows, message, Assignment.Step.SIGN)


@applies(EventType.APPROVED)
def approved(fact: Fact, rows: Rows) -> None:
    message = rows.get(Message, fact["message"])
    message.signers, message.state = [*message.signers, fact.event.actor_id], State.APPROVED


@applies(EventType.SENT_BACK)
def sent_back(fact: Fact, rows: Rows) -> None:
    message = rows.get(Message, fact["message"])
    message.signers, message.state, message.returned_reason = [], State.DRAFT, fact.words("reason")
    _step(rows, message, Assignment.Step.SECTION)


def _step(rows: Rows, message: Message, step: Assignment.Step) -> None:
    """Where the work of the unit that writes lies now."""
    for assignment in rows.all(Assignment):
        if assignment.organisation_id == message.organisation_id and assignment.state == Assignment.State.ACCEPTED:
            assignment.step = step


@applies(EventType.REPLIED)
def replied(fact: Fact, rows: Rows) -> None:
    message = rows.get(Message, fact["message"])
    message.state, message.published_at = State.PUBLISHED, fact.event.at
    rows.case.replied_at, rows.case.outcome = fact.event.at, message.outcome
    for other in rows.all(Message):
        if other.kind in (Kind.REPLY, Kind.INTERIM) and other.state not in (State.PUBLISHED, State.DROPPED):
            other.state = State.DROPPED
    all_done(fact, rows)


@applies(EventType.INTERIM)
def interim(fact: Fact, rows: Rows) -> None:
    message = rows.get(Message, fact["message"])
    message.state, message.published_at = State.PUBLISHED, fact.event.at


@applies(EventType.ANSWERED_WITH)
def answered_with(fact: Fact, rows: Rows) -> None:
    """The answer to the case whose cluster this one joined is the answer here too."""
    rows.add(
        Message(
            **fact.made,
            kind=Kind.REPLY,
            organisation_id=fact["organisation"],
            author_id=fact["author"],
            body=fact.words("body"),
            outcome=fact["outcome"],
            in_person=fact["in_person"],
            state=State.PUBLISHED,
            created_at=fact.event.at,
            published_at=fact.event.at,
            round=rows.case.round,
        )
    )
    rows.case.replied_at, rows.case.outcome = fact.event.at, fact["outcome"]
    all_done(fact, rows)


@applies(EventType.PROGRESS)
def progress(fact: Fact, rows: Rows) -> None:
    _said(fact, rows, Kind.PROGRESS)


@applies(EventType.REPORTED)
def reported(fact: Fact, rows: Rows) -> None:
    _said(fact, rows, Kind.REPORT)
    assignment = rows.get(Assignment, fact["assignment"])
    assignment.state, assignment.step = Assignment.State.REPORTED, Assignment.Step.NONE


@applies(EventType.PART_DONE)
def part_done(fact: Fact, rows: Rows) -> None:
    _said(fact, rows, Kind.OPINION)
    done(rows.get(Assignment, fact["assignment"]), fact)


@applies(EventType.OBJECTED)
def objected(fact: Fact, rows: Rows) -> None:
    _said(fact, rows, Kind.ANSWER)
    rows.case.objected = True
    _again(rows)


@applies(EventType.REOPENED)
def reopened(fact: Fact, rows: Rows) -> None:
    _again(rows)


def _again(rows: Rows) -> None:
    case = rows.case
    case.round += 1
    case.finished_at = case.replied_at = case.satisfied = None
    case.outcome = ""
    handled_again(rows)


@applies(EventType.PROMISED)
def promised(fact: Fact, rows: Rows) -> None:
    rows.add(
        Promise(
            **fact.made,
            message=fact["message"],
            organisation_id=fact["organisation"],
            text=fact.words("text"),
            due_on=date.fromisoformat(fact["due_on"]),
        )
    )


@applies(EventType.PROMISE_KEPT)
def promise_kept(fact: Fact, rows: Rows) -> None:
    promise = rows.get(Promise, fact["promise"])
    promise.state, promise.settled_at = Promise.State.KEPT, fact.event.at


@applies(EventType.PROMISE_MISSED)
def promise_missed(fact: Fact, rows: Rows) -> None:
    if fact.get("main") is None:
        promise = rows.get(Promise, fact["promise"])
        promise.state, promise.settled_at = Promise.State.MISSED, fact.event.at
    if rows.case.stage in (Stage.REPLIED, Stage.CLOSED):
        _again(rows)


@applies(EventType.DELIVERED)
def delivered(fact: Fact, rows: Rows) -> None:
    rows.add(
        Delivery(
            **fact.made,
            message=fact["message"],
            way=fact["way"],
            receipt=fact.words("receipt"),
            by_id=fact.event.actor_id,
            delivered_on=date.fromisoformat(fact["delivered_on"]),
            at=fact.event.at,
        )
    )
