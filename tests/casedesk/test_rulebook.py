"""The administrator keeps the city's limits at the desk: from a day on, with history, and without touching cases under way."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxin.casework import actions, queries
from lianxin.casework.models import Clock, Rule
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.foundation.models import AuditEntry
from lianxin.hotline import queries as hotline

pytestmark = pytest.mark.django_db
RULES = "/desk/cases/rules/"
START = date(2025, 3, 3)


def sent(**given):
    return {
        "valid_from": "2025-06-01",
        "threshold": "2",
        "unit": "WD",
        "closes": "17:30",
        "extension": "",
        "title": "政府在线留言",
        "text": "两个工作日内答复",
        "source": "和政办发〔2025〕8号",
        "verified": "v",
    } | given


@pytest.fixture
def desk(client_for, staff, clock):
    return client_for(staff.admin)


def test_a_limit_changes_from_a_day_on(desk, ways, clock):
    case = ways.handling()
    before = Clock.objects.get(case=case)
    page = desk.get(RULES).content.decode()
    assert "政府在线留言" in page and "3 个工作日" in page and "来电接听" in page and "15 秒" in page and "95%" in page
    assert "计时中 1 件" in page
    answer = desk.post(f"{RULES}L01/", sent(), follow=True).content.decode()
    assert "已保存：自 2025-06-01 起，政府在线留言 2 个工作日。" in answer and "和政办发〔2025〕8号" in answer
    assert "2025-06-01 起 2 个工作日" in desk.get(RULES).content.decode()
    assert queries.rule_in_force("L01").threshold == 3 and queries.rule_in_force("L01", date(2025, 6, 1)).threshold == 2
    assert Rule.objects.get(code="L01", threshold=3).valid_to == date(2025, 5, 31)
    clock.set("2025-06-03 10:00")
    assert "自 2025-06-01" not in desk.get(RULES).content.decode() and queries.rulebook("L01")[0].shown.threshold == 2
    after = Clock.objects.get(case=case)
    assert (after.threshold, after.due_at) == (before.threshold, before.due_at)
    assert AuditEntry.objects.filter(deed="rule.saved").exists()


def test_cases_under_way_are_told_of(desk, ways):
    ways.handling()
    answer = desk.post(f"{RULES}L02/", sent(unit="CD", closes="", title="市长信箱"), follow=True).content.decode()
    assert "办理中的 1 件仍按原来的期限。" in answer


@pytest.mark.parametrize(
    ("code", "given", "said"),
    [
        ("L01", {"valid_from": "2025-03-02"}, "已经过去的日子不能改规定"),
        ("L01", {"valid_from": "六月一日"}, "请填写施行的日期"),
        ("L01", {"threshold": "0"}, "期限填 1 至 1000 的整数"),
        ("L01", {"threshold": "5000"}, "期限填 1 至 1000 的整数"),
        ("L01", {"unit": "SE"}, "不在可用的选项中"),
        ("L01", {"source": ""}, "请填写依据的文件"),
        ("H01-CONNECTED", {"threshold": "101", "unit": "PC"}, "比例不能超过 100%"),
        ("H01-ANSWERED", {"unit": "WD"}, "不在可用的选项中"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_lost(desk, code, given, said):
    answer = desk.post(f"{RULES}{code}/", sent(**given))
    page = answer.content.decode()
    assert answer.status_code == 422 and said in page and "两个工作日内答复" in page
    assert Rule.objects.filter(code=code).count() == 1


def test_what_is_not_in_force_yet_can_be_taken_back(desk, staff):
    desk.post(f"{RULES}L01/", sent())
    page = desk.get(f"{RULES}L01/").content.decode()
    assert "2025-06-01 起的规定</span></button>" in page
    answer = desk.post(f"{RULES}L01/withdraw/", {"valid_from": "2025-06-01"}, follow=True).content.decode()
    assert "已撤回原定自 2025-06-01 起的规定" in answer
    assert Rule.objects.get(code="L01").valid_to is None
    again = desk.post(f"{RULES}L01/withdraw/", {"valid_from": "2025-06-01"}, follow=True).content.decode()
    assert "可能已被撤回" in again
    assert desk.post(f"{RULES}L01/withdraw/", {"valid_from": "2025-02-31"}).status_code == 404
    assert desk.post(f"{RULES}L01/withdraw/", {"valid_from": ""}).status_code == 404
    first = Rule.objects.get(code="L01").valid_from
    with pytest.raises(Refused, match="已经施行"):
        actions.withdraw_rule(staff.admin, "L01", first)
    with pytest.raises(Forbidden):
        actions.withdraw_rule(staff.triage, "L01", first)


def test_only_rules_that_there_are(desk):
    assert desk.get(f"{RULES}L99/").status_code == 404 and desk.post(f"{RULES}L99/withdraw/", {"valid_from": "2025-06-01"}).status_code == 404


@pytest.mark.parametrize("who", ["triage", "clerk", "head", "mayor", "supervisor", "operator", "auditor"])
def test_only_administrators_keep_them(client_for, staff, who):
    other = client_for(getattr(staff, who))
    for answer in (other.get(RULES), other.get(f"{RULES}L01/"), other.post(f"{RULES}L01/", sent())):
        assert answer.status_code in (302, 403)
    assert other.post(f"{RULES}L01/withdraw/", {"valid_from": "2025-06-01"}).status_code in (302, 403)
    assert Rule.objects.filter(code="L01").count() == 1


def test_the_standard_of_the_hotline_is_a_rule_like_others(desk, clock):
    assert (hotline.standard().seconds, hotline.standard().share) == (15, 95)
    given = sent(threshold="10", unit="SE", title="来电接听", text="十秒内接听", valid_from="2025-03-04")
    assert desk.post(f"{RULES}H01-ANSWERED/", given).status_code == 302
    clock.set("2025-03-04 09:00")
    assert hotline.standard().seconds == 10


deeds = st.lists(st.tuples(st.booleans(), st.integers(0, 6), st.integers(1, 30)), max_size=12)


@given(deeds)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_whatever_order_every_day_has_one_rule(staff, clock, orders):
    Rule.objects.filter(code="L01", valid_from__gt=date(2024, 1, 1)).delete()
    Rule.objects.filter(code="L01").update(valid_to=None, threshold=3)
    for saves, offset, threshold in orders:
        on = START + timedelta(days=offset)
        if saves:
            actions.save_rule(staff.admin, "L01", on, threshold=threshold)
            assert queries.rule_in_force("L01", on).threshold == threshold
        else:
            try:
                actions.withdraw_rule(staff.admin, "L01", on)
            except Refused:
                continue
        rows = list(Rule.objects.filter(code="L01").order_by("valid_from"))
        assert all(one.valid_to == next_one.valid_from - timedelta(days=1) for one, next_one in pairwise(rows)) and rows[-1].valid_to is None
