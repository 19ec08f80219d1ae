"""Atom feeds, site maps, robots, health."""

from datetime import datetime
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError

from lianxin.portal import sitemaps

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SHANGHAI = ZoneInfo("Asia/Shanghai")


def tree(response):
    return ElementTree.fromstring(response.content)


class TestFeeds:
    def test_newest_first_whatever_is_pinned(self, publish, reader):
        publish("置顶的旧消息", at=datetime(2024, 1, 1, tzinfo=SHANGHAI), pinned=True)
        publish("新消息", at=datetime(2024, 2, 1, tzinfo=SHANGHAI))
        response = reader.get("/feeds/news/headlines/")
        assert response["Content-Type"].startswith("application/atom+xml")
        feed = tree(response)
        assert [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")] == ["新消息", "置顶的旧消息"]
        entry = feed.find(f"{ATOM}entry")
        assert entry.find(f"{ATOM}link").get("href") == "http://localhost/news/headlines/story-2/"
        assert entry.find(f"{ATOM}author").findtext(f"{ATOM}name") == "市教育局"

    def test_a_top_column_holds_what_lies_below(self, publish, reader):
        publish("下级栏目的消息")
        assert "下级栏目的消息" in reader.get("/feeds/news/").content.decode()

    @pytest.mark.parametrize("address", ["/feeds/nothing/", "/feeds/news/nothing/", "/feeds//"])
    def test_no_such_column(self, portal, reader, address):
        assert reader.get(address).status_code in (400, 404)


class TestSiteMap:
    def test_columns_and_articles_of_this_site(self, portal, publish, reader):
        publish()
        publish("县里的事", portal.county_news)
        found = [node.text for node in tree(reader.get("/sitemap.xml")).iter(f"{MAP}loc")]
        assert "http://localhost/news/headlines/" in found and "http://localhost/news/headlines/story-1/" in found
        assert not any("story-2" in address for address in found)
        assert len(found) == len(set(found))

    def test_large_sites_have_an_index_by_month(self, publish, reader, monkeypatch):
        monkeypatch.setattr(sitemaps, "LARGEST_FILE", 2)
        for month in (1, 1, 2, 3):
            publish(at=datetime(2024, month, 15, tzinfo=SHANGHAI))
        parts = [node.text for node in tree(reader.get("/sitemap.xml")).iter(f"{MAP}loc")]
        assert parts == [f"http://localhost/sitemap.xml?month=2024-{month:02}" for month in (3, 2, 1)]
        assert len(list(tree(reader.get("/sitemap.xml?month=2024-01")).iter(f"{MAP}url"))) == 2

    @pytest.mark.parametrize("month", ["", "2024", "2024-13", "0000-01", "x"])
    def test_no_such_month(self, portal, reader, month):
        assert reader.get(f"/sitemap.xml?month={month}").status_code == 404


class TestOperation:
    def test_robots(self, portal, reader):
        page = reader.get("/robots.txt").content.decode()
        assert "Disallow: /desk/" in page and "Sitemap: http://localhost/sitemap.xml" in page

    def test_health_needs_nothing(self, reader, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert reader.get("/healthz").content == b"ok\n"

    def test_ready_when_the_database_answers_and_a_site_is_there(self, reader, city):
        assert reader.get("/readyz").status_code == 503

    def test_ready(self, portal, reader):
        assert reader.get("/readyz").json() == {"ready": True, "database": True}

    def test_not_ready_without_the_database(self, portal, reader, monkeypatch):
        def fail():
            raise OperationalError

        monkeypatch.setattr("lianxin.portal.views.connection.cursor", fail)
        response = reader.get("/readyz")
        assert response.status_code == 503 and response.json()["database"] is False
