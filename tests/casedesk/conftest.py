"""Letters and the people who handle them."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from lianxin.casework.vocabulary import Identity
from tests.casework.conftest import staff  # noqa: F401

REPLY = (
    "您好！您反映的路灯问题收悉。经市教育局现场核实，路灯线路老化，已于3月4日更换修好。依据《城市照明管理规定》第二十条办理。"
    "如有疑问请联系李科长，电话0470-2280000。\n市教育局\n2025年3月4日"
)


@pytest.fixture
def write(staff) -> Callable[..., object]:  # noqa: F811
    """``write(subject=…, text=…)``: a letter in the mailbox of the city, screened by the information centre. Returns the case."""
    from lianxin.casework import actions

    count = iter(range(1, 10_000))

    def make(
        subject: str = "校门口的路灯不亮",
        text: str = "学校门口的路灯坏了三天，孩子晚上放学看不见路，请问什么时候能修好？",
        *,
        kind: str = "mailbox",
        **given,
    ):
        data = {"name": "王小明", "phone": "13800001111", "identity": Identity.REAL_NAME, "user": staff.citizen} | given.pop("petitioner", {})
        token = f"token-of-the-form-{next(count)}"
        return actions.submit(data["user"], kind, token=token, subject=subject, text=text, petitioner=actions.PetitionerData(**data), **given).case

    return make


@pytest.fixture
def ways(write, staff, city) -> SimpleNamespace:  # noqa: F811
    """Letters on their way: given to the education bureau, signed for, drafted, replied."""
    from lianxin.casework import actions
    from lianxin.casework.models import Assignment, Case

    def part(case):
        return Assignment.objects.get(case=case, is_open=True, role="lead")

    def given(**letter):
        manner = letter.pop("manner", "pass")
        return actions.assign(staff.triage, write(**letter), city.education, manner=manner)

    def handling(**letter):
        case = given(**letter)
        return actions.sign_for(staff.clerk, case, part(case))

    def drafted(**letter):
        case = handling(**letter)
        return actions.draft_reply(staff.clerk, case, REPLY, outcome="solved")

    def replied(**letter):
        message = drafted(**letter)
        actions.approve_reply(staff.head, message.case, message)
        return actions.publish_reply(staff.clerk, message.case, message)

    def now(case):
        return Case.objects.get(pk=case.pk)

    return SimpleNamespace(part=part, given=given, handling=handling, drafted=drafted, replied=replied, now=now)
