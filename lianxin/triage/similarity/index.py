"""The index of matters in ``HOME/matters/``: its fields, one entry for each row, and keeping it up to date."""

import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianxin.foundation.jobs import job, timetable
from lianxin.foundation.search.shelf import Busy, NotBuilt, Reader, Shelf
from lianxin.triage.models import Matter, MatterChange
from lianxin.triage.similarity import digests

if TYPE_CHECKING:
    import tantivy

logger = logging.getLogger(__name__)

# So many changes go into one commit; so many rows are read at once.
BATCH = 1000
_VERSION = 1
_HEAP = 128_000_000
_KEY_FILE = "key-version"


def schema() -> "tantivy.Schema":
    """The fields. Words are digests with blanks between them."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("key", tokenizer_name="raw", index_option="basic")
    for name in ("kind", "public", "facet"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("number", fast=True)
    builder.add_unsigned_field("turn", fast=True)
    builder.add_bytes_field("sketch", stored=True)
    builder.add_unsigned_field("row", stored=True)
    return builder.build()


SHELF = Shelf("matters", _VERSION, schema)


def secret_of(path: Path) -> bytes:
    """The key that the index in ``path`` was written with. Raises NotBuilt when the key ring holds it no longer."""
    try:
        secret = digests.key(int((path / _KEY_FILE).read_text()))
    except (OSError, ValueError) as error:
        raise NotBuilt from error
    if secret is None:
        raise NotBuilt
    return secret


def _entry(row: Matter, secret: bytes) -> dict[str, Any]:
    counted = digests.words(row.text, secret)
    return {
        "key": str(row.pk),
        "number": row.pk,
        "row": row.pk,
        "turn": row.turn,
        "kind": row.kind,
        "public": "yes" if row.public else "no",
        "facet": [f"{name}={value}" for name, value in sorted(row.facets.items())],
        "words": " ".join(digest for digest, times in counted.items() for _ in range(min(times, 5))),
        "sketch": digests.sketch(row.text, secret),
    }


def _put(writer: "tantivy.IndexWriter", rows: Iterable[Matter], secret: bytes) -> None:
    import tantivy

    fields = schema()
    for row in rows:
        writer.add_document(tantivy.Document.from_dict(_entry(row, secret), fields))


# --- up to date --------------------------------------------------------------------------------------------------------------------------


@job("更新相似件索引", queue="fast", retries=20, backoff=2)
def update() -> None:
    """Bring the index up to date with everything that changed; whatever is missing altogether is built."""
    if not _usable():
        rebuild()
    while _work_off():
        pass


def _usable() -> bool:
    """Whether there is an index and its key is still there."""
    try:
        secret_of(SHELF.current())
    except NotBuilt:
        return False
    return True


def _work_off() -> bool:
    """Work off one batch of changes; return whether more may wait."""
    from lianxin.triage import actions

    with SHELF.lock():
        # Read within the lock: what two workers took at once, the later could write from an older reading.
        changes = list(MatterChange.objects.order_by("pk").values_list("pk", "number")[:BATCH])
        if not changes:
            return False
        path = SHELF.current()
        numbers = {number for _, number in changes}
        secret = secret_of(path)
        with SHELF.writing(path) as writer:
            for number in numbers:
                writer.delete_documents_by_term("key", str(number))
            _put(writer, Matter.objects.filter(pk__in=numbers), secret)
        SHELF.sweep()
        actions.changes_done([pk for pk, _ in changes])
    return len(changes) == BATCH


def rebuild() -> int:
    """Build the index from the rows and switch to it; return how many there are. Readers go on with the old one, writers wait."""
    with SHELF.lock():
        version = digests.current_version()
        secret = digests.key(version)
        assert secret is not None
        path = SHELF.new_folder(frozenset())
        (path / _KEY_FILE).write_text(str(version))
        with SHELF.building(path), SHELF.writing(path, heap=_HEAP) as writer:
            last, count = 0, 0
            while rows := list(Matter.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
                _put(writer, rows, secret)
                last, count = rows[-1].pk, count + len(rows)
        SHELF.switch_to(path)
    SHELF.forget()
    return count


@timetable("核对相似件索引", every=timedelta(minutes=1))
def follow() -> None:
    """Changes whose job was lost, and an index that was, come back by themselves."""
    if MatterChange.objects.exists() or not _usable():
        # Whoever holds the lock is at it already.
        with suppress(Busy):
            update.call()


@timetable("密钥更换后重建相似件索引", at="03:20")
def follow_key() -> None:
    """Each night: when the key was changed, write the index with the new one, so that the old one can be retired."""
    try:
        written_with = int((SHELF.current() / _KEY_FILE).read_text())
    except (NotBuilt, OSError, ValueError):
        return
    if written_with != digests.current_version():
        rebuild()


# --- agreement ---------------------------------------------------------------------------------------------------------------------------


def differences() -> list[int]:
    """Numbers of rows on which index and database disagree, without those that wait for the worker. Raises NotBuilt."""
    opened = SHELF.reader()
    indexed = _turns(opened)
    rows = dict(Matter.objects.values_list("pk", "turn"))
    waiting = set(MatterChange.objects.values_list("number", flat=True))
    return sorted(number for number in (indexed.keys() | rows.keys()) - waiting if indexed.get(number) != rows.get(number))


def _turns(opened: Reader) -> dict[int, int]:
    import tantivy

    searcher = opened.searcher()
    if not searcher.num_docs:
        return {}
    places = [address for _, address in searcher.search(tantivy.Query.all_query(), searcher.num_docs, count=False).hits]
    numbers, turns = (searcher.fast_field_values(name, places) for name in ("number", "turn"))
    return {int(number): int(turn) for number, turn in zip(numbers, turns, strict=True) if number is not None and turn is not None}
