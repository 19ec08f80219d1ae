"""Tasks and orders: numbered once, each unit with its own clock, reports on the way and at the end, what came of it."""

from datetime import date, datetime

import pytest
from django.utils import timezone

from lianxin.casework import actions as engine
from lianxin.casework import checks, moments
from lianxin.casework.actions import Order
from lianxin.casework.models import Assignment, Case, Clock, Message, Reminder, Supervision
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.foundation.models import Notification
from lianxin.supervision import actions, jobs, queries

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _time(clock):
    """Everything happens from Monday 2025-03-03 09:00 on."""


def now(case):
    return Case.objects.get(pk=case.pk)


def last_day(moment):
    return (timezone.localtime(moment) - timezone.timedelta(seconds=1)).date()


def test_a_task_goes_to_several_units_each_until_its_own_day(task, parts, run_jobs, staff, clock):
    case = task()
    assert (case.number, case.stage, case.visibility) == ("DC2025000001", "assigned", "private")
    both = parts(case)
    assert (last_day(both.lead.due_at), last_day(both.co.due_at)) == (date(2025, 3, 14), date(2025, 3, 10))
    order = Supervision.objects.get(case=case)
    assert (order.number, order.state, order.due_on, order.source) == ("督〔2025〕1号", "ordered", date(2025, 3, 14), "meeting")
    run_jobs()
    told = set(Notification.objects.values_list("recipient__username", flat=True))
    assert {"clerk", "head", "other-clerk"} <= told and "mayor" not in told
    # The co-handler's day passes: its clock breaches, the lead's does not, and only the co-handler hears of it.
    clock.set("2025-03-11 09:00")
    run_jobs()
    Notification.objects.all().delete()
    engine.breach(case)
    run_jobs()
    assert {row.assignment: bool(row.breached_at) for row in Clock.objects.filter(case=case)} == {both.lead.seq: False, both.co.seq: True}
    assert set(Notification.objects.filter(event="case.breached").values_list("recipient__username", flat=True)) >= {"other-clerk"}
    assert not Notification.objects.filter(event="case.breached", recipient=staff.clerk).exists()
    assert not list(checks.faults(now(case)))


def test_the_same_token_is_the_same_task_and_no_number_is_lost(task, office, city):
    token = "the-same-form-sent-twice"
    first, second = task(token=token), task(token=token)
    assert first.pk == second.pk and Supervision.objects.count() == 1
    with pytest.raises(Refused, match="只能选一次"):
        task(co=[actions.Part(city.education, date(2025, 3, 10))])
    assert Supervision.objects.get(case=task()).number == "督〔2025〕2号"
    with moments.dated(timezone.make_aware(datetime(2024, 5, 6, 9))):
        earlier = task(lead=actions.Part(city.education, date(2024, 5, 20)), co=())
    assert (earlier.number, Supervision.objects.get(case=earlier).number) == ("DC2024000001", "督〔2024〕1号")


def test_only_the_supervision_office_orders_and_says_what_is_missing(task, staff, city):
    for nobody in (staff.triage, staff.head, staff.mayor, staff.operator, staff.citizen, staff.admin):
        with pytest.raises(Forbidden):
            task(actor=nobody)
    with pytest.raises(Refused, match="不能早于今天"):
        task(lead=actions.Part(city.education, date(2025, 3, 2)))
    with pytest.raises(Refused, match="阶段报告"):
        task(order={"progress_on": (date(2025, 4, 1),)})
    assert not Case.objects.exists()


def test_units_report_on_the_way_and_at_the_end_the_office_accepts_or_sends_back(task, parts, staff, office, clock, run_jobs):
    case = task(order={"progress_on": (date(2025, 3, 6), date(2025, 3, 10))})
    both = parts(case)
    with pytest.raises(Refused, match="先签收"):
        engine.report_progress(staff.clerk, case, both.lead, "已开工")
    case = engine.sign_for(staff.clerk, case, both.lead)
    case = engine.sign_for(staff.other_clerk, case, both.co)
    with pytest.raises(Forbidden):
        engine.report_progress(staff.other_clerk, case, both.lead, "替别人报")
    clock.set("2025-03-06 10:00")
    order = Supervision.objects.get(case=case)
    assert {one.part.organisation_id for one in queries.progress_owed([order])} == {both.lead.organisation_id, both.co.organisation_id}
    case = engine.report_progress(staff.clerk, case, both.lead, "已完成勘查，路灯下周更换。")
    assert [one.part.pk for one in queries.progress_owed([order])] == [both.co.pk]
    run_jobs()
    Notification.objects.all().delete()
    for _ in range(2):
        jobs.ask_for_progress.call()
        run_jobs()
    assert set(Notification.objects.values_list("recipient__username", flat=True)) == {"other-clerk", "other-head"}
    assert Notification.objects.count() == 2
    # Reported: the clock is met; sent back: it runs anew until the day it had, or a later one.
    case = engine.report_back(staff.clerk, case, both.lead, "已全部整治完成。")
    assert Clock.objects.get(case=case, assignment=both.lead.seq).state == "met"
    assert [part.pk for part in queries.reports_waiting(office)] == [both.lead.pk]
    with pytest.raises(Forbidden):
        engine.accept_report(staff.triage, case, both.lead)
    case = engine.send_back_report(office, case, both.lead, "请补充长效机制。", due_on=date(2025, 3, 20))
    assert last_day(parts(case).lead.due_at) == date(2025, 3, 20)
    case = engine.report_back(staff.clerk, case, both.lead, "已制定管理办法。")
    case = engine.accept_report(office, case, both.lead)
    with pytest.raises(Refused, match="报结还没有同意"):
        actions.close_order(office, case, order, "done", "完成")
    case = engine.report_back(staff.other_clerk, case, both.co, "协办事项完成。")
    case = engine.accept_report(office, case, both.co)
    with pytest.raises(Forbidden):
        actions.close_order(staff.head, case, order, "done", "完成")
    case = actions.close_order(office, case, order, "partly", "路灯已换，停车位下半年建成。")
    order.refresh_from_db()
    assert (case.stage, case.is_open, order.outcome, order.result) == ("closed", False, "partly", "路灯已换，停车位下半年建成。")
    assert Message.objects.filter(case=case, kind="progress").count() == 1
    assert not list(checks.faults(case))


