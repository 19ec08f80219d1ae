"""Who holds which post, who stands in, which unit is which office. Everything that asks about rights starts here."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from lianxin.foundation.once import once
from lianxin.foundation.rows import Wanted, fetch, fetch_together
from lianxin.identity.models import User
from lianxin.organisations.models import Handover, Leader, OfficeFunction, Organisation, Portfolio, Post

# Posts that only an administrator gives: they reach beyond one unit, or watch over others.
HIGHER_ROLES = frozenset(
    {
        Post.Role.ADMINISTRATOR,
        Post.Role.AUDITOR,
        Post.Role.SUPERVISOR,
        Post.Role.TRIAGE,
        Post.Role.SITE_MANAGER,
        Post.Role.LEADER,
        Post.Role.DEPUTY,
        Post.Role.MEMBER,
    }
)
# Posts whose holders have no work at the desk.
ROLES_WITHOUT_DESK = frozenset({Post.Role.DEPUTY, Post.Role.MEMBER})


def in_force(today: date | None = None) -> QuerySet[Post]:
    """Posts held on ``today`` (default: the city's today) by accounts that may still sign in."""
    today = today or timezone.localdate()
    return Post.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today),
        Q(user__expires_at__isnull=True) | Q(user__expires_at__gt=timezone.now()),
        starts_on__lte=today,
        user__is_active=True,
    )


def posts_of(user: User, today: date | None = None) -> QuerySet[Post]:
    """Posts that ``user`` may act in on ``today``: the own ones and those handed over by an absent colleague."""
    today = today or timezone.localdate()
    if not user.is_authenticated or not user.works_here:
        return Post.objects.none()
    standing_in = Q(handovers__substitute=user, handovers__starts_on__lte=today, handovers__until__gte=today, handovers__cancelled_at__isnull=True)
    held = Post.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today), starts_on__lte=today)
    return held.filter(Q(user=user) | standing_in).select_related("organisation").distinct()


def posts_today(user: User) -> list[Post]:
    """The posts that ``user`` may act in today, with their units, as ``posts_of`` finds them; read once for a page."""
    today = timezone.localdate()
    if not user.is_authenticated or not user.works_here:
        return []
    return once(("posts", user.pk, today), lambda: _posts_on(user, today))


_POST_AND_UNIT: Wanted = tuple((model, tuple(field.attname for field in model._meta.concrete_fields)) for model in (Post, Organisation))
# Asked for on every page of the desk and by every deed, several times as quick as what the ORM builds for it.
_POSTS_ON = """
FROM organisations_post JOIN organisations_organisation ON organisations_organisation.id = organisations_post.organisation_id
WHERE organisations_post.starts_on <= %s AND (organisations_post.ends_on IS NULL OR organisations_post.ends_on >= %s)
  AND (organisations_post.user_id = %s OR EXISTS (
    SELECT 1 FROM organisations_handover WHERE organisations_handover.post_id = organisations_post.id AND organisations_handover.substitute_id = %s
      AND organisations_handover.starts_on <= %s AND organisations_handover.until >= %s AND organisations_handover.cancelled_at IS NULL))
ORDER BY organisations_post.id
"""


def _posts_on(user: User, today: date) -> list[Post]:
    day = connection.ops.adapt_datefield_value(today)
    found: list[Post] = []
    for post, unit in fetch_together(_POST_AND_UNIT, _POSTS_ON, [day, day, user.pk, user.pk, day, day]):
        post.organisation = unit
        found.append(post)
    return found


def holds(user: User, role: str, organisations: Iterable[Organisation] | None = None) -> bool:
    """Whether ``user`` may act today in ``role``, in any unit or in one of ``organisations``."""
    units = None if organisations is None else {unit.pk for unit in organisations}
    return any(post.role == role and (units is None or post.organisation_id in units) for post in posts_today(user))


def roles_of(user: User) -> set[str]:
    """The roles in which ``user`` may act today, in whatever unit."""
    return {post.role for post in posts_today(user)}


