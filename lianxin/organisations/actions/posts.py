"""Posts: who is appointed to what, until when, and how somebody leaves without leaving anything orphaned."""

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lianxin.foundation import audit
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.identity import actions as identity
from lianxin.identity.models import User
from lianxin.identity.queries import lacks_second_factor
from lianxin.organisations import queries, registry
from lianxin.organisations.actions.common import (
    KEPT_APART,
    ONE_DAY,
    Role,
    keep_an_administrator,
    midnight_after,
    refresh_rights,
    require_living,
    require_person,
    require_role,
    require_unit,
)
from lianxin.organisations.actions.handovers import cut_short
from lianxin.organisations.actions.portfolios import pass_on_portfolio
from lianxin.organisations.models import Handover, Leader, Organisation, Portfolio, Post, Section


def appoint(
    actor: User,
    user: User,
    organisation: Organisation,
    role: str,
    *,
    title: str = "",
    section: Section | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Post:
    """Give ``user`` a post from ``starts_on`` (default today) to ``ends_on`` (inclusive; default open)."""
    require_role(actor, role)
    require_unit(actor, organisation)
    if user.posts.exists():
        require_person(actor, user)
    if user == actor and not queries.is_administrator(actor):
        raise Forbidden("不能给自己安排岗位，请由上级单位的管理员或系统管理员办理。")
    return write_post(actor, user, organisation, role, title, section, starts_on or timezone.localdate(), ends_on)


def write_post(
    actor: User, user: User, organisation: Organisation, role: str, title: str, section: Section | None, starts_on: date, ends_on: date | None
) -> Post:
    """Write a post; the rights have been checked."""
    require_living(organisation)
    _require_fit(user, role, ends_on)
    if section is not None and section.organisation_id != organisation.pk:
        raise Refused(f"{section}不是{organisation}的科室，请重新选择。")
    if ends_on is not None and ends_on < starts_on:
        raise Refused("离任日期不能早于任职日期。")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        overlapping = Post.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on), user=user, organisation=organisation, role=role)
        if ends_on is not None:
            overlapping = overlapping.filter(starts_on__lte=ends_on)
        if overlapping.exists():
            raise Refused(f"{user}在这段时间已经是{organisation}的“{Role(role).label}”，不用重复任命。")
        post = Post.objects.create(
            user=user, organisation=organisation, role=role, title=title.strip(), section=section, starts_on=starts_on, ends_on=ends_on
        )
        refresh_rights(user)
        if lacks_second_factor(user):
            identity.end_sessions(actor, user, "新岗位要求第二重验证")
        until = f"至 {ends_on}" if ends_on else "起"
        audit.record(actor, "post.appointed", user, f"任命{user}为{organisation}“{Role(role).label}”，{starts_on} {until}", {"post": post.pk})
    return post


def _require_fit(user: User, role: str, ends_on: date | None) -> None:
    if user.kind not in (User.Kind.STAFF, User.Kind.PARTNER):
        raise Refused(f"{user}是市民账号，不能担任岗位，请先为他开设工作人员账号。")
    if not user.works_here:
        raise Refused(f"{user}的账号已停用或到期，请先恢复账号。")
    if (user.kind == User.Kind.PARTNER) != (role == Role.PARTNER):
        raise Refused("合作人员只能担任“合作”岗位，工作人员不能担任“合作”岗位。")
    if role == Role.PARTNER and ends_on is None:
        raise Refused("合作岗位必须有截止日期。")
    if user.expires_at is not None and (ends_on is None or midnight_after(ends_on) > user.expires_at):
        raise Refused(f"{user}的账号到 {timezone.localtime(user.expires_at):%Y-%m-%d %H:%M} 为止，岗位不能更久；请先恢复或延长账号。")
    other = KEPT_APART.get(Role(role))
    if other is not None and (Post.objects.filter(pk__in=queries.in_force(), user=user, role=other).exists()):
        raise Refused(f"系统管理与审计必须由不同的人担任，{user}已经是“{other.label}”。")


