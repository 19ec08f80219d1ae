"""Counts views where pages are answered: a microsecond in the request, the rest in a thread of its own, never the database.

Views of a second that are alike become one line with a number, so that a rush of readers costs little more than a quiet hour.
A process writes to a file of its own and holds a lock on it; a file that nobody holds is complete, however its process ended.
"""

import atexit
import fcntl
import json
import logging
import multiprocessing.util
import os
import secrets
import threading
import time
from collections import Counter, deque
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.utils import timezone

from lianxin.foundation import homefolder

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 0.5
"""How long a view stays in memory: what a killed process loses."""
FILE_SECONDS = 20.0
"""How long a file is written to before the worker may have it."""
MOST_WAITING = 60_000
"""Views kept in memory at most; more in half a second than a process can answer. Beyond, the oldest are lost and the log says so."""
LONGEST = 300
"""Characters of a path or user agent that are kept."""
SUFFIX = ".visits"
SEARCH = "/search/"
# Addresses that end with a slash and are no pages for readers.
NOT_PAGES = ("/desk/", "/media/", "/static/", "/documents/", "/feeds/", "/api/", "/open311/", "/metrics/", "/my/")
# How the search engines that bring readers call what was typed.
ENGINE_WORDS = {"baidu.": ("wd", "word"), "so.com": ("q",), "sogou.com": ("query", "keyword"), "bing.com": ("q",), "google.": ("q",), "sm.cn": ("q",)}

# Host, path, query, referrer, address, user agent; then what a proxy says of host and address. One string with line ends between them,
# which neither a header nor an address that is answered can hold: tens of thousands of tuples would be walked by the garbage collector.
PARTS = 8
_waiting: deque[str] = deque(maxlen=MOST_WAITING)
_writer: "Writer | None" = None
_starting = threading.Lock()


def count(environ: dict[str, Any], status: int) -> None:
    """Count one answer if it is a page for readers: a GET with 200 or 304 of an address that ends with a slash.

    Costs half a microsecond. Never raises and never waits for a disk.
    """
    if (status == 200 or status == 304) and environ["REQUEST_METHOD"] == "GET" and is_page(environ["PATH_INFO"]):
        note(environ)


def is_page(path: str) -> bool:
    """Whether readers' views of this address are counted."""
    return path[-1:] == "/" and not path.startswith(NOT_PAGES)


def note(environ: dict[str, Any]) -> None:
    """Count a view of a page (``is_page``) that was answered to a GET."""
    get = environ.get
    parts = (
        get("HTTP_HOST", ""),
        environ["PATH_INFO"],
        get("QUERY_STRING", ""),
        get("HTTP_REFERER", ""),
        get("REMOTE_ADDR", ""),
        get("HTTP_USER_AGENT", ""),
        get("HTTP_X_FORWARDED_HOST", ""),
        get("HTTP_X_FORWARDED_FOR", ""),
    )
    _waiting.append("\n".join(parts))
    if _writer is None:
        _start()


def flush() -> None:
    """Write what waits in memory and let the worker have it; for the end of a process and for tests."""
    if _writer is not None:
        _writer.finish()


def _start() -> None:
    """Begin writing in this process; after a fork the child begins anew."""
    global _writer
    with _starting:
        if _writer is not None:
            return
        writer = Writer(Path(settings.HOME) / "visits", behind_proxy=settings.USE_X_FORWARDED_HOST)
        threading.Thread(target=writer.run, name="visits", daemon=True).start()
        # Granian's workers are forked by multiprocessing, which runs its own finalizers and no exit handlers.
        atexit.register(writer.finish)
        multiprocessing.util.Finalize(None, writer.finish, exitpriority=100)
        _writer = writer


def _forget() -> None:
    global _writer, _starting
    _writer, _starting = None, threading.Lock()
    _waiting.clear()


os.register_at_fork(after_in_child=_forget)


