"""Answered cases alike beside a call: the hotline's own, what is public of others as the public reads it, and nothing else."""

import pytest

from lianxin.casework import actions as engine
from lianxin.casework.models import Assignment, Case
from lianxin.hotline import queries
from lianxin.triage.similarity import index

pytestmark = pytest.mark.django_db

QUESTION = "请问校门口的路灯坏了什么时候修"


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.HOME = tmp_path
    index.SHELF.forget()
    yield
    index.SHELF.forget()


@pytest.fixture
def answered(office):
    def make(case: Case, body: str) -> Case:
        people = office.staff
        if case.kind == "mailbox":
            case = engine.assign(people.triage, case, office.city.education)
        case = engine.sign_for(people.clerk, case, Assignment.objects.get(case=case, role="lead"))
        message = engine.draft_reply(people.clerk, case, body, outcome="solved")
        return engine.publish_reply(people.clerk, case, engine.approve_reply(people.head, case, message))

    return make


@pytest.fixture
def letter(office):
    count = iter(range(1, 100))

    def make(**given) -> Case:
        data = engine.PetitionerData(name="王小明", phone="13800001111", identity="real_name", user=office.staff.citizen)
        words = {"subject": "校门口的路灯坏了", "text": "校门口的路灯坏了，我叫王小明，电话13800001111，请修一修。"}
        token = f"token-of-the-form-{next(count)}"
        return engine.submit(office.staff.citizen, "mailbox", token=token, petitioner=data, **(words | given)).case

    return make


def test_own_answers_are_found_and_open_cases_are_not(take, answered, office, run_jobs) -> None:
    case = answered(take(text="校门口的路灯坏了，天黑看不见路。").case, "路灯已修好。")
    take(text="校门口的路灯坏了两盏。", telephone="13900003333")
    run_jobs()
    (found,) = queries.answered(office.operator, QUESTION)
    assert (found.case, found.unit, found.reply) == (case, "市教育局", "路灯已修好。")


def test_of_others_only_what_is_public_and_as_the_public_reads_it(letter, answered, office, run_jobs) -> None:
    private = answered(letter(visibility="private"), "只告诉您一个人。")
    shown = answered(letter(visibility="public"), "王小明您好，路灯已修好。")
    run_jobs()
    assert queries.answered(office.operator, QUESTION) == []
    engine.decide_public(office.staff.triage, shown, True)
    run_jobs()
    (found,) = queries.answered(office.operator, QUESTION)
    assert found.case.number == shown.number != private.number
    assert "王小明" not in found.reply + found.case.subject and "路灯已修好" in found.reply
