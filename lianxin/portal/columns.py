"""What a column's page shows: its list by keyset pages or, for a channel, the newest of all and of each sub-column."""

import re
from dataclasses import dataclass, field

from django.http import HttpRequest
from django.utils import timezone

from lianxin.portal import queries
from lianxin.publishing.models import ColumnPage
from lianxin.publishing.queries import ListingPage, NavColumn, Row, href_of, listing_page, month_cursor, navigation, newest, site_profile

PAGE_SIZE = 20
PICTURE_PAGE_SIZE = 24
ROWS_IN_A_BLOCK = 6
# How each kind of column is laid out; kinds not named here are plain lists with summary.
LAYOUTS = {
    "documents": "documents",
    "policies": "documents",
    "guide": "guide",
    "about": "guide",
    "pictures": "pictures",
    "personnel": "plain",
    "notices": "plain",
    "data": "plain",
    "plans": "plain",
    "interaction": "plain",
}
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass
class ColumnView:
    """Everything that a column's page shows."""

    column: NavColumn
    trail: list[NavColumn]
    top: NavColumn
    layout: str
    listing: ListingPage | None = None
    latest: list[Row] = field(default_factory=list)
    """The newest of a channel, those that lie in the channel itself and in none of its sub-columns among them."""
    blocks: list[tuple[NavColumn, list[Row]]] = field(default_factory=list)
    numbers: dict[int, str] = field(default_factory=dict)
    years: tuple[tuple[int, tuple[str, ...]], ...] = ()
    month: str = ""

    @property
    def first_page(self) -> str:
        """Where the list begins; a channel's own address shows its sub-columns instead."""
        return f"{self.column.href}?page=1" if self.column.children else self.column.href

    @property
    def rows(self) -> list[tuple[Row, str]]:
        """The list's rows, each with its document number."""
        items = self.listing.items if self.listing else []
        return [(item, self.numbers.get(item.article_id, "")) for item in items]


def trail(columns: list[NavColumn], href: str) -> list[NavColumn]:
    """The columns from the top one down to the one that ``href`` lies in."""
    found: list[NavColumn] = []
    level = columns
    while True:
        step = next((column for column in level if href.startswith(column.href)), None)
        if step is None:
            return found
        found.append(step)
        level = step.children


def context(request: HttpRequest, page: ColumnPage) -> ColumnView:
    """What the page of column ``page`` shows to this request."""
    site = site_profile(request).site
    way = trail(navigation(site), href_of(page, site.root_page.url_path))
    column = way[-1] if way and way[-1].id == page.pk else NavColumn(page.pk, page.title, request.path, page.slug, page.kind, "")
    view = ColumnView(column, way or [column], (way or [column])[0], LAYOUTS.get(page.kind, "news"))
    cursor, view.month = _position(request)
    if column.children and cursor is None:
        view.layout = "section"
        rows = newest({page.pk: ROWS_IN_A_BLOCK} | {child.id: ROWS_IN_A_BLOCK for child in column.children})
        view.latest = rows[page.pk]
        view.blocks = [(child, rows[child.id]) for child in column.children]
        return view
    view.listing = listing_page(page.pk, cursor, PICTURE_PAGE_SIZE if view.layout == "pictures" else PAGE_SIZE)
    if view.layout == "documents":
        view.numbers = queries.document_numbers(view.listing.items)
    span = queries.span(page.pk)
    if span is not None and (view.listing.older is not None or view.listing.newer is not None):
        first, last = (timezone.localtime(moment) for moment in span)
        view.years = queries.months((first.year, first.month), (last.year, last.month))
    return view


def _position(request: HttpRequest) -> tuple[str | None, str]:
    """The cursor that the address asks for, by itself or through a month; what is neither gives the first page."""
    month = request.GET.get("month", "")
    found = _MONTH.fullmatch(month)
    if found and 1900 <= int(found[1]) < 9999:
        return month_cursor(int(found[1]), int(found[2])), month
    return request.GET.get("page") or None, ""
