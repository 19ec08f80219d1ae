"""Everything that reads publishing: what readers see, what waits for whom, what an article's record says."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Protocol

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from wagtail.models import Page, ReferenceIndex, Revision, Site

from lianxin.foundation.audit import entries_for
from lianxin.foundation.pagestore import tag, until
from lianxin.foundation.rows import fetch
from lianxin.identity.models import User
from lianxin.organisations.models import OfficeFunction, Organisation, Post
from lianxin.organisations.queries import actors, posts_of
from lianxin.publishing import cachebox
from lianxin.publishing.models import (
    ArticlePage,
    Attachment,
    ChainStep,
    ColumnDuty,
    ColumnPage,
    Correction,
    DutyShift,
    Listing,
    Review,
    ReviewChain,
    ReviewStage,
    SiteProfile,
)

# Offices that act for a whole government: their people answer for every unit below it.
GOVERNMENT_OFFICES = (OfficeFunction.Function.INFORMATION_CENTRE, OfficeFunction.Function.GOVERNMENT_OFFICE)
# Posts whose holders work on articles in Wagtail's editor.
WRITING_ROLES = (Post.Role.EDITOR, Post.Role.REVIEWER, Post.Role.CHIEF, Post.Role.DUTY, Post.Role.SITE_MANAGER)
# Related articles are looked for among so many before and so many after in a column.
RELATED_AMONG = 30
# A signature is told by its stage, with opinion and basis; the trail's own entry would say it twice.
TOLD_BY_STAGES = ("publishing.sign", "publishing.reject")
# Before every moment that anybody may have planned.
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
# Warn when this share of a column's cadence has passed without a new article, but never longer ahead than so many days.
STALE_WARNING_SHARE = 0.75
STALE_WARNING_DAYS = 14


# --- sites and columns -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NavColumn:
    """A column as navigation shows it."""

    id: int
    title: str
    href: str
    slug: str
    kind: str
    description: str
    children: list["NavColumn"] = field(default_factory=list)


def site_profile(request: HttpRequest) -> SiteProfile:
    """The profile of the site that the request's host belongs to; kept on the request."""
    kept = getattr(request, "_lianxin_profile", None)
    if kept is None:
        # The port is part of it: Wagtail tells sites apart by it, and a cluster on one machine may use several.
        key = ("profile", request.get_host())
        kept = cachebox.remember(key, lambda: _find_profile(request))
        request._lianxin_profile = kept  # type: ignore[attr-defined]
    return kept


def _find_profile(request: HttpRequest) -> SiteProfile:
    tag("sites")
    site = Site.find_for_request(request)
    return SiteProfile.objects.select_related("site__root_page", "organisation").get(site=site)


def site_of(page: Page) -> SiteProfile:
    """The profile of the site on which ``page`` lives; raises SiteProfile.DoesNotExist for a page outside every site."""
    steplen = Page.steplen
    paths = [page.path[:end] for end in range(steplen * 2, len(page.path) + 1, steplen)]
    return SiteProfile.objects.select_related("site__root_page", "organisation", "parent").get(site__root_page__path__in=paths)


def href_of(page: Page, root_url_path: str) -> str:
    """The address of ``page`` on its own site, computed from the tree's paths without a query."""
    return "/" + page.url_path[len(root_url_path) :]


def navigation_tag(path: str) -> str:
    """The tag of what all pages of a site show of its columns, by the tree path of any page of the site."""
    return f"navigation:{path[: Page.steplen * 2]}"


def is_site_address(host: str) -> bool:
    """Whether ``host`` (with its port, as browsers send it) is the address of a site, not another name for this machine."""
    return host in cachebox.remember("addresses", _site_addresses)


def _site_addresses() -> set[str]:
    tag("sites")
    found = {settings.DESK_HOST: {settings.PORT}}
    for hostname, port in Site.objects.values_list("hostname", "port"):
        found.setdefault(hostname, {settings.PORT}).add(port)
    return {*found, *(f"{hostname}:{port}" for hostname, ports in found.items() for port in ports)}


