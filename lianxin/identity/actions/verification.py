"""Codes on telephones: six digits, five minutes, five tries, each code once, whoever asks.

``start_verification`` does and says the same for every number, known or not: nothing in here looks whether there is an account. A room that
lets guests act calls ``start_verification``, then ``confirm_verification`` with what the guest typed, and in the transaction of the act
``use_verification``, which gives the number out once.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from lianxin.foundation import sms
from lianxin.foundation.crypto import blind_indexes
from lianxin.foundation.errors import Refused
from lianxin.foundation.notify import administrators, notify
from lianxin.identity import numbers
from lianxin.identity.actions import limits
from lianxin.identity.errors import CodeOver, TooOften, WrongCode
from lianxin.identity.models import SignInAttempt, TelephoneVerification, User
from lianxin.identity.queries import account_key

Purpose, State = TelephoneVerification.Purpose, TelephoneVerification.State
MINUTES, TRIES = 5, 5
USE_WITHIN = timedelta(minutes=30)
"""So long may somebody who has typed the code take to finish the act."""
PER_NUMBER: limits.Limits = ((60, 1), (3600, 5), (86400, 10))
WRONG_PER_ADDRESS: limits.Limits = ((3600, 60),)


@dataclass(frozen=True)
class Started:
    """A code is on its way. ``token`` names it (a secret of this browser); ``masked`` is the number as it may be shown."""

    token: str
    masked: str
    expires_at: datetime


@dataclass(frozen=True)
class VerifiedTelephone:
    """Somebody holds this telephone. ``token`` lets one act use it until ``expires_at``."""

    token: str
    telephone: str
    expires_at: datetime


def start_verification(telephone: str, purpose: str = Purpose.GUEST, *, address: str = "", user: User | None = None) -> Started:
    """Send a code to ``telephone``; earlier codes of the same purpose no longer count.

    Raises Refused for what is no mobile number and where no gateway is set up, TooOften beyond the limits per number and per address. Beyond that
    for the whole city nobody gets a code until the hour is over, and the administrators are told.
    """
    number = numbers.telephone(telephone)
    if not sms.available():
        raise Refused("短信服务还没有接通，暂时不能获取验证码。急事请拨打 12345。")
    code, token = f"{secrets.randbelow(10**6):06}", secrets.token_urlsafe(24)
    now = timezone.now()
    per_address: limits.Limits = ((3600, settings.CODES_PER_ADDRESS), (86400, settings.CODES_PER_ADDRESS * 5))
    everybody: limits.Limits = ((3600, settings.CODES_PER_HOUR),)
    with transaction.atomic():
        until = limits.charge("code-address", limits.place(address), per_address) if address else None
        until = until or limits.charge("code-number", number, PER_NUMBER)
        # Last, so that the one row that all share is locked for the shortest time.
        spent = limits.charge("code-all", "", everybody) if until is None else None
        if spent is not None:
            _tell_administrators(spent)
        elif until is None:
            verification = _write(number, purpose, code, token, now, user)
    if spent is not None:
        raise Refused("现在获取验证码的人太多，短信暂时发不出去，请过一小时再试。急事请拨打 12345。")
    if until is not None:
        raise TooOften(until)
    return Started(token, numbers.masked_telephone(number), verification.expires_at)


def _tell_administrators(until: datetime) -> None:
    """Somebody may be pumping messages at the city's cost: once for every hour in which the limit was reached."""
    text = f"一小时内发出的验证码达到上限（{settings.CODES_PER_HOUR} 条），{timezone.localtime(until):%H:%M} 之前不再发送。请检查是否有人恶意获取。"
    for administrator in administrators():
        notify(administrator, "identity.codes_spent", f"{until:%Y-%m-%dT%H:%M}", "短信验证码达到每小时上限", text, urgent=True)


def start_again(token: str, *, address: str = "") -> Started:
    """Send another code to the telephone of ``token``, for the same purpose. Raises CodeOver, TooOften."""
    row = TelephoneVerification.objects.filter(token_hash=hash_token(token)).select_related("user").first()
    if row is None or row.state in (State.CONFIRMED, State.USED) or row.created_at < timezone.now() - timedelta(hours=1):
        raise CodeOver
    return start_verification(row.telephone, row.purpose, address=address, user=row.user)


