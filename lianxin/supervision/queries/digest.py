"""民情日报: what leaders and heads of units are told on a workday. Worked out for one reader, from what he answers for and may see.

A leader is told of the units in his portfolio; the mayor and the secretary of everything below their government. A head is told of his own
units. Cases hidden from the reader are counted nowhere.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from lianxin.casedesk import times
from lianxin.casework import kinds
from lianxin.casework.models import Assignment, Case, Cluster, Instruction, Message, Rating, Supervision
from lianxin.casework.queries import instructions_asked, official_for
from lianxin.casework.queries.visibility import unhidden, unsealed_parts
from lianxin.casework.rights import Role, Standing, standing_of, under
from lianxin.foundation import calendar
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Organisation

MORNING = time(7, 30)
SHOWN = 5
HOT_DAYS = 3
"""A matter's letters of so many days are set against those of as many days before."""
WEEK, MONTH = timedelta(days=7), timedelta(days=28)
LEAST = 3
"""Fewer letters of a category in a week are no wave."""
WELL_FROM = 4


def readers() -> list[int]:
    """Who gets a digest today: leaders and heads of units, and those who stand in for them."""
    posts = organisations.in_force().filter(role__in=(Role.LEADER, Role.HEAD))
    held = set(posts.values_list("user", flat=True))
    return sorted(held | set(organisations.handovers_in_force().filter(post__in=posts).values_list("substitute", flat=True)))


def span(day: date) -> tuple[datetime, datetime]:
    """What the digest of a day covers: from half past seven of the workday before to half past seven."""
    before = calendar.add_workdays(day, -1)
    since, until = (timezone.make_aware(datetime.combine(one, MORNING)) for one in (before, day))
    return since, until


def _whole(standing: Standing) -> list[str]:
    """What the heads of governments and Party committees answer for beside their portfolios: everything below the government, or beside
    the committee. The head is who stands first among the leaders of his unit; a leader of whom nothing else is told is taken for one.
    """
    posts = standing.leader_posts
    first = {unit: organisations.leaders_of(unit)[:1] for unit in {post.organisation_id for post in posts}}
    heads = [post for post in posts if post in first[post.organisation_id]]
    if not heads and not standing.portfolio_paths:
        heads = posts
    step = Organisation.steplen
    return [post.organisation.path[:-step] if post.organisation.kind == Organisation.Kind.PARTY else post.organisation.path for post in heads]


class Scope:
    """What a reader answers for."""

    def __init__(self, user: User) -> None:
        self.standing = standing_of(user)
        self.is_leader = bool(self.standing.leader_posts)
        self.is_reader = self.is_leader or bool(self.standing.holding(Role.HEAD))
        self._units = {post.organisation_id for post in self.standing.holding(Role.HEAD)}
        self._paths = [*self.standing.portfolio_paths, *_whole(self.standing)]

    def cases(self) -> QuerySet[Case]:
        """His units' cases, without those hidden from him."""
        return unhidden(Case.objects.filter(self._of_units()), self.standing)

    def joined(self) -> QuerySet[Case]:
        """Cases that wait for the answer to one of his, without those hidden from him."""
        return unhidden(Case.objects.filter(cluster__in=self.cases()), self.standing)

    def parts(self) -> QuerySet[Assignment]:
        """His units' parts under way."""
        field = "organisation"
        mine = Q(organisation__in=self._units) | (under(field, self._paths) if self.is_leader else Q(pk__in=[]))
        return unsealed_parts(Assignment.objects.filter(mine, is_open=True), self.standing)

    def _of_units(self) -> Q:
        mine = Q(pk__in=Assignment.objects.filter(organisation__in=self._units).exclude(state=Assignment.State.ENDED).values("case"))
        if self.is_leader:
            mine |= under("lead", self._paths) | under("office", self._paths)
        return mine


