"""Who sees which article, and who may sign, write and approve where."""

from collections.abc import Iterable
from datetime import date
from functools import reduce
from operator import or_

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone
from wagtail.models import Page, ReferenceIndex
from wagtail.permissions import page_permission_policy

from lianxin.identity.models import User
from lianxin.organisations.models import OfficeFunction, Organisation, Post
from lianxin.organisations.queries import actors, posts_of, posts_today
from lianxin.publishing.models import ArticlePage, Attachment, ChainStep, ColumnDuty, ColumnPage, DutyShift, ReviewChain, ReviewStage, SiteProfile

# Offices that act for a whole government: their people answer for every unit below it.
GOVERNMENT_OFFICES = (OfficeFunction.Function.INFORMATION_CENTRE, OfficeFunction.Function.GOVERNMENT_OFFICE)
# Posts whose holders work on articles in Wagtail's editor.
WRITING_ROLES = (Post.Role.EDITOR, Post.Role.REVIEWER, Post.Role.CHIEF, Post.Role.DUTY, Post.Role.SITE_MANAGER)


def visible_to(actor: User | AnonymousUser | None) -> QuerySet[ArticlePage]:
    """The articles that ``actor`` may read: the public ones, for staff their units' drafts too, for city staff all."""
    articles = ArticlePage.objects.all()
    if actor is None or not actor.is_authenticated or not actor.works_here:
        return articles.live()
    if actor.is_superuser:
        return articles
    return articles.filter(Q(live=True) | Q(organisation__in=units_under(actor)) | Q(owner=actor))


def attachment_is_public(attachment: Attachment) -> bool:
    """Whether a published article offers the file. Drafts live in revisions, which the reference index does not read."""
    references = ReferenceIndex.get_references_to(attachment).values_list("object_id", flat=True)
    return ArticlePage.objects.filter(pk__in=[int(pk) for pk in references if str(pk).isdigit()], live=True).exists()


def units_of_post(post: Post) -> list[Organisation]:
    """The units that a post reaches down from: its own, and for an office with a function the government it serves."""
    scopes = [f.scope for f in OfficeFunction.objects.filter(organisation=post.organisation, function__in=GOVERNMENT_OFFICES).select_related("scope")]
    return [post.organisation, *scopes]


def units_under(user: User, roles: Iterable[str] | None = None) -> QuerySet[Organisation]:
    """The units for which ``user`` may act in one of ``roles`` (default: any post), sub-units included."""
    wanted = None if roles is None else set(roles)
    reach = Q(pk__in=[])
    for post in posts_today(user):
        if wanted is not None and post.role not in wanted:
            continue
        for unit in units_of_post(post):
            reach |= Q(path__startswith=unit.path)
    return Organisation.objects.filter(reach)


def acts_for(user: User, organisation: Organisation, *roles: str) -> bool:
    """Whether ``user`` holds today one of ``roles`` in ``organisation`` or above it."""
    return units_under(user, roles).filter(pk=organisation.pk).exists()


def may_write_in(user: User, column: ColumnPage) -> bool:
    """Whether a person with an editor's post may write in a column: open to all units, kept by the unit, or on its own site."""
    if column.open_to_units or user.is_superuser:
        return True
    units = [post.organisation for post in posts_today(user) if post.role in WRITING_ROLES]
    if any(is_city(unit) for unit in units):
        return True
    pks = [unit.pk for unit in units]
    if ColumnDuty.objects.filter(column__path__in=_path_and_above(column.path), organisation__in=pks).exists():
        return True
    paths = _path_and_above(column.path)
    own_sites = SiteProfile.objects.filter(site__root_page__path__in=paths).select_related("organisation")
    return any(site.organisation.path.startswith(unit.path) for site in own_sites for unit in units)


def _path_and_above(path: str) -> list[str]:
    return [path[:end] for end in range(Page.steplen, len(path) + 1, Page.steplen)]


def is_city(organisation: Organisation) -> bool:
    """The city government itself, or an office that acts for it."""
    return (organisation.depth == 1 and organisation.kind == Organisation.Kind.GOVERNMENT) or organisation.functions.filter(
        scope__depth=1, function__in=GOVERNMENT_OFFICES
    ).exists()


