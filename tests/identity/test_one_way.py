"""Personal data are reached in few places: nobody reads around the function that keeps the log."""

import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "lianxin"
# Where the table is named, with the reason.
ALLOWED = {
    "identity/models/__init__.py": "exports the model",
    "identity/models/citizens.py": "defines it",
    "identity/actions/personal.py": "the one way to read",
    "identity/actions/citizens.py": "writes: sign-up, profile, another telephone",
    "identity/actions/consents.py": "writes: withdrawal",
    "identity/actions/realnames.py": "writes: verified names; looks by index whether a number is taken",
    "identity/actions/deletions.py": "deletes",
    "identity/actions/closing.py": "compares papers at a counter with what was verified",
    "identity/actions/window.py": "writes: another telephone at a counter",
    "identity/queries.py": "looks by index; shows people their own data, masked",
}


def test_only_these_modules_touch_personal_data() -> None:
    named = {
        path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if re.search(r"\bPersonalData\b", path.read_text(encoding="utf-8"))
    }
    assert {name for name in named if "/migrations/" not in name} == set(ALLOWED)


def test_no_relation_leads_from_the_account_to_the_data() -> None:
    from lianxin.identity.models import User

    assert not [field.name for field in User._meta.get_fields() if "personal" in field.name]