def is_administrator(user: User) -> bool:
    """Whether ``user`` looks after the whole system: by post, or as the superuser who sets it up."""
    return user.is_authenticated and user.works_here and (user.is_superuser or holds(user, Post.Role.ADMINISTRATOR))


def administrators() -> list[User]:
    """The people to tell when the system itself needs attention: all who hold the administrator's post today."""
    return list(User.objects.filter(posts__in=in_force().filter(role=Post.Role.ADMINISTRATOR)).distinct())


def unit_and_name(user: User) -> str:
    """``市教育局 王晓梅``: how a citizen is told who read the personal data. Without a post, the name alone."""
    post = posts_of(user).order_by("pk").first()
    return f"{post.organisation.short_name or post.organisation.name} {user}" if post else str(user)


def role_needs_second_factor(user: User) -> bool:
    """Whether a post of ``user``, an own one or one stood in for, is among those of ``settings.SECOND_FACTOR_ROLES``."""
    required = set(settings.SECOND_FACTOR_ROLES)
    if user.is_superuser and Post.Role.ADMINISTRATOR.value in required:
        return True
    return bool(required) and posts_of(user).filter(role__in=required).exists()


# --- who acts in a role ----------------------------------------------------------------------------------------------------------------


def actors(role: str, units: Iterable[int], today: date | None = None) -> dict[int, list[User]]:
    """For each of ``units`` (ids), by its id, who may act in ``role`` on ``today``: holders of the post and those who stand in for them."""
    today = today or timezone.localdate()
    found: dict[int, list[User]] = defaultdict(list)
    held = Post.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today), starts_on__lte=today, role=role, organisation__in=list(units))
    pairs = [(post.organisation_id, post.user) for post in held.select_related("user").order_by("starts_on", "pk")]
    standing_in = handovers_in_force(today).filter(post__in=held).select_related("substitute", "post").order_by("starts_on", "pk")
    pairs += [(handover.post.organisation_id, handover.substitute) for handover in standing_in]
    for unit, user in pairs:
        if user.works_here and user not in found[unit]:
            found[unit].append(user)
    return found


def handovers_in_force(today: date | None = None) -> QuerySet[Handover]:
    """Handovers under which somebody acts on ``today``."""
    today = today or timezone.localdate()
    return Handover.objects.filter(starts_on__lte=today, until__gte=today, cancelled_at__isnull=True)


def colleagues(user: User) -> QuerySet[User]:
    """People who hold a post in a unit where ``user`` holds one, without ``user``, by name."""
    own = Post.objects.filter(user=user, pk__in=in_force()).values("organisation")
    return User.objects.filter(posts__in=in_force().filter(organisation__in=own)).exclude(pk=user.pk).distinct().order_by("name")


# --- units -----------------------------------------------------------------------------------------------------------------------------


@dataclass
class UnitNode:
    """A unit and the units below it, as people read an organisation chart."""

    organisation: Organisation
    children: list["UnitNode"] = field(default_factory=list)


def current_units() -> QuerySet[Organisation]:
    """Units that have not been merged away, in the order of the tree."""
    return Organisation.objects.filter(ended_on__isnull=True).order_by("path")


def units_tree() -> list[UnitNode]:
    """The current units as a tree, siblings by ``order`` and then as they were entered; one query."""
    nodes: dict[str, UnitNode] = {}
    roots: list[UnitNode] = []
    for unit in current_units():
        node = nodes[unit.path] = UnitNode(unit)
        parent = nodes.get(unit.path[: -Organisation.steplen])
        (parent.children if parent else roots).append(node)
    for siblings in [roots, *(node.children for node in nodes.values())]:
        siblings.sort(key=lambda node: (node.organisation.order, node.organisation.path))
    return roots


def current(organisation: Organisation) -> Organisation:
    """The unit that does today what ``organisation`` did: itself, or the end of the chain of successors."""
    seen = set()
    while organisation.ended_on is not None and organisation.successor is not None and organisation.pk not in seen:
        seen.add(organisation.pk)
        organisation = organisation.successor
    return organisation


