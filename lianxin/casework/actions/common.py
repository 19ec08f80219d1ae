"""How every deed is done: lock, look whether the table allows it, record events, let clocks and rows follow, store all at once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import models, transaction

from lianxin.casework import kinds, moments, notices, projections, sealing, signals
from lianxin.casework.actions import following
from lianxin.casework.events import GENESIS, EventType, event_hash, plain
from lianxin.casework.kinds import CaseKind
from lianxin.casework.models import EVENTS_PER_CASE, Case, CaseEvent, CaseKey, EventVisibility
from lianxin.casework.projections import Rows
from lianxin.casework.rights import Actor, SecretHolder, Standing, account
from lianxin.casework.vocabulary import STEADY, Stage
from lianxin.foundation import bulk
from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation

LONGEST_TEXT = 20_000
LONGEST_REASON = 2_000

# What people never type on purpose: control characters, and signs that turn the direction of what follows or hide between letters.
_DROPPED = dict.fromkeys(
    [
        *range(0x00, 0x09),
        0x0B,
        0x0C,
        *range(0x0E, 0x20),
        0x7F,
        0x200B,
        0x2060,
        0xFEFF,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        *range(0xD800, 0xE000),
    ]
)


class Work:
    """One deed on one case while it is being done. Made by ``working``."""

    def __init__(self, actor: Actor, rows: Rows, kind: CaseKind, keys: sealing.Keys | None = None, *, at: datetime | None = None) -> None:
        self.actor = actor
        self.user: User | None = account(actor)
        self.rows = rows
        self.case = rows.case
        self.kind = kind
        self.now = at or moments.now()
        self.standing = Standing(actor)
        self.deed = ""
        self.stage = self.case.stage
        self.unit: Organisation | None = None
        self.events: list[CaseEvent] = []
        self._keys = keys

    @cached_property
    def keys(self) -> sealing.Keys:
        """The keys for what is kept encrypted, as far as they are not destroyed."""
        if self._keys is not None:
            return self._keys
        row = CaseKey.objects.get(pk=self.case.pk)
        return sealing.Keys(row.key, row.person)

    def enter(self, deed: str) -> None:
        """Begin a deed, or go over into another one that follows from it. Raises Refused when the kind's table does not allow it now."""
        if self.deed:
            following.follow(self)
        if deed not in STEADY:
            to = self.kind.moves(self.stage, deed)
            if to is None:
                raise Refused(f"这件目前是“{Stage(self.stage).label}”，不能这样办理。请刷新页面查看最新情况。")
            self.stage = to
        self.deed = deed

    def record(
        self,
        kind: EventType,
        payload: dict[str, Any] | None = None,
        private: dict[str, Any] | None = None,
        *,
        visibility: EventVisibility = EventVisibility.STAFF,
        personal: dict[str, Any] | None = None,
    ) -> CaseEvent:
        """Append an event and let the rows follow.

        ``private`` is encrypted with the case's key, ``personal`` with the person's besides; the payload is not.
        """
        case = self.case
        seq = case.version + 1
        if seq >= EVENTS_PER_CASE:
            raise Refused("这件的办理记录过多，请另立一件并与它关联。")
        private, personal = private or {}, personal or {}
        event = CaseEvent(
            case_id=case.pk,
            seq=seq,
            type=kind,
            deed=self.deed,
            stage=self.stage,
            visibility=visibility,
            at=self.now,
            actor=self.user,
            unit=self.unit,
            payload=plain(payload or {}),
            sealed=sealing.seal_event(private, personal, self.keys, case.pk, seq) if private or personal else "",
            previous_hash=case.head or GENESIS,
        )
        event.hash = event_hash(event)
        projections.apply(event, private | personal if event.sealed else {}, self.rows)
        self.events.append(event)
        return event

    def store(self) -> None:
        """Write what the deed changed, its events and the jobs that follow, and tell whoever listens."""
        if not self.events:
            return
        for row, changed in self.rows.changes():
            if changed is None:
                bulk.add(row)
            else:
                row.save(update_fields=_with_indexes(changed))
        for event in self.events:
            bulk.add(event)
        self._announce()

    def _announce(self) -> None:
        if not moments.is_import():
            notices.enqueue(self.case, self.events)
        signals.recorded.send(sender=Case, case=self.case, events=self.events)


def store_together(works: Sequence[Work]) -> None:
    """Write the same deed on many cases at once, for deeds that change rows and make none."""
    works = [work for work in works if work.events]
    changed: dict[tuple[type[models.Model], tuple[str, ...]], list[models.Model]] = {}
    for work in works:
        for row, names in work.rows.changes():
            if names is None:
                raise ValueError("a deed on many cases at once makes no rows")
            changed.setdefault((type(row), tuple(names)), []).append(row)
    for (_, columns), rows in changed.items():
        bulk.update(columns, rows)
    CaseEvent.objects.bulk_create([event for work in works for event in work.events], batch_size=250)
    for work in works:
        work._announce()


def _with_indexes(changed: list[str]) -> list[str]:
    """The columns to write: a telephone's blind index goes with it."""
    return [*changed, "phone_index"] if "phone" in changed else changed


@contextmanager
def working(actor: Actor, case: Case, deed: str, *, version: int | None = None) -> Iterator[Work]:
    """Do ``deed`` on ``case`` in one transaction. ``version`` is the one the actor decided on; another meanwhile refuses the deed.

    The body checks rights and records events; clocks follow, breaches that happened meanwhile are recorded first.
    """
    with transaction.atomic():
        locked = Case.objects.select_for_update().get(pk=case.pk)
        if moments.is_import() and moments.now() < locked.updated_at:
            raise ValueError("a deed is never earlier than the one before")
        if version is not None and version != locked.version:
            raise Refused("这件刚刚有了新的进展，请刷新页面，看过之后再办理。")
        work = Work(actor, Rows(locked, stored=True), kinds.kind(locked.kind, locked.kind_version))
        following.settle_breaches(work)
        following.move_to_successors(work, deed)
        work.enter(deed)
        yield work
        following.follow(work)
        work.store()


def clean(text: str, what: str, *, longest: int = LONGEST_TEXT, required: bool = True) -> str:
    """``text`` without signs nobody types. Raises Refused when nothing is left of what is required, or when it is too long."""
    cleaned = (text or "").replace("\r\n", "\n").replace("\r", "\n").translate(_DROPPED).strip()
    if required and not cleaned:
        raise Refused(f"请填写{what}。")
    if len(cleaned) > longest:
        raise Refused(f"{what}有 {len(cleaned)} 字，请控制在 {longest} 字以内。")
    return cleaned


def owns(actor: Actor, work: Work) -> bool:
    """Whether the actor brought the case."""
    if isinstance(actor, SecretHolder):
        return actor.case_id == work.case.pk
    return work.user is not None and work.rows.petitioner().user_id == work.user.pk
