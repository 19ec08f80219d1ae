"""The clocks of several machines kept in step: each purge goes through a Redis stream that one process of every machine reads.

A stream and not a channel, because what was sent while a machine did not listen is still there: it goes on where it stopped. If the
stream has been cut off before that place, everything is purged. While Redis does not answer a machine cannot know what others changed:
it keeps no page for longer than a moment, and its own purges are told to the others by the job behind each.
"""

import contextlib
import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import redis

from lianxin.foundation.pagestore.clock import EVERYTHING, FileClock, slot

logger = logging.getLogger(__name__)

STREAM = "lianxin:purges"
KEPT = 100_000
"""Purges that the stream holds; a machine that missed more purges everything."""
BLIND_SECONDS = 1.0
"""How long a page is kept while Redis does not answer."""
WAIT_MILLISECONDS = 1_000


class SharedClock:
    """A clock whose purges reach every machine that names the same Redis."""

    def __init__(self, local: FileClock, url: str) -> None:
        self.local = local
        # The library's types leave open in which of its protocols an answer comes.
        self.redis: Any = redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=3)
        self.now = local.now
        self.is_fresh = local.is_fresh
        self.is_allowed = local.is_allowed
        self._listener: threading.Thread | None = None
        self._ended = threading.Event()

    def purge(self, slots: Iterable[int], *, hard: bool = False) -> None:
        """See ``Clock``. Raises ``redis.RedisError`` when the other machines could not be told; this one has purged by then."""
        found = list(slots)
        self.local.purge(found, hard=hard)
        fields = {"slots": ",".join(map(str, found)), "hard": int(hard)}
        self.redis.xadd(STREAM, fields, maxlen=KEPT, approximate=True)

    def listen(self) -> None:
        """Begin to hear what other machines purge; one process of the machine does it for all, another takes over when it dies."""
        if self._listener is None:
            self._listener = threading.Thread(target=self._run, name="purges", daemon=True)
            self._listener.start()

    def close(self) -> None:
        """Stop listening."""
        self._ended.set()
        if self._listener is not None:
            self._listener.join(10)

    def _run(self) -> None:
        with self._turn() as mine:
            if not mine:
                return
            place = self._place()
            last = place.read_text() if place.exists() else ""
            while not self._ended.is_set():
                try:
                    last = self._hear(last)
                    _write(place, last)
                except redis.RedisError as error:
                    logger.warning("Redis does not answer (%s): pages are kept for a moment only.", type(error).__name__)
                    self.local.purge([slot(EVERYTHING)])
                    self._ended.wait(BLIND_SECONDS)

    @contextlib.contextmanager
    def _turn(self) -> Iterator[bool]:
        """Whether this process listens for its machine; waits for as long as another does."""
        lock = os.open(self.local.path.with_suffix(".listener"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            while not self._ended.is_set():
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    yield True
                    return
                self._ended.wait(0.5)
            yield False
        finally:
            os.close(lock)

    def _place(self) -> Path:
        return self.local.path.with_suffix(".heard")

    def _hear(self, last: str) -> str:
        """Apply what came after ``last``; return the new place. Without a place, or behind the stream's beginning, everything is purged."""
        if not last or self._is_behind(last):
            newest = self.redis.xrevrange(STREAM, count=1)
            self.local.purge([slot(EVERYTHING)], hard=True)
            return newest[0][0].decode() if newest else "0-0"
        answer = self.redis.xread({STREAM: last}, count=500, block=WAIT_MILLISECONDS)
        for _, messages in answer or []:
            for number, fields in messages:
                slots = [int(word) for word in fields[b"slots"].decode().split(",") if word]
                self.local.purge(slots, hard=fields[b"hard"] == b"1")
                last = number.decode()
        return last

    def _is_behind(self, last: str) -> bool:
        if last == "0-0":
            return False
        first = self.redis.xrange(STREAM, count=1)
        # A Redis that lost its data has no stream, or one that begins anew.
        return not first or _order(first[0][0].decode()) > _order(last)


def _order(number: str) -> tuple[int, int]:
    moment, _, index = number.partition("-")
    return int(moment), int(index or 0)


def _write(place: Path, text: str) -> None:
    draft = place.with_name(f"{place.name}.{os.getpid()}.{time.monotonic_ns()}")
    draft.write_text(text)
    draft.replace(place)
