"""Following a letter with number and secret: everything the writer may do, and nothing for those who guess."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lianxin.casework import actions as casework
from lianxin.casework.models import Case, Instruction, Message
from lianxin.letters import browser
from lianxin.organisations.models import Post

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(client, make_letter):
    """A browser that has opened a letter."""
    case = make_letter()
    assert client.post("/follow/", {"number": case.number.lower(), "secret": case.shown.lower()})["Location"] == "/follow/letter/"
    return client, case


def now(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def test_nothing_of_the_secret_stands_in_an_address(opened):
    client, case = opened
    page = client.get("/follow/letter/")
    assert case.text in page.content.decode() and "no-store" in page["Cache-Control"]
    assert case.shown not in page.content.decode()
    cookie = client.cookies[browser.FOLLOW]
    assert cookie["httponly"] and cookie["path"] == "/follow/" and cookie["samesite"] == "Lax"


def _words(page) -> str:
    """A page without what changes with every request, and without what was typed."""
    text = re.sub(r'value="[^"]*"', "", page.content.decode())
    return text


def test_wrong_number_and_wrong_secret_get_the_same_answer(client, make_letter):
    case = make_letter()
    wrong_secret = client.post("/follow/", {"number": case.number, "secret": "AAAA-BBBB-CCCC-DDDD"})
    wrong_number = client.post("/follow/", {"number": "BMLY2025999999", "secret": case.shown})
    assert wrong_secret.status_code == wrong_number.status_code == 200
    assert _words(wrong_secret) == _words(wrong_number) and "对不上" in _words(wrong_number)
    assert client.get("/follow/letter/")["Location"] == "/follow/"


def test_guessing_ends_after_twenty_tries(client, make_letter, clock):
    case = make_letter()
    for _ in range(20):
        client.post("/follow/", {"number": case.number, "secret": "AAAA-BBBB-CCCC-DDDD"})
    page = client.post("/follow/", {"number": case.number, "secret": case.shown})
    assert page.status_code == 200 and "太频繁" in page.content.decode()
    clock.shift(hours=1, minutes=1)
    assert client.post("/follow/", {"number": case.number, "secret": case.shown}).status_code == 302


def test_right_ones_are_not_counted(client, make_letter):
    case = make_letter()
    for _ in range(25):
        assert client.post("/follow/", {"number": case.number, "secret": case.shown}).status_code == 302


@pytest.mark.parametrize("typed", ["伪造", "x" * 5000, "W10:abc:def"])
def test_a_made_up_cookie_opens_nothing(client, typed):
    client.cookies[browser.FOLLOW] = typed.encode("ascii", "ignore").decode()
    assert client.get("/follow/letter/")["Location"] == "/follow/"


def test_the_letter_closes_after_two_hours_and_when_it_is_left(opened, clock):
    client, case = opened
    client.post("/follow/leave/")
    assert client.get("/follow/letter/").status_code == 302
    client.post("/follow/", {"number": case.number, "secret": case.shown})
    clock.shift(hours=2, minutes=1)
    assert client.get("/follow/letter/").status_code == 302


def test_adding_something_twice_is_once(opened):
    client, case = opened
    given = {"deed": "add", "text": "晚上七点以后最黑。", "attachments": SimpleUploadedFile("说明.txt", "路口".encode())}
    assert client.post("/follow/letter/", given)["Location"] == "/follow/letter/?done=add"
    assert client.post("/follow/letter/", {"deed": "add", "text": "晚上七点以后最黑。"})["Location"] == "/follow/letter/?done=add"
    assert Message.objects.filter(case=case, kind="answer").count() == 1
    page = client.get("/follow/letter/").content.decode()
    seq = re.search(r"/follow/letter/files/(\d+)/", page)[1]
    file = client.get(f"/follow/letter/files/{seq}/")
    assert file.content.decode() == "路口" and file["X-Content-Type-Options"] == "nosniff" and "sandbox" in file["Content-Security-Policy"]
    assert Client(SERVER_NAME="localhost").get(f"/follow/letter/files/{seq}/").status_code == 404


def test_a_question_is_answered_and_the_clock_goes_on(opened, desk):
    client, case = opened
    part = case.assignments.get()
    casework.sign_for(desk.staff.clerk, case, part)
    casework.ask_citizen(desk.staff.clerk, case, "请问是东门还是西门？")
    page = client.get("/follow/letter/").content.decode()
    assert "请问是东门还是西门？" in page and "等待的时间不计入期限" in page
    assert client.post("/follow/letter/", {"deed": "answer", "text": "西门。"}).status_code == 302
    assert now(case).stage == "handling" and "还有" in client.get("/follow/letter/").content.decode()


def test_rate_once_and_object_once(opened, desk, answer):
    client, case = opened
    answer(case, public=False)
    assert client.post("/follow/letter/", {"deed": "rate"}).status_code == 200
    assert client.post("/follow/letter/", {"deed": "rate", "score": "2", "comment": "还是不亮"}).status_code == 302
    again = client.post("/follow/letter/", {"deed": "rate", "score": "5"}).content.decode()
    assert "已经评价过" in again and "您的评价：<strong>不满意" in again
    assert client.post("/follow/letter/", {"deed": "object", "reason": "灯还是不亮"}).status_code == 302
    assert now(case).stage == "reopened"
    page = client.get("/follow/letter/").content.decode()
    assert "请重新办理（只有一次）" not in page and "不同意答复的理由" in page


def test_withdraw_and_hide(opened):
    client, case = opened
    client.post("/follow/letter/", {"deed": "hide"})
    assert now(case).visibility == "private"
    client.post("/follow/letter/", {"deed": "withdraw"})
    assert now(case).stage == "withdrawn"


def test_an_unknown_deed_does_nothing(opened):
    client, case = opened
    page = client.post("/follow/letter/", {"deed": "erase"})
    assert page.status_code == 200 and "没有办成" in page.content.decode() and now(case).version == case.version


def test_the_writer_sees_replies_and_never_internal_words(opened, desk, answer):
    client, case = opened
    people = desk.staff
    casework.instruct(people.vice, case, "CANARY-INSTRUCTION 请教育局当天办结。")
    casework.add_note(people.clerk, case, "CANARY-NOTE 这个人常来信。")
    answer(case)
    page = client.get("/follow/letter/").content.decode()
    assert "路灯已于今日装好" in page and "领导已对此件作出批示" in page and "CANARY" not in page
    assert Instruction.objects.filter(case=case, leader=Post.objects.get(user=people.vice)).exists()


def test_what_a_writer_adds_is_limited_by_the_hour(opened, clock):
    client, case = opened
    for number in range(20):
        client.post("/follow/letter/", {"deed": "add", "text": f"第{number}次补充"})
    page = client.post("/follow/letter/", {"deed": "add", "text": "再补充一次"})
    assert "太频繁" in page.content.decode() and "再补充一次" in page.content.decode()
    clock.shift(hours=1, minutes=1)
    client.post("/follow/", {"number": case.number, "secret": case.shown})
    assert client.post("/follow/letter/", {"deed": "add", "text": "再补充一次"}).status_code == 302
