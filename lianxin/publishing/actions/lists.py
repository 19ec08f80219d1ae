"""The lists that readers see: Listing rows from articles, written on the signals that no path of Wagtail escapes."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from wagtail.models import Page

from lianxin.publishing import pictures
from lianxin.publishing.models import ArticlePage, ColumnPage, Listing, SiteProfile

FIELDS = (
    "direct",
    "title",
    "href",
    "summary",
    "unit_id",
    "unit_name",
    "home_column_title",
    "picture",
    "picture_alt",
    "pinned",
    "importance",
    "published_at",
    "expires_at",
)


class Surroundings:
    """The columns and sites around articles, each read once: for one article, or for the batch of one transaction."""

    def __init__(self) -> None:
        self.sites = {site.site.root_page.path: site.site for site in SiteProfile.objects.select_related("site__root_page")}
        self._own: dict[str, Page] = {}
        self._placed: dict[int, ColumnPage | None] = {}
        self._live: dict[str, int | None] = {}

    def own(self, path: str) -> Page:
        """The column in which an article lies, by its path."""
        if path not in self._own:
            self._own[path] = Page.objects.get(path=path)
        return self._own[path]

    def placed(self, keys: Iterable[int]) -> list[ColumnPage]:
        """Those of the columns that are live."""
        missing = set(keys) - self._placed.keys()
        if missing:
            self._placed |= dict.fromkeys(missing) | ColumnPage.objects.filter(live=True).in_bulk(missing)
        return [column for key in keys if (column := self._placed[key]) is not None]

    def live(self, paths: Iterable[str]) -> dict[str, int]:
        """Keys of the live pages at these paths."""
        missing = set(paths) - self._live.keys()
        if missing:
            self._live |= dict.fromkeys(missing) | dict(Page.objects.filter(path__in=missing, live=True).values_list("path", "pk"))
        return {path: key for path in paths if (key := self._live[path]) is not None}


def rows(article: ArticlePage, around: Surroundings | None = None) -> dict[int, dict[str, Any]]:
    """What the Listing rows of an article must be, by column; empty when it is not public."""
    if not article.live or article.published_at is None:
        return {}
    around = around or Surroundings()
    placements = {placement.column_id: placement.pinned for placement in article.placements.all()}
    own = around.own(article.path[: -Page.steplen])
    shown = {own.path: (own.pk, article.pinned)} | {c.path: (c.pk, placements[c.pk]) for c in around.placed(placements)}
    sites = around.sites
    home = article.path[: Page.steplen * 2]
    if home not in sites:
        return {}
    common = _common(article, own, sites[home].root_page.url_path)
    found: dict[int, dict[str, Any]] = {}
    ancestors = {path[:end] for path in shown for end in range(Page.steplen * 2, len(path), Page.steplen)} - set(shown)
    for path, pk in around.live(ancestors).items():
        found[pk] = {**common, "direct": False, "pinned": False, "href": _href(common["href"], path, home, sites)}
    for path, (pk, pinned) in shown.items():
        found[pk] = {**common, "direct": True, "pinned": pinned, "href": _href(common["href"], path, home, sites)}
    return found


def _common(article: ArticlePage, own: Page, root_url_path: str) -> dict[str, Any]:
    return {
        "title": article.title,
        "href": "/" + article.url_path[len(root_url_path) :],
        "summary": article.summary,
        "unit_id": article.organisation_id,
        "unit_name": article.organisation.short_name,
        "home_column_title": own.title,
        "picture": pictures.url(article.lead_picture, pictures.COVER),
        "picture_alt": article.lead_picture_alt,
        "importance": article.importance,
        "published_at": article.published_at,
        "expires_at": article.expire_at,
    }


def _href(href: str, path: str, home: str, sites: dict[str, Any]) -> str:
    """A column of another site links with the article's host."""
    return href if path.startswith(home) else sites[home].root_url + href


@transaction.atomic
def project(article: ArticlePage) -> None:
    """Make the stored rows what ``rows`` says."""
    wanted = rows(article)
    stored = {row.column_id: row for row in Listing.objects.filter(article=article)}
    Listing.objects.filter(pk__in=[row.pk for column_id, row in stored.items() if column_id not in wanted]).delete()
    for column_id, values in wanted.items():
        if column_id in stored:
            Listing.objects.filter(pk=stored[column_id].pk).update(**values)
    Listing.objects.bulk_create([Listing(article=article, column_id=pk, **values) for pk, values in wanted.items() if pk not in stored])


def differs(article: ArticlePage) -> bool:
    """Whether the stored rows are not what they must be."""
    stored = {row["column_id"]: {name: row[name] for name in FIELDS} for row in Listing.objects.filter(article=article).values("column_id", *FIELDS)}
    return stored != rows(article)


def repair(article: ArticlePage) -> bool:
    """Mend the rows of an article; True when they were wrong."""
    if not differs(article):
        return False
    project(article)
    return True


def rebuild() -> int:
    """Write all Listing rows anew; returns the number of articles whose rows were wrong."""
    return sum(repair(article) for article in ArticlePage.objects.all().iterator(chunk_size=500))
