"""Everything that changes units, posts and the accounts of those who hold them.

Rights: an administrator does everything; a unit manager looks after his own unit and those below it, and never gives or touches
a higher post (``queries.HIGHER_ROLES``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect

from lianxin.foundation import audit
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.foundation.text import words_changed
from lianxin.identity import actions as identity
from lianxin.identity.models import Lockout, User
from lianxin.identity.queries import lacks_second_factor
from lianxin.organisations import queries, registry
from lianxin.organisations.models import Duty, FormerName, Handover, Leader, OfficeFunction, Organisation, Portfolio, Post, Section
from lianxin.organisations.registry import register_merger, register_posts_changed, register_succession

__all__ = ["register_merger", "register_posts_changed", "register_succession"]

Role = Post.Role
HANDOVER_AT_MOST = timedelta(days=366)
PARTNER_AT_MOST_YEARS = 1
_ONE_DAY = timedelta(days=1)
# 等保三级: whoever watches over the administrators is none of them.
_KEPT_APART = {Role.ADMINISTRATOR: Role.AUDITOR, Role.AUDITOR: Role.ADMINISTRATOR}
_UNIT_FIELDS = ("phone", "address", "hours", "website", "introduction", "board_open", "order", "code")
_ADMINISTRATORS_ONLY = ("order", "code", "kind", "slug")


@dataclass(frozen=True)
class OpenedAccount:
    """A new account, and its first password, which is shown once and kept nowhere."""

    user: User
    password: str
    post: Post


# --- rights ----------------------------------------------------------------------------------------------------------------------------


def _require_unit(actor: User, organisation: Organisation) -> None:
    if not queries.manages_unit(actor, organisation):
        raise Forbidden(f"您不负责管理{organisation}的人员，请联系该单位的管理员或系统管理员。")


def _require_person(actor: User, user: User) -> None:
    if not queries.manages_person(actor, user):
        raise Forbidden(f"{user}的账号不由您管理：他在别的单位任职，或担任须由系统管理员办理的岗位。请联系系统管理员。")


def _require_administrator(actor: User) -> None:
    if not queries.is_administrator(actor):
        raise Forbidden("这件事只有系统管理员可以办理，请与系统管理员联系。")


def _require_role(actor: User, role: str) -> None:
    if role not in Role.values:
        raise Refused("没有这个岗位，请从列表里选择。")
    if role in queries.HIGHER_ROLES and not queries.is_administrator(actor):
        raise Forbidden(f"“{Role(role).label}”岗位只能由系统管理员任免，请与系统管理员联系。")


def _require_living(organisation: Organisation) -> None:
    if organisation.ended_on is not None:
        raise Refused(f"{organisation}已于 {organisation.ended_on} 撤并到{queries.current(organisation)}，请选择现有的机构。")


# --- posts -----------------------------------------------------------------------------------------------------------------------------


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
    _require_role(actor, role)
    _require_unit(actor, organisation)
    if user.posts.exists():
        _require_person(actor, user)
    if user == actor and not queries.is_administrator(actor):
        raise Forbidden("不能给自己安排岗位，请由上级单位的管理员或系统管理员办理。")
    return _appoint(actor, user, organisation, role, title, section, starts_on or timezone.localdate(), ends_on)


def _appoint(
    actor: User, user: User, organisation: Organisation, role: str, title: str, section: Section | None, starts_on: date, ends_on: date | None
) -> Post:
    """Write a post; the rights have been checked."""
    _require_living(organisation)
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
    if user.expires_at is not None and (ends_on is None or _midnight_after(ends_on) > user.expires_at):
        raise Refused(f"{user}的账号到 {timezone.localtime(user.expires_at):%Y-%m-%d %H:%M} 为止，岗位不能更久；请先恢复或延长账号。")
    other = _KEPT_APART.get(Role(role))
    if other is not None and (Post.objects.filter(pk__in=queries.in_force(), user=user, role=other).exists()):
        raise Refused(f"系统管理与审计必须由不同的人担任，{user}已经是“{other.label}”。")


def end_post(actor: User, post: Post, on: date | None = None, successor: User | None = None) -> Post:
    """Let a post end with the day ``on`` (default today). What hangs on it goes to ``successor``, or the deed is refused with a list.

    A post that has not begun yet is taken back as if it had never been given.
    """
    _require_role(actor, post.role)
    _require_unit(actor, post.organisation)
    on = on or timezone.localdate()
    if post.ends_on is not None and post.ends_on <= on:
        raise Refused(f"这个岗位已于 {post.ends_on} 结束。")
    with transaction.atomic():
        _let_go(actor, post.user, [post], successor, on, on + _ONE_DAY)
        refresh_rights(post.user)
        audit.record(actor, "post.ended", post.user, f"{post}任职至 {on}", {"post": post.pk, "successor": successor})
    return post


def person_leaves(actor: User, user: User, on: date | None = None, successor: User | None = None) -> User:
    """Let ``user`` leave with the day ``on`` (default today): every post ends, what hangs on them goes to ``successor`` or the deed is refused.

    Today or earlier takes effect at once: the account is closed and its sessions end. A later day closes it at that day's midnight.
    """
    _require_person(actor, user)
    if user == actor:
        raise Refused("不能为自己办理离任，请由上级单位的管理员或系统管理员办理。")
    today = timezone.localdate()
    on = on or today
    ongoing = Q(ends_on__isnull=True) | Q(ends_on__gt=on)
    posts = list(Post.objects.filter(ongoing, user=user).select_related("organisation", "user"))
    with transaction.atomic():
        _let_go(actor, user, posts, successor, on, today if on <= today else on + _ONE_DAY)
        for handover in Handover.objects.filter(substitute=user, cancelled_at__isnull=True, until__gt=min(on, today - _ONE_DAY)):
            if on <= today or handover.until > on:
                _cut_short(handover, on, at_once=on <= today)
        if on <= today:
            identity.close_account(actor, user, "离任")
        else:
            identity.set_expiry(actor, user, _midnight_after(on))
        user.refresh_from_db()
        refresh_rights(user)
        taking_over = f"，由{successor}接手" if successor else ""
        audit.record(actor, "person.left", user, f"{user}离任，最后工作日 {on}{taking_over}", {"posts": [post.pk for post in posts]})
    return user


def _let_go(actor: User, user: User, posts: list[Post], successor: User | None, on: date, takes_over: date) -> None:
    """End ``posts`` with ``on`` and pass on what hangs on them from ``takes_over``; raise ``Refused`` when something would be left."""
    if successor is not None and (successor == user or not successor.works_here):
        raise Refused("请选择一位仍在岗的同事接手。")
    _keep_an_administrator(user, posts)
    left = [phrase for post in posts for phrase in _pass_on_portfolio(post, successor, takes_over)]
    left += registry.pass_on(actor, user, posts, successor, on)
    if left:
        raise Refused(f"{user}手上还有 {len(left)} 项没有交接：{'；'.join(left)}。请选择接手的人，或先逐项交接，再办理。")
    for post in posts:
        for handover in post.handovers.filter(cancelled_at__isnull=True, until__gt=on):
            _cut_short(handover, on, at_once=False)
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


def _keep_an_administrator(user: User, posts: list[Post]) -> None:
    if not any(post.role == Role.ADMINISTRATOR for post in posts):
        return
    others = queries.in_force().filter(role=Role.ADMINISTRATOR, ends_on__isnull=True).exclude(pk__in=[post.pk for post in posts])
    superusers = User.objects.filter(is_superuser=True, is_active=True, expires_at__isnull=True).exclude(pk=user.pk)
    if not others.exists() and not superusers.exists():
        raise Refused("这是最后一位系统管理员，请先任命另一位，再办理。")


def refresh_rights(user: User) -> None:
    """Bring everything up to date that follows from the posts of ``user``: entry to the desk, and what rooms above keep of it."""
    roles = queries.roles_of(user)
    identity.set_desk_access(user, bool(roles - queries.ROLES_WITHOUT_DESK) or user.is_superuser)
    registry.posts_changed(user)


# --- standing in -----------------------------------------------------------------------------------------------------------------------


def hand_over(actor: User, post: Post, substitute: User, until: date, *, starts_on: date | None = None, reason: str = "") -> Handover:
    """Let ``substitute`` act for the holder of ``post`` until a day (inclusive). The holder does it, or whoever looks after the unit."""
    _require_holder_or_manager(actor, post)
    today = timezone.localdate()
    starts_on = starts_on or today
    if starts_on < today or until < starts_on:
        raise Refused("代理从今天或以后开始，截止日期不能早于开始日期。")
    if until - starts_on > HANDOVER_AT_MOST:
        raise Refused("一次代理最长一年；更久请重新任命岗位。")
    if (post.ends_on is not None and post.ends_on < until) or post.starts_on > starts_on:
        raise Refused("代理的日期超出了这个岗位的任期，请改日期。")
    _require_substitute(post, substitute, until)
    with transaction.atomic():
        Post.objects.select_for_update().get(pk=post.pk)
        standing = post.handovers.filter(cancelled_at__isnull=True, starts_on__lte=until, until__gte=starts_on).select_related("substitute").first()
        if standing is not None:
            raise Refused(f"这段时间已由{standing.substitute}代理（至 {standing.until}），请先取消那一次。")
        handover = Handover.objects.create(post=post, substitute=substitute, starts_on=starts_on, until=until, reason=reason.strip())
        refresh_rights(substitute)
        if lacks_second_factor(substitute):
            identity.end_sessions(actor, substitute, "代理的岗位要求第二重验证")
        audit.record(actor, "post.handed_over", post.user, f"{post}由{substitute}代理，{starts_on} 至 {until}", {"handover": handover.pk})
    return handover


def _require_substitute(post: Post, substitute: User, until: date) -> None:
    if post.role == Role.PARTNER:
        raise Refused("合作岗位不能由别人代理，请为对方另开账号。")
    if substitute.pk == post.user_id:
        raise Refused("代理人不能是本人，请选择一位同事。")
    if not substitute.works_here or substitute.kind != User.Kind.STAFF:
        raise Refused("代理人须是在岗的工作人员，请另选一位。")
    if substitute.expires_at is not None and substitute.expires_at < _midnight_after(until):
        raise Refused(f"{substitute}在代理结束前就要离任，请另选一位，或改截止日期。")
    own = queries.in_force().filter(user=substitute)
    lineage = [unit.pk for unit in post.organisation.lineage()]
    if not own.filter(Q(organisation__in=lineage) | Q(organisation__path__startswith=post.organisation.path)).exists():
        raise Refused(f"代理人应是{post.organisation}或它的上下级单位的同事，请另选一位。")
    other = _KEPT_APART.get(Role(post.role))
    if other is not None and own.filter(role=other).exists():
        raise Refused(f"系统管理与审计必须由不同的人担任，{substitute}已经是“{other.label}”。")


def cancel_handover(actor: User, handover: Handover) -> Handover:
    """End a handover now; from this moment only the holder acts."""
    if actor.pk != handover.substitute_id:
        _require_holder_or_manager(actor, handover.post)
    if handover.cancelled_at is not None or handover.until < timezone.localdate():
        raise Refused("这次代理已经结束。")
    with transaction.atomic():
        handover.cancelled_at = timezone.now()
        handover.save(update_fields=["cancelled_at"])
        refresh_rights(handover.substitute)
        audit.record(actor, "post.handover_cancelled", handover.post.user, f"取消代理：{handover}", {"handover": handover.pk})
    return handover


def _require_holder_or_manager(actor: User, post: Post) -> None:
    if actor.pk == post.user_id and actor.works_here:
        return
    _require_role(actor, post.role)
    _require_unit(actor, post.organisation)


def _cut_short(handover: Handover, on: date, *, at_once: bool) -> None:
    """Let a handover end with ``on``, or at once when that is not later than today or it had not begun by then."""
    if at_once or handover.starts_on > on:
        handover.cancelled_at = timezone.now()
    else:
        handover.until = on
    handover.save(update_fields=["cancelled_at", "until"])
    registry.posts_changed(handover.substitute)


# --- portfolios ------------------------------------------------------------------------------------------------------------------------


def change_portfolio(actor: User, leader_post: Post, organisations: Iterable[Organisation], on: date | None = None) -> list[Portfolio]:
    """Let a leader answer for exactly these units from ``on`` (default today); whoever answered for one until then stops the day before.

    Units that the leader answered for and that are not among them would have nobody: give them to another leader, which takes them away here.
    """
    _require_administrator(actor)
    on = on or timezone.localdate()
    _require_leader(leader_post, on)
    wanted = {unit.pk: unit for unit in organisations}
    for unit in wanted.values():
        _require_living(unit)
    held = Portfolio.objects.filter(leader=leader_post, ends_on__isnull=True).select_related("organisation")
    dropped = [row.organisation.short_name for row in held if row.organisation_id not in wanted]
    if dropped:
        raise Refused(f"{'、'.join(dropped)}将没有分管领导。请打开接手的领导，把它们划到他名下，这里会自动移出。")
    with transaction.atomic():
        rows = [_assign(unit, leader_post, on) for unit in wanted.values()]
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


def _assign(organisation: Organisation, leader_post: Post, from_day: date) -> Portfolio:
    """Let a leader answer for a unit from a day, without two of them on any day and without rewriting the past."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    today = timezone.localdate()
    later = Q(ends_on__isnull=True) | Q(ends_on__gte=from_day)
    for row in Portfolio.objects.filter(later, organisation=organisation).select_related("leader__user").order_by("starts_on"):
        if row.leader_id == leader_post.pk and row.ends_on is None and row.starts_on <= from_day:
            return row
        if row.starts_on < from_day:
            row.ends_on = from_day - _ONE_DAY
            row.save(update_fields=["ends_on"])
        elif row.starts_on == from_day or row.starts_on > today:
            row.delete()
        else:
            raise Refused(f"{organisation}自 {row.starts_on} 起由{row.leader.user}分管，新的起始日期须晚于那一天。")
    return Portfolio.objects.create(leader=leader_post, organisation=organisation, starts_on=from_day)


