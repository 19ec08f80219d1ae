"""A unit at work: signed for, handed on, returned once, drafted, checked, approved by another, sent; nothing typed is lost."""

import pytest
from django.urls import reverse

from lianxin.casedesk.models import ReplyDraft, ReplyTemplate
from lianxin.casework import actions, jobs, sealing
from lianxin.casework.models import Assignment, Case, Message, Promise
from lianxin.casework.queries import by_number_and_secret
from tests.casedesk.conftest import REPLY

pytestmark = pytest.mark.django_db


def do(client, case, name, **data):
    return client.post(reverse("casedesk:do", args=[case.number, name]), {"version": case.version} | data)


def reply(client, case, what="send", **data):
    fields = {"what": what, "kind": "reply", "outcome": "solved", "body": REPLY, "base": 0, "seen": 1}
    return client.post(reverse("casedesk:reply", args=[case.number]), fields | data)


def test_from_signing_to_the_citizen(client_for, staff, ways, clock):
    case = ways.given()
    clerk, head = client_for(staff.clerk), client_for(staff.head)
    do(clerk, case, "sign-for")
    case = ways.now(case)
    do(clerk, case, "section", handler=staff.clerk2.pk)
    assert Assignment.objects.get(case=case).handler == staff.clerk2
    reply(clerk, case)
    message = Message.objects.get(case=case, kind="reply")
    sign = reverse("casedesk:sign", args=[case.number, message.seq])
    assert "起草人" in clerk.get(sign).content.decode()
    assert case.number in head.get(reverse("desk:today")).content.decode()
    head.post(sign, {"decision": "send", "promise_text": ["更换线路"], "promise_day": ["2025-04-01"]})
    case = ways.now(case)
    assert case.stage == "replied"
    assert str(Promise.objects.get(case=case).due_on) == "2025-04-01"
    assert "更换线路" in clerk.get(reverse("casedesk:case", args=[case.number])).content.decode()


def test_returned_once_and_ruled_for_good(client_for, staff, ways, city, clock):
    case = ways.given()
    clerk, office = client_for(staff.clerk), client_for(staff.triage)
    empty = do(clerk, case, "return", reason="")
    assert empty.status_code == 422
    do(clerk, case, "return", reason="属于卫健委职责", suggested=city.health.pk)
    assert "属于卫健委职责" in office.get(reverse("casedesk:office")).content.decode()
    case = ways.now(case)
    do(office, case, "rule", to="", ruling="仍由教育局办理")
    case = ways.now(case)
    page = clerk.get(reverse("casedesk:case", args=[case.number])).content.decode()
    assert "仍由教育局办理" in page and 'id="deed-return' not in page
    do(clerk, case, "sign-for")
    assert ways.now(case).stage == "handling"


def test_a_report_is_accepted_or_sent_back(client_for, staff, ways, clock):
    case = ways.handling(manner="report")
    clerk, office = client_for(staff.clerk), client_for(staff.triage)
    do(clerk, case, "report", text="已办。")
    do(office, ways.now(case), "send-back-report", reason="请写明经过")
    assert ways.part(case).state == "accepted"
    do(clerk, ways.now(case), "report", text="经过如下。")
    do(office, ways.now(case), "accept-report")
    assert Assignment.objects.get(case=case).state == "done"
    # The office answers the citizen itself; until it does, the letter stands on its lists.
    for name in ("casedesk:office", "desk:today"):
        assert case.number in office.get(reverse(name)).content.decode()
    assert office.get(reverse("casedesk:reply", args=[case.number])).status_code == 200


def test_handled_again_it_waits_to_be_signed_for_and_the_objection_is_called_one(client_for, staff, ways, write, clock):
    case = ways.replied()
    actions.object_once(by_number_and_secret(case.number, sealing.access_secret("token-of-the-form-1")), case, "灯还是不亮")
    page = client_for(staff.clerk).get(reverse("casedesk:case", args=[case.number])).content.decode()
    assert "不同意答复的理由" in page and "反映人补充" not in page
    assert "维持交办" not in page and "待签收" in page


