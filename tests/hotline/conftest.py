"""The hotline office with its operators, and calls."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from lianxin.hotline import actions
from lianxin.hotline.typed import Typed
from tests.casework.conftest import staff  # noqa: F401

NUMBER = "13900002222"
CALL = {
    "telephone": NUMBER,
    "name": "王女士",
    "sort": "help",
    "text": "和安一小校门口的路灯坏了三天。放学时天黑，看不见路。",
    "place": "和安一小",
}


@pytest.fixture
def office(city, staff, person, clock) -> SimpleNamespace:  # noqa: F811
    """The hotline office: two operators, a head who signs, and the units behind it."""
    from lianxin.organisations.models import OfficeFunction, Organisation

    root = Organisation.objects.get(pk=city.root.pk)
    unit = root.add_child(name="和安市12345热线办", short_name="市热线办", slug="hotline", kind="office")
    OfficeFunction.objects.create(organisation=unit, function="hotline_office", scope=city.root)
    return SimpleNamespace(
        unit=unit,
        operator=person("operator-a", "operator", unit, name="话务甲"),
        colleague=person("operator-b", "operator", unit, name="话务乙"),
        head=person("hotline-head", "head", unit, name="热线办主任"),
        elsewhere=person("operator-elsewhere", "operator", city.health, name="医院话务"),
        staff=staff,
        city=city,
    )


@pytest.fixture
def take(office) -> Callable[..., object]:
    """``take()``: a call is typed and given out to the education bureau, or with ``way="answer"`` answered at once. Returns the receipt."""

    def make(operator=None, way: str = "order", **given):
        who = operator or office.operator
        sheet = actions.open_sheet(who)
        words = CALL | {"unit": str(office.city.education.pk)} | given
        return actions.register(who, actions.keep_sheet(who, sheet, Typed(**words)), way)

    return make
