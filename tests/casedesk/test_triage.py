"""Triage: each decision by one stroke, then the next letter; waiting ones are not asked again."""

import pytest
from django.urls import reverse

from lianxin.casedesk import queries
from lianxin.casework.models import Assignment, Instruction, Message
from lianxin.organisations.models import Duty, Post

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _duties(city):
    Duty.objects.create(organisation=city.education, order=1, text="负责中小学、幼儿园的招生、教学和校园安全管理。")
    Duty.objects.create(organisation=city.health, order=1, text="负责医院、诊所的监督管理和传染病防控。")


def address(case):
    return reverse("casedesk:triage_one", args=[case.number])


def decide(client, case, decision, **data):
    return client.post(address(case), {"decision": decision, "version": case.version} | data)


def test_the_screen_suggests_a_unit_with_its_clause(client_for, staff, write, clock):
    case = write("孩子上幼儿园", "请问幼儿园招生什么时候开始？电话13912345678。")
    page = client_for(staff.triage).get(address(case)).content.decode()
    assert "负责中小学、幼儿园的招生、教学和校园安全管理。" in page
    assert "电话号码" in page and "ld-mark" in page


def test_a_letter_is_passed_on_and_the_next_one_comes(client_for, staff, write, city, clock):
    first, second = write(), write("第二封")
    client = client_for(staff.triage)
    assert client.get(reverse("casedesk:triage")).url == address(first)
    answer = decide(client, first, "pass", unit=city.education.pk, co=[city.health.pk], opinion="请尽早现场查看")
    assert answer.url == address(second)
    parts = {part.organisation: part for part in Assignment.objects.filter(case=first)}
    assert (parts[city.education].role, parts[city.education].manner, parts[city.health].role) == ("lead", "pass", "co")
    assert [case.pk for case in queries.to_triage(staff.triage)] == [second.pk]


def test_the_other_unit_is_stronger_than_the_suggested_one(client_for, staff, write, city, clock):
    case = write()
    decide(client_for(staff.triage), case, "report", unit=city.education.pk, other_unit=city.health.pk)
    part = Assignment.objects.get(case=case)
    assert (part.organisation, part.manner) == (city.health, "report")


def test_declining_needs_reason_and_place(client_for, staff, write, ways, clock):
    case = write()
    client = client_for(staff.triage)
    answer = decide(client, case, "decline", reason="正在诉讼中", where_to="")
    assert answer.status_code == 422 and "正在诉讼中" in answer.content.decode()
    decide(client, case, "decline", reason="正在诉讼中", where_to="市中级人民法院")
    assert ways.now(case).stage == "declined"


def test_asking_a_leader_takes_it_out_of_the_queue_until_he_answers(client_for, staff, write, clock):
    case = write()
    mayor = Post.objects.get(user=staff.mayor, role="leader")
    decide(client_for(staff.triage), case, "ask", leader=mayor.pk, ask_reason="涉及多个部门")
    assert Instruction.objects.get(case=case).leader == mayor
    assert queries.to_triage(staff.triage) == []
    client_for(staff.mayor).post(reverse("casedesk:instruct", args=[case.number]), {"text": "请教育局牵头。"})
    assert [one.pk for one in queries.to_triage(staff.triage)] == [case.pk]


def test_a_letter_joins_another_of_the_same_matter(client_for, staff, write, ways, clock):
    main, case = write(), write("学校门口路灯又不亮", "学校门口的路灯坏了，孩子放学看不见路。")
    client = client_for(staff.triage)
    assert main.number in client.get(address(case)).content.decode()
    decide(client, case, "join", main=main.number, title="教育路校门口路灯不亮")
    assert ways.now(case).cluster_id == main.pk
    assert main.led_cluster.title == "教育路校门口路灯不亮"


def test_without_a_title_of_the_offices_own_a_matter_is_offered_to_nobody(staff, write, clock):
    from lianxin.casedesk import actions as desk
    from lianxin.letters.queries import joinable, open_matters

    words = "学校门口的路灯坏了三天"
    main, case, named = write(), write(), write()
    desk.join(staff.triage, case, main)
    assert open_matters(words) == [] and joinable(main.number) is None
    desk.join(staff.triage, write(), named, "学校门口路灯")
    assert [matter.number for matter in open_matters(words)] == [named.number] and joinable(named.number) == named


def test_whoever_was_slower_is_told_and_nothing_happens_twice(client_for, staff, write, city, clock):
    case = write()
    decide(client_for(staff.triage), case, "pass", unit=city.education.pk)
    answer = decide(client_for(staff.triage2), case, "pass", unit=city.health.pk)
    assert answer.status_code == 422 and "新的进展" in answer.content.decode()
    assert Assignment.objects.filter(case=case).count() == 1


def test_answering_at_once_waits_for_a_second_officer(client_for, staff, write, ways, clock):
    from tests.casedesk.conftest import REPLY

    case = write("市政府几点上班", "请问市政府几点上班？")
    client = client_for(staff.triage)
    address_ = reverse("casedesk:reply", args=[case.number]) + "?next=triage"
    client.post(address_, {"what": "send", "kind": "reply", "outcome": "explained", "body": REPLY, "base": 0, "seen": 1})
    message = Message.objects.get(case=case)
    assert message.state == "draft" and queries.to_triage(staff.triage) == []
    sign = reverse("casedesk:sign", args=[case.number, message.seq])
    assert client.post(sign, {"decision": "send"}).status_code == 422
    client_for(staff.triage2).post(sign, {"decision": "send"})
    assert ways.now(case).stage == "replied"
