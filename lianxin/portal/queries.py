"""What only the portal reads: units and leaders as the public sees them, and details of listed articles."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.db.models import Q, QuerySet
from django.utils import timezone
from wagtail.models import Site

from lianxin.foundation.pagestore import tag
from lianxin.foundation.rows import fetch_together
from lianxin.organisations.models import Leader, Organisation, Portfolio, Post
from lianxin.organisations.queries import in_force
from lianxin.organisations.tags import PEOPLE, UNITS
from lianxin.publishing import cachebox
from lianxin.publishing.models import ArticlePage, ColumnPage, Listing, Picture, SiteProfile
from lianxin.publishing.queries import NavColumn, Row, column_by_path, href_of, shelf_tag, span_tag, tag_list

# A leader's page looks this far back for news, so that the search stays within a known number of rows.
NEWS_OF_A_LEADER = timedelta(days=180)
COLUMNS_WITH_LEADERS = ("news/headlines", "news/meetings", "open/speeches", "party/affairs")


# --- units ---------------------------------------------------------------------------------------------------------------

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("市政府和办事机构", ("government", "office")),
    ("工作部门", ("department",)),
    ("党委机构", ("party",)),
    ("人大、政协和司法机关", ("congress", "cppcc", "court", "procuratorate")),
    ("事业单位", ("institution",)),
    ("公共企业", ("enterprise",)),
    ("群团组织", ("group",)),
)
COUNTIES = "县（市、区）"


@dataclass(frozen=True)
class Unit:
    """A unit in the directory, with the townships of a county below it."""

    name: str
    slug: str
    children: list["Unit"]


def units_of_site(profile: SiteProfile) -> QuerySet[Organisation]:
    """The units that a site tells about: all of the city's on the city site, elsewhere the site's own unit and those below it."""
    tag(UNITS)
    units = Organisation.objects.filter(ended_on__isnull=True)
    if profile.tier != SiteProfile.Tier.CITY:
        units = units.filter(path__startswith=profile.organisation.path)
    return units.order_by("order", "path")


def directory(profile: SiteProfile, words: str = "") -> list[tuple[str, list[Unit]]]:
    """The units of a site by kind; with ``words`` only those whose name holds all of them."""
    units = units_of_site(profile)
    for word in words.split():
        units = units.filter(Q(name__contains=word) | Q(short_name__contains=word))
    rows = list(units.values_list("kind", "path", "short_name", "slug"))
    # A handful of names found is shown flat: nobody should open a county to see what was searched for.
    nested = not words
    groups = [(label, [Unit(name, slug, []) for kind, _, name, slug in rows if kind in kinds]) for label, kinds in GROUPS]
    counties = {path: Unit(name, slug, []) for kind, path, name, slug in rows if kind == "county"}
    loose: list[Unit] = []
    for kind, path, name, slug in rows:
        if kind == "township":
            county = counties.get(path[: -Organisation.steplen]) if nested else None
            (county.children if county else loose).append(Unit(name, slug, []))
    return [(label, found) for label, found in (*groups, (COUNTIES, list(counties.values())), ("乡镇和街道", loose)) if found]


def unit(slug: str) -> Organisation | None:
    """A unit by its address, with its successor when it has ended."""
    return Organisation.objects.select_related("successor").filter(slug=slug).first()


def below(organisation: Organisation) -> list[Organisation]:
    """The units below a unit; the government itself, below which everything lies, shows none."""
    if organisation.depth == 1:
        return []
    tag(UNITS)
    return list(organisation.get_children().filter(ended_on__isnull=True).order_by("order", "path"))


def heads(organisation: Organisation) -> list[Post]:
    """The people who answer for a unit today, leaders first."""
    tag(PEOPLE)
    posts = in_force().filter(organisation=organisation, role__in=(Post.Role.HEAD, Post.Role.LEADER)).select_related("user", "leader_page")
    return sorted(posts, key=lambda post: (post.role != Post.Role.LEADER, getattr(getattr(post, "leader_page", None), "order", 99), post.pk))


def leader_in_charge(organisation: Organisation, today: date | None = None) -> Portfolio | None:
    """The leader who answers for a unit today, if one does."""
    tag(PEOPLE)
    today = today or timezone.localdate()
    return (
        Portfolio.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today), organisation=organisation, starts_on__lte=today)
        .select_related("leader__user", "leader__leader_page")
        .first()
    )


def counties(profile: SiteProfile) -> list[Organisation]:
    """The counties and districts of the city, for the home page."""
    if profile.tier != SiteProfile.Tier.CITY:
        return []
    tag(UNITS)
    return list(Organisation.objects.filter(kind=Organisation.Kind.COUNTY, ended_on__isnull=True).order_by("order", "path"))


# --- leaders -------------------------------------------------------------------------------------------------------------


def leaders(profile: SiteProfile) -> list[Leader]:
    """The leaders whose pages a site shows: those in office today, on the city site the city's, elsewhere the site's own unit's."""
    tag(PEOPLE)
    shown = ("slug", "portrait", "order", "portfolio_text", "post__title", "post__user__name", "post__organisation__name")
    found = Leader.objects.filter(post__in=in_force()).select_related("post__user", "post__organisation").only(*shown).order_by("order", "id")
    if profile.tier != SiteProfile.Tier.CITY:
        found = found.filter(post__organisation__path__startswith=profile.organisation.path)
    else:
        found = found.exclude(post__organisation__kind__in=(Organisation.Kind.COUNTY, Organisation.Kind.TOWNSHIP))
    return list(found)