def office(function: str, scope: Organisation | None = None) -> Organisation | None:
    """The unit that is the office of this ``function`` for ``scope`` or the government nearest above it; without scope, the city's."""
    if scope is None:
        row = _citys_office(function).select_related("organisation").first()
        return row.organisation if row is not None else None
    offices = {row.scope_id: row.organisation for row in OfficeFunction.objects.filter(function=function).select_related("organisation")}
    return next((offices[unit.pk] for unit in scope.lineage() if unit.pk in offices), None)


def office_key(function: str) -> int | None:
    """The key of the unit that is the city's office of this ``function``, where nothing else of it is asked for."""
    found = fetch(OfficeFunction, _OfficeKey, _CITYS_OFFICE, [function])
    return found[0].organisation_id if found else None


class _OfficeKey(NamedTuple):
    organisation_id: int


_CITYS_OFFICE = """
SELECT office.organisation_id FROM organisations_officefunction office JOIN organisations_organisation scope ON scope.id = office.scope_id
WHERE office.function = %s AND scope.depth = 1 AND scope.ended_on IS NULL ORDER BY scope.path LIMIT 1
"""


def _citys_office(function: str) -> QuerySet[OfficeFunction]:
    return OfficeFunction.objects.filter(function=function, scope__depth=1, scope__ended_on__isnull=True).order_by("scope__path")


def leader_in_charge(organisation: Organisation, today: date | None = None) -> Post | None:
    """The leader who answers for the unit on ``today``, or for the nearest unit above that somebody answers for; None if nobody does."""
    today = today or timezone.localdate()
    rows = portfolios_in_force(today).filter(organisation__in=[unit.pk for unit in organisation.lineage()]).select_related("leader__user")
    by_unit = {row.organisation_id: row.leader for row in rows}
    return next((by_unit[unit.pk] for unit in organisation.lineage() if unit.pk in by_unit), None)


def leaders_of(unit: int) -> list[Post]:
    """The posts of a unit's leaders in force that have a page, in the order of the pages: its head stands first."""
    pages = Leader.objects.filter(post__in=in_force().filter(organisation=unit, role=Post.Role.LEADER))
    return [page.post for page in pages.select_related("post").order_by("order", "pk")]


def portfolios_in_force(today: date | None = None) -> QuerySet[Portfolio]:
    """Who answers for what on ``today``."""
    today = today or timezone.localdate()
    return Portfolio.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today), starts_on__lte=today)


def words() -> list[str]:
    """Names of units, and of the places that they govern, for the segmenter: no title is broken inside one."""
    names = [name for pair in Organisation.objects.values_list("name", "short_name") for name in pair if name]
    return names + [place for name in names if (place := name.removesuffix("人民政府")) != name and len(place) > 1]


# --- who looks after whom --------------------------------------------------------------------------------------------------------------


def managed_units(actor: User) -> QuerySet[Organisation]:
    """Units that ``actor`` looks after: all for an administrator, else those where he is unit manager and everything below."""
    units = Organisation.objects.order_by("path")
    if not actor.is_authenticated or not actor.works_here:
        return units.none()
    if is_administrator(actor):
        return units
    mine = Q(pk__in=[])
    for path in posts_of(actor).filter(role=Post.Role.UNIT_MANAGER).values_list("organisation__path", flat=True):
        mine |= Q(path__startswith=path)
    return units.filter(mine)


def manages_unit(actor: User, organisation: Organisation) -> bool:
    """Whether ``actor`` looks after this unit."""
    return managed_units(actor).filter(pk=organisation.pk).exists()