def _pass_on_portfolio(post: Post, successor: User | None, from_day: date) -> list[str]:
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
            _assign(row.organisation, heir, max(row.starts_on, from_day))
        else:
            _hand_down_closed(row, heir, from_day)
    return []


def _hand_down_closed(row: Portfolio, heir: Post, from_day: date) -> None:
    """Give the rest of a portfolio whose end is already settled to the heir."""
    if row.starts_on >= from_day:
        row.leader = heir
        row.save(update_fields=["leader"])
        return
    Portfolio.objects.create(leader=heir, organisation=row.organisation, starts_on=from_day, ends_on=row.ends_on)
    row.ends_on = from_day - _ONE_DAY
    row.save(update_fields=["ends_on"])


# --- units -----------------------------------------------------------------------------------------------------------------------------


def create_unit(actor: User, parent: Organisation | None, *, name: str, short_name: str, slug: str, kind: str, **fields: Any) -> Organisation:
    """Enter a unit below ``parent`` (None: at the root). Administrators only: the list of units is the city's, not a unit's."""
    _require_administrator(actor)
    if parent is not None:
        _require_living(parent)
    unit = Organisation(name=name.strip(), short_name=short_name.strip(), slug=slug.strip(), kind=kind, **fields)
    _clean(unit, exclude=["path", "depth", "numchild"])
    with transaction.atomic():
        if parent is None:
            Organisation.add_root(instance=unit)
        else:
            Organisation.objects.get(pk=parent.pk).add_child(instance=unit)
        transaction.on_commit(words_changed)
        audit.record(actor, "unit.created", unit, f"新建机构{unit.name}")
    return unit