def test_a_promise_with_a_day_asks_to_be_entered(client_for, staff, ways, clock):
    case, clerk = ways.handling(), client_for(staff.clerk)
    body = REPLY.replace("已于3月4日更换修好", "定于2025年3月20日前更换修好")
    page = reply(clerk, case, body=body, seen="", promise_text=["", "", ""], promise_day=["", "", ""])
    assert page.status_code == 422 and "没有登记的承诺" in page.content.decode()
    assert page.content.decode().count('name="promise_text"') == 3, "empty rows do not grow with each look"
    page = reply(clerk, case, what="check", body=body, promise_text=["换灯"], promise_day=["2025-03-20"])
    assert "没有登记的承诺" not in page.content.decode()


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (REPLY.replace("已于3月4日更换修好", "将尽快更换"), "没有日期的承诺"),
        ("您好！您的来信已转市供电局办理。", "只说已转"),
        (REPLY + "反映人身份证号150102199003071234", "身份证号"),
        (REPLY.replace("路灯线路老化", "……"), "还有没填写的地方"),
    ],
)
def test_what_is_wrong_in_every_reply_blocks(client_for, staff, ways, clock, body, word):
    case = ways.handling()
    answer = reply(client_for(staff.clerk), case, body=body)
    assert answer.status_code == 422 and word in answer.content.decode()
    assert not Message.objects.filter(case=case).exists()
    assert ReplyDraft.objects.get(case=case).body == body


def test_a_promise_with_a_date_does_not_block_and_other_findings_only_ask(client_for, staff, ways, clock):
    case = ways.handling()
    client = client_for(staff.clerk)
    body = REPLY.replace("已于3月4日更换修好", "将尽快更换").replace("依据《城市照明管理规定》第二十条办理。", "")
    promises = {"promise_text": ["更换路灯"], "promise_day": ["2025-03-10"]}
    asked = reply(client, case, body=body, seen="", **promises)
    assert asked.status_code == 422 and "我都看过" in asked.content.decode()
    assert reply(client, case, body=body, **promises).status_code == 302
    message = Message.objects.get(case=case)
    page = client_for(staff.head).get(reverse("casedesk:sign", args=[case.number, message.seq])).content.decode()
    assert "更换路灯" in page and "2025-03-10" in page


def test_what_is_planned_has_a_day(client_for, staff, ways, clock):
    case = ways.handling()
    client = client_for(staff.clerk)
    refused = reply(client, case, outcome="planned")
    assert refused.status_code == 422 and "请在“答复里的承诺”里登记哪一天做到" in refused.content.decode()
    assert not Message.objects.filter(case=case, kind="reply").exists()
    assert reply(client, case, outcome="planned", promise_text=["更换路灯"], promise_day=["2025-03-10"]).status_code == 302
    other = ways.handling(subject="另一盏路灯")
    message = actions.draft_reply(staff.clerk, other, REPLY, outcome="planned")
    sign = reverse("casedesk:sign", args=[other.number, message.seq])
    assert client_for(staff.head).post(sign, {"decision": "send"}).status_code == 422, "nor is it signed when it came another way"


def test_what_is_typed_is_kept_on_the_server_and_only_for_the_typist(client_for, staff, ways, clock):
    case = ways.handling()
    client = client_for(staff.clerk)
    told = client.post(reverse("casedesk:keep_reply", args=[case.number]), {"kind": "reply", "body": "刚写了一半的答复", "base": 0})
    assert {row["label"] for row in told.json()["findings"]} >= {"缺称谓"}
    assert "刚写了一半的答复" in client.get(reverse("casedesk:reply", args=[case.number])).content.decode()
    assert "刚写了一半的答复" not in client_for(staff.clerk2).get(reverse("casedesk:reply", args=[case.number])).content.decode()
    assert ways.now(case).version == case.version


