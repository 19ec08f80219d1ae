"""Public letters: lists, pages, search, boards, feed, and that nothing private is on any of them."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from lianxin.casework import actions as casework
from lianxin.casework import queries as cases
from lianxin.casework.models import Case, Message
from lianxin.foundation.models import Delivery, Notification, SmsMessage
from lianxin.foundation.search import folder, rebuild
from lianxin.identity.actions import hash_token
from lianxin.identity.models import Citizen, CitizenSession
from lianxin.letters import queries
from lianxin.letters.queries import public
from lianxin.triage.models import Matter

pytestmark = pytest.mark.django_db

LISTS = ("/letters/", "/boards/", "/boards/education/", "/feeds/letters/", "/letters/sitemap.xml", "/sitemap.xml", "/")


@pytest.fixture
def index(settings, tmp_path, portal):
    """An index of this test's own, which follows what happens."""
    settings.HOME = tmp_path
    folder.forget()
    rebuild.rebuild()
    yield
    folder.forget()


def read(address: str, client: Client | None = None) -> str:
    page = (client or Client(SERVER_NAME="localhost")).get(address)
    return page.content.decode().replace("<wbr>", "")


def test_question_and_answer_with_the_name_masked(public_letter):
    page = read(f"/letters/{public_letter.number}/")
    assert "放学时天黑" in page and "路灯已于今日装好" in page and "王**" in page and "王小明" not in page
    for address in ("/letters/", "/boards/education/", "/feeds/letters/"):
        assert "校门口没有路灯" in read(address), address
    assert public_letter.number in read("/letters/sitemap.xml")


def test_what_the_page_says_and_does_not_say(make_letter, answer, desk, public_letter):
    people = desk.staff
    case = make_letter(subject="食堂的菜价", text="食堂涨价了，联系我13800001111。")
    casework.instruct(people.vice, case, "CANARY 请查。")
    head_writes = answer(case, body="价格已恢复。", author=people.clerk)
    casework.rate(cases.by_number_and_secret(case.number, case.shown), head_writes, 5)
    page = read(f"/letters/{case.number}/")
    assert "领导已对此件作出批示" in page and "很满意" in page and "已解决" in page
    assert "CANARY" not in page and "13800001111" not in page


def test_a_head_who_answers_himself_is_marked(make_letter, desk, person):
    people = desk.staff
    other_head = person("second-head", "head", desk.city.education, name="副局长")
    case = make_letter()
    casework.sign_for(people.clerk, case, case.assignments.get())
    message = casework.draft_reply(people.head, case, "我去看过了，今天装好。", outcome="solved", in_person=True)
    message = casework.approve_reply(other_head, case, message)
    casework.publish_reply(people.head, case, message)
    case = casework.finish(people.triage, case)
    casework.decide_public(people.triage, case, True)
    assert "负责人亲自答复" in read(f"/letters/{case.number}/") and "负责人亲自答复" in read("/letters/")


def test_redaction_takes_the_place_of_both_texts(public_letter, desk):
    reply = Message.objects.get(case=public_letter, kind="reply")
    case = casework.redact(desk.staff.triage, public_letter, "公开的来信。", subject="公开的标题")
    casework.redact(desk.staff.triage, case, "公开的答复。", message=reply)
    for address in (f"/letters/{case.number}/", "/letters/", "/feeds/letters/"):
        page = read(address)
        assert "公开的" in page and "放学时天黑" not in page and "今日装好" not in page, address
    assert Matter.objects.get(public=True).text == "公开的标题\n公开的来信。"


