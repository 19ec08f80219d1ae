"""A petition bureau with its officers, and short ways of a petition."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest

from lianxin.casework import actions as engine
from lianxin.casework.actions import PetitionerData
from lianxin.casework.models import Assignment, Case
from lianxin.casework.rights import SecretHolder
from lianxin.casework.vocabulary import Identity
from lianxin.petitions import actions
from tests.casedesk.conftest import ways, write  # noqa: F401
from tests.casework.conftest import staff  # noqa: F401

ANSWER = "经查，您反映的补偿款已于3月20日足额发放，请查收。"


@pytest.fixture
def bureau(city, staff, person, clock, remembered) -> SimpleNamespace:  # noqa: F811
    """The bureau below the government, its officer and head; the supervision office at the government's office."""
    made = remembered("bureau", lambda: _make_bureau(city, person))
    made.staff, made.city = staff, city
    return made


def _make_bureau(city, person) -> SimpleNamespace:
    from lianxin.organisations.models import OfficeFunction, Organisation

    root = Organisation.objects.get(pk=city.root.pk)
    unit = root.add_child(name="和安市信访局", short_name="市信访局", slug="petitions", kind=Organisation.Kind.DEPARTMENT)
    OfficeFunction.objects.create(organisation=unit, function="petition_bureau", scope=city.root)
    OfficeFunction.objects.create(organisation=city.office, function="supervision_office", scope=city.root)
    return SimpleNamespace(
        unit=unit,
        officer=person("petition", "triage", unit, name="信访办"),
        head=person("petition-head", "head", unit, name="信访局长"),
        root_triage=person("root-triage", "triage", city.root, name="总分办"),
        supervisor=person("office-supervisor", "supervisor", city.office, name="督查室主任"),
    )


@pytest.fixture
def take(bureau) -> Callable[..., Case]:
    """``take("petition")``: online, by a citizen with a real name. The case has its ``secret`` as ``shown``."""
    count = iter(range(1, 10_000))

    def make(kind: str = "petition", **given) -> Case:
        data = {"name": "王小明", "phone": "13800001111", "identity": Identity.REAL_NAME, "user": bureau.staff.citizen} | given.pop("petitioner", {})
        fields = {"token": f"token-of-the-form-{next(count)}", "subject": "征地补偿款没有到账", "text": "去年征的地，补偿款到现在还没有发。"}
        receipt = actions.take_in(data["user"], kind, petitioner=PetitionerData(**data), **(fields | given))
        receipt.case.shown = receipt.secret
        return receipt.case

    return make


@pytest.fixture
def petition(bureau, take) -> SimpleNamespace:
    """``petition.accepted()``, ``handling()``, ``answered()``: a petition that far, with the education bureau."""

    def accepted(case: Case | None = None) -> Case:
        return engine.accept(bureau.officer, case or take())

    def handling(case: Case | None = None) -> Case:
        case = engine.assign(bureau.officer, accepted(case), bureau.city.education)
        return engine.sign_for(bureau.staff.clerk, case, Assignment.objects.get(case=case, is_open=True))

    def answered(case: Case | None = None) -> Case:
        case = handling(case)
        message = engine.draft_reply(bureau.staff.clerk, case, ANSWER, outcome="solved")
        message = engine.approve_reply(bureau.staff.head, case, message)
        return engine.publish_reply(bureau.staff.clerk, case, message)

    return SimpleNamespace(accepted=accepted, handling=handling, answered=answered)


def holder(case: Case) -> SecretHolder:
    """Whoever shows the case's number and secret."""
    return SecretHolder(case.pk)


def registering(**given) -> dict:
    """The fields of the counter's form."""
    return {
        "token": "token-of-the-counter-form",
        "kind": "petition",
        "channel": "paper",
        "received_on": str(date(2025, 3, 3)),
        "subject": "补偿款没有到账",
        "text": "去年征的地，补偿款没有发。",
        "name": "王大爷",
        "phone": "13800002222",
    } | given
