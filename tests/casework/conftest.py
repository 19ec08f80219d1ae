"""A throw-away kind that no room knows, and people who handle its cases: the engine works for kinds it has never heard of."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from lianxin.casework import kinds
from lianxin.casework.kinds import CaseKind, ClockSpec
from lianxin.casework.vocabulary import Identity, Visibility

KIND = CaseKind(
    code="throwaway",
    name="试验件",
    prefix="TEST",
    identity_floor=Identity.TELEPHONE,
    clocks=(ClockSpec("reply", "答复", "L02"),),
    approval=("head",),
    default_visibility=Visibility.ANONYMISED,
)


@pytest.fixture
def kind() -> Iterator[CaseKind]:
    """The throw-away kind, known for the length of a test."""
    kinds.register(KIND)
    yield KIND
    kinds.unregister(KIND.code)


@pytest.fixture
def staff(city, person, remembered) -> SimpleNamespace:
    """Who handles cases: the office screens (information centre), two bureaus handle, leaders and the supervision office watch."""
    return remembered("casework staff", lambda: _make_staff(city, person))


def _make_staff(city, person) -> SimpleNamespace:
    from lianxin.organisations.models import Portfolio, Post

    found = SimpleNamespace(
        triage=person("triage", "triage", city.centre, name="分办员"),
        triage2=person("triage2", "triage", city.centre, name="分办员乙"),
        clerk=person("clerk", "clerk", city.education, name="承办员"),
        clerk2=person("clerk2", "clerk", city.education, name="承办员乙"),
        head=person("head", "head", city.education, name="局长"),
        other_clerk=person("other-clerk", "clerk", city.health, name="卫健承办"),
        other_head=person("other-head", "head", city.health, name="卫健主任"),
        mayor=person("mayor", "leader", city.root, name="林市长", title="市长"),
        vice=person("vice", "leader", city.root, name="副市长", title="副市长"),
        supervisor=person("supervisor", "supervisor", city.root, name="督查员"),
        operator=person("operator", "operator", city.root, name="话务员"),
        admin=person("casework-admin", "administrator", city.root, name="管理员"),
        auditor=person("casework-auditor", "auditor", city.root, name="审计员"),
        citizen=person("citizen", name="王小明", kind="citizen", is_staff=False),
        stranger=person("stranger", name="路人", kind="citizen", is_staff=False),
    )
    leader = Post.objects.get(user=found.vice)
    Portfolio.objects.create(leader=leader, organisation=city.education, starts_on="2020-01-01")
    return found


@pytest.fixture
def submit(kind, staff) -> Callable[..., object]:
    """``submit()``: a citizen's case of the throw-away kind; keywords as of the deed. Returns the receipt."""
    from lianxin.casework import actions

    count = iter(range(1, 10_000))

    def make(**given):
        data = {"name": "王小明", "phone": "13800001111", "identity": Identity.REAL_NAME, "user": staff.citizen} | given.pop("petitioner", {})
        fields = {
            "token": f"token-of-the-form-{next(count)}",
            "subject": "路灯不亮",
            "text": "小区门口的路灯坏了三天。",
            "petitioner": actions.PetitionerData(**data),
        }
        actor = given.pop("actor", data["user"])
        return actions.submit(actor, KIND.code, **(fields | given))

    return make


@pytest.fixture
def flow(submit, staff, city) -> SimpleNamespace:
    """Shortcuts through the usual way of a case."""
    from lianxin.casework import actions
    from lianxin.casework.models import Assignment, Case

    def now(case):
        return Case.objects.get(pk=case.pk)

    def lead(case):
        return Assignment.objects.get(case=case, role="lead", is_open=True)

    def assigned(**given):
        manner = given.pop("manner", "pass")
        return actions.assign(staff.triage, submit(**given).case, city.education, manner=manner)

    def handling(**given):
        case = assigned(**given)
        return actions.sign_for(staff.clerk, case, lead(case))

    def approved(case, **given):
        message = actions.draft_reply(staff.clerk, case, "路灯已于今日修好。", outcome="solved", **given)
        return actions.approve_reply(staff.head, case, message)

    def replied(**given):
        promises = given.pop("promises", ())
        case = handling(**given)
        return actions.publish_reply(staff.clerk, case, approved(case), promises=promises)

    return SimpleNamespace(now=now, lead=lead, assigned=assigned, handling=handling, approved=approved, replied=replied)