def test_a_part_is_reminded_of_its_own_clock_alone(task, parts, clock, run_jobs):
    case = task()
    clock.set("2025-03-10 10:00")
    run_jobs()
    Notification.objects.all().delete()
    from lianxin.casework.jobs import remind_units

    remind_units.call()
    run_jobs()
    assert [row.organisation_id for row in Reminder.objects.filter(case=case)] == [parts(case).co.organisation_id]
    assert set(Notification.objects.values_list("recipient__username", flat=True)) == {"other-clerk", "other-head"}


# --- proposals -------------------------------------------------------------------------------------------------------------------------


def test_the_clock_proposes_yellow_then_red_and_tells_the_office_alone(ways, office, clock, run_jobs, staff):
    case = ways.handling()

    def proposed():
        jobs.propose.call()
        run_jobs()
        return list(Supervision.objects.filter(case=case).order_by("seq").values_list("level", "state"))

    clock.set("2025-03-07 09:00")
    engine.breach(case)
    assert proposed() == []
    # Due on Thursday the 6th: one workday over at the end of the 7th, so that Saturday proposes nothing and Monday yellow.
    clock.set("2025-03-08 09:00")
    assert proposed() == []
    clock.set("2025-03-10 09:00")
    run_jobs()
    Notification.objects.all().delete()
    assert proposed() == proposed() == [("yellow", "proposed")]
    told = Notification.objects.filter(event="case.supervision_proposed")
    assert set(told.values_list("recipient__username", flat=True)) == {"supervisor"} and told.count() == 1
    actions.drop_proposal(office, now(case), Supervision.objects.get(case=case), "正在协调，明日答复。")
    assert proposed() == [("yellow", "closed")]
    clock.set("2025-03-14 09:00")
    assert proposed() == [("yellow", "closed"), ("red", "proposed")]
    assert [(one.case.pk, one.row.level) for one in queries.proposals(office)] == [(case.pk, "red")]
    assert queries.proposals(staff.triage) == []


def test_rules_of_proposals_are_rows(ways, office, clock, run_jobs, staff):
    case = ways.handling()
    engine.save_rule(staff.admin, "V01", date(2025, 3, 3), threshold=3)
    clock.set("2025-03-11 09:00")
    assert queries.to_propose() == []
    clock.set("2025-03-12 09:00")
    assert [(one.case, one.level, one.reason) for one in queries.to_propose()] == [(case.pk, "yellow", "答复超期满 3 个工作日")]


def test_a_proposal_becomes_an_order_once_and_is_closed_with_what_came_of_it(ways, office, clock, staff):
    case = ways.handling()
    clock.set("2025-03-13 09:00")
    for level in ("yellow", "red"):
        case = engine.propose_supervision(case, level, "超期")
    red = Supervision.objects.get(case=case, level="red")
    given = {"token": "order-form-token-1", "demands": "请今日答复。", "due_on": date(2025, 3, 14), "level": "red", "supervision": red}
    order = Order(source="clock", signer="督查室主任")
    for nobody in (staff.triage, staff.head, staff.mayor):
        with pytest.raises(Forbidden):
            actions.order_case(nobody, case, order=order, **given)
    case = actions.order_case(office, case, order=order, **given)
    case = actions.order_case(office, case, order=order, **given)
    assert list(Supervision.objects.filter(case=case).order_by("seq").values_list("level", "state", "number")) == [
        ("yellow", "closed", ""),
        ("red", "ordered", "督〔2025〕1号"),
    ]
    with pytest.raises(Refused, match="落实情况"):
        actions.close_order(office, case, red, "done", " ")
    red.refresh_from_db()
    case = actions.close_order(office, case, red, "done", "当日已答复。")
    assert case.is_open and Supervision.objects.get(pk=red.pk).result == "当日已答复。"
    assert not list(checks.faults(now(case)))


def test_words_of_an_order_lie_sealed_with_the_case(task, parts):
    from lianxin.casework.models import CaseEvent

    case = task()
    told = "".join(str(payload) for payload in CaseEvent.objects.filter(case=case).values_list("payload", flat=True))
    assert "开学前" not in told and "长效" not in told and "常务会议" not in told
    assert Assignment.objects.filter(case=case).count() == 2


def test_what_the_office_orders_counts_in_no_public_figure(task, ways):
    from lianxin.casework.models import CaseEvent
    from lianxin.figures.counting import tally

    def counted(case):
        return tally(CaseEvent.objects.filter(case=case).order_by("seq"))

    assert counted(task()) is None and counted(ways.handling()) is not None
