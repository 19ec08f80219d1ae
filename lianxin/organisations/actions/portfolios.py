"""Leaders: the units they answer for, without two of them on any day, and their public pages."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lianxin.foundation import audit
from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations.actions.common import ONE_DAY, Role, clean, require_administrator, require_living
from lianxin.organisations.models import Leader, Organisation, Portfolio, Post


def change_portfolio(actor: User, leader_post: Post, organisations: Iterable[Organisation], on: date | None = None) -> list[Portfolio]:
    """Let a leader answer for exactly these units from ``on`` (default today); whoever answered for one until then stops the day before.

    Units that the leader answered for and that are not among them would have nobody: give them to another leader, which takes them away here.
    """
    require_administrator(actor)
    on = on or timezone.localdate()
    _require_leader(leader_post, on)
    wanted = {unit.pk: unit for unit in organisations}
    for unit in wanted.values():
        require_living(unit)
    held = Portfolio.objects.filter(leader=leader_post, ends_on__isnull=True).select_related("organisation")
    dropped = [row.organisation.short_name for row in held if row.organisation_id not in wanted]
    if dropped:
        raise Refused(f"{'、'.join(dropped)}将没有分管领导。请打开接手的领导，把它们划到他名下，这里会自动移出。")
    with transaction.atomic():
        rows = [assign(unit, leader_post, on) for unit in wanted.values()]
        names = "、".join(unit.short_name for unit in wanted.values()) or "（无）"
        audit.record(actor, "portfolio.changed", leader_post.user, f"{leader_post.user}自 {on} 起分管：{names}", {"post": leader_post.pk})
    return rows


def _require_leader(post: Post, on: date) -> None:
    if post.role != Role.LEADER:
        raise Refused("只有“领导”岗位可以分管机构。")
    if post.starts_on > on or not post.user.works_here or (post.ends_on is not None and post.ends_on < on):
        raise Refused(f"{post.user}在 {on} 不在领导岗位上，请选择别的领导或日期。")
    if post.ends_on is not None:
        raise Refused(f"{post.user}将于 {post.ends_on} 离任，请把分管交给别的领导。")


def assign(organisation: Organisation, leader_post: Post, from_day: date) -> Portfolio:
    """Let a leader answer for a unit from a day, without two of them on any day and without rewriting the past."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    today = timezone.localdate()
    later = Q(ends_on__isnull=True) | Q(ends_on__gte=from_day)
    for row in Portfolio.objects.filter(later, organisation=organisation).select_related("leader__user").order_by("starts_on"):
        if row.leader_id == leader_post.pk and row.ends_on is None and row.starts_on <= from_day:
            return row
        if row.starts_on < from_day:
            row.ends_on = from_day - ONE_DAY
            row.save(update_fields=["ends_on"])
        elif row.starts_on == from_day or row.starts_on > today:
            row.delete()
        else:
            raise Refused(f"{organisation}自 {row.starts_on} 起由{row.leader.user}分管，新的起始日期须晚于那一天。")
    return Portfolio.objects.create(leader=leader_post, organisation=organisation, starts_on=from_day)


def pass_on_portfolio(post: Post, successor: User | None, from_day: date) -> list[str]:
    """Give the units of a leader to the successor; return those that nobody takes."""
    rows = list(Portfolio.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=from_day), leader=post).select_related("organisation"))
    if not rows:
        return []
    heir = None
    if successor is not None:
        in_time = Post.objects.filter(ends_on__isnull=True, starts_on__lte=from_day)
        heir = in_time.filter(user=successor, role=Role.LEADER, organisation=post.organisation).first()
    if heir is None:
        return [f"分管{row.organisation}" for row in rows if row.ends_on is None]
    for row in rows:
        if row.ends_on is None:
            assign(row.organisation, heir, max(row.starts_on, from_day))
        else:
            hand_down_closed(row, heir, from_day)
    return []


def hand_down_closed(row: Portfolio, heir: Post, from_day: date) -> None:
    """Give the rest of a portfolio whose end is already settled to the heir."""
    if row.starts_on >= from_day:
        row.leader = heir
        row.save(update_fields=["leader"])
        return
    Portfolio.objects.create(leader=heir, organisation=row.organisation, starts_on=from_day, ends_on=row.ends_on)
    row.ends_on = from_day - ONE_DAY
    row.save(update_fields=["ends_on"])


def save_leader_page(actor: User, post: Post, **fields: Any) -> Leader:
    """Make or change the public page of a leader."""
    require_administrator(actor)
    if post.role != Role.LEADER:
        raise Refused("只有“领导”岗位有领导主页。")
    page = Leader.objects.filter(post=post).first() or Leader(post=post)
    for name, value in fields.items():
        setattr(page, name, value)
    clean(page)
    with transaction.atomic():
        page.save()
        audit.record(actor, "leader.page", page, f"更新{post.user}的领导主页")
    return page
