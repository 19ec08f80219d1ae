"""An index on disk: ``HOME/<name>/<folder>/`` and the pointer file ``current`` beside them, which says which folder counts.

One process writes at a time (``writing``). Readers look at two file times before each search, so that a commit or a new index counts
from the next search on without a thread that watches. A folder that lost the pointer stays for a while: a reader may just be in it.
"""

import fcntl
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from lianxin.foundation.search.analysis import Analyzer

if TYPE_CHECKING:
    import tantivy

_LOCK_PAUSE = 0.05
# For one commit of the worker; building takes more (rebuild).
_HEAP = 32_000_000


class NotBuilt(Exception):
    """There is no index yet, or one of another version."""


class Busy(Exception):
    """Another process is writing; try again in a moment."""


@dataclass
class Reader:
    """An open index with the words it was written with."""

    path: Path
    index: "tantivy.Index"
    analyzer: Analyzer
    committed: tuple[int, int]

    def searcher(self) -> "tantivy.Searcher":
        """What is searched: the index as of its last commit."""
        return self.index.searcher()


class Shelf:
    """Where one index lies, with its fields and its version."""

    def __init__(self, name: str, version: int, schema: Callable[[], "tantivy.Schema"]) -> None:
        self.name, self.version, self.schema = name, version, schema
        self.keep_seconds = 120.0
        self.lock_seconds = 8.0
        self._reader: Reader | None = None
        self._read_pointer: tuple[int, int] | None = None
        self._reader_lock = threading.Lock()
        _shelves.append(self)

    def top(self) -> Path:
        """The folder of all indexes of this shelf."""
        return Path(settings.HOME) / self.name

    def _pointer(self) -> Path:
        return self.top() / "current"

    def open_index(self, path: Path, *, create: bool = False) -> "tantivy.Index":
        """Open the index in ``path``. Our analysers are registered after every opening; Tantivy does not keep them."""
        import tantivy

        index = tantivy.Index(self.schema(), path=str(path), reuse=not create)
        index.register_tokenizer("whitespace", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
        index.config_reader(reload_policy="manual")
        return index

    # --- reading -------------------------------------------------------------------------------------------------------------------------

    def reader(self) -> Reader:
        """The index that counts, as of its last commit. Raises NotBuilt."""
        stamp = _stat(self._pointer())
        with self._reader_lock:
            opened = self._reader
            if opened is None or stamp is None or stamp != self._read_pointer:
                path = self.current()
                opened = self._reader = Reader(path, self.open_index(path), Analyzer(self.words_of(path)), _stat(path / "meta.json") or (0, 0))
                self._read_pointer = stamp
            committed = _stat(opened.path / "meta.json")
            if committed is not None and committed != opened.committed:
                opened.index.reload()
                opened.committed = committed
            return opened

    def current(self) -> Path:
        """The folder that counts. Raises NotBuilt."""
        try:
            content = json.loads(self._pointer().read_text())
            path = self.top() / content["folder"]
        except (OSError, ValueError, KeyError) as error:
            raise NotBuilt from error
        if content.get("version") != self.version or not (path / "meta.json").exists():
            raise NotBuilt
        return path

    def exists(self) -> bool:
        """Whether there is an index of this version."""
        try:
            self.current()
        except NotBuilt:
            return False
        return True

    def words_of(self, path: Path) -> frozenset[str]:
        """The city's own words that the index in ``path`` was written with."""
        return frozenset((path / "own-words.txt").read_text(encoding="utf-8").splitlines())

    # --- writing -------------------------------------------------------------------------------------------------------------------------

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other writers of ours out, in every process. The system lets go of it when its holder dies. Raises Busy after some seconds."""
        self.top().mkdir(mode=0o700, parents=True, exist_ok=True)
        until = time.monotonic() + self.lock_seconds
        with (self.top() / "lock").open("w") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise Busy from None
                    time.sleep(_LOCK_PAUSE)
            yield

    @contextmanager
    def writing(self, path: Path, *, heap: int = _HEAP, threads: int = 1) -> Iterator[Any]:
        """A writer on the index in ``path``; commits at the end, or leaves the index as it was when the block raises. Raises Busy."""
        index = self.open_index(path)
        writer = self._writer(index, heap, threads)
        try:
            yield writer
        except BaseException:
            writer.rollback()
            raise
        writer.commit()
        # Small segments become larger ones now, as nobody holds this writer afterwards.
        writer.wait_merging_threads()

    def _writer(self, index: "tantivy.Index", heap: int, threads: int) -> "tantivy.IndexWriter":
        until = time.monotonic() + self.lock_seconds
        while True:
            try:
                return index.writer(heap_size=heap, num_threads=threads)
            except ValueError as error:
                if "LockBusy" not in str(error):
                    raise
                if time.monotonic() > until:
                    raise Busy from error
                time.sleep(_LOCK_PAUSE)

    def new_folder(self, words: frozenset[str]) -> Path:
        """An empty index in a folder of its own; nobody reads it before ``switch_to``."""
        path = self.top() / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{time.monotonic_ns() % 10**6}"
        path.mkdir(mode=0o700, parents=True)
        (path / "own-words.txt").write_text("\n".join(sorted(words)), encoding="utf-8")
        self.open_index(path, create=True)
        return path

    def switch_to(self, path: Path) -> None:
        """Let the index in ``path`` count, for every process at its next search; call it within ``lock``."""
        draft = self.top() / f".current.{os.getpid()}"
        draft.write_text(json.dumps({"folder": path.name, "version": self.version}))
        draft.replace(self._pointer())
        self.sweep()

    def sweep(self) -> None:
        """Remove folders that have not counted for a while: former indexes, and what a rebuild left that was killed."""
        keep = self.current()
        switched = self._pointer().stat().st_mtime
        for path in self.top().iterdir():
            if not path.is_dir() or path == keep or _is_being_built(path):
                continue
            if time.time() - max(switched, path.stat().st_mtime) > self.keep_seconds:
                shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def building(self, path: Path) -> Iterator[None]:
        """Say that ``path`` is being built, so that nobody sweeps it away."""
        with (path / "building").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
            (path / "building").unlink(missing_ok=True)

    def forget(self) -> None:
        """Close the index that this process has open."""
        with self._reader_lock:
            self._reader = self._read_pointer = None

    def discard(self) -> None:
        """Remove every index (after a restore); the next start or the timetable builds one anew."""
        self.forget()
        shutil.rmtree(self.top(), ignore_errors=True)


_shelves: list[Shelf] = []


def discard_all() -> None:
    """Remove the indexes of every shelf that this process knows, after a restore."""
    for shelf in _shelves:
        shelf.discard()


def _stat(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def _is_being_built(path: Path) -> bool:
    """Whether a process holds the folder's building lock (``Shelf.building``)."""
    try:
        with (path / "building").open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
