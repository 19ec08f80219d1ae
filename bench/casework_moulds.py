"""Makes very many finished cases on PostgreSQL: a few hundred are told through the engine, then cast again and again.

A *mould* is one finished case as the engine made it (``casework_cases.Maker``), its events and rows kept as the text of COPY with places for
what differs from case to case. A *cast* fills them.

Real in every cast: keys of its own, everything private sealed with them anew, the chain of hashes counted over its own events, number and
token of its own noted in the series, rows that follow from its events: ``lianxin check`` finds nothing wrong (the bench replays a sample).
Not real: a cast has its mould's words, times of day and steps, moved by whole weeks, so that its due dates are those of the mould's week
(cases that are still open are all told singly); equal texts share one ciphertext in the rows; nobody was told, and the indexes of search
and triage know nothing of it.
"""

import hashlib
import json
import random
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils import timezone

from bench.casework_cases import Maker, last_number, remembered_rules
from lianxin.casework import sealing
from lianxin.casework.events import GENESIS
from lianxin.casework.models import EVENTS_PER_CASE, Case, CaseEvent, CaseKey, Petitioner
from lianxin.casework.projections import PROJECTED
from lianxin.foundation import bulk, crypto
from lianxin.foundation.crypto import BlindIndexField, EncryptedTextField
from lianxin.foundation.models import IssuedNumber, NumberSeries
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation

