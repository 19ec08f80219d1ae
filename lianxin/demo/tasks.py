"""A year of the supervision office: tasks (督查事项) of several units, and orders (督办单) on cases that stand still, each deed at its moment."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from lianxin.casework import actions, moments
from lianxin.casework.actions.watching import Order
from lianxin.casework.models import Case, Supervision
from lianxin.demo import catalogue
from lianxin.demo.articles import SHANGHAI
from lianxin.demo.letters_texts import Letter
from lianxin.demo.letters_walk import Desk, Walk, in_office_hours
from lianxin.foundation import calendar
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation
from lianxin.supervision import actions as supervision
from lianxin.supervision.queries import to_propose


@dataclass(frozen=True)
class ToldPart:
    """What one unit is asked for and says. ``days`` and ``done`` are counted from the order."""

    unit: str
    days: int
    said: tuple[str, ...] = ()
    first: str = ""
    sent_back: str = ""
    report: str = ""
    done: int = 0
    waiting: bool = False

    @property
    def reports_on(self) -> int:
        """Days after the order on which the unit reports back."""
        return self.done or self.days - 1


@dataclass(frozen=True)
class Told:
    """One task of the data file; open while it has no result."""

    age: int
    subject: str
    source: str
    basis: str
    signer: str
    demands: str
    parts: tuple[ToldPart, ...]
    quoted: str = ""
    level: str = "yellow"
    progress: tuple[int, ...] = ()
    outcome: str = ""
    result: str = ""


@dataclass(frozen=True)
class ToldOrder:
    """An order on a case, by its subject; ``dropped`` says why the clock's proposal was set aside instead."""

    subject: str
    level: str
    demands: str = ""
    days: int = 0
    signer: str = ""
    dropped: str = ""
    outcome: str = ""
    result: str = ""


def read() -> tuple[list[Told], list[ToldOrder]]:
    """The tasks and the orders of the data file."""
    book = tomllib.loads((catalogue.DATA / "tasks.toml").read_text(encoding="utf-8"))
    return [_task(row) for row in book["task"]], [ToldOrder(**row) for row in book["order"]]


def _task(row: dict[str, Any]) -> Told:
    parts = tuple(ToldPart(**one | {"said": tuple(one.get("said", ()))}) for one in row.pop("part"))
    return Told(**row | {"demands": row["demands"].strip(), "progress": tuple(row.get("progress", ())), "parts": parts})


def _signer(desk: Desk, username: str) -> str:
    return str(desk.leader_by_name(username).user if username == "mayor" else desk.people[username])


# --- tasks -------------------------------------------------------------------------------------------------------------------------------


class TaskWalk(Walk):
    """A task on its way, from its order."""

    told: Told

    @property
    def supervisor(self) -> User:
        return self.desk.people["supervisor"]

    @classmethod
    def order(cls, desk: Desk, told: Told, at: datetime, number: int, rng: random.Random) -> TaskWalk:
        """Register and order it; days are counted from so many days ago, whether or not that was a workday."""
        begun = _begun(desk.now, told.age)
        lead, *others = (supervision.Part(desk.units[part.unit], _workday(begun, part.days)) for part in told.parts)
        order = Order(
            source=told.source,
            basis=told.basis,
            quoted=told.quoted,
            signer=_signer(desk, told.signer),
            progress_on=tuple(_workday(begun, days) for days in told.progress),
        )
        with moments.dated(at):
            case = supervision.order_task(
                desk.people["supervisor"],
                token=f"demo-supervision-task-{number}",
                subject=told.subject,
                demands=told.demands,
                lead=lead,
                co=others,
                order=order,
                level=told.level,
            )
        letter = Letter(told.subject, told.demands, told.parts[0].unit, "", "task", at, kind=case.kind)
        walk = cls(desk, letter, rng, at, case)
        walk.told = told
        return walk

    def go_on(self) -> None:
        """Everything that has happened by now, in its order, units side by side."""
        begun = _begun(self.desk.now, self.told.age)
        deeds = [one for part in self.told.parts for one in self._deeds(part)]
        for days, deed in sorted(deeds, key=lambda one: one[0]):
            moment = max(in_office_hours(begun + timedelta(days=days), self.rng), self.at + timedelta(minutes=self.rng.uniform(4, 50)))
            if moment > self.desk.now:
                break
            self.at = moment
            deed()
        if self.told.result:
            row = Supervision.objects.get(case=self.case, state=Supervision.State.ORDERED)
            self.later(20, 60).do(supervision.close_order, self.supervisor, row, self.told.outcome, self.told.result)
        self.until_now()

    def _deeds(self, told: ToldPart) -> Iterator[tuple[float, Callable[[], Any]]]:
        """What the unit does and what the office says to it, with days after the order."""
        if self.told.age < 2:
            return
        clerk, rng = self.desk.clerk(told.unit), self.rng
        on = partial(self._on_part, told.unit)
        yield rng.uniform(0.05, 1.1), partial(on, actions.sign_for, clerk)
        for days, text in zip(self.told.progress, told.said, strict=False):
            yield days + rng.uniform(-0.15, 0.15), partial(on, actions.report_progress, clerk, text)
        if told.first:
            yield told.reports_on - 6, partial(on, actions.report_back, clerk, told.first)
            yield told.reports_on - 4, partial(on, actions.send_back_report, self.supervisor, told.sent_back)
        if told.report:
            yield told.reports_on + rng.uniform(-0.2, 0.1), partial(on, actions.report_back, clerk, told.report)
        if told.report and not told.waiting:
            yield told.reports_on + rng.uniform(1, 2), partial(on, actions.accept_report, self.supervisor)

    def _on_part(self, unit: str, deed: Callable[..., Any], actor: User, *words: str) -> None:
        self.do(deed, actor, self.part(unit), *words)


