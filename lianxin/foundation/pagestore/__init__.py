"""The page store: whole public pages as bytes in front of Django, given out while nothing that they show was changed.

A view allows its page to be kept with ``@keeps``; what the page shows notes itself as tags (``Tagged``, ``tag``, ``until``); a deed
that changes something calls ``purge`` with the same tags. ``docs/architecture.md`` tells how the parts work together.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, time, timedelta
from functools import cache, wraps
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from lianxin.foundation.pagestore.clock import EVERYTHING, Clock, FileClock, slot
from lianxin.foundation.pagestore.collecting import Tagged, current, tag, tag_name, tag_of, until

__all__ = ["EVERYTHING", "Tagged", "clock", "keeps", "purge", "purging_everything", "tag", "tag_name", "tag_of", "until"]

_whole: ContextVar[bool] = ContextVar("purging_everything", default=False)


@cache
def clock() -> Clock:
    """The clock of this deployment: a file of the home folder, kept in step with other machines through Redis where one is named."""
    local = FileClock(settings.HOME / "run" / "page-clock")
    if settings.REDIS_URL:
        from lianxin.foundation.pagestore.between import SharedClock

        shared = SharedClock(local, settings.REDIS_URL)
        shared.listen()
        return shared
    return local


def keeps(*parameters: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """The view's pages may be kept, with these query parameters or none. They show the date, so that none outlives the day."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            collection = current.get()
            if collection is not None:
                collection.kept = True
                collection.parameters = parameters
                until(_midnight())
            return view(request, *args, **kwargs)

        return kept

    return decorate


def _midnight() -> datetime:
    return timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=1), time.min))


def purge(tags: Iterable[str], *, hard: bool = False) -> None:
    """What has these tags was changed; ``hard`` when it must not be seen any more, even while the database is away.

    Acts when the transaction commits, and once more by a job that is written in it: a process may die between the two.
    """
    from lianxin.foundation.pagestore.again import purge_again

    found = sorted(set(tags))
    if not found or _whole.get():
        return
    if transaction.get_connection().in_atomic_block:
        purge_again.enqueue(found, hard)
    # robust: what the purge cannot tell other machines, the job tells them; the deed is done either way.
    transaction.on_commit(lambda: purge_now(found, hard=hard), robust=True)


@contextmanager
def purging_everything() -> Iterator[None]:
    """The deeds within purge nothing one by one; when they are done, everything is purged: for makers of whole cities."""
    token = _whole.set(True)
    try:
        yield
    finally:
        _whole.reset(token)
    purge([EVERYTHING], hard=True)


def purge_now(tags: Iterable[str], *, hard: bool = False) -> None:
    """Purge without waiting for a commit; for what is committed already."""
    clock().purge([slot(name) for name in tags], hard=hard)
