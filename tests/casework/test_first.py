import pytest

from lianxin.casework import actions, checks, queries
from lianxin.casework.models import CaseEvent, Clock

pytestmark = pytest.mark.django_db


def test_a_case_from_receipt_to_public(flow, staff, clock):
    case = flow.replied()
    assert case.stage == "replied" and case.outcome == "solved" and not case.is_open
    case = actions.finish(staff.triage, case)
    case = actions.decide_public(staff.triage, case, True)
    case = actions.rate(staff.citizen, case, 5, "谢谢")
    assert case.stage == "closed" and case.is_public and case.satisfied
    assert Clock.objects.get(case=case).state == "met"
    shown = queries.public_case(case.number)
    assert shown.replies[0].body == "路灯已于今日修好。"
    assert list(checks.wrong_cases()) == []
    assert [event.type for event in CaseEvent.objects.filter(case=case)][:3] == ["submitted", "clock_started", "assigned"]
