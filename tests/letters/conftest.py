"""A city that takes letters in, people who handle them, and short ways through the pages."""

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from lianxin.casework import actions
from lianxin.casework.models import Assignment, Case
from lianxin.casework.vocabulary import Identity
from tests.casework.conftest import staff  # noqa: F401
from tests.identity.citizens import sent_code
from tests.portal.conftest import _fresh_furniture, portal  # noqa: F401

TELEPHONE = "13800001111"


@pytest.fixture
def desk(portal, staff, clock) -> SimpleNamespace:  # noqa: F811
    """The portal with staff behind it, at a fixed time."""
    return SimpleNamespace(portal=portal, staff=staff, clock=clock, city=portal.city)


@pytest.fixture
def make_letter(desk) -> Callable[..., Case]:
    """``make_letter()``: a letter of a guest to the board of the education bureau."""
    count = iter(range(1, 10_000))

    def make(kind: str = "board", **given) -> Case:
        data = {"name": "王小明", "phone": TELEPHONE, "identity": Identity.REAL_NAME, "user": None} | given.pop("petitioner", {})
        fields = {
            "token": f"token-of-the-form-{next(count)}",
            "subject": "校门口没有路灯",
            "text": "放学时天黑，校门口没有路灯。",
            "visibility": "public",
        }
        if kind == "board":
            fields["lead"] = desk.city.education
        receipt = actions.submit(data["user"], kind, petitioner=actions.PetitionerData(**data), **(fields | given))
        receipt.case.shown = receipt.secret
        return receipt.case

    return make


@pytest.fixture
def answer(desk) -> Callable[..., Case]:
    """``answer(case)``: signed for, replied by the bureau, finished and made public."""

    def make(case: Case, body: str = "路灯已于今日装好，请放心。", public: bool = True, author=None, **given) -> Case:
        people = desk.staff
        if not Assignment.objects.filter(case=case, role="lead", is_open=True).exists():
            case = actions.assign(people.triage, case, desk.city.education)
        author = author or people.clerk
        part = Assignment.objects.get(case=case, role="lead", is_open=True)
        if part.state == "offered":
            actions.sign_for(people.clerk, case, part)
        message = actions.draft_reply(author, case, body, outcome="solved", **given)
        message = actions.approve_reply(people.head if author is not people.head else people.triage_head, case, message)
        case = actions.publish_reply(people.clerk, case, message)
        case = actions.finish(people.triage, case)
        return actions.decide_public(people.triage, case, True) if public else case

    return make


@pytest.fixture
def together(desk, make_letter, answer, run_jobs) -> Callable[..., tuple[Case, list[Case]]]:
    """``together(subject, text)``: a public letter, and three that joined it and were answered with it, public too."""

    def make(subject: str, text: str) -> tuple[Case, list[Case]]:
        main = make_letter(subject=subject, text=text)
        actions.open_cluster(desk.staff.triage, main, "和安一小校门口没有路灯")
        members = [make_letter(lead=None, subject=f"{subject}，{count}号楼", text=f"{text}{count}号楼看得见。") for count in range(3)]
        for member in members:
            actions.join_cluster(desk.staff.triage, Case.objects.get(pk=member.pk), main)
        answer(Case.objects.get(pk=main.pk))
        actions.answer_cluster(desk.staff.clerk, Case.objects.get(pk=main.pk))
        run_jobs()
        for member in members:
            actions.decide_public(desk.staff.triage, Case.objects.get(pk=member.pk), True)
        run_jobs()
        return main, members

    return make


@pytest.fixture
def public_letter(make_letter, answer) -> Case:
    """An answered letter that everybody may read."""
    return answer(make_letter())


LETTER = {"text": "放学时天黑，校门口没有路灯，孩子看不清路。", "place": "和安一小", "subject": "", "to": "office", "visibility": "anonymised"}


def write(client: Client, **given):
    """Fill in the first page."""
    return client.post("/write/", LETTER | given)


def ask_code(client: Client, **given):
    """Fill in who one is."""
    return client.post("/write/check/", {"telephone": TELEPHONE, "name": "王女士", "agree": "on"} | given)


def send(client: Client, **given):
    """The whole way of a guest; returns the receipt's page."""
    assert write(client, **given)["Location"] == "/write/check/"
    assert ask_code(client)["Location"] == "/write/code/"
    assert client.post("/write/code/", {"code": sent_code()})["Location"] == "/write/done/"
    return client.get("/write/done/")


def number_and_secret(page) -> tuple[str, str]:
    """What stands on a receipt."""
    text = page.content.decode()
    return re.search(r"[A-Z]{4}\d{10}", text)[0], re.search(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", text)[0]
