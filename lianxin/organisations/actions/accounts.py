"""Accounts of staff and partners: opened, extended, closed, and helped by those who look after their unit."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from lianxin.foundation.errors import Refused
from lianxin.identity import actions as identity
from lianxin.identity.models import Lockout, User
from lianxin.organisations import queries
from lianxin.organisations.actions.common import (
    Role,
    keep_an_administrator,
    midnight_after,
    refresh_rights,
    require_administrator,
    require_person,
    require_role,
    require_unit,
)
from lianxin.organisations.actions.handovers import cut_short
from lianxin.organisations.actions.posts import write_post
from lianxin.organisations.models import Handover, Organisation, Post, Section

PARTNER_AT_MOST_YEARS = 1


@dataclass(frozen=True)
class OpenedAccount:
    """A new account, and its first password, which is shown once and kept nowhere."""

    user: User
    password: str
    post: Post


def create_account(
    actor: User, username: str, name: str, organisation: Organisation, role: str, *, email: str = "", title: str = "", section: Section | None = None
) -> OpenedAccount:
    """Open an account for a member of staff together with the first post. The password is shown once."""
    require_role(actor, role)
    require_unit(actor, organisation)
    user, password = identity.draft_account(username, name, email=email)
    with transaction.atomic():
        identity.open_account(actor, user)
        post = write_post(actor, user, organisation, role, title, section, timezone.localdate(), None)
    return OpenedAccount(user, password, post)


def create_partner(actor: User, username: str, name: str, organisation: Organisation, expires_on: date, *, email: str = "") -> OpenedAccount:
    """Open an account for somebody from outside, until ``expires_on`` (inclusive), a year at most. The password is shown once."""
    require_unit(actor, organisation)
    _require_partner_date(expires_on)
    user, password = identity.draft_account(username, name, email=email, kind=User.Kind.PARTNER, expires_at=midnight_after(expires_on))
    with transaction.atomic():
        identity.open_account(actor, user)
        post = write_post(actor, user, organisation, Role.PARTNER, "", None, timezone.localdate(), expires_on)
    return OpenedAccount(user, password, post)


def extend_partner(actor: User, user: User, expires_on: date) -> User:
    """Let a partner's account end on another day, a year from today at most."""
    require_person(actor, user)
    if user.kind != User.Kind.PARTNER:
        raise Refused("只有合作人员的账号有到期日期。")
    _require_partner_date(expires_on)
    with transaction.atomic():
        identity.set_expiry(actor, user, midnight_after(expires_on))
        last = user.posts.filter(role=Role.PARTNER).order_by("-starts_on").first()
        if last is not None:
            last.ends_on = expires_on
            last.save(update_fields=["ends_on"])
        refresh_rights(user)
    return user


def _require_partner_date(expires_on: date) -> None:
    today = timezone.localdate()
    if expires_on < today:
        raise Refused("到期日期已经过去，请填写今天或以后的日期。")
    if expires_on > _a_year_after(today):
        raise Refused("合作账号一次最长一年，到期前可以再延。请填写一年以内的日期。")


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + PARTNER_AT_MOST_YEARS)
    except ValueError:  # 29 February
        return day.replace(year=day.year + PARTNER_AT_MOST_YEARS, day=28)


def reset_password(actor: User, user: User) -> str:
    """Draw a new first password for ``user``, which is shown once; every session of the account ends."""
    require_person(actor, user)
    if user == actor:
        raise Refused("自己的密码请在“修改密码”里更改。")
    if not user.works_here:
        raise Refused(f"{user}的账号已停用或到期，请先恢复账号，再重置密码。")
    return identity.issue_password(actor, user)


def drop_second_factor(actor: User, user: User) -> None:
    """Take away the second factors of somebody who lost telephone and key, after making sure who it is."""
    require_person(actor, user)
    if user == actor:
        raise Refused("自己的第二重验证请在“第二重验证”里管理。")
    identity.drop_second_factor(actor, user)


def disable(actor: User, user: User, reason: str) -> User:
    """Close an account at once; the posts stay, so that a colleague can stand in until it is opened again."""
    require_person(actor, user)
    if user == actor:
        raise Refused("不能停用自己的账号。")
    if not reason.strip():
        raise Refused("请写明停用的原因。")
    keep_an_administrator(user, list(Post.objects.filter(pk__in=queries.in_force(), user=user)))
    with transaction.atomic():
        for handover in Handover.objects.filter(substitute=user, cancelled_at__isnull=True, until__gte=timezone.localdate()):
            cut_short(handover, handover.until, at_once=True)
        identity.close_account(actor, user, reason.strip())
        refresh_rights(user)
    return user


def enable(actor: User, user: User) -> User:
    """Open a closed account again; of a member of staff who was to leave, the end of the account is taken back too."""
    require_person(actor, user)
    if user.kind == User.Kind.PARTNER and user.has_expired:
        raise Refused(f"{user}的账号已到期，请先延长到期日期。")
    with transaction.atomic():
        if user.kind == User.Kind.STAFF and user.expires_at is not None:
            identity.set_expiry(actor, user, None)
        identity.reopen_account(actor, user)
        refresh_rights(user)
    return user


def unlock(actor: User, user: User) -> None:
    """Let somebody try to sign in again at once."""
    require_person(actor, user)
    identity.unlock(actor, user)


def unlock_address(actor: User, lockout: Lockout) -> None:
    """Let everybody behind an address try again at once."""
    require_administrator(actor)
    identity.unlock_address(actor, lockout)
