"""A unit merges, a leader leaves, a clerk leaves: no case is orphaned."""

import pytest

from lianxin.casework import actions, checks, queries
from lianxin.casework.models import Assignment, CaseEvent, Instruction
from lianxin.foundation.errors import Refused
from lianxin.organisations import actions as organisations
from lianxin.organisations.models import Portfolio, Post

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sound(db, clock):
    yield
    assert list(checks.wrong_cases()) == []


def test_open_cases_go_with_the_unit_and_finished_ones_when_they_are_reopened(flow, staff, city, people):
    offered, handled, done = flow.assigned(), flow.handling(), flow.replied()
    message = flow.approved(handled)
    organisations.merge_units(people.admin, city.education, city.health)
    for case in (offered, handled):
        case.refresh_from_db()
        assert case.lead == city.health and flow.lead(case).organisation == city.health
        assert case in queries.unit_queue(staff.other_clerk).cases
    handled = actions.publish_reply(staff.clerk, handled, message)
    assert handled.stage == "replied", "the people of the old unit go on in the new one"
    done.refresh_from_db()
    assert done.lead == city.education and queries.visible_to(staff.other_clerk).filter(pk=done.pk).exists()
    done = actions.object_once(staff.citizen, done, "还是不亮")
    assert done.lead == city.health and actions.sign_for(staff.other_clerk, done, flow.lead(done)).stage == "handling"


def test_lead_and_helper_that_become_one_unit_keep_one_part(submit, staff, city, people, flow):
    case = actions.assign(staff.triage, submit().case, city.education, co=(city.health,))
    organisations.merge_units(people.admin, city.education, city.health)
    part = Assignment.objects.get(case=case, is_open=True)
    assert (part.role, part.organisation) == ("lead", city.health)


def test_the_office_that_screens_merges_too(submit, staff, city, people):
    case = submit().case
    organisations.merge_units(people.admin, city.centre, city.office)
    case.refresh_from_db()
    assert case.office == city.office and queries.triage_queue(staff.triage) == [case]
    assert actions.accept(staff.triage, case).stage == "accepted"


def test_a_leader_hands_his_letters_to_whoever_follows(submit, staff, city, people, flow):
    post = Post.objects.get(user=staff.vice)
    written = submit(addressed_to=post).case
    asked = actions.ask_instruction(staff.triage, submit().case, post, "请批示")
    Portfolio.objects.all().delete()
    with pytest.raises(Refused, match="2 件写给他或等他批示"):
        organisations.end_post(people.admin, post)
    organisations.end_post(people.admin, post, successor=staff.mayor)
    written.refresh_from_db()
    mayor = Post.objects.get(user=staff.mayor)
    assert written.addressed_to == mayor and Instruction.objects.get(case=asked).leader == mayor
    actions.instruct(staff.mayor, asked, "请办理")
    assert CaseEvent.objects.filter(type="transferred").count() == 2


def test_work_at_hand_goes_to_the_colleague_or_back_to_the_unit(flow, staff, people):
    first, second = flow.handling(), flow.handling()
    for case in (first, second):
        actions.hand_to_section(staff.clerk, case, flow.lead(case), handler=staff.clerk2)
    organisations.end_post(people.admin, Post.objects.get(user=staff.clerk2), successor=staff.clerk)
    assert {flow.lead(case).handler for case in (first, second)} == {staff.clerk}
    organisations.person_leaves(people.admin, staff.clerk)
    assert {flow.lead(case).handler for case in (first, second)} == {None}
    assert set(queries.unit_queue(staff.head).cases) == {first, second}
