"""Files of visits become daily counts: each file once, whatever is killed meanwhile.

The counts of a file, its new visitors and the note that the file is done are one transaction. The file is removed after it: killed
before, nothing was counted; killed between, the note tells the next run that only the removal is left.
"""

import fcntl
import json
import logging
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone
from wagtail.models import Site

from lianxin.foundation.jobs import timetable
from lianxin.foundation.models import FoldedVisits, VisitCount, VisitorOfDay
from lianxin.foundation.visits.counter import SEARCH, SUFFIX

logger = logging.getLogger(__name__)
Kind = VisitCount.Kind

CLOSE_AFTER = timedelta(minutes=30)
"""A day is closed so long after midnight: the last files of the evening are folded by then."""
KEPT_KEYS = {Kind.PAGE: 200, Kind.REFERRER: 100, Kind.WORDS: 100, Kind.ENGINE_WORDS: 100}
"""So many of each kind are kept of a closed day and host, the most used; the rest is summed up under ``OTHERS``."""
OTHERS = "*"
DETAIL_KEPT = timedelta(days=100)
"""After so long only the totals of a day remain."""
NOTES_KEPT = timedelta(days=7)
LONGEST_WORDS = 30
_BATCH = 400
# A run of digits may be a telephone or identity number, an @ an address: such words are counted nowhere.
_PRIVATE = re.compile(r"\d{5,}|@")
_TABLET = re.compile(r"iPad|Tablet|PlayBook|Kindle|Silk/|Android(?!.*Mobile)|MatePad")
_PHONE = re.compile(r"Mobile|iPhone|iPod|Android|HarmonyOS.*Phone|Windows Phone")


@timetable("汇总访问量", every=timedelta(minutes=1))
def fold() -> int:
    """Fold every complete file, then close the days that are over; return how many files were folded."""
    folder = Path(settings.HOME) / "visits"
    folded = sum(fold_file(path) for path in sorted(folder.glob(f"*{SUFFIX}")))
    close_days(folder, timezone.localtime())
    return folded


def fold_file(path: Path) -> bool:
    """Fold one file; False when it is still being written, is gone, or was folded before."""
    with _held(path) as lines:
        if lines is None:
            return False
        counts = _counted(lines)
        try:
            with transaction.atomic():
                FoldedVisits.objects.create(name=path.name)
                _store(counts)
        except IntegrityError:
            if not FoldedVisits.objects.filter(name=path.name).exists():
                raise
            path.unlink(missing_ok=True)
            return False
        path.unlink(missing_ok=True)
    return True


@contextmanager
def _held(path: Path) -> Iterator[list[str] | None]:
    """The complete lines of a file that nobody writes any more, held against others; None when somebody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield None
        return
    with os.fdopen(descriptor, encoding="utf-8", errors="replace") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        # What follows the last line end was torn off by a kill or a full disk.
        yield file.read().split("\n")[:-1]


@dataclass
class Counts:
    """What a file holds."""

    views: Counter[tuple[date, str, str, str]] = field(default_factory=Counter)
    """(day, host, kind, key) → views."""
    marks: set[tuple[date, str, str]] = field(default_factory=set)
    """(day, host, mark); host "" as well."""


def _counted(lines: Sequence[str]) -> Counts:
    counts, site_of, broken = Counts(), _sites(), 0
    for line in lines:
        try:
            hour, host, path, words, referrer, mark, agent, times = json.loads(line)
            moment = datetime.strptime(hour, "%Y-%m-%dT%H")
        except (ValueError, TypeError):
            broken += 1
            continue
        if site := site_of(host):
            _add(counts, moment, site, path, words, referrer, mark, agent, int(times))
    if broken:
        logger.warning("%s lines of visits could not be read.", broken)
    return counts


def _add(counts: Counts, moment: datetime, site: str, path: str, words: str, referrer: str, mark: str, agent: str, times: int) -> None:
    day = moment.date()
    if is_robot(agent):
        for host in (site, ""):
            counts.views[day, host, Kind.ROBOTS, ""] += times
        return
    for host in (site, ""):
        counts.views[day, host, Kind.TOTAL, ""] += times
        counts.marks.add((day, host, mark))
    counts.views[day, site, Kind.HOUR, f"{moment:%H}"] += times
    counts.views[day, site, Kind.DEVICE, device(agent)] += times
    counts.views[day, site, Kind.PAGE, path] += times
    counts.views[day, site, Kind.SECTION, path[: path.find("/", 1) + 1] or "/"] += times
    # Steps within a site say nothing about where readers come from.
    if referrer != site:
        counts.views[day, site, Kind.REFERRER, referrer] += times
    if found := clean_words(words):
        counts.views[day, site, Kind.WORDS if path == SEARCH else Kind.ENGINE_WORDS, found] += times


def _sites() -> Callable[[str], str]:
    """Host name of the site that answers a host: its own, else the default site's, "" when there is none."""
    rows = list(Site.objects.values_list("hostname", "is_default_site"))
    known, default = {name for name, _ in rows}, next((name for name, is_default in rows if is_default), "")

    def site_of(host: str) -> str:
        name = host.rsplit(":", 1)[0].rstrip(".")
        return name if name in known else default

    return site_of


