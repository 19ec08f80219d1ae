"""The public side, without JavaScript: what is explained, written, sent as far as one's name allows, followed, reviewed."""

import re

import pytest
from django.test import Client

from lianxin.casework import actions as engine
from lianxin.casework.models import Case, CaseEvent, Petitioner
from lianxin.casework.queries import by_number_and_secret
from lianxin.letters.models import Draft
from tests.identity.citizens import sent_code
from tests.portal.conftest import _fresh_furniture, portal  # noqa: F401

TEXT = "小区物业乱收停车费，没有发票。"
GUEST = {"telephone": "13800001111", "name": "王女士", "agree": "on"}


@pytest.fixture
def browser(portal, bureau) -> Client:  # noqa: F811
    """Somebody without an account."""
    return Client(SERVER_NAME="localhost")


def text(page) -> str:
    return page.content.decode().replace("<wbr>", "")


def receipt_of(page) -> tuple[str, str]:
    return re.search(r"[A-Z]{2}\d{10}", text(page))[0], re.search(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", text(page))[0]


def send(client: Client, **given):
    return client.post("/petitions/write/", {"kind": "complaint", "text": TEXT, "seen": "1"} | given)


def test_the_page_says_limits_and_what_belongs_elsewhere(browser):
    shown = text(browser.get("/petitions/"))
    for words in ("市信访局", "收到起 15 ", "受理起 60 ", "最多延长 30 日", "12388", "法院", "110"):
        assert words in shown, words


def test_the_portal_leads_there(browser):
    for page in ("/", "/sitemap/"):
        assert 'href="/petitions/"' in browser.get(page).content.decode(), page


def test_a_guest_complains_by_a_code_and_follows(browser, bureau):
    assert send(browser, **GUEST)["Location"] == "/petitions/code/"
    assert browser.post("/petitions/code/", {"code": sent_code()})["Location"] == "/petitions/done/"
    page = browser.get("/petitions/done/")
    number, secret = receipt_of(page)
    case = Case.objects.get()
    assert case.kind == "complaint" and case.office == bureau.unit and case.number == number and "no-store" in page["Cache-Control"]
    assert Petitioner.objects.get(pk=case.pk).name == "王女士" and Draft.objects.get().content == "{}"
    assert send(browser, **GUEST)["Location"] == "/petitions/done/" and Case.objects.count() == 1
    assert browser.post("/follow/", {"number": number, "secret": secret})["Location"] == "/follow/letter/"
    assert TEXT in text(browser.get("/follow/letter/")) and browser.get(f"/letters/{number}/").status_code == 404
    browser.post("/petitions/write/forget/")
    assert TEXT not in text(browser.get("/petitions/write/"))


def test_a_petition_asks_for_a_real_name_and_keeps_what_was_written(browser):
    page = send(browser, kind="petition")
    assert "需要实名" in text(page) and TEXT in text(page) and not Case.objects.exists()
    assert TEXT in text(browser.get("/petitions/write/"))


def test_what_is_typed_is_kept_before_it_is_sent_without_the_telephone(browser):
    typed = {"kind": "report", "text": TEXT, "about": "unit:education", "nameless": "on", **GUEST}
    assert browser.post("/petitions/write/keep/", typed).json() == {"kept": True}
    page = text(browser.get("/petitions/write/"))
    assert TEXT in page and re.search(r'value="unit:education"[^>]* selected', page) and re.search(r'value="report"[^>]* checked', page)
    assert GUEST["telephone"] not in Draft.objects.get().content
    send(browser, **typed)
    assert browser.post("/petitions/write/keep/", typed).json() == {"kept": False} and Draft.objects.get().content == "{}"


def test_a_report_without_a_name_leaves_no_trace_of_its_writer(browser, bureau, city):
    assert send(browser, kind="report", nameless="on", about="unit:education")["Location"] == "/petitions/done/"
    case = Case.objects.get()
    row = Petitioner.objects.get(pk=case.pk)
    assert (row.name, row.phone, row.user, case.kind, case.is_sealed) == ("", "", None, "report", True)
    number, secret = receipt_of(browser.get("/petitions/done/"))
    assert by_number_and_secret(number, secret) is not None
    assert CaseEvent.objects.get(case=case, seq=1).actor is None


def test_a_report_about_the_bureau_goes_past_it(browser, bureau):
    send(browser, kind="report", nameless="on", about="unit:petitions")
    assert Case.objects.get().kind == "report_elsewhere"
    browser.post("/petitions/write/forget/")
    page = send(browser, kind="report", nameless="on", about="unit:hean")
    assert "12388" in text(page) and TEXT in text(page)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": ""}, "请选择要办什么事"),
        ({"text": ""}, "请写下您要反映的事"),
        ({"about": "unit:education"}, "请在上面选“检举”"),
        ({"nameless": "on"}, "只有检举可以不留名"),
        ({"telephone": ""}, "请填写手机号"),
        ({"telephone": "12345"}, "手机号"),
        ({"agree": ""}, "同意《个人信息处理说明》后才能提交"),
        ({"kind": "report", "about": "unit:nowhere"}, "请从列表里选择"),
        ({"kind": "petition_review"}, "请选择要办什么事"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(browser, given, words):
    page = send(browser, **(GUEST | given))
    assert page.status_code == 200 and words in text(page)
    assert not Case.objects.exists() and (given.get("text") == "" or TEXT in text(page))


def test_a_review_sent_as_a_complaint_is_shown_the_way(browser):
    page = send(browser, text="我不服XF2025000001的答复意见书，要求复查。", seen="", **GUEST)
    assert "申请复查、复核</a>" in text(page) and "看过了，仍然提交" in text(page)
    assert send(browser, text="我不服XF2025000001的答复意见书，要求复查。", **GUEST)["Location"] == "/petitions/code/"


def test_a_review_by_number_and_secret(browser, petition, take):
    case = take()
    secret = case.shown
    form = {"number": case.number, "secret": secret, "token": "token-of-the-review-1", "reason": "钱还是没有到账。"}
    assert "还没有书面答复" in text(browser.post("/petitions/review/", form))
    petition.answered(case)
    assert "对不上" in text(browser.post("/petitions/review/", form | {"secret": "AAAA-BBBB-CCCC-DDDD"}))
    page = browser.post("/petitions/review/", form)
    number, _ = receipt_of(page)
    assert number.startswith("FC") and "no-store" in page["Cache-Control"]
    assert receipt_of(browser.post("/petitions/review/", form))[0] == number and Case.objects.filter(kind="petition_review").count() == 1


def test_a_petition_is_followed_by_its_secret_at_every_stage(browser, petition, take, bureau):
    case = take()
    browser.post("/follow/", {"number": case.number, "secret": case.shown})
    assert browser.get("/follow/letter/").status_code == 200
    petition.answered(case)
    assert "补偿款已于3月20日" in text(browser.get("/follow/letter/"))
    other = take()
    engine.decline(bureau.officer, other, "属于法院", "青石县法院")
    browser.post("/follow/", {"number": other.number, "secret": other.shown})
    assert "青石县法院" in text(browser.get("/follow/letter/"))
