"""Numbers that are safe to retry: a token gets one number, and no number is given twice."""

from collections.abc import Sequence

from django.db import transaction

from lianxin.foundation import bulk, rows
from lianxin.foundation.models import IssuedNumber, NumberSeries

MAX_TOKEN = 128


def next_number(series: str, token: str) -> int:
    """Return the number of ``token`` in ``series`` (from 1): a new one the first time, the same one ever after.

    Part of the caller's transaction: rolled back, the number is free again, so that a series has no gaps. The series stays
    locked until the caller's transaction ends: where many ask at once, ask before the long one begins. Raises ValueError for
    an empty or over-long token.
    """
    if not token or len(token) > MAX_TOKEN:
        raise ValueError(f"a token has 1 to {MAX_TOKEN} characters")
    with transaction.atomic(savepoint=False):
        locked = _lock(series)
        # Looked for behind the lock: whoever held it before us may have been the same request, tried twice.
        issued = rows.one(IssuedNumber, "number", series_id=locked.pk, token=token)
        if issued is not None:
            return issued.number
        locked.last += 1
        bulk.update(["last"], [locked])
        bulk.add(IssuedNumber(series=locked, token=token, number=locked.last))
        return locked.last


def next_numbers(series: str, tokens: Sequence[str]) -> list[int]:
    """Numbers for ``tokens``, which have none yet and are all different, in their order; otherwise as ``next_number``."""
    if any(not 0 < len(token) <= MAX_TOKEN for token in tokens):
        raise ValueError(f"a token has 1 to {MAX_TOKEN} characters")
    with transaction.atomic(savepoint=False):
        locked = _lock(series)
        numbers = list(range(locked.last + 1, locked.last + 1 + len(tokens)))
        locked.last += len(tokens)
        locked.save(update_fields=["last"])
        issued = (IssuedNumber(series=locked, token=token, number=number) for token, number in zip(tokens, numbers, strict=True))
        IssuedNumber.objects.bulk_create(issued, batch_size=500)
        return numbers


def _lock(series: str) -> NumberSeries:
    row = rows.one(NumberSeries, lock=True, name=series)
    if row is not None:
        return row
    NumberSeries.objects.bulk_create([NumberSeries(name=series)], ignore_conflicts=True)
    return NumberSeries.objects.select_for_update().get(name=series)
