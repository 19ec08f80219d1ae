"""Lists for readers: a column by pages, the newest of many columns, what stands beside an article.

The lists that every public page is made of are written out in SQL and read as light rows (``foundation.rows``). What a list shows is
told to the page store by tags; ``actions.lists`` purges them when rows change.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, Protocol

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from wagtail.models import Site

from lianxin.foundation.pagestore import tag, until
from lianxin.foundation.rows import fetch
from lianxin.publishing.models import ArticlePage, Correction, Listing

# Related articles are looked for among so many before and so many after in a column.
RELATED_AMONG = 30

# --- tags --------------------------------------------------------------------------------------------------------------


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
    local = timezone.localtime(moment)
    return f"list:{column_id}:{local.year}-{local.month:02}"


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


# --- newest ------------------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """What a list shows of an article: a hundred of these cost a fifth of as many model instances."""

    column_id: int
    article_id: int
    title: str
    href: str
    summary: str
    unit_name: str
    picture: str
    picture_alt: str
    pinned: bool
    importance: int
    published_at: datetime
    expires_at: datetime | None


_IN_TIME = "(expires_at IS NULL OR expires_at > %s)"
_ROWS = f"SELECT {', '.join(Row._fields)} FROM {Listing._meta.db_table} WHERE {_IN_TIME} AND column_id = "
_NEWEST_FIRST = "published_at DESC, article_id DESC"
_PINNED_FIRST = f"pinned DESC, {_NEWEST_FIRST}"


def _together(parts: Iterable[str]) -> str:
    return " UNION ALL ".join(f"SELECT * FROM ({part}) AS part{number}" for number, part in enumerate(parts))


def _place(row: "Row | Near") -> tuple[datetime, int]:
    return row.published_at, row.article_id


def _in_time(listings: QuerySet[Listing]) -> QuerySet[Listing]:
    return listings.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()))


def newest(limits: dict[int, int]) -> dict[int, list[Row]]:
    """The newest articles of many columns in one query, pinned first: ``{column id: how many}`` → ``{column id: rows}``."""
    found: dict[int, list[Row]] = {column_id: [] for column_id in limits}
    if not limits:
        return found
    for row in _newest(limits):
        found[row.column_id].append(row)
    for column_id, rows in found.items():
        tag_list(column_id, rows)
        rows.sort(key=lambda row: (row.pinned, *_place(row)), reverse=True)
    return found


def _newest(limits: dict[int, int]) -> list[Row]:
    now = timezone.now()
    if connection.vendor == "postgresql":
        # One plan for all columns: planning a part for each of thirty took PostgreSQL four times as long as reading them.
        one = f"{_ROWS} wanted.number ORDER BY {_PINNED_FIRST} LIMIT wanted.most"
        sql = f"SELECT listed.* FROM unnest(%s::bigint[], %s::int[]) AS wanted (number, most) CROSS JOIN LATERAL ({one}) AS listed"
        return fetch(Listing, Row, sql, [list(limits), list(limits.values()), now])
    return fetch(Listing, Row, _newest_of(len(limits)), [value for number, most in limits.items() for value in (now, number, most)])


@lru_cache(maxsize=64)
def _newest_of(columns: int) -> str:
    return _together([f"{_ROWS} %s ORDER BY {_PINNED_FIRST} LIMIT %s"] * columns)


def latest(column_id: int, limit: int, *, direct_only: bool = False) -> list[Listing]:
    """The newest ``limit`` articles of a column (sub-columns included unless ``direct_only``), pinned ones first."""
    rows = _in_time(Listing.objects.filter(column_id=column_id))
    if direct_only:
        rows = rows.filter(direct=True)
    found = list(rows.order_by("-pinned", "-published_at", "-article_id")[:limit])
    tag_list(column_id, found)
    return found


_RECOMMENDED = f"{_ROWS} %s AND importance = %s ORDER BY {_NEWEST_FIRST} LIMIT %s"


def recommended(column_id: int, limit: int) -> list[Row]:
    """The newest ``limit`` articles that are recommended or headlines (``importance``), whatever their number.

    Each level by itself, as a column has its newest of one level at the end of an index, but "this level or higher" nowhere.
    """
    levels = [level for level, _ in ArticlePage._meta.get_field("importance").choices if level]
    now = timezone.now()
    found = fetch(Listing, Row, _together([_RECOMMENDED] * len(levels)), [value for level in levels for value in (now, column_id, level, limit)])
    return sorted(found, key=_place, reverse=True)[:limit]


def unit_latest(organisation_id: int, site: Site, limit: int) -> list[Listing]:
    """The newest articles of a unit on a site."""
    rows = _in_time(Listing.objects.filter(unit_id=organisation_id, column_id=site.root_page_id))
    found = list(rows.order_by("-published_at", "-article_id")[:limit])
    tag(unit_list_tag(organisation_id), shelf_tag(site.root_page_id))
    _until_expiry(found)
    return found


# --- a column by pages -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ListingPage:
    """One page of a column's list. ``newer`` and ``older`` are cursors; None means there is nothing there, "" the first page."""

    items: list[Row]
    newer: str | None
    older: str | None


