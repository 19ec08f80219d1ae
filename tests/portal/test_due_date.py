"""/tools/due-date/: the last day, the way to it, and what is said when there is no answer."""

from datetime import date

import pytest
from django.test import Client

from lianxin.casework.actions import save_rule
from lianxin.casework.models import Rule
from lianxin.casework.rules import for_everybody, rule_in_force, rules_in_force
from lianxin.foundation import calendar, pagestore
from lianxin.foundation.pagestore.collecting import Collection, current
from lianxin.portal import duedate

pytestmark = pytest.mark.django_db
ADDRESS = "/tools/due-date/"


@pytest.fixture(autouse=True)
def today(clock) -> None:
    clock.set("2025-09-15 09:00")


def ask(client: Client, **asked: str) -> tuple[int, str]:
    answer = client.get(ADDRESS, asked)
    return answer.status_code, answer.content.decode()


# Worked out by hand: 2025-09-28 (Sunday) and 10-11 (Saturday) were workdays, 10-01 to 10-08 off.
@pytest.mark.parametrize(
    ("rule", "day", "late", "last"),
    [
        ("L01", date(2025, 9, 26), False, date(2025, 9, 30)),
        ("L01", date(2025, 9, 26), True, date(2025, 10, 9)),
        ("L01", date(2025, 9, 29), False, date(2025, 10, 10)),
        ("L01", date(2025, 10, 1), False, date(2025, 10, 13)),
        ("L02", date(2025, 9, 30), False, date(2025, 10, 3)),
        ("O03", date(2025, 9, 26), False, date(2025, 10, 30)),
        ("N01", date(2025, 11, 30), False, date(2026, 2, 28)),
        ("X03", date(2025, 9, 1), False, date(2025, 10, 31)),
    ],
)
def test_the_last_day(rule: str, day: date, late: bool, last: date) -> None:
    found = duedate.reckon(rule_in_force(rule), day, late=late)
    assert found.due.day == last
    assert found.days[-1].date == last
    assert found.counted + found.passed_over + 1 == len(found.days)


def test_the_answer_shows_every_day_and_quotes_the_rule(client, portal) -> None:
    status, text = ask(client, rule="L01", day="2025-09-26")
    assert status == 200
    for words in ("2025年9月30日", "星期二", "三个工作日内答复", "调休上班，计入", "周末，不计", "报道所载本地规定", "其中调休上班 1 天"):
        assert words in text, words
    for day in ("2025-09-26", "2025-09-27", "2025-09-28", "2025-09-29", "2025-09-30"):
        assert f'datetime="{day}"' in text


def test_every_rule_can_be_asked(client, portal) -> None:
    _, form = ask(client)
    for nobody_asks in ("来电接听", "接通率", "黄牌", "红牌", "导入的来信"):
        assert Rule.objects.filter(title=nobody_asks).exists() and nobody_asks not in form
    assert ask(client, rule="V01", day="2025-09-26")[0] == 400
    kept_inside = set(rules_in_force().filter(unit__in=Rule.IN_DAYS)) - set(for_everybody())
    assert {rule.code for rule in kept_inside} == {"V01", "V02", "L02-IMPORTED"}
    for rule in for_everybody():
        assert f'value="{rule.code}"' in form
        assert ask(client, rule=rule.code, day="2025-09-26")[0] == 200, rule


def test_a_year_without_a_notice_is_said_to_be_provisional(client, portal) -> None:
    assert "暂按周历推算" in ask(client, rule="O03", day="2027-09-26")[1]
    assert "暂按周历推算" not in ask(client, rule="O03", day="2025-09-26")[1]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"rule": "L01", "day": "30.9."}, "日期请写成"),
        ({"rule": "L01", "day": ""}, "请选择收到的日期"),
        ({"rule": "", "day": "2025-09-26"}, "请选择是什么事"),
        ({"rule": "no-such", "day": "2025-09-26"}, "没有这项规定"),
        ({"rule": "L01", "day": "0001-01-01"}, "只能计算"),
        ({"rule": "L01", "day": "9999-12-31"}, "只能计算"),
        ({"rule": "X03", "day": "2010-01-04"}, "起才施行"),
        ({"rule": "<script>alert(1)</script>", "day": "2025-09-26"}, "没有这项规定"),
    ],
)
def test_what_cannot_be_answered_says_what_to_do(client, portal, asked: dict[str, str], said: str) -> None:
    status, text = ask(client, **asked)
    assert status == 400
    assert said in text
    assert "<script>alert" not in text


def test_kept_pages_change_with_rules_and_days_off(client, portal, people, person, django_capture_on_commit_callbacks) -> None:
    collection = Collection(pagestore.clock().now())
    token = current.set(collection)
    try:
        ask(client, rule="L01", day="2025-09-26")
    finally:
        current.reset(token)
    assert collection.kept and collection.parameters == ("rule", "day", "late")
    assert {duedate.RULES, calendar.TAG} <= set(collection.tags)
    before = pagestore.clock().now()
    with django_capture_on_commit_callbacks(execute=True):
        save_rule(person("keeper", "administrator", portal.city.root), "L01", date(2025, 9, 1), threshold=5)
    assert pagestore.clock().now() > before
    assert "2025年10月10日" in ask(client, rule="L01", day="2025-09-26")[1]


def test_the_site_map_leads_there(client, portal) -> None:
    assert ADDRESS in client.get("/sitemap/").content.decode()
