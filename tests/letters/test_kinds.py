"""The two kinds on the engine: limits, floors, and a board's letter that goes straight to its unit."""

import pytest

from lianxin.casework import actions, checks, kinds
from lianxin.casework.models import Assignment, Clock
from lianxin.casework.vocabulary import Identity
from lianxin.foundation.errors import Refused

pytestmark = pytest.mark.django_db


def _submit(kind: str, *, identity: str = Identity.TELEPHONE, token: str = "a-token-of-the-form", **given):
    petitioner = actions.PetitionerData(name="王小明", phone="13800001111", identity=identity)
    return actions.submit(None, kind, token=token, subject="路灯不亮", text="小区门口的路灯坏了。", petitioner=petitioner, **given).case


def test_the_mailbox_asks_for_a_real_name(city):
    with pytest.raises(Refused, match="实名"):
        _submit("mailbox")


def test_the_mailbox_counts_days_and_boards_count_workdays(city, clock):
    clock.set("2025-03-07 10:00")  # a Friday
    letter = _submit("mailbox", identity=Identity.REAL_NAME)
    post = _submit("board", token="another-token-of-it")
    assert Clock.objects.get(case=letter).due_at.isoformat() == "2025-03-10T16:00:00+00:00"
    assert Clock.objects.get(case=post).due_at.isoformat() == "2025-03-12T16:00:00+00:00"


def test_a_letter_on_a_board_lies_with_its_unit_at_once(city, clock):
    case = _submit("board", lead=city.education)
    assert (case.stage, case.lead) == ("assigned", city.education)
    part = Assignment.objects.get(case=case)
    assert (part.role, part.manner, part.is_open) == ("lead", "pass", True)
    assert list(checks.wrong_cases()) == []


def test_the_mailbox_knows_no_short_cut(city, clock):
    with pytest.raises(Refused):
        _submit("mailbox", identity=Identity.REAL_NAME, lead=city.education)


def test_categories_are_those_of_triage(city, clock):
    assert kinds.kind("board").categories["010204"] == "城市公共设施"
    with pytest.raises(Refused, match="分类"):
        _submit("board", category="999999")