def content(user: User, day: date) -> dict[str, Any]:
    """The digest of ``user`` for ``day``: numbers and keys of rows. What is new, hot and answered well follows from the day; what is late and
    due is as it stands when it is worked out.
    """
    scope = Scope(user)
    since, until = span(day)
    if not scope.is_reader:
        return {}
    cases = scope.cases()
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "new": _new(cases, since, until),
        "hot": _hot(scope, until),
        "waves": _waves(cases, until),
        "late": _late(scope),
        "well": _well(cases, since, until),
        "asked": [row.case_id for row in instructions_asked(user, count=50)],
        "orders": _orders(cases, day),
    }


def _new(cases: QuerySet[Case], since: datetime, until: datetime) -> dict[str, Any]:
    new = cases.filter(submitted_at__gt=since, submitted_at__lte=until)
    by_kind = dict(new.values_list("kind").annotate(Count("pk")).order_by())
    return {
        "count": sum(by_kind.values()),
        "kinds": by_kind,
        "cases": list(new.order_by("-submitted_at", "-pk").values_list("pk", flat=True)[:SHOWN]),
    }


def _hot(scope: Scope, until: datetime) -> list[dict[str, Any]]:
    """Matters that several wrote about, the fastest growing first: letters of the last days, and of as many days before."""
    edge, start = until - timedelta(days=HOT_DAYS), until - timedelta(days=2 * HOT_DAYS)
    joined = scope.joined().filter(submitted_at__gt=start, submitted_at__lte=until)
    rows = joined.values(case=F("cluster")).annotate(
        now=Count("pk", filter=Q(submitted_at__gt=edge)), before=Count("pk", filter=Q(submitted_at__lte=edge))
    )
    growing = [row for row in rows.order_by() if row["now"] > row["before"]]
    growing.sort(key=lambda row: (row["before"] - row["now"], row["case"]))
    return [dict(row) for row in growing[:SHOWN]]


def _waves(cases: QuerySet[Case], until: datetime) -> list[dict[str, Any]]:
    """Categories with clearly more letters in a week than in the weeks before: at least half as many again as their weekly mean."""
    recent = cases.filter(submitted_at__gt=until - WEEK - MONTH, submitted_at__lte=until).exclude(category="")
    week, before = Q(submitted_at__gt=until - WEEK), Q(submitted_at__lte=until - WEEK)
    rows = recent.values("kind", "category").annotate(now=Count("pk", filter=week), past=Count("pk", filter=before)).order_by()
    found = [
        {"kind": row["kind"], "category": row["category"], "now": row["now"], "mean": round(row["past"] / 4, 1)}
        for row in rows
        if row["now"] >= LEAST and row["now"] >= 1.5 * row["past"] / 4
    ]
    return sorted(found, key=lambda row: (row["mean"] - row["now"], row["category"]))[:SHOWN]


def _late(scope: Scope) -> dict[str, Any]:
    now = timezone.now()
    soon = times.soon(now)
    rows = (
        scope.parts()
        .filter(due_at__lte=soon)
        .values("organisation")
        .annotate(late=Count("pk", filter=Q(due_at__lte=now)), soon=Count("pk", filter=Q(due_at__gt=now)))
        .order_by()
    )
    units = [{"unit": row["organisation"], "late": row["late"], "soon": row["soon"]} for row in rows]
    units.sort(key=lambda row: (-row["late"], -row["soon"], row["unit"]))
    late, coming = (sum(row[name] for row in units) for name in ("late", "soon"))
    return {"late": late, "soon": coming, "units": units[:SHOWN]}


def _well(cases: QuerySet[Case], since: datetime, until: datetime) -> list[int]:
    """Cases that were rated well, and that the head answered himself or a leader instructed in."""
    rated = Rating.objects.filter(at__gt=since, at__lte=until, score__gte=WELL_FROM, case=OuterRef("pk"))
    own = Message.objects.filter(case=OuterRef("pk"), kind=Message.Kind.REPLY, state=Message.State.PUBLISHED, in_person=True)
    instructed = Instruction.objects.filter(case=OuterRef("pk"), given_at__isnull=False)
    return list(
        cases.filter(Exists(rated)).filter(Exists(own) | Exists(instructed)).order_by("-replied_at", "-pk").values_list("pk", flat=True)[:SHOWN]
    )