def edit_unit(actor: User, organisation: Organisation, **fields: Any) -> Organisation:
    """Change what people are told of a unit: telephone, address, hours, site, introduction. Order, code, kind and address are administrators'."""
    _require_unit(actor, organisation)
    _require_living(organisation)
    unknown = set(fields) - {*_UNIT_FIELDS, *_ADMINISTRATORS_ONLY}
    if unknown:
        raise ValueError(f"not fields of a unit that are edited here: {sorted(unknown)}")
    changed = {name: value for name, value in fields.items() if getattr(organisation, name) != value}
    if set(changed) & set(_ADMINISTRATORS_ONLY):
        _require_administrator(actor)
    for name, value in changed.items():
        setattr(organisation, name, value)
    _clean(organisation)
    with transaction.atomic():
        organisation.save(update_fields=list(changed))
        labels = "、".join(str(Organisation._meta.get_field(name).verbose_name) for name in changed) or "无"
        audit.record(actor, "unit.edited", organisation, f"修改{organisation}的资料：{labels}")
    return organisation


def rename_unit(actor: User, organisation: Organisation, name: str, short_name: str, on: date | None = None) -> Organisation:
    """Give a unit another name from ``on`` (default today); the former one is kept, as older documents bear it."""
    _require_unit(actor, organisation)
    _require_living(organisation)
    name, short_name = name.strip(), short_name.strip()
    if (name, short_name) == (organisation.name, organisation.short_name):
        raise Refused("名称没有变化。")
    before = (organisation.name, organisation.short_name)
    organisation.name, organisation.short_name = name, short_name
    _clean(organisation)
    with transaction.atomic():
        until = (on or timezone.localdate()) - _ONE_DAY
        FormerName.objects.create(organisation=organisation, name=before[0], short_name=before[1], until=until)
        organisation.save(update_fields=["name", "short_name"])
        transaction.on_commit(words_changed)
        audit.record(actor, "unit.renamed", organisation, f"{before[0]}更名为{name}")
    return organisation


