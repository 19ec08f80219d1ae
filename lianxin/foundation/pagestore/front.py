"""The page store before Django: a page that is fresh goes out without a query, a view or a template.

Nothing is kept unless its view said so (``keeps``) and everything about request and answer agrees: see ``_keepable``. What is in doubt
goes through to Django.
"""

import logging
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError

from lianxin.foundation.pagestore.clock import EVERYTHING, slot
from lianxin.foundation.pagestore.collecting import Collection, current
from lianxin.foundation.pagestore.store import Entry, Headers, PageStore
from lianxin.foundation.visits import counter

logger = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Key = tuple[str, str, str, str, str]

ELDER = "lianxin_mode=elder"
# Readers who wait for a page that another thread renders; more would leave no thread for other pages.
MOST_WAITING = 4
LONGEST_WAIT = 10.0
MOST_REMEMBERED = 50_000
"""Addresses of kept pages that are remembered when the pages themselves had to make room."""
NOTE_EVERY = 60.0
"""Seconds between two lines in the log that say pages are served without the database."""
# "no-cache" lets browsers keep a page and makes them ask whether it still holds: a withdrawn page is gone at once.
KEPT_HEADERS = [("Cache-Control", "no-cache"), ("Vary", "Accept-Encoding, Cookie")]
_DROPPED = frozenset(("content-length", "etag", "cache-control", "vary", "expires", "date", "server"))
# Staff see drafts and previews. A citizen's session (citizenid) does not bypass: what looked at it says "Vary: Cookie" and is never kept.
_SESSION = re.compile(r"(?:^|;\s*)sessionid=")


