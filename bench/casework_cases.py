"""Makes very many cases in bulk: real events in real chains, with the rows that the projections make of them.

Every case is told through the engine's own ``Work`` in memory, so that ``lianxin check`` finds nothing wrong with it; only the storing
is different: whole batches as prepared statements.
"""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from lianxin.casework import kinds, sealing
from lianxin.casework.actions import following
from lianxin.casework.actions.common import Work
from lianxin.casework.events import EventType
from lianxin.casework.kinds import CaseKind
from lianxin.casework.models import Case, CaseEvent, CaseKey, EventVisibility
from lianxin.casework.projections import PROJECTED, Rows
from lianxin.foundation import bulk, crypto
from lianxin.foundation.crypto import BlindIndexField, EncryptedTextField
from lianxin.foundation.models import IssuedNumber, NumberSeries
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation

BATCH = 2_000
YEARS = 5
SUBJECTS = ("路灯不亮", "公交线路绕行太远", "小区噪音扰民", "下水道堵塞", "学区划分咨询", "医保报销比例咨询", "违章停车", "建议增设公厕")
TEXTS = tuple(f"{subject}，已经有一段时间了，希望有关部门尽快处理。" * 3 for subject in SUBJECTS)
REPLY = "您好！您反映的问题已经现场核查，今日处理完毕。感谢您对我们工作的支持。"
Ends = tuple[tuple[str, int], ...]
"""How far cases have come, by their share of a hundred."""
ENDS: Ends = (("closed", 70), ("replied", 20), ("declined", 3), ("handling", 4), ("assigned", 1), ("submitted", 1), ("awaiting", 1))
OPEN: Ends = (("handling", 84), ("assigned", 8), ("submitted", 6), ("awaiting", 2))


class Maker:
    """Tells cases of one kind, among the units and accounts it is given."""

    def __init__(self, kind: CaseKind, office: Organisation, units: list[Organisation], citizens: list[User], staff: User, head: User) -> None:
        self.kind, self.office, self.units, self.citizens, self.staff, self.head = kind, office, units, citizens, staff, head
        self.random = random.Random(20250303)
        self.numbers: dict[int, int] = {}

    def tell(self, case_id: int, number: int, at: datetime, end: str, phone: str = "") -> Work:
        """One case as far as ``end``, beginning ``at``; ``phone`` by default one of a thousand."""
        draw = self.random.randrange
        keys = sealing.Keys(sealing.new_key(), sealing.new_key())
        work = Work(None, Rows(Case(pk=case_id), stored=True), self.kind, keys, at=at)
        work.rows.add(CaseKey(case_id=case_id, key=keys.words, person=keys.person))
        story = draw(len(SUBJECTS))
        citizen = self.citizens[draw(len(self.citizens))]
        facts = {
            "kind": self.kind.code,
            "kind_version": self.kind.version,
            "number": f"{self.kind.prefix}{timezone.localtime(at).year}{number:06d}",
            "token": f"{case_id:064d}",
            "secret": f"{case_id:064d}",
            "channel": "web",
            "category": "",
            "office": self.office.pk,
            "addressed_to": None,
            "wish": "public",
            "visibility": self.kind.default_visibility,
            "received_at": at,
            "user": citizen.pk,
            "petitioner_kind": "person",
            "identity": "real_name",
        }
        private = {"subject": SUBJECTS[story], "text": TEXTS[story], "place": ""}
        personal = {"name": "王小明", "phone": phone or f"138{draw(1000):08d}"}
        work.user, work.now = citizen, at
        work.enter("submit")
        work.record(EventType.SUBMITTED, facts, private, personal=personal, visibility=EventVisibility.PARTIES)
        if end != "submitted":
            self.handle(work, at, end)
        following.follow(work)
        return work

    def handle(self, work: Work, at: datetime, end: str) -> None:
        """From the office to wherever the case ends."""
        unit = self.units[self.random.randrange(len(self.units))]
        later = at + timedelta(hours=self.random.randrange(1, 8))
        if end == "declined":
            self.step(work, "decline", later, self.staff, self.office, EventType.DECLINED, {"where_to": "请拨打 12348"}, {"reason": "属于司法途径"})
            return
        given = {"organisation": unit.pk, "role": "lead", "manner": "pass", "return_by": later + timedelta(days=1)}
        part = self.step(work, "assign", later, self.staff, self.office, EventType.ASSIGNED, given, visibility=EventVisibility.PUBLIC).seq
        if end == "assigned":
            return
        later += timedelta(hours=3)
        self.step(work, "sign_for", later, self.staff, unit, EventType.SIGNED_FOR, {"assignment": part})
        if end == "handling":
            return
        if end == "awaiting":
            self.step(work, "ask_citizen", later, self.staff, unit, EventType.ASKED, None, {"body": "请告知具体地点。"}, EventVisibility.PARTIES)
            return
        later += timedelta(hours=self.random.choice((6, 20, 40, 90)))
        draft = {"message": None, "kind": "reply", "outcome": "solved", "in_person": False}
        message = self.step(work, "draft_reply", later, self.staff, unit, EventType.DRAFTED, draft, {"body": REPLY}, EventVisibility.INTERNAL).seq
        self.step(work, "approve_reply", later, self.head, unit, EventType.APPROVED, {"message": message}, None, EventVisibility.INTERNAL)
        sent = {"message": message, "outcome": "solved", "in_person": False}
        self.step(work, "publish_reply", later, self.staff, unit, EventType.REPLIED, sent, None, EventVisibility.PUBLIC)
        if end == "closed":
            self.step(work, "finish", later, self.staff, self.office, EventType.FINISHED, None, None, EventVisibility.PUBLIC)
            decided = {"open": work.case.visibility != "private", "attachments": []}
            self.step(work, "decide_public", later, self.staff, self.office, EventType.PUBLICITY_DECIDED, decided)

    def step(
        self,
        work: Work,
        deed: str,
        at: datetime,
        actor: User,
        unit: Organisation | None,
        event: EventType,
        payload: dict[str, Any] | None = None,
        private: dict[str, Any] | None = None,
        visibility: EventVisibility = EventVisibility.STAFF,
    ) -> CaseEvent:
        """One deed, with the clocks that follow the one before."""
        if work.deed:
            following.follow(work)
            work.deed = ""
        work.now = at
        following.settle_breaches(work)
        work.user, work.unit = actor, unit
        work.enter(deed)
        return work.record(event, payload, private, visibility=visibility)


