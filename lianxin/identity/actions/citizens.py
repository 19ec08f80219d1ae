"""Citizens' accounts: signing up and in by telephone, sessions, what they are called, another telephone."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from lianxin.foundation import audit, sms
from lianxin.foundation.errors import Refused
from lianxin.identity import consents, queries
from lianxin.identity.actions.consents import write_consent
from lianxin.identity.actions.personal import new_person_key, read_personal_data
from lianxin.identity.actions.verification import Purpose, Started, hash_token, start_verification, use_verification
from lianxin.identity.models import Citizen, CitizenSession, Level, PersonalData, SignInAttempt, User

SEEN_EVERY = timedelta(minutes=5)
LONGEST_NAME = 20


class Newcomer(Refused):
    """The telephone is verified and has no account yet; ``sign_up`` opens one."""


@dataclass(frozen=True)
class SignedIn:
    """A session that begins: ``cookie`` is the only copy of its secret."""

    user: User
    session: CitizenSession
    cookie: str


# --- in and out ------------------------------------------------------------------------------------------------------------------------


def sign_in(token: str, kind: str = User.Kind.CITIZEN, *, device: str = "", address: str = "") -> SignedIn:
    """Begin a session of the account of a telephone verified for signing in.

    Raises CodeOver, Newcomer when there is no account, Refused when the account was closed. Refused, the verification can still be used.
    """
    with transaction.atomic():
        telephone = use_verification(token, Purpose.SIGN_IN)
        user = queries.account_with_telephone(telephone, kind)
        if user is None:
            raise Newcomer("这个手机号是第一次使用。")
        return _begin_session(user, device, address)


def sign_up(
    token: str, kind: str = User.Kind.CITIZEN, *, consent_version: str, is_minor: bool = False, device: str = "", address: str = ""
) -> SignedIn:
    """Open an account for a telephone verified for signing in, with consent to ``consent_version`` of the privacy text, and sign in.

    Raises CodeOver, and Refused when the text has changed meanwhile, there is an account already, or an enterprise is said to be a child.
    """
    if kind not in queries.CITIZEN_KINDS:
        raise Refused("请选择个人或企业。")
    if is_minor and kind != User.Kind.CITIZEN:
        raise Refused("企业账号由企业的工作人员办理，须年满十四周岁。")
    with transaction.atomic():
        telephone = use_verification(token, Purpose.SIGN_IN)
        if queries.account_with_telephone(telephone, kind) is not None:
            raise Refused("这个手机号已经有账号，请直接登录。")
        user = User(username=f"c-{secrets.token_hex(8)}", name=User.Kind(kind).label, kind=kind)
        user.set_unusable_password()
        user.save()
        Citizen.objects.create(user=user, level=Level.TELEPHONE, is_minor=is_minor)
        PersonalData.objects.create(user=user, kind=kind, telephone=telephone)
        new_person_key(user)
        write_consent(user, consents.PRIVACY, consent_version)
        signed_in = _begin_session(user, device, address)
        audit.record(user, "identity.citizen_signed_up", user, f"注册{user.get_kind_display()}账号")
        return signed_in


def _begin_session(user: User, device: str, address: str) -> SignedIn:
    if not user.is_active:
        raise Refused("这个账号已被停用。如有疑问，请拨打 12345。")
    cookie, now = secrets.token_urlsafe(32), timezone.now()
    ends_at = now + timedelta(days=settings.CITIZEN_SESSION_DAYS)
    session = CitizenSession.objects.create(
        user=user, token_hash=hash_token(cookie), device=device[:60], started_at=now, seen_at=now, confirmed_at=now, ends_at=ends_at
    )
    SignInAttempt.objects.create(
        user=user, account_key=queries.account_key(user.username), address=address, outcome=SignInAttempt.Outcome.SUCCESS, at=now
    )
    return SignedIn(user, session, cookie)


def touch_session(session: CitizenSession) -> None:
    """Note that the session is in use; written at most every five minutes."""
    now = timezone.now()
    if now - session.seen_at >= SEEN_EVERY:
        with transaction.atomic():
            CitizenSession.objects.filter(pk=session.pk).update(seen_at=now)


def end_session(user: User, pk: int) -> None:
    """End one session of ``user``; nothing happens when it has ended already."""
    with transaction.atomic():
        CitizenSession.objects.filter(user=user, pk=pk).delete()


def end_citizen_sessions(user: User, *, but: CitizenSession | None = None) -> int:
    """Sign ``user`` out everywhere (but in one session); return how many sessions ended."""
    with transaction.atomic():
        sessions = CitizenSession.objects.filter(user=user)
        ended: int = (sessions.exclude(pk=but.pk) if but else sessions).delete()[0]
        audit.record(user, "identity.citizen_signed_out", user, "退出其他设备的登录" if but else "退出全部设备的登录")
    return ended


# --- confirming, before what matters ---------------------------------------------------------------------------------------------------


def start_own_verification(user: User, *, address: str = "") -> Started:
    """Send a code to the person's own telephone, before something that matters."""
    telephone = read_personal_data(user, user, ["telephone"], "发送验证码").telephone
    return start_verification(telephone, Purpose.CONFIRM, address=address, user=user)


