"""What is compared: cases and answers of every kind, as their texts change and no further than somebody may see."""

import pytest

from lianxin.casedesk import actions as desk
from lianxin.casedesk import matters
from lianxin.casework import actions
from lianxin.casework.models import Assignment
from lianxin.triage import similarity
from lianxin.triage.models import Lesson, Matter
from lianxin.triage.similarity import index
from tests.casedesk.conftest import REPLY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.HOME = tmp_path
    index.SHELF.forget()
    yield
    index.SHELF.forget()


def test_the_like_is_found_for_those_who_may_see_it(write, staff, run_jobs, clock):
    main, other = write(), write("食堂的菜价", "食堂的菜太贵了。")
    again = write("学校门口路灯又不亮", "学校门口的路灯坏了，孩子晚上放学看不见路。")
    run_jobs()
    assert matters.similar(staff.triage, again) == [main]
    assert matters.similar(staff.mayor, again) == [] == matters.similar(staff.triage, other)
    actions.seal(staff.triage, main, staff.clerk)
    run_jobs()
    assert matters.similar(staff.triage, again) == [] and not Matter.objects.filter(ref=matters.matter(main.pk)).exists()


def test_a_withdrawn_case_is_compared_with_nothing(write, staff, run_jobs, clock):
    case = write()
    actions.withdraw(staff.citizen, case)
    assert not Matter.objects.filter(ref=matters.matter(case.pk)).exists()


def test_the_same_answer_again_is_noticed(ways, run_jobs, clock):
    cases = [ways.replied() for _ in range(2)]
    run_jobs()
    assert matters.copies(cases[0], REPLY) == 1
    assert matters.copies(cases[0], "学校食堂的菜价已按成本核定，自本周起下调。") == 0
    fresh = ways.handling()
    assert matters.copies(fresh, REPLY.replace("3月4日", "3月5日")) == 2
    assert similarity.similar(REPLY, ["mailbox"], public_only=True) == []


def test_suggestions_learn_from_a_ruling_and_forget_what_was_wrong(write, ways, staff, city, clock):
    case = desk.pass_on(staff.triage, write(), city.education)
    case = actions.return_assignment(staff.clerk, case, ways.part(case), "路灯归住建部门")
    letters = {row.subject: row.letters for row in Lesson.objects.filter(about=Lesson.About.UNIT)}
    assert letters == {city.education.pk: 1}
    part = Assignment.objects.get(case=case, state=Assignment.State.RETURNED)
    desk.rule(staff.triage, case, part, city.health, "由卫生健康委办理")
    letters = {row.subject: row.letters for row in Lesson.objects.filter(about=Lesson.About.UNIT)}
    assert letters == {city.education.pk: 0, city.health.pk: 1}


def test_what_is_sealed_after_its_answer_is_compared_with_nothing(ways, staff, clock):
    case = ways.replied()
    assert Matter.objects.filter(ref__startswith=f"reply:{case.pk}:").exists()
    actions.seal(staff.triage, case, staff.clerk)
    assert not Matter.objects.filter(ref__startswith=f"reply:{case.pk}:").exists()


def test_every_way_of_giving_a_case_to_a_unit_is_learned(write, staff, city, clock):
    desk.give(staff.triage, write(), city.education)
    desk.pass_on(staff.triage, write(), city.education)
    assert Lesson.objects.get(about=Lesson.About.UNIT, subject=city.education.pk).letters == 2
