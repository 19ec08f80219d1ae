"""The site map for search engines: one file for a small site, an index by month for a large one."""

import re
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lianxin.foundation.pagestore import keeps
from lianxin.portal import queries
from lianxin.publishing.models import Listing
from lianxin.publishing.queries import NavColumn, navigation, site_profile, tag_list

# The protocol allows 50,000 addresses a file.
LARGEST_FILE = 20_000
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@require_safe
@keeps("month")
def sitemap(request: HttpRequest) -> HttpResponse:
    """``/sitemap.xml``, and ``?month=2026-11`` for the parts of a large site."""
    site = site_profile(request).site
    # The home page has one row for every article that any column of the site shows.
    tag_list(site.root_page_id)
    rows = Listing.objects.filter(column_id=site.root_page_id, href__startswith="/")
    month = request.GET.get("month")
    if month is not None:
        return _file(request, _entries(request, rows.filter(**_within(month)).order_by("-published_at")[:50_000]))
    found = list(rows.order_by("-published_at", "-article_id").values_list("href", "published_at")[: LARGEST_FILE + 1])
    columns = [(request.build_absolute_uri(href), "") for href in ("/", "/orgs/", "/leaders/", "/letters/", "/boards/", *_hrefs(navigation(site)))]
    if len(found) <= LARGEST_FILE:
        return _file(request, columns + _entries(request, found))
    # Counted from the oldest article to the newest: to ask which months have one reads every row.
    first, last = (timezone.localtime(moment) for moment in (rows.order_by("published_at").values_list("published_at", flat=True)[0], found[0][1]))
    years = queries.months((first.year, first.month), (last.year, last.month))
    parts = [request.build_absolute_uri(f"/sitemap.xml?month={month}") for _, months in years for month in months]
    return render(request, "portal/sitemap_index.xml", {"parts": parts}, content_type="application/xml; charset=utf-8")


def _within(month: str) -> dict[str, Any]:
    found = _MONTH.fullmatch(month)
    if found is None or not 1900 <= int(found[1]) < 9999:
        raise Http404
    year, number = int(found[1]), int(found[2])
    first = timezone.make_aware(datetime(year, number, 1))
    return {"published_at__gte": first, "published_at__lt": timezone.make_aware(datetime(year + number // 12, number % 12 + 1, 1))}


def _hrefs(columns: list[NavColumn]) -> list[str]:
    return [href for column in columns for href in (column.href, *_hrefs(column.children))]


def _entries(request: HttpRequest, rows: Any) -> list[tuple[str, str]]:
    if not isinstance(rows, list):
        rows = rows.values_list("href", "published_at")
    root = request.build_absolute_uri("/")[:-1]
    return [(root + href, f"{timezone.localtime(moment):%Y-%m-%d}") for href, moment in rows]


def _file(request: HttpRequest, entries: list[tuple[str, str]]) -> HttpResponse:
    return render(request, "portal/sitemap.xml", {"entries": entries}, content_type="application/xml; charset=utf-8")
