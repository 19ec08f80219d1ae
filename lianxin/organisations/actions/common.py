"""What the deeds on units and people share: rights, days, the refusal of what no field admits, and what follows from posts."""

from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from lianxin.foundation.errors import Forbidden, Refused
from lianxin.identity import actions as identity
from lianxin.identity.models import User
from lianxin.organisations import queries, registry
from lianxin.organisations.models import Organisation, Post

Role = Post.Role
ONE_DAY = timedelta(days=1)
# 等保三级: whoever watches over the administrators is none of them.
KEPT_APART = {Role.ADMINISTRATOR: Role.AUDITOR, Role.AUDITOR: Role.ADMINISTRATOR}


def require_unit(actor: User, organisation: Organisation) -> None:
    if not queries.manages_unit(actor, organisation):
        raise Forbidden(f"您不负责管理{organisation}的人员，请联系该单位的管理员或系统管理员。")


def require_person(actor: User, user: User) -> None:
    if not queries.manages_person(actor, user):
        raise Forbidden(f"{user}的账号不由您管理：他在别的单位任职，或担任须由系统管理员办理的岗位。请联系系统管理员。")


def require_administrator(actor: User) -> None:
    if not queries.is_administrator(actor):
        raise Forbidden("这件事只有系统管理员可以办理，请与系统管理员联系。")


def require_role(actor: User, role: str) -> None:
    if role not in Role.values:
        raise Refused("没有这个岗位，请从列表里选择。")
    if role in queries.HIGHER_ROLES and not queries.is_administrator(actor):
        raise Forbidden(f"“{Role(role).label}”岗位只能由系统管理员任免，请与系统管理员联系。")


def require_living(organisation: Organisation) -> None:
    if organisation.ended_on is not None:
        raise Refused(f"{organisation}已于 {organisation.ended_on} 撤并到{queries.current(organisation)}，请选择现有的机构。")


def keep_an_administrator(user: User, posts: list[Post]) -> None:
    if not any(post.role == Role.ADMINISTRATOR for post in posts):
        return
    others = queries.in_force().filter(role=Role.ADMINISTRATOR, ends_on__isnull=True).exclude(pk__in=[post.pk for post in posts])
    superusers = User.objects.filter(is_superuser=True, is_active=True, expires_at__isnull=True).exclude(pk=user.pk)
    if not others.exists() and not superusers.exists():
        raise Refused("这是最后一位系统管理员，请先任命另一位，再办理。")


def clean(row: models.Model, exclude: list[str] | None = None) -> None:
    try:
        row.full_clean(exclude=exclude)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error


def midnight_after(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + ONE_DAY, time.min))


def refresh_rights(user: User) -> None:
    """Bring everything up to date that follows from the posts of ``user``: entry to the desk, and what rooms above keep of it."""
    roles = queries.roles_of(user)
    identity.set_desk_access(user, bool(roles - queries.ROLES_WITHOUT_DESK) or user.is_superuser)
    registry.posts_changed(user)
