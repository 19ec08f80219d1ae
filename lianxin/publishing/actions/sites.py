"""Deeds on sites, columns, column duties and the duty roster."""

import re
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from wagtail.models import Page, Site

from lianxin.foundation.audit import record as audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.search import updates
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation, Post
from lianxin.publishing import cachebox, queries
from lianxin.publishing.actions import lists, rights
from lianxin.publishing.actions.common import SITE_ROLES, may_manage, present, require, validate
from lianxin.publishing.models import ArticlePage, ColumnDuty, ColumnPage, DutyShift, HomePage, SiteProfile
from lianxin.publishing.models.pages import RESERVED_SLUGS

# Wagtail would take any letter; an address in Chinese or capitals is one that people mistype and that is never changed again.
_ADDRESS = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@transaction.atomic
def add_site(
    actor: User | None,
    *,
    hostname: str,
    port: int,
    name: str,
    tier: str,
    organisation: Organisation,
    parent: SiteProfile | None = None,
    is_default: bool = False,
    **profile: Any,
) -> SiteProfile:
    """Open a site under a host name of its own, with an empty home page. Raises Refused when the host is taken."""
    require(may_manage(actor, parent.organisation if parent else organisation), "开设站点须由上级站点的管理员办理。")
    hostname = hostname.strip().lower()
    if is_default:
        _clear_welcome_page()
    if Site.objects.filter(hostname=hostname).exists():
        raise Refused(f"域名 {hostname} 已经有一个站点，请换一个域名。")
    home = HomePage(title=name, slug=hostname.replace(".", "-"), live=True)
    Page.get_first_root_node().add_child(instance=home)
    site = Site.objects.create(hostname=hostname, port=port, site_name=name, root_page=home, is_default_site=is_default)
    created = SiteProfile(site=site, name=name, tier=tier, organisation=organisation, parent=parent, **profile)
    validate(created)
    created.save()
    rights.sync_lineage(organisation)
    audit(actor, "publishing.add_site", created, f"开设站点“{name}”（{hostname}）")
    cachebox.forget()
    return created


def _clear_welcome_page() -> None:
    """Wagtail's demonstration site and page come with its migrations and serve nobody."""
    Site.objects.filter(profile__isnull=True).delete()
    Page.objects.filter(depth=2, sites_rooted_here__isnull=True, content_type__model="page").delete()


@transaction.atomic
def change_site(actor: User | None, profile: SiteProfile, **fields: Any) -> SiteProfile:
    """Change how a site looks or what its footer says."""
    require(may_manage(actor, profile.organisation), "修改站点设置须由本站的站点管理员办理。")
    before = {key: str(getattr(profile, key)) for key in fields}
    for key, value in fields.items():
        setattr(profile, key, value)
    validate(profile)
    profile.save()
    audit(actor, "publishing.change_site", profile, f"修改站点“{profile}”的设置", {"before": before})
    cachebox.forget()
    return profile


@transaction.atomic
def open_column(
    actor: User | None,
    parent: HomePage | ColumnPage,
    *,
    title: str,
    slug: str,
    kind: str,
    cadence_days: int | None = None,
    description: str = "",
    keywords: str = "",
    open_to_units: bool = False,
) -> ColumnPage:
    """Open a column under a home page or another column."""
    require(may_manage(actor, queries.site_of(parent).organisation), "开设栏目须由本站的站点管理员办理。")
    if not _ADDRESS.fullmatch(slug):
        raise Refused("栏目地址只能用小写字母、数字和连字符，例如 open-guide。")
    if parent.depth == 2 and slug in RESERVED_SLUGS:
        raise Refused(f"地址“{slug}”是系统页面用的，请换一个。")
    above = present(parent)
    if above.get_children().filter(slug=slug).exists():
        raise Refused(f"“{parent.title}”下已经有地址为“{slug}”的栏目，请换一个地址。")
    now = timezone.now()
    column = ColumnPage(
        title=title,
        slug=slug,
        kind=kind,
        cadence_days=cadence_days,
        search_description=description,
        keywords=keywords,
        open_to_units=open_to_units,
        live=True,
        first_published_at=now,
        last_published_at=now,
        show_in_menus=True,
    )
    try:
        above.add_child(instance=column)
    except ValidationError as error:
        raise Refused("；".join(error.messages)) from error
    audit(actor, "publishing.open_column", column, f"开设栏目“{title}”")
    if open_to_units:
        rights.sync_contributors()
    cachebox.forget()
    return column