def on_duty(user: User, organisation: Organisation, today: date | None = None) -> bool:
    """Whether ``user`` may use the emergency lane: a duty post above the unit, or today's shift on its government's roster."""
    if acts_for(user, organisation, Post.Role.DUTY):
        return True
    lineage = [unit.pk for unit in organisation.lineage()]
    return DutyShift.objects.filter(person=user, date=today or timezone.localdate(), organisation__in=lineage).exists()


def chain_for(profile: SiteProfile, kind: str) -> ReviewChain | None:
    """The chain for articles of ``kind`` on a site: its own, else its tier's, else the general one."""
    chains = ReviewChain.objects.filter(kind=kind).prefetch_related("steps")
    return (
        chains.filter(site=profile.site).first() or chains.filter(site=None, tier=profile.tier).first() or chains.filter(site=None, tier="").first()
    )


def signers(organisation: Organisation, role: str, reach: str, exclude: set[int]) -> tuple[Organisation | None, dict[int, User]]:
    """Who can sign for ``organisation`` in ``role``: the nearest unit with an eligible holder, and its holders with their deputies.

    Looks in the unit itself, then upwards; a government's information centre and office count as the government.
    Returns ``(None, {})`` when nobody is there.
    """
    lineage = organisation.lineage()[1:] if reach == ChainStep.Reach.ABOVE else organisation.lineage()
    offices: dict[int, list[int]] = {}
    for function in OfficeFunction.objects.filter(scope__in=lineage, function__in=GOVERNMENT_OFFICES):
        offices.setdefault(function.scope_id, []).append(function.organisation_id)
    reachable = {unit.pk for unit in lineage} | {pk for pks in offices.values() for pk in pks}
    able = actors(role, reachable)
    for unit in lineage:
        for pk in (unit.pk, *offices.get(unit.pk, [])):
            eligible = {user.pk: user for user in able.get(pk, []) if user.pk not in exclude}
            if eligible:
                return (unit if pk == unit.pk else Organisation.objects.get(pk=pk)), eligible
    return None, {}


def why_not_sign(user: User, stage: ReviewStage) -> str | None:
    """None when ``user`` may sign ``stage`` now, otherwise the reason in a sentence for people."""
    if stage.state != ReviewStage.State.OPEN:
        return "这一步已经有人签过，或者还没有轮到。请刷新页面看最新进度。"
    if stage.organisation is None or not posts_of(user).filter(role=stage.role, organisation=stage.organisation).exists():
        return f"这一步由“{stage.organisation or '上级单位'}”的{stage.get_role_display()}岗位签，您没有这个岗位。"
    if stage.review.contributors.filter(pk=user.pk).exists():
        return "稿件里有您写或改的内容，作者不能审自己的稿，请由同岗位的其他同事审核。"
    others = stage.review.stages.filter(state=ReviewStage.State.SIGNED, signed_by=user).exclude(pk=stage.pk)
    if others.filter(parallel=stage.parallel).exists():
        return "您已经签过前一步，三审要由三个人分别完成，请由其他同事审核。"
    return None


def explorable(user: User) -> Q:
    """A filter on pages: those that the explorer shows to ``user``, by their paths alone.

    The same pages as Wagtail's ``explorable_instances``: what lies below a page on which the person has rights, and the way down to it
    from where all these places part.
    """
    if user.is_superuser:
        return Q()
    places = [permission.page.path for permission in page_permission_policy.get_cached_permissions_for_user(user)]
    if not places:
        return Q(pk__in=[])
    ways = [set(_path_and_above(path)) for path in places]
    shared = set.intersection(*ways)
    top = max(shared)
    if top in places and len(top) > Page.steplen:
        top = top[: -Page.steplen]
    down = {way for way in set.union(*ways) if way.startswith(top)}
    return reduce(or_, (Q(path__startswith=path) for path in _outermost(places)), Q(path__in=down))


def _outermost(paths: Iterable[str]) -> list[str]:
    found: list[str] = []
    for path in sorted(set(paths)):
        if not (found and path.startswith(found[-1])):
            found.append(path)
    return found
