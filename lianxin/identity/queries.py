"""Who is locked, whose password is due, who needs a second factor."""

from collections.abc import Callable
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from lianxin.identity.models import Lockout, SignInAttempt, User

SecondFactorRule = Callable[[User], bool]
_second_factor_rules: list[SecondFactorRule] = []


def register_second_factor_rule(rule: SecondFactorRule) -> SecondFactorRule:
    """Let a room above say who needs a second factor; one rule that says so is enough. Usable as a decorator."""
    if rule not in _second_factor_rules:
        _second_factor_rules.append(rule)
    return rule


def account_key(login_name: str) -> str:
    """The keyed hash under which tries for ``login_name`` are counted, whether or not such an account exists."""
    return salted_hmac("lianxin.identity.account", login_name.strip().lower(), algorithm="sha256").hexdigest()


def account_named(login_name: str) -> User | None:
    """The account that a person who typed ``login_name`` means: spaces around it and capitals do not matter."""
    typed = login_name.strip()
    return User.objects.filter(username=typed).first() or User.objects.filter(username=typed.lower()).first()


def locked_until(user: User) -> datetime | None:
    """Until when ``user`` cannot sign in because of failures; None when not locked."""
    row = Lockout.objects.filter(scope=Lockout.Scope.ACCOUNT, key=account_key(user.username), locked_until__gt=timezone.now()).first()
    return row.locked_until if row else None


def locks_in_force() -> QuerySet[Lockout]:
    """Accounts and addresses locked now, the latest first."""
    return Lockout.objects.filter(locked_until__gt=timezone.now()).select_related("user").order_by("-locked_until")


def tries_left(login_name: str) -> int:
    """How many tries ``login_name`` still has before it is locked."""
    row = Lockout.objects.filter(scope=Lockout.Scope.ACCOUNT, key=account_key(login_name)).first()
    failures = row.failures if row and is_fresh(row) else 0
    return max(settings.SIGN_IN_TRIES - failures, 0)


def is_fresh(lockout: Lockout) -> bool:
    """Whether the failures counted in ``lockout`` still matter: they are forgotten after the time a lock lasts."""
    if lockout.last_failure_at is None:
        return False
    return lockout.last_failure_at > timezone.now() - timedelta(minutes=settings.SIGN_IN_LOCK_MINUTES)


def password_is_due(user: User) -> bool:
    """Whether ``user`` must choose a new password before doing anything else."""
    if user.must_change_password:
        return True
    if not settings.PASSWORD_DAYS or user.demo_account:
        return False
    return user.password_changed_at <= timezone.now() - timedelta(days=settings.PASSWORD_DAYS)


def has_second_factor(user: User) -> bool:
    """Whether ``user`` has an authenticator app or a passkey; recovery codes alone are none."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]).exists()


def needs_second_factor(user: User) -> bool:
    """Whether a rule demands a second factor of ``user``. Demo accounts are exempt: their password is known to everybody anyway."""
    if user.demo_account:
        return False
    return any(rule(user) for rule in _second_factor_rules)


def lacks_second_factor(user: User) -> bool:
    """Whether ``user`` needs a second factor and has none."""
    return needs_second_factor(user) and not has_second_factor(user)


def demo_accounts_exist() -> bool:
    """Whether accounts made by the demo can sign in here; the desk and the sign-in page say so."""
    return User.objects.filter(demo_account=True, is_active=True).exists()


def recent_attempts(user: User, count: int = 10) -> list[SignInAttempt]:
    """The last ``count`` tries to sign in as ``user``, the latest first."""
    return list(user.sign_in_attempts.order_by("-at", "-id")[:count])
