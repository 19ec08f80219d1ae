"""A small city with a few weeks of cases behind it: open kinds and a private one, late and on time, in two units."""

import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from lianxin.casework import actions, kinds
from lianxin.casework.kinds import CaseKind, ClockSpec
from lianxin.casework.models import Assignment, Case
from lianxin.casework.queries import by_number_and_secret
from lianxin.casework.vocabulary import Identity, Publicity
from lianxin.figures import jobs
from tests.casework.conftest import staff  # noqa: F401
from tests.portal.conftest import _fresh_furniture, portal, reader  # noqa: F401

SECRET = CaseKind(
    code="whisper", name="举报", prefix="JBXX", clocks=(ClockSpec("reply", "答复", "L02"),), approval=("head",), publicity=Publicity.NEVER
)
DONE = "您好！经现场核实，小区门口的路灯因线路老化不亮，路灯所已于今天上午更换线路和灯头，晚上恢复照明。感谢来信。"
PASSED = "您好，来信收悉，已转市城管局办理。"


@pytest.fixture
def secret_kind() -> Iterator[CaseKind]:
    """A kind that never becomes public."""
    kinds.register(SECRET)
    yield SECRET
    kinds.unregister(SECRET.code)


@pytest.fixture
def town(portal, staff, secret_kind, clock) -> SimpleNamespace:  # noqa: F811
    """Short ways to make cases, and the night."""
    count = iter(range(1, 10_000))
    city = portal.city

    def submit(when: str = "", kind: str = "board", unit: Any = None, **given: Any) -> Case:
        if when:
            clock.set(when)
        data = actions.PetitionerData(name="王小明", phone="13800001111", identity=Identity.REAL_NAME, user=staff.citizen)
        fields = {"token": f"token-of-the-form-{next(count)}", "subject": "校门口没有路灯", "text": "放学时天黑。", "visibility": "public"}
        if kind == "board":
            fields["lead"] = unit or city.education
        actor = staff.triage if given.get("channel") == "telephone" else staff.citizen
        receipt = actions.submit(actor, kind, petitioner=data, **(fields | given))
        receipt.case.holder = by_number_and_secret(receipt.case.number, receipt.secret)
        if kind != "board" and unit is not None:
            actions.assign(staff.triage, receipt.case, unit)
        return receipt.case

    def answer(case: Case, when: str = "", body: str = DONE, *, in_person: bool = False, public: bool = True) -> Case:
        if when:
            clock.set(when)
        part = Assignment.objects.filter(case=case, role="lead", is_open=True).select_related("organisation").first()
        clerk, head = (staff.other_clerk, staff.other_head) if part and part.organisation == city.health else (staff.clerk, staff.head)
        if part and part.state in ("offered", "ruled"):
            actions.sign_for(clerk, case, part)
        author, signer = (head, staff.head2) if in_person else (clerk, head)
        message = actions.approve_reply(signer, case, actions.draft_reply(author, case, body, outcome="solved", in_person=in_person))
        case = actions.publish_reply(clerk, case, message)
        return actions.decide_public(staff.triage, case, True) if public else case

    def night(until: str = "2025-03-03 09:00") -> None:
        clock.set(until)
        jobs.fold.call()

    return SimpleNamespace(portal=portal, city=city, staff=staff, clock=clock, submit=submit, answer=answer, night=night)


@pytest.fixture
def weeks(town, person) -> SimpleNamespace:
    """February 2025 in this town."""
    city, staff, submit, answer = town.city, town.staff, town.submit, town.answer  # noqa: F811
    staff.head2 = person("head2", "head", city.education, name="副局长")
    town.first = answer(submit("2025-02-05 09:00", category="01"), "2025-02-05 15:00")
    town.passed = answer(submit("2025-02-06 09:00", category="0102"), "2025-02-06 10:00", PASSED)
    town.late = answer(submit("2025-02-07 09:00", unit=city.health), "2025-02-20 16:00", public=False)
    town.open = submit("2025-02-10 09:00", channel="telephone")
    for number in range(6):
        day = 11 + number
        case = answer(submit(f"2025-02-{day} 08:00"), f"2025-02-{day} 12:00", in_person=True, public=number == 0)
        actions.instruct(staff.vice, case, "请举一反三。")
    town.rated = answer(submit("2025-02-18 09:00"), "2025-02-18 11:00")
    actions.rate(staff.citizen, town.rated, 5)
    actions.follow_up(staff.triage, town.first, "unreached")
    actions.follow_up(staff.triage, town.first, "dissatisfied")
    actions.object_once(staff.citizen, town.passed, "没有答复我的问题")
    answer(town.passed, "2025-02-20 09:00")
    town.gone = submit("2025-02-21 09:00")
    actions.withdraw(staff.citizen, town.gone)
    town.mailed = submit("2025-02-24 09:00", kind="mailbox")
    actions.decline(staff.triage, town.mailed, "属于法院管辖", "市中级人民法院")
    town.sealed = submit("2025-02-25 09:00", kind="mailbox", unit=city.health)
    actions.seal(staff.triage, town.sealed, city.education)
    for number in range(6):
        town.whisper = submit(f"2025-02-{20 + number} 10:00", kind="whisper", unit=city.health if number else None)
    town.night()
    return town


@pytest.fixture
def page(reader) -> Callable[..., str]:  # noqa: F811
    """The text of a public page that must answer."""

    def read(address: str, status: int = 200) -> str:
        response = reader.get(address)
        assert response.status_code == status, f"{address}: {response.status_code}"
        return re.sub(r"<wbr>|\u200b", "", response.content.decode())

    return read
