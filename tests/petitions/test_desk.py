"""The counter: lists, what came on paper, receipts, notices as PDF, deeds on the page of a case."""

from datetime import date

import pytest

from lianxin.casework import actions as engine
from lianxin.casework.models import Case, Message
from lianxin.casework.queries import by_number_and_secret
from lianxin.foundation.models import AuditEntry
from lianxin.petitions import actions, queries
from tests.petitions.conftest import ANSWER, registering
from tests.supervision.test_papers import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(bureau, client_for):
    """The officer's browser."""
    return client_for(bureau.officer)


def text(page) -> str:
    return page.content.decode().replace("<wbr>", "")


def test_lists_by_state_and_limit(take, petition, desk, clock, bureau, client_for):
    new, handled, answered = take(subject="新来的"), petition.handling(take(subject="在办的")), petition.answered(take(subject="答复的"))
    declined = engine.decline(bureau.officer, take(subject="不收的"), "属于法院", "市中级人民法院")
    for state, case in (("", new), ("open", handled), ("answered", answered), ("over", declined)):
        shown = text(desk.get(f"/desk/petitions/?state={state}"))
        assert case.number in shown and sum(one.number in shown for one in (new, handled, answered, declined)) == 1
    assert "没有这样的件" in text(desk.get("/desk/petitions/?clock=late"))
    clock.set("2025-03-19 09:00")
    desk = client_for(bureau.officer)
    assert new.number in text(desk.get("/desk/petitions/?clock=late"))
    assert new.number not in text(desk.get("/desk/petitions/?kind=complaint")) and new.number in text(desk.get("/desk/petitions/?kind=petition"))
    for nonsense in ("?state=nonsense", "?kind=nonsense", "?clock=" + "x" * 99, "?after=nonsense_9"):
        assert desk.get(f"/desk/petitions/{nonsense}").status_code == 200