def set_duties(actor: User, organisation: Organisation, texts: Iterable[str]) -> list[Duty]:
    """Write the duties of a unit anew, one clause each, in this order."""
    _require_unit(actor, organisation)
    _require_living(organisation)
    clauses = [text.strip() for text in texts if text.strip()]
    too_long = [text for text in clauses if len(text) > 500]
    if too_long:
        raise Refused(f"每条职责不超过 500 字，请拆成几条：{too_long[0][:20]}……")
    with transaction.atomic():
        organisation.duties.all().delete()
        duties = Duty.objects.bulk_create(Duty(organisation=organisation, order=order, text=text) for order, text in enumerate(clauses, 1))
        audit.record(actor, "unit.duties", organisation, f"更新{organisation}的职责，共 {len(duties)} 条")
    return duties


def save_section(actor: User, organisation: Organisation, name: str, phone: str = "", section: Section | None = None) -> Section:
    """Add an inner section to a unit, or change one."""
    _require_unit(actor, organisation)
    _require_living(organisation)
    section = section or Section(organisation=organisation, order=organisation.sections.count())
    section.name, section.phone = name.strip(), phone.strip()
    _clean(section)
    with transaction.atomic():
        section.save()
        audit.record(actor, "unit.section", organisation, f"{organisation}科室：{section.name}")
    return section


