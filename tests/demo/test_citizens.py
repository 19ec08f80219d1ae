"""The demo's citizen and enterprise: numbers that pass their check digits and are nobody's."""

import pytest
from django.utils import timezone

from lianxin.demo.build import CITIZENS
from lianxin.identity import actions, numbers, queries
from lianxin.identity.models import Level
from tests.identity.citizens import verified

pytestmark = pytest.mark.django_db


def test_they_sign_in_by_telephone_and_are_known_by_name() -> None:
    for username, kind, personal in CITIZENS:
        user = actions.open_demo_citizen(username, kind, **personal)
        assert queries.level_of(user) == Level.REAL_NAME and user.demo_account
        assert not user.has_usable_password() and not user.works_here, "no way to the desk"
        assert actions.sign_in(verified(personal["telephone"]), kind).user == user


def test_their_numbers_pass_the_rules_and_are_nobodys() -> None:
    today = timezone.localdate()
    for _, _, personal in CITIZENS:
        assert numbers.identity_number(personal["identity_number"], today) == personal["identity_number"]
        assert personal["identity_number"][6:14] == "19000101" and personal["telephone"].startswith("199000000")
        if "enterprise_code" in personal:
            assert numbers.enterprise_code(personal["enterprise_code"]) == personal["enterprise_code"]
