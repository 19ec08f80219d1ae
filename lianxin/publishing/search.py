"""Articles as search sees them: what is public, by the rows that public lists read."""

import html
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone
from wagtail.models import Page

from lianxin.foundation.search import sources, updates
from lianxin.organisations.models import Organisation
from lianxin.publishing.models import ArticlePage, ColumnPage, Listing, SiteProfile

SOURCE = "article"
# So many articles are read at once when the index is built.
BATCH = 500
_COLUMNS = (
    *("pk", "title", "summary", "keywords", "document_number", "author", "source"),
    *("organisation_id", "path", "url_path", "published_at", "expire_at"),
)
_TEXT_KEYS = ("text", "value", "caption", "source", "title", "transcript", "table_caption")
_BLOCK_TAG = re.compile(r"</?(?:p|h[1-6]|li|ul|ol|br|blockquote|hr|div|td|tr)\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")
_BLANKS = re.compile(r"[ \t\r\f\v\u3000]+")


class _Site(NamedTuple):
    pk: int
    path: str
    url_path: str


class _Unit(NamedTuple):
    name: str
    short_name: str


def changed(articles: Iterable[int]) -> None:
    """Say that articles became public, changed, moved or went; call it in the transaction that does it."""
    updates.changed(SOURCE, articles)


def changed_below(column: Page) -> None:
    """Say that something changed that every article of a column shows."""
    changed(Listing.objects.filter(column_id=column.pk).values_list("article_id", flat=True).distinct())


def changed_of_unit(unit: Organisation) -> None:
    """Say that a unit was renamed, or took articles over."""
    changed(Listing.objects.filter(unit_id=unit.pk).values_list("article_id", flat=True).distinct())


class Articles:
    """The source of public articles. What has no rows in public lists, or belongs to a closed site, is not public.

    What has expired is passed over by every question from that moment on; it leaves the index when it is taken down.
    """

    name = SOURCE

    def numbers(self) -> Iterator[Sequence[int]]:
        """The numbers of all live articles; ``documents`` leaves out those that no list shows."""
        batch: list[int] = []
        for number in ArticlePage.objects.filter(live=True).order_by("pk").values_list("pk", flat=True).iterator(chunk_size=10_000):
            batch.append(number)
            if len(batch) == BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def documents(self, numbers: Iterable[int]) -> list[sources.Document]:
        """The public ones of these articles, in the order of their numbers."""
        wanted = sorted(set(numbers))
        found: list[sources.Document] = []
        around = _Surroundings()
        for start in range(0, len(wanted), BATCH):
            found += _documents(wanted[start : start + BATCH], around)
        return found


class _Surroundings:
    """Sites, columns and units, read once for a batch."""

    def __init__(self) -> None:
        rows = SiteProfile.objects.filter(closed_at__isnull=True).values_list("site_id", "site__root_page__path", "site__root_page__url_path")
        self.sites = {row[1]: _Site(*row) for row in rows}
        self.units = {pk: _Unit(*names) for pk, *names in Organisation.objects.values_list("pk", "name", "short_name")}
        columns = list(ColumnPage.objects.values_list("pk", "path", "kind"))
        self.paths = {pk: path for pk, path, _ in columns}
        self.kinds = {path: kind for _, path, kind in columns}

    def site(self, path: str) -> _Site | None:
        """The open site that a page lies on."""
        return self.sites.get(path[: Page.steplen * 2])


def _documents(numbers: list[int], around: _Surroundings) -> list[sources.Document]:
    columns: dict[int, list[int]] = defaultdict(list)
    for article, column in Listing.objects.filter(article_id__in=numbers).values_list("article_id", "column_id"):
        columns[article].append(column)
    rows = ArticlePage.objects.filter(pk__in=list(columns), live=True, published_at__isnull=False).order_by("pk")
    raw = rows.annotate(raw=Cast("body", TextField())).values(*_COLUMNS, "raw")
    made = (_document(row, columns[row["pk"]], around) for row in raw)
    return [document for document in made if document is not None]


def _document(row: dict[str, Any], columns: list[int], around: _Surroundings) -> sources.Document | None:
    home = around.site(row["path"])
    if home is None:
        return None
    unit = around.units[row["organisation_id"]]
    sites = {home.pk} | {site.pk for column in columns if (site := around.site(around.paths.get(column, ""))) is not None}
    also = " ".join((row["keywords"], row["document_number"], row["author"], row["source"], unit.name, unit.short_name))
    published: datetime = row["published_at"]
    return sources.Document(
        number=row["pk"],
        title=row["title"],
        at=published,
        summary=row["summary"],
        body=text_of(row["raw"]),
        also=also,
        facets={
            "site": sorted(map(str, sites)),
            "column": sorted(str(column) for column in columns if column in around.paths),
            "kind": [kind] if (kind := around.kinds.get(row["path"][: -Page.steplen])) else [],
            "unit": [str(row["organisation_id"])],
            "year": [str(timezone.localtime(published).year)],
        },
        expires_at=row["expire_at"],
        shown={"number": row["pk"], "site": home.pk, "path": "/" + row["url_path"][len(home.url_path) :], "document_number": row["document_number"]},
    )


# --- text of a body ----------------------------------------------------------------------------------------------------------------------


def text_of(raw: str) -> str:
    """The words of a stored body, block by block. It is read as JSON: to make blocks of it takes twenty times as long."""
    try:
        blocks = json.loads(raw or "[]")
        # PostgreSQL keeps the field as JSON that holds a string.
        blocks = json.loads(blocks) if isinstance(blocks, str) else blocks
    except ValueError:
        return ""
    parts: list[str] = []
    _gather(blocks, parts)
    return "\n".join(part for part in parts if part)


def _gather(value: Any, parts: list[str]) -> None:
    if isinstance(value, str):
        parts.append(_plain(value))
    elif isinstance(value, list):
        for entry in value:
            _gather(entry, parts)
    elif isinstance(value, dict):
        for name in (*_TEXT_KEYS, "data"):
            if isinstance(value.get(name), str | list | dict):
                _gather(value[name], parts)


def _plain(text: str) -> str:
    """Cleaned rich text without its tags; in it every "<" begins one."""
    if "<" in text:
        text = _TAG.sub("", _BLOCK_TAG.sub("\n", text))
    if "&" in text:
        text = html.unescape(text)
    return "\n".join(line for piece in text.split("\n") if (line := _BLANKS.sub(" ", piece).strip()))
