"""Calling back: by the hotline office, three tries, the unreached apart, dissatisfied handled once more and called again."""

from collections.abc import Callable

import pytest

from lianxin.casework import actions as engine
from lianxin.casework import checks
from lianxin.casework.models import Assignment, Case, FollowUp
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.foundation.models import AuditEntry
from lianxin.hotline import actions, queries
from tests.hotline.conftest import NUMBER

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(take, office) -> Callable[..., Case]:
    """``answered()``: a work order that the education bureau has answered."""

    def make(case: Case | None = None, **given) -> Case:
        case = case or take(**given).case
        part = Assignment.objects.get(case=case, role="lead")
        case = engine.sign_for(office.staff.clerk, case, part)
        message = engine.draft_reply(office.staff.clerk, case, "路灯已修好。", outcome="solved")
        return engine.publish_reply(office.staff.clerk, case, engine.approve_reply(office.staff.head, case, message))

    return make


def due(office) -> list[int]:
    return [one.case.pk for one in queries.callbacks(office.operator)]


def test_what_a_unit_answered_waits_to_be_called(answered, take, office, clock) -> None:
    first = answered()
    clock.shift(hours=1)
    second = answered(telephone="13900003333")
    answered(telephone="", hidden="on")
    take(telephone="13900004444")
    take(telephone="13900005555", way="answer", answer="四点半放学。")
    assert due(office) == [first.pk, second.pk] and queries.without_number(office.operator) == 1
    actions.call_back(office.operator, first, "satisfied")
    assert due(office) == [second.pk]
    assert Case.objects.get(pk=first.pk).satisfied is True


def test_three_tries_and_the_unreached_stand_apart(answered, office, clock) -> None:
    case = answered()
    for tried in range(3):
        assert [one.tries for one in queries.callbacks(office.operator)] == [tried]
        case = actions.call_back(office.operator, case, "unreached")
        if tried < 2:
            assert queries.next_callback(office.operator) is None, "not again within two hours"
            clock.shift(hours=2, minutes=1)
            assert queries.next_callback(office.operator) == case
    assert due(office) == [] and case.satisfied is None
    with pytest.raises(Refused, match="三次"):
        actions.call_back(office.operator, case, "satisfied")
    assert (queries.satisfaction().unreached, queries.satisfaction().share) == (1, None)


def test_dissatisfied_is_handled_once_more_and_called_again(answered, office) -> None:
    case = answered()
    with pytest.raises(Refused, match="不满意的地方"):
        actions.call_back(office.operator, case, "dissatisfied", " ")
    case = actions.call_back(office.operator, case, "dissatisfied", "只修了一盏。")
    assert case.stage == "reopened" and case.round == 2 and case.is_open and due(office) == []
    case = answered(case)
    assert due(office) == [case.pk]
    case = actions.call_back(office.operator, case, "dissatisfied", "还是不亮。")
    assert case.stage == "replied" and case.satisfied is False and due(office) == []
    assert (queries.satisfaction().dissatisfied, queries.satisfaction().share) == (2, 0)
    assert list(checks.wrong_cases()) == []


def test_the_staff_home_says_whom_to_call(answered, office, client_for) -> None:
    case = answered()
    page = client_for(office.operator).get("/desk/").content.decode()
    assert "等您回访" in page and f"/desk/hotline/callbacks/{case.number}/" in page
    for who in (office.elsewhere, office.staff.clerk):
        assert "等您回访" not in client_for(who).get("/desk/").content.decode()


def test_never_by_a_unit_that_handled_it_nor_by_others(answered, office, person) -> None:
    case = answered()
    both = person("both", "operator", office.unit)
    person("both", "clerk", office.city.education)
    for who in (both, office.staff.clerk, office.staff.triage, office.elsewhere, office.head):
        with pytest.raises(Forbidden):
            actions.call_back(who, case, "satisfied")
    with pytest.raises(Refused, match="结果"):
        actions.call_back(office.operator, case, "happy")
    assert not FollowUp.objects.exists()


def test_two_operators_do_not_call_the_same(answered, office) -> None:
    case = answered()
    actions.call_back(office.operator, case, "unreached", version=case.version)
    with pytest.raises(Refused, match="刷新"):
        actions.call_back(office.colleague, case, "unreached", version=case.version)


def test_the_screen_shows_the_number_only_on_record_and_leads_to_the_next(answered, office, client_for) -> None:
    first, second = answered(), answered(telephone="13900003333")
    desk = client_for(office.operator)
    page = f"/desk/hotline/callbacks/{first.number}/"
    assert NUMBER not in desk.get(page).content.decode() and NUMBER not in desk.get("/desk/hotline/callbacks/").content.decode()
    assert not AuditEntry.objects.filter(deed="petitioner.read").exists()
    assert NUMBER in desk.post(page, {"deed": "number"}).content.decode()
    entry = AuditEntry.objects.get(deed="petitioner.read")
    assert entry.actor == office.operator and "热线回访" in entry.summary and NUMBER not in entry.summary
    refused = desk.post(page, {"result": "dissatisfied", "note": ""})
    assert refused.status_code == 422 and "请填写来电人不满意的地方" in refused.content.decode()
    assert desk.post(page, {"result": "satisfied", "version": first.version})["Location"] == f"/desk/hotline/callbacks/{second.number}/"
    assert desk.post(f"/desk/hotline/callbacks/{second.number}/", {"result": "unreached"})["Location"] == "/desk/hotline/callbacks/"
    assert "过一会儿再打" in desk.get("/desk/hotline/callbacks/").content.decode()
    assert client_for(office.staff.clerk).get(page).status_code == 302
