"""Deeds of an import bear their own moment: clocks, breaches and rows come out as they would have then, and nobody is told."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lianxin.casework import actions, checks, moments
from lianxin.casework.models import CaseEvent, Clock
from lianxin.foundation.models import Notification

pytestmark = pytest.mark.django_db


def test_events_clocks_and_breaches_bear_the_moment(submit, staff, clock, run_jobs):
    began = timezone.now() - timedelta(days=40)
    with moments.dated(began):
        case = submit(received_at=began).case
    with moments.dated(began + timedelta(days=6)):
        case = actions.decline(staff.triage, case, "不属于本信箱范围。", "法院诉讼服务中心")
    events = list(CaseEvent.objects.filter(case=case).order_by("seq"))
    assert [event.at for event in events] == [began] * 2 + [began + timedelta(days=6)] * 3
    assert [event.type for event in events] == ["submitted", "clock_started", "breached", "declined", "clock_met"]
    assert case.submitted_at == began and case.breached and case.stage == "declined"
    assert Clock.objects.get(case=case).started_at == began
    run_jobs()
    assert not Notification.objects.exists(), "what is over is not told again"
    assert list(checks.wrong_cases()) == []


def test_time_runs_forward(submit, staff, clock):
    now = timezone.now()
    with pytest.raises(ValueError, match="in the past"), moments.dated(now + timedelta(seconds=1)):
        pass
    case = submit().case
    with pytest.raises(ValueError, match="never earlier"), moments.dated(now - timedelta(days=1)):
        actions.screen(staff.triage, case)


def test_the_moment_ends_with_its_block(clock):
    with moments.dated(timezone.now() - timedelta(days=1)):
        assert moments.is_import()
    assert moments.now() == timezone.now() and not moments.is_import()