@transaction.atomic
def change_column(actor: User | None, column: ColumnPage, **fields: Any) -> ColumnPage:
    """Change a column's title, kind, cadence or words. Its address stays: links to it are public."""
    require(may_manage(actor, queries.site_of(column).organisation), "修改栏目须由本站的站点管理员办理。")
    for key, value in fields.items():
        setattr(column, key, value)
    validate(column)
    column.save()
    audit(actor, "publishing.change_column", column, f"修改栏目“{column.title}”")
    if "open_to_units" in fields:
        rights.sync_contributors()
    cachebox.forget()
    return column


@transaction.atomic
def move_column(actor: User | None, column: ColumnPage, parent: HomePage | ColumnPage) -> ColumnPage:
    """Put a column with all it holds under another parent of the same site; old addresses are redirected."""
    require(may_manage(actor, queries.site_of(column).organisation), "移动栏目须由本站的站点管理员办理。")
    parent = Page.objects.get(pk=parent.pk).specific
    if parent.pk == column.pk or parent.path.startswith(column.path):
        raise Refused("不能把栏目移到它自己或它的下级栏目里，请选别的位置。")
    if queries.site_of(parent).pk != queries.site_of(column).pk:
        raise Refused("栏目不能移到别的站点，请在那个站点新开栏目。")
    if parent.get_children().filter(slug=column.slug).exclude(pk=column.pk).exists():
        raise Refused(f"“{parent.title}”下已经有地址为“{column.slug}”的栏目。")
    column.move(parent, pos="last-child")
    moved = ColumnPage.objects.get(pk=column.pk)
    audit(actor, "publishing.move_column", moved, f"把栏目“{moved.title}”移到“{parent.title}”下")
    with updates.gathered():
        for article in ArticlePage.objects.filter(path__startswith=moved.path, live=True):
            lists.project(article)
    cachebox.forget()
    return moved


@transaction.atomic
def close_column(actor: User | None, column: ColumnPage) -> None:
    """Take an empty column off its site, with its duty. What holds anything, drafts and withdrawn articles too, is refused."""
    require(may_manage(actor, queries.site_of(column).organisation), "撤销栏目须由本站的站点管理员办理。")
    found = ColumnPage.objects.select_for_update().get(pk=column.pk)
    if found.get_children().exists():
        raise Refused(f"“{found.title}”里还有下级栏目或稿件（草稿和已撤下的也算），不能撤销。请先把它们移到别的栏目。")
    if found.placements.exists():
        raise Refused(f"还有稿件同时放在“{found.title}”里，不能撤销。请先在那些稿件的“推荐”里去掉这个栏目。")
    audit(actor, "publishing.close_column", found, f"撤销空栏目“{found.title}”", {"address": found.slug})
    found.delete()
    cachebox.forget()


@transaction.atomic
def set_duty(
    actor: User | None,
    column: ColumnPage,
    *,
    organisation: Organisation,
    section: str = "",
    person: User | None = None,
    reviewer: User | None = None,
    expectation: str = "",
) -> ColumnDuty:
    """Say who keeps a column: unit, section, person, reviewer and what is expected."""
    require(may_manage(actor, queries.site_of(column).organisation), "栏目责任须由本站的站点管理员设定。")
    if person is not None and person == reviewer:
        raise Refused("责任人和审核人不能是同一个人，请另选一位审核人。")
    duty, _ = ColumnDuty.objects.update_or_create(
        column=column,
        defaults={"organisation": organisation, "section": section, "person": person, "reviewer": reviewer, "expectation": expectation},
    )
    audit(actor, "publishing.set_duty", column, f"栏目“{column.title}”由{organisation}{section}保障")
    rights.sync_unit(organisation)
    return duty


@transaction.atomic
def set_shift(actor: User | None, organisation: Organisation, day: date, person: User, backup: User | None = None, phone: str = "") -> DutyShift:
    """Put a person on the duty roster of a government for a day; the person may then use the emergency lane that day."""
    _require_roster(actor, organisation)
    shift, _ = DutyShift.objects.update_or_create(organisation=organisation, date=day, person=person, defaults={"backup": backup, "phone": phone})
    audit(actor, "publishing.set_shift", shift, f"{day} 由{person}值班")
    return shift


@transaction.atomic
def cancel_shift(actor: User | None, shift: DutyShift) -> None:
    """Take a person off the roster of a day that is not over; the emergency lane is closed to the person at once."""
    _require_roster(actor, shift.organisation)
    if shift.date < timezone.localdate():
        raise Refused("已经过去的值班要留作记录，不能取消。")
    audit(actor, "publishing.cancel_shift", shift, f"取消{shift.person} {shift.date} 的值班")
    shift.delete()


def _require_roster(actor: User | None, organisation: Organisation) -> None:
    require(
        actor is None or actor.is_superuser or queries.acts_for(actor, organisation, Post.Role.CHIEF, Post.Role.UNIT_MANAGER, *SITE_ROLES),
        "排值班表须由终审人员、单位管理员或站点管理员办理。",
    )