def test_filters_and_states(make_letter, answer, desk, public_letter):
    other = answer(make_letter("mailbox", subject="挂号难", text="医院挂号排队太久。", category="010204"))
    assert other.number in read("/letters/?kind=mailbox") and public_letter.number not in read("/letters/?kind=mailbox")
    assert other.number in read("/letters/?category=01") and public_letter.number not in read("/letters/?category=01")
    assert public_letter.number in read("/letters/?unit=education") and public_letter.number not in read("/letters/?unit=health")
    assert public_letter.number in read("/letters/?state=answered") and public_letter.number not in read("/letters/?state=again")
    for odd in ("?kind=x&unit=nowhere&category=zz&state=q", "?after=nonsense", "?after=1e400-1", "?after=nan-1", "?after=1-99999999999999999999999"):
        assert Client(SERVER_NAME="localhost").get("/letters/" + odd).status_code == 200, odd


def test_pages_by_key_show_every_letter_once(make_letter, answer, clock):
    numbers = set()
    for number in range(23):
        clock.shift(minutes=number % 3)
        numbers.add(answer(make_letter(subject=f"第{number}件")).number)
    first = queries.letters(queries.Filters())
    second = queries.letters(queries.Filters(), first.older)
    shown = [row.number for row in (*first.rows, *second.rows)]
    assert len(first.rows) == 20 and second.older == "" and len(shown) == 23 and set(shown) == numbers


def test_found_by_words_until_it_is_hidden(index, public_letter, run_jobs, desk):
    run_jobs()
    assert public_letter.number in read("/letters/?q=路灯") and public_letter.number in read("/search/?q=路灯")
    assert public_letter.number not in read("/letters/?q=食堂")
    assert "只含一部分词" in read("/letters/?q=路灯 食堂") and "只含一部分词" not in read("/letters/?q=路灯")
    rebuild.rebuild()
    assert "没有找到“ludeng”，下面是含有“<strong>路灯</strong>”的来信" in read("/letters/?q=ludeng")
    casework.set_visibility(desk.staff.triage, public_letter, "private")
    assert public_letter.number not in read("/letters/?q=路灯")
    run_jobs()
    assert public_letter.number not in read("/search/?q=路灯")


def test_found_though_no_unit_had_it(index, public_letter):
    # As letters are that were answered together with another one.
    Case.objects.filter(pk=public_letter.pk).update(lead=None)
    rebuild.rebuild()
    found = read("/search/?q=路灯")
    assert f"/letters/{public_letter.number}/" in found and "<span>来信和答复</span>" in found
    assert public_letter.number in read("/search/?q=路灯&kind=letter")


def test_the_record_of_a_board_ends_with_yesterday(public_letter, make_letter, answer, clock):
    assert "还没有收到来信" in read("/boards/education/")
    clock.set("2025-03-04 09:00")
    record = queries.record_of(public_letter.lead)
    assert (record.received, record.answered, record.on_time_share, record.duration) == (1, 1, 100, "1 小时")
    late = make_letter()
    clock.set("2025-03-12 09:00")
    answer(late)
    clock.set("2025-03-13 09:00")
    record = queries.record_of(public_letter.lead)
    assert (record.received, record.answered, record.on_time_share) == (2, 2, 50)
    assert "50%" in read("/boards/education/") and "50%" in read("/boards/")


def test_old_addresses_lead_on(client):
    assert client.get("/letters/new/")["Location"] == "/write/" and client.get("/letters/track/")["Location"] == "/follow/"


# --- the leak test -------------------------------------------------------------------------------------------------------------------------


CANARIES = ("金丝雀私信", "金丝雀地点", "金丝雀姓名", "13999990000", "金丝雀备注", "金丝雀批示", "金丝雀拟办", "金丝雀附件", "金丝雀标题")