def set_office(actor: User, function: str, scope: Organisation, organisation: Organisation) -> OfficeFunction:
    """Name the unit that is the office of ``function`` for ``scope``, in place of any other."""
    _require_administrator(actor)
    _require_living(organisation)
    _require_living(scope)
    if function not in OfficeFunction.Function.values:
        raise Refused("没有这项职能，请从列表里选择。")
    with transaction.atomic():
        row, _ = OfficeFunction.objects.update_or_create(function=function, scope=scope, defaults={"organisation": organisation})
        audit.record(actor, "unit.office", organisation, f"{organisation}承担{scope}的“{row.get_function_display()}”职能")
    return row


def save_leader_page(actor: User, post: Post, **fields: Any) -> Leader:
    """Make or change the public page of a leader."""
    _require_administrator(actor)
    if post.role != Role.LEADER:
        raise Refused("只有“领导”岗位有领导主页。")
    page = Leader.objects.filter(post=post).first() or Leader(post=post)
    for name, value in fields.items():
        setattr(page, name, value)
    _clean(page)
    with transaction.atomic():
        page.save()
        audit.record(actor, "leader.page", page, f"更新{post.user}的领导主页")
    return page


def merge_units(actor: User, unit: Organisation, into: Organisation, on: date | None = None) -> Organisation:
    """Make ``unit`` part of ``into`` from ``on`` (default today, never later): people, portfolios, offices, duties, sections, units below.

    The unit's row stays, ended, with its successor; its public address leads there. What rooms above hold is moved by their hooks.
    """
    _require_administrator(actor)
    today = timezone.localdate()
    on = on or today
    unit, into = Organisation.objects.get(pk=unit.pk), Organisation.objects.get(pk=into.pk)
    _require_living(unit)
    _require_living(into)
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
        post.ends_on = on - _ONE_DAY
        post.save(update_fields=["ends_on"])


def _move_what_hangs_on(post: Post, successor: Post, on: date) -> None:
    """Handovers, the units a leader answers for, and the leader's page go with the person to the new post."""
    post.handovers.filter(until__gte=on, cancelled_at__isnull=True).update(post=successor)
    for row in Portfolio.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), leader=post):
        _hand_down_closed(row, successor, on) if row.ends_on else _assign(row.organisation, successor, max(row.starts_on, on))
    if not Leader.objects.filter(post=successor).exists():
        Leader.objects.filter(post=post).update(post=successor)


