"""What a page asks for again and again is read once, for as long as the page only shows.

A page of the desk asks some thirty times for the posts of whoever looks at it: for its menu, its lists, each line's buttons. While a
request that changes nothing is answered, ``once`` remembers. Deeds do not: they read what is so at that moment; those of the demo city
do, as nobody's posts change while they are done.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Answer = TypeVar("Answer")

_kept: ContextVar[dict[Hashable, Any] | None] = ContextVar("lianxin_once", default=None)


@contextmanager
def showing() -> Iterator[None]:
    """Inside, ``once`` remembers; what was remembered is gone at the end."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def once(key: Hashable, read: Callable[[], Answer]) -> Answer:
    """What ``read()`` returns, while a page is shown the same as it returned before under this ``key``. It must not be changed."""
    kept = _kept.get()
    if kept is None:
        return read()
    if key not in kept:
        kept[key] = read()
    return kept[key]
