"""What changes in the database changes in the index: a row and a job in the transaction of the change, batches in the worker."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from lianxin.foundation.jobs import job, timetable
from lianxin.foundation.models import IndexChange
from lianxin.foundation.search import folder, sources, writing
from lianxin.foundation.search.analysis import Analyzer

logger = logging.getLogger(__name__)

# So many documents go into one commit.
BATCH = 2000
# Longer than any rebuild takes.
KEPT_FOR = timedelta(hours=12)
_gathering: ContextVar[dict[tuple[str, int], None] | None] = ContextVar("gathering", default=None)


def changed(source: str, numbers: Iterable[int]) -> None:
    """Say that documents appeared, changed or went; call it in the transaction that does it. The index follows within two seconds."""
    gathered = _gathering.get()
    if gathered is not None:
        gathered.update(dict.fromkeys((source, number) for number in numbers))
        return
    _write((source, number) for number in numbers)


@contextmanager
def gathered() -> Iterator[None]:
    """Write what ``changed`` is told within the block once at its end; for deeds that change hundreds, within their transaction."""
    if _gathering.get() is not None:
        yield
        return
    told: dict[tuple[str, int], None] = {}
    token = _gathering.set(told)
    try:
        yield
    finally:
        _gathering.reset(token)
    _write(told)


@transaction.atomic
def _write(changes: Iterable[tuple[str, int]]) -> None:
    rows = [IndexChange(source=source, number=number) for source, number in changes]
    if rows:
        IndexChange.objects.bulk_create(rows, batch_size=2000)
        update.enqueue(dedupe_key="all")


@job("更新搜索索引", queue="fast", retries=20, backoff=1)
def update() -> None:
    """Bring the index up to date with everything that changed; however many changes wait, a batch is one commit."""
    while work_off():
        pass


def work_off() -> bool:
    """Work off one batch; return whether more may wait."""
    with folder.lock():
        # Read within the lock: what two workers took at once, the later could write from an older reading.
        rows = list(IndexChange.objects.filter(done_at=None).order_by("pk")[:BATCH])
        if not rows:
            return False
        try:
            path = folder.current()
        except folder.NotBuilt:
            # Whoever builds it begins with the whole database.
            pass
        else:
            apply(rows, path)
            folder.sweep()
        IndexChange.objects.filter(pk__in=[row.pk for row in rows]).update(done_at=timezone.now())
    return len(rows) == BATCH


def apply(rows: Iterable[IndexChange], path: Path) -> None:
    """Write the present state of what the rows name into the index in ``path``; call it within ``folder.lock``."""
    numbers: dict[str, set[int]] = {}
    for row in rows:
        numbers.setdefault(row.source, set()).add(row.number)
    known = sources.registered()
    analyzer = Analyzer(folder.words_of(path))
    schema = folder.schema()
    with folder.writing(path) as writer:
        for source, changed_numbers in numbers.items():
            writing.take_out(writer, source, changed_numbers)
            if source in known:
                documents = known[source].documents(changed_numbers)
                writing.put(writer, (writing.entry(source, document, analyzer) for document in documents), schema)


@timetable("清理搜索索引的更新记录", every=timedelta(hours=1))
def forget_done() -> None:
    """Remove rows that no rebuild needs any more."""
    IndexChange.objects.filter(done_at__lt=timezone.now() - KEPT_FOR).delete()
