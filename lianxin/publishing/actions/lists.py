"""The lists that readers see: Listing rows from articles, written on the signals that no path of Wagtail escapes."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction
from wagtail.models import Page, Site

from lianxin.foundation import pagestore
from lianxin.foundation.pagestore import tag_of
from lianxin.publishing import pictures, queries, search
from lianxin.publishing.models import ArticlePage, ColumnPage, Listing

BATCH = 1000

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
        self._sites: dict[str, Site | None] = {}
        self._own: dict[str, Page] = {}
        self._placed: dict[int, ColumnPage | None] = {}
        self._live: dict[str, int | None] = {}

    def site(self, home: str) -> Site | None:
        """The site of a home page, by its path; one at a time, as a city has hundreds."""
        if home not in self._sites:
            self._sites[home] = Site.objects.filter(profile__isnull=False, root_page__path=home).select_related("root_page").first()
        return self._sites[home]

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
    home = article.path[: Page.steplen * 2]
    site = around.site(home)
    if site is None:
        return {}
    common = _common(article, own, site.root_page.url_path)
    found: dict[int, dict[str, Any]] = {}
    ancestors = {path[:end] for path in shown for end in range(Page.steplen * 2, len(path), Page.steplen)} - set(shown)
    for path, pk in around.live(ancestors).items():
        found[pk] = {**common, "direct": False, "pinned": False, "href": _href(common["href"], path, site)}
    for path, (pk, pinned) in shown.items():
        found[pk] = {**common, "direct": True, "pinned": pinned, "href": _href(common["href"], path, site)}
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


def _href(href: str, path: str, site: Site) -> str:
    """A column of another site links with the article's host."""
    return href if path.startswith(site.root_page.path) else site.root_url + href


@transaction.atomic
def project(article: ArticlePage) -> None:
    """Make the stored rows what ``rows`` says, and purge the pages that show what was changed."""
    wanted, stored = rows(article), _stored([article])[article.pk]
    gone = {column_id: values for column_id, values in stored.items() if column_id not in wanted}
    changed = {column_id: values for column_id, values in wanted.items() if column_id in stored and values != stored[column_id]}
    added = {column_id: values for column_id, values in wanted.items() if column_id not in stored}
    Listing.objects.filter(article=article, column_id__in=gone).delete()
    for column_id, values in changed.items():
        Listing.objects.filter(article=article, column_id=column_id).update(**values)
    Listing.objects.bulk_create([Listing(article=article, column_id=column_id, **values) for column_id, values in added.items()])
    before = {column_id: stored[column_id] for column_id in (*gone, *changed)}
    places = [{"column_id": column_id, **values} for part in (before, changed, added) for column_id, values in part.items()]
    purge(article, places, hard=bool(gone))
    if wanted or stored:
        search.changed([article.pk])


# What of a row tells which pages show it.
PLACES = ("column_id", "direct", "unit_id", "published_at")


def purge(article: ArticlePage, places: list[dict[str, Any]], *, hard: bool = False) -> None:
    """Purge the page of an article, and the pages that show it at ``places``: the rows that were, and those that are now.

    Pages far back in a column show it only if it lies in their months; other articles only if it lies near them.
    """
    tags = {tag_of(article)}
    for place in places:
        column_id, moment = place["column_id"], place["published_at"]
        tags |= {queries.list_tag(column_id), queries.month_tag(column_id, moment), queries.unit_list_tag(place["unit_id"])}
        older, newer = queries.around(column_id, moment, article.pk, queries.RELATED_AMONG if place["direct"] else 1)
        if place["direct"]:
            tags |= {queries.near_tag(column_id, near.article_id) for near in (*older, *newer)}
        if not (older and newer) and queries.month_tag(column_id, moment) not in _months(column_id, older[:1], newer[:1]):
            tags.add(queries.span_tag(column_id))
    pagestore.purge(tags, hard=hard)


def _months(column_id: int, *parts: list[queries.Near]) -> set[str]:
    return {queries.month_tag(column_id, near.published_at) for part in parts for near in part}


def differs(article: ArticlePage) -> bool:
    """Whether the stored rows are not what they must be."""
    return _stored([article])[article.pk] != rows(article)


def wrong() -> Iterator[ArticlePage]:
    """Every article whose rows are not what they must be; a thousand articles cost a handful of queries."""
    around = Surroundings()
    articles = ArticlePage.objects.select_related("organisation", "lead_picture").prefetch_related("placements").order_by("pk")
    last = 0
    while batch := list(articles.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        stored = _stored(batch)
        yield from (article for article in batch if stored[article.pk] != rows(article, around))


def _stored(articles: list[ArticlePage]) -> dict[int, dict[int, dict[str, Any]]]:
    found: dict[int, dict[int, dict[str, Any]]] = {article.pk: {} for article in articles}
    for row in Listing.objects.filter(article__in=found).values("article_id", "column_id", *FIELDS):
        found[row["article_id"]][row["column_id"]] = {name: row[name] for name in FIELDS}
    return found


def rebuild() -> int:
    """Mend all Listing rows that are wrong; returns the number of articles they belong to."""
    mended = 0
    for article in wrong():
        project(article)
        mended += 1
    return mended
