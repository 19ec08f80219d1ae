"""Writing a letter, without JavaScript, by guests and by citizens."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from lianxin.casework import actions as casework
from lianxin.casework.models import Attachment, Case, CaseEvent, Petitioner
from lianxin.identity import consents
from lianxin.identity.models import Citizen, PersonalData
from lianxin.letters import actions
from lianxin.letters.models import Draft, DraftFile
from lianxin.organisations.models import Leader, Post
from tests.identity.citizens import sent_code, signed_up, wrong
from tests.letters.conftest import LETTER, TELEPHONE, ask_code, number_and_secret, send, write


def picture(place: bool = True) -> bytes:
    """A photograph that says where it was taken."""
    image, content = Image.new("RGB", (64, 48), "green"), io.BytesIO()
    exif = Image.Exif()
    if place:
        exif[0x8825] = {1: "N", 2: (34.0, 30.0, 0.0)}
        exif[0x010F] = "CANARY-CAMERA"
    image.save(content, "JPEG", exif=exif)
    return content.getvalue()


def test_a_guest_writes_and_gets_a_receipt(desk, client):
    page = send(client)
    text = page.content.decode()
    number, _ = number_and_secret(page)
    case = Case.objects.get(number=number)
    assert (case.kind, case.lead, case.office, case.visibility) == ("board", None, desk.city.centre, "anonymised")
    assert case.text == LETTER["text"] and case.place == "和安一小" and case.subject == "放学时天黑，校门口没有路灯，孩子看不清路"
    assert Petitioner.objects.get(pk=case.pk).phone == TELEPHONE
    submitted = CaseEvent.objects.get(case=case, seq=1).payload
    assert submitted["consent"] == consents.text(consents.PRIVACY).mark
    assert "2025年3月6日" in text and "收到，次日起算" in text and "打印" in text and "no-store" in page["Cache-Control"]


@pytest.mark.parametrize(
    "text, subject",
    [
        ("尊敬的市长：\n我家住柳河村，路坏了。请修一修。", "我家住柳河村，路坏了"),
        ("尊敬的林市长，您好！路灯不亮", "路灯不亮"),
        ("市长您好：\n\n　　菜市场太脏", "菜市场太脏"),
        ("各位领导：你们好！公交车太少", "公交车太少"),
        ("您好，请问社保卡在哪里补办？", "请问社保卡在哪里补办"),
        ("办事大厅领导好几次推诿，不给盖章", "办事大厅领导好几次推诿，不给盖章"),
        ("市长热线打不通", "市长热线打不通"),
        ("尊敬的市长：", "尊敬的市长："),
    ],
)
def test_without_a_title_the_first_words_after_the_greeting_stand_for_it(text, subject):
    assert actions.sending.first_words(text) == subject


def test_sent_twice_and_back_again_it_is_one_letter_with_one_receipt(desk, client):
    first = number_and_secret(send(client))
    for address in ("/write/", "/write/check/", "/write/code/"):
        assert client.get(address)["Location"] == "/write/done/"
        assert client.post(address, {"code": "123456", **LETTER})["Location"] == "/write/done/"
    assert number_and_secret(client.get("/write/done/")) == first
    assert Case.objects.count() == 1
    draft = Draft.objects.get()
    assert (draft.content, draft.telephone) == ("{}", "") and "路灯" not in str(vars(draft))


def test_two_requests_that_pass_each_other_make_one_letter(desk, client):
    write(client)
    ask_code(client)
    draft = actions.verify(Draft.objects.get(), sent_code())
    stale = Draft.objects.get(pk=draft.pk)
    first = actions.send(None, draft)
    # As the second request saw it before the first was done.
    second = actions.send(None, stale)
    assert (first.case, first.secret) == (second.case, second.secret) and Case.objects.count() == 1


def test_another_letter_is_another_case(desk, client):
    first = number_and_secret(send(client))
    client.post("/write/forget/")
    desk.clock.shift(minutes=2)
    assert number_and_secret(send(client)) != first and Case.objects.count() == 2


def test_a_receipt_is_shown_for_two_hours_and_to_its_browser_only(desk, client):
    send(client)
    assert Client(SERVER_NAME="localhost").get("/write/done/")["Location"] == "/write/"
    desk.clock.shift(hours=2, minutes=1)
    assert client.get("/write/done/")["Location"] == "/write/"
    actions.forget_old_drafts()
    assert not Draft.objects.exists()


def test_the_draft_is_kept_and_no_other_browser_sees_it(desk, client):
    client.post("/write/keep/", {"text": "写了一半", "to": "office"})
    assert "写了一半" in client.get("/write/").content.decode()
    assert "写了一半" not in Client(SERVER_NAME="localhost").get("/write/").content.decode()
    assert "写了一半" not in str(Draft.objects.values_list("content", flat=True).query)
    desk.clock.shift(days=8)
    actions.forget_old_drafts()
    assert not Draft.objects.exists()


def test_straight_to_a_board(desk, client):
    number, _ = number_and_secret(send(client, to="unit", unit="education"))
    case = Case.objects.get(number=number)
    assert (case.stage, case.lead) == ("assigned", desk.city.education)


def test_a_closed_board_is_not_offered(desk, client):
    desk.city.education.board_open = False
    desk.city.education.save()
    page = write(client, to="unit", unit="education")
    assert page.status_code == 200 and "请从列表里选择单位" in page.content.decode()
    assert client.get("/boards/education/").status_code == 404


@pytest.fixture
def leader(desk):
    from lianxin.organisations.models import Leader, Post

    return Leader.objects.create(post=Post.objects.get(user=desk.staff.mayor), slug="lin", portfolio_text="主持全面工作。")


def citizen_client(client, level: int) -> object:
    """A signed-in citizen of a level."""
    session = signed_up(TELEPHONE)
    user = session.session.user if hasattr(session, "session") else session.user
    Citizen.objects.filter(user=user).update(level=level)
    row = PersonalData.objects.get(user=user)
    row.real_name = "林小满"
    row.save()
    client.cookies["citizenid"] = session.cookie
    return user


def test_a_leader_is_written_to_by_real_names_only(desk, client, leader):
    write(client, to="leader", leader="lin")
    page = client.get("/write/check/").content.decode()
    assert "写给领导的信需要实名" in page and "telephone" not in page
    assert ask_code(client).status_code == 200 and not Case.objects.exists()
    user = citizen_client(client, 1)
    assert "去实名核验" in client.get("/write/check/").content.decode()
    client.post("/write/check/")
    assert not Case.objects.exists()
    Citizen.objects.filter(user=user).update(level=2)
    assert client.post("/write/check/")["Location"] == "/write/done/"
    case = Case.objects.get()
    assert (case.kind, case.addressed_to) == ("mailbox", leader.post) and Petitioner.objects.get(pk=case.pk).name == "林小满"


def test_a_citizen_follows_below_my_and_nobody_else_does(desk, client):
    citizen_client(client, 2)
    write(client)
    client.post("/write/check/")
    case = Case.objects.get()
    assert case.kind == "mailbox"
    assert case.number in client.get("/my/letters/").content.decode()
    assert "放学时天黑" in client.get(f"/my/letters/{case.number}/").content.decode()
    assert "我写的信" in client.get("/my/").content.decode()
    other = Client(SERVER_NAME="localhost")
    other.cookies["citizenid"] = signed_up("19900000009").cookie
    assert other.get(f"/my/letters/{case.number}/").status_code == 404
    assert Client(SERVER_NAME="localhost").get(f"/my/letters/{case.number}/").status_code == 302


def test_the_code_must_be_right(desk, client):
    write(client)
    ask_code(client)
    page = client.post("/write/code/", {"code": wrong(sent_code())})
    assert "验证码不对" in page.content.decode() and not Case.objects.exists()
    assert client.post("/write/code/", {"code": sent_code()})["Location"] == "/write/done/"


def test_what_should_not_stand_in_a_letter_is_said_before_it_goes(desk, client):
    write(client, text="我的身份证号是110101190001010014，请查一下路灯。")
    page = client.get("/write/check/").content.decode()
    assert "不必写的个人信息" in page and "身份证号" in page


def test_who_else_decides_is_said_and_nothing_is_refused(desk, client):
    write(client, text="我家着火了，烟很大，请快来救火。")
    page = client.get("/write/check/").content.decode()
    assert "119" in page and "您仍然可以继续提交" in page


def test_the_same_matter_is_joined_and_answered_with_the_other(desk, client, make_letter, run_jobs):
    main = make_letter(lead=None)
    casework.open_cluster(desk.staff.triage, main, "和安一小校门口没有路灯")
    write(client, text="和安一小校门口没有路灯，孩子放学看不清路。")
    page = client.get("/write/check/").content.decode()
    assert "和安一小校门口没有路灯（已有 1 件）" in page and main.text not in page
    ask_code(client, join=main.number)
    client.post("/write/code/", {"code": sent_code()})
    assert Case.objects.latest("pk").cluster == main


def test_answered_letters_are_shown_before_sending(desk, client, public_letter, make_letter, answer, run_jobs):
    hidden = answer(make_letter(text="校门口没有路灯，放学时天黑。隐秘", visibility="private"), public=False)
    run_jobs()
    write(client, text="放学时天黑，校门口没有路灯。")
    page = client.get("/write/check/").content.decode()
    assert public_letter.number in page and hidden.number not in page


def test_of_letters_answered_together_one_is_shown(desk, client, together, make_letter, answer):
    other = answer(make_letter(text="校门口的路灯太暗，放学时天黑。"))
    main, members = together("校门口没有路灯", "校门口没有路灯，放学时天黑。")
    write(client, text="放学时天黑，校门口没有路灯。")
    page = client.get("/write/check/").content.decode()
    together = [case.number for case in (main, *members) if f"/letters/{case.number}/" in page]
    assert len(together) == 1 and f"/letters/{other.number}/" in page


def test_the_leader_who_was_chosen_is_named_before_one_signs_in(desk, client):
    leader = Leader.objects.create(post=Post.objects.get(user=desk.staff.vice), slug="fushizhang", order=1)
    write(client, to="leader", leader=leader.slug)
    page = client.get("/write/check/").content.decode()
    assert "<dt>写给</dt><dd>副市长 副市长</dd>" in page and "写给领导的信需要实名" in page


def test_another_code_comes_without_typing_the_number_again(desk, client):
    write(client)
    ask_code(client)
    first = sent_code()
    early = client.post("/write/code/", {"again": "1"}).content.decode()
    assert "太频繁" in early and "请 60 秒后再试" in early and "验证码已发到" in early
    desk.clock.shift(minutes=1, seconds=1)
    assert client.post("/write/code/", {"again": "1"})["Location"] == "/write/code/?again=1"
    assert "新的验证码已经发出" in client.get("/write/code/?again=1").content.decode()
    second = sent_code()
    assert client.post("/write/code/", {"code": first if first != second else wrong(second)}).status_code == 200
    assert client.post("/write/code/", {"code": second})["Location"] == "/write/done/"


def test_the_receipt_opens_the_letter(desk, client):
    page = send(client)
    number, secret = number_and_secret(page)
    assert f'name="secret" value="{secret}"' in page.content.decode()
    assert client.post("/follow/", {"number": number, "secret": secret})["Location"] == "/follow/letter/"


# --- bad input -----------------------------------------------------------------------------------------------------------------------------


def test_signs_that_turn_the_writing_do_not_turn_the_page_before_sending(desk, client):
    write(client, text="路灯坏了\u202e转反\u200b了", place="和安\u202e一小")
    page = client.get("/write/check/").content.decode()
    assert "路灯坏了转反了" in page and "和安一小" in page and "\u202e" not in page
    assert "不可见字符" not in page, "they are dropped anyway"


def test_two_megabytes_of_text_are_answered_kindly(desk, client):
    page = write(client, text="灯" * 700_000)
    assert page.status_code == 200 and "20000 字以内" in page.content.decode()
    assert len(Draft.objects.get().content) < 1000


@pytest.mark.parametrize(
    "text", ["👨‍👩‍👧 路灯坏了 😀", "路\u200b灯\u202e坏了", "<script>alert(1)</script>路灯坏了", "𠮷野家门口\x00路灯坏了", "{{ 7*7 }} 路灯"]
)
def test_odd_signs_do_no_harm(desk, client, text):
    page = send(client, text=text)
    number, secret = number_and_secret(page)
    client.post("/follow/", {"number": number, "secret": secret})
    shown = client.get("/follow/letter/").content.decode()
    assert "<script>alert" not in shown and "\u202e" not in shown and "路" in shown and "49 路灯" not in shown


def test_a_photograph_loses_its_place(desk, client):
    write(client, attachments=SimpleUploadedFile("照片.jpg", picture()))
    assert b"CANARY-CAMERA" not in DraftFile.objects.get().file.read()
    ask_code(client)
    client.post("/write/code/", {"code": sent_code()})
    row = Attachment.objects.get()
    content = row.file.read()
    assert b"CANARY-CAMERA" not in content and not Image.open(io.BytesIO(content)).getexif() and row.name == "照片.jpg"
    assert not DraftFile.objects.exists()


@pytest.mark.parametrize(
    ("name", "content"), [("a.jpg", b"<html><script>1</script>"), ("a.pdf", b"MZ\x90"), ("a.exe", b"MZ\x90"), ("a.svg", b"<svg/>"), ("a.jpg", b"")]
)
def test_files_that_are_not_what_they_say_are_refused(desk, client, name, content):
    page = write(client, attachments=SimpleUploadedFile(name, content))
    assert page.status_code == 200 and not DraftFile.objects.exists() and LETTER["text"] in page.content.decode()


def test_ten_files_are_too_many(desk, client):
    page = write(client, attachments=[SimpleUploadedFile(f"{n}.jpg", picture(False)) for n in range(10)])
    assert "最多添加 9 个附件" in page.content.decode() and not DraftFile.objects.exists()


def test_a_file_can_be_taken_out_again(desk, client):
    write(client, attachments=SimpleUploadedFile("a.jpg", picture(False)))
    client.post("/write/", LETTER | {"drop": DraftFile.objects.get().pk})
    assert not DraftFile.objects.exists()


def test_forms_from_elsewhere_are_refused(desk):
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    for address in ("/write/", "/write/keep/", "/write/check/", "/write/code/", "/follow/", "/follow/letter/", "/write/forget/", "/follow/leave/"):
        assert strict.post(address, LETTER).status_code == 403
    assert not Draft.objects.exists()


def test_a_citizen_cannot_flood(desk, client, settings):
    user = citizen_client(client, 2)
    from lianxin.identity.errors import TooOften

    for number in range(10):
        draft = actions.open_draft(f"key-of-the-browser-{number}")
        draft = actions.save_draft(draft, actions.written(draft).__class__(text="路灯坏了"))
        actions.send(user, draft)
    draft = actions.open_draft("one-more-key-of-it")
    actions.save_draft(draft, actions.written(draft).__class__(text="路灯坏了"))
    with pytest.raises(TooOften):
        actions.send(user, draft)


def test_own_letters_are_exported_and_erased_with_the_account(desk, client, make_letter):
    from lianxin.identity import registry

    user = citizen_client(client, 2)
    data = {"petitioner": {"user": user}, "lead": None}
    waiting = make_letter("mailbox", **data)
    withdrawn = make_letter("mailbox", text="撤回的信。", **data)
    casework.withdraw(user, withdrawn)
    part = next(part for part in (make(user) for make in registry.exporters()) if part.name == "letters")
    assert {record["编号"] for record in part.records} == {waiting.number, withdrawn.number}
    eraser = next(one for one in registry.erasers() if one.name == "letters")
    assert [matter.title for matter in eraser.open_matters(user)] == [f"{waiting.number} {waiting.subject}"] and len(eraser.kept(user)) == 1
    eraser.erase(user)
    assert Case.objects.get(pk=withdrawn.pk).text == "" and Case.objects.get(pk=waiting.pk).text == waiting.text