def units_in_charge_of(leader: Leader, today: date | None = None) -> list[Organisation]:
    """The units in a leader's charge today."""
    tag(PEOPLE, UNITS)
    today = today or timezone.localdate()
    return list(
        Organisation.objects.filter(
            Q(portfolios__ends_on__isnull=True) | Q(portfolios__ends_on__gte=today),
            portfolios__leader=leader.post_id,
            portfolios__starts_on__lte=today,
            ended_on__isnull=True,
        )
        .order_by("order", "path")
        .distinct()
    )


def news_of_leader(leader: Leader, site: Site, limit: int) -> list[Listing]:
    """Articles of the past half year that name a leader in title or summary."""
    columns = [column.id for path in COLUMNS_WITH_LEADERS if (column := column_by_path(site, path))]
    name = str(leader)
    for column_id in columns:
        tag_list(column_id)
    rows = Listing.objects.filter(
        Q(title__contains=name) | Q(summary__contains=name),
        Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()),
        column_id__in=columns,
        published_at__gte=timezone.now() - NEWS_OF_A_LEADER,
    ).order_by("-published_at", "-article_id")
    return _once(rows[: limit * 2])[:limit]


def _once(rows: Iterable[Listing]) -> list[Listing]:
    return list({row.article_id: row for row in rows}.values())


# --- lists ---------------------------------------------------------------------------------------------------------------


def document_numbers(listings: Iterable[Row]) -> dict[int, str]:
    """The numbers (发文字号) of the documents in a list, by article; published rows hold what readers may see."""
    wanted = [listing.article_id for listing in listings]
    return dict(ArticlePage.objects.filter(pk__in=wanted, live=True).exclude(document_number="").values_list("pk", "document_number"))


def span(column_id: int) -> tuple[datetime, datetime] | None:
    """When the oldest and the newest article of a column appeared; all pages of the column ask, so the answer is kept for a second."""
    return cachebox.remember(("span", column_id), lambda: _span(column_id))


def _span(column_id: int) -> tuple[datetime, datetime] | None:
    # Two steps in an index, whatever the column holds.
    tag(span_tag(column_id), shelf_tag(column_id))
    rows = Listing.objects.filter(column_id=column_id)
    newest = rows.order_by("-published_at").values_list("published_at", flat=True).first()
    if newest is None:
        return None
    return rows.order_by("published_at").values_list("published_at", flat=True)[0], newest


@lru_cache(maxsize=256)
def months(first: tuple[int, int], last: tuple[int, int]) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """The months from ``first`` to ``last`` by year, newest first: ``((2026, ("2026-11", "2026-10", …)), …)``."""
    years = []
    for year in range(last[0], first[0] - 1, -1):
        top = last[1] if year == last[0] else 12
        bottom = first[1] if year == first[0] else 1
        years.append((year, tuple(f"{year}-{month:02}" for month in range(top, bottom - 1, -1))))
    return tuple(years)


