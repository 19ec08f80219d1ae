"""Opening a letter by its number and secret."""

from django.db import transaction

from lianxin.casework.models import Case
from lianxin.casework.queries import by_number_and_secret
from lianxin.casework.rights import SecretHolder
from lianxin.foundation.errors import Refused
from lianxin.identity.actions.limits import charge, release
from lianxin.identity.errors import TooOften

_TRIES = ((3600, 20), (86400, 60))
_DEEDS = ((3600, 20), (86400, 60))
WRONG = "编号和查询码对不上。请对照回执再看一下：编号是字母加数字，查询码是四组字母和数字。"


def open_letter(number: str, secret: str, *, address: str) -> SecretHolder:
    """Whoever has number and secret. Wrong ones are counted per network address; what was wrong is not said. Raises Refused, TooOften."""
    with transaction.atomic():
        until = charge("letter-secret", address, _TRIES) if address else None
    if until is not None:
        raise TooOften(until, "查询")
    holder = by_number_and_secret(number, secret)
    if holder is None:
        raise Refused(WRONG)
    with transaction.atomic():
        if address:
            release("letter-secret", address, _TRIES)
    return holder


def limit_deeds(case: Case) -> None:
    """Count one thing that the writer of a letter adds or decides, with an account or by the secret. Raises TooOften."""
    with transaction.atomic():
        until = charge("letter-deeds", str(case.pk), _DEEDS)
    if until is not None:
        raise TooOften(until, "办理")
