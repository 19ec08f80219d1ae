"""A call becomes a case: once, with the limit of its sort, given out or answered on the line."""

import pytest

from lianxin.casework import actions as engine
from lianxin.casework import checks, clocks, queries
from lianxin.casework.models import Assignment, Case, CaseEvent, Clock, Message, Petitioner
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.hotline import actions
from lianxin.hotline import queries as hotline
from lianxin.hotline.models import Sheet
from lianxin.hotline.typed import Typed
from tests.hotline.conftest import CALL, NUMBER

pytestmark = pytest.mark.django_db


def clock_of(case: Case) -> Clock:
    return Clock.objects.filter(case=case).order_by("-seq").first()


def test_a_work_order_goes_to_its_unit_at_once(take, office) -> None:
    receipt = take()
    case = Case.objects.get(pk=receipt.case.pk)
    assert case.number.startswith("RX2025") and case.kind == "hotline" and case.channel == "telephone" and case.stage == "assigned"
    assert case.office == office.unit and case.lead == office.city.education and case.sub_state == "help"
    assert case.subject == "和安一小校门口的路灯坏了三天"
    person = Petitioner.objects.get(case=case)
    assert (person.name, person.phone, person.user) == ("王女士", NUMBER, None)
    assert queries.by_number_and_secret(case.number, receipt.secret) is not None
    assert Assignment.objects.get(case=case).manner == "pass"


@pytest.mark.parametrize(
    ("sort", "rule", "day"),
    [
        ("enquiry", "L03-HOTLINE-ENQUIRY", "2025-03-05"),
        ("help", "L03-HOTLINE-HELP", "2025-03-17"),
        ("complaint", "L03-HOTLINE-COMPLAINT", "2025-03-24"),
    ],
)
def test_the_sort_sets_the_limit(take, sort, rule, day) -> None:
    found = clock_of(take(sort=sort).case)
    assert found.rule == rule and str(clocks.last_day(found.due_at)) == day
    assert found.state == "running"


def test_an_answer_on_the_line_ends_it(take, office) -> None:
    case = take(way="answer", sort="enquiry", answer="供暖从十一月一日开始。").case
    assert case.stage == "replied" and not case.is_open and case.lead is None and case.outcome == "explained"
    reply = Message.objects.get(case=case)
    assert (reply.state, reply.body, reply.organisation, reply.author) == ("published", "供暖从十一月一日开始。", office.unit, office.operator)
    assert clock_of(case).state == "met"
    case = engine.decide_public(office.operator, case, True)
    assert case.is_public and queries.project(case).replies[0].body == "供暖从十一月一日开始。"