def _begun(now: datetime, age: int) -> datetime:
    """Noon of the day from which a task's days are counted."""
    return datetime.combine((now - timedelta(days=age)).astimezone(SHANGHAI).date(), time(12, 30), SHANGHAI)


def _workday(at: datetime, days: int) -> date:
    """So many days after a moment, on a workday."""
    day = (at + timedelta(days=days)).astimezone(SHANGHAI).date()
    return day if calendar.is_workday(day) else calendar.next_workday(day)


def _moment(now: datetime, age: int, rng: random.Random) -> datetime:
    """In the office, so many days ago or, where nobody works then, on the workday before."""
    day = (now - timedelta(days=age)).astimezone(SHANGHAI).date()
    if not calendar.is_workday(day):
        day = calendar.add_workdays(day, -1)
    return datetime.combine(day, time(rng.randint(9, 11), rng.randint(0, 59)), SHANGHAI)


# --- orders on cases ---------------------------------------------------------------------------------------------------------------------


class OrderWalk(Walk):
    """A case that stands still, from the day on which the clock proposed it."""

    told: ToldOrder

    def ordered(self, number: int) -> None:
        """Proposed by the clock, and ordered or set aside by the office the same day."""
        supervisor = self.desk.people["supervisor"]
        reason = f"超期满 {5 if self.told.level == 'red' else 1} 个工作日"
        with moments.dated(self.at):
            self.case = actions.propose_supervision(self.case, self.told.level, reason)
        proposal = Supervision.objects.filter(case=self.case, state=Supervision.State.PROPOSED).latest("seq")
        self.later(0.3, 3)
        if self.told.dropped:
            self.do(supervision.drop_proposal, supervisor, proposal, self.told.dropped)
            return
        order = Order(source=Supervision.Source.CLOCK, basis="办件时限和超期提示", signer=_signer(self.desk, self.told.signer))
        self.do(
            supervision.order_case,
            supervisor,
            token=f"demo-supervision-case-{number}",
            demands=self.told.demands,
            due_on=_workday(self.at, self.told.days),
            order=order,
            level=self.told.level,
            supervision=proposal,
        )

    def go_on(self) -> None:
        """Where something came of it: the unit answers, the office says what it thinks of it."""
        if not self.told.result:
            return
        self.later(10, 40).answered()
        row = Supervision.objects.get(case=self.case, state=Supervision.State.ORDERED)
        self.later(8, 30).do(supervision.close_order, self.desk.people["supervisor"], row, self.told.outcome, self.told.result)
        self.closed()


def _standing_still(desk: Desk, told: ToldOrder, letters: Sequence[Walk], rng: random.Random) -> OrderWalk | None:
    """The way of a late case, at the morning of the clock's proposal; None when its limit is not over by enough days today."""
    # What somebody wrote is encrypted: no database looks for it.
    case = next((case for case in Case.objects.filter(is_open=True, breached=True) if case.subject == told.subject), None)
    if case is None or case.due_at is None:
        return None
    letter = next((walk.letter for walk in letters if walk.case.pk == case.pk), None)
    letter = letter or Letter(case.subject, "", "", case.category, "order", case.received_at, kind=case.kind)
    day = calendar.add_workdays(case.due_at.astimezone(SHANGHAI).date(), 5 if told.level == "red" else 1)
    at = datetime.combine(day, time(8, 40), SHANGHAI)
    if at > desk.now or at < case.updated_at:
        return None
    walk = OrderWalk(desk, letter, rng, at, case)
    walk.told = told
    return walk


# --- all of it ---------------------------------------------------------------------------------------------------------------------------


def build(units: dict[str, Organisation], people: dict[str, User], letters: Sequence[Walk], now: datetime, seed: int) -> int:
    """Make tasks and orders; returns how many orders went out. Called within the transaction that makes the city, after all cases.

    Ordered one after the other by their moments, so that their numbers follow the year.
    """
    rng = random.Random(seed + 2006)
    desk = Desk(units, people, now)
    tasks, orders = read()
    plans: list[tuple[datetime, Callable[[], TaskWalk | OrderWalk]]] = []
    for number, told in enumerate(tasks):
        at = _moment(now, told.age, rng)
        plans.append((at, partial(TaskWalk.order, desk, told, at, number, rng)))
    for number, one in enumerate(orders):
        if (walk := _standing_still(desk, one, letters, rng)) is not None:
            plans.append((walk.at, partial(_ordered, walk, number)))
    for one_walk in [make() for _, make in sorted(plans, key=lambda plan: plan[0])]:
        one_walk.go_on()
    _proposed(now)
    return Supervision.objects.exclude(number="").count()


def _ordered(walk: OrderWalk, number: int) -> OrderWalk:
    walk.ordered(number)
    return walk


def _proposed(now: datetime) -> None:
    """What the rules propose today and nobody has decided on."""
    for found in to_propose():
        with moments.dated(now):
            actions.propose_supervision(Case.objects.get(pk=found.case), found.level, found.reason)
