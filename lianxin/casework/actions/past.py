"""Cases that were handled before they came here: told by the engine's own events at their own moments, written by the batch.

A property test holds each of them against the same story told deed by deed.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils import timezone

from lianxin.casework import rules, sealing, signals
from lianxin.casework.actions import following
from lianxin.casework.actions.assignments import last_return
from lianxin.casework.actions.common import Work
from lianxin.casework.events import EventType
from lianxin.casework.kinds import CaseKind
from lianxin.casework.models import Assignment, Case, CaseEvent, CaseKey, Clock, EventVisibility, Message, Petitioner
from lianxin.casework.projections import PROJECTED, Rows
from lianxin.casework.vocabulary import Channel, Identity, Visibility
from lianxin.foundation import bulk
from lianxin.foundation.errors import Refused
from lianxin.foundation.numbering import next_numbers
from lianxin.organisations.models import Organisation

SEE_REASON = "见不予受理的说明"
_JSON = DjangoJSONEncoder(ensure_ascii=False)
# Written as they stand in a row: the engine sets them, and none is changed on its way to the database.
_PLAIN = frozenset(
    {
        models.AutoField,
        models.BigAutoField,
        models.BigIntegerField,
        models.BooleanField,
        models.CharField,
        models.ForeignKey,
        models.IntegerField,
        models.OneToOneField,
        models.PositiveIntegerField,
        models.PositiveSmallIntegerField,
        models.SmallIntegerField,
        models.TextField,
    }
)
_NO_ONE = ("name", "phone", "email", "address", "id_number")


@dataclass(frozen=True)
class Past:
    """A case as another place has kept it. Texts are clean and within the limits of the deeds; moments rise from ``at`` and are over."""

    token: str
    """What tells it from all others: the same token is the same case, however often it comes."""
    subject: str
    text: str
    at: datetime
    name: str = ""
    phone: str = ""
    place: str = ""
    category: str = ""
    channel: str = Channel.WEB
    lead: Organisation | None = None
    """Who handled it from the first day; None where the office answered itself, or nobody has yet."""
    reply: str = ""
    replied_at: datetime | None = None
    outcome: str = ""
    declined: bool = False
    """``reply`` says why it was not taken on."""
    finished: bool = True
    withdrawn_at: datetime | None = None
    score: int = 0
    comment: str = ""
    rated_at: datetime | None = None
    opens: bool = False
    """Whether everybody may read it, which begins with the reply."""


def take_over(kind: CaseKind, office: Organisation, pasts: Sequence[Past]) -> list[Case | None]:
    """Bring in cases of the past in one transaction, in their order; None in the place of one that is here already.

    Nobody is notified, and no account stands behind the events. The rows are those that the deeds would have made.
    """
    hashes = [sealing.token_hash(past.token) for past in pasts]
    with transaction.atomic():
        seen = set(Case.objects.filter(token__in=hashes).values_list("token", flat=True))
        fresh: list[tuple[str, Past]] = []
        for token, past in zip(hashes, pasts, strict=True):
            if token not in seen:
                seen.add(token)
                fresh.append((token, past))
        if not fresh:
            return [None] * len(pasts)
        made = _make(kind, office, fresh)
        signals.taken_over.send(sender=Case, cases=list(made.values()))
    # The same token twice in one batch: the first is the case.
    return [made.pop(token, None) for token in hashes]


def _make(kind: CaseKind, office: Organisation, fresh: list[tuple[str, Past]]) -> dict[str, Case]:
    numbers = _numbers(kind, fresh)
    now = timezone.now()
    with rules.remembered():
        works = [
            _tell(case_id, kind, office, token, numbers[token], past, now)
            for case_id, (token, past) in zip(bulk.reserve(Case, len(fresh)), fresh, strict=True)
        ]
    store_new(works)
    return {work.case.token: work.case for work in works}


def _numbers(kind: CaseKind, fresh: list[tuple[str, Past]]) -> dict[str, str]:
    by_year: dict[int, list[str]] = defaultdict(list)
    for token, past in fresh:
        by_year[timezone.localtime(past.at).year].append(token)
    found: dict[str, str] = {}
    for year, tokens in sorted(by_year.items()):
        given = next_numbers(f"casework:{kind.prefix}:{year}", tokens)
        found |= {token: f"{kind.prefix}{year}{number:06d}" for token, number in zip(tokens, given, strict=True)}
    return found


# --- the story of one case ---------------------------------------------------------------------------------------------------------------


def _tell(case_id: int, kind: CaseKind, office: Organisation, token: str, number: str, past: Past, now: datetime) -> Work:
    keys = sealing.Keys(sealing.new_key(), sealing.new_key())
    work = Work(None, Rows(Case(pk=case_id), stored=True), kind, keys, at=past.at)
    work.rows.add(CaseKey(case_id=case_id, key=keys.words, person=keys.person))
    visibility = Visibility.ANONYMISED if past.opens else Visibility.PRIVATE
    facts = {
        "kind": kind.code,
        "kind_version": kind.version,
        "token": token,
        "secret": sealing.secret_hash(sealing.access_secret(past.token)),
        "channel": Channel(past.channel).value,
        "category": past.category,
        "office": office.pk,
        "addressed_to": None,
        "wish": visibility,
        "visibility": visibility,
        "received_at": past.at,
        "user": None,
        "petitioner_kind": Petitioner.Kind.PERSON,
        "identity": Identity.NONE,
        "number": number,
    }
    private = {"subject": past.subject, "text": past.text, "place": past.place}
    personal = dict.fromkeys(_NO_ONE, "") | {"name": past.name, "phone": past.phone}
    work.enter("submit")
    work.record(EventType.SUBMITTED, facts, private, personal=personal, visibility=EventVisibility.PARTIES)
    following.follow(work)
    work.deed = ""
    _handle(work, office, past)
    _pass_time(work, now)
    return work


def _handle(work: Work, office: Organisation, past: Past) -> None:
    """From the receipt to wherever the case came."""
    if past.declined:
        reason = {"reason": past.reply}
        _step(work, "decline", past.replied_at, office, EventType.DECLINED, {"where_to": SEE_REASON}, reason, EventVisibility.PARTIES)
        return
    if past.lead is not None:
        _give(work, office, past.lead, past)
    if past.withdrawn_at is not None:
        _step(work, "withdraw", past.withdrawn_at, None, EventType.WITHDRAWN, visibility=EventVisibility.PARTIES)
    elif past.replied_at is not None:
        _answer(work, past.lead or office, past)
        _close(work, office, past)


def _give(work: Work, office: Organisation, lead: Organisation, past: Past) -> None:
    """To its unit on the day it came; signed for, where the unit has answered."""
    given = {"organisation": lead.pk, "role": Assignment.Role.LEAD, "manner": Assignment.Manner.PASS, "return_by": _return_by(work)}
    part = _step(work, "assign", past.at, office, EventType.ASSIGNED, given, visibility=EventVisibility.PUBLIC).seq
    if past.replied_at is not None:
        _step(work, "sign_for", past.at, lead, EventType.SIGNED_FOR, {"assignment": part})


def _return_by(work: Work) -> datetime | None:
    try:
        return last_return(work)
    except Refused:
        # Older than the rule.
        return None


def _answer(work: Work, unit: Organisation, past: Past) -> None:
    """Written, signed and sent at the moment that is known: that of the answer."""
    at, internal = past.replied_at, EventVisibility.INTERNAL
    draft = {"message": None, "kind": Message.Kind.REPLY, "outcome": past.outcome, "in_person": False}
    message = _step(work, "draft_reply", at, unit, EventType.DRAFTED, draft, {"body": past.reply}, internal).seq
    for _ in work.kind.approval[1:]:
        _step(work, "review_reply", at, unit, EventType.REVIEWED, {"message": message}, visibility=internal)
    _step(work, "approve_reply", at, unit, EventType.APPROVED, {"message": message}, visibility=internal)
    sent = {"message": message, "outcome": past.outcome, "in_person": False}
    _step(work, "publish_reply", at, unit, EventType.REPLIED, sent, visibility=EventVisibility.PUBLIC)


def _close(work: Work, office: Organisation, past: Past) -> None:
    """Three decisions at the end: finished, public, rated."""
    if past.finished:
        _step(work, "finish", past.replied_at, office, EventType.FINISHED, visibility=EventVisibility.PUBLIC)
        decided = {"open": past.opens, "attachments": []}
        _step(work, "decide_public", past.replied_at, office, EventType.PUBLICITY_DECIDED, decided, visibility=EventVisibility.PARTIES)
    if past.score:
        comment = {"comment": past.comment} if past.comment else None
        _step(work, "rate", past.rated_at, None, EventType.RATED, {"score": past.score}, comment, EventVisibility.PUBLIC)


def _step(
    work: Work,
    deed: str,
    at: datetime | None,
    unit: Organisation | None,
    event: EventType,
    payload: dict[str, Any] | None = None,
    private: dict[str, Any] | None = None,
    visibility: EventVisibility = EventVisibility.STAFF,
) -> CaseEvent:
    """One deed with the clocks that follow it, after whatever ran out before it."""
    assert at is not None
    _pass_time(work, at)
    work.now, work.unit = at, unit
    work.enter(deed)
    made = work.record(event, payload, private, visibility=visibility)
    following.follow(work)
    work.deed = ""
    return made


def _pass_time(work: Work, until: datetime) -> None:
    """Record at its own moment what ran out by ``until``, as the sweeper would have."""
    for clock in sorted(work.rows.all(Clock), key=lambda clock: clock.due_at or until):
        if clock.state == Clock.State.RUNNING and clock.breached_at is None and clock.due_at is not None and clock.due_at <= until:
            work.now, work.unit = clock.due_at, None
            following.settle_breaches(work)


# --- writing -----------------------------------------------------------------------------------------------------------------------------


def store_new(works: Sequence[Work]) -> None:
    """Write cases that were begun in memory, table by table, in the caller's transaction. Who follows cases is told by the caller."""
    tables: tuple[type[models.Model], ...] = (Case, CaseKey, *PROJECTED[1:])
    rows: dict[type[models.Model], list[models.Model]] = {model: [] for model in tables}
    for work in works:
        for row, _ in work.rows.changes():
            rows[type(row)].append(row)
    for model, found in rows.items():
        _insert(model, found)
    _insert(CaseEvent, [event for work in works for event in work.events], without="id")
    for work in works:
        work.case._state.adding, work.case._state.db = False, connection.alias


def _insert(model: type[models.Model], rows: Sequence[models.Model], without: str = "") -> None:
    if not rows:
        return
    names, makers = _columns(model, without)
    bulk.insert(model, names, ([make(row) for make in makers] for row in rows))


@cache
def _columns(model: type[models.Model], without: str) -> tuple[list[str], list[Callable[[models.Model], Any]]]:
    fields = [field for field in model._meta.concrete_fields if field.attname != without]
    return [field.attname for field in fields], [_maker(field) for field in fields]


def _maker(field: Any) -> Callable[[models.Model], Any]:
    """How a column's value is taken from a row for ``bulk.insert``: encrypted, indexed, JSON as text."""
    if isinstance(field, models.JSONField):
        return lambda row: _JSON.encode(getattr(row, field.attname))
    if isinstance(field, models.FileField):
        return lambda row: getattr(row, field.attname).name
    if isinstance(field, models.DateField | models.TimeField) or type(field) in _PLAIN:
        return attrgetter(field.attname)
    return lambda row: field.get_prep_value(field.pre_save(row, True))