def manages_person(actor: User, user: User) -> bool:
    """Whether ``actor`` looks after this account.

    A unit manager does when every post in which the person acts or will act, for himself or for a colleague, lies in his units and none is
    a higher one. Of somebody who left, the last unit counts.
    """
    if is_administrator(actor):
        return True
    if user.is_superuser:
        return False
    today = timezone.localdate()
    stands_in = Q(handovers__substitute=user, handovers__until__gte=today, handovers__cancelled_at__isnull=True)
    posts = list(Post.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today)).filter(Q(user=user) | stands_in).distinct())
    if not posts:
        last = Post.objects.filter(user=user).order_by("-ends_on", "-pk").first()
        posts = [last] if last else []
    if not posts or any(post.role in HIGHER_ROLES for post in posts):
        return False
    units = {post.organisation_id for post in posts}
    return managed_units(actor).filter(pk__in=units).count() == len(units)


def grantable_roles(actor: User) -> list[tuple[str, str]]:
    """The roles that ``actor`` may give to people of his units, as choices of a form."""
    everything = is_administrator(actor)
    return [(role.value, role.label) for role in Post.Role if everything or role not in HIGHER_ROLES]


def people_of(units: QuerySet[Organisation], *, former: bool = False) -> QuerySet[User]:
    """Accounts with a post in ``units``, now or to come; with ``former`` those who left them instead."""
    today = timezone.localdate()
    # Whoever left today holds the posts to the day's end on paper, but is gone.
    still_here = Q(ends_on__isnull=True) | Q(ends_on__gt=today) | Q(ends_on=today, user__is_active=True)
    ongoing = Post.objects.filter(still_here)
    if former:
        gone = User.objects.filter(posts__organisation__in=units).exclude(pk__in=ongoing.values("user"))
        return gone.distinct().order_by("name", "pk")
    return User.objects.filter(posts__in=ongoing.filter(organisation__in=units)).distinct().order_by("name", "pk")


def without_posts() -> QuerySet[User]:
    """Accounts of staff that never held a post; only administrators see them."""
    return User.objects.filter(kind__in=[User.Kind.STAFF, User.Kind.PARTNER], posts__isnull=True).order_by("name", "pk")


# --- what was left behind --------------------------------------------------------------------------------------------------------------


def orphans(today: date | None = None) -> list[str]:
    """Everything that hangs on a person or unit that is gone, as Chinese sentences; an empty list is as it should be."""
    today = today or timezone.localdate()
    found = []
    for row in portfolios_in_force(today).select_related("leader__user", "organisation"):
        post = row.leader
        if post.starts_on > today or (post.ends_on and post.ends_on < today):
            found.append(f"{row.organisation}的分管领导{post.user}已经离任")
        if row.organisation.ended_on and row.organisation.ended_on <= today:
            found.append(f"{row.organisation}已经撤并，仍有分管领导")
    for function in OfficeFunction.objects.filter(Q(organisation__ended_on__lte=today) | Q(scope__ended_on__lte=today)):
        found.append(f"{function}：机构已经撤并")
    ended = Q(ends_on__isnull=True) | Q(ends_on__gte=today)
    for post in Post.objects.filter(ended, starts_on__lte=today, organisation__ended_on__lte=today).select_related("user", "organisation"):
        found.append(f"{post}：机构已经撤并，岗位还在")
    for handover in handovers_in_force(today).select_related("post__user", "substitute"):
        if handover.post.ends_on and handover.post.ends_on < today:
            found.append(f"{handover}：岗位已经结束，代理还在")
        if not handover.substitute.works_here:
            found.append(f"{handover}：代理人已经离开")
    for unit in Organisation.objects.filter(ended_on__isnull=True):
        if not unit.is_root() and unit.get_parent().ended_on is not None:
            found.append(f"{unit}的上级机构已经撤并")
    return found


def named(name: str) -> Organisation | None:
    """The unit with this name, short name or address; for one that was merged, the one that took it over."""
    units = Organisation.objects
    unit = units.filter(slug=name).first() or units.filter(short_name=name).first() or units.filter(name=name, ended_on=None).first()
    while unit is not None and unit.successor is not None:
        unit = unit.successor
    return unit