def clean_words(words: str) -> str:
    """Search words as they are counted: one spacing, small letters, short; "" for what may be private."""
    tidy = " ".join(words.split()).casefold()[:LONGEST_WORDS]
    return "" if _PRIVATE.search(tidy) else tidy


def device(agent: str) -> str:
    """``phone``, ``tablet`` or ``desktop`` by what the browser says of itself."""
    if _TABLET.search(agent):
        return "tablet"
    return "phone" if _PHONE.search(agent) else "desktop"


@lru_cache(maxsize=5_000)
def is_robot(agent: str) -> bool:
    """Whether a program and no person reads: by crawlerdetect's list, and whoever says nothing of itself."""
    return not agent or bool(_detector().isCrawler(agent))


@cache
def _detector():  # type: ignore[no-untyped-def]
    # Loaded by the worker alone, and there at the first file: its patterns take 20 ms and some megabytes.
    from crawlerdetect import CrawlerDetect

    return CrawlerDetect()


# --- storing -----------------------------------------------------------------------------------------------------------------------------


def _store(counts: Counts) -> None:
    """Add the counts; in one order everywhere, so that two workers with different files do not wait for each other in a circle."""
    visitors: Counter[tuple[date, str, str, str]] = Counter()
    for day, host in _new_visitors(sorted(counts.marks)):
        visitors[day, host, Kind.TOTAL, ""] += 1
    rows = [(*place, views, visitors[place]) for place, views in sorted(counts.views.items())]
    table = VisitCount._meta.db_table
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in ("views", "visitors"))
    for part in _parts(rows):
        _insert(
            f"INSERT INTO {table} (day, host, kind, key, views, visitors) VALUES",
            part,
            f"ON CONFLICT (host, kind, day, key) DO UPDATE SET {added}",
        )


def _new_visitors(marks: Sequence[tuple[date, str, str]]) -> list[tuple[date, str]]:
    """Note the marks and return day and host of each that was not known: the database decides, as another worker may bring the same."""
    found: list[tuple[date, str]] = []
    read_day = VisitorOfDay._meta.get_field("day").to_python
    for part in _parts(marks):
        rows = _insert(
            f"INSERT INTO {VisitorOfDay._meta.db_table} (day, host, mark) VALUES",
            part,
            "ON CONFLICT (day, host, mark) DO NOTHING RETURNING day, host",
        )
        found += [(read_day(day), host) for day, host in rows]
    return found


def _parts(rows: Sequence[tuple]) -> Iterator[Sequence[tuple]]:
    return (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))


def _insert(head: str, rows: Sequence[tuple], tail: str) -> list[tuple]:
    """Both databases speak this dialect; Django's own upsert can only overwrite, not add."""
    marks = f"({', '.join(['%s'] * len(rows[0]))})"
    with connection.cursor() as cursor:
        cursor.execute(f"{head} {', '.join([marks] * len(rows))} {tail}", [_adapted(value) for row in rows for value in row])
        return cursor.fetchall() if "RETURNING" in tail else []


def _adapted(value: Any) -> Any:
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


# --- closing a day -----------------------------------------------------------------------------------------------------------------------


def close_days(folder: Path, now: datetime) -> None:
    """Close every day that is over: only counts remain, the marks and the day's salt are destroyed."""
    last = (now - CLOSE_AFTER).date() - timedelta(days=1)
    for path in (folder / "secrets").glob("salt-*"):
        if path.name.removeprefix("salt-") <= last.isoformat():
            path.unlink(missing_ok=True)
    for day in VisitorOfDay.objects.filter(day__lte=last).values_list("day", flat=True).distinct().order_by("day"):
        with transaction.atomic():
            _keep_the_most_used(day)
            VisitorOfDay.objects.filter(day=day).delete()
            VisitCount.objects.filter(day__lt=day - DETAIL_KEPT).exclude(kind__in=(Kind.TOTAL, Kind.ROBOTS)).delete()
        logger.info("Visits of %s are closed.", day)
        FoldedVisits.objects.filter(folded_at__lt=now - NOTES_KEPT).delete()


def _keep_the_most_used(day: date) -> None:
    """Sum up what is beyond the limit of each kind and host, so that what is kept is bounded whatever is visited."""
    for kind, limit in KEPT_KEYS.items():
        rows = VisitCount.objects.filter(day=day, kind=kind)
        crowded = rows.values("host").annotate(number=models.Count("pk")).filter(number__gt=limit).values_list("host", flat=True)
        for host in list(crowded):
            of_host = rows.filter(host=host).exclude(key=OTHERS).order_by("-views", "key")
            rest = list(of_host.values_list("pk", "views")[limit:])
            _insert_others(day, host, kind, sum(views for _, views in rest))
            for part in _parts([(pk,) for pk, _ in rest]):
                VisitCount.objects.filter(pk__in=[pk for (pk,) in part]).delete()


def _insert_others(day: date, host: str, kind: str, views: int) -> None:
    others, _ = VisitCount.objects.get_or_create(day=day, host=host, kind=kind, key=OTHERS)
    VisitCount.objects.filter(pk=others.pk).update(views=models.F("views") + views)
