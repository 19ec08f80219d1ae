"""Leaders instruct and extend, supervisors press once per threshold, reminders reach whoever stands in, in working hours only."""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from lianxin.casedesk import queries
from lianxin.casework import actions, jobs
from lianxin.casework.models import Attachment, Clock, Instruction, Reminder
from lianxin.foundation.models import Notification
from lianxin.organisations.models import Handover, Post
from tests.casedesk.conftest import REPLY

pytestmark = pytest.mark.django_db


def do(client, case, name, **data):
    return client.post(reverse("casedesk:do", args=[case.number, name]), {"version": case.version} | data)


def test_a_leader_sees_the_photographs_and_hears_where_the_instruction_went(client_for, staff, ways, write):
    mayor = Post.objects.get(user=staff.mayor, role="leader")
    content = io.BytesIO()
    Image.new("RGB", (64, 48), "gray").save(content, "JPEG")
    case = write(addressed_to=mayor, files=[SimpleUploadedFile("路灯.jpg", content.getvalue())])
    client, address = client_for(staff.mayor), reverse("casedesk:instruct", args=[case.number])
    page = client.get(address).content.decode()
    seq = Attachment.objects.get(case=case).seq
    assert reverse("casedesk:file", args=[case.number, seq]) in page
    assert client.get(reverse("casedesk:file", args=[case.number, seq])).status_code == 200
    done = client.post(address, {"text": "请今天去看。"}, follow=True).content.decode()
    assert "批示已转到分办岗位，由它交办。" in done, "no unit has it yet"


def test_a_leader_reads_and_instructs_and_sees_what_came_of_it(client_for, staff, ways, write, clock):
    mayor = Post.objects.get(user=staff.mayor, role="leader")
    case = write(addressed_to=mayor)
    client = client_for(staff.mayor)
    assert case.number in client.get(reverse("casedesk:leader")).content.decode()
    assert client.post(reverse("casedesk:instruct", args=[case.number]), {"text": ""}).status_code == 422
    client.post(reverse("casedesk:instruct", args=[case.number]), {"text": "请教育局今天去看。"})
    page = client.get(reverse("casedesk:leader")).content.decode()
    assert "请教育局今天去看。" in page
    share = {row.post: row for row in queries.shares()}[mayor]
    assert (share.letters, share.instructed, share.percent) == (1, 1, 100)


def test_a_share_counts_each_letter_once_and_this_year_only(staff, write, clock):
    mayor = Post.objects.get(user=staff.mayor, role="leader")
    clock.set("2024-12-30 09:00")
    write(addressed_to=mayor)
    clock.set("2025-03-03 09:00")
    asked = write(addressed_to=mayor)
    actions.ask_instruction(staff.triage, asked, mayor, "请批示")
    other = actions.ask_instruction(staff.triage, write(), mayor, "请批示")
    actions.instruct(staff.mayor, other, "照办。")
    share = {row.post: row for row in queries.shares()}[mayor]
    assert (share.letters, share.instructed, share.percent) == (2, 1, 50)


def test_an_extension_is_refused_with_a_reason_and_the_limit_stays(client_for, staff, ways, run_jobs, clock):
    case = ways.handling()
    due = case.due_at
    do(client_for(staff.clerk), case, "ask-extension", days=5, reason="需要更换线路")
    vice, address = client_for(staff.vice), reverse("casedesk:instruct", args=[case.number])
    assert vice.post(address, {"decision": "refuse", "cause": ""}).status_code == 422
    assert vice.post(address, {"decision": "refuse", "cause": "灯泡有备件，换好即可。"}).status_code == 302
    asked = Instruction.objects.get(case=case)
    assert asked.given_at and "不同意延长" in asked.text and "灯泡有备件" in asked.text
    assert ways.now(case).due_at == due and not Clock.objects.get(case=case).extensions
    page = client_for(staff.clerk).get(reverse("casedesk:case", args=[case.number])).content.decode()
    assert "灯泡有备件" in page


def test_an_extension_is_asked_for_and_granted_after_an_interim_answer(client_for, staff, ways, clock):
    case = ways.handling()
    clerk, vice = client_for(staff.clerk), client_for(staff.vice)
    do(clerk, case, "ask-extension", days=5, reason="需要更换线路")
    asked = Instruction.objects.get(case=case)
    page = vice.get(reverse("casedesk:instruct", args=[case.number])).content.decode()
    assert "申请延长 5 天" in page
    data = {"decision": "extend", "days": 5, "cause": "情况复杂"}
    refused = vice.post(reverse("casedesk:instruct", args=[case.number]), data)
    assert refused.status_code == 422 and "阶段性答复" in refused.content.decode()
    message = actions.draft_reply(staff.clerk, case, REPLY, kind="interim")
    actions.approve_reply(staff.head, case, message)
    actions.interim_reply(staff.clerk, case, message)
    before = Clock.objects.get(case=case).due_at
    assert vice.post(reverse("casedesk:instruct", args=[case.number]), data).status_code == 302
    assert (Clock.objects.get(case=case).due_at - before).days == 5
    asked.refresh_from_db()
    assert asked.given_at and "同意延长 5 天" in asked.text