def confirm_session(session: CitizenSession, token: str) -> None:
    """Note that the person before this session proved again to hold the telephone. Raises CodeOver."""
    with transaction.atomic():
        use_verification(token, Purpose.CONFIRM, user=session.user)
        session.confirmed_at = timezone.now()
        session.save(update_fields=["confirmed_at"])


# --- the profile -----------------------------------------------------------------------------------------------------------------------


def change_profile(user: User, *, display_name: str, sms_notices: bool) -> None:
    """Change how the person is addressed and whether by short message. Raises Refused for a name that is too long."""
    display_name = " ".join(display_name.split())
    if len(display_name) > LONGEST_NAME:
        raise Refused(f"称呼请不要超过 {LONGEST_NAME} 个字。")
    with transaction.atomic():
        data = PersonalData.objects.select_for_update().get(user=user)
        data.display_name, data.changed_at = display_name, timezone.now()
        data.save()
        Citizen.objects.filter(user=user).update(sms_notices=sms_notices)


def change_telephone(session: CitizenSession, token: str) -> None:
    """Put the account of ``session`` on another telephone, verified with ``Purpose.TELEPHONE``; all other sessions end.

    Raises CodeOver, and Refused when the session was not confirmed lately or the number has an account of its own. The old number is told.
    """
    user = session.user
    if not queries.is_confirmed(session):
        raise Refused("为了安全，请先用原来的手机号验证一次。")
    with transaction.atomic():
        telephone = use_verification(token, Purpose.TELEPHONE, user=user)
        data = PersonalData.objects.select_for_update().get(user=user)
        if data.telephone == telephone:
            raise Refused("这就是您现在的手机号，不需要更换。")
        if queries.account_with_telephone(telephone, user.kind) is not None:
            raise Refused("这个手机号已有另一个账号。请先登录那个账号并注销，或换一个手机号。")
        old = data.telephone
        data.telephone, data.changed_at = telephone, timezone.now()
        data.save()
        CitizenSession.objects.filter(user=user).exclude(pk=session.pk).delete()
        sms.send(old, sms.NOTICE, ["您的账号已换绑手机号，如非本人操作请拨打12345"], timezone.now() + timedelta(days=1))
        audit.record(user, "identity.telephone_changed", user, "更换手机号")


# --- demo ------------------------------------------------------------------------------------------------------------------------------


def open_demo_citizen(username: str, kind: str, *, telephone: str, **personal: str) -> User:
    """Open an invented citizen's account for the demo city, known by real name; its codes come by telephone as everybody's do."""
    with transaction.atomic():
        user = User(username=username, name=User.Kind(kind).label, kind=kind, demo_account=True)
        user.set_unusable_password()
        user.save()
        Citizen.objects.create(user=user, level=Level.REAL_NAME, real_name_at=timezone.now(), real_name_by="demo")
        PersonalData.objects.create(user=user, kind=kind, telephone=telephone, **personal)
        new_person_key(user)
        for text in (consents.PRIVACY, consents.SENSITIVE):
            write_consent(user, text, consents.text(text).version)
        audit.record(None, "identity.demo_account", user, f"{username} 是演示账号")
    return user
