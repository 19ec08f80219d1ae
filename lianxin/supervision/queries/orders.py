"""Proposals of the clock and orders of the office: what waits, what is owed, what came of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from lianxin.casework import clocks, kinds
from lianxin.casework.models import Assignment, Case, Clock, Message, Rule, Supervision
from lianxin.casework.queries import official_for, visible_to
from lianxin.casework.rights import UNIT_ROLES, covers, standing_of
from lianxin.casework.rules import rule_in_force
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.supervision.kinds import TASK
from lianxin.supervision.queries.watching import over_by

State, Level = Supervision.State, Supervision.Level
RULES = {Level.RED: "V02", Level.YELLOW: "V01"}
"""Which rule says from when on a level is proposed, the graver first."""


# --- proposals -------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ToPropose:
    """A case whose clock calls for supervision, with the reason in words."""

    case: int
    level: str
    reason: str


def to_propose() -> list[ToPropose]:
    """What the rules in force propose today: for each case the gravest level only; cases that have it already are left out."""
    today = timezone.localdate()
    found: dict[int, ToPropose] = {}
    for level, code in RULES.items():
        rule = rule_in_force(code)
        late = Clock.objects.filter(state=Clock.State.RUNNING, due_at__lte=clocks.end_of(_before(today, rule)), case__is_open=True)
        have = set(Supervision.objects.filter(level=level, case__in=late.values("case")).exclude(state=State.CLOSED).values_list("case", flat=True))
        for case, label in late.order_by("due_at", "pk").values_list("case", "label"):
            reason = f"{label}超期满 {rule.limit}"
            found.setdefault(case, ToPropose(case, "" if case in have else level, reason))
    return [one for one in found.values() if one.level]


def _before(today: date, rule: Rule) -> date:
    """The last day of limits that are overdue by what the rule says, today."""
    if rule.unit == Rule.Unit.WORKDAYS:
        return over_by(rule.threshold, today)
    return today - timedelta(days=rule.threshold + 1)


@dataclass(frozen=True)
class Proposal:
    """A proposal that waits for the office's decision."""

    row: Supervision
    case: Case


def proposals(actor: User, count: int = 100) -> list[Proposal]:
    """Proposals that the actor decides on, red before yellow, the oldest first; of one case the gravest."""
    if not standing_of(actor).supervised_paths:
        return []
    rows = Supervision.objects.filter(state=State.PROPOSED, case__in=_seen(actor)).select_related("case__lead")
    found: dict[int, Proposal] = {}
    for row in sorted(rows.order_by("id")[: count * 2], key=lambda row: row.level != Level.RED):
        found.setdefault(row.case_id, Proposal(row, row.case))
    return list(found.values())[:count]


def _seen(actor: User) -> QuerySet[Case]:
    return official_for(standing_of(actor)).order_by()


def may_order(actor: User, case: Case) -> bool:
    """Whether the actor's office supervises the unit that has the case."""
    return covers(standing_of(actor).supervised_paths, case.lead or case.office)


# --- orders ----------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OrderState:
    """An order with how it stands: parts, reports on the way, whether its day is over."""

    row: Supervision
    case: Case
    parts: list[Assignment]
    progress: int
    late: bool

    @property
    def done(self) -> int:
        """Parts whose report was accepted, or that ended with the answer."""
        return sum(part.state == Assignment.State.DONE for part in self.parts)

    @property
    def waiting(self) -> list[Assignment]:
        """Reports that wait for the office."""
        return [part for part in self.parts if part.state == Assignment.State.REPORTED]


def orders(actor: User, show: str = "", *, after: int = 0, count: int = 40) -> list[OrderState]:
    """Orders that the actor may see, the latest first; ``show``: "" under way, ``late`` past their day, ``closed``. ``after`` is the last key."""
    rows = Supervision.objects.filter(case__in=_seen(actor)).exclude(number="")
    rows = rows.filter(state=State.CLOSED if show == "closed" else State.ORDERED)
    if show == "late":
        rows = rows.filter(due_on__lt=timezone.localdate())
    if after:
        rows = rows.filter(pk__lt=after)
    return states(list(rows.select_related("case__lead", "case__office", "organisation").order_by("-pk")[:count]))


def states(rows: list[Supervision]) -> list[OrderState]:
    """How these orders stand, read together."""
    cases = [row.case_id for row in rows]
    parts: dict[int, list[Assignment]] = {}
    for part in (
        Assignment.objects.filter(case__in=cases)
        .exclude(role=Assignment.Role.COPY)
        .exclude(state=Assignment.State.ENDED)
        .select_related("organisation")
    ):
        parts.setdefault(part.case_id, []).append(part)
    said = Message.objects.filter(case__in=cases, kind=Message.Kind.PROGRESS)
    progress = dict(said.values_list("case").annotate(Count("pk")).order_by())
    today = timezone.localdate()
    return [
        OrderState(
            row,
            row.case,
            sorted(parts.get(row.case_id, []), key=lambda part: part.seq),
            progress.get(row.case_id, 0),
            row.state == State.ORDERED and row.due_on is not None and row.due_on < today,
        )
        for row in rows
    ]


