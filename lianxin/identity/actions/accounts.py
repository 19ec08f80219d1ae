"""What changes accounts and their protection.

Who may open, reset or end whose account is decided one floor up (``organisations.actions``), where the posts are known; nothing
but that room and the sign-in pages calls the functions here.
"""

import secrets
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from lianxin.foundation import audit, crypto
from lianxin.foundation.errors import Refused
from lianxin.identity import queries
from lianxin.identity.errors import LockedOut
from lianxin.identity.models import Lockout, PasswordRecord, SignInAttempt, User

_SECRETS = "mfa_authenticator.data"  # what the secrets of authenticators are bound to
PASSWORDS_REMEMBERED = 5  # 等保三级 preset: none of the last five again
# Without letters and digits that look alike when read out or copied by hand.
_UPPER, _LOWER, _DIGITS = "ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789"
_login_name = RegexValidator(r"^[a-z][a-z0-9._-]{1,63}\Z", "登录名请用小写字母开头，可含数字、点、横线，2 到 64 个字符。")


# --- tries to sign in ------------------------------------------------------------------------------------------------------------------


def begin_attempt(login_name: str, address: str) -> SignInAttempt:
    """Count a try before anything is verified, so that a hundred parallel guesses are a hundred tries.

    Raises ``LockedOut`` when the account or the address has no try left; that, too, is kept as a row.
    """
    key = queries.account_key(login_name)
    with transaction.atomic():
        user = queries.account_named(login_name)
        attempt = SignInAttempt(user=user, account_key=key, address=address)
        until = _charge(Lockout.Scope.ACCOUNT, key, settings.SIGN_IN_TRIES, user)
        if address and until is None:
            until = _charge(Lockout.Scope.ADDRESS, address, settings.SIGN_IN_TRIES_PER_ADDRESS, None)
            if until is not None:
                _discharge(Lockout.Scope.ACCOUNT, key)
        if until is not None:
            attempt.outcome = SignInAttempt.Outcome.LOCKED
        attempt.save()
    if until is not None:
        raise LockedOut(until)
    return attempt


def settle_attempt(attempt: SignInAttempt, outcome: str) -> None:
    """Write what came of a try. A success takes back its charge; a failure that was the last try locks."""
    succeeded = outcome in (SignInAttempt.Outcome.PASSED, SignInAttempt.Outcome.SUCCESS)
    with transaction.atomic():
        attempt.outcome = outcome
        attempt.save(update_fields=["outcome"])
        if succeeded:
            _discharge(Lockout.Scope.ACCOUNT, attempt.account_key)
            _discharge(Lockout.Scope.ADDRESS, attempt.address)
            return
        locked = [
            _lock_if_spent(Lockout.Scope.ACCOUNT, attempt.account_key, settings.SIGN_IN_TRIES),
            _lock_if_spent(Lockout.Scope.ADDRESS, attempt.address, settings.SIGN_IN_TRIES_PER_ADDRESS),
        ]
        # Tries at names that do not exist stay out of the audit trail, which is of what staff did; the row above keeps them.
        if attempt.user is not None:
            audit.record(attempt.user, "identity.sign_in_failed", attempt.user, f"登录未通过：{SignInAttempt.Outcome(outcome).label}")
        for lockout in filter(None, locked):
            audit.record(None, "identity.locked", lockout.user, f"连续 {lockout.failures} 次未通过，暂停登录：{lockout}")


def signed_in(user: User, address: str, method: str) -> None:
    """Record that ``user`` is in, after every factor asked for, and forget the failures before. ``method`` is a Chinese word."""
    key = queries.account_key(user.username)
    with transaction.atomic():
        Lockout.objects.filter(scope=Lockout.Scope.ACCOUNT, key=key).update(failures=0, locked_until=None)
        SignInAttempt.objects.create(user=user, account_key=key, address=address, outcome=SignInAttempt.Outcome.SUCCESS)
        audit.record(user, "identity.signed_in", user, f"登录（{method}）")


def signed_out(user: User, reason: str) -> None:
    """Record that a session of ``user`` ended, and why."""
    with transaction.atomic():
        audit.record(user, "identity.signed_out", user, f"退出登录：{reason}")


def unlock(actor: User, user: User) -> None:
    """Let ``user`` try again at once."""
    with transaction.atomic():
        Lockout.objects.filter(scope=Lockout.Scope.ACCOUNT, key=queries.account_key(user.username)).update(failures=0, locked_until=None)
        audit.record(actor, "identity.unlocked", user, f"解除 {user} 的登录锁定")


def unlock_address(actor: User, lockout: Lockout) -> None:
    """Let people behind an address try again at once."""
    with transaction.atomic():
        Lockout.objects.filter(pk=lockout.pk).update(failures=0, locked_until=None)
        audit.record(actor, "identity.unlocked", None, f"解除地址 {lockout.key} 的登录锁定")