class Writer:
    """Takes what waits in memory to the file of this process. ``run`` is the thread's whole life."""

    def __init__(self, folder: Path, *, behind_proxy: bool = False) -> None:
        self.folder = folder
        self.behind_proxy = behind_proxy
        self._file: int | None = None
        self._opened = 0.0
        self._salt: tuple[str, bytes] = ("", b"")
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def run(self) -> None:
        """Write twice a second until the process ends."""
        while not self._ended.wait(FLUSH_SECONDS):
            self.write()

    def write(self) -> None:
        """Write what waits; close a file whose time is over. A full disk loses views, never a page."""
        with self._lock:
            try:
                self._write(timezone.localtime())
            except OSError as error:
                logger.warning("Visits could not be written: %s", error)
                self._close()

    def finish(self) -> None:
        """Write what waits and close the file."""
        self.write()
        with self._lock:
            self._close()

    def _write(self, now: datetime) -> None:
        taken = [_waiting.popleft() for _ in range(len(_waiting))]
        if len(taken) == MOST_WAITING:
            logger.warning("More than %s visits in half a second; some were not counted.", MOST_WAITING)
        if taken:
            views = ((joined.split("\n"), times) for joined, times in Counter(taken).items())
            self._put("".join(self._line(now, parts, times) for parts, times in views if len(parts) == PARTS).encode())
        if self._file is not None and time.monotonic() - self._opened > FILE_SECONDS:
            self._close()

    def _line(self, now: datetime, parts: list[str], times: int) -> str:
        host, path, query, referrer, address, agent, forwarded_host, forwarded_for = parts
        if self.behind_proxy:
            # The last one is what our own proxy wrote (foundation.middleware.client_address).
            host, address = _last(forwarded_host) or host, _last(forwarded_for) or address
        from_host, from_words = _referrer(referrer)
        words = _query_words(query, ("q",)) if query and path == SEARCH else from_words
        where = _text(path)[:LONGEST]
        line = [f"{now:%Y-%m-%dT%H}", host.lower()[:LONGEST], where, words, from_host, self._mark(now, address, agent), _text(agent)[:LONGEST], times]
        return json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"

    def _mark(self, now: datetime, address: str, agent: str) -> str:
        day = f"{now:%Y-%m-%d}"
        if self._salt[0] != day:
            self._salt = (day, salt(self.folder, day))
        return blake2b(f"{address}\0{agent}".encode("utf-8", "replace"), key=self._salt[1], digest_size=8).hexdigest()

    def _put(self, lines: bytes) -> None:
        if self._file is None:
            self._file, self._opened = _new_file(self.folder), time.monotonic()
        while lines:
            lines = lines[os.write(self._file, lines) :]

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def salt(folder: Path, day: str) -> bytes:
    """The secret of a day, drawn once for all processes that share the folder."""
    folder.mkdir(mode=0o700, exist_ok=True)
    return homefolder.secret(folder, f"salt-{day}").encode()


def _new_file(folder: Path) -> int:
    """A new file, locked for as long as it is written."""
    folder.mkdir(mode=0o700, exist_ok=True)
    while True:
        name = folder / f"{time.time_ns()}-{secrets.token_hex(6)}{SUFFIX}"
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # Between the two lines a worker may have found it unlocked and empty, and taken it away.
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)


def _text(raw: str) -> str:
    """What WSGI hands over as Latin-1, as the text that it is."""
    return raw.encode("latin-1", "replace").decode("utf-8", "replace")


def _last(raw: str) -> str:
    return raw.rpartition(",")[2].strip()


@lru_cache(maxsize=2_000)
def _referrer(raw: str) -> tuple[str, str]:
    """Host of a referrer and what was typed into the search engine there; the rest of the address may be private and is dropped."""
    if not raw:
        return "", ""
    try:
        parts = urlsplit(raw[:2_000])
        host = (parts.hostname or "")[:100]
    except ValueError:
        return "", ""
    names = next((names for engine, names in ENGINE_WORDS.items() if engine in host), ())
    return host, _query_words(parts.query, names) if names else ""


def _query_words(query: str, names: tuple[str, ...]) -> str:
    try:
        found = parse_qs(query[:2_000], max_num_fields=30)
    except ValueError:
        return ""
    return next((found[name][0][:LONGEST] for name in names if name in found), "")