def _move_portfolio(unit: Organisation, into: Organisation, on: date) -> None:
    """Whoever answered for the old unit answers for the new one, unless somebody already does."""
    last = Portfolio.objects.filter(organisation=unit, ends_on__isnull=True).select_related("leader").first()
    Portfolio.objects.filter(organisation=unit, starts_on__gte=on).delete()
    later = Q(ends_on__isnull=True) | Q(ends_on__gte=on)
    Portfolio.objects.filter(later, organisation=unit).update(ends_on=on - _ONE_DAY)
    if last is not None and not Portfolio.objects.filter(organisation=into, ends_on__isnull=True).exists():
        leader = Post.objects.get(pk=last.leader_id)
        _assign(into, leader, max(on, leader.starts_on, last.starts_on))


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


def _clean(row: models.Model, exclude: list[str] | None = None) -> None:
    try:
        row.full_clean(exclude=exclude)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error


# --- accounts --------------------------------------------------------------------------------------------------------------------------


def create_account(
    actor: User, username: str, name: str, organisation: Organisation, role: str, *, email: str = "", title: str = "", section: Section | None = None
) -> OpenedAccount:
    """Open an account for a member of staff together with the first post. The password is shown once."""
    _require_role(actor, role)
    _require_unit(actor, organisation)
    user, password = identity.draft_account(username, name, email=email)
    with transaction.atomic():
        identity.open_account(actor, user)
        post = _appoint(actor, user, organisation, role, title, section, timezone.localdate(), None)
    return OpenedAccount(user, password, post)


def create_partner(actor: User, username: str, name: str, organisation: Organisation, expires_on: date, *, email: str = "") -> OpenedAccount:
    """Open an account for somebody from outside, until ``expires_on`` (inclusive), a year at most. The password is shown once."""
    _require_unit(actor, organisation)
    _require_partner_date(expires_on)
    user, password = identity.draft_account(username, name, email=email, kind=User.Kind.PARTNER, expires_at=_midnight_after(expires_on))
    with transaction.atomic():
        identity.open_account(actor, user)
        post = _appoint(actor, user, organisation, Role.PARTNER, "", None, timezone.localdate(), expires_on)
    return OpenedAccount(user, password, post)


def extend_partner(actor: User, user: User, expires_on: date) -> User:
    """Let a partner's account end on another day, a year from today at most."""
    _require_person(actor, user)
    if user.kind != User.Kind.PARTNER:
        raise Refused("只有合作人员的账号有到期日期。")
    _require_partner_date(expires_on)
    with transaction.atomic():
        identity.set_expiry(actor, user, _midnight_after(expires_on))
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


def _midnight_after(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + _ONE_DAY, time.min))


def reset_password(actor: User, user: User) -> str:
    """Draw a new first password for ``user``, which is shown once; every session of the account ends."""
    _require_person(actor, user)
    if user == actor:
        raise Refused("自己的密码请在“修改密码”里更改。")
    if not user.works_here:
        raise Refused(f"{user}的账号已停用或到期，请先恢复账号，再重置密码。")
    return identity.issue_password(actor, user)


def drop_second_factor(actor: User, user: User) -> None:
    """Take away the second factors of somebody who lost telephone and key, after making sure who it is."""
    _require_person(actor, user)
    if user == actor:
        raise Refused("自己的第二重验证请在“第二重验证”里管理。")
    identity.drop_second_factor(actor, user)


def disable(actor: User, user: User, reason: str) -> User:
    """Close an account at once; the posts stay, so that a colleague can stand in until it is opened again."""
    _require_person(actor, user)
    if user == actor:
        raise Refused("不能停用自己的账号。")
    if not reason.strip():
        raise Refused("请写明停用的原因。")
    _keep_an_administrator(user, list(Post.objects.filter(pk__in=queries.in_force(), user=user)))
    with transaction.atomic():
        for handover in Handover.objects.filter(substitute=user, cancelled_at__isnull=True, until__gte=timezone.localdate()):
            _cut_short(handover, handover.until, at_once=True)
        identity.close_account(actor, user, reason.strip())
        refresh_rights(user)
    return user


def enable(actor: User, user: User) -> User:
    """Open a closed account again; of a member of staff who was to leave, the end of the account is taken back too."""
    _require_person(actor, user)
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
    _require_person(actor, user)
    identity.unlock(actor, user)


def unlock_address(actor: User, lockout: Lockout) -> None:
    """Let everybody behind an address try again at once."""
    _require_administrator(actor)
    identity.unlock_address(actor, lockout)