def _write(number: str, purpose: str, code: str, token: str, now: datetime, user: User | None) -> TelephoneVerification:
    same = TelephoneVerification.objects.filter(purpose=purpose, telephone_index__in=blind_indexes(number, "telephone"), user=user)
    same.filter(state=State.OPEN).update(state=State.REPLACED)
    token_hash = hash_token(token)
    verification = TelephoneVerification.objects.create(
        token_hash=token_hash,
        purpose=purpose,
        user=user,
        telephone=number,
        code_hash=_hash_code(token_hash, code),
        created_at=now,
        expires_at=now + timedelta(minutes=MINUTES),
    )
    sms.send(number, sms.CODE, [code, str(MINUTES)], verification.expires_at)
    return verification


def confirm_verification(token: str, code: str, *, address: str = "") -> VerifiedTelephone:
    """Compare the digits. Right, the code is over and the telephone verified for one act within ``USE_WITHIN``.

    Raises Refused for what are no six digits (no try is counted), WrongCode, CodeOver, TooOften. Never call it inside a transaction:
    a refused act would take the counting of tries back with it.
    """
    digits = numbers.code(code)
    now = timezone.now()
    refusal: Refused | None = None
    with transaction.atomic(durable=True):
        until = limits.charge("wrong-address", limits.place(address), WRONG_PER_ADDRESS) if address else None
        if until is not None:
            refusal = TooOften(until, "输入验证码")
        else:
            row = TelephoneVerification.objects.select_for_update().filter(token_hash=hash_token(token)).first()
            refusal = _judge(row, digits, now)
            if refusal is None and address:
                limits.release("wrong-address", limits.place(address), WRONG_PER_ADDRESS)
            if row is not None and refusal is not None and row.purpose == Purpose.SIGN_IN:
                _note_failure(row, address)
    if refusal is not None:
        raise refusal
    assert row is not None
    return VerifiedTelephone(token, row.telephone, now + USE_WITHIN)


def _note_failure(row: TelephoneVerification, address: str) -> None:
    """The sign-in log keeps failures too (网络安全法), under the number's keyed hash: whose account it is, is not looked for."""
    SignInAttempt.objects.create(account_key=account_key(row.telephone), address=address, outcome=SignInAttempt.Outcome.WRONG_CODE)


def _judge(row: TelephoneVerification | None, digits: str, now: datetime) -> Refused | None:
    if row is None or row.state != State.OPEN:
        return CodeOver()
    if row.expires_at <= now:
        _set(row, state=State.EXPIRED)
        return CodeOver()
    if constant_time_compare(row.code_hash, _hash_code(row.token_hash, digits)):
        _set(row, state=State.CONFIRMED, confirmed_at=now, tries=row.tries + 1)
        return None
    left = TRIES - row.tries - 1
    _set(row, tries=row.tries + 1, state=State.OPEN if left > 0 else State.SPENT)
    return WrongCode(left)


def use_verification(token: str, purpose: str = Purpose.GUEST, *, user: User | None = None) -> str:
    """Give out the verified number for the act of the caller's transaction, once. Raises CodeOver."""
    with transaction.atomic():
        row = TelephoneVerification.objects.select_for_update().filter(token_hash=hash_token(token)).first()
        now = timezone.now()
        if row is None or row.state != State.CONFIRMED or row.purpose != purpose or row.user_id != (user.pk if user else None):
            raise CodeOver
        if row.confirmed_at is None or row.confirmed_at + USE_WITHIN <= now:
            raise CodeOver
        _set(row, state=State.USED, used_at=now)
    return row.telephone


def _set(row: TelephoneVerification, **values: object) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))


def hash_token(token: str) -> str:
    """How a token of 192 or more random bits is kept: nothing to guess, so that no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _hash_code(token_hash: str, code: str) -> str:
    # A million codes are quickly tried: the server's key and the token are in it, so that the table alone gives nothing away.
    return salted_hmac("lianxin.identity.code", f"{token_hash}:{code}", algorithm="sha256").hexdigest()
