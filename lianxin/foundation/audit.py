"""The audit trail: what staff did, in a chain of hashes that shows any later change.

Each entry's hash covers the entry and the hash before it; the database refuses to change or delete entries (triggers of
migration 0002). Whoever goes round both would have to rebuild every later entry, which ``head()``, noted down outside the
database (a printed report, another machine), brings to light.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.models import Q
from django.utils import timezone

from lianxin.foundation.models import AuditEntry, AuditHead

SYSTEM = "系统"
GENESIS = "0" * 64
_HEAD_ID = 1
_VERIFY_CHUNK = 2000

_address: ContextVar[str | None] = ContextVar("lianxin_request_address", default=None)


@dataclass(frozen=True)
class Break:
    """A place where the chain does not hold: the entry's number and, in Chinese, what is wrong."""

    seq: int
    reason: str


@contextmanager
def address(value: str | None) -> Iterator[None]:
    """Entries recorded within carry this client address (see ``middleware.RequestAddressMiddleware``)."""
    token = _address.set(value)
    try:
        yield
    finally:
        _address.reset(token)


def current_address() -> str | None:
    """The client address of the request under way, for rooms that keep a log of their own."""
    return _address.get()


def record(actor: Any, deed: str, subject: models.Model | None, summary: str, detail: dict[str, Any] | None = None) -> AuditEntry:
    """Add an entry in the caller's transaction: rolled back, the deed leaves no trace; committed, it always does.

    ``actor`` is the account, None the system. ``deed`` is a short dotted name (``article.publish``), ``summary`` one Chinese
    sentence. ``detail`` holds plain data; what JSON cannot hold exactly (fractions, dates, models) is kept as text. Put no
    private data in either. The chain's end stays locked until the transaction ends: make this the last write of a deed.
    """
    if isinstance(actor, AnonymousUser):
        raise ValueError("an audited deed has an account or the system behind it")
    with transaction.atomic(savepoint=False):
        # The head is made by the migration; locking it puts writers in a row, so that the chain never forks.
        last_seq, last_hash = _lock_head()
        entry = AuditEntry(
            seq=last_seq + 1,
            at=timezone.now(),
            actor=actor,
            actor_name=_storable(str(actor))[:100] if actor is not None else SYSTEM,
            deed=_storable(deed)[:60],
            subject_type=_type_of(subject) if subject is not None else "",
            subject_id=str(subject.pk)[:64] if subject is not None else "",
            subject_label=_storable(str(subject))[:200] if subject is not None else "",
            summary=_storable(summary),
            detail=_plain(detail or {}),
            address=_address.get(),
            previous_hash=last_hash,
        )
        entry.hash = _hash(entry)
        _append(entry)
    return entry


def head() -> tuple[int, str]:
    """Return number and hash of the newest entry, to be noted down outside the database."""
    return AuditHead.objects.values_list("seq", "hash").get(pk=_HEAD_ID)


def verify() -> list[Break]:
    """Check the whole chain and return every place where it does not hold, in order; an empty list means that it does.

    Finds entries that were changed, removed (at the end too), inserted or put in another order.
    """
    breaks: list[Break] = []
    # The end is read first: entries added meanwhile belong to the next run.
    last_seq, last_hash = head()
    expected, previous = 1, GENESIS
    for entry in AuditEntry.objects.filter(seq__lte=last_seq).order_by("seq").iterator(chunk_size=_VERIFY_CHUNK):
        if entry.seq != expected:
            breaks.append(Break(entry.seq, f"缺少第 {expected} 至 {entry.seq - 1} 条"))
        elif entry.previous_hash != previous:
            breaks.append(Break(entry.seq, "与上一条衔接不上"))
        if _hash(entry) != entry.hash:
            breaks.append(Break(entry.seq, "内容与校验值不符"))
        expected, previous = entry.seq + 1, entry.hash
    if expected <= last_seq:
        breaks.append(Break(last_seq, f"缺少第 {expected} 至 {last_seq} 条"))
    elif previous != last_hash:
        breaks.append(Break(last_seq, "最后一条与链尾登记不符"))
    return breaks


