"""Two operators at the same moment, in connections of their own."""

import pytest

from lianxin.casework.models import Case
from lianxin.foundation.errors import Refused
from lianxin.hotline import actions
from lianxin.hotline.typed import Typed
from tests.casework.test_at_once import at_once
from tests.hotline.conftest import CALL

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_caller_with_two_operators_is_one_case(office) -> None:
    words = CALL | {"unit": str(office.city.education.pk)}
    people = (office.operator, office.colleague)
    sheets = [actions.keep_sheet(who, actions.open_sheet(who), Typed(**words)) for who in people]
    found = at_once(*(lambda who=who, sheet=sheet: actions.register(who, sheet, "order") for who, sheet in zip(people, sheets, strict=True)))
    assert Case.objects.count() == 1 and sum(isinstance(one, Refused) for one in found) == 1, found


def test_one_press_sent_twice_at_once_is_one_case(office) -> None:
    sheet = actions.keep_sheet(office.operator, actions.open_sheet(office.operator), Typed(**CALL, unit=str(office.city.education.pk)))
    found = at_once(*(lambda: actions.register(office.operator, sheet, "order") for _ in range(3)))
    assert len({one.case.number for one in found}) == 1 == Case.objects.count() and sum(one.is_new for one in found) == 1


def test_a_sheet_opened_in_two_windows_is_one(office) -> None:
    found = at_once(*(lambda: actions.open_sheet(office.operator) for _ in range(3)))
    assert len({sheet.pk for sheet in found}) == 1


def test_a_call_told_twice_at_once_is_one_row(office) -> None:
    from django.utils import timezone

    from lianxin.hotline.models import Call

    system, _ = actions.make_key(office.staff.admin, "话务平台")
    data = actions.CallData("c-1", timezone.now(), "13900002222")
    found = at_once(*(lambda: actions.record_call(system, data) for _ in range(4)))
    assert Call.objects.count() == 1 and sum(is_new for _, is_new in found) == 1
