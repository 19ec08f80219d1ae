"""What the bureau reads. Everything starts from what the engine lets its reader see."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from lianxin.casedesk import times
from lianxin.casework import kinds
from lianxin.casework.events import EventType
from lianxin.casework.models import Case, CaseEvent, Delivery, Message
from lianxin.casework.queries import official_for
from lianxin.casework.rights import Role, covers, standing_of
from lianxin.casework.rules import rule_in_force, rules_in_force
from lianxin.casework.vocabulary import Stage
from lianxin.foundation.pagestore import tag
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import OfficeFunction, Organisation
from lianxin.organisations.tags import UNITS
from lianxin.petitions.kinds import ALL, PETITIONS

PAGE = 40
EXPORTED = 5000
STATES = {
    "": ("待受理", (Stage.SUBMITTED, Stage.SCREENED)),
    "open": ("办理中", (Stage.ACCEPTED, Stage.ASSIGNED, Stage.HANDLING, Stage.AWAITING, Stage.REOPENED)),
    "answered": ("已答复", (Stage.REPLIED,)),
    "over": ("已办结", (Stage.CLOSED, Stage.DECLINED, Stage.WITHDRAWN)),
}
CLOCKS = {"": "全部期限", "late": "已超期", "soon": "快到期"}


def is_bureau(actor: User) -> bool:
    """Whether somebody screens for the petition bureau, by a post in that very unit."""
    bureau = organisations.office(OfficeFunction.Function.PETITION_BUREAU)
    return bureau is not None and any(post.organisation_id == bureau.pk for post in standing_of(actor).holding(Role.TRIAGE))


# --- the public page -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Course:
    """How it goes: who takes petitions in, within what time each step is done (by the rule's code), by how much handling may be extended."""

    office: Organisation | None
    limits: dict[str, str]
    extension: int


def course() -> Course:
    """As the rules in force and the offices of today say."""
    tag("rules", UNITS)
    rules = {rule.code: rule for rule in rules_in_force().order_by("valid_from")}
    limits = {code: rule.limit for code, rule in rules.items()}
    return Course(organisations.office(OfficeFunction.Function.PETITION_BUREAU), limits, rules["X03"].extension if "X03" in rules else 0)


# --- the counter -----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filters:
    """What the bureau's list is narrowed down by; "" narrows nothing (of ``state``: what waits for a decision)."""

    state: str = ""
    clock: str = ""
    kind: str = ""


def counter(actor: User, filters: Filters) -> QuerySet[Case]:
    """The bureau's cases in a state, the next to be due first, then the oldest."""
    _, stages = STATES.get(filters.state, STATES[""])
    cases = official_for(standing_of(actor)).filter(kind__in=ALL, stage__in=stages)
    if filters.kind in ALL:
        cases = cases.filter(kind=filters.kind)
    now = timezone.now()
    if filters.clock == "late":
        cases = cases.filter(due_at__lte=now)
    elif filters.clock == "soon":
        cases = cases.filter(due_at__gt=now, due_at__lte=times.soon(now))
    if filters.state in ("answered", "over"):
        return cases.order_by("-pk")
    return cases.order_by("due_at", "pk")


def numbers(actor: User) -> dict[str, int]:
    """How many cases stand in each state."""
    return {state: counter(actor, Filters(state)).order_by().count() for state in STATES}


def page(actor: User, filters: Filters, after: tuple[datetime | None, int] | None = None) -> tuple[list[Case], tuple[datetime | None, int] | None]:
    """A page of the list and the key after which the next one begins (None: this is the last)."""
    cases = counter(actor, filters).select_related("lead", "office")
    by_due = filters.state not in ("answered", "over")
    if after is not None:
        cases = _after(cases, after, by_due)
    found = list(cases[: PAGE + 1])
    if len(found) <= PAGE:
        return found, None
    last = found[PAGE - 1]
    return found[:PAGE], (last.due_at if by_due else None, last.pk)


def _after(cases: QuerySet[Case], after: tuple[datetime | None, int], by_due: bool) -> QuerySet[Case]:
    if not by_due:
        return cases.filter(pk__lt=after[1])
    if after[0] is None:
        return cases.filter(due_at__isnull=True, pk__gt=after[1])
    return cases.filter(Q(due_at__gt=after[0]) | Q(due_at=after[0], pk__gt=after[1]))


def exported(actor: User, filters: Filters) -> list[list[str]]:
    """The list for a file: number, kind, state, days, unit; nothing that a person wrote or is."""
    rows = counter(actor, filters).select_related("lead")[:EXPORTED]
    return [
        [
            case.number,
            kinds.kind(case.kind, case.kind_version).name,
            Stage(case.stage).label,
            _day(case.received_at),
            times.remaining(case.due_at).day if case.is_open else "",
            "是" if case.breached else "",
            str(case.lead or ""),
            _day(case.replied_at),
        ]
        for case in rows
    ]


HEAD = ("编号", "类别", "状态", "收到日期", "到期", "超过期限", "承办单位", "答复日期")


def _day(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d}" if at is not None else ""


# --- notices ---------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Notice:
    """A written notice that a case gives rise to: on acceptance, on its refusal, on being passed on, with the answer."""

    seq: int
    """The event, or the message, that it tells of."""
    what: str
    title: str
    at: datetime

    @property
    def pk(self) -> int:
        """As a target of a deed on the page of a case."""
        return self.seq

    def __str__(self) -> str:
        return self.title


_TITLES = {EventType.ACCEPTED: "受理告知书", EventType.DECLINED: "不予受理告知书", EventType.ASSIGNED: "转送交办告知书"}
_ANSWERS = {"petition": "信访事项答复意见书", "petition_review": "信访事项复查意见书", "petition_re_review": "信访事项复核意见书"}


def notices(case: Case) -> list[Notice]:
    """The notices of a case in the order in which they arose; of several units that got it at once one tells of all."""
    found: list[Notice] = []
    for event in CaseEvent.objects.filter(case=case, type__in=_TITLES).order_by("seq"):
        if event.type == EventType.ASSIGNED and event.payload["role"] != "lead":
            continue
        found.append(Notice(event.seq, event.type, _TITLES[EventType(event.type)], event.at))
    sent = Message.objects.filter(case=case, kind=Message.Kind.REPLY, state=Message.State.PUBLISHED).order_by("seq")
    title = _ANSWERS.get(case.kind, "答复意见书")
    # The reason of a refusal is a message of its event's seq; it has its own notice already.
    known = {one.seq for one in found}
    found += [Notice(row.seq, "replied", title, row.published_at) for row in sent if row.published_at is not None and row.seq not in known]
    return found


def notice(case: Case, seq: int) -> Notice | None:
    """The notice of this event or message."""
    return next((one for one in notices(case) if one.seq == seq), None)


def may_take_notices(actor: User, case: Case) -> bool:
    """Whether somebody acts for the office that handles the case, and it is not hidden from him."""
    standing = standing_of(actor)
    kind = kinds.kind(case.kind, case.kind_version)
    acts = case.kind in ALL and covers(standing.screening(kind.screened_by), case.office)
    return acts and official_for(standing).filter(pk=case.pk).exists()


def undelivered(case: Case) -> list[Notice]:
    """Notices whose delivery nobody has noted. An answer's and a refusal's are messages, noted by the engine's own deed."""
    known = set(Delivery.objects.filter(case=case).values_list("message", flat=True))
    return [one for one in notices(case) if one.seq not in known and one.what in (EventType.ACCEPTED, EventType.ASSIGNED)]


# --- review ----------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Window:
    """Until when the review of an answer may be asked for."""

    answered_on: date
    """The day on which the written answer reached the petitioner; where none was noted, the day it went out."""
    last_day: date


def review_window(case: Case) -> Window | None:
    """The window of the latest answer; None before there is one, and for kinds that are not reviewed."""
    if case.kind not in PETITIONS or case.stage not in (Stage.REPLIED, Stage.CLOSED):
        return None
    answer = Message.objects.filter(case=case, kind=Message.Kind.REPLY, state=Message.State.PUBLISHED).order_by("-seq").first()
    if answer is None or answer.published_at is None:
        return None
    delivered = Delivery.objects.filter(case=case, message=answer.seq).order_by("delivered_on").first()
    answered_on = delivered.delivered_on if delivered is not None else timezone.localtime(answer.published_at).date()
    rule = rule_in_force("X04-ASK")
    return Window(answered_on, answered_on + timedelta(days=rule.threshold))
