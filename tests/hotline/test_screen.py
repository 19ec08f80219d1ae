"""The operator's screen as a browser without JavaScript sees it: who may, what is kept, what never leaks."""

import json
import re

import pytest

from lianxin.casework.models import Case
from lianxin.hotline import actions
from lianxin.hotline import queries as hotline
from lianxin.hotline.models import Script, Sheet
from tests.hotline.conftest import CALL, NUMBER
from tests.letters.conftest import send
from tests.portal.conftest import _fresh_furniture, portal  # noqa: F401

pytestmark = pytest.mark.django_db

CALL_URL = "/desk/hotline/"


@pytest.fixture
def browser(client_for, office):
    return client_for(office.operator)


def post(browser, deed: str, **given):
    sheet = re.search(r'name="sheet" value="(\d+)"', browser.get(CALL_URL).content.decode())[1]
    return browser.post(CALL_URL, {"sheet": sheet, "deed": deed, **CALL, **given})


def test_a_call_from_the_first_ring_to_the_receipt(browser, office) -> None:
    page = post(browser, "look").content.decode()
    assert "第一次来电" in page and CALL["text"] in page and NUMBER in page
    answer = post(browser, "order", unit=str(office.city.education.pk))
    case = Case.objects.get()
    assert answer["Location"] == f"/desk/hotline/registered/{case.number}/"
    page = browser.get(answer["Location"])
    text = page.content.decode()
    secret = re.search(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", text)[0]
    assert case.number in text and "no-store" in page["Cache-Control"]
    follow = browser.post("/follow/", {"number": case.number, "secret": secret})
    assert follow["Location"] == "/follow/letter/"


def test_what_was_typed_is_kept_and_comes_back(browser, office) -> None:
    sheet = actions.open_sheet(office.operator)
    answer = browser.post(f"{CALL_URL}look/", {"sheet": sheet.pk, **CALL})
    assert answer.status_code == 200 and "派给哪个单位" in answer.content.decode()
    assert CALL["text"] in browser.get(CALL_URL).content.decode()
    assert browser.post(f"{CALL_URL}look/", {"sheet": 999_999, **CALL}).status_code == 409


def test_a_refusal_keeps_everything(browser) -> None:
    page = post(browser, "order")
    assert page.status_code == 422
    text = page.content.decode()
    assert "请选择派给哪个单位" in text and CALL["text"] in text and NUMBER in text


def test_the_second_press_leads_to_the_same_receipt(browser, office) -> None:
    sheet = actions.open_sheet(office.operator)
    sent = {"sheet": sheet.pk, "deed": "order", **CALL, "unit": office.city.education.pk}
    first, second = browser.post(CALL_URL, sent), browser.post(CALL_URL, sent)
    assert first["Location"] == second["Location"] and Case.objects.count() == 1


def test_a_cleared_sheet_is_not_sent(browser, office) -> None:
    sheet = actions.open_sheet(office.operator)
    assert post(browser, "clear").status_code == 302 and not Sheet.objects.filter(pk=sheet.pk).exists()
    browser.post(CALL_URL, {"sheet": sheet.pk, "deed": "order", **CALL, "unit": office.city.education.pk})
    assert not Case.objects.exists()


def test_the_receipt_is_for_whoever_registered_it_and_for_two_hours(browser, office, client_for, take, clock) -> None:
    number = take().case.number
    address = f"/desk/hotline/registered/{number}/"
    assert browser.get(address).status_code == 200
    assert client_for(office.colleague).get(address).status_code == 404
    clock.shift(hours=3)
    assert client_for(office.operator).get(address).status_code == 404


@pytest.mark.parametrize("who", ["triage", "clerk", "head", "supervisor", "mayor", "admin", "auditor"])
def test_nobody_else_gets_in(client_for, office, who) -> None:
    stranger = client_for(getattr(office.staff, who))
    for address in (CALL_URL, f"{CALL_URL}scripts/", f"{CALL_URL}scripts/new/"):
        assert stranger.get(address).status_code == 302, address
    stranger.post(CALL_URL, {"deed": "order", **CALL})
    assert not Case.objects.exists() and not Sheet.objects.exists()


def test_without_an_office_a_sentence_says_who_names_one(client_for, staff) -> None:
    assert "还没有设定热线办" in client_for(staff.operator).get(CALL_URL).content.decode()


def test_the_number_is_in_no_page_of_those_who_may_not_see_it(take, office, client_for) -> None:
    number = take().case.number
    for who in (office.staff.clerk, office.staff.supervisor, office.operator):
        assert NUMBER not in client_for(who).get(f"/desk/cases/{number}/").content.decode()
    assert NUMBER not in client_for(office.colleague).get(CALL_URL).content.decode()


def test_scripts_are_written_by_the_office_and_found_by_the_callers_words(browser, office) -> None:
    words = {"question": "暖气不热找谁？", "words": "停暖 供热", "answer": "请先拨供热公司。", "unit": office.city.health.pk, "active": "on"}
    assert browser.post(f"{CALL_URL}scripts/new/", words).status_code == 302
    row = Script.objects.get()
    assert [one.pk for one in hotline.scripts_for("家里停暖两天了")] == [row.pk] == [one.pk for one in hotline.scripts_for("暖气一直不热")]
    assert hotline.scripts_for("路灯坏了") == [] == hotline.scripts_for("")
    assert "请先拨供热公司" in post(browser, "look", text="家里停暖两天了").content.decode()
    again = browser.post(f"{CALL_URL}scripts/new/", words)
    assert again.status_code == 422 and "已经有这个问题的脚本" in again.content.decode()
    assert browser.post(f"{CALL_URL}scripts/{row.pk}/", words | {"active": ""}).status_code == 302
    assert hotline.scripts_for("家里停暖两天了") == []
    assert "停用" in browser.get(f"{CALL_URL}scripts/").content.decode()


def test_the_web_column_is_chosen_by_the_writer_and_triaged_with_its_sort(browser, office, city) -> None:
    from lianxin.casework import actions as engine

    data = engine.PetitionerData(name="李先生", phone="13900003333", identity="telephone")
    case = engine.submit(None, "hotline", token="token-of-the-web-form", subject="几点开门", text="政务大厅几点开门？", petitioner=data).case
    page = browser.get(f"/desk/cases/triage/{case.number}/").content.decode()
    assert 'name="sort"' in page
    sent = {"decision": "pass", "unit": city.education.pk, "sort": "enquiry", "version": case.version}
    browser.post(f"/desk/cases/triage/{case.number}/", sent)
    case.refresh_from_db()
    assert (case.stage, case.sub_state, case.lead) == ("assigned", "enquiry", city.education)


def test_the_receipt_goes_to_a_mobile_once(browser, take, office, settings) -> None:
    from lianxin.foundation.models import SmsMessage

    settings.SMS_SERVICE, settings.SMS_TEMPLATES = "tencent", {"code": "1", "notice": "2", "receipt": "3"}
    receipt = take()
    address = f"/desk/hotline/registered/{receipt.case.number}/"
    assert "用短信发给来电人" in browser.get(address).content.decode()
    for _ in range(2):
        assert browser.post(address)["Location"] == address
    message = SmsMessage.objects.get(template="receipt")
    assert message.number == NUMBER and json.loads(message.values) == [receipt.case.number, receipt.shown_secret]
    assert "已用短信发给来电人" in browser.get(address).content.decode()


@pytest.mark.parametrize("given", [{"telephone": "0470 2280000"}, {"telephone": "", "hidden": "on"}])
def test_a_landline_gets_no_message(browser, take, given) -> None:
    number = take(**given).case.number
    assert "用短信发给来电人" not in browser.get(f"/desk/hotline/registered/{number}/").content.decode()
    assert "收不到短信" in browser.post(f"/desk/hotline/registered/{number}/", follow=True).content.decode()


def test_without_an_approved_message_it_is_only_read_out(browser, take, settings) -> None:
    settings.SMS_SERVICE, settings.SMS_TEMPLATES = "tencent", {"code": "1", "notice": "2"}
    assert "用短信发给来电人" not in browser.get(f"/desk/hotline/registered/{take().case.number}/").content.decode()


def test_what_waits_longer_than_a_day_is_told(browser, office, clock) -> None:
    from lianxin.casework import actions as engine

    data = engine.PetitionerData(name="李先生", phone="13900003333", identity="telephone")
    engine.submit(None, "hotline", token="token-of-the-web-form", subject="几点开门", text="政务大厅几点开门？", petitioner=data)
    assert (hotline.web_column(office.operator).waiting, hotline.web_column(office.operator).late) == (1, 0)
    clock.shift(hours=25)
    assert hotline.web_column(office.operator).late == 1 and hotline.web_column(office.staff.triage).waiting == 0
    assert "超过 24 小时" in client_page(browser, "/desk/hotline/figures/")


def client_page(browser, address: str) -> str:
    return browser.get(address).content.decode()


def test_a_guest_writes_to_the_web_column(portal, office, client) -> None:  # noqa: F811
    assert 'value="hotline" id="id_to_3" checked' in client.get("/write/?to=hotline").content.decode()
    number = re.search(r"RX\d{10}", send(client, to="hotline").content.decode())[0]
    case = Case.objects.get(number=number)
    assert (case.kind, case.office, case.stage, case.channel) == ("hotline", office.unit, "submitted", "web")