def test_two_clerks_reply_at_once_and_the_second_keeps_his_text(client_for, staff, ways, clock):
    case = ways.handling()
    first, second = client_for(staff.clerk), client_for(staff.clerk2)
    assert reply(first, case).status_code == 302
    own = REPLY.replace("线路老化", "灯泡烧坏")
    answer = reply(second, case, body=own)
    page = answer.content.decode()
    assert answer.status_code == 422 and "灯泡烧坏" in page and "线路老化" in page
    assert Message.objects.filter(case=case).count() == 1 and "线路老化" in Message.objects.get(case=case).body
    base = answer.context["base"]
    assert reply(second, case, body=own, base=base).status_code == 302
    assert "灯泡烧坏" in Message.objects.get(case=case).body


def test_a_reply_already_sent_costs_nobody_his_text(client_for, staff, ways, clock):
    case = ways.handling()
    client_for(staff.clerk2).post(reverse("casedesk:keep_reply", args=[case.number]), {"kind": "reply", "body": "我写的", "base": 0})
    message = actions.draft_reply(staff.clerk, case, REPLY, outcome="solved")
    actions.approve_reply(staff.head, case, message)
    actions.publish_reply(staff.clerk, case, message)
    answer = reply(client_for(staff.clerk2), case, body="我写的")
    assert answer.status_code == 302
    assert ReplyDraft.objects.get(case=case, user=staff.clerk2).body == "我写的"


def test_many_are_signed_for_and_each_refusal_is_told(client_for, staff, ways, city, write, clock):
    ready, also, signed = ways.given(), ways.given(), ways.handling()
    foreign = actions.assign(staff.triage, write(), city.health)
    client = client_for(staff.clerk)
    numbers = [case.number for case in (ready, also, signed, foreign)]
    page = client.post(reverse("casedesk:sign_many"), {"case": numbers}, follow=True).content.decode()
    assert "已签收 2 件" in page and f"{signed.number} 没有签收" in page
    assert {ways.now(case).stage for case in (ready, also)} == {"handling"}
    assert Case.objects.get(pk=foreign.pk).stage == "assigned"


def test_the_list_pages_by_key_and_filters(client_for, staff, ways, clock, monkeypatch):
    from lianxin.casedesk import lists

    monkeypatch.setattr(lists, "PAGE", 2)
    cases = [ways.given(subject=f"第{number}封") for number in range(5)]
    client, seen, after = client_for(staff.clerk), [], ""
    while True:
        response = client.get(reverse("casedesk:unit"), {"after": after} if after else {})
        seen += [line["case"].number for line in response.context["lines"]]
        after = response.context["after"]
        if not after:
            break
    assert seen == [case.number for case in cases]
    clock.set("2025-03-07 10:00")
    client = client_for(staff.clerk)
    assert "已超 1 天" in client.get(reverse("casedesk:unit"), {"show": "late"}).content.decode()
    assert client.get(reverse("casedesk:unit"), {"show": "mine"}).context["lines"] == []
    assert client.get(reverse("casedesk:unit"), {"after": "not-a-key_9"}).status_code == 200


def test_a_unit_keeps_its_templates(client_for, staff, ways, city, clock):
    client = client_for(staff.clerk)
    fields = {"organisation": city.education.pk, "name": "学区划分", "body": "您好！您问的“{标题}”……\n{单位}\n{日期}", "order": 1, "active": "on"}
    assert client.post(reverse("casedesk:new_template"), fields).status_code == 302
    row = ReplyTemplate.objects.get()
    assert client.post(reverse("casedesk:new_template"), fields).status_code == 422
    assert client_for(staff.other_clerk).get(reverse("casedesk:template", args=[row.pk])).status_code == 404
    assert client_for(staff.other_clerk).post(reverse("casedesk:new_template"), fields).status_code == 422
    case = ways.handling()
    page = client.get(reverse("casedesk:reply", args=[case.number]), {"template": row.pk}).content.decode()
    assert f"您问的“{case.subject}”" in page and "2025年3月3日" in page


