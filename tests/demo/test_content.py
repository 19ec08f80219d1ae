"""The demo city's content: complete, consistent, alive on any day, and no two articles alike."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

import pytest

from lianxin.demo.articles import SHANGHAI, DemoArticle, body_blocks, handwritten, resolve
from lianxin.demo.catalogue import DEPARTMENT_KINDS, columns, leaders, organisations
from lianxin.demo.variation import grams, patterns, varied

TODAY = date(2026, 11, 21)
SEASONS = (TODAY, date(2026, 2, 20), date(2027, 7, 5))
ALIKE = 0.40
FUNCTIONS = {
    "government_office",
    "supervision_office",
    "disclosure_office",
    "hotline_office",
    "petition_bureau",
    "information_centre",
    "publicity_department",
    "deputies_committee",
    "proposals_committee",
}
#: Columns a citizen looks at daily; the generator alone must keep them fresh.
LIVELY = {"news/headlines", "news/departments", "news/counties", "news/announcements", "convenience/outages", "convenience/environment"}


@pytest.fixture(scope="module")
def written() -> list[DemoArticle]:
    return handwritten(TODAY)


@pytest.fixture(scope="module")
def generated() -> list[DemoArticle]:
    return list(varied(organisations(), TODAY, 480, 1))


@pytest.fixture(scope="module")
def everything(written: list[DemoArticle], generated: list[DemoArticle]) -> list[DemoArticle]:
    return written + generated


# organisations -------------------------------------------------------------------------------------------------------


def test_organisations_by_kind() -> None:
    kinds = Counter(unit.kind for unit in organisations())
    assert sum(kinds[kind] for kind in DEPARTMENT_KINDS) == 69
    assert (kinds["government"], kinds["county"], kinds["township"]) == (1, 13, 182)


def test_every_unit_is_unique() -> None:
    for attribute in ("slug", "name", "short_name", "code", "phone"):
        values = [getattr(unit, attribute) for unit in organisations()]
        assert len(values) == len(set(values)), attribute


def test_parents_come_before_their_children() -> None:
    seen = {""}
    for unit in organisations():
        assert unit.parent in seen, unit.slug
        seen.add(unit.slug)


def test_credit_codes_are_valid() -> None:
    for unit in organisations():
        assert re.fullmatch(r"11\d{6}[0-9A-HJ-NP-RTUW-Y]{10}", unit.code), unit.slug
        assert unit.code[17] == credit_check_digit(unit.code), unit.slug
        assert unit.code[16] == organisation_check_digit(unit.code[8:16]), unit.slug


def test_departments_say_what_they_do() -> None:
    for unit in organisations():
        if unit.kind in DEPARTMENT_KINDS:
            assert 4 <= len(unit.duties) <= 8 and 3 <= len(unit.sections) <= 8, unit.slug
            assert unit.head["name"] and unit.head["title"], unit.slug
        assert unit.phone.startswith("0000-"), unit.slug


def test_duties_are_each_unit_s_own() -> None:
    duties = [duty for unit in organisations() if unit.kind in DEPARTMENT_KINDS for duty in unit.duties]
    assert len(duties) == len(set(duties))


def test_the_offices_that_own_flows_exist() -> None:
    held = Counter(function for unit in organisations() for function in unit.functions)
    assert set(held.values()) == {1} and set(held) == FUNCTIONS


# leaders and columns -------------------------------------------------------------------------------------------------


def test_every_department_has_one_leader() -> None:
    by_slug = {unit.slug: unit for unit in organisations()}
    held = Counter(slug for leader in leaders(2026) for slug in leader.portfolio)
    assert set(held) <= set(by_slug) and set(held.values()) == {1}
    assert {unit.slug for unit in organisations() if unit.kind in DEPARTMENT_KINDS} <= set(held)


def test_leaders_have_no_placeholders_left() -> None:
    for leader in leaders(2026):
        assert "{{" not in f"{leader}" and leader.resume and leader.organisation in {unit.slug for unit in organisations()}


def test_columns() -> None:
    keys = [column.key for column in columns()]
    assert len(keys) == len(set(keys))
    assert sum("/" not in key for key in keys) == 7 and sum("/" in key for key in keys) == 65
    names = {unit.short_name: unit for unit in organisations()}
    for column in columns():
        assert column.section in names[column.unit].sections, column.key


# articles ------------------------------------------------------------------------------------------------------------


def test_hand_written_count(written: list[DemoArticle]) -> None:
    assert len(written) >= 120


def test_articles_name_known_units_and_columns(everything: list[DemoArticle]) -> None:
    units = {unit.short_name for unit in organisations()}
    keys = {column.key for column in columns() if "/" in column.key}
    for article in everything:
        assert article.unit in units, article.slug
        assert {article.column, *article.also} <= keys, article.slug


def test_slugs_and_titles_are_distinct(everything: list[DemoArticle]) -> None:
    for attribute in ("slug", "title"):
        twice = [value for value, count in Counter(getattr(article, attribute) for article in everything).items() if count > 1]
        assert not twice, attribute


def test_articles_are_finished_text(everything: list[DemoArticle]) -> None:
    for article in everything:
        text = f"{article.title}{article.summary}{article.body}{article.document_number}"
        assert not re.search(r"\{\{|\}\}|¦|None", text), article.slug
        assert article.title and article.summary and article.keywords and article.source, article.slug
        assert body_blocks(article.body), article.slug


def test_no_trace_of_the_grammar_is_left(generated: list[DemoArticle]) -> None:
    for article in generated:
        lines = [article.title, article.summary, *article.keywords, *article.body.splitlines()]
        assert not [line for line in lines if re.search(r"[\[\]{}]", line) or ("|" in line and not line.startswith("|"))], article.slug


def test_nothing_is_dated_later_than_now() -> None:
    now = datetime(2026, 11, 21, 7, 5, tzinfo=SHANGHAI)
    articles = [*handwritten(now), *varied(organisations(), now, 60, 3)]
    assert all(article.published_at <= now for article in articles)


def test_no_two_bodies_are_alike(everything: list[DemoArticle]) -> None:
    assert not list(alike(everything))


# the generator -------------------------------------------------------------------------------------------------------


def test_there_are_many_patterns(generated: list[DemoArticle]) -> None:
    assert len(patterns()) >= 35
    assert len({article.slug.rsplit("-20", 1)[0] for article in generated}) >= 35


def test_generator_is_deterministic(generated: list[DemoArticle]) -> None:
    assert list(varied(organisations(), TODAY, 480, 1)) == generated
    assert list(varied(organisations(), TODAY, 40, 2)) != generated[:40]


@pytest.mark.parametrize("today", SEASONS)
def test_the_portal_is_alive_in_every_season(today: date) -> None:
    articles = list(varied(organisations(), today, 480, 1))
    assert len(articles) == 480 and len({article.title for article in articles}) == 480
    cadence = {column.key: column.cadence_days for column in columns()}
    latest: dict[str, date] = {}
    for article in articles:
        for key in (article.column, *article.also):
            latest[key] = max(latest.get(key, date.min), article.published_at.date())
    assert not {key for key in LIVELY if (today - latest[key]).days > cadence[key]}
    assert sum(article.published_at.date() > today - timedelta(days=3) for article in articles) >= 8


@pytest.mark.parametrize("today", SEASONS)
def test_no_column_is_stale(today: date) -> None:
    assert len(handwritten(today)) >= 120
    latest: dict[str, date] = {}
    for article in (*handwritten(today), *varied(organisations(), today, 480, 1)):
        for key in (article.column, *article.also):
            latest[key] = max(latest.get(key, date.min), article.published_at.date())
    stale = {column.key for column in columns() if "/" in column.key and (today - latest.get(column.key, date.min)).days > column.cadence_days}
    assert not stale


def test_environment_report_for_each_of_thirty_days(generated: list[DemoArticle]) -> None:
    days = {article.published_at.date() for article in generated if article.slug.startswith("env-daily")}
    assert days == {TODAY - timedelta(days=back) for back in range(30)}


def test_dates_fall_in_three_years_and_mostly_office_hours(generated: list[DemoArticle]) -> None:
    days = [article.published_at.date() for article in generated]
    assert min(days) >= TODAY - timedelta(days=3 * 366) and max(days) == TODAY
    weekends = sum(day.weekday() >= 5 for day in days)
    assert 10 <= weekends <= len(days) / 4
    assert all((8, 30) <= (a.published_at.hour, a.published_at.minute) <= (18, 0) for a in generated)


# reading the files ---------------------------------------------------------------------------------------------------


def test_dates_resolve_to_the_latest_such_day() -> None:
    assert resolve("11-21 16:40", 0, TODAY) == datetime(2026, 11, 21, 16, 40, tzinfo=SHANGHAI)
    assert resolve("11-22 09:00", 0, TODAY).year == 2025
    assert resolve("03-01 09:00", 2, TODAY).year == 2024
    assert resolve("02-29 09:00", 0, TODAY).day == 28
    assert resolve("11-21 16:40", 0, datetime(2026, 11, 21, 9, tzinfo=SHANGHAI)).year == 2025


def test_light_markup_becomes_blocks() -> None:
    body = "第一段 <b>\n第二行\n\n## 一、标题\n- 甲\n- 乙\n1. 子\n\n> 引文\n\n| 项 | 值 |\n| --- | ---: |\n| 水 | 3 |\n### （一）小标题"
    assert body_blocks(body) == [
        ("paragraph", "<p>第一段 &lt;b&gt;<br/>第二行</p>"),
        ("heading", {"level": 2, "text": "一、标题"}),
        ("list", {"ordered": False, "items": ["甲", "乙"]}),
        ("list", {"ordered": True, "items": ["子"]}),
        ("quote", {"text": "引文", "source": ""}),
        ("table", {"header": ["项", "值"], "rows": [["水", "3"]], "caption": ""}),
        ("heading", {"level": 3, "text": "（一）小标题"}),
    ]


# helpers -------------------------------------------------------------------------------------------------------------


def alike(articles: list[DemoArticle]) -> list[tuple[str, str, float]]:
    """Pairs that share more than 40 % of the smaller body's 8-grams, found through an inverted index."""
    holders: dict[str, list[int]] = defaultdict(list)
    sizes: list[int] = []
    found = []
    for article in articles:
        own = grams(article.body)
        shared = Counter(index for gram in own for index in holders[gram])
        for index, count in shared.items():
            if count > ALIKE * min(len(own), sizes[index]):
                found.append((articles[index].slug, article.slug, count / min(len(own), sizes[index])))
        for gram in own:
            holders[gram].append(len(sizes))
        sizes.append(len(own))
    return found


def credit_check_digit(code: str) -> str:
    """GB 32100: weights are powers of three modulo 31."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(char) * pow(3, place, 31) for place, char in enumerate(code[:17]))
    return alphabet[-total % 31]


def organisation_check_digit(number: str) -> str:
    """GB 11714, the organisation code inside the credit code."""
    total = sum(int(char) * weight for char, weight in zip(number, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return "0123456789X"[-total % 11]