def grow(maker: Maker, count: int, progress: Callable[[int], object] = lambda done: None, *, days: int = 365 * YEARS, ends: Ends = ENDS) -> None:
    """Make ``count`` cases spread over ``days`` up to now, the oldest first, which have come as far as ``ends`` says."""
    now = timezone.now().replace(microsecond=0)
    with remembered_rules(), bulk.hurried():
        for done in range(0, count, BATCH):
            size = min(BATCH, count - done)
            moments = [now - timedelta(days=days) * (1 - (done + place + 1) / count) for place in range(size)]
            _batch(maker, moments, now, ends)
            progress(done + size)
    bulk.settle(Case, CaseEvent, NumberSeries, IssuedNumber)


@contextmanager
def remembered_rules() -> Iterator[None]:
    """Rules are asked for once, and those of today stand for earlier ones."""
    kept_rule = following.rule_in_force
    following.rule_in_force = lru_cache(lambda code, on: kept_rule(code))  # type: ignore[assignment]
    try:
        yield
    finally:
        following.rule_in_force = kept_rule


def _batch(maker: Maker, moments: list[datetime], now: datetime, ends: Ends) -> None:
    with transaction.atomic():
        ids = bulk.reserve(Case, len(moments))
        works = []
        for case_id, moment in zip(ids, moments, strict=True):
            year = timezone.localtime(moment).year
            maker.numbers[year] = number = (maker.numbers.get(year) or last_number(maker.kind, year)) + 1
            works.append(maker.tell(case_id, number, moment, _end(maker, now - moment, ends)))
        for model, rows in _by_model(works).items():
            _insert(model, rows)
        _insert(CaseEvent, [event for work in works for event in work.events], without="id")
        _note_numbers(maker.kind, works)


def _end(maker: Maker, age: timedelta, ends: Ends) -> str:
    """How far a case of this age has come; what is still open was sent lately."""
    names, weights = zip(*ends, strict=True)
    drawn = maker.random.choices(names, weights)[0]
    return drawn if age < timedelta(days=30) or drawn in ("closed", "replied", "declined") else "closed"


def last_number(kind: CaseKind, year: int) -> int:
    """The last number given in a year."""
    row = NumberSeries.objects.filter(name=f"casework:{kind.prefix}:{year}").first()
    return row.last if row else 0


def _note_numbers(kind: CaseKind, works: list[Work]) -> None:
    """Numbers as the numbering itself would have noted them, so that it goes on behind the last."""
    cases = [work.case for work in works]
    for year in sorted({timezone.localtime(case.received_at).year for case in cases}):
        series, _ = NumberSeries.objects.get_or_create(name=f"casework:{kind.prefix}:{year}")
        opening = f"{kind.prefix}{year}"
        issued = [
            (series.pk, case.token, int(case.number.removeprefix(opening)), case.submitted_at) for case in cases if case.number.startswith(opening)
        ]
        bulk.insert(IssuedNumber, ("series_id", "token", "number", "issued_at"), issued)
        NumberSeries.objects.filter(pk=series.pk).update(last=max(number for _, _, number, _ in issued))


def _by_model(works: list[Work]) -> dict[type[models.Model], list[models.Model]]:
    found: dict[type[models.Model], list[models.Model]] = {model: [] for model in (Case, CaseKey, *PROJECTED[1:])}
    for work in works:
        for row, _ in work.rows.changes():
            found[type(row)].append(row)
    return found


def _insert(model: type[models.Model], rows: list[models.Model], without: str = "") -> None:
    fields = [field for field in model._meta.concrete_fields if field.attname != without]
    makers = [_maker(field) for field in fields]
    bulk.insert(model, [field.attname for field in fields], ([make(row) for make in makers] for row in rows))


def _maker(field: Any) -> Callable[[models.Model], Any]:
    """How a column's value is taken from a row; equal texts share one encryption, which nobody can see from outside."""
    name = field.attname
    if isinstance(field, EncryptedTextField):
        seal = lru_cache(maxsize=10_000)(lambda text: crypto.encrypt(text, field.context))
        return lambda row: None if getattr(row, name) is None else seal(getattr(row, name))
    if isinstance(field, BlindIndexField):
        index = lru_cache(maxsize=10_000)(field.of)
        return lambda row: index(getattr(row, field.source))
    if isinstance(field, models.JSONField):
        return lambda row: json.dumps(getattr(row, name), cls=DjangoJSONEncoder, ensure_ascii=False)
    if isinstance(field, models.FileField):
        return lambda row: getattr(row, name).name
    return lambda row: getattr(row, name)


def known_kind(code: str) -> CaseKind:
    """The kind of this code, or the first that some room has registered."""
    known = {kind.code: kind for kind in kinds.kinds()}
    return known.get(code) or next(iter(known.values()))
