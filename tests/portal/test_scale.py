"""What must not grow with the city: no public page reads a table of articles from end to end, and no footer holds every site."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lianxin.organisations.models import Leader
from lianxin.portal import context, sitemaps
from lianxin.publishing import actions, cachebox
from lianxin.publishing.models import Listing, SiteProfile

pytestmark = pytest.mark.django_db
# Tables with a row or more for each article; of the others a city has hundreds.
LARGE = re.compile(r"SCAN (wagtailcore_page|wagtailcore_revision|publishing_articlepage|publishing_listing|publishing_placement)\b")
ADDRESSES = ("/", "/news/", "/news/announcements/", "/open/documents/", "/orgs/", "/orgs/education/", "/leaders/", "/sitemap/", "/sitemap.xml")


def plans(queries: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Each query with the steps of its plan; SQLite plans without looking at the rows, so that few are as good as a million."""
    with connection.cursor() as cursor:
        return [(query["sql"], step[3]) for query in queries for step in cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}").fetchall()]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by the number of rows")
def test_no_page_reads_all_articles(portal: Any, publish: Callable[..., Any], reader: Any) -> None:
    article = publish("一篇", keywords="供暖")
    publish("推荐", importance=1)
    second = publish("公告", portal.columns["news/announcements"])
    addresses = [*ADDRESSES, Listing.objects.get(article=article, direct=True).href, Listing.objects.get(article=second, direct=True).href]
    addresses += ["/news/announcements/?month=2025-01", "/sitemap.xml?month=2025-01", "/feeds/news/announcements/"]
    addresses += [f"/leaders/{leader.slug}/" for leader in Leader.objects.all()[:1]]
    for address in addresses:
        cachebox.forget()
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(address).status_code in (200, 404)
        for sql, step in plans(queries.captured_queries):
            assert not LARGE.search(step), (address, step, sql)
            # A list is read in the order of an index, never sorted; what names its few columns or articles may be.
            assert "publishing_listing" not in sql or re.search(r"IN \(|EXISTS\(", sql) or "TEMP B-TREE" not in step, (address, step, sql)


def test_a_footer_shows_the_nearest_and_the_map_all(portal: Any, city: Any, reader: Any, county_reader: Any) -> None:
    county = SiteProfile.objects.get(tier=SiteProfile.Tier.COUNTY)
    for number in range(context.FAMILY_SHOWN + 5):
        actions.add_site(
            None,
            hostname=f"town{number}.localhost",
            port=80,
            name=f"第{number}镇",
            tier=SiteProfile.Tier.TOWNSHIP,
            organisation=city.township,
            # The last ones are the county's own.
            parent=county if number >= context.FAMILY_SHOWN else SiteProfile.objects.get(tier=SiteProfile.Tier.CITY),
            organiser="某镇",
        )
    foot = re.search(r"<footer>.*</footer>", county_reader.get("/").content.decode(), re.DOTALL).group()
    assert len(re.findall(r"第\d+镇", foot)) == context.FAMILY_SHOWN
    assert all(f">第{context.FAMILY_SHOWN + number}镇<" in foot for number in range(5))
    assert f'<a href="/sitemap/#sites">全部 {context.FAMILY_SHOWN + 5} 个</a>' in foot
    page = reader.get("/sitemap/").content.decode()
    assert all(f">第{number}镇<" in page for number in range(context.FAMILY_SHOWN + 5))
    assert "青石县人民政府" in foot or "青石县人民政府" in page


def test_a_large_site_map_names_every_month(portal: Any, publish: Callable[..., Any], reader: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    from django.utils import timezone

    monkeypatch.setattr(sitemaps, "LARGEST_FILE", 1)
    first = publish("早", at=timezone.now() - timedelta(days=70))
    last = publish("晚", at=timezone.now() - timedelta(hours=1))
    index = reader.get("/sitemap.xml").content.decode()
    months = re.findall(r"month=(\d{4}-\d\d)", index)
    for article in (first, last):
        assert f"{timezone.localtime(article.published_at):%Y-%m}" in months
    assert 3 <= len(months) <= 4
    assert sum(page.count("<loc>") for page in (reader.get(f"/sitemap.xml?month={month}").content.decode() for month in months)) == 2