@pytest.fixture
def canaries(index, desk, make_letter, answer, public_letter):
    """Letters in every state that is not public, each full of what nobody may read."""
    people = desk.staff
    data = {"name": "金丝雀姓名", "phone": "13999990000", "email": "金丝雀姓名@example.com"}
    words = {"subject": "金丝雀标题", "text": "金丝雀私信：放学时天黑，校门口没有路灯。", "place": "金丝雀地点", "petitioner": data}

    def make(*kind, **given) -> Case:
        return make_letter(*kind, **(words | {"files": [SimpleUploadedFile("金丝雀附件.txt", "金丝雀附件".encode())]} | given))

    found = {"waiting": make(), "unscreened": make(lead=None), "sealed": make(lead=None, sealed_from=[desk.city.education])}
    noted = make()
    casework.sign_for(people.clerk, noted, noted.assignments.get())
    casework.add_note(people.clerk, noted, "金丝雀备注")
    casework.instruct(people.vice, noted, "金丝雀批示")
    found["noted"] = noted
    found["answered"] = answer(make(), body="答复在此。", public=False)
    found["private"] = answer(make(visibility="private"), body="答复在此。", public=False)
    closed = answer(make(), body="答复在此。", public=False)
    found["closed"] = casework.decide_public(people.triage, closed, False)
    taken_back = make()
    found["withdrawn"] = casework.withdraw(cases.by_number_and_secret(taken_back.number, taken_back.shown), taken_back)
    hidden = answer(make(), body="答复在此。")
    found["hidden"] = casework.set_visibility(people.triage, hidden, "private")
    mail = make("mailbox", lead=None)
    found["mailbox"] = casework.assign(people.triage, mail, desk.city.education, opinion="金丝雀拟办")
    return found


def surfaces(found: dict[str, Case]) -> list[str]:
    """Every address of the public side on which a letter could stand."""
    own = [f"/letters/{case.number}/" for case in found.values()]
    own += [f"/letters/{case.number}/files/{row.seq}/" for case in found.values() for row in case.attachments.all()]
    queries_ = [f"{base}?q={words}" for base in ("/letters/", "/search/") for words in ("路灯", "金丝雀", "金丝雀标题", "13999990000")]
    filtered = ["/letters/?unit=education", "/letters/?kind=mailbox", "/letters/?state=answered", "/letters/?state=again"]
    return [*LISTS, *own, *queries_, *filtered, "/search/suggest/?q=金丝雀", "/write/", "/follow/", "/orgs/education/", "/leaders/", "/robots.txt"]


def leaks(found: dict[str, Case], clients: dict[str, Client]) -> list[str]:
    """Where a canary, or the number of a letter that is not public, can be read."""
    marks = [*CANARIES, *(case.number for case in found.values())]
    faults = []
    for who, client in clients.items():
        for address in surfaces(found):
            page = client.get(address)
            text = page.content.decode(errors="replace").replace("<wbr>", "") + str(sorted(page.headers.items()))
            asked = address.partition("?q=")[2]
            told = [mark for mark in marks if mark in text and mark != asked and mark not in address and not (asked and mark in asked)]
            if page.status_code == 200 and any(case.number in address for case in found.values()):
                told.append("answered")
            if told:
                faults.append(f"{who} {address}: {told}")
    return faults


@pytest.fixture
def readers(desk, client_for) -> dict[str, Client]:
    """Strangers, another citizen, and every role of the staff, all on the public side."""
    citizen = Client(SERVER_NAME="localhost")
    citizen.cookies["citizenid"] = _signed_in(desk.staff.stranger)
    found = {"anonymous": Client(SERVER_NAME="localhost"), "citizen": citizen}
    names = ("triage", "clerk", "head", "other_clerk", "other_head", "mayor", "vice", "supervisor", "operator", "admin", "auditor")
    return found | {name: client_for(getattr(desk.staff, name)) for name in names}


def _signed_in(user) -> str:
    """The cookie of a session made by hand: codes are counted in transactions of their own, which do not fit into a test's."""
    Citizen.objects.create(user=user, level=2)
    now = timezone.now()
    cookie = "cookie-of-another-citizen"
    times = {"started_at": now, "seen_at": now, "confirmed_at": now, "ends_at": now + timedelta(days=1)}
    CitizenSession.objects.create(user=user, token_hash=hash_token(cookie), **times)
    return cookie


