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
from lianxin.identity.models import User
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
    city = portal.city

    def submit(when: str = "", kind: str = "board", unit: Any = None, **given: Any) -> Case:
        if when:
            clock.set(when)
        data = actions.PetitionerData(name="王小明", phone="13800001111", identity=Identity.REAL_NAME, user=staff.citizen)
        fields = {"token": f"token-of-the-form-{Case.objects.count()}", "subject": "校门口没有路灯", "text": "放学时天黑。", "visibility": "public"}
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
def weeks(town, person, remembered) -> SimpleNamespace:
    """February 2025 in this town."""
    kept = remembered("weeks", lambda: _february(town, person("head2", "head", town.city.education, name="副局长")))
    town.clock.set("2025-03-03 09:00")
    town.staff.head2 = kept.pop("second")
    vars(town).update(kept)
    return town


def _february(town: SimpleNamespace, second: User) -> dict[str, Case]:
    made = SimpleNamespace(second=second)
    city, staff, submit, answer = town.city, town.staff, town.submit, town.answer  # noqa: F811
    staff.head2 = second
    made.first = answer(submit("2025-02-05 09:00", category="01"), "2025-02-05 15:00")
    made.passed = answer(submit("2025-02-06 09:00", category="0102"), "2025-02-06 10:00", PASSED)
    made.late = answer(submit("2025-02-07 09:00", unit=city.health), "2025-02-20 16:00", public=False)
    made.open = submit("2025-02-10 09:00", channel="telephone")
    for number in range(6):
        day = 11 + number
        case = answer(submit(f"2025-02-{day} 08:00"), f"2025-02-{day} 12:00", in_person=True, public=number == 0)
        actions.instruct(staff.vice, case, "请举一反三。")
    made.rated = answer(submit("2025-02-18 09:00"), "2025-02-18 11:00")
    actions.rate(staff.citizen, made.rated, 5)
    actions.follow_up(staff.triage, made.first, "unreached")
    actions.follow_up(staff.triage, made.first, "dissatisfied")
    actions.object_once(staff.citizen, made.passed, "没有答复我的问题")
    answer(made.passed, "2025-02-20 09:00")
    made.gone = submit("2025-02-21 09:00")
    actions.withdraw(staff.citizen, made.gone)
    made.mailed = submit("2025-02-24 09:00", kind="mailbox")
    actions.decline(staff.triage, made.mailed, "属于法院管辖", "市中级人民法院")
    made.sealed = submit("2025-02-25 09:00", kind="mailbox", unit=city.health)
    actions.seal(staff.triage, made.sealed, city.education)
    for number in range(6):
        made.whisper = submit(f"2025-02-{20 + number} 10:00", kind="whisper", unit=city.health if number else None)
    town.night()
    return vars(made)


@pytest.fixture
def page(reader) -> Callable[..., str]:  # noqa: F811
    """The text of a public page that must answer."""

    def read(address: str, status: int = 200) -> str:
        response = reader.get(address)
        assert response.status_code == status, f"{address}: {response.status_code}"
        return re.sub(r"<wbr>|\u200b", "", response.content.decode())

    return read