def test_what_blocks_a_reply_blocks_its_signature_too(client_for, staff, ways, clock):
    case = ways.handling()
    message = actions.draft_reply(staff.clerk, case, REPLY.replace("已于3月4日更换修好", "将尽快更换"), outcome="solved")
    head, sign = client_for(staff.head), reverse("casedesk:sign", args=[case.number, message.seq])
    refused = head.post(sign, {"decision": "send"})
    assert refused.status_code == 422 and "没有日期的承诺" in refused.content.decode()
    assert head.post(sign, {"decision": "send", "promise_text": "更换", "promise_day": "2025-03-20"}).status_code == 302
    assert ways.now(case).stage == "replied"


def test_sent_back_comes_to_its_writer_until_it_is_written_anew(client_for, staff, ways, clock):
    message = ways.drafted()
    case = message.case
    client_for(staff.head).post(reverse("casedesk:sign", args=[case.number, message.seq]), {"decision": "back", "reason": "请写明依据"})
    client = client_for(staff.clerk)
    assert "请写明依据" in client.get(reverse("desk:today")).content.decode()
    page = client.get(reverse("casedesk:reply", args=[case.number]))
    reply(client, case, base=page.context["base"])
    assert "请写明依据" not in client.get(reverse("desk:today")).content.decode()


def test_the_public_version_masks_and_the_three_decisions_are_one_form(client_for, staff, ways, clock):
    case = ways.replied(text="路灯坏了，请打13912345678找我。")
    client = client_for(staff.triage)
    address = reverse("casedesk:publicity", args=[case.number])
    page = client.get(address)
    assert "139****5678" in page.context["text"]
    assert "0470-2280000" in page.context["replies"][0]["public"]
    reply_field = {f"reply-{one['message'].seq}": one["public"] for one in page.context["replies"]}
    data = {"what": "open", "finish": "1", "subject": page.context["subject"], "text": page.context["text"], "version": case.version}
    client.post(address, data | reply_field)
    case = ways.now(case)
    assert (case.publicity, case.stage) == ("open", "closed")
    from lianxin.casework.queries import public_case

    assert "13912345678" not in public_case(case.number).text
    assert client_for(staff.clerk).get(address).status_code == 302


def test_a_unit_sees_its_promises_while_there_is_time_to_keep_them(client_for, staff, ways, clock):
    message = ways.drafted()
    sign = reverse("casedesk:sign", args=[message.case.number, message.seq])
    client_for(staff.head).post(sign, {"decision": "send", "promise_text": "更换路灯", "promise_day": "2025-03-10"})
    case = ways.now(message.case)
    promise = Promise.objects.get(case=case)
    today = reverse("desk:today")
    assert "答应的事" not in client_for(staff.clerk).get(today).content.decode(), "a week is time enough"
    # Friday: the next working day is the last one.
    clock.set("2025-03-07 10:00")
    page = client_for(staff.clerk).get(today).content.decode()
    assert "答应的事要到日子了" in page and "更换<wbr>路灯" in page and f"{case.number}/#deed-keep-promise-{promise.seq}" in page
    assert "答应的事" not in client_for(staff.other_clerk).get(today).content.decode()
    assert f'id="deed-keep-promise-{promise.seq}"' in client_for(staff.clerk).get(reverse("casedesk:case", args=[case.number])).content.decode()
    do(client_for(staff.clerk), case, "keep-promise", target=promise.seq)
    assert "答应的事" not in client_for(staff.clerk).get(today).content.decode()


def test_only_what_waits_to_be_signed_for_can_be_ticked(client_for, staff, ways, clock):
    signed, offered = ways.handling(), ways.given()
    page = client_for(staff.clerk).get(reverse("casedesk:unit")).content.decode()
    assert f'value="{offered.number}"' in page and f'value="{signed.number}"' not in page and "签收勾选的" in page
    page = client_for(staff.clerk).get(reverse("casedesk:unit"), {"show": "mine"}).content.decode()
    assert "签收勾选的" not in page