class Front:
    """A WSGI application that answers from the store, or from ``application`` and keeps what may be kept."""

    def __init__(self, application: Application, store: PageStore | None, known: Callable[[str], bool], *, behind_proxy: bool = False) -> None:
        """``known`` tells the hosts under which pages are kept: those of sites, not whatever a request may name."""
        self.application = application
        self.store = store
        self.known = known
        self.behind_proxy = behind_proxy
        self._flights: dict[Key, _Flight] = {}
        self._kept_before: set[Key] = set()
        self._lock = threading.Lock()
        self._noted = 0.0
        got_request_exception.connect(_note_failure, weak=False)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        key = self._key(environ) if self.store is not None else None
        if key is None:
            return self._through(environ, start_response)
        entry = self.store.get(key)  # type: ignore[union-attr]
        if entry is not None and self.store.is_fresh(entry):  # type: ignore[union-attr]
            entry.used = True
            return _send(entry, environ, start_response)
        return self._anew(key, entry, environ, start_response)

    # --- the way through -------------------------------------------------------------------------------------------------

    def _through(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        def counted(status: str, headers: Headers, *rest: Any) -> Any:
            counter.count(environ, int(status[:3]))
            return start_response(status, headers, *rest)

        return self.application(environ, counted)

    def _key(self, environ: Environ) -> Key | None:
        """Under what a page is kept; None for what is never kept."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return None
        # Each would be answered differently from page to page or reader to reader.
        if "HTTP_AUTHORIZATION" in environ or "HTTP_RANGE" in environ or "HTTP_HX_REQUEST" in environ:
            return None
        variant = ""
        cookies = environ.get("HTTP_COOKIE")
        if cookies:
            if _SESSION.search(cookies):
                return None
            if ELDER in cookies:
                variant = "elder"
        host, scheme = environ.get("HTTP_HOST", ""), environ["wsgi.url_scheme"]
        if self.behind_proxy:
            # Only then: without a proxy a reader could write these himself and have a page kept under another site's name.
            host = environ.get("HTTP_X_FORWARDED_HOST") or host
            scheme = environ.get("HTTP_X_FORWARDED_PROTO") or scheme
        return scheme, host, environ["PATH_INFO"], environ.get("QUERY_STRING", ""), variant

    # --- rendering -------------------------------------------------------------------------------------------------------

    def _anew(self, key: Key, stale: Entry | None, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Render the page, or wait for the thread that does.

        Only pages that were kept before are waited for: a file, a search or a form may be asked for by many at a time, each for himself.
        """
        if key not in self._kept_before:
            return self._render(key, stale, environ, start_response)[1]
        with self._lock:
            flight = self._flights.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flights[key] = _Flight()
            elif flight.waiting >= MOST_WAITING:
                return self._overflow(stale, environ, start_response)
            else:
                flight.waiting += 1
        if leads:
            try:
                flight.entry, answer = self._render(key, stale, environ, start_response)
                return answer
            finally:
                with self._lock:
                    del self._flights[key]
                flight.landed.set()
        flight.landed.wait(LONGEST_WAIT)
        entry = flight.entry
        if entry is not None and self.store.is_fresh(entry):  # type: ignore[union-attr]
            return _send(entry, environ, start_response)
        # It was not to be kept, or is out of date already.
        return self._render(key, stale, environ, start_response)[1]

    def _render(self, key: Key, stale: Entry | None, environ: Environ, start_response: StartResponse) -> tuple[Entry | None, Iterable[bytes]]:
        """The entry, if the page was kept, and what to answer."""
        store = self.store
        assert store is not None
        collection = Collection(store.clock.now())
        token = current.set(collection)
        sent: list[Any] = []
        try:
            # A HEAD is answered from the page that a GET would get.
            answer = self.application({**environ, "REQUEST_METHOD": "GET"}, lambda *args: sent.append(args))
            if isinstance(collection.broken_by, (OperationalError, InterfaceError)):
                last = self._last_good(stale)
                if last is not None:
                    _close(answer)
                    return None, _send(last, environ, start_response)
            status, headers = sent[0][0], sent[0][1]
            if not self._keepable(key, status, headers, answer, collection):
                counter.count(environ, int(status[:3]))
                start_response(*sent[0])
                return None, answer if environ["REQUEST_METHOD"] == "GET" else _emptied(answer)
            content = b"".join(answer)
            _close(answer)
        finally:
            current.reset(token)
        entry = _entry(status, headers, content, collection, key[2])
        if len(self._kept_before) >= MOST_REMEMBERED:
            self._kept_before.clear()
        self._kept_before.add(key)
        store.put(key, entry, has_query=bool(key[3]))
        return entry, _send(entry, environ, start_response)

    def _keepable(self, key: Key, status: str, headers: Headers, answer: Iterable[bytes], collection: Collection) -> bool:
        """Whether this answer may be given to the next reader as well. Default is no."""
        if not (status.startswith("200 ") and collection.kept and collection.tags) or getattr(answer, "streaming", True):
            return False
        if not self.known(key[1]):
            return False
        if key[3] and not _declared(key[3], collection.parameters):
            return False
        for name, value in headers:
            lowered = name.lower()
            if lowered == "set-cookie" or (lowered == "vary" and ("cookie" in value.lower() or "*" in value)):
                return False
            if lowered == "cache-control" and ("private" in value or "no-store" in value):
                return False
            if lowered == "content-security-policy" and "'nonce-" in value:
                return False
        return True

    # --- when something is missing ---------------------------------------------------------------------------------------

    def _last_good(self, stale: Entry | None) -> Entry | None:
        if stale is None or not self.store.may_be_shown(stale):  # type: ignore[union-attr]
            return None
        now = time.monotonic()
        if now - self._noted > NOTE_EVERY or not self._noted:
            self._noted = now
            logger.warning("The database does not answer: readers get the last good pages.")
        return stale

    def _overflow(self, stale: Entry | None, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """More readers wait for one page than may: they get the last good one, or are asked to come back."""
        if stale is not None and self.store.may_be_shown(stale):  # type: ignore[union-attr]
            return _send(stale, environ, start_response)
        body = "访问的人太多，请过几秒刷新页面。\n".encode()
        kind = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        start_response("503 Service Unavailable", [*kind, ("Retry-After", "2")])
        return [body]


class _Flight:
    """A page that one thread renders for all who ask meanwhile."""

    __slots__ = ("entry", "landed", "waiting")

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.waiting = 0
        self.entry: Entry | None = None


def _note_failure(request: Any = None, **kwargs: Any) -> None:
    """Django answers an exception with a page; the front has to know what it was."""
    collection = current.get()
    if collection is not None:
        collection.broken_by = sys.exc_info()[1]


def _entry(status: str, headers: Headers, content: bytes, collection: Collection, path: str) -> Entry:
    shown = [(name, value) for name, value in headers if name.lower() not in _DROPPED]
    slots = tuple({slot(EVERYTHING), *map(slot, collection.tags)})
    return Entry(status, [*shown, *KEPT_HEADERS], content, slots, collection.since, collection.until, counter.is_page(path))


def _send(entry: Entry, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    reads = environ["REQUEST_METHOD"] == "GET"
    if reads and entry.is_page:
        counter.note(environ)
    asked = environ.get("HTTP_IF_NONE_MATCH")
    if asked and _matches(asked, entry.etag):
        start_response("304 Not Modified", entry.unchanged)
        return []
    encoding = _encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
    answer = entry.answers.get(encoding) or entry.answer(encoding)
    start_response(entry.status, answer.headers)
    return answer.body if reads else []


def _matches(asked: str, etag: str) -> bool:
    opaque = etag.removeprefix("W/")
    return asked.strip() == "*" or opaque in (part.strip().removeprefix("W/") for part in asked.split(","))


@lru_cache(maxsize=512)
def _encoding(accepted: str) -> str:
    """The best encoding that the reader takes: ``br``, ``gzip`` or none."""
    taken = {}
    for part in accepted.lower().split(","):
        name, _, rest = part.partition(";")
        quality = rest.strip().removeprefix("q=").strip()
        try:
            taken[name.strip()] = float(quality) if quality else 1.0
        except ValueError:
            taken[name.strip()] = 0.0
    offered = [(taken.get(name, taken.get("*", 0.0)), rank, name) for rank, name in ((2, "br"), (1, "gzip"))]
    best = max(offered)
    return best[2] if best[0] > 0 else ""


def _declared(query: str, parameters: tuple[str, ...]) -> bool:
    """Whether a query has the declared parameters only, each once: invented ones would fill the store with copies."""
    try:
        names = [name for name, _ in parse_qsl(query, keep_blank_values=True, strict_parsing=True, max_num_fields=5)]
    except ValueError:
        return False
    return len(names) == len(set(names)) and set(names) <= set(parameters)


def _close(answer: Iterable[bytes]) -> None:
    close = getattr(answer, "close", None)
    if close is not None:
        close()


def _emptied(answer: Iterable[bytes]) -> Iterable[bytes]:
    _close(answer)
    return []