def _counter(scope: str, key: str, user: User | None) -> Lockout:
    row, _ = Lockout.objects.get_or_create(scope=scope, key=key, defaults={"user": user})
    return Lockout.objects.select_for_update().get(pk=row.pk)


def _charge(scope: str, key: str, tries: int, user: User | None) -> datetime | None:
    """Take one try; return until when none is left, or None when the try may go on."""
    row = _counter(scope, key, user)
    now = timezone.now()
    if row.locked_until and row.locked_until > now:
        return row.locked_until
    if row.locked_until or not queries.is_fresh(row):
        row.failures, row.locked_until = 0, None
    if row.failures >= tries:
        return (row.last_failure_at or now) + timedelta(minutes=settings.SIGN_IN_LOCK_MINUTES)
    row.failures += 1
    row.last_failure_at = now
    row.user = row.user or user
    row.save()
    return None


def _discharge(scope: str, key: str) -> None:
    Lockout.objects.filter(scope=scope, key=key, failures__gt=0).update(failures=F("failures") - 1)


def _lock_if_spent(scope: str, key: str, tries: int) -> Lockout | None:
    """Lock when no try is left; return the row if this was the moment."""
    row = Lockout.objects.select_for_update().filter(scope=scope, key=key).first()
    if row is None or row.failures < tries or row.locked_until:
        return None
    row.locked_until = timezone.now() + timedelta(minutes=settings.SIGN_IN_LOCK_MINUTES)
    row.save(update_fields=["locked_until"])
    return row


# --- passwords -------------------------------------------------------------------------------------------------------------------------


def draw_password() -> str:
    """A password for the first sign-in: 12 signs from 56 in three groups, some 69 bits, with all classes in it."""
    pool = _UPPER + _LOWER + _DIGITS
    signs = [secrets.choice(_UPPER), secrets.choice(_LOWER), secrets.choice(_DIGITS), *(secrets.choice(pool) for _ in range(9))]
    secrets.SystemRandom().shuffle(signs)
    word = "".join(signs)
    return "-".join((word[:4], word[4:8], word[8:]))


def change_password(user: User, password: str) -> None:
    """Give ``user`` the password that he chose (checked by the form); every other session of the account ends with the old one."""
    user.set_password(password)
    user.must_change_password = False
    with transaction.atomic():
        _store_password(user)
        audit.record(user, "identity.password_changed", user, "修改密码")


def issue_password(actor: User, user: User) -> str:
    """Draw a password for ``user`` that must be changed at the next sign-in; it is returned once and never kept in the clear."""
    password = draw_password()
    user.set_password(password)
    user.must_change_password = True
    with transaction.atomic():
        _store_password(user)
        Lockout.objects.filter(scope=Lockout.Scope.ACCOUNT, key=queries.account_key(user.username)).update(failures=0, locked_until=None)
        audit.record(actor, "identity.password_reset", user, f"重置 {user} 的密码")
    return password


def _store_password(user: User) -> None:
    user.password_changed_at = timezone.now()
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])
    PasswordRecord.objects.create(user=user, password=user.password)
    keep = PasswordRecord.objects.filter(user=user).values_list("pk", flat=True)[:PASSWORDS_REMEMBERED]
    PasswordRecord.objects.filter(user=user).exclude(pk__in=list(keep)).delete()


# --- accounts --------------------------------------------------------------------------------------------------------------------------


def draft_account(username: str, name: str, *, email: str = "", kind: str = User.Kind.STAFF, expires_at: datetime | None = None) -> tuple[User, str]:
    """Check and prepare an account that is not saved yet; return it with its first password.

    Hashing takes a fifth of a second, so that it is done here, before the transaction of ``open_account``.
    """
    username, name = username.strip().lower(), name.strip()
    if not name:
        raise Refused("请填写姓名。")
    password = draw_password()
    user = User(username=username, name=name, email=email, kind=kind, expires_at=expires_at, must_change_password=True)
    user.set_password(password)
    try:
        _login_name(username)
        user.full_clean(exclude=["password"], validate_constraints=False)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    return user, password


def open_account(actor: User, user: User) -> User:
    """Save a drafted account; its password must be changed at the first sign-in."""
    with transaction.atomic():
        user.save()
        PasswordRecord.objects.create(user=user, password=user.password)
        audit.record(actor, "identity.account_opened", user, f"开设账号 {user.username}（{user.name}，{user.get_kind_display()}）")
    return user