def test_supervisors_press_once_per_threshold(client_for, staff, ways, clock):
    case = ways.given()
    client = client_for(staff.supervisor)
    address = reverse("casedesk:remind_many")
    early = client.post(address, {"case": [case.number], "text": "请抓紧"}, follow=True).content.decode()
    assert "离到期还早" in early
    clock.set("2025-03-05 10:00")
    client = client_for(staff.supervisor)
    assert case.number in client.get(reverse("casedesk:limits")).content.decode()
    assert "已催办 1 件" in client.post(address, {"case": [case.number], "text": "请抓紧"}, follow=True).content.decode()
    assert "只催办一次" in client.post(address, {"case": [case.number], "text": "再催"}, follow=True).content.decode()
    clock.set("2025-03-07 10:00")
    client = client_for(staff.supervisor)
    assert "已催办 1 件" in client.post(address, {"case": [case.number], "text": "已经超期"}, follow=True).content.decode()
    assert Reminder.objects.filter(case=case, by=staff.supervisor).count() == 2


def test_the_system_reminds_in_working_hours_once_and_reaches_who_stands_in(staff, ways, clock, run_jobs):
    post = Post.objects.get(user=staff.clerk, role="clerk")
    Handover.objects.create(post=post, substitute=staff.other_clerk, starts_on=date(2025, 3, 1), until=date(2025, 3, 31))
    case = ways.given()
    run_jobs()
    clock.set("2025-03-05 20:00")
    jobs.remind_units.call()
    run_jobs()
    assert not Reminder.objects.filter(case=case).exists()
    clock.set("2025-03-06 09:00")
    for _ in range(2):
        jobs.remind_units.call()
        run_jobs()
    assert Reminder.objects.filter(case=case, threshold="due_soon").count() <= 1
    assert Reminder.objects.filter(case=case).exists()
    told = Notification.objects.filter(event="case.reminded")
    assert {row.recipient for row in told} >= {staff.clerk, staff.other_clerk}
    assert told.filter(recipient=staff.other_clerk).count() == Reminder.objects.filter(case=case).count()


def test_who_screens_is_reminded_of_what_no_unit_has_yet(client_for, staff, write, clock, run_jobs):
    case = write()
    clock.set("2025-03-05 10:00")
    answer = client_for(staff.supervisor).post(reverse("casedesk:remind_many"), {"case": [case.number], "text": "请尽快转办"}, follow=True)
    assert "已催办 1 件" in answer.content.decode()
    run_jobs()
    told = set(Notification.objects.filter(event="case.reminded").values_list("recipient__username", flat=True))
    assert told == {"triage", "triage2"}


def test_many_are_not_refused_one_by_one_for_a_word_that_is_missing(client_for, staff, ways, clock):
    cases = [ways.given(), ways.given()]
    clock.set("2025-03-05 10:00")
    numbers = [case.number for case in cases]
    page = client_for(staff.supervisor).post(reverse("casedesk:remind_many"), {"case": numbers, "text": " "}, follow=True).content.decode()
    assert "请填写催办内容，再催办" in page and "没有催办" not in page
    assert not Reminder.objects.filter(by=staff.supervisor).exists()


def test_one_reason_is_told_once_however_many_it_kept(client_for, staff, ways, clock):
    cases = [ways.given() for _ in range(7)]
    early = {"case": [case.number for case in cases], "text": "请抓紧"}
    page = client_for(staff.supervisor).post(reverse("casedesk:remind_many"), early, follow=True).content.decode()
    assert page.count("离到期还早") == 1 and " 等 7 件 没有催办" in page and cases[0].number in page


def test_a_citizen_has_written_a_letter_and_a_unit_has_one_of_the_mailbox(staff, ways, run_jobs):
    ways.replied()
    run_jobs()
    assert Notification.objects.filter(recipient=staff.citizen, subject="您的来信已答复").exists()
    assert Notification.objects.filter(recipient=staff.clerk, subject="有新的市长信箱来信待签收").exists()