def guarded() -> bool:
    """Whether the database still refuses changes; on SQLite a migration that rebuilds the table would lose the triggers."""
    query = {
        "postgresql": "SELECT count(*) FROM pg_trigger WHERE tgname = 'foundation_audit_guard' AND tgenabled <> 'D'",
        "sqlite": "SELECT count(*) = 2 FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'foundation_audit_guard_%'",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(query)
        return bool(cursor.fetchone()[0])


def entries_for(obj: models.Model) -> models.QuerySet[AuditEntry]:
    """Return everything that was done to ``obj``, newest first."""
    return AuditEntry.objects.filter(subject_type=_type_of(obj), subject_id=str(obj.pk)).select_related("actor")


def search(
    text: str = "",
    *,
    actor: Any = None,
    deed: str = "",
    subject_type: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    address: str = "",
) -> models.QuerySet[AuditEntry]:
    """Return entries for an auditor, newest first. Conditions add up.

    ``text`` is looked for in summary, object and name; ``deed`` and ``subject_type`` match from their beginning (``article``
    finds ``article.publish``); ``since`` is included, ``until`` is not. The caller has checked that the reader is an auditor.
    """
    found = AuditEntry.objects.select_related("actor")
    for word in _storable(text).split():
        found = found.filter(Q(summary__icontains=word) | Q(subject_label__icontains=word) | Q(actor_name__icontains=word))
    if actor is not None:
        found = found.filter(actor=actor)
    if deed:
        found = found.filter(deed__startswith=deed)
    if subject_type:
        found = found.filter(subject_type__startswith=subject_type)
    if since:
        found = found.filter(at__gte=since)
    if until:
        found = found.filter(at__lt=until)
    if address:
        found = found.filter(address=address)
    return found


# Plain SQL, as every deed pays for it: the ORM's three queries took twice as long.


def _lock_head() -> tuple[int, str]:
    table, lock = AuditHead._meta.db_table, " FOR UPDATE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT seq, hash FROM {table} WHERE id = {_HEAD_ID}{lock}")
        seq, last_hash = cursor.fetchone()
    return seq, last_hash


def _append(entry: AuditEntry) -> None:
    fields = AuditEntry._meta.concrete_fields
    columns, marks = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields), ", ".join(["%s"] * len(fields))
    values = [field.get_db_prep_save(getattr(entry, field.attname), connection) for field in fields]
    insert = f"INSERT INTO {AuditEntry._meta.db_table} ({columns}) VALUES ({marks})"
    advance = f"UPDATE {AuditHead._meta.db_table} SET seq = %s, hash = %s WHERE id = {_HEAD_ID}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # One journey to the server instead of two.
            cursor.execute(f"WITH head AS ({advance}) {insert}", [entry.seq, entry.hash, *values])
        else:
            cursor.execute(advance, [entry.seq, entry.hash])
            cursor.execute(insert, values)
    entry._state.adding, entry._state.db = False, connection.alias


def _type_of(obj: models.Model) -> str:
    """The topmost stored model of ``obj``: a page is one subject, whichever of its classes it was loaded as."""
    model = obj._meta.concrete_model or type(obj)
    while model._meta.parents:
        model = next(iter(model._meta.parents))
    return model._meta.label_lower


def _storable(text: str) -> str:
    """``text`` without what PostgreSQL cannot keep, so that the hash is over what is read back."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _plain(value: Any) -> Any:
    """``value`` as data that every database gives back exactly as it went in (jsonb reshapes fractions)."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, dict):
        return {_storable(str(key)): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    if isinstance(value, models.Model):
        return _storable(f"{value}（{value._meta.label_lower} {value.pk}）")
    if isinstance(value, str | float):
        return _storable(str(value))
    try:
        return _storable(DjangoJSONEncoder().default(value))
    except TypeError:
        return _storable(str(value))


def _hash(entry: AuditEntry) -> str:
    content = [
        entry.seq,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_id,
        entry.actor_name,
        entry.deed,
        entry.subject_type,
        entry.subject_id,
        entry.subject_label,
        entry.summary,
        entry.detail,
        entry.address,
        entry.previous_hash,
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
