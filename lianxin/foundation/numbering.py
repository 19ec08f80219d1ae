"""Numbers that are safe to retry: a token gets one number, and no number is given twice."""

from collections.abc import Sequence

from django.db import transaction

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
        issued = IssuedNumber.objects.filter(series=locked, token=token).values_list("number", flat=True).first()
        if issued is not None:
            return issued
        locked.last += 1
        locked.save(update_fields=["last"])
        IssuedNumber.objects.create(series=locked, token=token, number=locked.last)
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
        rows = (IssuedNumber(series=locked, token=token, number=number) for token, number in zip(tokens, numbers, strict=True))
        IssuedNumber.objects.bulk_create(rows, batch_size=500)
        return numbers


def _lock(series: str) -> NumberSeries:
    row = NumberSeries.objects.select_for_update().filter(name=series).first()
    if row is None:
        NumberSeries.objects.bulk_create([NumberSeries(name=series)], ignore_conflicts=True)
        row = NumberSeries.objects.select_for_update().get(name=series)
    return row