def test_sent_twice_it_is_one_case_with_one_receipt(office) -> None:
    sheet = actions.open_sheet(office.operator)
    sheet = actions.keep_sheet(office.operator, sheet, Typed(**CALL, unit=str(office.city.education.pk)))
    first = actions.register(office.operator, sheet, "order")
    again = actions.register(office.operator, sheet, "order")
    assert first.is_new and not again.is_new and (first.case.pk, first.secret) == (again.case.pk, again.secret)
    assert Case.objects.count() == 1 and Sheet.objects.get().content == "{}"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"telephone": ""}, "请填写来电号码"),
        ({"telephone": "12"}, "电话号码应是"),
        ({"sort": "else"}, "请选择事项类别"),
        ({"text": "  "}, "请填写来电内容"),
        ({"unit": ""}, "请选择派给哪个单位"),
        ({"category": "no-such"}, "没有这个分类"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(take, office, given, words) -> None:
    with pytest.raises(Refused, match=words):
        take(**given)
    assert not Case.objects.exists() and CALL["name"] in hotline.sheet_of(office.operator).content
    with pytest.raises(Refused, match="请填写当场的答复"):
        take(way="answer", answer=" ")
    assert not Case.objects.exists()


def test_a_hidden_number_is_taken_without_one(take) -> None:
    case = take(telephone="", hidden="on").case
    assert Petitioner.objects.get(case=case).phone == ""
    assert take(telephone="13900001111", hidden="on").case.pk != case.pk


@pytest.mark.parametrize(
    ("typed", "kept"), [("+86 139-0000-2222", "13900002222"), ("（0470）228 0000", "04702280000"), ("１３９００００２２２２", "13900002222")]
)
def test_a_number_is_kept_as_it_is_meant(take, typed, kept) -> None:
    assert Petitioner.objects.get(case=take(telephone=typed).case).phone == kept


def test_who_called_before_is_found_by_number(take, office, clock) -> None:
    first = take().case
    clock.shift(days=2)
    sheet = actions.keep_sheet(office.colleague, actions.open_sheet(office.colleague), Typed(telephone="139 0000 2222", text="路灯"))
    found = hotline.panels(office.colleague, sheet)
    assert [one.case.pk for one in found.earlier] == [first.pk] and found.busy == []
    assert hotline.callers(office.colleague, "") == [] == hotline.callers(office.colleague, "13900009999")


def test_a_unit_once_picked_stays_whatever_is_suggested_next(office) -> None:
    sheet = actions.open_sheet(office.operator)
    sheet = actions.keep_sheet(office.operator, sheet, Typed(text="看病难", unit=str(office.city.county.pk)))
    found = hotline.panels(office.operator, sheet)
    assert found.chosen == found.chosen_besides == office.city.county
    for unit in ("", "abc", "99999999"):
        sheet = actions.keep_sheet(office.operator, sheet, Typed(text="看病难", unit=unit))
        assert hotline.panels(office.operator, sheet).chosen is None


def test_the_hotline_itself_is_no_unit_to_give_out_to(office) -> None:
    from lianxin.organisations import actions as organisations

    organisations.set_duties(office.staff.admin, office.unit, ["受理热线电话，解答政策咨询"])
    organisations.set_duties(office.staff.admin, office.city.health, ["解答医疗政策咨询"])
    sheet = actions.keep_sheet(office.operator, actions.open_sheet(office.operator), Typed(text="打热线电话咨询医疗政策"))
    assert [one.organisation for one in hotline.panels(office.operator, sheet).units] == [office.city.health]


def test_two_operators_on_one_caller(take, office, clock) -> None:
    mine = actions.keep_sheet(office.operator, actions.open_sheet(office.operator), Typed(**CALL, unit=str(office.city.education.pk)))
    theirs = actions.keep_sheet(office.colleague, actions.open_sheet(office.colleague), Typed(**CALL, unit=str(office.city.education.pk)))
    assert [one.operator for one in hotline.panels(office.operator, mine).busy] == [office.colleague]
    case = actions.register(office.operator, mine, "order").case
    clock.shift(minutes=3)
    with pytest.raises(Refused, match=f"话务甲在 3 分钟前刚为这个号码登记了 {case.number}"):
        actions.register(office.colleague, theirs, "order")
    assert Case.objects.count() == 1
    theirs = actions.keep_sheet(office.colleague, theirs, Typed(**CALL, unit=str(office.city.education.pk), another="on"))
    assert actions.register(office.colleague, theirs, "order").case.pk != case.pk
    clock.shift(minutes=11)
    assert take(operator=office.colleague).is_new


def test_only_operators_of_the_hotline_office_take_calls(office) -> None:
    for who in (office.elsewhere, office.head, office.staff.triage, office.staff.clerk, office.staff.admin, office.staff.citizen):
        with pytest.raises(Forbidden):
            actions.open_sheet(who)
    # An operator of the government above works for all of its offices.
    assert actions.open_sheet(office.staff.operator).pk
    sheet = actions.open_sheet(office.operator)
    with pytest.raises(Refused, match="清空"):
        actions.register(office.colleague, sheet, "order")
    assert actions.keep_sheet(office.colleague, sheet, Typed(text="别人的")).content == "{}"
    actions.clear_sheet(office.colleague, sheet)
    assert Sheet.objects.filter(pk=sheet.pk).exists()


def test_an_order_is_answered_by_the_unit_and_its_units_returns_are_ruled_on_by_operators(take, office) -> None:
    case = take().case
    part = Assignment.objects.get(case=case)
    case = engine.return_assignment(office.staff.clerk, case, part, "不归我们管。", suggested=office.city.health)
    assert [row.case_id for row in queries.returns_to_rule(office.operator)] == [case.pk]
    assert queries.returns_to_rule(office.staff.triage) == []
    with pytest.raises(Forbidden):
        engine.rule_on_return(office.staff.triage, case, part, to=office.city.health, ruling="改派。")
    case = engine.rule_on_return(office.operator, case, part, to=office.city.health, ruling="改派。")
    assert case.lead == office.city.health
    assert list(checks.wrong_cases()) == []


def test_what_came_by_the_web_is_sorted_by_the_office(office) -> None:
    data = engine.PetitionerData(name="李先生", phone="13900003333", identity="telephone")
    case = engine.submit(None, "hotline", token="token-of-the-web-form", subject="几点开门", text="政务大厅几点开门？", petitioner=data).case
    before = clock_of(case)
    assert before.rule == "L03-HOTLINE-HELP" and case.sub_state == "" and case.office == office.unit
    assert queries.triage_queue(office.operator) == [case] and queries.triage_queue(office.staff.triage) == []
    case = engine.accept(office.operator, case, sub_state="enquiry")
    after = clock_of(case)
    assert (after.rule, after.started_at) == ("L03-HOTLINE-ENQUIRY", before.started_at) and case.due_at == after.due_at < before.due_at
    assert Clock.objects.get(pk=before.pk).state == "stopped"
    with pytest.raises(Refused):
        engine.accept(office.operator, case, sub_state="complaint")
    assert list(checks.wrong_cases()) == []


def test_a_breach_outlives_a_new_sort(office, clock) -> None:
    data = engine.PetitionerData(name="李先生", phone="13900003333", identity="telephone")
    case = engine.submit(None, "hotline", token="token-of-the-web-form", subject="几点开门", text="政务大厅几点开门？", petitioner=data).case
    clock.shift(days=30)
    case = engine.accept(office.operator, case, sub_state="complaint")
    assert case.breached and CaseEvent.objects.filter(case=case, type="breached").count() == 2 - (clock_of(case).breached_at is None)


def test_what_the_office_writes_a_second_operator_signs(office) -> None:
    data = engine.PetitionerData(name="李先生", phone="13900003333", identity="telephone")
    case = engine.submit(None, "hotline", token="token-of-the-web-form", subject="几点开门", text="政务大厅几点开门？", petitioner=data).case
    message = engine.draft_reply(office.operator, case, "早上九点开门。", outcome="explained")
    with pytest.raises(Refused):
        engine.approve_reply(office.operator, case, message)
    with pytest.raises(Forbidden):
        engine.approve_reply(office.staff.triage, case, message)
    assert queries.replies_to_sign(office.colleague) == [message]
    message = engine.approve_reply(office.colleague, case, message)
    assert engine.publish_reply(office.operator, case, message).stage == "replied"


def test_sheets_are_forgotten(take, office, clock) -> None:
    take()
    actions.keep_sheet(office.colleague, actions.open_sheet(office.colleague), Typed(text="打错了"))
    clock.shift(hours=2, minutes=1)
    actions.forget_old_sheets()
    assert Sheet.objects.get().operator == office.colleague
    clock.shift(days=2)
    actions.forget_old_sheets()
    assert not Sheet.objects.exists()
