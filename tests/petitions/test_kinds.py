"""Clocks, tables and what is refused: petitions, reviews, complaints, reports."""

from datetime import date

import pytest

from lianxin.casework import actions as engine
from lianxin.casework import clocks, kinds
from lianxin.casework.actions import PetitionerData
from lianxin.casework.models import Assignment, Case, CaseLink, Clock, Message
from lianxin.casework.vocabulary import Identity
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.letters import channels
from lianxin.petitions import actions, queries, routing
from lianxin.petitions.kinds import ALL, PETITIONS, READ, REPORTS
from tests.petitions.conftest import holder

pytestmark = pytest.mark.django_db


def due(case, purpose) -> date:
    return clocks.last_day(Clock.objects.filter(case=case, purpose=purpose).latest("seq").due_at)


def test_a_petition_has_fifteen_days_to_be_accepted_and_sixty_to_be_handled(take, bureau, clock):
    case = take()
    assert case.office == bureau.unit and case.number == "XF2025000001"
    assert due(case, "register") == due(case, "notice") == date(2025, 3, 18)
    clock.set("2025-03-10 09:00")
    case = engine.accept(bureau.officer, case)
    assert due(case, "reply") == date(2025, 5, 9) and clocks.last_day(case.due_at) == date(2025, 5, 9)
    assert set(Clock.objects.filter(case=case, state="met").values_list("purpose", flat=True)) == {"register", "notice"}


def test_registering_meets_the_first_clock_only(take, bureau):
    case = engine.screen(bureau.officer, take())
    assert set(Clock.objects.filter(case=case, state="met").values_list("purpose", flat=True)) == {"register"}


def test_an_unanswered_petition_runs_out_after_fifteen_days(take, clock):
    case = take()
    clock.set("2025-03-19 00:00")
    assert engine.breach(case).breached


def test_sixty_days_are_extended_by_thirty_at_most(petition, bureau, clock):
    case = petition.handling()
    message = engine.draft_reply(bureau.staff.clerk, case, "正在核实补偿名册。", kind=Message.Kind.INTERIM)
    message = engine.approve_reply(bureau.staff.head, case, message)
    case = engine.interim_reply(bureau.staff.clerk, case, message)
    leader = bureau.staff.vice.posts.get()
    case = engine.ask_instruction(bureau.officer, case, leader, "情况复杂，请批准延期。")
    reply = Clock.objects.get(case=case, purpose="reply")
    with pytest.raises(Refused, match="最多还能延长 30 天"):
        engine.extend_clock(bureau.staff.vice, case, reply, 31, "情况复杂")
    case = engine.extend_clock(bureau.staff.vice, case, reply, 30, "情况复杂")
    assert due(case, "reply") == date(2025, 6, 1)


def test_nothing_happens_before_acceptance(take, bureau):
    case = take()
    with pytest.raises(Refused):
        engine.assign(bureau.officer, case, bureau.city.education)
    with pytest.raises(Refused):
        engine.draft_reply(bureau.officer, case, "好的", outcome="solved")
    for code in ALL:
        kind = kinds.kind(code)
        assert kind.moves("submitted", "assign") is None and kind.moves("accepted", "assign") == "assigned"
        assert kind.moves("submitted", "join_cluster") is None and kind.moves("submitted", "give_at_once") is None
    assert kinds.kind("petition").moves("replied", "object_once") is None and kinds.kind("complaint").moves("replied", "object_once") == "reopened"


def test_a_transfer_is_objected_to_within_five_working_days(petition, bureau, clock):
    case = engine.assign(bureau.officer, petition.accepted(), bureau.city.education)
    part = Assignment.objects.get(case=case)
    assert clocks.last_day(part.return_by) == date(2025, 3, 10)
    clock.set("2025-03-11 09:00")
    with pytest.raises(Refused, match="已过退单时限（5 "):
        engine.return_assignment(bureau.staff.clerk, case, part, "不归我们管")


def test_a_unit_without_staff_gets_nothing(petition, bureau):
    case = petition.accepted()
    with pytest.raises(Refused, match="还没有设承办人员"):
        engine.assign(bureau.officer, case, bureau.city.county_bureau)
    assert Case.objects.get(pk=case.pk).stage == "accepted"


@pytest.mark.parametrize("kind", ["complaint", "enquiry"])
def test_complaints_and_enquiries_have_fifteen_working_days(take, kind):
    case = take(kind)
    assert due(case, "reply") == date(2025, 3, 24) and case.visibility == "anonymised"


