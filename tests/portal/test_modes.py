"""Elder mode, error pages, offline page, statements: what readers get besides the news."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory

from lianxin.foundation.errors import Forbidden
from lianxin.portal import views

pytestmark = pytest.mark.django_db


class TestElderMode:
    def test_switched_on_by_a_link_and_remembered(self, portal, reader):
        response = reader.get("/elder/", {"to": "elder", "back": "/orgs/"})
        assert response.status_code == 302 and response["Location"] == "/orgs/"
        assert response.cookies["lianxin_mode"]["max-age"] > 300 * 24 * 3600
        page = reader.get("/").content.decode()
        assert 'data-mode="elder"' in page and "标准版" in page

    def test_switched_off(self, portal, reader):
        reader.get("/elder/", {"to": "elder"})
        reader.get("/elder/", {"to": "standard"})
        assert 'data-mode="elder"' not in reader.get("/").content.decode()

    @pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "evil", "/\\evil.example"])
    def test_leads_nowhere_else(self, portal, reader, back):
        assert reader.get("/elder/", {"to": "elder", "back": back})["Location"] == "/"

    def test_is_not_kept_by_caches(self, portal, reader):
        assert "no-store" in reader.get("/elder/", {"to": "elder"})["Cache-Control"]

    def test_without_a_wish_it_is_explained(self, portal, reader):
        assert "长者版" in reader.get("/elder/").content.decode()


class TestErrors:
    def test_not_found_keeps_the_frame(self, publish, reader):
        response = reader.get("/no/such/page/")
        assert response.status_code == 404
        page = response.content.decode()
        assert "没有找到这个页面" in page and "新闻动态" in page and "主办：" in page

    def test_server_error_needs_no_database(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            response = views.server_error(RequestFactory().get("/"))
        assert response.status_code == 500 and "系统出了问题" in response.content.decode()

    def test_forbidden_says_why(self):
        response = views.forbidden(RequestFactory().get("/"), Forbidden("您没有“市教育局”的采编岗位。"))
        assert response.status_code == 403 and "您没有“市教育局”的采编岗位。" in response.content.decode()
        assert "您没有打开这个页面的权限" in views.forbidden(RequestFactory().get("/"), PermissionDenied()).content.decode()

    def test_expired_form(self):
        response = views.csrf_failure(RequestFactory().post("/"), "CSRF token missing")
        page = response.content.decode()
        assert response.status_code == 403 and "页面已经过期" in page and "CSRF" not in page

    def test_unknown_host(self, portal, client):
        response = client.get("/", headers={"host": "www.nobody.example"})
        assert response.status_code == 421 and "www.nobody.example" in response.content.decode()

    def test_only_reading_is_possible(self, publish, reader):
        assert reader.post("/").status_code == 405
        assert reader.delete(f"/news/headlines/{publish().slug}/").status_code == 405


class TestPagesOfTheSite:
    @pytest.mark.parametrize(
        ("address", "words"),
        [
            ("/sitemap/", "政府信息公开指南"),
            ("/accessibility/", "无障碍工具条"),
            ("/privacy/", "Cookie"),
            ("/offline/", "没有网络"),
        ],
    )
    def test_shown(self, portal, reader, address, words):
        response = reader.get(address)
        assert response.status_code == 200 and words in response.content.decode()

    def test_service_worker_keeps_the_offline_page(self, reader, portal):
        response = reader.get("/sw.js")
        assert response["Content-Type"].startswith("text/javascript") and '"/offline/"' in response.content.decode()

    def test_offline_page_needs_no_database_of_its_own(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert views.offline(RequestFactory().get("/offline/")).status_code == 200
