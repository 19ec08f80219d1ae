"""A small answer kept for a second in each process: for site furniture that every page needs and that rarely changes.

A purge reaches it as it reaches kept pages: an answer lasts while nothing that it shows was changed, and a second at most.
"""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from lianxin.foundation.pagestore import clock
from lianxin.foundation.pagestore.clock import slot
from lianxin.foundation.pagestore.collecting import Collection, current

Answer = TypeVar("Answer")

# Long enough to carry a rush of readers, short enough for what no purge tells of.
SECONDS = 1.0


@dataclass(slots=True)
class _Box:
    made: float
    answer: Any
    noted: Collection
    slots: list[int]
    checked: int


_boxes: dict[Hashable, _Box] = {}


def remember(key: Hashable, compute: Callable[[], Answer]) -> Answer:
    """Return the answer kept under ``key`` if it still holds, else compute and keep it. The page that asks shows what the answer shows."""
    box = _boxes.get(key)
    if box is None or not _holds(box):
        box = _boxes[key] = _make(compute)
    collection = current.get()
    if collection is not None:
        collection.add(box.noted)
    return box.answer


def _holds(box: _Box) -> bool:
    if time.monotonic() - box.made >= SECONDS:
        return False
    moment = clock().now()
    if box.checked != moment:
        if not clock().is_fresh(box.slots, box.noted.since):
            return False
        box.checked = moment
    return True


def _make(compute: Callable[[], Answer]) -> _Box:
    made, noted = time.monotonic(), Collection(clock().now())
    token = current.set(noted)
    try:
        answer = compute()
    finally:
        current.reset(token)
    return _Box(made, answer, noted, [slot(name) for name in noted.tags], noted.since)


def forget() -> None:
    """Drop everything; called when a site or column changes, so that the changing process sees it at once."""
    _boxes.clear()
