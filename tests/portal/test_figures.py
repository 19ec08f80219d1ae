"""The page of visits: every number is a row, rare words stay hidden, and it stands with nothing counted yet."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from lianxin.foundation.models import VisitCount
from lianxin.portal import figures
from lianxin.publishing.models import Listing

pytestmark = pytest.mark.django_db
Kind = VisitCount.Kind
TODAY = date(2025, 3, 3)


def row(kind: str, views: int, *, key: str = "", visitors: int = 0, day: date = TODAY, host: str = "localhost") -> None:
    VisitCount.objects.create(day=day, host=host, kind=kind, key=key, views=views, visitors=visitors)


def page(reader: Any) -> str:
    response = reader.get("/figures/visits/")
    assert response.status_code == 200
    return re.sub(r"<wbr>|\u200b", "", response.content.decode())


def test_with_nothing_counted_it_says_so(portal: Any, reader: Any, county_reader: Any, clock: Any) -> None:
    for shown in (page(reader), page(county_reader)):
        assert "还没有访问记录" in shown and "还没有用过 5 次以上的搜索词" in shown


def test_every_number_is_a_row(portal: Any, publish: Callable[..., Any], reader: Any, county_reader: Any, clock: Any) -> None:
    href = Listing.objects.get(article=publish("供暖提前三天"), direct=True).href
    row(Kind.TOTAL, 12345, visitors=4321)
    row(Kind.TOTAL, 777, visitors=333, day=TODAY - timedelta(days=1))
    row(Kind.TOTAL, 999_999, visitors=1, day=TODAY - timedelta(days=40))
    row(Kind.ROBOTS, 8888)
    row(Kind.PAGE, 600, key=href)
    row(Kind.PAGE, 500, key="/news/")
    row(Kind.PAGE, 4, key="/gone/for-ever/")
    row(Kind.REFERRER, 70, key="www.baidu.com")
    row(Kind.REFERRER, 31, key="m.baidu.com")
    row(Kind.REFERRER, 20, key="county.example")
    row(Kind.DEVICE, 75, key="phone")
    row(Kind.DEVICE, 25, key="desktop")
    row(Kind.TOTAL, 55, host="qingshi.localhost")
    row(Kind.TOTAL, 12400, visitors=4400, host="")
    shown = page(reader)
    for number in ("12,345", "4,321", "777", "13,122", "8,888", "12,400", "101"):
        assert f">{number}<" in shown or f">{number} " in shown or f" {number} " in shown, number
    assert re.search(rf'href="{href}">供暖提前三天</a>', shown) and ">/gone/for-ever/</a>" in shown and ">新闻动态</a>" in shown
    assert ">百度</span>" in shown and ">county.example</span>" in shown
    assert '<b class="num">75%</b>' in shown
    assert "最多的是 2025年1月，999,999 次" in shown
    assert 'href="http://qingshi.localhost/figures/visits/">青石县人民政府</a>' in shown
    assert "12,345" not in page(county_reader) and ">55</b>" in page(county_reader)


def test_rare_words_stay_hidden(portal: Any, reader: Any, clock: Any) -> None:
    row(Kind.WORDS, 5, key="公积金<b>")
    row(Kind.WORDS, 4, key="张三家的事")
    row(Kind.ENGINE_WORDS, 4, key="李四")
    shown = page(reader)
    assert "公积金&lt;b&gt;" in shown and "张三" not in shown and "李四" not in shown


def test_a_page_costs_the_same_however_much_was_visited(portal: Any, reader: Any, clock: Any, django_assert_max_num_queries: Any) -> None:
    VisitCount.objects.bulk_create(
        VisitCount(day=TODAY - timedelta(days=n % 30), host="localhost", kind=Kind.PAGE, key=f"/news/{n}/", views=n) for n in range(300)
    )
    page(reader)
    with django_assert_max_num_queries(25):
        page(reader)


def test_shares_add_up() -> None:
    assert [share.percent for share in figures._devices([("phone", 61), ("desktop", 36), ("tablet", 3)])] == [61, 36, 3]
    assert figures._devices([]) == []