def test_pages_of_the_list(take, bureau, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    cases = [take() for _ in range(5)]
    found, after, filters = [], None, queries.Filters()
    while True:
        rows, after = queries.page(bureau.officer, filters, after)
        found += rows
        if after is None:
            break
    assert found == cases
    for case in cases:
        engine.decline(bureau.officer, case, "属于法院", "法院")
    first, after = queries.page(bureau.officer, queries.Filters("over"))
    second, _ = queries.page(bureau.officer, queries.Filters("over"), after)
    assert [row.pk for row in (*first, *second)] == [case.pk for case in reversed(cases)][:4]


def test_a_letter_on_paper_gets_number_and_secret(desk, bureau):
    page = desk.post("/desk/petitions/new/", registering(received_on="2025-02-27", seen="on"))
    case = Case.objects.get(kind="petition")
    secret = text(page).split("查询码</dt><dd>")[1].split("<")[0]
    assert "private, no-store" in page["Cache-Control"] and by_number_and_secret(case.number, secret) is not None
    assert case.channel == "paper" and f"{case.received_at:%Y-%m-%d}" == "2025-02-27" and case.petitioner.identity == "real_name"
    again = desk.post("/desk/petitions/new/", registering(received_on="2025-02-27", seen="on"))
    assert case.number in text(again) and Case.objects.count() == 1


def test_a_report_about_the_bureau_is_passed_on_unseen(desk, bureau):
    page = text(desk.post("/desk/petitions/new/", registering(kind="report", about_unit=bureau.unit.pk, name="", subject="信访局压件")))
    case = Case.objects.get()
    assert case.kind == "report_elsewhere" and "本局看不到" in page and "去办理" not in page
    assert desk.get(f"/desk/cases/{case.number}/").status_code == 404


def test_what_is_wrong_is_said_and_nothing_is_lost(desk, bureau, petition, city):
    answered = petition.answered()
    cases = {
        "请填写姓名": registering(name=""),
        "应登记为“复查、复核”": registering(kind="complaint", earlier=answered.number),
        "请填写要复查": registering(kind="petition_review"),
        "没有找到编号": registering(kind="petition_review", earlier="XF2020000009"),
        "不能晚于今天": registering(received_on="2025-03-04"),
        "12388": registering(kind="report", about_unit=city.root.pk),
        "请选择“检举”": registering(kind="complaint", about_unit=city.health.pk),
    }
    for words, given in cases.items():
        page = desk.post("/desk/petitions/new/", given)
        assert page.status_code == 422 and words in text(page) and "去年征的地" in text(page), words
    assert Case.objects.count() == 1
    page = text(desk.post("/desk/petitions/new/", registering(kind="petition_review", earlier=answered.number.lower(), subject="", name="")))
    assert "FC2025000001" in page and Case.objects.get(kind="petition_review").petitioner.name == "王小明"


def test_accepted_on_the_page_of_a_case_with_its_notice(desk, take, bureau, client_for, clock):
    case = take()
    address = f"/desk/cases/{case.number}/"
    assert "受理告知书" not in text(desk.get(address))
    done = desk.post(f"{address}do/accept-petition/", {"version": case.version})
    assert done.status_code == 302 and Case.objects.get(pk=case.pk).stage == "accepted"
    shown = text(desk.get(address))
    (notice,) = queries.notices(case)
    assert f"/desk/petitions/{case.number}/notices/{notice.seq}/" in shown and "登记受理告知书送达" in shown
    made = desk.get(f"/desk/petitions/{case.number}/notices/{notice.seq}/")
    assert made["Content-Type"] == "application/pdf" and "private, no-store" in made["Cache-Control"]
    words = text_of(made.content)
    assert all(word in words for word in ("受理告知书", "王小明", case.number, "2025年5月2日", "和安市信访局"[3:]))
    assert AuditEntry.objects.filter(deed="petitions.notice_taken", actor=bureau.officer).count() == 1
    assert AuditEntry.objects.filter(deed="petitioner.read", actor=bureau.officer).count() == 1
    for other in (bureau.staff.triage, bureau.root_triage, bureau.staff.clerk, bureau.supervisor):
        assert client_for(other).get(f"/desk/petitions/{case.number}/notices/{notice.seq}/").status_code == 404
    assert desk.get(f"/desk/petitions/{case.number}/notices/9999/").status_code == 404


def test_each_notice_says_what_it_must(petition, take, bureau):
    case = petition.answered()
    words = [text_of(actions.take_notice(bureau.officer, case, one)) for one in queries.notices(case)]
    assert [one.title for one in queries.notices(case)] == ["受理告知书", "转送交办告知书", "信访事项答复意见书"]
    assert "转送市教育局办理" in words[1] or "转送和安市教育局办理" in words[1]
    assert ANSWER in words[2] and "30日内" in words[2] and "申请复查" in words[2]
    declined = engine.decline(bureau.officer, take(), "属于人民法院的职权范围。", "青石县人民法院")
    (notice,) = queries.notices(declined)
    refused = text_of(actions.take_notice(bureau.officer, declined, notice))
    assert "不予受理告知书" in refused and "属于人民法院" in refused and "青石县人民法院" in refused
    review = actions.ask_review(bureau.staff.citizen, case, token="token-of-the-review-1", reason="不服").case
    review = petition.answered(review)
    assert "申请复核" in text_of(actions.take_notice(bureau.officer, review, queries.notices(review)[-1]))
    message = Message.objects.filter(case=review, kind="reply").latest("seq")
    assert engine.record_delivery(bureau.officer, review, message, "post", date(2025, 3, 3)).version > review.version


def test_the_staff_home_says_what_waits(desk, take, client_for, bureau):
    take(subject="等着受理的事")
    assert "信访事项待受理" in text(desk.get("/desk/")) and "等着受理的事" in text(desk.get("/desk/"))
    for other in (bureau.staff.triage, bureau.root_triage):
        assert "等着受理的事" not in text(client_for(other).get("/desk/"))
