"""What events make of the case itself, its petitioner and its files."""

from lianxin.casework.events import EventType
from lianxin.casework.models import Assignment, Attachment, Case, CaseLink, Clock, Cluster, Instruction, Message, Petitioner, Redaction, Seal
from lianxin.casework.projections.registry import Fact, applies
from lianxin.casework.projections.rows import PROJECTED, Rows
from lianxin.casework.vocabulary import OPEN_STAGES, PublicDecision, Stage, Visibility
from lianxin.foundation.crypto import EncryptedTextField

_CLOCKS_CHANGE = (EventType.BREACHED, EventType.ASSIGNED, EventType.REOPENED, EventType.OBJECTED, EventType.PROMISE_MISSED, EventType.TRANSFERRED)


def settle(fact: Fact, rows: Rows) -> None:
    """What follows after any event: stage, version, and the figures that lists are read by."""
    event, case = fact.event, rows.case
    case.stage, case.version, case.head, case.updated_at = event.stage, event.seq, event.hash, event.at
    case.is_open = case.stage in OPEN_STAGES
    shows = case.publicity == PublicDecision.OPEN and case.visibility != Visibility.PRIVATE
    case.is_public = shows and not case.is_sealed and case.stage != Stage.WITHDRAWN and case.erased_at is None
    if not _touches_clocks(event.type):
        return
    clocks = rows.all(Clock)
    running = [clock for clock in clocks if clock.state == Clock.State.RUNNING and clock.due_at]
    case.breached = any(clock.breached_at for clock in clocks)
    case.due_at = min((clock.due_at for clock in running if clock.due_at), default=None)
    own = {clock.assignment for clock in clocks}
    of_part = {clock.assignment: clock.due_at for clock in running}
    for assignment in rows.all(Assignment):
        if assignment.is_open:
            assignment.due_at = of_part.get(assignment.seq) if assignment.seq in own else case.due_at


def _touches_clocks(kind: str) -> bool:
    return kind.startswith("clock_") or kind in _CLOCKS_CHANGE


@applies(EventType.SUBMITTED)
def submitted(fact: Fact, rows: Rows) -> None:
    case, event = rows.case, fact.event
    case.kind, case.kind_version, case.number = fact["kind"], fact["kind_version"], fact["number"]
    case.token, case.secret, case.channel = fact["token"], fact["secret"], fact["channel"]
    case.subject, case.text, case.place = fact.words("subject"), fact.words("text"), fact.words("place")
    case.category, case.office_id, case.addressed_to_id = fact["category"], fact["office"], fact["addressed_to"]
    case.sub_state = fact.get("sub_state") or ""
    case.wish, case.visibility = fact["wish"], fact["visibility"]
    case.received_at, case.submitted_at = fact.moment("received_at") or event.at, event.at
    rows.add(
        Petitioner(
            case_id=event.case_id,
            user_id=fact["user"],
            kind=fact["petitioner_kind"],
            identity=fact["identity"],
            **{name: fact.words(name) for name in ("name", "phone", "email", "address", "id_number")},
        )
    )


@applies(EventType.SEALED)
def sealed(fact: Fact, rows: Rows) -> None:
    rows.add(Seal(**fact.made, organisation_id=fact.get("organisation"), user_id=fact.get("user")))
    rows.case.is_sealed = True


@applies(EventType.ATTACHED)
def attached(fact: Fact, rows: Rows) -> None:
    rows.add(
        Attachment(
            **fact.made,
            message=fact["message"],
            file=fact["file"],
            name=fact.words("name"),
            size=fact["size"],
            content_type=fact["content_type"],
            digest=fact["digest"],
            from_citizen=fact["from_citizen"],
            at=fact.event.at,
        )
    )


@applies(EventType.SCREENED)
def screened(fact: Fact, rows: Rows) -> None:
    if fact.get("category") is not None:
        rows.case.category = fact["category"]
    if fact.get("sub_state") is not None:
        rows.case.sub_state = fact["sub_state"]


@applies(EventType.ACCEPTED)
def accepted(fact: Fact, rows: Rows) -> None:
    screened(fact, rows)


@applies(EventType.DECLINED)
def declined(fact: Fact, rows: Rows) -> None:
    rows.case.where_to = fact["where_to"]
    rows.add(
        Message(
            **fact.made,
            kind=Message.Kind.REPLY,
            organisation_id=fact.event.unit_id,
            author_id=fact.event.actor_id,
            body=fact.words("reason"),
            state=Message.State.PUBLISHED,
            created_at=fact.event.at,
            published_at=fact.event.at,
            round=rows.case.round,
        )
    )
    _end_open(rows)


@applies(EventType.WITHDRAWN)
def withdrawn(fact: Fact, rows: Rows) -> None:
    _end_open(rows)


def _end_open(rows: Rows) -> None:
    for assignment in rows.all(Assignment):
        if assignment.is_open:
            assignment.state, assignment.is_open, assignment.step = Assignment.State.ENDED, False, Assignment.Step.NONE
    rows.case.lead_id = next((row.organisation_id for row in rows.all(Assignment) if _leads(row)), None)


def _leads(row: Assignment) -> bool:
    return row.role == Assignment.Role.LEAD and row.state != Assignment.State.ENDED


