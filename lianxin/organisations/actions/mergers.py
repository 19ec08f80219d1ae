"""A unit becomes part of another: what it holds, who works there and where its address leads."""

from datetime import date

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect

from lianxin.foundation import audit
from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations import registry
from lianxin.organisations.actions.common import ONE_DAY, refresh_rights, require_administrator, require_living
from lianxin.organisations.actions.portfolios import assign, hand_down_closed
from lianxin.organisations.models import Duty, Leader, OfficeFunction, Organisation, Portfolio, Post


def merge_units(actor: User, unit: Organisation, into: Organisation, on: date | None = None) -> Organisation:
    """Make ``unit`` part of ``into`` from ``on`` (default today, never later): people, portfolios, offices, duties, sections, units below.

    The unit's row stays, ended, with its successor; its public address leads there. What rooms above hold is moved by their hooks.
    """
    require_administrator(actor)
    today = timezone.localdate()
    on = on or today
    unit, into = Organisation.objects.get(pk=unit.pk), Organisation.objects.get(pk=into.pk)
    require_living(unit)
    require_living(into)
    if into == unit or into.is_descendant_of(unit):
        raise Refused("不能撤并到自己或自己的下级机构，请另选一个。")
    if on > today:
        raise Refused("请在撤并当天或之后办理；岗位和职责会当场转移。")
    people = list(User.objects.filter(posts__organisation=unit).distinct())
    with transaction.atomic():
        _move_posts(unit, into, on)
        _move_portfolio(unit, into, on)
        _move_offices(unit, into)
        _move_duties(unit, into)
        for child in unit.get_children():
            Organisation.objects.get(pk=child.pk).move(Organisation.objects.get(pk=into.pk), "last-child")
        left = registry.merge(actor, unit, into, on)
        if left:
            raise Refused(f"还有 {len(left)} 项不能转到{into}：{'；'.join(left)}。请先处理，再办理撤并。")
        Organisation.objects.filter(pk=unit.pk).update(ended_on=on, successor=into)
        _redirect(unit, into)
        for user in people:
            refresh_rights(user)
        audit.record(actor, "unit.merged", unit, f"{unit.name}自 {on} 起并入{into.name}", {"into": into.pk, "people": len(people)})
    return Organisation.objects.get(pk=into.pk)


def _move_posts(unit: Organisation, into: Organisation, on: date) -> None:
    """Let everybody hold in the new unit, from ``on``, the post held in the old one until the day before."""
    ongoing = Q(ends_on__isnull=True) | Q(ends_on__gte=on)
    for post in Post.objects.select_for_update().filter(ongoing, organisation=unit).order_by("pk"):
        same = Post.objects.filter(ongoing, user_id=post.user_id, organisation=into, role=post.role).order_by("starts_on").first()
        if same is None and post.starts_on >= on:
            post.organisation, post.section = into, None
            post.save(update_fields=["organisation", "section"])
            continue
        successor = same or Post(user_id=post.user_id, organisation=into, role=post.role, title=post.title, starts_on=on, ends_on=post.ends_on)
        successor.starts_on = min(successor.starts_on, max(post.starts_on, on))
        successor.ends_on = max(successor.ends_on, post.ends_on) if successor.ends_on and post.ends_on else None
        successor.save()
        _move_what_hangs_on(post, successor, on)
        if post.starts_on >= on:
            Leader.objects.filter(post=post).delete()
            post.delete()
            continue
        post.ends_on = on - ONE_DAY
        post.save(update_fields=["ends_on"])


def _move_what_hangs_on(post: Post, successor: Post, on: date) -> None:
    """Handovers, the units a leader answers for, and the leader's page go with the person to the new post."""
    post.handovers.filter(until__gte=on, cancelled_at__isnull=True).update(post=successor)
    for row in Portfolio.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), leader=post):
        hand_down_closed(row, successor, on) if row.ends_on else assign(row.organisation, successor, max(row.starts_on, on))
    if not Leader.objects.filter(post=successor).exists():
        Leader.objects.filter(post=post).update(post=successor)


def _move_portfolio(unit: Organisation, into: Organisation, on: date) -> None:
    """Whoever answered for the old unit answers for the new one, unless somebody already does."""
    last = Portfolio.objects.filter(organisation=unit, ends_on__isnull=True).select_related("leader").first()
    Portfolio.objects.filter(organisation=unit, starts_on__gte=on).delete()
    later = Q(ends_on__isnull=True) | Q(ends_on__gte=on)
    Portfolio.objects.filter(later, organisation=unit).update(ends_on=on - ONE_DAY)
    if last is not None and not Portfolio.objects.filter(organisation=into, ends_on__isnull=True).exists():
        leader = Post.objects.get(pk=last.leader_id)
        assign(into, leader, max(on, leader.starts_on, last.starts_on))


def _move_offices(unit: Organisation, into: Organisation) -> None:
    unit.functions.update(organisation=into)
    for row in OfficeFunction.objects.filter(scope=unit):
        if OfficeFunction.objects.filter(function=row.function, scope=into).exists():
            row.delete()  # the government that goes on has this office already
        else:
            row.scope = into
            row.save(update_fields=["scope"])


def _move_duties(unit: Organisation, into: Organisation) -> None:
    known = set(into.duties.values_list("text", flat=True))
    last = into.duties.aggregate(last=models.Max("order"))["last"] or 0
    for order, duty in enumerate((duty for duty in unit.duties.all() if duty.text not in known), last + 1):
        Duty.objects.create(organisation=into, order=order, text=duty.text)
    taken = set(into.sections.values_list("name", flat=True))
    for section in unit.sections.all():
        if section.name in taken:
            section.name = f"{section.name}（原{unit.short_name}）"[:60]
        section.organisation = into
        section.save(update_fields=["organisation", "name"])


def _redirect(unit: Organisation, into: Organisation) -> None:
    """Lead the old unit's public address, and those that led to it, to the new one."""
    old, new = unit.get_absolute_url(), into.get_absolute_url()
    Redirect.objects.filter(redirect_link=old).update(redirect_link=new)
    Redirect.objects.update_or_create(
        old_path=Redirect.normalise_path(old), site=None, defaults={"redirect_link": new, "redirect_page": None, "is_permanent": True}
    )
