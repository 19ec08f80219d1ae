"""However starting, guessing, waiting and using follow each other: no code twice, none after its time, none after five tries."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from lianxin.foundation.models import SmsMessage
from lianxin.identity import actions
from lianxin.identity.errors import CodeOver, TooOften, WrongCode
from lianxin.identity.models import Allowance, TelephoneVerification
from tests.conftest import SHANGHAI
from tests.identity.citizens import sent_code, wrong


class Codes(RuleBasedStateMachine):
    """A model beside the deeds: for each token its code, its end, its tries, and whether it was accepted or used."""

    def __init__(self) -> None:
        super().__init__()
        TelephoneVerification.objects.all().delete()
        SmsMessage.objects.all().delete()
        Allowance.objects.all().delete()
        self.traveller = time_machine.travel(datetime(2025, 3, 3, 9, 0, tzinfo=SHANGHAI), tick=False)
        self.clock = self.traveller.start()
        self.now = datetime(2025, 3, 3, 9, 0, tzinfo=SHANGHAI)
        self.known: list[dict] = []
        self.sent: list[tuple[str, datetime]] = []

    def teardown(self) -> None:
        self.traveller.stop()

    @rule(seconds=st.sampled_from([1, 59, 60, 240, 299, 300, 1799, 1800, 3600, 86400]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.clock.move_to(self.now)

    @rule(number=st.sampled_from(["19900000001", "19900000002"]))
    def start(self, number: str) -> None:
        try:
            started = actions.start_verification(number)
        except TooOften as refused:
            assert refused.until > self.now
            return
        self.sent.append((number, self.now))
        for one in self.known:
            if one["number"] == number and one["state"] == "open":
                one["state"] = "over"
        self.known.append(
            {"token": started.token, "number": number, "code": sent_code(), "until": self.now + timedelta(minutes=5), "tries": 0, "state": "open"}
        )

    @precondition(lambda self: self.known)
    @rule(data=st.data(), right=st.booleans())
    def type_code(self, data: st.DataObject, right: bool) -> None:
        one = data.draw(st.sampled_from(self.known))
        counts = one["state"] == "open" and one["until"] > self.now
        try:
            found = actions.confirm_verification(one["token"], one["code"] if right else wrong(one["code"]))
        except CodeOver:
            assert not counts
            return
        except WrongCode as refused:
            assert counts and not right
            one["tries"] += 1
            assert refused.left == 5 - one["tries"]
            if not refused.left:
                one["state"] = "over"
            return
        assert counts and right and one["tries"] < 5 and found.telephone == one["number"]
        one["state"], one["until"] = "confirmed", self.now + timedelta(minutes=30)

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def use(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.known))
        counts = one["state"] == "confirmed" and one["until"] > self.now
        try:
            assert actions.use_verification(one["token"]) == one["number"]
        except CodeOver:
            assert not counts
            return
        assert counts
        one["state"] = "used"

    @invariant()
    def limits_hold(self) -> None:
        """No two codes to one number within a minute; the day's spans begin with their first code, so that two of them hold twenty at most."""
        for number in {number for number, _ in self.sent}:
            times = sorted(at for other, at in self.sent if other == number)
            assert all(later - earlier >= timedelta(seconds=60) for earlier, later in pairwise(times))
            for at in times:
                assert len([t for t in times if at <= t < at + timedelta(days=1)]) <= 20


class TestCodes(TestCase):
    """Run by Django's test case, so that every example is rolled back."""

    @pytest.mark.django_db
    def test_codes(self) -> None:
        run_state_machine_as_test(
            Codes, settings=settings(max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
        )