@pytest.mark.parametrize(
    ("text", "day", "words"),
    [
        ("换灯", "", "还没有兑现日期"),
        ("", "2025-03-10", "写明承诺什么"),
        ("换灯", "2025-03-03", "今天之后"),
        ("换灯", "2025-02-30", "还没有兑现日期"),
    ],
)
def test_a_promise_is_complete_before_it_goes_to_whoever_signs(client_for, staff, ways, clock, text, day, words):
    case = ways.handling()
    answer = reply(client_for(staff.clerk), case, promise_text=[text], promise_day=[day])
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page and REPLY[:20] in page
    assert not Message.objects.filter(case=case, kind="reply").exists()
    message = actions.draft_reply(staff.clerk, case, REPLY, outcome="solved")
    sign = reverse("casedesk:sign", args=[case.number, message.seq])
    refused = client_for(staff.head).post(sign, {"decision": "send", "promise_text": [text], "promise_day": [day]})
    assert refused.status_code == 422 and words in refused.content.decode() and f'value="{text or day}"' in refused.content.decode()
    assert Message.objects.get(pk=message.pk).state == "draft"


def test_whoever_joined_is_not_forgotten_and_sees_what_was_promised(client_for, staff, ways, write, clock, run_jobs):
    from lianxin.casedesk import actions as desk
    from lianxin.letters.queries import own_letter

    message = ways.drafted()
    other = write("路灯又不亮")
    desk.join(staff.triage, other, ways.now(message.case), "学校门口路灯")
    head, clerk, today = client_for(staff.head), client_for(staff.clerk), reverse("desk:today")
    sign = reverse("casedesk:sign", args=[message.case.number, message.seq])
    fields = {"decision": "send", "promise_text": "更换路灯", "promise_day": "2025-03-10"}
    assert "按“统一答复”" in head.post(sign, fields, follow=True).content.decode()
    assert "并入的办件等统一答复" in clerk.get(today).content.decode()
    case = ways.now(message.case)
    page = reverse("casedesk:case", args=[case.number])
    assert "统一答复并入的办件" in clerk.get(page).content.decode()
    assert own_letter(staff.citizen, other.number).promises == ()
    do(clerk, case, "answer-all")
    run_jobs()
    assert ways.now(other).stage == "replied"
    assert "并入的办件等统一答复" not in clerk.get(today).content.decode()
    assert "统一答复并入的办件" not in clerk.get(page).content.decode(), "nobody waits any more"
    assert [one.text for one in own_letter(staff.citizen, other.number).promises] == ["更换路灯"]

    # Nobody kept it: both letters are handled again, and both people see why.
    clock.set("2025-03-11 09:00")
    jobs.sweep.call()
    run_jobs()
    for number in (case.number, other.number):
        own = own_letter(staff.citizen, number)
        assert own.case.stage == "reopened" and [one.state for one in own.promises] == ["missed"]


def test_an_interim_reply_promises_too(client_for, staff, ways, clock, run_jobs):
    case = ways.handling()
    promised = {"promise_text": ["定方案"], "promise_day": ["2025-03-05"]}
    assert reply(client_for(staff.clerk), case, kind="interim", outcome="", **promised).status_code == 302
    message = Message.objects.get(case=case)
    sign = reverse("casedesk:sign", args=[case.number, message.seq])
    head = client_for(staff.head)
    assert 'value="定方案"' in head.get(sign).content.decode(), "whoever signs sees what was promised, and by when"
    assert head.post(sign, {"decision": "send", **promised}).status_code == 302
    promise = Promise.objects.get(case=case)
    assert (promise.text, promise.message, ways.now(case).stage) == ("定方案", message.seq, "handling")
    assert f'id="deed-keep-promise-{promise.seq}"' in client_for(staff.clerk).get(reverse("casedesk:case", args=[case.number])).content.decode()
