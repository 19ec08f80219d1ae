"""Measures pages in this process, through WSGI and all middleware, and prints the rows as one line of JSON. Started by ``bench.run``."""

import contextlib
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bench.wsgi import getter

ARTICLES = 10_000
WARM_UP = 20


def prepare() -> None:
    """A migrated database with the demo city, unless the home folder has one already."""
    import django

    django.setup()
    from django.core.management import call_command

    # What it says is for the person at the terminal; the last line of standard output is ours.
    with contextlib.redirect_stdout(sys.stderr):
        call_command("prepare", demo=True)


def fill_column() -> Any:
    """A column with ``ARTICLES`` articles, copied from one of the demo's by SQL: through the reviews it would take an hour."""
    from django.db import connection, transaction
    from wagtail.models import Page

    from lianxin.publishing import actions
    from lianxin.publishing.models import ArticlePage, ColumnPage, Listing

    if found := ColumnPage.objects.filter(slug="bench").first():
        return found
    pattern = ArticlePage.objects.live().filter(listings__isnull=False).order_by("pk").first()
    home = pattern.get_site().root_page.specific
    column = actions.open_column(None, home, title="万篇栏目", slug="bench", kind="news")
    with transaction.atomic():
        Page.objects.bulk_create(
            Page(
                path=Page._get_path(column.path, column.depth + 1, number),
                depth=column.depth + 1,
                title=f"第{number}篇：{pattern.title}"[:250],
                draft_title=pattern.title,
                slug=f"bench-{number}",
                url_path=f"{column.url_path}bench-{number}/",
                content_type_id=pattern.content_type_id,
                locale_id=pattern.locale_id,
                live=True,
                first_published_at=pattern.first_published_at,
                last_published_at=pattern.last_published_at,
            )
            for number in range(1, ARTICLES + 1)
        )
        Page.objects.filter(pk=column.pk).update(numchild=ARTICLES)
        own = [field.column for field in ArticlePage._meta.local_concrete_fields if not field.primary_key]
        table = ArticlePage._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (page_ptr_id, {', '.join(own)}) SELECT page.id, {', '.join(f'old.{name}' for name in own)} "
                f"FROM wagtailcore_page page, {table} old WHERE page.slug LIKE 'bench-%%' AND old.page_ptr_id = %s",
                [pattern.pk],
            )
        listing = Listing.objects.filter(article=pattern).first()
        pages = Page.objects.filter(slug__startswith="bench-").order_by("pk").values_list("pk", "title", "slug")
        Listing.objects.bulk_create(
            Listing(
                column_id=column.pk,
                article_id=pk,
                title=title,
                href=f"/bench/{slug}/",
                summary=listing.summary,
                unit_id=listing.unit_id,
                unit_name=listing.unit_name,
                home_column_title=column.title,
                published_at=listing.published_at - timedelta(minutes=37 * index),
            )
            for index, (pk, title, slug) in enumerate(pages)
        )
        if connection.vendor == "postgresql":
            cursor = connection.cursor()
            cursor.execute("ANALYZE")
    return column


def measure(what: str, target: float, work: Callable[[], object], times: int, warm_up: int = WARM_UP) -> dict:
    """Run ``work`` again and again; milliseconds that passed, and those that this process worked (another process' work is not in these)."""
    for _ in range(warm_up):
        work()
    passed, worked = [], []
    for _ in range(times):
        began, busy = time.perf_counter(), time.process_time()
        work()
        worked.append((time.process_time() - busy) * 1000)
        passed.append((time.perf_counter() - began) * 1000)
    return {
        "what": what,
        "median": statistics.median(passed),
        "p95": statistics.quantiles(passed, n=20)[-1],
        "cpu": statistics.median(worked),
        "target": target,
    }


def main() -> None:
    """Prepare, measure, print."""
    times = int(sys.argv[1])
    prepare()
    from django.conf import settings

    from lianxin.publishing.models import ArticlePage
    from lianxin.publishing.queries import listing_page

    column = fill_column()
    get = getter(settings.DESK_HOST, settings.PORT)
    cursors = [None]
    while (older := listing_page(column.pk, cursors[-1]).older) is not None:
        cursors.append(older)
    middle, last = cursors[len(cursors) // 2], cursors[-1]
    article = ArticlePage.objects.get(slug=f"bench-{ARTICLES // 2}")
    bench = column.url_path.removeprefix(column.get_site().root_page.url_path)
    rows = [
        measure("home page", 20, lambda: get("/"), times),
        measure("article", 10, lambda: get(f"/{bench}{article.slug}/"), times),
        measure(f"column of {ARTICLES:,}, list of the first page", 5, lambda: listing_page(column.pk, None), times),
        measure("… of the middle page", 5, lambda: listing_page(column.pk, middle), times),
        measure("… of the last page", 5, lambda: listing_page(column.pk, last), times),
        measure(f"column of {ARTICLES:,}, whole first page", 5, lambda: get(f"/{bench}"), times),
        measure("… whole middle page", 5, lambda: get(f"/{bench}?page={middle}"), times),
        measure("… whole last page", 5, lambda: get(f"/{bench}?page={last}"), times),
    ]
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