@applies(EventType.REDACTED)
def redacted(fact: Fact, rows: Rows) -> None:
    rows.add(
        Redaction(
            **fact.made,
            message=fact["message"],
            subject=fact.words("subject"),
            text=fact.words("text"),
            at=fact.event.at,
            by_id=fact.event.actor_id,
        )
    )


@applies(EventType.VISIBILITY_SET)
def visibility_set(fact: Fact, rows: Rows) -> None:
    rows.case.visibility = fact["visibility"]
    if fact["by_petitioner"]:
        rows.case.wish = fact["visibility"]


@applies(EventType.PUBLICITY_DECIDED)
def publicity_decided(fact: Fact, rows: Rows) -> None:
    case = rows.case
    case.publicity = PublicDecision.OPEN if fact["open"] else PublicDecision.CLOSED
    case.public_at = (case.public_at or fact.event.at) if fact["open"] else None
    for attachment in rows.all(Attachment):
        attachment.is_public = attachment.seq in fact["attachments"]


@applies(EventType.FINISHED)
def finished(fact: Fact, rows: Rows) -> None:
    rows.case.finished_at = fact.event.at


@applies(EventType.LINKED)
def linked(fact: Fact, rows: Rows) -> None:
    rows.add(CaseLink(**fact.made, other_id=fact["other"], relation=fact["relation"], at=fact.event.at))


@applies(EventType.CLUSTER_OPENED)
def cluster_opened(fact: Fact, rows: Rows) -> None:
    rows.add(Cluster(**fact.made, title=fact["title"], opened_at=fact.event.at))


@applies(EventType.CLUSTER_JOINED)
def cluster_joined(fact: Fact, rows: Rows) -> None:
    rows.case.cluster_id = fact["main"]


@applies(EventType.CLUSTER_ANSWERED)
def cluster_answered(fact: Fact, rows: Rows) -> None:
    for cluster in rows.all(Cluster):
        cluster.answered_at = fact.event.at


@applies(EventType.TRANSFERRED)
def transferred(fact: Fact, rows: Rows) -> None:
    """A unit became part of another, or a leader's work passed to another: everything in the case moves along."""
    _move_unit(rows, fact.get("from"), fact.get("to"))
    _move_leader(rows, fact.get("leader_from"), fact.get("leader_to"))
    _move_person(rows, fact.get("person_from"), fact.get("person_to"))


def _move_unit(rows: Rows, before: int | None, after: int | None) -> None:
    if before is None or after is None:
        return
    case = rows.case
    if case.office_id == before:
        case.office_id = after
    assignments = rows.all(Assignment)
    moved = [row for row in assignments if row.organisation_id == before]
    here = [row for row in assignments if row.organisation_id == after and row.is_open]
    for row in moved:
        row.organisation_id, row.section_id = after, None
        if row.is_open and row.step not in (Assignment.Step.OFFICE, Assignment.Step.NONE):
            row.step = Assignment.Step.UNIT
    if any(row.is_open and row.role != Assignment.Role.COPY for row in moved):
        # One unit, one part: the weightier one stays.
        for row in _lesser([*here, *(row for row in moved if row.is_open)]):
            row.state, row.is_open, row.step = Assignment.State.ENDED, False, Assignment.Step.NONE
    case.lead_id = next((row.organisation_id for row in assignments if _leads(row)), None)
    for message in rows.all(Message):
        if message.organisation_id == before and message.state not in (Message.State.PUBLISHED, Message.State.DROPPED):
            message.organisation_id = after


def _lesser(rows: list[Assignment]) -> list[Assignment]:
    order = {Assignment.Role.LEAD: 0, Assignment.Role.CO: 1, Assignment.Role.COPY: 2}
    return sorted(rows, key=lambda row: (order[Assignment.Role(row.role)], row.pk))[1:]


def _move_leader(rows: Rows, before: int | None, after: int | None) -> None:
    if before is None or after is None:
        return
    if rows.case.addressed_to_id == before:
        rows.case.addressed_to_id = after
    for instruction in rows.all(Instruction):
        if instruction.leader_id == before and instruction.given_at is None:
            instruction.leader_id = after


def _move_person(rows: Rows, before: int | None, after: int | None) -> None:
    if before is None:
        return
    for assignment in rows.all(Assignment):
        if assignment.is_open and assignment.handler_id == before:
            assignment.handler_id = after


@applies(EventType.ERASED)
def erased(fact: Fact, rows: Rows) -> None:
    """Everything that a person wrote or is goes blank; that it happened, when and by which unit stays."""
    for model in PROJECTED:
        names = [field.attname for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]
        for row in _rows_of(model, rows):
            for name in names:
                setattr(row, name, "")
    for redaction in rows.all(Redaction):
        redaction.subject = redaction.text = ""
    for attachment in rows.all(Attachment):
        attachment.file, attachment.digest, attachment.is_public = "", "", False
    rows.petitioner().user_id = None
    rows.case.erased_at = fact.event.at


@applies(EventType.PETITIONER_FORGOTTEN)
def petitioner_forgotten(fact: Fact, rows: Rows) -> None:
    petitioner = rows.petitioner()
    for field in Petitioner._meta.concrete_fields:
        if isinstance(field, EncryptedTextField):
            setattr(petitioner, field.attname, "")
    petitioner.user_id = None


def _rows_of(model: type, rows: Rows) -> list:
    if model is Case:
        return [rows.case]
    return [rows.petitioner()] if model is Petitioner else rows.all(model)