def navigation(site: Site) -> list[NavColumn]:
    """The tree of live columns of a site, in editors' order; kept for a second."""
    return cachebox.remember(("navigation", site.pk), lambda: _build_navigation(site))


def _build_navigation(site: Site) -> list[NavColumn]:
    root = site.root_page
    tag(navigation_tag(root.path))
    by_path: dict[str, NavColumn] = {}
    top: list[NavColumn] = []
    # By their type and sorted here: sorted by the database, all pages of the site were read to find its columns among them.
    kind = ContentType.objects.get_for_model(ColumnPage)
    columns = ColumnPage.objects.filter(content_type=kind, path__startswith=root.path, live=True).order_by()
    for column in sorted(columns, key=lambda column: column.path):
        entry = NavColumn(column.pk, column.title, href_of(column, root.url_path), column.slug, column.kind, column.search_description)
        by_path[column.path] = entry
        parent = by_path.get(column.path[: -Page.steplen])
        (parent.children if parent else top).append(entry)
    return top


def column_by_path(site: Site, path: str) -> NavColumn | None:
    """The column at ``news/headlines`` of a site, or None."""
    level, found = navigation(site), None
    for slug in path.strip("/").split("/"):
        found = next((column for column in level if column.slug == slug), None)
        if found is None:
            return None
        level = found.children
    return found


# --- lists for readers -------------------------------------------------------------------------------------------------
# What a list shows is told to the page store by these tags; ``actions.lists`` purges them when rows change.


class Expiring(Protocol):
    """A row of a list, in whichever form it was read."""

    @property
    def expires_at(self) -> datetime | None:
        """When the article is over."""


def list_tag(column_id: int) -> str:
    """Of pages that show the newest of a column, or its end."""
    return f"list:{column_id}"


def month_tag(column_id: int, moment: datetime) -> str:
    """Of pages further back in a column's list, by the months of their articles: what is new changes nothing there."""
    return f"list:{column_id}:{timezone.localtime(moment):%Y-%m}"


def span_tag(column_id: int) -> str:
    """Of pages that offer the months of a column from its first to its last."""
    return f"span:{column_id}"


def shelf_tag(column_id: int) -> str:
    """Of all that is made from a column's list; purged when many rows change at once."""
    return f"shelf:{column_id}"


def near_tag(column_id: int, article_id: int) -> str:
    """Of the page of an article, for the articles before and after it in a column."""
    return f"near:{column_id}:{article_id}"


def unit_list_tag(organisation_id: int) -> str:
    """Of pages that show a unit's newest articles."""
    return f"unit-list:{organisation_id}"


def tag_list(column_id: int, rows: Iterable["Expiring"] = ()) -> None:
    """The page shows the newest of a column; it is over when the first of its ``rows`` expires."""
    tag(list_tag(column_id), shelf_tag(column_id))
    _until_expiry(rows)


def _until_expiry(rows: Iterable["Expiring"]) -> None:
    for row in rows:
        until(row.expires_at)


def _in_time(listings: QuerySet[Listing]) -> QuerySet[Listing]:
    return listings.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()))


def latest(column_id: int, limit: int, *, direct_only: bool = False) -> list[Listing]:
    """The newest ``limit`` articles of a column (sub-columns included unless ``direct_only``), pinned ones first."""
    rows = _in_time(Listing.objects.filter(column_id=column_id))
    if direct_only:
        rows = rows.filter(direct=True)
    found = list(rows.order_by("-pinned", "-published_at", "-article_id")[:limit])
    tag_list(column_id, found)
    return found


