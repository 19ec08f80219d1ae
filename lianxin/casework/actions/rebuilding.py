"""Rows that differ from their events are written anew from them; what is certain decides, and nothing is certain about a broken chain."""

from collections.abc import Iterator

from django.db import transaction

from lianxin.casework import projections
from lianxin.casework.models import Case
from lianxin.casework.projections.replaying import Told, told

CHUNK = 200


def rebuild() -> int:
    """Put right every case whose rows differ from what its events make; return how many. A transaction for each case.

    Left alone: a case whose chain is broken, or whose keys are gone without an event that says so. A person must look at these.
    """
    return sum(_rebuild(one) for one in _differing())


def _differing() -> Iterator[Told]:
    last = 0
    while chunk := list(Case.objects.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        last = chunk[-1].pk
        yield from (one for one in told(chunk) if one.differences and one.is_certain)


def _rebuild(one: Told) -> bool:
    with transaction.atomic():
        locked = Case.objects.select_for_update().get(pk=one.case.pk)
        (now,) = told([locked])
        if not now.differences or not now.is_certain or now.made is None:
            return False
        _write(now.made, now.found)
    return True


def _write(made: projections.Rows, found: projections.Rows) -> None:
    should, is_ = made.snapshot(), found.snapshot()
    for model, key in is_.keys() - should.keys():
        model._default_manager.filter(pk=key).delete()
    for model, key in should:
        if should[model, key] != is_.get((model, key)):
            made.row(model, key).save()