def _cursor(row: Row, direction: str) -> str:
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


_FIRST_PAGE = _together(f"{_ROWS} %s AND pinned = %s ORDER BY {_NEWEST_FIRST} LIMIT %s" for _ in range(2))
_OLDER = f"{_ROWS} %s AND pinned = %s AND published_at <= %s AND NOT (published_at = %s AND article_id >= %s) ORDER BY {_NEWEST_FIRST} LIMIT %s"
_NEWER = _OLDER.replace("<=", ">=", 1).replace("article_id >=", "article_id <=").replace("DESC", "ASC")


def _listing_page(column_id: int, cursor: str | None, size: int) -> ListingPage:
    position = _read_cursor(cursor) if cursor else None
    if position is None:
        return _first_page(column_id, size)
    direction, moment, number = position
    sql = _OLDER if direction == "<" else _NEWER
    # One more than the page holds tells whether there is another page.
    found = fetch(Listing, Row, sql, [timezone.now(), column_id, False, moment, moment, number, size + 1])
    items, more = found[:size], len(found) > size
    if direction == "<":
        return ListingPage(items, _cursor(items[0], ">") if items else "", _cursor(items[-1], "<") if more else None)
    if not more:
        return _first_page(column_id, size)
    items.reverse()
    return ListingPage(items, _cursor(items[0], ">"), _cursor(items[-1], "<"))


def _first_page(column_id: int, size: int) -> ListingPage:
    now = timezone.now()
    both = fetch(Listing, Row, _FIRST_PAGE, [now, column_id, True, size, now, column_id, False, size + 1])
    pinned, found = [row for row in both if row.pinned], [row for row in both if not row.pinned]
    return ListingPage(pinned + found[:size], None, _cursor(found[size - 1], "<") if len(found) > size else None)


# --- beside an article -------------------------------------------------------------------------------------------------


class Near(NamedTuple):
    """An article beside another one in a column's list."""

    published_at: datetime
    article_id: int
    title: str
    href: str
    expires_at: datetime | None
    unit_name: str


_SIDE = (
    f"SELECT {', '.join(Near._fields)} FROM {Listing._meta.db_table} WHERE {_IN_TIME} AND column_id = %s AND article_id <> %s "
    "AND published_at {compare} %s AND NOT (published_at = %s AND article_id {beyond} %s) "
    "ORDER BY published_at {order}, article_id {order} LIMIT %s"
)
_AROUND = _together((_SIDE.format(compare="<=", beyond=">", order="DESC"), _SIDE.format(compare=">=", beyond="<", order="ASC")))


def around(column_id: int, moment: datetime, article_id: int, limit: int = RELATED_AMONG) -> tuple[list[Near], list[Near]]:
    """The articles before and after a place in a column's list, the nearest first, ``limit`` on either side at most."""
    side = (timezone.now(), column_id, article_id, moment, moment, article_id, limit)
    found = fetch(Listing, Near, _AROUND, (*side, *side))
    place = (moment, article_id)
    older = [row for row in found if row[:2] < place]
    newer = [row for row in found if row[:2] > place]
    return sorted(older, reverse=True), sorted(newer)


@dataclass(frozen=True)
class Company:
    """What stands beside an article: the ones published before and after it in its own column, and related ones."""

    previous: Near | None = None
    next: Near | None = None
    related: tuple[Near, ...] = ()


def company(article: ArticlePage, home: int | None, limit: int = 5) -> Company:
    """The company of an article whose own column is ``home``.

    Related are those in its columns, published not long before or after, whose titles share its keywords.
    Only the articles around its own place count, so that a new article changes the pages of its neighbours and not of thousands.
    """
    if article.published_at is None:
        return Company()
    beside: list[Near | None] = [None, None]
    among: dict[int, Near] = {}
    for column_id in _columns_of(article):
        tag(near_tag(column_id, article.pk), shelf_tag(column_id))
        parts = around(column_id, article.published_at, article.pk)
        if column_id == home:
            beside = [part[0] if part else None for part in parts]
        among |= {row.article_id: row for part in parts for row in part}
    for near in among.values():
        until(near.expires_at)
    words = article.keyword_list[:4]
    by_time = sorted(among.values(), key=_place, reverse=True)
    related = sorted(by_time, key=lambda row: -sum(word in row.title for word in words))[:limit]
    return Company(beside[0], beside[1], tuple(related))


class _Column(NamedTuple):
    column_id: int


def _columns_of(article: ArticlePage) -> list[int]:
    found = fetch(Listing, _Column, f"SELECT column_id FROM {Listing._meta.db_table} WHERE article_id = %s AND direct = %s", [article.pk, True])
    return [row.column_id for row in found]


class Note(NamedTuple):
    """What was put right in an article, and when."""

    at: datetime
    text: str


def corrections(article: ArticlePage) -> list[Note]:
    """What was put right in a published article, oldest first."""
    return fetch(Correction, Note, f"SELECT at, text FROM {Correction._meta.db_table} WHERE article_id = %s ORDER BY at", [article.pk])
