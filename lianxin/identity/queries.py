"""Who is locked, whose password is due, who needs a second factor; which citizen this is and how well known."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from lianxin.foundation import rows
from lianxin.foundation.crypto import blind_indexes
from lianxin.identity import numbers
from lianxin.identity.models import (
    Citizen,
    CitizenSession,
    Consent,
    DataExport,
    GuardianConsent,
    Level,
    Lockout,
    PersonalData,
    Reading,
    SignInAttempt,
    TelephoneVerification,
    User,
)

CITIZEN_KINDS = (User.Kind.CITIZEN, User.Kind.ENTERPRISE)
CONFIRMED_FOR = timedelta(minutes=15)
"""So long after a code of one's own nothing more is asked before what matters."""

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


# --- citizens --------------------------------------------------------------------------------------------------------------------------


def account_with_telephone(telephone: str, kind: str) -> User | None:
    """The citizen's or enterprise's account of a checked number, found by its blind index under every key; nothing is read."""
    indexes = blind_indexes(telephone, "telephone")
    return User.objects.filter(pk__in=PersonalData.objects.filter(kind=kind, telephone_index__in=indexes).values("user")).first()


def level_of(user: User | None) -> Level:
    """The level of identity in force: none for strangers, closed accounts, staff, and a child whose guardian has not consented."""
    if user is None or not user.is_active or user.kind not in CITIZEN_KINDS:
        return Level.NONE
    citizen = rows.one(Citizen, user_id=user.pk)
    if citizen is None or (citizen.is_minor and not has_guardian_consent(user)):
        return Level.NONE
    return Level(citizen.level)


def knows_card(user: User) -> bool:
    """Whether an identity card, or an enterprise's code, was verified for this account, whatever is in force."""
    return Citizen.objects.filter(user=user, level__gte=Level.REAL_NAME).exists()


def refusal_below(user: User | None, floor: int) -> str:
    """Why ``user`` may not do what asks for the level ``floor``, as a Chinese sentence with what to do; empty when allowed."""
    level = level_of(user)
    if level >= floor:
        return ""
    if user is None:
        return "请先用手机号登录。"
    if Citizen.objects.filter(user=user, is_minor=True).exists() and not has_guardian_consent(user):
        return "不满十四周岁的孩子办事，须先由监护人同意。请在“我的”中办理监护人同意。"
    return "办理这件事需要实名。请先在“我的”中完成实名核验。" if floor >= Level.REAL_NAME else "请先用手机号登录。"


def has_guardian_consent(user: User) -> bool:
    """Whether a guardian's consent is in force."""
    return GuardianConsent.objects.filter(user=user, consent__withdrawn_at=None).exists()


def session_for(token_hash: str) -> CitizenSession | None:
    """The session in force of a cookie, by the hash of its value."""
    session = rows.one(CitizenSession, token_hash=token_hash)
    now = timezone.now()
    if session is None or session.ends_at <= now or session.seen_at <= now - timedelta(hours=settings.CITIZEN_IDLE_HOURS):
        return None
    user = rows.one(User, id=session.user_id)
    if user is None or not user.is_active or user.kind not in CITIZEN_KINDS:
        return None
    session.user = user
    return session


def sessions_of(user: User) -> list[CitizenSession]:
    """The sessions of a citizen that are in force, the last used first."""
    now = timezone.now()
    return list(user.citizen_sessions.filter(ends_at__gt=now, seen_at__gt=now - timedelta(hours=settings.CITIZEN_IDLE_HOURS)))


def is_confirmed(session: CitizenSession) -> bool:
    """Whether the person before this session proved within the last minutes to hold the telephone."""
    return session.confirmed_at > timezone.now() - CONFIRMED_FOR


def pending_verification(token_hash: str) -> TelephoneVerification | None:
    """The code that a browser waits for or has typed, by the hash of its token; whether it still counts is the deeds' business."""
    return TelephoneVerification.objects.filter(token_hash=token_hash).first()


def consents_of(user: User) -> list[Consent]:
    """All consents of a person, the latest first."""
    return list(user.consents.select_related("guardian"))


def consents_in_force(user: User) -> set[str]:
    """The kinds to which a consent stands."""
    return set(user.consents.filter(withdrawn_at=None).values_list("kind", flat=True))


def readings_of(user: User, before: int | None = None, count: int = 20) -> list[Reading]:
    """Who read the person's data, the latest first; ``before`` is the number of the last one shown (paging)."""
    found = user.readings.order_by("-id")
    return list((found.filter(pk__lt=before) if before else found)[:count])


@dataclass(frozen=True)
class OwnData:
    """A person's data in part, as the own pages show them: no reading that could hurt anybody who looks over the shoulder."""

    telephone: str
    display_name: str
    real_name: str
    identity_number: str
    enterprise_name: str
    enterprise_code: str


def own_data(user: User) -> OwnData:
    """The masked data of ``user`` for his own pages. Everything unmasked goes through ``actions.read_personal_data``."""
    row = PersonalData.objects.filter(user=user).first()
    if row is None:
        return OwnData("", "", "", "", "", "")
    return OwnData(
        numbers.masked_telephone(row.telephone),
        row.display_name,
        numbers.masked_name(row.real_name),
        numbers.masked_number(row.identity_number),
        row.enterprise_name,
        numbers.masked_number(row.enterprise_code),
    )


def masked_telephone_of(verification: TelephoneVerification) -> str:
    """The number that a code went to, as the browser that asked for it is shown it."""
    return numbers.masked_telephone(verification.telephone)


def exports_of(user: User) -> list[DataExport]:
    """The copies of a person's data that were asked for, the latest first."""
    return list(user.data_exports.all()[:10])