def test_identity_floors(take):
    nobody = {"user": None, "identity": Identity.NONE, "name": "", "phone": ""}
    with pytest.raises(Refused, match="实名"):
        take(petitioner=nobody | {"identity": Identity.TELEPHONE})
    with pytest.raises(Refused, match="手机"):
        take("complaint", petitioner=nobody)
    assert take("report", petitioner=nobody).kind == "report"


def test_only_checked_complaints_and_enquiries_are_read(petition, take, bureau):
    assert set(channels.followed()) >= set(ALL) and set(channels.read_here()) & set(ALL) == set(READ)
    for code in (*PETITIONS, *REPORTS):
        assert kinds.kind(code).moves("replied", "decide_public") is None and kinds.kind(code).publicity == "never"
    with pytest.raises(Refused):
        engine.decide_public(bureau.officer, petition.answered(), True)
    case = petition.answered(take("complaint", text="王小明反映：电话13912345678的老板不退钱。"))
    engine.decide_public(bureau.officer, case, True)
    from lianxin.casework.queries import public_case

    shown = public_case(case.number)
    assert shown is not None and "王小明" not in shown.text and "13912345678" not in shown.text and shown.petitioner == ""


# --- reports ---


def test_a_report_goes_past_whom_it_is_about(take, bureau, city):
    assert take("report", about=city.education).office == bureau.unit
    case = take("report", about=bureau.unit)
    assert case.kind == "report_elsewhere" and case.office == city.office and case.number.startswith("JD")
    assert routing.report_kind(bureau.staff.mayor) == "report"
    with pytest.raises(Refused, match="12388"):
        take("report", about=city.root)
    with pytest.raises(Refused, match="检举"):
        take("complaint", about=city.education)
    with pytest.raises(Refused, match="复查"):
        take("petition_review")


def test_a_report_is_never_given_to_its_target(take, bureau, city):
    case = engine.accept(bureau.officer, take("report", about=city.education))
    with pytest.raises(Refused, match="反映的就是"):
        engine.assign(bureau.officer, case, city.education)


def test_the_supervision_office_handles_what_is_about_the_bureau(take, bureau, city, person):
    case = take("report", about=bureau.unit)
    for one in (bureau.officer, bureau.head, bureau.root_triage, bureau.staff.operator):
        with pytest.raises(Forbidden):
            engine.accept(one, case)
    case = engine.accept(bureau.supervisor, case)
    message = engine.draft_reply(bureau.supervisor, case, "已核查，反映的情况属实，已处理。", outcome="solved")
    head = person("office-head", "head", city.office)
    message = engine.approve_reply(head, case, message)
    case = engine.publish_reply(head, case, message)
    engine.record_delivery(bureau.supervisor, case, message, "hand", date(2025, 3, 3))
    assert engine.read_petitioner(bureau.supervisor, case, "回访").name == "王小明"


# --- reviews ---


def test_a_review_links_to_the_answer_it_is_about(petition, bureau):
    case = petition.answered()
    receipt = actions.ask_review(bureau.staff.citizen, case, token="token-of-the-review-1", reason="钱还是没有收到。")
    assert receipt.case.kind == "petition_review" and receipt.case.office == bureau.unit
    link = CaseLink.objects.get(case=receipt.case)
    assert link.other == case and link.relation == "appeal_of"
    assert due(receipt.case, "reply") == date(2025, 4, 2)
    again = actions.ask_review(bureau.staff.citizen, case, token="token-of-the-review-1", reason="钱还是没有收到。")
    assert again.case == receipt.case and not again.is_new
    with pytest.raises(Refused, match="已经申请过一次"):
        actions.ask_review(holder(case), case, token="token-of-the-review-2", reason="再来一次")
    second = actions.ask_review(bureau.staff.citizen, petition.answered(receipt.case), token="token-of-the-review-3", reason="还是不服。")
    assert second.case.kind == "petition_re_review"
    with pytest.raises(Refused, match="最后意见"):
        actions.ask_review(bureau.staff.citizen, petition.answered(second.case), token="token-of-the-review-4", reason="还是不服。")


