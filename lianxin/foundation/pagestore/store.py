"""Whole pages kept as bytes in the memory of a process, within a bound, and given out only while the tag clock allows."""

import gzip
import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TypeAlias

import brotli

from lianxin.foundation.pagestore.clock import Clock

Headers: TypeAlias = list[tuple[str, str]]

# Pages with a query share this part of the memory, so that no flood of invented queries pushes out the pages that people read.
QUERY_SHARE = 0.25
# What an entry costs beside its bytes: keys, headers, objects. Measured with tracemalloc, rounded up.
OVERHEAD = 2_500
# Compressing what is smaller saves no packet.
WORTH_COMPRESSING = 1_000


@dataclass(slots=True)
class Answer:
    """What goes out for one encoding."""

    headers: Headers
    body: list[bytes]


@dataclass(slots=True)
class Entry:
    """A kept page. ``checked`` is the sequence at which it was last found to be fresh."""

    status: str
    headers: Headers
    content: bytes
    slots: tuple[int, ...]
    since: int
    until: float | None
    is_page: bool = True
    """Whether readers' views of it are counted."""
    etag: str = ""
    checked: int = 0
    used: bool = False
    answers: dict[str, Answer] = field(default_factory=dict)
    unchanged: Headers = field(default_factory=list)

    def __post_init__(self) -> None:
        self.checked = self.since
        # Weak, because the same page goes out in several encodings.
        self.etag = f'W/"{blake2b(self.content, digest_size=12).hexdigest()}"'
        self.headers = [*self.headers, ("ETag", self.etag)]
        kept = ("etag", "cache-control", "vary", "content-security-policy", "expires")
        self.unchanged = [(name, value) for name, value in self.headers if name.lower() in kept]

    @property
    def weight(self) -> int:
        """Bytes of memory reckoned for it: both compressed forms, which may come later, weigh less than half of the page."""
        return len(self.content) * 3 // 2 + OVERHEAD

    def answer(self, encoding: str) -> Answer:
        """The page in an encoding (``br``, ``gzip`` or ``""``), compressed when it is first asked for."""
        found = self.answers.get(encoding)
        if found is None:
            found = self.answers[encoding] = self._encoded(encoding)
        return found

    def _encoded(self, encoding: str) -> Answer:
        if len(self.content) < WORTH_COMPRESSING:
            encoding = ""
        if encoding == "br":
            body = brotli.compress(self.content, mode=brotli.MODE_TEXT, quality=5)
        elif encoding == "gzip":
            body = gzip.compress(self.content, compresslevel=6, mtime=0)
        else:
            body = self.content
        extra = [("Content-Encoding", encoding)] if encoding else []
        return Answer([*self.headers, *extra, ("Content-Length", str(len(body)))], [body])


class PageStore:
    """The kept pages of a process, ``limit`` bytes at most."""

    def __init__(self, clock: Clock, limit: int) -> None:
        self.clock = clock
        self.limit = limit
        self._pages: dict[Hashable, Entry] = {}
        self._queries: dict[Hashable, Entry] = {}
        self._weights = {id(self._pages): 0, id(self._queries): 0}
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Entry | None:
        """The entry under ``key``, fresh or not."""
        return self._pages.get(key) or self._queries.get(key)

    def is_fresh(self, entry: Entry, now: float | None = None) -> bool:
        """Whether the page is what a rendering would show at this moment."""
        moment = self.clock.now()
        if entry.checked != moment:
            if not self.clock.is_fresh(entry.slots, entry.since):
                return False
            entry.checked = moment
        return entry.until is None or (now or time.time()) < entry.until

    def may_be_shown(self, entry: Entry) -> bool:
        """Whether nothing on the page was withdrawn, so that it may serve as the last good one."""
        return self.clock.is_allowed(entry.slots, entry.since)

    def put(self, key: Hashable, entry: Entry, *, has_query: bool = False) -> None:
        """Keep a page; the oldest that nobody read since they were last looked at make room."""
        room = self._queries if has_query else self._pages
        share = int(self.limit * (QUERY_SHARE if has_query else 1 - QUERY_SHARE))
        if entry.weight > share:
            return
        with self._lock:
            self._drop(room, key)
            room[key] = entry
            self._weights[id(room)] += entry.weight
            while self._weights[id(room)] > share:
                oldest = next(iter(room))
                passed = room[oldest]
                if passed.used and oldest != key:
                    passed.used = False
                    room[oldest] = room.pop(oldest)
                else:
                    self._drop(room, oldest)

    def drop(self, key: Hashable) -> None:
        """Forget a page."""
        with self._lock:
            self._drop(self._pages, key)
            self._drop(self._queries, key)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            for room in (self._pages, self._queries):
                room.clear()
                self._weights[id(room)] = 0

    def size(self) -> tuple[int, int]:
        """Number of pages and bytes reckoned for them."""
        return len(self._pages) + len(self._queries), sum(self._weights.values())

    def _drop(self, room: dict[Hashable, Entry], key: Hashable) -> None:
        gone = room.pop(key, None)
        if gone is not None:
            self._weights[id(room)] -= gone.weight
