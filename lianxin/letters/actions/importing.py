"""Letters of an older mailbox come in: by the operator at the server, as they were, with nobody told."""

from collections.abc import Sequence
from datetime import date, time

from django.db import transaction

from lianxin.casework import actions as casework
from lianxin.casework.actions import Past
from lianxin.casework.kinds import CaseKind
from lianxin.casework.models import Case
from lianxin.foundation import audit
from lianxin.identity.models import User
from lianxin.letters.kinds import IMPORTED_RULE
from lianxin.organisations.models import Organisation

_ALWAYS = date(1949, 1, 1)


class _Rehearsed(Exception):
    """Ends the transaction of a rehearsal."""


def take_letters(kind: CaseKind, office: Organisation, letters: Sequence[Past], *, rehearse: bool = False) -> list[Case | None]:
    """Bring in a batch in one transaction; None in the place of a letter that is here already. With ``rehearse`` nothing stays."""
    made: list[Case | None] = []
    try:
        with transaction.atomic():
            made = casework.take_over(kind, office, letters)
            if rehearse:
                raise _Rehearsed
    except _Rehearsed:
        pass
    return made


def set_imported_limit(actor: User | None, threshold: int, unit: str) -> None:
    """Say within how many days (``unit``: WD, CD) imported letters had to be answered; letters that are in keep what they had."""
    days = "个工作日" if unit == "WD" else "天"
    text = f"从原来的信箱导入的来信，{threshold} {days}内答复；只用于这些来信的第一次答复"
    closes = time(17, 30) if unit == "WD" else None
    start = "收到来信；下班后和休息日收到的，视为下一个工作日收到" if unit == "WD" else "收到来信"
    given = {"threshold": threshold, "unit": unit, "text": text, "source": "原信箱的规定", "closes": closes, "start": start}
    casework.save_rule(actor, IMPORTED_RULE, _ALWAYS, **given)


def note_import(actor: User | None, name: str, imported: int, duplicates: int, refused: int) -> None:
    """Put an import that came to its end, or to a stop, on the audit trail with its counts."""
    counts = {"imported": imported, "duplicates": duplicates, "refused": refused}
    text = f"从“{name}”导入 {imported} 封来信，重复 {duplicates} 封，未导入 {refused} 封"
    audit.record(actor, "letters.import", None, text, {"name": name, **counts})