MOULDS = 400
YEARS = 5
NEWEST = timedelta(days=35)
"""Casts are older than this: whatever happened to them has happened by now."""
BATCH = 5_000
ENDS = (("closed", 75), ("replied", 22), ("declined", 3))
# What stands in a mould where a cast has its own: numbers and a telephone that occur nowhere else.
_CASE, _UNIT, _CITIZEN, _NUMBER, _PHONE = 4_000_000_000_001, 4_000_000_000_002, 4_000_000_000_003, 987_654_321, "19999999999"
_ROW = re.compile(rf"(?<!\d){_CASE * EVENTS_PER_CASE // 10**6}\d{{6}}(?!\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NONE = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
Values = dict[str, str]


class Mould:
    """One case with places in it. ``fill`` gives the rows of a cast as text, by table."""

    def __init__(self, maker: Maker, at: datetime, end: str) -> None:
        kept = maker.units, maker.citizens
        maker.units, maker.citizens = [Organisation(pk=_UNIT)], [User(pk=_CITIZEN)]
        try:
            work = maker.tell(_CASE, _NUMBER, at, end, phone=_PHONE)
        finally:
            maker.units, maker.citizens = kept
        self.day = timezone.localtime(at).date()
        self.moment = at
        self.number = work.case.number
        self.dates: set[date] = set()
        self.sealed = {event.seq: sealing.unseal_event(event.sealed, work.keys, _CASE, event.seq) for event in work.events if event.sealed}
        self.hashed = [(f"h{event.seq}", self._hashed(event)) for event in work.events]
        rows = [row for row, _ in work.rows.changes()] + list(work.events)
        self.seqs = [event.seq for event in work.events]
        self.head = f"h{self.seqs[-1]}"
        by_model: dict[type[models.Model], list[str]] = {}
        for row in rows:
            by_model.setdefault(type(row), []).append(self._line(row))
        self.lines = {model: "".join(lines) for model, lines in by_model.items()}

    def _hashed(self, event: CaseEvent) -> str:
        """What ``events.event_hash`` digests, with places."""
        at = event.at.astimezone(UTC).isoformat(timespec="microseconds")
        content = [event.case_id, event.seq, event.type, event.deed, event.stage, event.visibility, at, event.actor_id, event.unit_id, event.payload]
        opened = self._pierced(json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
        sealed = f"%(s{event.seq})s" if event.sealed else ""
        before = f"%(h{event.seq - 1})s" if event.seq > 1 else GENESIS
        return f'{opened[:-1]},"{sealed}","{before}"]'

    def _line(self, row: models.Model) -> str:
        fields = [field for field in row._meta.concrete_fields if not (isinstance(row, CaseEvent) and field.primary_key)]
        return "\t".join(self._value(row, field) for field in fields) + "\n"

    def _value(self, row: models.Model, field: Any) -> str:
        name, value = field.attname, getattr(row, field.attname)
        if isinstance(row, CaseKey) and name in ("key", "person"):
            return f"%({name})s"
        if isinstance(row, Petitioner) and name in ("phone", "phone_index"):
            return f"%({name})s"
        if isinstance(row, CaseEvent) and name in ("hash", "previous_hash", "sealed"):
            seqs = {"hash": row.seq, "previous_hash": row.seq - 1, "sealed": row.seq}
            if name == "previous_hash" and row.seq == 1:
                return GENESIS
            return f"%({'s' if name == 'sealed' else 'h'}{seqs[name]})s" if name != "sealed" or value else ""
        if isinstance(row, Case) and name == "head":
            return f"%(h{row.version})s"
        if isinstance(field, BlindIndexField):
            value = field.of(getattr(row, field.source))
        if value is None:
            return _NONE
        if isinstance(field, EncryptedTextField):
            return _encrypted(value, field.context)
        if isinstance(field, models.JSONField):
            value = json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
        elif isinstance(field, models.FileField):
            value = value.name
        elif isinstance(value, datetime):
            value = value.astimezone(UTC).isoformat()
        return self._pierced(str(value).translate(_ESCAPES))

    def _pierced(self, text: str) -> str:
        """``text`` with places for what differs."""
        text = text.replace("%", "%%").replace(f"{_CASE:064d}", "%(token)s").replace(self.number, "%(number)s")
        text = re.sub(rf"(?<!\d){_CASE}(?!\d)", "%(case)s", text)
        text = re.sub(rf"(?<!\d){_UNIT}(?!\d)", "%(unit)s", text)
        text = re.sub(rf"(?<!\d){_CITIZEN}(?!\d)", "%(citizen)s", text)
        text = _ROW.sub(lambda found: f"%(r{int(found[0]) - _CASE * EVENTS_PER_CASE})s", text)
        self.dates |= {date.fromisoformat(found) for found in _DATE.findall(text)}
        return _DATE.sub(lambda found: f"%({found[0]})s", text)

    def fill(self, case: int, number: str, unit: int, person: "Person", weeks: int) -> dict[type[models.Model], str]:
        """The rows of one cast, moved by ``weeks``."""
        keys = sealing.Keys(sealing.new_key(), sealing.new_key())
        days = timedelta(weeks=weeks)
        values: Values = {
            "case": str(case),
            "token": f"{case:064d}",
            "number": number,
            "unit": str(unit),
            "citizen": person.pk,
            "phone": person.sealed,
            "phone_index": person.index,
            "key": crypto.encrypt(str(keys.words), _KEY),
            "person": crypto.encrypt(str(keys.person), _PERSON),
        }
        values.update((day.isoformat(), _moved(day, days)) for day in self.dates)
        values.update((f"r{seq}", str(case * EVENTS_PER_CASE + seq)) for seq in self.seqs)
        for seq, words in self.sealed.items():
            personal = {name: person.phone if name == "phone" else words[name] for name in _PERSONAL if name in words}
            private = {name: text for name, text in words.items() if name not in _PERSONAL}
            values[f"s{seq}"] = sealing.seal_event(private, personal, keys, case, seq)
        for name, text in self.hashed:
            values[name] = hashlib.sha256((text % values).encode()).hexdigest()
        return {model: text % values for model, text in self.lines.items()}


_PERSONAL = ("name", "phone")
_KEY, _PERSON = (CaseKey._meta.get_field(name).context for name in ("key", "person"))  # type: ignore[union-attr]


@lru_cache(maxsize=10_000)
def _moved(day: date, days: timedelta) -> str:
    return (day + days).isoformat()


@lru_cache(maxsize=10_000)
def _encrypted(text: str, context: str) -> str:
    return crypto.encrypt(text, context)


class Person:
    """A citizen, with the telephone that all his cases have."""

    def __init__(self, user: User, number: int) -> None:
        field = Petitioner._meta.get_field("phone")
        self.pk, self.phone = str(user.pk), f"138{number:08d}"
        self.sealed = crypto.encrypt(self.phone, field.context)  # type: ignore[union-attr]
        self.index = str(Petitioner._meta.get_field("phone_index").of(self.phone))  # type: ignore[union-attr]


def cast(maker: Maker, count: int, progress: Callable[[int], object] = lambda done: None) -> None:
    """Make ``count`` finished cases, spread evenly over the years up to five weeks ago, the oldest first.

    While the database takes one batch in, the next is made.
    """
    draw = random.Random(20250303)
    newest = timezone.now().replace(minute=0, second=0, microsecond=0) - NEWEST
    moulds = _moulds(maker, newest, draw)
    people = [Person(user, number) for number, user in enumerate(maker.citizens)]
    planned = _plan(count, moulds, newest, draw)
    done, writing = 0, None
    with _indexes_later(), ThreadPoolExecutor(1) as writer:
        while batch := list(islice(planned, BATCH)):
            made = _made(maker, batch, people, draw)
            if writing is not None:
                writing.result()
            writing = writer.submit(_pour, maker.kind.prefix, made)
            done += len(batch)
            progress(done)
        if writing is not None:
            writing.result()
        writer.submit(lambda: connection.close()).result()
    bulk.settle(Case, CaseEvent, NumberSeries, IssuedNumber)


def _plan(count: int, moulds: list[Mould], newest: datetime, draw: random.Random) -> Iterator[tuple[Mould, int]]:
    """The mould of each case and by how many weeks it is moved, in the order of their moments, as numbers are given."""
    weeks = YEARS * 52
    for week in range(weeks):
        share = count * (week + 1) // weeks - count * week // weeks
        for mould in sorted(draw.choices(moulds, k=share), key=lambda mould: _in_week(mould, newest)):
            yield mould, week - weeks + 1 + (newest - mould.moment) // timedelta(weeks=1)


def _in_week(mould: Mould, newest: datetime) -> timedelta:
    return -((newest - mould.moment) % timedelta(weeks=1))


def _moulds(maker: Maker, newest: datetime, draw: random.Random) -> list[Mould]:
    """Told in weeks of the last three years, so that holidays are among them."""
    ends, weights = zip(*ENDS, strict=True)
    found = []
    with remembered_rules():
        for _ in range(MOULDS):
            at = newest - timedelta(seconds=draw.randrange(3 * 365 * 86400))
            found.append(Mould(maker, at, draw.choices(ends, weights)[0]))
    return found


@dataclass
class Made:
    """A batch of casts as text, and the numbers given in it by year."""

    text: dict[type[models.Model], list[str]]
    issued: dict[int, list[tuple[str, int, datetime]]]


def _made(maker: Maker, batch: list[tuple[Mould, int]], people: list[Person], draw: random.Random) -> Made:
    made = Made({model: [] for model in (Case, CaseKey, *PROJECTED[1:], CaseEvent)}, {})
    # Without others who submit meanwhile the keys rise with the numbers.
    ids = bulk.reserve(Case, len(batch))
    for case, (mould, weeks) in zip(ids, batch, strict=True):
        year = (mould.day + timedelta(weeks=weeks)).year
        maker.numbers[year] = number = (maker.numbers.get(year) or last_number(maker.kind, year)) + 1
        made.issued.setdefault(year, []).append((f"{case:064d}", number, mould.moment + timedelta(weeks=weeks)))
        shown = f"{maker.kind.prefix}{year}{number:06d}"
        for model, lines in mould.fill(case, shown, draw.choice(maker.units).pk, draw.choice(people), weeks).items():
            made.text[model].append(lines)
    return made


def _pour(prefix: str, made: Made) -> None:
    """One transaction: the rows of a batch by COPY, and their numbers."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            # References are not looked up one by one; needs PostgreSQL's superuser, as the bench's private server gives.
            cursor.execute("SET LOCAL session_replication_role = replica")
        for model, parts in made.text.items():
            _copy(model, "".join(parts))
        for year, issued in made.issued.items():
            series, _ = NumberSeries.objects.get_or_create(name=f"casework:{prefix}:{year}")
            noted = ((series.pk, token, number, at) for token, number, at in issued)
            bulk.insert(IssuedNumber, ("series_id", "token", "number", "issued_at"), noted)
            NumberSeries.objects.filter(pk=series.pk).update(last=issued[-1][1])


def _copy(model: type[models.Model], text: str) -> None:
    if not text:
        return
    quote = connection.ops.quote_name
    fields = [field for field in model._meta.concrete_fields if not (model is CaseEvent and field.primary_key)]
    columns = ", ".join(quote(str(field.column)) for field in fields)
    with connection.cursor() as cursor, cursor.copy(f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN") as copy:
        copy.write(text)


@contextmanager
def _indexes_later() -> Iterator[None]:
    """Plain indexes of the tables go and are built again at the end; keys and constraints stay."""
    tables = [model._meta.db_table for model in (Case, CaseKey, *PROJECTED[1:], CaseEvent, IssuedNumber)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) "
            "AND indexname NOT IN (SELECT conname FROM pg_constraint) AND indexdef NOT LIKE 'CREATE UNIQUE%%'",
            [tables],
        )
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET maintenance_work_mem = '1GB'")
            for _, definition in found:
                cursor.execute(definition)
