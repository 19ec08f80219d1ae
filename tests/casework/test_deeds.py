"""Each deed: what it does, who may, and what it refuses with which words."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction

from lianxin.casework import actions, checks, kinds, queries
from lianxin.casework.kinds import CaseKind
from lianxin.casework.models import (
    Assignment,
    Case,
    CaseEvent,
    CaseLink,
    Clock,
    EventsAreAppendOnly,
    FollowUp,
    Instruction,
    Message,
    Petitioner,
    Promise,
    Reminder,
    Supervision,
)
from lianxin.casework.rights import SecretHolder
from lianxin.casework.vocabulary import Identity, transitions
from lianxin.foundation import audit
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.foundation.models import Notification
from lianxin.organisations.models import Post, Section

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def _sound(db, clock):
    """Whatever a test does, replay and rows agree at its end."""
    yield
    if not connection.needs_rollback:
        assert list(checks.wrong_cases()) == []


# --- submission ---


def test_the_same_token_is_one_case_one_number_one_secret(submit):
    first, second = submit(token="the-same-token-twice"), submit(token="the-same-token-twice", text="别的内容")
    assert first.is_new and not second.is_new
    assert (first.case.pk, first.case.number, first.secret) == (second.case.pk, second.case.number, second.secret)
    assert second.case.text == "小区门口的路灯坏了三天。"
    assert submit().case.number == "TEST2025000002"


def test_number_and_secret_open_a_case_however_they_are_typed(submit):
    receipt = submit()
    holder = queries.by_number_and_secret(f" {receipt.case.number.lower()} ", receipt.shown_secret.lower())
    assert holder == SecretHolder(receipt.case.pk)
    assert len(receipt.secret) == 16 and receipt.secret not in (receipt.case.secret, receipt.case.token)
    for number, secret in ((receipt.case.number, "0000-0000-0000-0000"), ("TEST2025999999", receipt.secret), (receipt.case.number, "")):
        assert queries.by_number_and_secret(number, secret) is None


def test_what_was_written_is_kept_encrypted(submit):
    case = submit(text="我的身份证丢在公交车上", place="人民路 3 号").case
    with connection.cursor() as cursor:
        cursor.execute("SELECT subject, text, place FROM casework_case WHERE id = %s", [case.pk])
        raw = " ".join(cursor.fetchone())
        cursor.execute("SELECT payload, sealed FROM casework_caseevent WHERE case_id = %s", [case.pk])
        raw += str(cursor.fetchall())
        cursor.execute("SELECT name, phone, phone_index FROM casework_petitioner WHERE case_id = %s", [case.pk])
        raw += str(cursor.fetchall())
    assert not any(word in raw for word in ("身份证", "人民路", "路灯", "王小明", "13800001111"))
    assert Petitioner.objects.get(case=case).phone == "13800001111"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"subject": "  "}, "请填写标题"),
        ({"text": "\u200b\u202e"}, "请填写内容"),
        ({"text": "字" * 20_001}, "20001 字"),
        ({"subject": "字" * 101}, "101 字"),
        ({"petitioner": {"identity": Identity.NONE}}, "手机已核实"),
        ({"received_at": datetime(2025, 3, 3, 9, 1, tzinfo=SHANGHAI)}, "不能晚于现在"),
    ],
)
def test_what_cannot_be_taken_in_is_refused_in_words(submit, given, words):
    with pytest.raises(Refused, match=words):
        submit(**given)
    assert not Case.objects.exists()


def test_hidden_signs_are_dropped_and_pictures_kept(submit):
    case = submit(subject="路灯\u202e坏\u200b了\x00", text="求助👨‍👩‍👧\r\n谢谢").case
    assert case.subject == "路灯坏了" and case.text == "求助👨‍👩‍👧\n谢谢"


def test_nobody_submits_with_another_account(submit, staff):
    with pytest.raises(Forbidden):
        submit(actor=staff.stranger)


def test_paper_and_telephone_are_registered_by_staff_with_the_day_of_receipt(submit, staff):
    received = datetime(2025, 3, 1, 10, 0, tzinfo=SHANGHAI)
    given = {"channel": "paper", "received_at": received, "petitioner": {"identity": Identity.NONE, "user": None}}
    case = submit(actor=staff.operator, **given).case
    assert case.received_at == received
    assert Clock.objects.get(case=case).due_at == datetime(2025, 3, 5, 0, 0, tzinfo=SHANGHAI), "three days from the receipt on Saturday"
    with pytest.raises(Forbidden, match="登记来电"):
        submit(actor=staff.citizen, **given)


def test_the_stricter_of_wish_and_preset_holds(submit):
    assert submit(visibility="public").case.visibility == "anonymised"
    assert submit(visibility="private").case.visibility == "private"


# --- the office ---


def test_only_the_office_screens_and_only_in_the_right_stage(submit, staff):
    case = submit().case
    for stranger in (staff.clerk, staff.citizen, staff.mayor, staff.admin):
        with pytest.raises(Forbidden):
            actions.accept(stranger, case)
    case = actions.accept(staff.triage, case, category="市政设施")
    assert case.stage == "accepted" and case.category == "市政设施"
    with pytest.raises(Refused, match="目前是“已受理”"):
        actions.accept(staff.triage, case)


def test_an_older_version_is_refused(submit, staff):
    case = submit().case
    actions.screen(staff.triage, case, version=case.version)
    with pytest.raises(Refused, match="新的进展"):
        actions.accept(staff.triage, case, version=case.version)


def test_declined_with_reason_and_address(submit, staff, run_jobs):
    case = submit().case
    with pytest.raises(Refused, match="可以向哪里反映"):
        actions.decline(staff.triage, case, "不归我们", " ")
    case = actions.decline(staff.triage, case, "属于法院管辖", "请向区人民法院咨询")
    assert (case.stage, case.where_to, case.is_open) == ("declined", "请向区人民法院咨询", False)
    assert Clock.objects.get(case=case).state == "met"
    run_jobs()
    told = Notification.objects.get(recipient=staff.citizen)
    assert "法院" not in told.text and case.number in told.text


def test_assigned_to_lead_and_helpers_once_each(submit, staff, city):
    case = submit().case
    with pytest.raises(Refused, match="至少选择一个单位"):
        actions.assign(staff.triage, case, None)
    with pytest.raises(Refused, match="只能选一次"):
        actions.assign(staff.triage, case, city.education, co=(city.education,))
    case = actions.assign(staff.triage, case, city.education, co=(city.health,), copies=(city.office,), opinion="请从速")
    assert case.stage == "assigned" and case.lead == city.education
    assert [(row.role, row.state, row.opinion) for row in case.assignments.order_by("pk")] == [
        ("lead", "offered", "请从速"),
        ("co", "offered", "请从速"),
        ("copy", "done", "请从速"),
    ]
    with pytest.raises(Refused, match="已经有主办单位"):
        actions.assign(staff.triage, case, city.county)
    with pytest.raises(Refused, match="已经在办理"):
        actions.assign(staff.triage, case, None, co=(city.health,))


def test_the_database_refuses_a_second_lead(flow, city):
    case = flow.assigned()
    with pytest.raises(Exception, match=r"casework_one_lead|UNIQUE"), transaction.atomic():
        Assignment.objects.create(case=case, seq=999, organisation=city.health, role="lead", manner="pass", offered_at=case.submitted_at)


def test_a_unit_is_not_given_the_report_about_itself(submit, staff, city):
    case = submit(sealed_from=[city.education, staff.other_head]).case
    with pytest.raises(Refused, match="反映的就是市教育局"):
        actions.assign(staff.triage, case, city.education)
    case = actions.assign(staff.triage, case, city.health)
    part = flow_part(case)
    actions.sign_for(staff.other_clerk, case, part)
    with pytest.raises(Forbidden, match="不能办理它"):
        actions.hand_to_section(staff.other_head, case, part, handler=staff.other_clerk)


def flow_part(case, role="lead"):
    return Assignment.objects.get(case=case, role=role, is_open=True)


# --- inside the unit ---


def test_signed_for_given_to_a_section_and_a_person(flow, staff, city):
    case = flow.assigned()
    part = flow.lead(case)
    with pytest.raises(Forbidden):
        actions.sign_for(staff.other_clerk, case, part)
    with pytest.raises(Refused, match="目前是“已交办”"):
        actions.hand_to_section(staff.clerk, case, part, handler=staff.clerk)
    case = actions.sign_for(staff.clerk, case, part)
    assert case.stage == "handling"
    section = Section.objects.create(organisation=city.education, name="基础教育科")
    elsewhere = Section.objects.create(organisation=city.health, name="医政科")
    with pytest.raises(Refused, match="不是市教育局的科室"):
        actions.hand_to_section(staff.clerk, case, part, section=elsewhere)
    with pytest.raises(Refused, match="不在市教育局办理来信"):
        actions.hand_to_section(staff.clerk, case, part, handler=staff.other_clerk)
    actions.hand_to_section(staff.clerk, case, part, section=section, handler=staff.clerk2)
    part.refresh_from_db()
    assert (part.section, part.handler, part.step) == (section, staff.clerk2, "section")
    with pytest.raises(Refused, match="已经签收"):
        actions.sign_for(staff.clerk, case, part)


def test_returned_once_in_time_and_the_ruling_is_final(flow, staff, city, clock):
    case = flow.assigned()
    due = Clock.objects.get(case=case).due_at
    part = flow.lead(case)
    case = actions.return_assignment(staff.clerk, case, part, "职责在卫健委", suggested=city.health)
    assert flow.lead(case).state == "returned" and case.lead == city.education, "the unit stays responsible until the ruling"
    with pytest.raises(Forbidden):
        actions.rule_on_return(staff.clerk, case, part, to=None, ruling="不")
    case = actions.rule_on_return(staff.triage, case, part, to=None, ruling="按三定方案由你局办理")
    with pytest.raises(Refused, match="只能申请一次"):
        actions.return_assignment(staff.clerk, case, flow.lead(case), "再退一次")
    case = actions.sign_for(staff.clerk, case, flow.lead(case))
    assert case.stage == "handling" and Clock.objects.get(case=case).due_at == due, "the clock ran on"


def test_a_return_that_is_granted_goes_to_the_other_unit(flow, staff, city):
    case = flow.assigned()
    part = flow.lead(case)
    actions.return_assignment(staff.clerk, case, part, "职责在卫健委")
    case = actions.rule_on_return(staff.triage, case, part, to=city.health, ruling="转卫健委")
    part.refresh_from_db()
    assert part.state == "ended" and case.lead == city.health
    assert not queries.visible_to(staff.clerk).filter(pk=case.pk).exists()
    actions.sign_for(staff.other_clerk, case, flow.lead(case))


def test_too_late_to_return(flow, staff, clock):
    case = flow.assigned()
    clock.set("2025-03-05 00:00")
    with pytest.raises(Refused, match="已过退单时限"):
        actions.return_assignment(staff.clerk, case, flow.lead(case), "不归我们")
    clock.set("2025-03-04 23:59")
    actions.return_assignment(staff.clerk, case, flow.lead(case), "不归我们")


def test_what_was_signed_for_is_not_returned(flow, staff):
    case = flow.handling()
    with pytest.raises(Refused, match="已经签收的件不能退单"):
        actions.return_assignment(staff.clerk, case, flow.lead(case), "不归我们")


def test_a_helper_hands_in_its_opinion(flow, staff, city, submit):
    case = actions.assign(staff.triage, submit().case, city.education, co=(city.health,))
    part = flow_part(case, "co")
    with pytest.raises(Refused, match="请先签收"):
        actions.finish_part(staff.other_clerk, case, part, "同意")
    case = actions.sign_for(staff.other_clerk, case, part)
    assert case.stage == "assigned", "the lead has not signed yet"
    with pytest.raises(Forbidden):
        actions.draft_reply(staff.other_clerk, case, "我们来答", outcome="solved")
    actions.finish_part(staff.other_clerk, case, part, "同意")
    part.refresh_from_db()
    assert part.state == "done" and Message.objects.get(case=case, kind="opinion").body == "同意"


def test_a_unit_that_reports_does_not_answer(flow, staff):
    case = flow.handling(manner="report")
    part = flow.lead(case)
    with pytest.raises(Forbidden):
        actions.draft_reply(staff.clerk, case, "办好了", outcome="solved")
    case = actions.report_back(staff.clerk, case, part, "已更换灯泡")
    with pytest.raises(Refused, match="已报结的请等待审核"):
        actions.report_back(staff.clerk, case, part, "再报")
    case = actions.send_back_report(staff.triage, case, part, "请附照片")
    case = actions.report_back(staff.clerk, case, part, "照片已附")
    case = actions.accept_report(staff.triage, case, part)
    message = actions.draft_reply(staff.triage, case, "您反映的路灯已修好。", outcome="solved")
    with pytest.raises(Refused, match="起草人"):
        actions.approve_reply(staff.triage, case, message)
    message = actions.approve_reply(staff.triage2, case, message)
    assert actions.publish_reply(staff.triage, case, message).stage == "replied"


def test_a_unit_that_answers_does_not_report(flow, staff):
    case = flow.handling()
    with pytest.raises(Refused, match="转办件"):
        actions.report_back(staff.clerk, case, flow.lead(case), "办好了")


# --- replies ---


def test_a_reply_is_signed_by_another_person_and_again_after_a_change(flow, staff):
    case = flow.handling()
    with pytest.raises(Refused, match="请选择办理结果"):
        actions.draft_reply(staff.clerk, case, "好了")
    message = actions.draft_reply(staff.head, case, "好了", outcome="solved", in_person=True)
    with pytest.raises(Refused, match="起草人和已签过的人"):
        actions.approve_reply(staff.head, case, message)
    with pytest.raises(Forbidden):
        actions.approve_reply(staff.clerk, case, message)
    with pytest.raises(Refused, match="还没有签发"):
        actions.publish_reply(staff.clerk, case, message)
    message = actions.draft_reply(staff.clerk, case, "灯已修好", outcome="solved", message=message)
    assert message.writers == [staff.head.pk, staff.clerk.pk]
    with pytest.raises(Refused, match="起草人和已签过的人"):
        actions.approve_reply(staff.head, case, message)


def test_only_the_head_says_that_he_answers_himself(flow, staff):
    case = flow.handling()
    with pytest.raises(Forbidden, match="亲自答复"):
        actions.draft_reply(staff.clerk, case, "好了", outcome="solved", in_person=True)


def test_sent_back_a_reply_needs_its_signatures_again(flow, staff, run_jobs):
    case = flow.handling()
    message = flow.approved(case)
    message = actions.send_back_reply(staff.head, case, message, "语气生硬")
    assert (message.state, message.signers, message.returned_reason) == ("draft", [], "语气生硬")
    with pytest.raises(Refused, match="还没有签发"):
        actions.publish_reply(staff.clerk, case, message)
    with pytest.raises(Forbidden):
        actions.send_back_reply(staff.clerk, case, message, "不")
    run_jobs()
    assert Notification.objects.filter(recipient=staff.clerk, event="case.sent_back").count() == 1


def test_two_steps_of_approval_are_two_more_people(submit, flow, staff, city, person):
    kinds.register(CaseKind(code="throwaway", name="试验件", prefix="TEST", version=2, approval=("head", "leader")))
    vice_head = person("vice-head", "head", city.education)
    bureau_leader = person("bureau-leader", "leader", city.education)
    case = flow.handling()
    message = actions.draft_reply(staff.clerk, case, "已修好", outcome="solved")
    with pytest.raises(Refused, match="还有前面的审核"):
        actions.approve_reply(staff.head, case, message)
    message = actions.review_reply(staff.head, case, message)
    with pytest.raises(Forbidden):
        actions.approve_reply(vice_head, case, message)
    message = actions.approve_reply(bureau_leader, case, message)
    assert message.state == "approved" and message.signers == [staff.head.pk, bureau_leader.pk]
    with pytest.raises(Refused, match="已经签发"):
        actions.review_reply(vice_head, case, message)


def test_two_clerks_replying_at_once(flow, staff, city):
    case = flow.handling()
    message = flow.approved(case)
    actions.publish_reply(staff.clerk, case, message, version=flow.now(case).version)
    with pytest.raises(Refused, match=r"新的进展|目前是"):
        actions.publish_reply(staff.clerk2, case, message, version=case.version)
    assert CaseEvent.objects.filter(case=case, type="replied").count() == 1


def test_another_unit_neither_writes_nor_sends(flow, staff):
    case = flow.handling()
    message = flow.approved(case)
    for deed, given in (
        (actions.draft_reply, ("我来答",)),
        (actions.publish_reply, (message,)),
        (actions.ask_citizen, ("哪里？",)),
        (actions.add_note, ("记一笔",)),
        (actions.read_petitioner, ("看看",)),
    ):
        with pytest.raises(Forbidden):
            deed(staff.other_clerk, case, *given)


def test_what_a_kind_holds_against_a_reply_is_said(flow, staff):
    def checks_words(case, body, promises):
        return ["请写明时间。"] if "近期" in body and not promises else []

    kinds.register(CaseKind(code="throwaway", name="试验件", prefix="TEST", version=2, before_reply=checks_words))
    case = flow.handling()
    message = actions.draft_reply(staff.clerk, case, "近期修好", outcome="planned")
    message = actions.approve_reply(staff.head, case, message)
    with pytest.raises(Refused, match="请写明时间"):
        actions.publish_reply(staff.clerk, case, message)
    with pytest.raises(Refused, match="应在今天之后"):
        actions.publish_reply(staff.clerk, case, message, promises=[("修好", date(2025, 3, 3))])
    assert actions.publish_reply(staff.clerk, case, message, promises=[("修好", date(2025, 3, 10))]).stage == "replied"


def test_a_promise_kept_is_over_and_one_missed_reopens(flow, staff, clock, run_jobs):
    case = flow.replied(promises=[("换新灯杆", date(2025, 3, 10)), ("装监控", date(2025, 3, 11))])
    first, second = Promise.objects.filter(case=case)
    with pytest.raises(Forbidden):
        actions.keep_promise(staff.other_clerk, case, first)
    case = actions.keep_promise(staff.clerk, case, first)
    with pytest.raises(Refused, match="已经了结"):
        actions.keep_promise(staff.clerk, case, first)
    clock.set("2025-03-11 23:59")
    from lianxin.casework import jobs

    jobs.sweep.call()
    run_jobs()
    assert flow.now(case).stage == "replied"
    clock.set("2025-03-12 09:00")
    jobs.sweep.call()
    jobs.sweep.call()
    run_jobs()
    case = flow.now(case)
    second.refresh_from_db()
    assert (case.stage, case.round, second.state, case.lead.short_name) == ("reopened", 2, "missed", "市教育局")
    assert Notification.objects.filter(recipient=staff.citizen, event="case.promise_missed").count() == 1
    assert Clock.objects.filter(case=case, state="running").count() == 1
    actions.sign_for(staff.clerk, case, flow.lead(case))


def test_a_promise_of_an_interim_reply_is_due_while_the_work_goes_on(flow, staff, clock, run_jobs):
    from lianxin.casework import jobs

    case = flow.handling()
    with pytest.raises(Refused, match="应在今天之后"):
        actions.interim_reply(staff.clerk, case, flow.approved(case, kind="interim"), promises=[("定方案", date(2025, 3, 3))])
    case = flow.now(case)
    message = Message.objects.get(case=case, kind="interim")
    case = actions.interim_reply(staff.clerk, case, message, promises=[("定方案", date(2025, 3, 5))])
    due_at = Clock.objects.get(case=case).due_at
    clock.set("2025-03-06 09:00")
    jobs.sweep.call()
    run_jobs()
    case = flow.now(case)
    assert (case.stage, case.round, Promise.objects.get(case=case).state) == ("handling", 1, "missed"), "the work goes on as it did"
    assert Clock.objects.get(case=case).due_at == due_at
    told = Notification.objects.filter(event="case.promise_missed")
    assert {one.recipient_id for one in told} >= {staff.citizen.pk, staff.clerk.pk}


# --- clocks through deeds ---


def test_the_clock_waits_for_the_citizen(flow, staff, clock):
    case = flow.handling()
    clock.set("2025-03-04 10:00")
    case = actions.ask_citizen(staff.clerk, case, "请告知灯杆编号")
    assert case.stage == "awaiting_citizen" and case.due_at is None
    clock.set("2025-03-10 20:00")
    with pytest.raises(Forbidden):
        actions.citizen_answered(staff.stranger, case, "东门")
    case = actions.citizen_answered(staff.citizen, case, "东门")
    assert case.due_at == datetime(2025, 3, 13, 0, 0, tzinfo=SHANGHAI), "one day was used, two are left"
    assert flow.lead(case).due_at == case.due_at and not case.breached


def test_extended_by_a_leader_after_an_interim_answer_in_time(flow, staff, clock):
    case = flow.handling()
    running = Clock.objects.get(case=case)
    with pytest.raises(Forbidden):
        actions.extend_clock(staff.head, case, running, 3, "勘查")
    with pytest.raises(Forbidden):
        actions.extend_clock(staff.mayor, case, running, 3, "勘查")
    with pytest.raises(Refused, match="阶段性答复"):
        actions.extend_clock(staff.vice, case, running, 3, "勘查")
    message = actions.draft_reply(staff.clerk, case, "正在勘查", kind="interim")
    actions.interim_reply(staff.clerk, case, actions.approve_reply(staff.head, case, message))
    case = actions.extend_clock(staff.vice, case, running, 3, "勘查")
    assert case.due_at == datetime(2025, 3, 10, 0, 0, tzinfo=SHANGHAI) and case.stage == "handling"
    clock.set("2025-03-10 00:00")
    with pytest.raises(Refused, match="已经超期"):
        actions.extend_clock(staff.vice, case, running, 3, "还要勘查")


def test_a_rule_bounds_its_extensions(flow, staff):
    from lianxin.casework.kinds import ClockSpec

    spec = ClockSpec("conclude", "办结", "X03")
    kinds.register(CaseKind(code="throwaway", name="试验件", prefix="TEST", version=2, clocks=(spec,), interim_before_extension=False))
    case = flow.handling()
    running = Clock.objects.get(case=case)
    with pytest.raises(Refused, match="最多还能延长 30 天"):
        actions.extend_clock(staff.vice, case, running, 31, "复杂")
    actions.extend_clock(staff.vice, case, running, 30, "复杂")
    with pytest.raises(Refused, match="不能再延长"):
        actions.extend_clock(staff.vice, case, running, 1, "复杂")


def test_a_breach_is_recorded_once_and_stays(flow, staff, clock, run_jobs):
    from lianxin.casework import jobs

    case = flow.handling()
    clock.set("2025-03-06 23:59")
    jobs.sweep.call()
    run_jobs()
    assert not flow.now(case).breached
    clock.set("2025-03-07 00:00")
    for _ in range(3):
        jobs.sweep.call()
        run_jobs()
    assert CaseEvent.objects.filter(case=case, type="breached").count() == 1
    case = actions.publish_reply(staff.clerk, case, flow.approved(case))
    late = Clock.objects.get(case=case)
    assert case.breached and late.state == "met_late" and late.breached_at == datetime(2025, 3, 7, 0, 0, tzinfo=SHANGHAI)


def test_asking_after_the_day_does_not_hide_the_breach(flow, staff, clock):
    case = flow.handling()
    clock.set("2025-03-08 10:00")
    case = actions.ask_citizen(staff.clerk, case, "哪一盏？")
    assert case.breached
    types = list(CaseEvent.objects.filter(case=case).values_list("type", flat=True))
    assert types.index("breached") < types.index("asked") < types.index("clock_paused")


def test_clocks_are_counted_anew_after_a_notice(flow, staff, clock, tmp_path, run_jobs):
    from lianxin.casework.kinds import ClockSpec
    from lianxin.foundation import calendar

    clock.set("2030-12-27 09:00")
    kinds.register(CaseKind(code="throwaway", name="试验件", prefix="TEST", version=2, clocks=(ClockSpec("reply", "答复", "L01"),)))
    case = flow.handling()
    before = Clock.objects.get(case=case)
    assert before.provisional and before.due_at == datetime(2031, 1, 2, 0, 0, tzinfo=SHANGHAI), "27 December 2030 is a Friday"
    notice = tmp_path / "2030.csv"
    notice.write_text("date,is_workday,name\n2030-12-28,1,元旦\n2030-12-30,0,元旦\n2030-12-31,0,元旦\n2031-01-01,0,元旦\n", encoding="utf-8")
    calendar.import_notice(notice, None)
    run_jobs()
    after = Clock.objects.get(case=case)
    assert after.due_at == datetime(2031, 1, 4, 0, 0, tzinfo=SHANGHAI)
    assert flow.lead(case).due_at == flow.now(case).due_at == after.due_at
    assert CaseEvent.objects.filter(case=case, type="clock_recomputed").count() == 1
    run_jobs()
    assert actions.recompute() == 0


def test_a_submission_that_fails_keeps_its_number_for_its_token(submit, city):
    with pytest.raises(Refused):
        submit(token="a-form-that-asks-too-much", lead=city.education)
    assert submit().case.number.endswith("000002")
    again = submit(token="a-form-that-asks-too-much")
    assert again.is_new and again.case.number.endswith("000001")


def test_many_clocks_counted_anew_at_once_stay_in_step_with_their_events(flow, clock):
    cases = [flow.handling() for _ in range(3)]
    before = {row.pk: row.due_at for row in Clock.objects.all()}
    Clock.objects.update(due_at=datetime(2025, 3, 20, tzinfo=SHANGHAI))
    assert actions.recompute() == 3 and actions.recompute() == 0
    assert {row.pk: row.due_at for row in Clock.objects.all()} == before
    assert [flow.lead(case).due_at for case in cases] == list(before.values())
    stored = Case.objects.filter(pk__in=[case.pk for case in cases])
    assert list(checks.faults(*stored)) == [] and all(case.text for case in stored), "what was not read is not written"


def test_reminded_in_office_hours_once_per_threshold(flow, staff, clock, run_jobs):
    from lianxin.casework import jobs

    case = flow.handling()
    for moment in ("2025-03-04 12:00", "2025-03-05 07:00", "2025-03-05 09:00", "2025-03-05 10:00", "2025-03-06 09:00", "2025-03-08 09:00"):
        clock.set(moment)
        jobs.sweep.call()
        jobs.remind_units.call()
        run_jobs()
    clock.set("2025-03-10 09:00")
    jobs.remind_units.call()
    run_jobs()
    told = [(row.threshold, row.at.astimezone(SHANGHAI).strftime("%m-%d %H:%M")) for row in Reminder.objects.filter(case=case)]
    assert told == [("due_soon", "03-05 09:00"), ("due_today", "03-06 09:00"), ("overdue", "03-10 09:00")], "Saturday the 8th is quiet"
    assert Notification.objects.filter(recipient=staff.clerk, event="case.reminded").count() == 3


def test_reminded_by_people_entitled_to_it(flow, staff, city):
    case = flow.handling()
    for person in (staff.triage, staff.supervisor, staff.vice):
        actions.remind(person, case, "请抓紧")
    for person in (staff.clerk, staff.mayor, staff.citizen):
        with pytest.raises(Forbidden):
            actions.remind(person, case)
    with pytest.raises(Refused, match="没有在办理"):
        actions.remind(staff.triage, case, unit=city.health)


# --- the citizen ---


def test_rated_once_per_handling_by_account_or_secret(flow, staff):
    case = flow.replied()
    with pytest.raises(Forbidden):
        actions.rate(staff.clerk, case, 5)
    with pytest.raises(Forbidden):
        actions.rate(SecretHolder(case.pk + 1), case, 5)
    with pytest.raises(Refused, match="一到五分"):
        actions.rate(staff.citizen, case, 6)
    case = actions.rate(SecretHolder(case.pk), case, 2, "没修好")
    assert case.satisfied is False
    with pytest.raises(Refused, match="已经评价过"):
        actions.rate(staff.citizen, case, 5)


def test_objected_to_once_and_handled_again_by_the_same_unit(flow, staff):
    case = flow.replied()
    case = actions.object_once(staff.citizen, case, "还是不亮")
    assert (case.stage, case.round, case.lead.short_name, case.satisfied) == ("reopened", 2, "市教育局", None)
    with pytest.raises(Refused, match="不能退单"):
        actions.return_assignment(staff.clerk, case, flow.lead(case), "不想再办")
    case = actions.sign_for(staff.clerk, case, flow.lead(case))
    case = actions.publish_reply(staff.clerk, case, flow.approved(case))
    case = actions.rate(staff.citizen, case, 5)
    with pytest.raises(Refused, match="重新办理过一次"):
        actions.object_once(staff.citizen, case, "仍不满意")


def test_withdrawn_before_it_is_answered(flow, staff):
    case = flow.handling()
    with pytest.raises(Forbidden):
        actions.withdraw(staff.clerk, case)
    case = actions.withdraw(staff.citizen, case, "已经好了")
    assert case.stage == "withdrawn" and not Assignment.objects.filter(case=case, is_open=True).exists()
    assert Clock.objects.get(case=case).state == "stopped" and not queries.visible_to(staff.clerk).filter(pk=case.pk).exists()
    with pytest.raises(Refused, match="目前是“已撤回”"):
        actions.add_information(staff.citizen, case, "再说一句")


# --- those who watch ---


def test_a_leader_is_asked_and_instructs_and_the_public_sees_only_that(flow, staff, run_jobs):
    case = flow.handling()
    post = Post.objects.get(user=staff.mayor)
    with pytest.raises(Forbidden):
        actions.instruct(staff.mayor, case, "速办")
    case = actions.ask_instruction(staff.triage, case, post, "涉及多个部门")
    with pytest.raises(Refused, match="已经呈送"):
        actions.ask_instruction(staff.triage, case, post, "再呈")
    assert [row.case for row in queries.instructions_asked(staff.mayor)] == [case]
    run_jobs()
    assert Notification.objects.filter(recipient=staff.mayor).count() == 1
    asked = Instruction.objects.get(case=case)
    with pytest.raises(Forbidden):
        actions.instruct(staff.vice, case, "我来批", instruction=asked)
    case = actions.instruct(staff.mayor, case, "请教育局三日内办结。", instruction=asked)
    with pytest.raises(Refused, match="已经批示过"):
        actions.instruct(staff.mayor, case, "又批", instruction=asked)
    case = actions.publish_reply(staff.clerk, case, flow.approved(case))
    case = actions.decide_public(staff.triage, case, True)
    shown = queries.public_case(case.number)
    assert shown.has_instruction and "三日内办结" not in repr(shown)


def test_supervision_is_proposed_by_the_clock_and_ordered_by_the_office(flow, staff):
    case = flow.handling()
    for _ in range(2):
        case = actions.propose_supervision(case, "yellow", "超期一天")
    proposed = Supervision.objects.get(case=case)
    with pytest.raises(Forbidden):
        actions.supervise(staff.triage, case, "三日内办结", date(2025, 3, 6), supervision=proposed)
    with pytest.raises(Refused, match="不能早于今天"):
        actions.supervise(staff.supervisor, case, "办结", date(2025, 3, 2), supervision=proposed)
    case = actions.supervise(staff.supervisor, case, "三日内办结", date(2025, 3, 6), level="red", number="督〔2025〕1号", supervision=proposed)
    proposed.refresh_from_db()
    assert (proposed.state, proposed.level, proposed.demands) == ("ordered", "red", "三日内办结")
    actions.close_supervision(staff.supervisor, case, proposed)
    with pytest.raises(Refused, match="已经销号"):
        actions.close_supervision(staff.supervisor, case, proposed)


def test_followed_up_by_others_three_times_and_reopened_once(flow, staff, person, city):
    case = flow.replied()
    with pytest.raises(Forbidden):
        actions.follow_up(staff.clerk, case, "satisfied")
    both = person("both", "operator", city.root)
    person("both", "clerk", city.education)
    with pytest.raises(Forbidden, match="不能回访自己办的件"):
        actions.follow_up(both, case, "satisfied")
    for _ in range(3):
        case = actions.follow_up(staff.operator, case, "unreached")
    with pytest.raises(Refused, match="三次"):
        actions.follow_up(staff.operator, case, "satisfied")
    assert case.satisfied is None and FollowUp.objects.filter(case=case, result="unreached").count() == 3
    case = actions.reopen(staff.supervisor, case, "查实未修")
    case = actions.publish_reply(staff.clerk, case, flow.approved(actions.sign_for(staff.clerk, case, flow.lead(case))))
    case = actions.follow_up(staff.operator, case, "dissatisfied", "说还不亮")
    assert case.stage == "reopened" and case.round == 3
    case = actions.publish_reply(staff.clerk, case, flow.approved(actions.sign_for(staff.clerk, case, flow.lead(case))))
    case = actions.follow_up(staff.operator, case, "dissatisfied")
    assert case.stage == "replied" and case.satisfied is False, "handled again once, not for ever"


# --- together ---


def test_linked_and_joined_cases_are_answered_each_for_itself(flow, staff, submit, run_jobs, city):
    case = flow.handling()
    with pytest.raises(Refused, match="主件"):
        actions.join_cluster(staff.triage, submit().case, case)
    case = actions.open_cluster(staff.triage, case, "东门路灯")
    members = [submit().case for _ in range(3)]
    members[0] = actions.join_cluster(staff.triage, members[0], case)
    members[1] = actions.join_cluster(staff.citizen, members[1], case)
    with pytest.raises(Forbidden):
        actions.join_cluster(staff.clerk, members[2], case)
    with pytest.raises(Refused, match="已经属于"):
        actions.join_cluster(staff.triage, members[0], case)
    with pytest.raises(Refused, match="目前是"):
        actions.answer_cluster(staff.clerk, case)
    case = actions.publish_reply(staff.clerk, case, flow.approved(case))
    case = actions.answer_cluster(staff.clerk, case)
    run_jobs()
    for member in members[:2]:
        member.refresh_from_db()
        assert member.stage == "replied" and Message.objects.get(case=member, kind="reply").body == "路灯已于今日修好。"
        assert Clock.objects.get(case=member).state == "met"
    members[2].refresh_from_db()
    assert members[2].stage == "submitted"
    actions.join_cluster(staff.citizen, members[2], case)
    run_jobs()
    members[2].refresh_from_db()
    assert members[2].stage == "replied", "whoever joins an answered matter is answered at once"
    assert Notification.objects.filter(recipient=staff.citizen, event="case.answered_with").count() == 3
    actions.link_cases(staff.triage, case, members[0], "same_matter")
    with pytest.raises(Refused, match="已经关联过"):
        actions.link_cases(staff.triage, case, members[0], "same_matter")
    with pytest.raises(Refused, match="自己"):
        actions.link_cases(staff.triage, case, case, "follow_up")
    assert CaseLink.objects.count() == 1


def test_a_promise_missed_concerns_everybody_who_was_answered_with_it(flow, staff, submit, clock, run_jobs):
    from lianxin.casework import jobs

    case = actions.open_cluster(staff.triage, flow.handling(), "东门路灯")
    told, content, late = (actions.join_cluster(staff.citizen, submit().case, case) for _ in range(3))
    case = actions.publish_reply(staff.clerk, case, flow.approved(case), promises=[("换新灯杆", date(2025, 3, 10))])
    actions.answer_cluster(staff.clerk, case)
    run_jobs()
    # One of them objects before the day: his is handled again already.
    late = actions.object_once(staff.citizen, flow.now(late), "没有修")
    clock.set("2025-03-11 09:00")
    jobs.sweep.call()
    run_jobs()
    for member in (case, told, content, late):
        member = flow.now(member)
        assert (member.stage, member.round, member.replied_at) == ("reopened", 2, None)
        assert Clock.objects.filter(case=member, state="running").count() == 1
    assert Notification.objects.filter(recipient=staff.citizen, event="case.promise_missed").count() == 3
    promise = Promise.objects.get(case=case)
    with pytest.raises(Refused, match="已经重新办理"):
        actions.miss_shared_promise(flow.now(told), promise)

    # The next answer is theirs too.
    case = actions.sign_for(staff.clerk, flow.now(case), flow.lead(case))
    case = actions.publish_reply(staff.clerk, case, flow.approved(case))
    actions.answer_cluster(staff.clerk, case)
    run_jobs()
    for member in (told, content, late):
        assert flow.now(member).stage == "replied" and Message.objects.filter(case=member, kind="reply").count() == 2
    with pytest.raises(Refused, match="没有用那份答复"):
        actions.miss_shared_promise(flow.now(told), promise)


# --- the three decisions ---


def test_finished_public_and_satisfied_are_three_decisions(flow, staff):
    case = flow.handling()
    with pytest.raises(Refused, match="目前是“办理中”"):
        actions.decide_public(staff.triage, case, True)
    case = actions.publish_reply(staff.clerk, case, flow.approved(case))
    assert (case.finished_at, case.publicity, case.satisfied) == (None, "undecided", None)
    case = actions.decide_public(staff.triage, case, True)
    assert case.is_public and case.finished_at is None
    case = actions.finish(staff.triage, case)
    assert case.finished_at and case.satisfied is None
    case = actions.decide_public(staff.triage, case, False)
    assert not case.is_public and queries.public_case(case.number) is None


def test_a_redaction_is_shown_and_the_original_kept(flow, staff):
    case = flow.replied(text="我叫王小明，电话 13800001111，身份证 110101199003078888。")
    reply = Message.objects.get(case=case, kind="reply")
    with pytest.raises(Forbidden):
        actions.redact(staff.clerk, case, "改", subject="改")
    case = actions.decide_public(staff.triage, case, True)
    shown = queries.public_case(case.number)
    assert shown.text == "我叫王**，电话 138****1111，身份证 11****************。" and shown.petitioner == ""
    case = actions.redact(staff.triage, case, "居民反映路灯问题。", subject="路灯问题")
    case = actions.redact(staff.triage, case, "灯已修好。", message=reply)
    shown = queries.public_case(case.number)
    assert (shown.subject, shown.text, shown.replies[0].body) == ("路灯问题", "居民反映路灯问题。", "灯已修好。")
    reply.refresh_from_db()
    assert case.text.startswith("我叫王小明") and reply.body == "路灯已于今日修好。"


def test_the_petitioner_only_makes_it_stricter(flow, staff):
    case = flow.replied()
    case = actions.decide_public(staff.triage, case, True)
    case = actions.set_visibility(SecretHolder(case.pk), case, "private")
    assert not case.is_public
    with pytest.raises(Refused, match="更严格"):
        actions.set_visibility(staff.citizen, case, "public")
    with pytest.raises(Refused, match="反映人的意愿"):
        actions.set_visibility(staff.triage, case, "anonymised")
    with pytest.raises(Forbidden):
        actions.set_visibility(staff.clerk, case, "private")


def test_private_sealed_and_never_public_kinds_stay_inside(flow, staff, city):
    case = flow.replied(visibility="private")
    with pytest.raises(Refused, match="不公开"):
        actions.decide_public(staff.triage, case, True)
    sealed = flow.replied()
    sealed = actions.seal(staff.triage, sealed, staff.head)
    with pytest.raises(Refused, match="举报"):
        actions.decide_public(staff.triage, sealed, True)
    kinds.register(CaseKind(code="throwaway", name="试验件", prefix="TEST", version=2, publicity="never"))
    never = flow.replied()
    with pytest.raises(Refused, match="依规定不公开"):
        actions.decide_public(staff.triage, never, True)


def test_paper_replies_are_recorded(flow, staff):
    case = flow.handling()
    message = flow.approved(case)
    with pytest.raises(Refused, match="还没有发出"):
        actions.record_delivery(staff.clerk, case, message, "post", date(2025, 3, 3))
    case = actions.publish_reply(staff.clerk, case, message)
    with pytest.raises(Refused, match="不能晚于今天"):
        actions.record_delivery(staff.clerk, case, message, "post", date(2025, 3, 4))
    actions.record_delivery(staff.clerk, case, message, "post", date(2025, 3, 3), "挂号 XA123")
    with pytest.raises(Forbidden):
        actions.record_delivery(staff.other_clerk, case, message, "post", date(2025, 3, 3))


def test_reading_the_petitioner_leaves_a_trace(flow, staff):
    case = flow.handling()
    assert actions.read_petitioner(staff.clerk, case, "电话核实").phone == "13800001111"
    entry = audit.entries_for(case).get()
    assert entry.actor == staff.clerk and "电话核实" in entry.summary and "138" not in entry.summary
    actions.read_petitioner(staff.citizen, case, "本人查看")
    for stranger in (staff.admin, staff.other_clerk, staff.mayor, staff.stranger):
        with pytest.raises(Forbidden):
            actions.read_petitioner(stranger, case, "好奇")
    assert audit.entries_for(case).count() == 1


def test_the_petitioner_sees_who_read(flow, staff):
    from lianxin.identity.queries import readings_of

    case = flow.handling()
    actions.read_petitioner(staff.clerk, case, "电话核实")
    reading = readings_of(staff.citizen)[0]
    may = queries.reading_rule
    assert may(staff.clerk, staff.citizen, case.number) and may(staff.triage, staff.citizen, case.number)
    assert not may(staff.clerk, staff.stranger, case.number) and not may(staff.clerk, staff.citizen, "TEST2025000099")
    assert not may(staff.mayor, staff.citizen, case.number) and not may(staff.admin, staff.citizen, case.number)
    assert (reading.reader, reading.purpose, reading.about) == (staff.clerk, "电话核实", case.number) and "电话" in reading.fields


def test_forgotten_the_answer_stays_public_and_nobody_knows_whose(flow, staff, run_jobs):
    from lianxin.casework import jobs
    from lianxin.identity.models import DeletedAccount

    case, running = flow.replied(), flow.handling()
    case = actions.decide_public(staff.triage, case, True)
    with pytest.raises(Forbidden):
        actions.forget_petitioner(staff.triage, case, "不想留")
    with pytest.raises(Refused, match="还在办理"):
        actions.forget_petitioner(staff.citizen, running, "注销")
    DeletedAccount.objects.create(user=staff.citizen, kept=[])
    for _ in range(2):
        jobs.forget_gone.call()
        run_jobs()
    left = Petitioner.objects.get(case=case)
    assert (left.name, left.phone, left.phone_index, left.user) == ("", "", None, None)
    case.refresh_from_db()
    assert case.text and queries.public_case(case.number) and case.key.person is None and case.key.key
    assert Petitioner.objects.get(case=running).user == staff.citizen
    with pytest.raises(Refused, match="已经删除"):
        actions.forget_petitioner(staff.admin, case, "再删")


def test_erased_nothing_personal_is_left_and_the_chain_holds(flow, staff):
    case = flow.replied()
    with pytest.raises(Forbidden):
        actions.erase(staff.triage, case, "到期")
    case = actions.erase(staff.admin, case, "保存期满")
    assert (case.subject, case.text, Petitioner.objects.get(case=case).name, Petitioner.objects.get(case=case).user) == ("", "", "", None)
    assert case.key.key is None and case.erased_at and list(checks.faults(case)) == []
    with pytest.raises(Refused, match="已经删除"):
        actions.erase(staff.admin, case, "再删")
    with pytest.raises(Refused, match="还在办理"):
        actions.erase(staff.admin, flow.handling(), "到期")


# --- events ---


def test_events_are_never_changed_nor_deleted(flow):
    case = flow.assigned()
    event = CaseEvent.objects.filter(case=case).first()
    with pytest.raises(EventsAreAppendOnly):
        CaseEvent.objects.filter(case=case).update(type="x")
    with pytest.raises(EventsAreAppendOnly):
        event.delete()
    with pytest.raises(EventsAreAppendOnly):
        event.save()
    for statement in ("UPDATE casework_caseevent SET type = 'x'", "DELETE FROM casework_caseevent"):
        with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_each_event_is_recorded_with_its_unit(flow, staff, city):
    case = flow.replied()
    units = {event.type: event.unit for event in CaseEvent.objects.filter(case=case)}
    assert units["assigned"] == city.centre and units["signed_for"] == units["replied"] == city.education
    told = [event.type for event in queries.events_for(None, case)]
    assert "drafted" not in told and "assigned" in told
    assert "drafted" in [event.type for event in queries.events_for(staff.clerk, case)]
    assert "drafted" not in [event.type for event in queries.events_for(staff.triage, case)], "inner steps stay in the unit"


def test_a_kind_has_its_own_table(submit, staff, kind):
    with pytest.raises(ValueError, match="leads to"):
        transitions("screen submitted screened\nscreen submitted accepted")
    with pytest.raises(ValueError, match="nowhere"):
        transitions("screen submitted nowhere")
    kinds.register(CaseKind(code="throwaway", name="试验件", prefix="TEST", version=2, transitions=transitions("accept submitted accepted")))
    case = submit().case
    assert case.kind_version == 2
    with pytest.raises(Refused):
        actions.screen(staff.triage, case)
    assert actions.accept(staff.triage, case).stage == "accepted"
    with pytest.raises(ValueError, match="prefix"):
        kinds.register(CaseKind(code="another", name="别的", prefix="TEST"))
    assert kinds.kind("throwaway", 1) is kind and "throwaway" in [known.code for known in kinds.kinds()]


def test_a_rule_is_edited_from_a_day_on_and_clocks_keep_their_terms(flow, staff):
    case = flow.handling()
    with pytest.raises(Forbidden):
        actions.save_rule(staff.triage, "L02", date(2025, 3, 3), threshold=5)
    with pytest.raises(Refused, match="1 至 1000"):
        actions.save_rule(staff.admin, "L02", date(2025, 3, 3), threshold=0)
    actions.save_rule(staff.admin, "L02", date(2025, 3, 3), threshold=5)
    assert queries.rule_in_force("L02", date(2025, 3, 2)).threshold == 3 and queries.rule_in_force("L02").threshold == 5
    assert Clock.objects.get(case=case).threshold == 3
    assert Clock.objects.get(case=flow.handling()).threshold == 5


def test_the_sweeper_takes_one_bad_case_for_one(flow, clock, run_jobs, kind):
    from lianxin.casework import jobs

    flow.handling()
    broken = flow.handling()
    Case.objects.filter(pk=broken.pk).update(kind="gone")
    clock.shift(days=5)
    jobs.sweep.call()
    run_jobs(failures="kept")
    assert CaseEvent.objects.filter(type="breached").count() == 1
    Case.objects.filter(pk=broken.pk).update(kind="throwaway")
    clock.shift(days=1)
    jobs.sweep.call()
    run_jobs()
    assert CaseEvent.objects.filter(type="breached").count() == 2
