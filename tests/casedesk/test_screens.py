"""Every screen as every role: it opens for whom it is made, says 404 to a stranger's case, and shows an accused nothing."""

import pytest
from django.urls import reverse

from lianxin.casework import actions
from lianxin.casework.models import Case

pytestmark = pytest.mark.django_db

LISTS = {
    # Supervisors screen what lies with the supervision office, such as reports about the petition bureau.
    "triage": {"triage", "triage2", "operator", "supervisor"},
    "office": {"triage", "triage2", "operator", "supervisor"},
    "unit": {"clerk", "clerk2", "head", "other_clerk", "other_head"},
    "signing": {"triage", "triage2", "operator", "clerk", "clerk2", "head", "other_clerk", "other_head", "mayor", "vice"},
    "leader": {"mayor", "vice"},
    "limits": {"supervisor"},
    "rules": {"admin"},
    "templates": {"triage", "triage2", "operator", "clerk", "clerk2", "head", "other_clerk", "other_head"},
}
ROLES = ("triage", "triage2", "clerk", "clerk2", "head", "other_clerk", "other_head", "mayor", "vice", "supervisor", "operator", "admin", "auditor")


@pytest.mark.parametrize("who", ROLES)
def test_lists_open_for_whom_they_are_made(client_for, staff, ways, clock, who):
    ways.given()
    ways.drafted()
    ways.replied()
    client = client_for(getattr(staff, who))
    for name, roles in LISTS.items():
        response = client.get(reverse(f"casedesk:{name}"))
        # Whoever may not is sent back to the home by Wagtail; triage leads its officers to the first letter.
        opens = response.status_code == 200 or "/desk/cases/triage/" in response.get("Location", "")
        assert opens == (who in roles), name


@pytest.mark.parametrize("who", ROLES)
def test_today_opens_for_everybody(client_for, staff, ways, clock, who):
    ways.given()
    ways.drafted()
    assert client_for(getattr(staff, who)).get(reverse("desk:today")).status_code == 200


SEES = {"triage", "triage2", "clerk", "clerk2", "head", "mayor", "vice", "supervisor", "operator"}


@pytest.mark.parametrize("who", ROLES)
def test_a_case_is_there_for_those_it_concerns_and_404_for_others(client_for, staff, ways, clock, who):
    case = ways.drafted().case
    client = client_for(getattr(staff, who))
    sees = client.get(reverse("casedesk:case", args=[case.number])).status_code == 200
    # The mayor has no portfolio, and the letter was neither written to him nor laid before him.
    assert sees == (who in SEES - {"mayor"})
    if not sees:
        for name in ("reply", "publicity", "case"):
            assert client.get(reverse(f"casedesk:{name}", args=[case.number])).status_code == 404, name
        assert client.post(reverse("casedesk:do", args=[case.number, "note"]), {"text": "看看"}).status_code == 404
        assert client.post(reverse("casedesk:keep_reply", args=[case.number]), {"body": "看看"}).status_code == 404
        assert client.post(reverse("casedesk:petitioner", args=[case.number]), {"purpose": "看看"}).status_code == 404
    assert Case.objects.get(pk=case.pk).version == case.version


def test_nobody_enters_unsigned_or_as_a_citizen(client, client_for, staff, ways, clock):
    case = ways.given()
    for name, args in [("unit", []), ("triage", []), ("case", [case.number])]:
        assert client.get(reverse(f"casedesk:{name}", args=args)).status_code == 302
    assert client_for(staff.citizen).get(reverse("casedesk:case", args=[case.number])).status_code != 200


def test_an_accused_never_sees_the_report_about_him(client_for, staff, write, city, clock):
    case = write("教育局违规收费", "举报教育局的处长收钱。", sealed_from=[city.education])
    actions.assign(staff.triage, case, city.health)
    for who in (staff.clerk, staff.head):
        client = client_for(who)
        assert client.get(reverse("casedesk:case", args=[case.number])).status_code == 404
        for name in ("desk:today", "casedesk:unit", "casedesk:signing"):
            assert case.number not in client.get(reverse(name)).content.decode()


def test_notes_and_drafts_of_one_unit_stay_in_it(client_for, staff, ways, city, clock):
    message = ways.drafted()
    actions.assign(staff.triage, message.case, None, co=(city.health,))
    actions.add_note(staff.clerk, message.case, "先和反映人约时间")
    page = client_for(staff.other_clerk).get(reverse("casedesk:case", args=[message.case.number])).content.decode()
    assert "先和反映人约时间" not in page and "路灯线路老化" not in page
    own = client_for(staff.clerk).get(reverse("casedesk:case", args=[message.case.number])).content.decode()
    assert "先和反映人约时间" in own and "路灯线路老化" in own


def test_reading_the_petitioner_needs_a_purpose_and_leaves_a_trace(client_for, staff, ways, clock):
    from lianxin.foundation.models import AuditEntry

    case = ways.handling()
    client = client_for(staff.clerk)
    address = reverse("casedesk:petitioner", args=[case.number])
    assert "13800001111" not in client.get(reverse("casedesk:case", args=[case.number])).content.decode()
    assert client.post(address, {"purpose": ""}).status_code == 302
    assert "13800001111" in client.post(address, {"purpose": "电话了解情况"}).content.decode()
    assert AuditEntry.objects.filter(deed="petitioner.read").count() == 1
