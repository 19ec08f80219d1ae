"""A portal to read: a city site and a county site with a few columns and published articles."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from lianxin.publishing import actions, cachebox
from lianxin.publishing.models import ArticlePage, ColumnPage, SiteProfile

PARAGRAPH = "<p>市图书馆新馆十二月起试开放，每天九点到二十一点，凭身份证入馆。</p>"


@pytest.fixture(autouse=True)
def _fresh_furniture():
    cachebox.forget()
    yield
    cachebox.forget()


@pytest.fixture
def portal(city, remembered) -> SimpleNamespace:
    """The city's site on ``localhost`` and a county's on ``qingshi.localhost``; ``columns`` are those of the city by path."""
    made = remembered("portal", lambda: _make_portal(city))
    cachebox.forget()
    return made


def _make_portal(city) -> SimpleNamespace:
    from wagtail.models import Site

    Site.objects.all().delete()
    site = actions.add_site(
        None,
        hostname="localhost",
        port=80,
        name="和安市人民政府",
        tier=SiteProfile.Tier.CITY,
        organisation=city.root,
        is_default=True,
        organiser="和安市人民政府办公室",
        contractor="和安市信息中心",
        site_code="4199000001",
        icp="和ICP备00000001号",
        police_record="和公网安备00000000000001号",
        phone="0000-1234567",
        description="和安市人民政府门户网站",
    )
    county = actions.add_site(
        None,
        hostname="qingshi.localhost",
        port=80,
        name="青石县人民政府",
        tier=SiteProfile.Tier.COUNTY,
        organisation=city.county,
        parent=site,
        theme=SiteProfile.Theme.PINE,
        organiser="青石县人民政府办公室",
    )
    columns: dict[str, ColumnPage] = {}
    plan = [
        ("news", "新闻动态", "section"),
        ("news/headlines", "政务要闻", "news"),
        ("news/announcements", "通知公告", "notices"),
        ("news/pictures", "图片新闻", "pictures"),
        ("open", "政务公开", "section"),
        ("open/documents", "政府文件", "documents"),
        ("open/guide", "政府信息公开指南", "guide"),
    ]
    for path, title, kind in plan:
        top, _, sub = path.partition("/")
        parent = ColumnPage.objects.get(pk=columns[top].pk) if sub else site.site.root_page.specific
        columns[path] = actions.open_column(
            None, parent, title=title, slug=sub or top, kind=kind, description=f"{title}栏目", keywords=f"{title},和安"
        )
    county_news = actions.open_column(None, county.site.root_page.specific, title="县内要闻", slug="local", kind="news")
    return SimpleNamespace(city=city, site=site, county=county, columns=columns, county_news=county_news)


@pytest.fixture
def publish(portal) -> Callable[..., ArticlePage]:
    """``publish("标题")``: an article that readers see, in 政务要闻 of the city unless said otherwise."""
    return publisher(portal)


def publisher(portal: SimpleNamespace, first: int = 1) -> Callable[..., ArticlePage]:
    """What ``publish`` is; its articles are numbered from ``first``."""
    made = iter(range(first, 10_000))

    def make(title: str = "新图书馆十二月开放", column: ColumnPage | None = None, at: datetime | None = None, **fields: Any) -> ArticlePage:
        number = next(made)
        values = {"organisation": portal.city.education, "summary": f"{title}的摘要。", "slug": f"story-{number}", **fields}
        body = values.pop("body", [{"type": "text", "value": PARAGRAPH}])
        return actions.import_published(
            column or portal.columns["news/headlines"],
            published_at=at or timezone.now() - timedelta(minutes=number),
            title=title,
            body=body,
            **values,
        )

    return make


@pytest.fixture
def reader() -> Client:
    """Somebody who reads the city's site."""
    return Client(SERVER_NAME="localhost")


@pytest.fixture
def county_reader() -> Client:
    """Somebody who reads the county's site."""
    return Client(SERVER_NAME="qingshi.localhost")