def test_no_public_surface_tells_anything_private(canaries, readers, run_jobs):
    run_jobs()
    assert readers["citizen"].get("/my/letters/").status_code == 200
    assert not leaks(canaries, readers)
    # What is there for everybody is found, so that the search for canaries looks at pages that show letters.
    assert all(canary not in read("/letters/") for canary in CANARIES) and "校门口没有路灯" in read("/letters/?q=路灯")


def test_messages_and_file_names_tell_nothing(canaries, run_jobs, mailoutbox, clock):
    clock.set("2025-03-03 10:00")
    run_jobs()
    rows = [str(sorted(vars(row).items(), key=str)) for model in (Notification, Delivery, SmsMessage) for row in model.objects.all()]
    texts = [*rows, *(f"{mail.subject} {mail.body}" for mail in mailoutbox)]
    assert rows and not [text for text in texts for mark in CANARIES if mark in text]
    names = [str(row.file.name) for case in canaries.values() for row in case.attachments.all()]
    assert names and not [name for name in names if "金丝雀" in name]


def test_counts_count_what_is_public_only(canaries, public_letter):
    rows = queries.letters(queries.Filters()).rows
    assert [row.number for row in rows] == [public_letter.number]
    assert len(queries.sitemap_rows(100)) == 1


@pytest.mark.parametrize("hole", ["list", "page"])
def test_the_leak_test_notices_a_view_that_goes_around_visible_to(canaries, readers, monkeypatch, hole):
    """A view that reads cases by itself, and a projection that does not mind: both must be seen."""

    def careless(found: list[Case]):
        for case in found:
            case.public_at = case.public_at or case.submitted_at
            case.is_public = True
        return original(found)

    original = cases.project_all
    monkeypatch.setattr(public, "visible", lambda: Case.objects.filter(kind__in=("mailbox", "board")))
    monkeypatch.setattr(public.casework, "project", lambda case: careless([case])[0])
    monkeypatch.setattr(public.casework, "project_all", careless)
    monkeypatch.setattr(public.casework, "headings", lambda found: [])
    monkeypatch.setattr(public, "_cursor", lambda case: "")
    found = leaks(canaries, {"anonymous": readers["anonymous"]})
    assert any(("/letters/BMLY" in fault) == (hole == "page") for fault in found) and len(found) > 5


def test_a_page_of_letters_asks_as_many_queries_as_one_letter(make_letter, answer, django_assert_num_queries):
    for number in range(3):
        answer(make_letter(subject=f"第{number}盏路灯"))
    assert len(queries.letters(queries.Filters()).rows) == 3
    for count in (1, 3):
        with django_assert_num_queries(8):
            queries.letters(queries.Filters(), count=count)
        with django_assert_num_queries(3):
            assert len(queries.newest(count)) == count


def test_what_a_reply_says_is_in_the_list_and_not_how_all_of_them_begin(make_letter, answer, desk):
    body = "王女士：您好！您反映的“校门口没有路灯”（编号 BMLY2025000001）收悉。现答复如下：\n\n一、办理情况\n路灯已于今日装好。"
    answer(make_letter(), body=body)
    (row,) = queries.letters(queries.Filters()).rows
    assert row.reply == "一、办理情况 路灯已于今日装好。"


def test_letters_answered_together_stand_in_lists_once(desk, client, together):
    main, members = together("路灯坏了", "放学时天黑，校门口没有路灯。")
    page = client.get("/letters/").content.decode()
    assert main.number in page and "同样的来信还有 3 件，一并答复" in page
    assert not [member.number for member in members if member.number in page]
    assert [row.subject for row in queries.newest(9)] == ["路灯坏了"]
    assert client.get(f"/letters/{members[0].number}/").status_code == 200
    casework.set_visibility(desk.staff.triage, Case.objects.get(pk=main.pk), "private")
    page = client.get("/letters/").content.decode()
    assert main.number not in page and all(member.number in page for member in members)
