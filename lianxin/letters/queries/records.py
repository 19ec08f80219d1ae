"""How units answer: letters received, answered, in time, and how long it took.

All figures end with yesterday, so that a page with them need not be made anew with every letter that comes in.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from statistics import median

from django.utils import timezone

from lianxin.casework.models import Assignment
from lianxin.foundation.pagestore import tag
from lianxin.foundation.text import duration
from lianxin.letters import channels, tags
from lianxin.letters.queries.choices import boards
from lianxin.organisations.models import Organisation

DAYS = 365


@dataclass(frozen=True)
class Record:
    """A unit's letters of the last year, as lead."""

    received: int
    answered: int
    on_time: int
    minutes: float | None
    """Median from receipt to answer."""

    @property
    def on_time_share(self) -> int | None:
        """Of those answered, how many in time, in whole per cent (rounded down: 99.6 is not 100)."""
        return self.on_time * 100 // self.answered if self.answered else None

    @property
    def duration(self) -> str:
        """The median in words: 6 小时, 2.5 天."""
        return duration(self.minutes)


@dataclass(frozen=True)
class BoardRow:
    """A unit in the directory of boards."""

    unit: Organisation
    record: Record


def record_of(unit: Organisation) -> Record:
    """The record of one unit."""
    tag(tags.RECORDS)
    return _records([unit.pk])[unit.pk]


def board_rows() -> list[BoardRow]:
    """All units with an open board, each with its record."""
    tag(tags.RECORDS)
    units = list(boards())
    records = _records([unit.pk for unit in units])
    return [BoardRow(unit, records[unit.pk]) for unit in units]


def _records(units: Iterable[int]) -> dict[int, Record]:
    today = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    parts = Assignment.objects.filter(organisation__in=list(units), role=Assignment.Role.LEAD, case__kind__in=channels.read_here())
    parts = parts.exclude(state=Assignment.State.ENDED).exclude(case__stage="withdrawn")
    rows = parts.filter(case__received_at__gte=today - timedelta(days=DAYS), case__received_at__lt=today)
    received: dict[int, int] = defaultdict(int)
    late: dict[int, int] = defaultdict(int)
    minutes: dict[int, list[float]] = defaultdict(list)
    for unit, since, until, breached in rows.values_list("organisation", "case__received_at", "case__replied_at", "case__breached"):
        received[unit] += 1
        if until is not None and until < today:
            minutes[unit].append((until - since).total_seconds() / 60)
            late[unit] += breached
    return {unit: Record(received[unit], len(minutes[unit]), len(minutes[unit]) - late[unit], _median(minutes[unit])) for unit in units}


def _median(values: list[float]) -> float | None:
    return median(values) if values else None
