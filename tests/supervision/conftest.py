"""The supervision office, its tasks and letters that stand still."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest

from tests.casedesk.conftest import ways, write  # noqa: F401
from tests.casework.conftest import staff  # noqa: F401


@pytest.fixture
def office(city, staff):  # noqa: F811
    """The supervision office of the city, with its supervisor; the vice-mayor answers for education, nobody for health."""
    from lianxin.organisations.models import OfficeFunction

    OfficeFunction.objects.get_or_create(function=OfficeFunction.Function.SUPERVISION_OFFICE, scope=city.root, defaults={"organisation": city.office})
    return staff.supervisor


@pytest.fixture
def task(office, city) -> Callable[..., object]:
    """``task()``: ordered of the education bureau until 14 March, of the health commission until the 10th. Returns the case."""
    from lianxin.casework.actions import Order
    from lianxin.supervision import actions

    count = iter(range(1, 10_000))

    def make(**given):
        order = Order(
            source="meeting", basis="市政府第 12 次常务会议", quoted="务必在开学前办结。林市长", signer="督查室主任", **given.pop("order", {})
        )
        fields = {
            "token": f"token-of-the-task-{next(count)}",
            "subject": "校园周边道路和路灯整治",
            "demands": "一、三月十四日前完成整治。\n二、建立长效机制。",
            "lead": actions.Part(city.education, date(2025, 3, 14)),
            "co": [actions.Part(city.health, date(2025, 3, 10))],
            "order": order,
        }
        return actions.order_task(given.pop("actor", office), **(fields | given))

    return make


@pytest.fixture
def parts() -> Callable[..., SimpleNamespace]:
    """The lead's and the co-handler's part of a task."""
    from lianxin.casework.models import Assignment

    def of(case):
        return SimpleNamespace(lead=Assignment.objects.get(case=case, role="lead"), co=Assignment.objects.get(case=case, role="co"))

    return of
