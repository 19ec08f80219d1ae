"""The pages of /my/: every errand without JavaScript, what they refuse, and that they are nobody else's."""

import io
import logging
import re
import zipfile
from collections.abc import Callable

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from lianxin.identity import actions, citizen_web, queries, registry
from lianxin.identity.models import CitizenSession, User
from tests.identity.citizens import (
    CHILD_NUMBER,
    CODE,
    ENTERPRISE,
    NAME,
    NUMBER,
    OTHER_TELEPHONE,
    PRIVACY,
    TELEPHONE,
    sent_code,
    signed_up,
    wrong,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(portal, clock) -> Client:
    """A browser that nobody has signed in with."""
    return Client(SERVER_NAME="localhost", HTTP_USER_AGENT="Mozilla/5.0 (Linux; Android 15) Chrome/140 Mobile")


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))


def send(browser: Client, address: str, **fields):
    """Open a page, send its form with its hidden fields, and return the page that follows."""
    page = browser.get(address).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(version)" value="([^"]*)"', page))
    return browser.post(address, hidden | fields, follow=True)


@pytest.fixture
def sign_in(browser) -> Callable[..., Client]:
    """``sign_in()``: through the pages, signing up where needed."""

    def walk(telephone: str = TELEPHONE, who: str = "", age: str = "grown", client: Client = browser) -> Client:
        query = f"?who={who}" if who else ""
        answer = send(client, f"/my/sign-in/{query}", telephone=telephone)
        address = answer.redirect_chain[-1][0]
        answer = client.post(address, {"code": sent_code()}, follow=True)
        if "/my/welcome/" in answer.redirect_chain[-1][0]:
            answer = send(client, answer.redirect_chain[-1][0], age=age, agree="on")
        assert (answer.status_code == 200 and "您好" in text_of(answer)) or "监护人" in text_of(answer)
        return client

    return walk


def test_from_nothing_to_ones_own_page(browser, sign_in):
    assert browser.get("/my/").headers["Location"] == "/my/sign-in/?next=%2Fmy%2F"
    sign_in()
    page = text_of(browser.get("/my/"))
    assert "手机号已核验" in page and "199****0001" in page and TELEPHONE not in page
    cookie = browser.cookies["citizenid"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and "sessionid" not in browser.cookies
    assert browser.cookies["citizen_step"].value == ""
    assert browser.get("/my/sign-in/").headers["Location"] == "/my/"


def test_the_second_time_no_consent_is_asked_for(browser, sign_in, clock):
    sign_in()
    browser.post("/my/sign-out/")
    clock.shift(minutes=2)
    answer = send(browser, "/my/sign-in/?next=/my/sessions/", telephone=TELEPHONE)
    answer = browser.post(answer.redirect_chain[-1][0], {"code": sent_code()}, follow=True)
    assert answer.redirect_chain == [("/my/sessions/", 302)] and "Chrome · 安卓" in text_of(answer)


def test_known_and_unknown_numbers_get_the_same_page(browser, clock):
    signed_up()
    clock.shift(days=1)
    pages = []
    for telephone in (TELEPHONE, OTHER_TELEPHONE):
        client = Client(SERVER_NAME="localhost")
        answer = send(client, "/my/sign-in/", telephone=telephone)
        page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", answer.content.decode())
        pages.append((answer.redirect_chain, page.replace("****0002", "****0001")))
    assert pages[0] == pages[1]


def test_wrong_codes_are_counted_and_nothing_is_lost(browser):
    answer = send(browser, "/my/sign-in/", telephone=TELEPHONE)
    address, right = answer.redirect_chain[-1][0], sent_code()
    answer = browser.post(address, {"code": "12 34"})
    assert "6 位数字" in text_of(answer) and 'value="12 34"' in answer.content.decode()
    for left in (4, 3, 2, 1):
        assert f"还可以再试 {left} 次" in text_of(browser.post(address, {"code": wrong(right)}))
    assert "已经作废" in text_of(browser.post(address, {"code": wrong(right)}))
    assert "已经失效" in text_of(browser.post(address, {"code": right}))
    assert "citizenid" not in browser.cookies


def test_another_code_can_be_asked_for(browser, clock):
    answer = send(browser, "/my/sign-in/?next=/my/profile/", telephone=TELEPHONE)
    address, first = answer.redirect_chain[-1][0], sent_code()
    assert "秒后再试" in text_of(browser.post(address, {"again": "1"}))
    clock.shift(minutes=1)
    answer = browser.post(address, {"again": "1"}, follow=True)
    assert "新的验证码已经发出" in text_of(answer)
    if first != sent_code():
        assert "验证码不对" in text_of(browser.post(address, {"code": first}))
    assert browser.post(address, {"code": sent_code()}).headers["Location"] == "/my/welcome/?next=%2Fmy%2Fprofile%2F"


def test_what_is_no_telephone_is_refused_and_kept(browser):
    answer = send(browser, "/my/sign-in/", telephone="1380013<b>")
    assert "11 位数字" in text_of(answer) and 'value="1380013&lt;b&gt;"' in answer.content.decode()
    assert "请填写手机号" in text_of(send(browser, "/my/sign-in/", telephone=""))


def test_without_a_code_under_way_the_later_pages_lead_back(browser):
    for address in ("/my/sign-in/code/", "/my/welcome/"):
        answer = browser.get(address, follow=True)
        assert answer.redirect_chain[-1][0].startswith("/my/sign-in/") and "已经失效" in text_of(answer)


def test_newcomers_must_agree_and_say_whether_they_are_grown_up(browser):
    answer = send(browser, "/my/sign-in/", telephone=TELEPHONE)
    answer = browser.post(answer.redirect_chain[-1][0], {"code": sent_code()}, follow=True)
    answer = send(browser, "/my/welcome/")
    assert "请选择年龄" in text_of(answer) and "同意《个人信息处理说明》后才能使用账号" in text_of(answer)
    answer = browser.post("/my/welcome/", {"version": "2001-01", "agree": "on", "age": "grown"})
    assert "新版本" in text_of(answer)
    assert not User.objects.filter(kind="citizen").exists()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)", "/my/sign-in/code/"])
def test_nobody_is_led_elsewhere(browser, target):
    answer = send(browser, f"/my/sign-in/?next={target}", telephone=TELEPHONE)
    answer = browser.post(answer.redirect_chain[-1][0], {"code": sent_code()}, follow=True)
    answer = send(browser, answer.redirect_chain[-1][0], age="grown", agree="on")
    assert answer.redirect_chain[-1][0] == "/my/"


def test_an_enterprise(browser, sign_in):
    sign_in(who="enterprise")
    answer = send(browser, "/my/real-name/", enterprise_name=ENTERPRISE, enterprise_code="91", name=NAME, number=NUMBER, agree="on")
    assert "统一社会信用代码不对" in text_of(answer) and ENTERPRISE in answer.content.decode()
    answer = send(browser, "/my/real-name/", enterprise_name=ENTERPRISE, enterprise_code=CODE, name=NAME, number=NUMBER, agree="on")
    assert f"您好，{ENTERPRISE}" in text_of(answer) and "实名已核验" in text_of(answer)


def test_a_real_name(browser, sign_in):
    sign_in()
    answer = send(browser, "/my/real-name/", name=NAME, number=NUMBER[:-1] + "5", agree="on")
    assert "身份证号不对" in text_of(answer) and f'value="{NAME}"' in answer.content.decode()
    assert "单独同意" in text_of(send(browser, "/my/real-name/", name=NAME, number=NUMBER))
    answer = send(browser, "/my/real-name/", name=NAME, number=NUMBER, agree="on")
    assert "实名核验已通过" in text_of(answer) and "林**" in text_of(answer)
    assert NUMBER not in browser.get("/my/real-name/").content.decode()


def test_a_child_and_the_guardian(browser, sign_in, clock):
    sign_in(age="minor")
    assert "还差一步" in text_of(browser.get("/my/"))
    answer = send(browser, "/my/guardian/", telephone=OTHER_TELEPHONE)
    address, right = answer.redirect_chain[-1][0], sent_code()
    given = {"name": NAME, "number": NUMBER, "relationship": "母亲", "agree": "on"}
    answer = send(browser, address, code=wrong(right), **given)
    assert "验证码不对" in text_of(answer) and f'value="{NAME}"' in answer.content.decode()
    answer = send(browser, address, code=right, **(given | {"number": CHILD_NUMBER}))
    assert "十八周岁" in text_of(answer) and 'name="code"' not in answer.content.decode(), "the code was right: it is not asked for again"
    answer = send(browser, address, **given)
    assert "监护人同意已登记" in text_of(answer) and "手机号已核验" in text_of(answer)


def test_a_number_that_shows_a_child_leads_to_the_guardian(browser, sign_in):
    sign_in()
    answer = send(browser, "/my/real-name/", name=NAME, number=CHILD_NUMBER, agree="on")
    assert answer.redirect_chain[-1][0] == "/my/guardian/?next=%2Fmy%2Freal-name%2F"


def test_the_profile_page(browser, sign_in):
    sign_in()
    answer = send(browser, "/my/profile/", display_name="李女士")
    assert "资料已保存" in text_of(answer)
    user = User.objects.get(kind="citizen")
    assert (queries.own_data(user).display_name, user.citizen.sms_notices) == ("李女士", False)
    assert "20 个字" in text_of(send(browser, "/my/profile/", display_name="长" * 21))


def confirm(browser: Client, clock) -> None:
    """Prove again to hold the telephone."""
    clock.shift(minutes=16)
    browser.post("/my/confirm/")
    browser.post("/my/confirm/", {"code": sent_code()})


def test_another_telephone_by_pages(browser, sign_in, clock):
    sign_in()
    clock.shift(minutes=16)
    answer = browser.get("/my/telephone/", follow=True)
    assert answer.redirect_chain[-1][0] == "/my/confirm/?next=%2Fmy%2Ftelephone%2F" and "199****0001" in text_of(answer)
    confirm(browser, clock)
    answer = send(browser, "/my/telephone/", telephone=OTHER_TELEPHONE)
    answer = browser.post(answer.redirect_chain[-1][0], {"code": sent_code()}, follow=True)
    assert "手机号已更换" in text_of(answer) and "199****0002" in text_of(answer)


def test_devices(browser, sign_in, clock):
    sign_in()
    clock.shift(minutes=2)
    other = sign_in(client=Client(SERVER_NAME="localhost", HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/140"))
    page = text_of(browser.get("/my/sessions/"))
    assert "Firefox · Windows" in page and "这台设备" in page
    browser.post("/my/sessions/", {"end": "others"})
    assert other.get("/my/").status_code == 302 and browser.get("/my/").status_code == 200
    clock.shift(minutes=2)
    sign_in(client=other)
    browser.post("/my/sessions/", {"end": str(CitizenSession.objects.latest("pk").pk)})
    assert other.get("/my/").status_code == 302
    browser.post("/my/sessions/", {"end": "all"})
    assert browser.get("/my/").status_code == 302
    for nonsense in ("x", "9" * 40, "-1"):
        assert browser.post("/my/sessions/", {"end": nonsense}).status_code == 302


def test_consents_are_shown_and_withdrawn(browser, sign_in):
    sign_in()
    send(browser, "/my/real-name/", name=NAME, number=NUMBER, agree="on")
    assert "敏感个人信息单独同意书" in text_of(browser.get("/my/consents/"))
    assert "注销账号" in text_of(browser.post("/my/consents/", {"kind": "privacy"}))
    answer = browser.post("/my/consents/", {"kind": "sensitive"}, follow=True)
    assert "同意已撤回" in text_of(answer) and "撤回" in text_of(answer)
    assert "已经撤回" in text_of(browser.post("/my/consents/", {"kind": "sensitive"}))
    assert browser.post("/my/consents/", {"kind": "no such kind"}).status_code == 200


def test_readings_page_by_page(browser, sign_in):
    sign_in()
    user = User.objects.get(kind="citizen")
    assert "还没有人看过" in text_of(browser.get("/my/readings/"))
    for number in range(45):
        actions.read_personal_data(None, user, ["telephone"], f"发送短信通知 {number}")
    first = browser.get("/my/readings/")
    assert "发送短信通知 44" in text_of(first) and "发送短信通知 24" not in text_of(first)
    older = re.search(r'href="(\?before=\d+)"', first.content.decode())[1]
    second = text_of(browser.get(f"/my/readings/{older}"))
    assert "发送短信通知 24" in second and "发送短信通知 5看" in second and "发送短信通知 4看" not in second
    for nonsense in ("x", "1" * 30, "-5"):
        assert browser.get(f"/my/readings/?before={nonsense}").status_code == 404


def test_the_copy_of_my_data(browser, sign_in, run_jobs, clock):
    sign_in()
    answer = browser.post("/my/export/", follow=True)
    assert "正在准备" in text_of(answer)
    run_jobs()
    page = browser.get("/my/export/").content.decode()
    address = re.search(r"/my/export/\d+/", page)[0]
    clock.shift(minutes=16)
    assert browser.get(address).headers["Location"].startswith("/my/confirm/")
    confirm(browser, clock)
    answer = browser.get(address)
    assert (answer["Content-Type"], answer["Content-Disposition"]) == ("application/zip", 'attachment; filename="my-data.zip"')
    assert "no-store" in answer["Cache-Control"]
    assert "data.json" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    other = Client(SERVER_NAME="localhost")
    assert other.get(address).headers["Location"].startswith("/my/sign-in/")
    sign_in(OTHER_TELEPHONE, client=other)
    assert other.get(address).headers["Location"] == "/my/export/?over=1"


def test_deleting_the_account(browser, sign_in, clock):
    sign_in()
    clock.shift(minutes=16)
    assert browser.get("/my/delete/").headers["Location"].startswith("/my/confirm/")
    assert browser.post("/my/delete/", {"agree": "on"}).headers["Location"].startswith("/my/confirm/")
    confirm(browser, clock)
    assert "个人信息保护法" in text_of(browser.get("/my/delete/"))
    assert "请先勾选" in text_of(browser.post("/my/delete/"))
    answer = browser.post("/my/delete/", {"agree": "on"})
    assert "账号已注销" in text_of(answer) and browser.cookies["citizenid"].value == ""
    assert browser.get("/my/").status_code == 302 and not User.objects.filter(kind="citizen", is_active=True).exists()


def test_other_rooms_join(browser, sign_in, monkeypatch):
    monkeypatch.setattr(registry, "_places", [lambda user: registry.MyPlace("我的来信", "/letters/mine/", "2 件正在办理"), lambda user: None])
    sign_in()
    assert "我的来信" in text_of(browser.get("/my/"))


def test_the_outbox_is_for_the_developers_machine(browser, sign_in, run_jobs, settings):
    sign_in()
    run_jobs()
    page = text_of(browser.get("/my/outbox/"))
    assert TELEPHONE in page and "验证码" in page
    assert browser.get("/my/outbox/", REMOTE_ADDR="192.0.2.9").status_code == 404
    settings.DEVELOPMENT = False
    assert browser.get("/my/outbox/").status_code == 404
    assert "本机短信箱" not in browser.get("/my/sign-in/", follow=True).content.decode()


def test_the_older_address_leads_here(browser):
    for address in ("/account/", "/account/anything/"):
        answer = browser.get(address)
        assert (answer.status_code, answer.headers["Location"]) == (301, "/my/")


PRIVATE = ["", "profile/", "readings/", "consents/", "sessions/", "telephone/", "real-name/", "guardian/", "export/", "delete/", "confirm/"]


@pytest.mark.parametrize("page", PRIVATE)
def test_strangers_sign_in_first_and_no_page_is_kept(browser, sign_in, page):
    answer = browser.get(f"/my/{page}")
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/my/sign-in/")
    sign_in()
    answer = browser.get(f"/my/{page}")
    assert answer.status_code in (200, 302)
    assert "no-store" in answer["Cache-Control"] and "Cookie" in answer["Vary"]


def test_the_desk_and_the_citizen_know_nothing_of_each_other(browser, sign_in, person, client_for):
    clerk = client_for(person("clerk"))
    assert clerk.get("/my/").status_code == 302
    sign_in()
    assert browser.get("/desk/").status_code == 302
    assert not CitizenSession.objects.filter(user__kind="staff").exists()


def test_cookies_go_over_https_only_and_to_all_sites_where_so_set(browser, settings, sign_in):
    settings.SESSION_COOKIE_SECURE, settings.CITIZEN_COOKIE_DOMAIN = True, ".hean.gov.cn"
    answer = send(browser, "/my/sign-in/", telephone=TELEPHONE)
    assert browser.cookies["citizen_step"]["secure"] and browser.cookies["citizen_step"]["path"] == "/my/"
    token = actions.confirm_verification(browser.cookies["citizen_step"].value, sent_code()).token
    signed_in = actions.sign_up(token, consent_version=PRIVACY)
    request = RequestFactory().get("/")
    response = citizen_web.start(request, HttpResponse(), signed_in)
    cookie = response.cookies["citizenid"]
    assert (cookie["secure"], cookie["domain"], cookie["httponly"]) == (True, ".hean.gov.cn", True)
    assert answer.status_code == 200


def test_a_session_that_was_there_ends_with_the_next(clock):
    first, second = signed_up(), signed_up(OTHER_TELEPHONE)
    request = RequestFactory().get("/")
    request.COOKIES["citizenid"] = first.cookie
    citizen_web.start(request, HttpResponse(), second)
    assert not CitizenSession.objects.filter(pk=first.session.pk).exists()


def test_forms_from_elsewhere_are_refused(portal, clock):
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    strict.get("/my/sign-in/")
    assert strict.post("/my/sign-in/", {"telephone": TELEPHONE}).status_code == 403
    assert strict.post("/my/sign-out/").status_code == 403


def test_no_personal_data_in_addresses_or_logs(browser, sign_in, clock, run_jobs, caplog):
    """The whole way, with the log at its most talkative; codes may show, as this is a developer's machine."""
    caplog.set_level(logging.DEBUG)
    addresses: list[str] = []
    original = browser.generic

    def noting(method, path, *args, **extra):
        addresses.append(path)
        return original(method, path, *args, **extra)

    browser.generic = noting
    sign_in()
    send(browser, "/my/profile/", display_name="林女士", sms_notices="on")
    send(browser, "/my/real-name/", name=NAME, number=NUMBER, agree="on")
    confirm(browser, clock)
    answer = send(browser, "/my/telephone/", telephone=OTHER_TELEPHONE)
    browser.post(answer.redirect_chain[-1][0], {"code": sent_code()}, follow=True)
    browser.post("/my/export/", follow=True)
    run_jobs()
    browser.get("/my/export/")
    clock.shift(minutes=2)
    browser.post("/my/delete/", {"agree": "on"})
    run_jobs()
    secrets = (TELEPHONE, OTHER_TELEPHONE, NAME, NUMBER, "林女士")
    # The ORM's own debug log shows parameters; it is off outside DEBUG and is no log of ours.
    said = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    assert "short message" in said and len(addresses) > 12
    for secret in secrets:
        assert secret not in said and secret not in "\n".join(addresses), secret


def test_public_pages_do_not_ask_who_reads(browser, sign_in):
    """What is kept is the same for everybody: a page that looked at the session would say so."""
    sign_in()
    stranger = Client(SERVER_NAME="localhost").get("/")
    citizen = browser.get("/")
    assert "Cookie" not in citizen.get("Vary", "") and citizen.content == stranger.content
    assert 'href="/my/"' in citizen.content.decode()


def test_a_signed_in_citizen_reads_kept_pages_and_none_of_the_own_is_kept(browser, sign_in) -> None:
    from tests.portal.test_kept_pages import Shelf

    sign_in()
    # The test client connects these again after each of its requests; the connection belongs to the test.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    cookie = f"citizenid={browser.cookies['citizenid'].value}"
    shelf = Shelf()

    def ask(path: str) -> bytes:
        environ = RequestFactory(SERVER_NAME="localhost", HTTP_HOST="localhost", HTTP_COOKIE=cookie).get(path).environ
        return b"".join(shelf.front(environ, lambda *answer: None))

    try:
        made = shelf.kept(("localhost", "/", False))[1]
        with CaptureQueriesContext(connection) as queries_made:
            assert ask("/") == made
        assert not queries_made.captured_queries, "from the store"
        assert ask("/accessibility/") and shelf.kept(("localhost", "/accessibility/", False))
        assert "199****0001" in ask("/my/").decode() and "199****0001" in ask("/my/profile/").decode()
        assert shelf.fresh() == {"localhost/", "localhost/accessibility/"}
        assert "199****0001" not in shelf.kept(("localhost", "/my/", False))[1].decode()
    finally:
        request_started.connect(close_old_connections)
        request_finished.connect(close_old_connections)
