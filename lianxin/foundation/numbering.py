"""Numbers that are safe to retry: a token gets one number, and no number is given twice."""

from django.db import transaction

from lianxin.foundation.models import IssuedNumber, NumberSeries

MAX_TOKEN = 128


def next_number(series: str, token: str) -> int:
    """Return the number of ``token`` in ``series`` (from 1): a new one the first time, the same one ever after.

    Part of the caller's transaction: rolled back, the number is free again, so that a series has no gaps. The series stays
    locked until the caller's transaction ends; ask for the number late. Raises ValueError for an empty or over-long token.
    """
    if not token or len(token) > MAX_TOKEN:
        raise ValueError(f"a token has 1 to {MAX_TOKEN} characters")
    with transaction.atomic():
        issued = _issued(series, token)
        if issued is not None:
            return issued
        locked = _lock(series)
        # Whoever held the lock before us may have been the same request, tried twice.
        issued = _issued(series, token)
        if issued is not None:
            return issued
        locked.last += 1
        locked.save(update_fields=["last"])
        IssuedNumber.objects.create(series=locked, token=token, number=locked.last)
        return locked.last


def _issued(series: str, token: str) -> int | None:
    return IssuedNumber.objects.filter(series__name=series, token=token).values_list("number", flat=True).first()


def _lock(series: str) -> NumberSeries:
    row = NumberSeries.objects.select_for_update().filter(name=series).first()
    if row is None:
        NumberSeries.objects.bulk_create([NumberSeries(name=series)], ignore_conflicts=True)
        row = NumberSeries.objects.select_for_update().get(name=series)
    return row