# --- columns and articles ------------------------------------------------------------------------------------------------------------

# What a column's page shows of its row.
SHOWN_OF_A_COLUMN = (
    (
        ColumnPage,
        (
            *("id", "path", "depth", "title", "slug", "url_path", "live", "content_type_id", "locale_id", "search_description"),
            *("page_ptr_id", "kind", "keywords"),
        ),
    ),
)
_COLUMN = "FROM wagtailcore_page INNER JOIN publishing_columnpage ON page_ptr_id = wagtailcore_page.id WHERE wagtailcore_page.id = %s"
# What an article's page shows of its three rows. The others have fifty more fields, and reading them took half of the query's time.
SHOWN = (
    (
        ArticlePage,
        (
            *("id", "path", "depth", "title", "slug", "url_path", "live", "content_type_id", "locale_id", "page_ptr_id"),
            *("organisation_id", "lead_picture_id", "lead_picture_alt", "published_at", "body", "summary", "source", "source_url"),
            *("author", "keywords", "document_number"),
        ),
    ),
    (Organisation, ("id", "slug", "short_name")),
    (Picture, ("id", "title")),
)
# It begins with the few articles of one name, not with everything in the column.
_ARTICLE_IN = """
    FROM wagtailcore_page
    INNER JOIN publishing_articlepage ON page_ptr_id = wagtailcore_page.id
    INNER JOIN organisations_organisation ON organisations_organisation.id = organisation_id
    LEFT OUTER JOIN publishing_picture ON publishing_picture.id = lead_picture_id
    WHERE wagtailcore_page.slug = %s AND wagtailcore_page.live = %s
      AND EXISTS (SELECT 1 FROM publishing_listing WHERE column_id = %s AND direct = %s AND article_id = wagtailcore_page.id)
"""


def column(known: NavColumn) -> ColumnPage:
    """The page of a column that navigation knows, with the fields that it shows. Raises ColumnPage.DoesNotExist when it has just gone."""
    found: list[tuple[ColumnPage]] = fetch_together(SHOWN_OF_A_COLUMN, _COLUMN, [known.id])
    if not found:
        raise ColumnPage.DoesNotExist
    return found[0][0]


def article_in(column: NavColumn, slug: str, root_url_path: str) -> ArticlePage | None:
    """The published article of this name that lies in ``column``, with all that its page needs of other rows.

    Written out, as ``foundation.rows`` says: it is what readers ask for most.
    """
    for found in fetch_together(SHOWN, _ARTICLE_IN, [slug, True, column.id, True]):
        article, article.organisation, article.lead_picture = found
        # It may be placed in this column and lie in another.
        if href_of(article, root_url_path) == f"{column.href}{slug}/":
            return article
    return None


# --- visits --------------------------------------------------------------------------------------------------------------

FIXED_PAGES = {
    "/": "首页",
    "/orgs/": "机构职能",
    "/leaders/": "政府领导",
    "/sitemap/": "网站地图",
    "/accessibility/": "无障碍说明",
    "/privacy/": "隐私保护",
    "/search/": "搜索",
    "/figures/visits/": "网站访问统计",
}


def titles(profile: SiteProfile, paths: Iterable[str]) -> dict[str, str]:
    """Titles of a site's pages by their addresses; what is public no longer has none."""
    wanted = list(paths)
    found = {href: title for href, title in FIXED_PAGES.items() if href in wanted}
    found |= {column.href: column.title for path in wanted if (column := column_by_path(profile.site, path))}
    names = {path: path.strip("/").rpartition("/")[2] for path in wanted}
    units = dict(Organisation.objects.filter(slug__in=names.values()).values_list("slug", "short_name"))
    found |= {path: units[name] for path, name in names.items() if path == f"/orgs/{name}/" and name in units}
    # By the articles' names, which are in an index, and then by their addresses, which are not.
    listed = Listing.objects.filter(article__slug__in=[name for name in names.values() if name], column=profile.site.root_page_id, href__in=wanted)
    return found | dict(listed.values_list("href", "title"))


def hosts() -> list[str]:
    """The host names of all open sites."""
    return list(SiteProfile.objects.filter(closed_at__isnull=True).values_list("site__hostname", flat=True))
