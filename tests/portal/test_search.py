"""The search page as readers see it, and its suggestions."""

import pytest
from django.test import Client

from lianxin.foundation.search import engine, folder, rebuild


@pytest.fixture(autouse=True)
def empty_folder(settings, tmp_path):
    settings.HOME = tmp_path
    folder.forget()
    yield
    folder.forget()


@pytest.fixture
def indexed(portal, publish):
    publish("图书馆新馆十二月开放", document_number="和政发〔2025〕1号")
    publish("图书馆志愿者招募公告", column=portal.columns["news/announcements"])
    publish("青石县图书馆借书证通用", column=portal.county_news, organisation=portal.city.county)
    publish("县城幼儿园报名", column=portal.county_news, organisation=portal.city.county)
    publish('引号"和<尖括号>入馆须知')
    rebuild.rebuild()


def page(reader: Client, **query: str) -> str:
    response = reader.get("/search/", query)
    assert response.status_code == 200
    return response.content.decode()


def test_results_show_title_unit_column_and_day(indexed, reader) -> None:
    html = page(reader, q="图书馆")
    assert "<mark>图书馆</mark>新馆十二月开放" in html
    assert "和政发〔2025〕1号" in html and "市教育局" in html and "政务要闻" in html
    # The county's own are a choice away.
    assert "借书证通用" not in html and "青石县人民政府" in html


def test_results_of_other_sites_carry_their_host(indexed, reader) -> None:
    html = page(reader, q="图书馆", site="all")
    assert 'href="http://qingshi.localhost/local/' in html
    assert 'href="/news/headlines/' in html


def test_what_is_found_is_escaped(indexed, reader) -> None:
    html = page(reader, q='尖括号"><script>alert(1)</script>')
    assert "<script>alert" not in html
    assert "&lt;<mark>尖括号</mark>&gt;" in page(reader, q="尖括号")


def test_a_facet_narrows_and_can_be_lifted(indexed, portal, reader) -> None:
    column = portal.columns["news/announcements"]
    html = page(reader, q="图书馆", column=str(column.pk))
    assert "志愿者" in html and "十二月开放" not in html
    assert "不限" in html


def test_nothing_here_points_to_where_something_is(indexed, reader) -> None:
    html = page(reader, q="幼儿园")
    assert "在所有网站找到 1 条" in html
    html = page(reader, q="完全没有的词语组合")
    assert "没有找到" in html and 'href="/news/headlines/"' in html


def test_pinyin_and_slips_are_told(indexed, reader) -> None:
    # In one piece, as the line around it puts its pieces far apart.
    assert "<span>没有找到“tushuguan”，已按“<strong>图书馆</strong>”查找，找到" in page(reader, q="tushuguan")
    assert "已按“<strong>图书馆</strong>”查找" in page(reader, q="图书管")


@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "  "}])
def test_an_empty_box_explains_itself(indexed, reader, query) -> None:
    assert "可以只写一部分" in page(reader, **query)


@pytest.mark.parametrize(
    "query",
    [
        {"q": "的"},
        {"q": "😀"},
        {"q": "图书馆", "page": "99999999999999"},
        {"q": "图书馆", "page": "-1"},
        {"q": "图书馆", "page": "٣"},
        {"q": "图书馆", "site": "banana", "column": "-5", "unit": "9" * 40, "kind": "'", "year": "二〇"},
        {"q": "图书馆", "sort": "price"},
        {"q": "\u202e图书馆"},
        {"q": "“图书馆"},
        {"q": "馆" * 200},
    ],
    ids=range(10),
)
def test_bad_input_gets_a_page(indexed, reader, query) -> None:
    page(reader, **query)


def test_ten_thousand_characters_are_refused_kindly(indexed, reader) -> None:
    response = reader.get("/search/", {"q": "政府" * 5000})
    assert response.status_code == 400 and "地址" in response.content.decode()


def test_only_the_first_characters_count(indexed, reader) -> None:
    assert len(page(reader, q="图书馆" * 60)) < 60_000
    assert engine.LONGEST_QUESTION == 100


def test_suggestions_are_few_and_link(indexed, reader) -> None:
    response = reader.get("/search/suggest/", {"q": "图书"})
    found = response.json()
    assert "图书馆" in found["words"] and len(found["words"]) <= 5 and len(found["titles"]) <= 5
    hrefs = {title["title"]: title["href"] for title in found["titles"]}
    assert hrefs["青石县图书馆借书证通用"].startswith("http://qingshi.localhost/")
    assert reader.get("/search/suggest/", {"q": ""}).json() == {"words": [], "titles": []}


def test_without_an_index_the_page_says_so(portal, reader) -> None:
    assert "正在准备" in page(reader, q="图书馆")
    assert reader.get("/search/suggest/", {"q": "图书"}).json() == {"words": [], "titles": []}


def test_the_search_needs_few_queries(indexed, reader, django_assert_max_num_queries) -> None:
    page(reader, q="图书馆")
    with django_assert_max_num_queries(12):
        page(reader, q="图书馆", site="all")
