"""Who sees what: every role, the sealed, the private; and lists that read one index each."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lianxin.casework import actions, checks, kinds, queries
from lianxin.casework.kinds import CaseKind
from lianxin.casework.masking import mask
from lianxin.casework.models import Assignment, Case, CaseEvent, CaseKey, Message
from lianxin.casework.rights import SecretHolder
from lianxin.foundation import health
from lianxin.foundation.errors import Forbidden
from lianxin.organisations.models import OfficeFunction, Post

pytestmark = pytest.mark.django_db


def sees(actor, case, **how) -> bool:
    return queries.visible_to(actor, **how).filter(pk=case.pk).exists()


def who_sees(staff, case) -> set[str]:
    return {name for name, person in vars(staff).items() if sees(person, case)}


def test_each_role_sees_its_own(submit, flow, staff, clock):
    fresh = submit().case
    assert who_sees(staff, fresh) == {"triage", "triage2", "operator", "supervisor", "citizen"}
    given = flow.handling()
    assert who_sees(staff, given) == {"triage", "triage2", "operator", "supervisor", "citizen", "clerk", "clerk2", "head", "vice"}
    to_mayor = submit(addressed_to=Post.objects.get(user=staff.mayor)).case
    assert "mayor" in who_sees(staff, to_mayor) and "vice" not in who_sees(staff, to_mayor)
    for nobody in (None, AnonymousUser(), SecretHolder(fresh.pk)):
        assert not sees(nobody, given)
    assert sees(SecretHolder(given.pk), given)


def test_administrators_and_auditors_see_numbers_not_texts(flow, staff):
    case = flow.handling()
    for person in (staff.admin, staff.auditor):
        assert not sees(person, case) and sees(person, case, personal=False)
    assert not sees(staff.clerk, flow.assigned(sealed_from=[staff.clerk]), personal=False)
    assert not sees(staff.other_clerk, case, personal=False)


def test_everybody_sees_what_is_public(flow, staff):
    case = actions.decide_public(staff.triage, flow.replied(), True)
    assert who_sees(staff, case) == set(vars(staff)) and sees(None, case)
    case = actions.seal(staff.triage, case, staff.other_clerk)
    assert not sees(None, case) and not sees(staff.other_clerk, case) and sees(staff.clerk, case)


def test_the_accused_never_sees_the_report(submit, flow, staff, city, person):
    case = submit(sealed_from=[city.education, staff.triage2, staff.supervisor]).case
    county_clerk = person("county-clerk", "clerk", city.county_bureau)
    for target in (staff.clerk, staff.head, staff.triage2, staff.supervisor):
        assert not sees(target, case) and not sees(target, case, personal=False)
    assert case not in queries.triage_queue(staff.triage2) and case in queries.triage_queue(staff.triage)
    assert case not in queries.supervisor_queue(staff.supervisor).cases
    assert sees(staff.triage, case) and sees(staff.citizen, case) and not sees(county_clerk, case)
    everything = person("everything", "supervisor", city.root)
    person("everything", "clerk", city.education)
    assert not sees(everything, case), "whatever other post he holds"
    below = submit(sealed_from=[city.county]).case
    person("county-supervisor", "supervisor", city.root)
    inside = person("county-supervisor", "clerk", city.township)
    assert not sees(inside, below), "a unit's seal covers what lies below it"


def test_nobody_is_told_of_a_case_that_is_hidden_from_him(submit, staff, city, run_jobs):
    from lianxin.foundation.models import Notification

    case = submit(sealed_from=[staff.other_head]).case
    actions.assign(staff.triage, case, city.health)
    run_jobs()
    assert Notification.objects.filter(recipient=staff.other_clerk).exists()
    assert not Notification.objects.filter(recipient=staff.other_head).exists()


def test_a_supervision_office_sees_what_its_government_governs(flow, submit, staff, city, person):
    OfficeFunction.objects.create(organisation=city.office, function="supervision_office", scope=city.root)
    city_wide = person("city-supervisor", "supervisor", city.office)
    county = person("county-supervisor", "supervisor", city.county)
    case = flow.handling()
    in_county = actions.assign(staff.triage, submit().case, city.county_bureau)
    assert sees(city_wide, case) and sees(city_wide, in_county)
    assert not sees(county, case) and sees(county, in_county)


def test_a_kind_narrows_who_sees_it(flow, staff):
    case = flow.handling()
    narrow = lambda cases, actor: cases if actor == staff.clerk else cases.none()  # noqa: E731
    kinds.register(CaseKind(code="throwaway", name="试验件", prefix="TEST", version=2, visible=narrow))
    assert who_sees(staff, case) == {"clerk", "citizen"}


def test_nobody_handles_what_its_kind_keeps_from_him(submit, staff):
    nobody = lambda cases, actor: cases.none()  # noqa: E731
    kinds.register(CaseKind(code="throwaway", name="试验件", prefix="TEST", version=2, visible=nobody))
    case = submit().case
    with pytest.raises(Forbidden):
        actions.accept(staff.triage, case)
    with pytest.raises(Forbidden):
        actions.read_petitioner(staff.triage, case, "好奇")


def test_a_stand_in_sees_and_acts_until_the_day(flow, staff, city, clock):
    from lianxin.organisations.models import Handover

    case = flow.assigned()
    post = Post.objects.get(user=staff.clerk)
    Handover.objects.create(post=post, substitute=staff.other_clerk, starts_on="2025-03-03", until="2025-03-04")
    assert sees(staff.other_clerk, case)
    actions.sign_for(staff.other_clerk, case, flow.lead(case))
    clock.set("2025-03-05 09:00")
    assert not sees(staff.other_clerk, case)


def test_the_petitioner_knows_what_concerns_him_and_no_inner_step(flow, staff):
    case = flow.replied()
    actions.add_note(staff.clerk, case, "内部说明")
    told = {event.type for event in queries.events_for(SecretHolder(case.pk), case)}
    assert {"submitted", "replied", "clock_started"} <= told and not {"drafted", "approved", "noted", "signed_for"} & told
    assert told == {event.type for event in queries.events_for(staff.citizen, case)}
    assert {event.type for event in queries.events_for(staff.stranger, case)} <= {"assigned", "replied"}


# --- queues ---


def test_queues_hold_what_waits_for_each(submit, flow, staff, city, clock):
    fresh, given, handling = submit().case, flow.assigned(), flow.handling()
    assert queries.triage_queue(staff.triage) == [fresh] and queries.triage_queue(staff.triage, after=fresh.pk) == []
    assert queries.triage_queue(staff.clerk) == []
    assert queries.unit_queue(staff.clerk).cases == [given, handling] and queries.unit_queue(staff.other_clerk).cases == []
    assert queries.unit_queue(staff.clerk).cases[0].part.state == "offered"
    actions.hand_to_section(staff.clerk, handling, flow.lead(handling), handler=staff.clerk2)
    assert queries.unit_queue(staff.clerk2, handler=staff.clerk2).cases == [handling]
    message = actions.draft_reply(staff.clerk, handling, "已修好", outcome="solved")
    assert queries.replies_to_sign(staff.head) == [message] and queries.replies_to_sign(staff.clerk) == []
    assert queries.replies_to_sign(staff.other_head) == []
    actions.return_assignment(staff.clerk, given, flow.lead(given), "不归我们")
    assert [row.case for row in queries.returns_to_rule(staff.triage)] == [given] and queries.returns_to_rule(staff.clerk) == []
    reported = flow.handling(manner="report")
    actions.report_back(staff.clerk, reported, flow.lead(reported), "办好了")
    assert [row.case for row in queries.reports_to_accept(staff.triage2)] == [reported]
    assert [case.pk for case in queries.supervisor_queue(staff.supervisor).cases] == [fresh.pk, given.pk, handling.pk, reported.pk]
    assert queries.own_cases(staff.citizen)[0] == reported and queries.own_cases(staff.citizen, after=given.pk) == [fresh]
    assert queries.own_cases(None) == [] and queries.supervisor_queue(staff.clerk).cases == []
    assert set(queries.by_telephone(staff.triage, "13800001111")) == {fresh, given, handling, reported}
    assert queries.by_telephone(staff.triage, "13800002222") == queries.by_telephone(staff.other_clerk, "13800001111") == []


def test_paging_by_key_meets_every_case_once(flow, staff, clock):
    cases = []
    for number in range(5):
        cases.append(flow.handling())
        clock.shift(days=number % 2)
    actions.ask_citizen(staff.clerk, cases[1], "哪一盏？")
    seen, after = [], None
    while True:
        page = queries.unit_queue(staff.clerk, after=after, count=2)
        seen += page.cases
        after = page.after
        if after is None:
            break
    assert [case.pk for case in seen] == [cases[number].pk for number in (0, 2, 3, 4, 1)], "without a date last"
    seen, after = [], None
    while True:
        page = queries.supervisor_queue(staff.supervisor, after=after, count=2)
        seen += page.cases
        after = page.after
        if after is None:
            break
    assert [case.pk for case in seen] == [cases[number].pk for number in (0, 2, 3, 4)]
    assert queries.unit_queue(staff.clerk, late=True).cases == []
    clock.shift(days=20)
    actions.breach(cases[3])
    assert queries.unit_queue(staff.clerk, late=True).cases == [cases[3]]


def test_public_lists_are_paged_and_filtered(flow, staff, city, clock):
    shown = []
    for _ in range(3):
        clock.shift(minutes=1)
        shown.append(actions.decide_public(staff.triage, flow.replied(), True))
    flow.replied()
    first = queries.public_list(count=2)
    assert [case.pk for case in first] == [shown[2].pk, shown[1].pk]
    assert queries.public_list(after=(first[-1].public_at, first[-1].pk)) == [shown[0]]
    assert len(queries.public_list(unit=city.education, kind="throwaway")) == 3 and queries.public_list(unit=city.health) == []
    assert queries.public_case("TEST2025000099") is None
    with pytest.raises(ValueError, match="not public"):
        queries.project(Case.objects.order_by("-pk").first())


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by the number of rows")
def test_lists_are_found_by_index_however_many_cases_there_are(flow, staff, submit):
    large = ("casework_case", "casework_assignment", "casework_caseevent", "casework_clock")
    from lianxin.casework import jobs

    case = actions.decide_public(staff.triage, flow.replied(), True)
    flow.handling()
    submit()
    works = [
        lambda: queries.unit_queue(staff.clerk),
        lambda: queries.unit_queue(staff.clerk, after=(timezone.now(), 1)),
        lambda: queries.unit_queue(staff.clerk, handler=staff.clerk2),
        lambda: queries.triage_queue(staff.triage),
        lambda: queries.returns_to_rule(staff.triage),
        lambda: queries.reports_to_accept(staff.triage),
        lambda: queries.replies_to_sign(staff.head),
        lambda: queries.supervisor_queue(staff.supervisor),
        lambda: queries.supervisor_queue(staff.supervisor, after=(timezone.now(), 1)),
        lambda: queries.instructions_asked(staff.mayor),
        lambda: queries.own_cases(staff.citizen),
        lambda: queries.by_telephone(staff.triage, "13800001111"),
        lambda: queries.public_list(),
        lambda: queries.public_list(unit=case.lead, after=(timezone.now(), 1)),
        lambda: queries.public_list(kind="throwaway"),
        lambda: queries.public_case(case.number),
        lambda: queries.by_number_and_secret(case.number, "x"),
        lambda: [sees(person, case) for person in vars(staff).values()],
        lambda: actions.add_note(staff.clerk, flow.handling(), "记"),
        jobs.sweep.call,
    ]
    for place, work in enumerate(works):
        with CaptureQueriesContext(connection) as captured:
            work()
        for query in captured.captured_queries:
            if query["sql"].startswith("SELECT") and "casework_" in query["sql"]:
                assert_by_index(place, query["sql"], large)


def assert_by_index(place, sql, large):
    with connection.cursor() as cursor:
        for step in cursor.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall():
            whole = step[3].startswith("SCAN") and "USING" not in step[3] and any(table in step[3] for table in large)
            sorted_all = "USE TEMP B-TREE FOR ORDER BY" in step[3] and place in (0, 1, 2, 7, 8, 10, 12, 13, 14)
            assert not whole and not sorted_all, (place, step[3], sql)


# --- what the operator's check finds ---


def test_the_check_finds_whatever_was_changed_behind_the_engines_back(flow, staff):
    case = flow.replied()
    assert list(checks.wrong_cases()) == [] and list(checks.unguarded()) == []
    Case.objects.filter(pk=case.pk).update(outcome="impossible")
    Assignment.objects.filter(case=case).update(organisation=case.office)
    found = "".join(checks.wrong_cases())
    assert "outcome" in found and "organisation_id" in found and case.number in found and "impossible" not in found
    Assignment.objects.filter(case=case).update(organisation=case.office)
    Message.objects.filter(case=case).delete()
    extra = Case.objects.get(pk=case.pk)
    Assignment.objects.create(case=extra, seq=500, organisation=case.office, role="co", manner="pass", offered_at=case.submitted_at)
    named = {result.name: result for result in health.examine()}["办件与事件一致"]
    assert named.problems and named.can_repair
    assert {result.name: result for result in health.examine(repair=True)}["办件与事件一致"].problems == []
    case.refresh_from_db()
    assert case.outcome == "solved" and Message.objects.get(case=case).body == "路灯已于今日修好。"


def test_nothing_is_rebuilt_from_what_is_not_certain(flow):
    case = flow.replied()
    CaseKey.objects.filter(case=case).update(key=None)
    assert any("密钥不见了" in fault for fault in checks.faults(case))
    assert actions.rebuild() == 0
    case.refresh_from_db()
    assert case.text, "a lost key wipes nothing"


def test_the_check_finds_a_tampered_and_a_shortened_chain(flow):
    case = flow.replied()
    with connection.cursor() as cursor:
        drop_guards(cursor)
        cursor.execute("UPDATE casework_caseevent SET payload = '{}' WHERE case_id = %s AND type = 'replied'", [case.pk])
    assert any("校验值不符" in fault for fault in checks.faults(case)) and any("无法重放" in fault for fault in checks.faults(case))
    assert list(checks.unguarded()) == ["数据库没有禁止修改办件事件，请重新执行数据库升级，或联系维护人员恢复触发器。"]
    other = flow.handling()
    last = CaseEvent.objects.filter(case=other).order_by("-seq").first()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM casework_caseevent WHERE id = %s", [last.pk])
    assert any(f"缺少第 {last.seq} 至 {last.seq} 条事件" in fault for fault in checks.faults(other))
    third = flow.handling()
    CaseKey.objects.filter(case=third).update(key=None)
    assert any("subject" in fault for fault in checks.faults(third)) and actions.rebuild() == 0


def drop_guards(cursor):
    if connection.vendor == "postgresql":
        cursor.execute("DROP TRIGGER casework_caseevent_guard ON casework_caseevent")
        return
    for deed in ("update", "delete"):
        cursor.execute(f"DROP TRIGGER casework_caseevent_guard_{deed}")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("联系 13812345678。", "联系 138****5678。"),
        ("身份证110101199003078881", "身份证11****************"),
        ("卡号 6222 0212 3456 7890 128", "卡号 ***************0128"),
        ("办公电话0470-2280000，手机1 3 8 1234 5678", "办公电话0470-2280000，手机138****5678"),
        ("邮箱 wang.xm@example.com", "邮箱 ***@example.com"),
        ("文号〔2025〕12345678 号，共 20250303 件", "文号〔2025〕12345678 号，共 20250303 件"),
        ("王小明反映", "王**反映"),
    ],
)
def test_numbers_and_names_are_masked(text, shown):
    assert mask(text, "王小明") == shown
