"""Who wrote without an account is told by the telephone that he verified; a unit is told that it has to handle a letter again."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from lianxin.casework import actions, notices, sealing
from lianxin.casework.models import CaseEvent
from lianxin.casework.queries import by_number_and_secret
from lianxin.casework.vocabulary import Identity
from lianxin.foundation import sms
from lianxin.foundation.models import Notification, SmsMessage

pytestmark = pytest.mark.django_db
GUEST = {"user": None, "identity": Identity.TELEPHONE, "phone": "13800001111"}


def texts() -> list[tuple[str, str]]:
    """Number and wording of every short message that was to go out."""
    return [(row.number, sms.text_of(row.template, json.loads(row.values))) for row in SmsMessage.objects.order_by("pk")]


def test_a_guest_is_texted_once_for_each_step(flow, submit, run_jobs, clock):
    case = flow.replied(petitioner=GUEST)
    run_jobs()
    follow = f"，编号 {case.number}。请凭编号和查询码在网站“查询来信”中查看。"
    assert ("13800001111", f"您的试验件已答复{follow}") in texts()
    before = texts()
    notices.tell.call(case.pk, list(CaseEvent.objects.filter(case=case, type__in=notices.NOTICES).values_list("seq", flat=True)))
    run_jobs()
    assert texts() == before and len(set(before)) == len(before), "told again, a guest is not texted again"
    assert not any("路灯" in text for _, text in before), "nothing of what was written goes over the air"


def test_a_guest_sleeps_until_the_quiet_hours_end(submit, staff, run_jobs, clock):
    clock.set("2025-03-03 22:10")
    actions.decline(staff.triage, submit(petitioner=GUEST).case, "属于法院管辖", "请向区人民法院咨询")
    run_jobs()
    assert SmsMessage.objects.get().state == "waiting"
    clock.set("2025-03-04 07:31")
    run_jobs()
    assert SmsMessage.objects.get().sent_at >= datetime(2025, 3, 4, 7, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    "other",
    [
        {"petitioner": GUEST | {"identity": Identity.NONE}, "channel": "telephone", "actor": "operator"},
        {"petitioner": GUEST, "channel": "paper", "actor": "triage"},
        {"petitioner": GUEST | {"user": "citizen"}},
    ],
    ids=["caller", "paper", "account"],
)
def test_nobody_else_is_texted_as_a_guest(submit, staff, run_jobs, other):
    given = dict(other)
    if "actor" in given:
        given["actor"] = getattr(staff, given["actor"])
    if given["petitioner"]["user"]:
        given["petitioner"] = given["petitioner"] | {"user": staff.citizen}
    actions.decline(staff.triage, submit(**given).case, "属于法院管辖", "请向区人民法院咨询")
    run_jobs()
    assert texts() == []


def test_where_no_template_for_guests_was_approved_they_get_the_one_for_notices(submit, staff, run_jobs, settings):
    settings.SMS_SERVICE, settings.SMS_TEMPLATES = "tencent", {"code": "1", "notice": "2", "receipt": "", "follow": ""}
    case = submit(petitioner=GUEST).case
    actions.decline(staff.triage, case, "属于法院管辖", "请向区人民法院咨询")
    event = CaseEvent.objects.get(case=case, type="declined")
    notices.tell.call(case.pk, [event.seq])
    row = SmsMessage.objects.get()
    assert (row.template, json.loads(row.values)) == ("notice", [f"您的试验件有了处理结果（{case.number}）"])


def test_a_unit_hears_that_the_writer_objected(flow, staff, run_jobs):
    case = flow.replied(petitioner=GUEST)
    run_jobs()
    writer = by_number_and_secret(case.number, sealing.access_secret("token-of-the-form-1"))
    assert writer is not None
    actions.object_once(writer, case, "灯还是不亮")
    run_jobs()
    for person in (staff.clerk, staff.triage):
        assert case.number in Notification.objects.get(recipient=person, event="case.objected").text
