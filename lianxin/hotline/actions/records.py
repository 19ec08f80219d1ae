"""Calls as the telephone system tells of them: once each, whatever is repeated; tied to the case that an operator makes."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from lianxin.casework.actions.common import clean
from lianxin.casework.models import Case
from lianxin.foundation import audit
from lianxin.foundation.crypto import blind_indexes
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.hotline import queries
from lianxin.hotline.errors import Conflict
from lianxin.hotline.models import Call, Sheet, SystemKey
from lianxin.hotline.typed import Typed
from lianxin.identity.actions import hash_token, read_personal_data
from lianxin.identity.actions.limits import charge
from lianxin.identity.errors import TooOften
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations

PREFIX = "lxk_"
NUMBER_KEPT_FOR = timedelta(days=180)
_USE_NOTED_EVERY = timedelta(minutes=1)
_CALLS = ((60, 600), (86_400, 200_000))
_WRONG_KEYS = ((3_600, 60),)


@dataclass(frozen=True)
class CallData:
    """What a telephone system says of one call, as far as it knows by now; ``telephone`` are digits, empty when hidden."""

    id: str
    started_at: datetime
    telephone: str = ""
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    agent: str = ""


# --- keys --------------------------------------------------------------------------------------------------------------------------------


def make_key(actor: User, name: str) -> tuple[SystemKey, str]:
    """A key for a telephone system, by an administrator. The key itself is in the answer and nowhere else."""
    _require_administrator(actor)
    key = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        row = SystemKey.objects.create(name=clean(name, "名称", longest=60), key_hash=hash_token(key), made_by=actor, made_at=timezone.now())
        audit.record(actor, "hotline.key", row, f"建立话务系统密钥“{row}”")
    return row, key


def revoke_key(actor: User, row: SystemKey) -> None:
    """End a key; what came by it stays."""
    _require_administrator(actor)
    with transaction.atomic():
        if SystemKey.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=timezone.now()):
            audit.record(actor, "hotline.key_revoked", row, f"停用话务系统密钥“{row}”")


def _require_administrator(actor: User) -> None:
    if not organisations.is_administrator(actor):
        raise Forbidden("话务系统的密钥由系统管理员建立和停用。")


def holder_of(key: str, address: str) -> SystemKey | None:
    """The telephone system whose key this is. Wrong keys are counted for each network address. Raises TooOften."""
    found = SystemKey.objects.filter(key_hash=hash_token(key), revoked_at=None).first() if key else None
    if found is None:
        with transaction.atomic():
            until = charge("hotline-key", address, _WRONG_KEYS)
        if until is not None:
            raise TooOften(until, "接入")
        return None
    now = timezone.now()
    with transaction.atomic():
        until = charge("hotline-calls", str(found.pk), _CALLS)
        if found.used_at is None or found.used_at < now - _USE_NOTED_EVERY:
            SystemKey.objects.filter(pk=found.pk).update(used_at=now)
    if until is not None:
        raise TooOften(until, "接入")
    return found


# --- calls -------------------------------------------------------------------------------------------------------------------------------


def record_call(system: SystemKey, data: CallData) -> tuple[Call, bool]:
    """Keep what a system says of a call; returns it, and whether it is new.

    Told again it is the same call: what was not known before is added. Raises Conflict when it contradicts what is known.
    """
    try:
        with transaction.atomic():
            return Call.objects.create(system=system, reference=data.id, hidden=not data.telephone, **_facts(data)), True
    except IntegrityError:
        pass
    with transaction.atomic():
        call = Call.objects.select_for_update().get(system=system, reference=data.id)
        merged = _merged(call, data)
        for name, value in _facts(merged).items():
            setattr(call, name, value)
        call.save(update_fields=["agent", "started_at", "answered_at", "ended_at", "waited"])
    return call, False


def _facts(data: CallData) -> dict[str, object]:
    waited = max(0, int((data.answered_at - data.started_at).total_seconds())) if data.answered_at else None
    return {
        "telephone": data.telephone,
        "agent": data.agent,
        "started_at": data.started_at,
        "answered_at": data.answered_at,
        "ended_at": data.ended_at,
        "waited": waited,
    }


def _merged(call: Call, data: CallData) -> CallData:
    """What is known together. A number that was forgotten meanwhile stays so."""
    forgotten = not call.telephone and not call.hidden
    if not forgotten and call.telephone != data.telephone:
        raise Conflict("telephone")
    if call.started_at != data.started_at:
        raise Conflict("started_at")
    merged = replace(data, telephone=call.telephone)
    for name in ("answered_at", "ended_at", "agent"):
        known, told = getattr(call, name), getattr(data, name)
        if known and told and known != told:
            raise Conflict(name)
        merged = replace(merged, **{name: known or told})
    if merged.answered_at and merged.ended_at and merged.answered_at > merged.ended_at:
        raise Conflict("ended_at")
    return merged


def take_call(operator: User, sheet: Sheet, call: Call) -> Sheet:
    """An operator takes a call that the system shows: its number goes on his sheet. Raises Refused when a colleague has it."""
    queries.require_operator(operator)
    with transaction.atomic():
        locked = Call.objects.select_for_update().get(pk=call.pk)
        if locked.case is not None:
            raise Refused(f"这通电话已经登记为 {locked.case.number}，不用再登记。")
        other = queries.colleague_with(operator, locked)
        if other is not None:
            raise Refused(f"这通电话{other}正在接。")
        mine = Sheet.objects.select_for_update().get(pk=sheet.pk, operator=operator, sent_at=None)
        typed = Typed.unpacked(mine.content)
        if typed.text.strip() and (typed.telephone or typed.hidden) and mine.telephone != locked.telephone:
            raise Refused("手头这份登记还没有提交：先提交或者清空，再接这一通。")
        typed = replace(typed, telephone=locked.telephone, hidden="on" if locked.hidden else "")
        mine.call, mine.telephone, mine.content, mine.changed_at = locked, locked.telephone, typed.packed(), timezone.now()
        mine.begun_at = mine.changed_at
        mine.save(update_fields=["call", "telephone", "telephone_index", "content", "begun_at", "changed_at"])
    return mine


def tie(sheet: Sheet, case: Case, telephone: str) -> None:
    """Within a registration: the call that was taken, or the latest one of this number, belongs to the case."""
    if sheet.call_id is not None:
        found = Call.objects.filter(pk=sheet.call_id)
    elif telephone:
        since = timezone.now() - queries.SHOWN_FOR
        found = Call.objects.filter(telephone_index__in=blind_indexes(telephone, "telephone"), started_at__gt=since)
    else:
        return
    call = found.filter(case=None).order_by("-started_at", "-pk").first()
    if call is not None:
        Call.objects.filter(pk=call.pk, case=None).update(case=case, operator=sheet.operator)


def forget_calls_of(user: User) -> None:
    """In the transaction of an account's deletion: the numbers of the calls that came from its telephone."""
    number = read_personal_data(None, user, ["telephone"], "注销账号").telephone
    if number:
        _forget(Call.objects.filter(telephone_index__in=blind_indexes(number, "telephone")))


def forget_numbers() -> None:
    """Blank the numbers of calls half a year old; figures need them no longer, cases keep their own."""
    old = Call.objects.filter(started_at__lt=timezone.now() - NUMBER_KEPT_FOR, telephone_index__isnull=False).order_by("pk")
    while _forget(old[:500]):
        pass


def _forget(calls: QuerySet[Call]) -> int:
    with transaction.atomic():
        rows = list(calls)
        for row in rows:
            row.telephone = ""
            row.save(update_fields=["telephone", "telephone_index"])
    return len(rows)