def recommended(column_id: int, limit: int) -> list[Listing]:
    """The newest ``limit`` articles that are recommended or headlines (``importance``), whatever their number.

    Each level by itself, as a column has its newest of one level at the end of an index, but "this level or higher" nowhere.
    """
    rows = _in_time(Listing.objects.filter(column_id=column_id))
    levels = [level for level, _ in ArticlePage._meta.get_field("importance").choices if level]
    found = [row for level in levels for row in rows.filter(importance=level).order_by("-published_at", "-article_id")[:limit]]
    return sorted(found, key=lambda row: (row.published_at, row.article_id), reverse=True)[:limit]


@dataclass(frozen=True)
class ListingPage:
    """One page of a column's list. ``newer`` and ``older`` are cursors; None means there is nothing there, "" the first page."""

    items: list[Listing]
    newer: str | None
    older: str | None


def _cursor(row: Listing, direction: str) -> str:
    return base64.urlsafe_b64encode(f"{direction}{row.published_at.isoformat()}|{row.article_id}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[str, datetime, int] | None:
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode()
        moment, _, number = text[1:].partition("|")
        position = datetime.fromisoformat(moment)
        if text[0] not in "<>" or timezone.is_naive(position) or not 0 <= int(number) < 2**62:
            return None
        return text[0], position, int(number)
    except (ValueError, IndexError, binascii.Error):
        return None


def month_cursor(year: int, month: int) -> str:
    """The cursor of the page that starts with the last article of a month."""
    after = timezone.make_aware(datetime(year + month // 12, month % 12 + 1, 1))
    return base64.urlsafe_b64encode(f"<{after.isoformat()}|0".encode()).decode().rstrip("=")


def listing_page(column_id: int, cursor: str | None, size: int = 20) -> ListingPage:
    """A page of a column by keyset: the hundredth page costs what the first does. A cursor that is none gives the first page.

    Pinned articles stand on the first page only, before the newest.
    """
    page = _listing_page(column_id, cursor, size)
    _until_expiry(page.items)
    months = {month_tag(column_id, row.published_at) for row in page.items}
    if page.newer is None or page.older is None or not months:
        tag_list(column_id)
    else:
        # The first of the next page is not shown, but whether there is one: articles before the last one's month change nothing.
        tag(shelf_tag(column_id), *_months_between(column_id, page.items[-1].published_at, page.items[0].published_at))
    return page


def _months_between(column_id: int, first: datetime, last: datetime) -> list[str]:
    first, last = timezone.localtime(first), timezone.localtime(last)
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [f"list:{column_id}:{month // 12}-{month % 12 + 1:02}" for month in months]


def _listing_page(column_id: int, cursor: str | None, size: int) -> ListingPage:
    # pinned__in, as Django writes pinned=False as NOT pinned, for which SQLite leaves the index.
    rows = _in_time(Listing.objects.filter(column_id=column_id, pinned__in=[False]))
    position = _read_cursor(cursor) if cursor else None
    if position is None:
        pinned = list(_in_time(Listing.objects.filter(column_id=column_id, pinned__in=[True])).order_by("-published_at", "-article_id")[:size])
        found = list(rows.order_by("-published_at", "-article_id")[: size + 1])
        return ListingPage(pinned + found[:size], None, _cursor(found[size - 1], "<") if len(found) > size else None)
    direction, moment, number = position
    if direction == "<":
        beyond = rows.filter(published_at__lte=moment).exclude(published_at=moment, article_id__gte=number)
        found = list(beyond.order_by("-published_at", "-article_id")[: size + 1])
        items, more = found[:size], len(found) > size
        newer = _cursor(items[0], ">") if items else ""
        return ListingPage(items, newer, _cursor(items[-1], "<") if more else None)
    beyond = rows.filter(published_at__gte=moment).exclude(published_at=moment, article_id__lte=number)
    found = list(beyond.order_by("published_at", "article_id")[: size + 1])
    if len(found) <= size:
        return _listing_page(column_id, None, size)
    items = found[:size][::-1]
    return ListingPage(items, _cursor(items[0], ">"), _cursor(items[-1], "<"))


class Near(NamedTuple):
    """An article beside another one in a column's list."""

    published_at: datetime
    article_id: int
    id: int
    title: str
    expires_at: datetime | None


_SIDE = (
    f"SELECT * FROM (SELECT {', '.join(Near._fields)} FROM publishing_listing "
    "WHERE column_id = %s AND article_id <> %s AND (expires_at IS NULL OR expires_at > %s) "
    "AND published_at {compare} %s AND NOT (published_at = %s AND article_id {beyond} %s) "
    "ORDER BY published_at {order}, article_id {order} LIMIT %s) AS {name}"
)
# Written out, as every article's page asks for it: see foundation.rows.
_AROUND = " UNION ALL ".join(
    (
        _SIDE.format(compare="<=", beyond=">", order="DESC", name="older"),
        _SIDE.format(compare=">=", beyond="<", order="ASC", name="newer"),
    )
)


def around(column_id: int, moment: datetime, article_id: int, limit: int = RELATED_AMONG) -> tuple[list[Near], list[Near]]:
    """The articles before and after a place in a column's list, the nearest first, ``limit`` on either side at most."""
    side = (column_id, article_id, timezone.now(), moment, moment, article_id, limit)
    found = fetch(Listing, Near, _AROUND, (*side, *side))
    place = (moment, article_id)
    older = [row for row in found if row[:2] < place]
    newer = [row for row in found if row[:2] > place]
    return sorted(older, reverse=True), sorted(newer)


@dataclass(frozen=True)
class Company:
    """What stands beside an article: the ones published before and after it in its own column, and related ones."""

    previous: Listing | None = None
    next: Listing | None = None
    related: tuple[Listing, ...] = ()


def company(article: ArticlePage, home: int | None, limit: int = 5) -> Company:
    """The company of an article whose own column is ``home``.

    Related are those in its columns, published not long before or after, whose titles share its keywords.
    Only the articles around its own place count, so that a new article changes the pages of its neighbours and not of thousands.
    """
    if article.published_at is None:
        return Company()
    columns = list(Listing.objects.filter(article=article, direct=True).values_list("column_id", flat=True))
    beside: list[Near | None] = [None, None]
    among: dict[int, Near] = {}
    for column_id in columns:
        tag(near_tag(column_id, article.pk), shelf_tag(column_id))
        parts = around(column_id, article.published_at, article.pk)
        if column_id == home:
            beside = [part[0] if part else None for part in parts]
        among |= {row.article_id: row for part in parts for row in part}
    words = article.keyword_list[:4]
    newest = sorted(among.values(), key=lambda row: (row.published_at, row.article_id), reverse=True)
    chosen = sorted(newest, key=lambda row: -sum(word in row.title for word in words))[:limit]
    for near in among.values():
        until(near.expires_at)
    found = Listing.objects.in_bulk({row.id for row in (*beside, *chosen) if row is not None})
    previous, following = (found.get(row.id) if row is not None else None for row in beside)
    return Company(previous, following, tuple(found[row.id] for row in chosen if row.id in found))


def unit_latest(organisation_id: int, site: Site, limit: int) -> list[Listing]:
    """The newest articles of a unit on a site."""
    rows = _in_time(Listing.objects.filter(unit_id=organisation_id, column_id=site.root_page_id))
    found = list(rows.order_by("-published_at", "-article_id")[:limit])
    tag(unit_list_tag(organisation_id), shelf_tag(site.root_page_id))
    _until_expiry(found)
    return found


def corrections(article: ArticlePage) -> list[Correction]:
    """What was put right in a published article, oldest first."""
    return list(article.corrections.all())


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


# --- who may do what ---------------------------------------------------------------------------------------------------


def units_of_post(post: Post) -> list[Organisation]:
    """The units that a post reaches down from: its own, and for an office with a function the government it serves."""
    scopes = [f.scope for f in OfficeFunction.objects.filter(organisation=post.organisation, function__in=GOVERNMENT_OFFICES).select_related("scope")]
    return [post.organisation, *scopes]


def units_under(user: User, roles: Iterable[str] | None = None) -> QuerySet[Organisation]:
    """The units for which ``user`` may act in one of ``roles`` (default: any post), sub-units included."""
    posts = posts_of(user)
    if roles is not None:
        posts = posts.filter(role__in=list(roles))
    reach = Q(pk__in=[])
    for post in posts:
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
    units = [post.organisation for post in posts_of(user).filter(role__in=WRITING_ROLES)]
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


# --- the desk ----------------------------------------------------------------------------------------------------------


def review_queue(user: User) -> QuerySet[ReviewStage]:
    """The stages that wait for ``user`` on all sites, oldest first; owed reviews after an emergency stand first."""
    mine = Q(pk__in=[])
    for post in posts_of(user):
        mine |= Q(role=post.role, organisation_id=post.organisation_id)
    signed = ReviewStage.objects.filter(review=OuterRef("review"), state=ReviewStage.State.SIGNED, signed_by=user, parallel=OuterRef("parallel"))
    return (
        ReviewStage.objects.filter(mine, state=ReviewStage.State.OPEN, review__state__in=[Review.State.PENDING, Review.State.OWED])
        .exclude(review__contributors=user)
        .filter(~Exists(signed))
        .select_related("review__article", "review__organisation", "review__submitted_by", "organisation")
        .order_by("-review__emergency", "review__submitted_at", "order")
    )


def returned_to(user: User) -> QuerySet[Review]:
    """Reviews of articles that ``user`` submitted and that came back, as long as nothing newer was submitted."""
    newer = Review.objects.filter(article=OuterRef("article")).order_by("-submitted_at").values("pk")[:1]
    return (
        Review.objects.filter(submitted_by=user, state=Review.State.REJECTED, pk=Subquery(newer))
        .select_related("article", "organisation")
        .prefetch_related("stages__signed_by")
        .order_by("-finished_at")
    )


def owed_reviews(user: User | None = None) -> QuerySet[Review]:
    """Emergency publications whose reviews are still owed; for ``user``: those of the units the person acts for."""
    owed = Review.objects.filter(state=Review.State.OWED).select_related("article", "organisation", "submitted_by").order_by("owed_by")
    if user is None or user.is_superuser:
        return owed
    return owed.filter(Q(organisation__in=units_under(user)) | Q(submitted_by=user))


def scheduled(user: User) -> QuerySet[Revision]:
    """Approved revisions that wait for their minute, in the units of ``user``, soonest first."""
    articles = visible_to(user).filter(revisions_waiting()).values("pk")
    return (
        Revision.objects.filter(approved_go_live_at__gt=LONG_AGO, object_id__in=[str(pk) for pk in articles.values_list("pk", flat=True)])
        .select_related("user")
        .order_by("approved_go_live_at")
    )


def revisions_waiting() -> Q:
    """A filter on articles: an approved revision of it waits to be published.

    Revisions are asked for by their moment alone, as all here are of pages: asked for pages' revisions, or for
    those that have a moment at all, SQLite reads every one of them.
    """
    waiting = Revision.objects.filter(approved_go_live_at__gt=LONG_AGO).values_list("object_id", flat=True)
    return Q(pk__in=[int(pk) for pk in waiting])


def drafts(user: User) -> QuerySet[ArticlePage]:
    """Unfinished articles of ``user``: written or last edited by the person, with changes that nobody was asked to review."""
    under_review = Review.objects.filter(state=Review.State.PENDING).values("article_id")
    return (
        ArticlePage.objects.filter(Q(owner=user) | Q(latest_revision__user=user), has_unpublished_changes=True)
        .exclude(pk__in=under_review)
        .exclude(revisions_waiting())
        .select_related("organisation", "latest_revision")
        .order_by("-latest_revision_created_at")
    )


@dataclass(frozen=True)
class ColumnState:
    """How a column stands against its cadence."""

    duty: ColumnDuty
    last: datetime | None
    due: date
    days_left: int

    @property
    def is_stale(self) -> bool:
        """Whether the cadence has run out."""
        return self.days_left < 0


def stale_columns(user: User | None, today: date | None = None) -> list[ColumnState]:
    """Columns that are stale or soon will be, the most urgent first; for ``user``: those the person or its units keep."""
    today = today or timezone.localdate()
    duties = ColumnDuty.objects.filter(column__cadence_days__isnull=False, column__live=True).select_related("column", "organisation", "person")
    if user is not None and not user.is_superuser:
        duties = duties.filter(Q(person=user) | Q(organisation__in=units_under(user, [Post.Role.EDITOR, Post.Role.SITE_MANAGER])))
    newest = dict(
        Listing.objects.filter(column_id__in=[duty.column_id for duty in duties])
        .values("column_id")
        .annotate(at=Max("published_at"))
        .values_list("column_id", "at")
    )
    states = [_column_state(duty, newest.get(duty.column_id), today) for duty in duties]
    urgent = [s for s in states if s.days_left <= min((s.duty.column.cadence_days or 0) * (1 - STALE_WARNING_SHARE), STALE_WARNING_DAYS)]
    return sorted(urgent, key=lambda state: state.days_left)


def _column_state(duty: ColumnDuty, last: datetime | None, today: date) -> ColumnState:
    since = timezone.localdate(last) if last else timezone.localdate(duty.column.first_published_at or timezone.now())
    due = since + timedelta(days=duty.column.cadence_days or 0)
    return ColumnState(duty, last, due, (due - today).days)


@dataclass(frozen=True)
class RecordLine:
    """One line of an article's record (全过程记录)."""

    at: datetime
    who: str
    what: str
    note: str = ""


def record(article: ArticlePage) -> list[RecordLine]:
    """Everything that ever happened to an article: revisions, reviews with each signature, deeds; oldest first."""
    lines = [RecordLine(r.created_at, str(r.user or "系统"), "保存修改") for r in article.revisions.select_related("user")]
    for review in article.reviews.prefetch_related("stages__signed_by", "stages__in_place_of"):
        lines += [_stage_line(stage) for stage in review.stages.all() if stage.signed_by_id]
    lines += [RecordLine(entry.at, entry.actor_name or "系统", entry.summary) for entry in entries_for(article) if entry.deed not in TOLD_BY_STAGES]
    return sorted(lines, key=lambda line: line.at)


def _stage_line(stage: ReviewStage) -> RecordLine:
    who = f"{stage.signed_by}（代{stage.in_place_of}）" if stage.in_place_of_id else str(stage.signed_by)
    basis = f"依据：{stage.basis}" if stage.basis else ""
    # An opinion that is a whole sentence needs no further stop.
    between = "；" if basis and stage.opinion and stage.opinion[-1] not in "。！？；" else ""
    note = stage.opinion + between + basis
    assert stage.signed_at is not None
    return RecordLine(stage.signed_at, who, f"{stage.label}{stage.get_state_display()}", note)


def duty_table(profile: SiteProfile) -> list[ColumnDuty]:
    """The table of column duties of a site in the order of its tree."""
    root = profile.site.root_page.path
    duties = ColumnDuty.objects.filter(column__path__startswith=root)
    return list(duties.select_related("column", "organisation", "person", "reviewer").order_by("column__path"))


def roster(organisation: Organisation, first: date, last: date) -> list[DutyShift]:
    """The duty roster of a government from a day to a day, both included."""
    return list(DutyShift.objects.filter(organisation=organisation, date__range=(first, last)).select_related("person", "backup"))