def _orders(cases: QuerySet[Case], day: date) -> list[int]:
    """Supervision orders whose day is over or comes within two workdays, the nearest first."""
    rows = Supervision.objects.filter(state=Supervision.State.ORDERED, due_on__lte=calendar.add_workdays(day, 2), case__in=cases)
    return list(rows.order_by("due_on", "pk").values_list("pk", flat=True)[:SHOWN])


def summary(content: dict[str, Any]) -> str:
    """The text of the mail: numbers and names of units, nothing that anybody wrote. "" when there is nothing to tell."""
    if not content:
        return ""
    late = content["late"]
    told = {
        "新收": content["new"]["count"],
        "升温事项": len(content["hot"]) + len(content["waves"]),
        "超期": late["late"],
        "快到期": late["soon"],
        "群众评价好的": len(content["well"]),
        "等您批示": len(content["asked"]),
        "到期的督办单": len(content["orders"]),
    }
    if not any(told.values()):
        return ""
    sentence = "，".join(f"{name} {count} 件" for name, count in told.items() if count) + "。"
    units = Organisation.objects.in_bulk([row["unit"] for row in late["units"][:3]])
    worst = "、".join(f"{units[row['unit']]} {row['late']} 件" for row in late["units"][:3] if row["late"] and row["unit"] in units)
    return sentence + (f"\n超期较多：{worst}。" if worst else "")


@dataclass(frozen=True)
class Shown:
    """A stored digest as its reader sees it now: cases hidden from him since are left out."""

    content: dict[str, Any]
    new: list[Case]
    hot: list[tuple[str, Case | None, int, int]]
    """Title of the matter, its case if he sees it, letters of the last days, letters of the days before."""
    waves: list[tuple[str, int, float]]
    units: list[tuple[Organisation, int, int]]
    well: list[Case]
    asked: list[Case]
    orders: list[Supervision]
    kinds: list[tuple[str, int]]
    since: datetime
    until: datetime


def shown(user: User, content: dict[str, Any]) -> Shown:
    """What the page of a digest shows."""
    hot = [row["case"] for row in content["hot"]]
    pks = [*content["new"]["cases"], *hot, *content["well"], *content["asked"]]
    official = official_for(standing_of(user))
    seen = official.select_related("lead").in_bulk(pks)
    units = Organisation.objects.in_bulk([row["unit"] for row in content["late"]["units"]])
    titles = {row.case_id: row.title for row in Cluster.objects.filter(case__in=Scope(user).cases().filter(pk__in=hot).values("pk"))}
    orders = Supervision.objects.filter(case__in=official).select_related("case", "organisation").in_bulk(content["orders"])
    names = {kind.code: kind for kind in kinds.kinds()}
    return Shown(
        content,
        _in_order(seen, content["new"]["cases"]),
        [(titles[row["case"]], seen.get(row["case"]), row["now"], row["before"]) for row in content["hot"] if row["case"] in titles],
        [(_category(names, row["kind"], row["category"]), row["now"], row["mean"]) for row in content["waves"]],
        [(units[row["unit"]], row["late"], row["soon"]) for row in content["late"]["units"] if row["unit"] in units],
        _in_order(seen, content["well"]),
        _in_order(seen, content["asked"]),
        [orders[pk] for pk in content["orders"] if pk in orders],
        [(names[code].name if code in names else code, count) for code, count in sorted(content["new"]["kinds"].items())],
        datetime.fromisoformat(content["since"]),
        datetime.fromisoformat(content["until"]),
    )


def _in_order(rows: dict[int, Any], pks: list[int]) -> list[Any]:
    return [rows[pk] for pk in pks if pk in rows]


def _category(names: dict[str, kinds.CaseKind], code: str, category: str) -> str:
    return names[code].categories.get(category, category) if code in names else category
