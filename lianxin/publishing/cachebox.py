"""A small answer kept for a second in each process: for site furniture that every page needs and that rarely changes."""

import time
from collections.abc import Callable, Hashable
from typing import TypeVar

Answer = TypeVar("Answer")

# Long enough to carry a rush of readers, short enough that a change shows everywhere within the second that publication promises.
SECONDS = 1.0
_boxes: dict[Hashable, tuple[float, object]] = {}


def remember(key: Hashable, compute: Callable[[], Answer]) -> Answer:
    """Return the answer kept under ``key`` if it is younger than a second, else compute and keep it."""
    now = time.monotonic()
    kept = _boxes.get(key)
    if kept is not None and now - kept[0] < SECONDS:
        return kept[1]  # type: ignore[return-value]
    answer = compute()
    _boxes[key] = (now, answer)
    return answer


def forget() -> None:
    """Drop everything; called when a site or column changes, so that the changing process sees it at once."""
    _boxes.clear()
