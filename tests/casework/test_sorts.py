"""Kinds with sorts that set the limit, screened by those who take calls: whatever room brings them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from lianxin.casework import actions, checks, kinds, queries
from lianxin.casework.kinds import CaseKind, ClockSpec
from lianxin.casework.models import Assignment, Case, Clock
from lianxin.casework.rights import Standing
from lianxin.foundation.errors import Forbidden, Refused
from tests.casework.conftest import KIND

pytestmark = pytest.mark.django_db

SORTED = replace(
    KIND,
    code="sorted",
    name="分类件",
    prefix="SORT",
    screened_by="operator",
    sub_states={"quick": "快", "slow": "慢"},
    clocks=(ClockSpec("reply", "答复", lambda case: "L03-COMPLEX" if case.sub_state == "slow" else "L01"),),
)


@pytest.fixture
def kind() -> Iterator[CaseKind]:
    for one in (KIND, SORTED):
        kinds.register(one)
    yield SORTED
    for one in (KIND, SORTED):
        kinds.unregister(one.code)


@pytest.fixture
def send(kind, staff, clock):
    count = iter(range(1, 1000))

    def make(code: str = SORTED.code, **given) -> Case:
        data = actions.PetitionerData(name="王小明", phone="13800001111", identity="real_name", user=staff.citizen)
        token = f"token-of-the-form-{next(count)}"
        return actions.submit(staff.citizen, code, token=token, subject="路灯不亮", text="坏了三天。", petitioner=data, **given).case

    return make


def running(case: Case) -> Clock:
    return Clock.objects.get(case=case, state="running")


def test_a_sort_known_at_the_submission_sets_the_limit(send) -> None:
    assert running(send()).rule == "L01" and running(send(sub_state="slow")).rule == "L03-COMPLEX"
    with pytest.raises(Refused, match="事项类别"):
        send(sub_state="other")
    with pytest.raises(Refused, match="事项类别"):
        send(KIND.code, sub_state="slow")


def test_sorted_anew_the_limit_follows_from_where_it_began(send, staff, clock) -> None:
    case = send()
    began = running(case).started_at
    clock.shift(days=1)
    case = actions.screen(staff.operator, case, sub_state="slow")
    assert (running(case).rule, running(case).started_at) == ("L03-COMPLEX", began) and case.due_at == running(case).due_at
    assert Clock.objects.filter(case=case, state="stopped").count() == 1
    # The same sort again, or none, leaves the clock alone.
    case = actions.accept(staff.operator, case, sub_state="slow")
    assert Clock.objects.filter(case=case).count() == 2
    assert list(checks.wrong_cases()) == []


def test_a_limit_that_ran_out_before_stays_on_record(send, staff, clock) -> None:
    case = send()
    clock.shift(days=10)
    case = actions.accept(staff.operator, case, sub_state="slow")
    assert case.breached and Clock.objects.get(case=case, state="stopped").breached_at is not None
    assert list(checks.wrong_cases()) == []


def test_each_kind_is_screened_by_the_post_it_names(send, staff, city) -> None:
    own, other = send(), send(KIND.code)
    assert queries.triage_queue(staff.operator) == [own] and queries.triage_queue(staff.triage) == [other]
    with pytest.raises(Forbidden, match="话务"):
        actions.assign(staff.triage, own, city.education)
    with pytest.raises(Forbidden, match="分办"):
        actions.assign(staff.operator, other, city.education)
    own = actions.assign(staff.operator, own, city.education)
    actions.return_assignment(staff.clerk, own, Assignment.objects.get(case=own), "不归我们。")
    assert [row.case_id for row in queries.returns_to_rule(staff.operator)] == [own.pk] and queries.returns_to_rule(staff.triage) == []
    assert [queries.screens(Standing(one)) for one in (staff.operator, staff.triage, staff.clerk, staff.citizen, None)] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_whoever_screens_it_notes_remarks_and_signs_for_the_office(send, staff, person, city) -> None:
    case = send()
    second = person("second-operator", "operator", city.root)
    actions.add_note(staff.operator, case, "已打电话核实。")
    message = actions.draft_reply(staff.operator, case, "已修好。", outcome="solved")
    assert queries.replies_to_sign(second) == [message] and queries.replies_to_sign(staff.triage) == []
    with pytest.raises(Forbidden):
        actions.approve_reply(staff.triage, case, message)
    message = actions.approve_reply(second, case, message)
    assert actions.publish_reply(staff.operator, case, message).stage == "replied"
    assert {event.type for event in queries.events_for(second, case)} >= {"noted", "drafted", "approved"}
    assert "noted" not in {event.type for event in queries.events_for(staff.triage, case)}
