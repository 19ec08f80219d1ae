"""What is overdue and what is about to be, by unit and by the leader in charge. Every number and its list come from one function."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from lianxin.casedesk import times
from lianxin.casework import clocks
from lianxin.casework.models import Assignment, Case
from lianxin.casework.queries import official_for
from lianxin.casework.rights import standing_of, under
from lianxin.foundation import calendar
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Organisation, Post


def _overdue_by(workdays: int) -> Callable[[datetime], Q]:
    """Limits that ended at least so many workdays ago."""

    def condition(now: datetime) -> Q:
        return Q(due_at__lte=clocks.end_of(over_by(workdays, timezone.localtime(now).date())))

    return condition


def over_by(workdays: int, today: date) -> date:
    """The latest last day of a limit after which so many workdays are wholly over by ``today``."""
    return calendar.add_workdays(today, -workdays) - timedelta(days=1)


AGES: dict[str, tuple[str, Callable[[datetime], Q]]] = {
    "": ("超期和快到期", lambda now: Q(due_at__lte=times.soon(now))),
    "late": ("已超期", lambda now: Q(due_at__lte=now)),
    "late5": ("超期五个工作日以上", _overdue_by(5)),
    "late10": ("超期十个工作日以上", _overdue_by(10)),
    "soon": ("快到期", lambda now: Q(due_at__gt=now, due_at__lte=times.soon(now))),
}
"""How far a limit is gone: a name for people, and the condition on ``due_at``."""


@dataclass(frozen=True)
class Watch:
    """What somebody looks for: a kind, a unit, a leader in charge, an age; each may be left out."""

    kind: str = ""
    unit: Organisation | None = None
    leader: Post | None = None
    age: str = ""


@dataclass(frozen=True)
class Row:
    """How a unit, or everything a leader answers for, stands. ``oldest`` is when its oldest limit ended or ends."""

    of: Any
    late: int
    soon: int
    oldest: datetime | None


def _supervised(actor: User) -> QuerySet[Case]:
    """Open cases that the actor supervises and may see."""
    standing = standing_of(actor)
    if not standing.supervised_paths:
        return Case.objects.none()
    scope = under("office", standing.supervised_paths) | under("lead", standing.supervised_paths)
    return official_for(standing).filter(scope, is_open=True)


def _parts(actor: User, watch: Watch, now: datetime) -> QuerySet[Assignment]:
    """Open parts that fit, each with its own limit."""
    cases = _supervised(actor).filter(due_at__lte=times.soon(now))
    if watch.kind:
        cases = cases.filter(kind=watch.kind)
    parts = Assignment.objects.filter(AGES[watch.age][1](now), is_open=True, case__in=cases)
    if watch.unit is not None:
        parts = parts.filter(organisation=watch.unit)
    if watch.leader is not None:
        parts = parts.filter(organisation__in=_units_of(watch.leader))
    return parts


def _units_of(leader: Post) -> list[int]:
    return [unit for unit, post in _leaders().items() if post is not None and post.pk == leader.pk]


def _leaders() -> dict[int, Post | None]:
    """For each current unit, the leader who answers for it: its own or that of the nearest unit above."""
    rows = organisations.portfolios_in_force().select_related("leader__user", "organisation")
    by_path = {row.organisation.path: row.leader for row in rows}
    step = Organisation.steplen

    def of(path: str) -> Post | None:
        return next((by_path[path[:end]] for end in range(len(path), 0, -step) if path[:end] in by_path), None)

    return {pk: of(path) for pk, path in Organisation.objects.values_list("pk", "path")}


def watched(actor: User, watch: Watch) -> QuerySet[Case]:
    """The cases behind the numbers, the longest overdue first."""
    now = timezone.now()
    cases = _supervised(actor)
    if watch.unit is None and watch.leader is None:
        cases = cases.filter(AGES[watch.age][1](now))
        cases = cases.filter(kind=watch.kind) if watch.kind else cases
    else:
        cases = cases.filter(Exists(_parts(actor, watch, now).filter(case=OuterRef("pk"))))
    return cases.select_related("lead").order_by("due_at", "pk")


def without_unit(actor: User, kind: str = "") -> int:
    """Cases that are late or about to be and lie with no unit: the office that screens has them."""
    held = Assignment.objects.filter(case=OuterRef("pk"), is_open=True)
    cases = _supervised(actor).filter(due_at__lte=times.soon()).exclude(Exists(held))
    return (cases.filter(kind=kind) if kind else cases).count()


def by_unit(actor: User, kind: str = "") -> list[Row]:
    """How each unit stands that has something late or about to be: the worst first."""
    now = timezone.now()
    rows = list(
        _parts(actor, Watch(kind=kind), now)
        .values("organisation")
        .annotate(late=Count("pk", filter=Q(due_at__lte=now)), soon=Count("pk", filter=Q(due_at__gt=now)), oldest=Min("due_at"))
        .order_by()
    )
    units = Organisation.objects.in_bulk([row["organisation"] for row in rows])
    return _worst_first([Row(units[row["organisation"]], row["late"], row["soon"], row["oldest"]) for row in rows])


def by_leader(units: list[Row]) -> list[Row]:
    """The same by the leader in charge (分管领导); ``of`` is None for units that nobody answers for."""
    leaders = _leaders()
    found: dict[int | None, Row] = {}
    for row in units:
        post = leaders.get(row.of.pk)
        key = post.pk if post is not None else None
        known = found.get(key, Row(post, 0, 0, None))
        oldest = min((at for at in (known.oldest, row.oldest) if at is not None), default=None)
        found[key] = Row(post, known.late + row.late, known.soon + row.soon, oldest)
    return _worst_first(list(found.values()))


def _worst_first(rows: list[Row]) -> list[Row]:
    far = timezone.now() + timedelta(days=3650)
    return sorted(rows, key=lambda row: (-row.late, -row.soon, row.oldest or far))
