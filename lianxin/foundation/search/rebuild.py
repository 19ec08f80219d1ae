"""The whole index anew, in a folder of its own while readers go on with the old one; and whether index and database agree."""

import itertools
import logging
import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db.models import Q
from django.utils import timezone

from lianxin.foundation import text
from lianxin.foundation.jobs import timetable
from lianxin.foundation.models import IndexChange
from lianxin.foundation.search import children, folder, sources, updates, vocabulary, writing
from lianxin.foundation.search.analysis import Analyzer

logger = logging.getLogger(__name__)

_HEAP = 256_000_000
# Batches read ahead, so that neither readers nor writer wait and memory stays bounded.
_AHEAD = 3
_TOO_FEW = 20


@dataclass(frozen=True)
class Report:
    """What a rebuild made."""

    documents: int
    words: int
    path: Path


def rebuild(*, processes: int = 0, show_progress: bool = False) -> Report:
    """Build the index from the database and switch to it. Readers are not disturbed; changes meanwhile are in it too.

    ``processes`` read and cut the texts beside this one, which writes; 0 does all in this process (and in its transaction).
    """
    begun = timezone.now()
    # What they name is read below, after they were committed: the new index needs no second reading of it.
    covered = set(IndexChange.objects.filter(done_at=None).values_list("pk", flat=True))
    words = text.own_words()
    path = folder.new_folder(words)
    with folder.building(path):
        with folder.writing(path, heap=_HEAP, threads=1) as writer:
            schema = folder.schema()
            for entries in _with_progress(_entries(words, processes), show_progress):
                writing.put(writer, entries, schema)
        searcher = folder.open_index(path).searcher()
        count = vocabulary.write(path, searcher)
        _switch(path, begun, covered)
    folder.forget()
    return Report(folder.reader().searcher().num_docs, count, path)


def _switch(path: Path, begun: datetime, covered: set[int]) -> None:
    """Bring into the new index what changed since ``begun``, then let it count; meanwhile nobody else writes."""
    with folder.lock():
        since = IndexChange.objects.filter(Q(done_at__gte=begun) | Q(done_at=None))
        updates.apply((row for row in since.iterator(chunk_size=2000) if row.pk not in covered), path)
        folder.switch_to(path)
        numbers = sorted(covered)
        for start in range(0, len(numbers), updates.BATCH):
            IndexChange.objects.filter(pk__in=numbers[start : start + updates.BATCH], done_at=None).update(done_at=timezone.now())


def _entries(words: frozenset[str], processes: int) -> Iterator[list[dict[str, Any]]]:
    batches: Iterator[tuple[str, list[int]]] = (
        (name, list(numbers)) for name, source in sources.registered().items() for numbers in source.numbers()
    )
    # A few thousand documents are written before another process has started.
    first = list(itertools.islice(batches, _TOO_FEW))
    batches = itertools.chain(first, batches)
    if not processes or len(first) < _TOO_FEW:
        analyzer = Analyzer(words)
        for name, numbers in batches:
            yield children.entries(name, numbers, analyzer)
        return
    # Children are started anew, not forked: a forked one would share the database's connection.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=children.begin, initargs=(words,)) as pool:
        waiting: deque[Future[list[dict[str, Any]]]] = deque()
        for batch in batches:
            waiting.append(pool.submit(children.read, *batch))
            if len(waiting) > processes * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _with_progress(batches: Iterable[list[dict[str, Any]]], show: bool) -> Iterator[list[dict[str, Any]]]:
    from tqdm import tqdm

    with tqdm(desc="建立索引", unit=" 篇", disable=not show) as bar:
        for batch in batches:
            yield batch
            bar.update(len(batch))


# --- agreement ---------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """Numbers of one source on which index and database disagree."""

    source: str
    missing: list[int]
    stale: list[int]
    surplus: list[int]
    """In the index and not public: the worst, as readers find what they must not."""

    @property
    def numbers(self) -> list[int]:
        """All of them."""
        return [*self.missing, *self.stale, *self.surplus]


def differences() -> list[Difference]:
    """Compare every document's stamp with the index; what waits for the worker is no difference. Raises NotBuilt."""
    found = []
    for name, source in sources.registered().items():
        indexed = _stamps(name)
        public: dict[int, int] = {}
        for numbers in source.numbers():
            public |= {document.number: document.stamp for document in source.documents(numbers)}
        waiting = set(IndexChange.objects.filter(source=name, done_at=None).values_list("number", flat=True))
        missing = sorted(public.keys() - indexed.keys() - waiting)
        surplus = sorted(indexed.keys() - public.keys() - waiting)
        stale = sorted(n for n in public.keys() & indexed.keys() - waiting if public[n] != indexed[n])
        if missing or surplus or stale:
            found.append(Difference(name, missing, stale, surplus))
    return found


def _stamps(source: str) -> dict[int, int]:
    import tantivy

    opened = folder.reader()
    searcher = opened.searcher()
    if not searcher.num_docs:
        return {}
    query = tantivy.Query.term_query(opened.index.schema, "source", source)
    places = [address for _, address in searcher.search(query, searcher.num_docs, count=False).hits]
    numbers, stamps = (searcher.fast_field_values(name, places) for name in ("number", "stamp"))
    return {int(number): int(stamp) for number, stamp in zip(numbers, stamps, strict=True) if number is not None and stamp is not None}


def disagreement() -> Iterator[str]:
    """What is wrong between index and database, in sentences for the operator; for ``lianxin check``."""
    try:
        found = differences()
    except folder.NotBuilt:
        yield "还没有搜索索引，搜索用不了：执行 lianxin search rebuild 建立。"
        return
    for difference in found:
        for what, numbers in (("索引里缺少", difference.missing), ("索引里不是最新", difference.stale), ("已不公开却仍能搜到", difference.surplus)):
            if numbers:
                some = "、".join(map(str, itertools.islice(numbers, 5)))
                yield f"{what} {len(numbers)} 篇，编号 {some}{'……' if len(numbers) > 5 else ''}。"


def repair() -> None:
    """Mend the index where it disagrees; build it where there is none."""
    try:
        found = differences()
    except folder.NotBuilt:
        rebuild()
        return
    with folder.lock():
        for difference in found:
            rows = [IndexChange(source=difference.source, number=number) for number in difference.numbers]
            updates.apply(rows, folder.current())


# --- by itself ---------------------------------------------------------------------------------------------------------------------------


@timetable("缺少搜索索引时重建", every=timedelta(minutes=10), queue="slow")
def build_if_missing() -> None:
    """An index that was lost, or is of another version, comes back by itself."""
    if sources.registered() and not folder.exists():
        rebuild()


@timetable("词语变化后重建搜索索引", at="03:40")
def follow_words() -> None:
    """Each night: when the city's own words are no longer those of the index, write it with the new ones."""
    try:
        written_with = folder.words_of(folder.current())
    except folder.NotBuilt:
        return
    if written_with != text.own_words():
        rebuild()