def set_expiry(actor: User, user: User, expires_at: datetime | None) -> None:
    """Let the account of ``user`` end at a moment, or without end."""
    user.expires_at = expires_at
    with transaction.atomic():
        user.save(update_fields=["expires_at"])
        until = timezone.localtime(expires_at).strftime("%Y-%m-%d %H:%M") if expires_at else "长期"
        audit.record(actor, "identity.account_expiry", user, f"{user} 的账号有效期：{until}")


def close_account(actor: User, user: User, reason: str) -> None:
    """Let ``user`` sign in no more; the sessions end at once."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=False, session_generation=F("session_generation") + 1)
        user.refresh_from_db()
        audit.record(actor, "identity.account_closed", user, f"停用 {user} 的账号：{reason}")


def reopen_account(actor: User, user: User) -> None:
    """Let ``user`` sign in again."""
    user.is_active = True
    with transaction.atomic():
        user.save(update_fields=["is_active"])
        audit.record(actor, "identity.account_reopened", user, f"恢复 {user} 的账号")


def set_desk_access(user: User, allowed: bool) -> None:
    """Open or shut the desk for ``user``, as follows from the posts."""
    if user.is_staff == allowed:
        return
    user.is_staff = allowed
    with transaction.atomic():
        user.save(update_fields=["is_staff"])


def mark_as_demo(user: User) -> None:
    """Mark an account that the demo made: no second factor and no renewal is asked of it, and the sign-in page says that this is a demo."""
    user.demo_account = True
    with transaction.atomic():
        user.save(update_fields=["demo_account"])
        audit.record(None, "identity.demo_account", user, f"{user.username} 是演示账号，不要求第二重验证")


def end_sessions(actor: User | None, user: User, reason: str) -> None:
    """End every session of ``user`` at once."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(session_generation=F("session_generation") + 1)
        user.refresh_from_db(fields=["session_generation"])
        audit.record(actor, "identity.sessions_ended", user, f"结束 {user} 的全部登录：{reason}")


# --- second factor ---------------------------------------------------------------------------------------------------------------------


def record_second_factor(user: User, authenticator: Authenticator, deed: str) -> None:
    """Record a change of a second factor; ``deed`` is added, removed or reset."""
    verb = {"added": "启用", "removed": "停用", "reset": "重新生成"}[deed]
    kind = {Authenticator.Type.TOTP: "验证器", Authenticator.Type.WEBAUTHN: "通行密钥", Authenticator.Type.RECOVERY_CODES: "恢复码"}
    with transaction.atomic():
        audit.record(user, f"identity.second_factor_{deed}", user, f"{verb}{kind[Authenticator.Type(authenticator.type)]}")


def drop_second_factor(actor: User, user: User) -> None:
    """Take away every second factor of ``user``, who lost the telephone or the key; where one is required it is set up at the next sign-in."""
    with transaction.atomic():
        removed, _ = Authenticator.objects.filter(user=user).delete()
        if not removed:
            raise Refused(f"{user} 没有设置第二重验证，不需要清除。")
        User.objects.filter(pk=user.pk).update(session_generation=F("session_generation") + 1)
        user.refresh_from_db(fields=["session_generation"])
        audit.record(actor, "identity.second_factor_dropped", user, f"清除 {user} 的第二重验证")


def seal(text: str) -> str:
    """Encrypt the secret of an authenticator for its row."""
    return crypto.encrypt(text, _SECRETS)


def unseal(token: str) -> str:
    """Open what ``seal`` made."""
    return crypto.decrypt(token, _SECRETS)


def reseal_second_factors() -> int:
    """Encrypt the secrets of authenticators with the current key where an older one still holds them; return how many rows changed.

    They lie inside allauth's JSON, which the rotation of encrypted fields does not see.
    """
    current = seal("").rpartition(":")[0] + ":"
    changed = 0
    for row in Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).only("pk"):
        with transaction.atomic():
            authenticator = Authenticator.objects.select_for_update().filter(pk=row.pk).first()
            name = "seed" if authenticator and authenticator.type == Authenticator.Type.RECOVERY_CODES else "secret"
            if authenticator is None or authenticator.data.get(name, current).startswith(current):
                continue
            authenticator.data[name] = seal(unseal(authenticator.data[name]))
            authenticator.save(update_fields=["data"])
            changed += 1
    return changed


def forget_old_attempts(days: int) -> int:
    """Delete tries to sign in that are older than ``days`` and counters that have come to rest; return how many tries."""
    before = timezone.now() - timedelta(days=days)
    with transaction.atomic():
        deleted, _ = SignInAttempt.objects.filter(at__lt=before).delete()
        Lockout.objects.filter(last_failure_at__lt=timezone.now() - timedelta(days=1), locked_until=None).delete()
        Lockout.objects.filter(locked_until__lt=timezone.now() - timedelta(days=1)).delete()
    return deleted