def state_of(row: Supervision) -> OrderState:
    """How one order stands."""
    return states([row])[0]


def parts_of(case: Case) -> list[tuple[Assignment, Clock | None, list[Message]]]:
    """Each unit's part in a case with its own latest clock and what it has reported, in order."""
    rows = Assignment.objects.filter(case=case).exclude(state=Assignment.State.ENDED).select_related("organisation", "handler").order_by("seq")
    own = {clock.assignment: clock for clock in Clock.objects.filter(case=case, assignment__isnull=False).order_by("seq")}
    said: dict[int | None, list[Message]] = {}
    for message in Message.objects.filter(case=case, kind__in=(Message.Kind.PROGRESS, Message.Kind.REPORT)).order_by("seq"):
        said.setdefault(message.organisation_id, []).append(message)
    return [(part, own.get(part.seq), said.get(part.organisation_id, [])) for part in rows]


@dataclass(frozen=True)
class Owed:
    """A unit that has said how far it is less often than the order has asked by now."""

    order: Supervision
    part: Assignment
    asked: date
    """The first of the days that it has not answered."""


def progress_owed(rows: Iterable[Supervision], until: date | None = None) -> list[Owed]:
    """Reports on the way that are owed by ``until`` (default today): each report answers one of the days, in order."""
    until = until or timezone.localdate()
    asked = {row: sorted(date.fromisoformat(day) for day in row.progress_on if date.fromisoformat(day) <= until) for row in rows}
    asked = {row: days for row, days in asked.items() if days and row.state == State.ORDERED}
    cases = [row.case_id for row in asked]
    said: dict[tuple[int, int | None], int] = {}
    for case, unit in Message.objects.filter(case__in=cases, kind=Message.Kind.PROGRESS).values_list("case", "organisation"):
        said[case, unit] = said.get((case, unit), 0) + 1
    open_ = Assignment.objects.filter(case__in=cases, is_open=True).exclude(state=Assignment.State.REPORTED).select_related("organisation", "case")
    parts: dict[int, list[Assignment]] = {}
    for part in open_.order_by("seq"):
        parts.setdefault(part.case_id, []).append(part)
    found = []
    for row, days in asked.items():
        for part in parts.get(row.case_id, []):
            given = said.get((row.case_id, part.organisation_id), 0)
            if given < len(days):
                found.append(Owed(row, part, days[given]))
    return found


def open_with_progress(actor: User) -> list[Supervision]:
    """Orders under way that the actor may see and that ask for reports on the way."""
    rows = Supervision.objects.filter(state=State.ORDERED, case__in=_seen(actor)).select_related("case")
    return [row for row in rows if row.progress_on]


def reports_waiting(actor: User, count: int = 50) -> list[Assignment]:
    """Reports on tasks that wait for the actor's office, the oldest first."""
    if not standing_of(actor).supervised_paths:
        return []
    rows = Assignment.objects.filter(state=Assignment.State.REPORTED, case__kind=TASK, case__in=_seen(actor))
    return list(rows.select_related("case", "organisation").order_by("pk")[:count])


# --- people ----------------------------------------------------------------------------------------------------------------------------


def handlers_of(unit: int, case: Case) -> list[User]:
    """Who handles cases in a unit, without those from whom this one is hidden."""
    people = {person.pk: person for role in sorted(UNIT_ROLES) for person in organisations.actors(role, [unit])[unit]}
    narrows = kinds.kind(case.kind, case.kind_version).visible is not None
    return [person for person in people.values() if not (case.is_sealed or narrows) or visible_to(person).filter(pk=case.pk).exists()]


def may_take_papers(actor: User, case: Case) -> bool:
    """Whether somebody may take a case's papers: the office that screens, supervision, units with a part, leaders. Others who see it, such as
    operators, may not.
    """
    standing = standing_of(actor)
    if not official_for(standing).filter(pk=case.pk).exists():
        return False
    kind = kinds.kind(case.kind, case.kind_version)
    if covers(standing.screening(kind.screened_by), case.office) or covers(standing.supervised_paths, case.lead or case.office):
        return True
    if Assignment.objects.filter(case=case, organisation__in=standing.units).exclude(state=Assignment.State.ENDED).exists():
        return True
    return bool(standing.leader_posts)
