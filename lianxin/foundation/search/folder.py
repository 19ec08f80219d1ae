"""The index on disk: ``HOME/search/<name>/`` and the pointer file ``current`` beside it, which says which folder counts.

One process writes at a time (``writing``). Readers look at two file times before each search, so that a commit or a new index counts
from the next search on without a thread that watches. A folder that lost the pointer stays for a while: a reader may just be in it.
"""

import fcntl
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from lianxin.foundation.search.analysis import Analyzer

if TYPE_CHECKING:
    import tantivy

# Part of the pointer: an index of another version of the code is built anew.
VERSION = 2
_KEEP_SECONDS = 120.0
_LOCK_SECONDS = 8.0
_LOCK_PAUSE = 0.05
# For one commit of the worker; building takes more (rebuild).
_HEAP = 32_000_000


class NotBuilt(Exception):
    """There is no index yet, or one of another version."""


class Busy(Exception):
    """Another process is writing; try again in a moment."""


def top() -> Path:
    """The folder of all indexes."""
    return Path(settings.HOME) / "search"


def _pointer() -> Path:
    return top() / "current"


def schema() -> "tantivy.Schema":
    """The fields. Texts come as words with blanks between them (see ``analysis``)."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    for name in ("title", "body", "also"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
        builder.add_text_field(f"{name}_compounds", tokenizer_name="whitespace", index_option="freq")
    for name in ("key", "source", "lot"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("site", "column", "kind", "unit", "year"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_unsigned_field("number", fast=True)
    builder.add_unsigned_field("stamp", fast=True)
    builder.add_integer_field("at", fast=True)
    builder.add_integer_field("expires", indexed=True, fast=True)
    builder.add_float_field("weight", fast=True)
    builder.add_bytes_field("shown", stored=True)
    return builder.build()


def open_index(path: Path, *, create: bool = False) -> "tantivy.Index":
    """Open the index in ``path``. Our analysers are registered after every opening; Tantivy does not keep them."""
    import tantivy

    index = tantivy.Index(schema(), path=str(path), reuse=not create)
    index.register_tokenizer("whitespace", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    index.config_reader(reload_policy="manual")
    return index


# --- reading -----------------------------------------------------------------------------------------------------------------------------


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


_reader: Reader | None = None
_read_pointer: tuple[int, int] | None = None
_reader_lock = threading.Lock()


def reader() -> Reader:
    """The index that counts, as of its last commit. Raises NotBuilt."""
    global _reader, _read_pointer
    stamp = _stat(_pointer())
    with _reader_lock:
        if _reader is None or stamp is None or stamp != _read_pointer:
            path = current()
            _reader = Reader(path, open_index(path), Analyzer(words_of(path)), _stat(path / "meta.json") or (0, 0))
            _read_pointer = stamp
        committed = _stat(_reader.path / "meta.json")
        if committed is not None and committed != _reader.committed:
            _reader.index.reload()
            _reader.committed = committed
        return _reader


def _stat(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def current() -> Path:
    """The folder that counts. Raises NotBuilt."""
    try:
        content = json.loads(_pointer().read_text())
        path = top() / content["folder"]
    except (OSError, ValueError, KeyError) as error:
        raise NotBuilt from error
    if content.get("version") != VERSION or not (path / "meta.json").exists():
        raise NotBuilt
    return path


def exists() -> bool:
    """Whether there is an index of this version."""
    try:
        current()
    except NotBuilt:
        return False
    return True


def words_of(path: Path) -> frozenset[str]:
    """The city's own words that the index in ``path`` was written with."""
    return frozenset((path / "own-words.txt").read_text(encoding="utf-8").splitlines())


# --- writing -----------------------------------------------------------------------------------------------------------------------------


@contextmanager
def lock() -> Iterator[None]:
    """Keep other writers of ours out, in every process. The system lets go of it when its holder dies. Raises Busy after some seconds."""
    top().mkdir(mode=0o700, parents=True, exist_ok=True)
    until = time.monotonic() + _LOCK_SECONDS
    with (top() / "lock").open("w") as file:
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
def writing(path: Path, *, heap: int = _HEAP, threads: int = 1) -> Iterator[Any]:
    """A writer on the index in ``path``; commits at the end, or leaves the index as it was when the block raises. Raises Busy."""
    index = open_index(path)
    writer = _writer(index, heap, threads)
    try:
        yield writer
    except BaseException:
        writer.rollback()
        raise
    writer.commit()
    # Small segments become larger ones now, as nobody holds this writer afterwards.
    writer.wait_merging_threads()


def _writer(index: "tantivy.Index", heap: int, threads: int) -> "tantivy.IndexWriter":
    until = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            return index.writer(heap_size=heap, num_threads=threads)
        except ValueError as error:
            if "LockBusy" not in str(error):
                raise
            if time.monotonic() > until:
                raise Busy from error
            time.sleep(_LOCK_PAUSE)


def new_folder(words: frozenset[str]) -> Path:
    """An empty index in a folder of its own; nobody reads it before ``switch_to``."""
    path = top() / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{time.monotonic_ns() % 10**6}"
    path.mkdir(mode=0o700, parents=True)
    (path / "own-words.txt").write_text("\n".join(sorted(words)), encoding="utf-8")
    open_index(path, create=True)
    return path


def switch_to(path: Path) -> None:
    """Let the index in ``path`` count, for every process at its next search; call it within ``lock``."""
    draft = top() / f".current.{os.getpid()}"
    draft.write_text(json.dumps({"folder": path.name, "version": VERSION}))
    draft.replace(_pointer())
    sweep()


def sweep() -> None:
    """Remove folders that have not counted for a while: former indexes, and what a rebuild left that was killed."""
    keep = current()
    switched = _pointer().stat().st_mtime
    for path in top().iterdir():
        if not path.is_dir() or path == keep or _is_being_built(path):
            continue
        if time.time() - max(switched, path.stat().st_mtime) > _KEEP_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def _is_being_built(path: Path) -> bool:
    """Whether a process holds the folder's building lock (``building``)."""
    try:
        with (path / "building").open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


@contextmanager
def building(path: Path) -> Iterator[None]:
    """Say that ``path`` is being built, so that nobody sweeps it away."""
    with (path / "building").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
        (path / "building").unlink(missing_ok=True)


def forget() -> None:
    """Close the index that this process has open."""
    global _reader, _read_pointer
    with _reader_lock:
        _reader = _read_pointer = None


def discard() -> None:
    """Remove every index (after a restore); the next start or the timetable builds one anew."""
    forget()
    shutil.rmtree(top(), ignore_errors=True)