def test_a_review_is_asked_for_within_thirty_days_of_delivery(petition, bureau, clock):
    case = petition.answered()
    message = Message.objects.get(case=case, kind="reply")
    clock.set("2025-03-06 09:00")
    case = engine.record_delivery(bureau.officer, case, message, "post", date(2025, 3, 6))
    window = queries.review_window(case)
    assert (window.answered_on, window.last_day) == (date(2025, 3, 6), date(2025, 4, 5))
    clock.set("2025-04-06 00:00")
    with pytest.raises(Refused, match="已经过了"):
        actions.ask_review(holder(case), case, token="token-of-the-review-1", reason="不服")
    # What was posted in time and registered late counts from its receipt.
    paper = actions.ask_review(bureau.officer, case, token="token-of-the-review-2", reason="不服", channel="paper", received_on=date(2025, 4, 5))
    assert paper.case.kind == "petition_review" and due(paper.case, "reply") == date(2025, 5, 5)


def test_who_and_what_cannot_ask_for_a_review(petition, take, bureau):
    case = petition.accepted()
    with pytest.raises(Refused, match="还没有书面答复"):
        actions.ask_review(bureau.staff.citizen, case, token="token-of-the-review-1", reason="不服")
    with pytest.raises(Forbidden):
        actions.ask_review(bureau.staff.stranger, case, token="token-of-the-review-1", reason="不服")
    with pytest.raises(Refused, match="只有信访事项"):
        actions.ask_review(bureau.staff.citizen, petition.answered(take("complaint")), token="token-of-the-review-1", reason="不服")
    with pytest.raises(Forbidden):
        actions.ask_review(bureau.staff.triage, case, token="token-of-the-review-1", reason="不服", channel="paper", received_on=date(2025, 3, 3))
    assert not Case.objects.filter(kind="petition_review").exists()


# --- the counter's deeds ---


def test_registered_with_the_day_of_its_receipt(bureau, clock):
    given = {"subject": "补偿款", "text": "没有发。", "channel": "paper"}
    receipt = actions.register(
        bureau.officer, "petition", token="token-of-the-counter", petitioner=PetitionerData(name="王大爷"), received_on=date(2025, 2, 25), **given
    )
    assert due(receipt.case, "notice") == date(2025, 3, 12)
    refused = {
        "姓名": {"petitioner": PetitionerData()},
        "晚于今天": {"received_on": date(2025, 3, 4)},
        "一年以前": {"received_on": date(2024, 1, 1)},
        "怎么来的": {"channel": "web"},
    }
    for words, changed in refused.items():
        fields = {"petitioner": PetitionerData(name="王大爷"), "received_on": date(2025, 3, 3)} | given | changed
        with pytest.raises(Refused, match=words):
            actions.register(bureau.officer, "petition", token="token-of-the-counter-2", **fields)
    fields = {"petitioner": PetitionerData(name="王大爷"), "received_on": date(2025, 3, 3)} | given
    for one in (bureau.staff.triage, bureau.root_triage, bureau.staff.operator, bureau.supervisor):
        with pytest.raises(Forbidden):
            actions.register(one, "petition", token="token-3-of-the-counter", **fields)


def test_notices_are_delivered_once(petition, bureau, clock):
    case = petition.handling()
    accepted, passed_on = queries.notices(case)
    assert (str(accepted), str(passed_on)) == ("受理告知书", "转送交办告知书")
    case = actions.deliver_notice(bureau.officer, case, accepted, "post", date(2025, 3, 3), "EMS 1234")
    assert queries.undelivered(case) == [passed_on]
    with pytest.raises(Refused, match="已经登记过"):
        actions.deliver_notice(bureau.officer, case, accepted, "post", date(2025, 3, 3))
    for day in (date(2025, 3, 2), date(2025, 3, 4)):
        with pytest.raises(Refused, match="送达日期"):
            actions.deliver_notice(bureau.officer, case, passed_on, "hand", day)
    for one in (bureau.staff.clerk, bureau.root_triage, bureau.staff.triage):
        with pytest.raises(Forbidden):
            actions.deliver_notice(one, case, passed_on, "hand", date(2025, 3, 3))


def test_every_case_can_be_made_again_from_its_events(petition, take, bureau, city):
    from lianxin.casework import checks

    case = petition.answered()
    actions.deliver_notice(bureau.officer, case, queries.notices(case)[0], "hand", date(2025, 3, 3))
    actions.ask_review(bureau.staff.citizen, case, token="token-of-the-review-1", reason="不服")
    take("report", about=city.education)
    assert not list(checks.faults(*Case.objects.order_by("pk")))
