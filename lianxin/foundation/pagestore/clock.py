"""The tag clock: when each thing that pages show was last changed, shared by all processes of a machine.

A memory-mapped file holds a sequence number, and for each hashed tag the sequence at which it was last purged, softly (a page that
shows it is out of date) or hard (such a page must never be shown again). A reader compares numbers in memory and asks nobody. Two tags
that share a slot only purge each other's pages, which costs a rendering and is never wrong.
"""

import fcntl
import mmap
import os
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

SLOTS = 1 << 20
EVERYTHING = "*"
"""The tag that every page has."""
_WORD = 8
_SOFT = mmap.PAGESIZE // _WORD
_HARD = _SOFT + SLOTS
_SIZE = (_HARD + SLOTS) * _WORD


@lru_cache(maxsize=1 << 16)
def slot(tag: str) -> int:
    """The slot of a tag, the same in every process and on every machine."""
    return int.from_bytes(blake2b(tag.encode(), digest_size=4).digest()) % SLOTS


class Clock(Protocol):
    """What the page store asks of a clock, on one machine or several."""

    def now(self) -> int:
        """The sequence at this moment; read before the first query of a rendering."""

    def is_fresh(self, slots: Iterable[int], since: int) -> bool:
        """Whether none of the slots was purged after ``since``."""

    def is_allowed(self, slots: Iterable[int], since: int) -> bool:
        """Whether none of the slots was purged hard after ``since``."""

    def purge(self, slots: Iterable[int], *, hard: bool = False) -> None:
        """Note, for all processes at once, that what has these slots was changed. Call it after the commit."""


class FileClock:
    """The clock in a file of the home folder. Its numbers only grow; a new file begins at 1 while every store is empty."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(self._file).st_size < _SIZE:
            os.ftruncate(self._file, _SIZE)
        self._map = mmap.mmap(self._file, _SIZE)
        self._words = memoryview(self._map).cast("Q")

    def now(self) -> int:
        """See ``Clock``."""
        return self._words[0]

    def is_fresh(self, slots: Iterable[int], since: int) -> bool:
        """See ``Clock``."""
        words = self._words
        return all(words[_SOFT + slot] <= since for slot in slots)

    def is_allowed(self, slots: Iterable[int], since: int) -> bool:
        """See ``Clock``."""
        words = self._words
        return all(words[_HARD + slot] <= since for slot in slots)

    def purge(self, slots: Iterable[int], *, hard: bool = False) -> None:
        """See ``Clock``. The sequence is written last: who reads it finds the slots already marked."""
        words = self._words
        # A descriptor of its own, because flock belongs to the open file: threads of one process must queue as well.
        lock = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            moment = words[0] + 1
            for number in slots:
                words[_SOFT + number] = moment
                if hard:
                    words[_HARD + number] = moment
            words[0] = moment
        finally:
            os.close(lock)

    def close(self) -> None:
        """Let go of the file."""
        self._words.release()
        self._map.close()
        os.close(self._file)
