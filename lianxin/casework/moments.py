"""The moment of a deed: now, or for an import of what happened earlier, the moment it happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_dated: ContextVar[datetime | None] = ContextVar("casework_dated", default=None)


def now() -> datetime:
    """The moment that a deed done here bears."""
    return _dated.get() or timezone.now()


def is_import() -> bool:
    """Whether deeds are told of a time that is over: then nobody is notified and no job follows."""
    return _dated.get() is not None


@contextmanager
def dated(moment: datetime) -> Iterator[None]:
    """Let the deeds inside bear ``moment``: for imports of cases that were handled before.

    Events, clocks and breaches come out as they would have then; rights are those of today. Nobody is notified and no job follows, so
    whoever imports does what would have followed (breaches, answers to joined cases) himself, dated too. Raises ValueError for a moment
    that is still to come or has no zone.
    """
    if timezone.is_naive(moment) or moment > timezone.now():
        raise ValueError("an imported deed lies in the past, in a known zone")
    token = _dated.set(moment)
    try:
        yield
    finally:
        _dated.reset(token)