def end_post(actor: User, post: Post, on: date | None = None, successor: User | None = None) -> Post:
    """Let a post end with the day ``on`` (default today). What hangs on it goes to ``successor``, or the deed is refused with a list.

    A post that has not begun yet is taken back as if it had never been given.
    """
    require_role(actor, post.role)
    require_unit(actor, post.organisation)
    on = on or timezone.localdate()
    if post.ends_on is not None and post.ends_on <= on:
        raise Refused(f"这个岗位已于 {post.ends_on} 结束。")
    with transaction.atomic():
        _let_go(actor, post.user, [post], successor, on, on + ONE_DAY)
        refresh_rights(post.user)
        audit.record(actor, "post.ended", post.user, f"{post}任职至 {on}", {"post": post.pk, "successor": successor})
    return post


def person_leaves(actor: User, user: User, on: date | None = None, successor: User | None = None) -> User:
    """Let ``user`` leave with the day ``on`` (default today): every post ends, what hangs on them goes to ``successor`` or the deed is refused.

    Today or earlier takes effect at once: the account is closed and its sessions end. A later day closes it at that day's midnight.
    """
    require_person(actor, user)
    if user == actor:
        raise Refused("不能为自己办理离任，请由上级单位的管理员或系统管理员办理。")
    today = timezone.localdate()
    on = on or today
    ongoing = Q(ends_on__isnull=True) | Q(ends_on__gt=on)
    posts = list(Post.objects.filter(ongoing, user=user).select_related("organisation", "user"))
    with transaction.atomic():
        _let_go(actor, user, posts, successor, on, today if on <= today else on + ONE_DAY)
        for handover in Handover.objects.filter(substitute=user, cancelled_at__isnull=True, until__gt=min(on, today - ONE_DAY)):
            if on <= today or handover.until > on:
                cut_short(handover, on, at_once=on <= today)
        if on <= today:
            identity.close_account(actor, user, "离任")
        else:
            identity.set_expiry(actor, user, midnight_after(on))
        user.refresh_from_db()
        refresh_rights(user)
        taking_over = f"，由{successor}接手" if successor else ""
        audit.record(actor, "person.left", user, f"{user}离任，最后工作日 {on}{taking_over}", {"posts": [post.pk for post in posts]})
    return user


def _let_go(actor: User, user: User, posts: list[Post], successor: User | None, on: date, takes_over: date) -> None:
    """End ``posts`` with ``on`` and pass on what hangs on them from ``takes_over``; raise ``Refused`` when something would be left."""
    if successor is not None and (successor == user or not successor.works_here):
        raise Refused("请选择一位仍在岗的同事接手。")
    keep_an_administrator(user, posts)
    left = [phrase for post in posts for phrase in pass_on_portfolio(post, successor, takes_over)]
    left += registry.pass_on(actor, user, posts, successor, on)
    if left:
        raise Refused(f"{user}手上还有 {len(left)} 项没有交接：{'；'.join(left)}。请选择接手的人，或先逐项交接，再办理。")
    for post in posts:
        for handover in post.handovers.filter(cancelled_at__isnull=True, until__gt=on):
            cut_short(handover, on, at_once=False)
        _end(post, on)


def _end(post: Post, on: date) -> None:
    """Write the last day of a post; one that never began is deleted."""
    if post.starts_on <= on:
        post.ends_on = on
        post.save(update_fields=["ends_on"])
        return
    if post.starts_on <= timezone.localdate():
        raise Refused(f"{post}自 {post.starts_on} 任职，离任日期不能更早。")
    if Leader.objects.filter(post=post).exists():
        raise Refused(f"{post}尚未开始，但已经有领导主页，请先删除主页。")
    Portfolio.objects.filter(leader=post).delete()
    post.delete()
