"""A letter as its writer sees it: what was said, where it is, until when, and what can be done now."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from lianxin.casework import clocks, kinds
from lianxin.casework import queries as casework
from lianxin.casework.events import EventType
from lianxin.casework.models import Attachment, Case, CaseEvent, Clock, Instruction, Message, Promise, Rating, Rule
from lianxin.casework.rules import rule_in_force
from lianxin.casework.vocabulary import Stage, Visibility
from lianxin.foundation import rows
from lianxin.foundation.pagestore import tag
from lianxin.letters import channels
from lianxin.organisations.models import Organisation

_SHOWN = frozenset(
    {
        EventType.SUBMITTED,
        EventType.ACCEPTED,
        EventType.DECLINED,
        EventType.ASSIGNED,
        EventType.ASKED,
        EventType.ANSWERED,
        EventType.INFORMATION_ADDED,
        EventType.REPLIED,
        EventType.INTERIM,
        EventType.ANSWERED_WITH,
        EventType.CLOCK_EXTENDED,
        EventType.RATED,
        EventType.OBJECTED,
        EventType.REOPENED,
        EventType.WITHDRAWN,
        EventType.CLUSTER_JOINED,
        EventType.PUBLICITY_DECIDED,
        EventType.FINISHED,
        EventType.PROMISE_KEPT,
        EventType.PROMISE_MISSED,
        EventType.DELIVERED,
    }
)
_SAID = (Message.Kind.REPLY, Message.Kind.INTERIM, Message.Kind.QUESTION, Message.Kind.ANSWER)
SCORES = {5: "很满意", 4: "满意", 3: "一般", 2: "不满意", 1: "很不满意"}


@dataclass(frozen=True)
class Said:
    """Something that was said to the writer, or by him."""

    seq: int
    label: str
    who: str
    body: str
    at: datetime
    is_own: bool
    in_person: bool
    files: tuple[Attachment, ...]


@dataclass(frozen=True)
class Deeds:
    """What the writer can do now."""

    answer: bool
    add: bool
    withdraw: bool
    rate: bool
    object: bool
    hide: bool


@dataclass(frozen=True)
class OwnLetter:
    """All that its writer sees of a letter."""

    case: Case
    kind_name: str
    stage: str
    unit: str
    category: str
    outcome: str
    files: tuple[Attachment, ...]
    said: tuple[Said, ...]
    history: tuple[tuple[datetime, str, str], ...]
    clock: Clock | None
    due: date | None
    days_left: int | None
    ledger: tuple[clocks.Day, ...]
    promises: tuple[Promise, ...]
    has_instruction: bool
    score: str
    joined: str
    """The number of the letter that this one is answered with."""
    deeds: Deeds

    @property
    def question(self) -> str:
        """What the unit asked last, while it waits for an answer."""
        return next((said.body for said in reversed(self.said) if said.label == Message.Kind.QUESTION.label), "") if self.deeds.answer else ""


def own_letters(user: Any, after: int | None = None, count: int = 20) -> list[Case]:
    """Letters that an account brought, the newest first."""
    return [case for case in casework.own_cases(user, after=after, count=count) if case.kind in channels.followed()]


def own_letter(actor: Any, number: str = "") -> OwnLetter | None:
    """The letter of ``actor`` (an account with ``number``, or whoever holds a secret); None when it is not his."""
    cases = casework.visible_to(actor).select_related("lead", "cluster", "addressed_to__user").filter(kind__in=channels.followed())
    case = (cases.filter(number=number) if number else cases.filter(pk=getattr(actor, "case_id", 0))).first()
    if case is None or not casework.is_petitioner(actor, case):
        return None
    kind = kinds.kind(case.kind, case.kind_version)
    clock = _reply_clock(case)
    rating = Rating.objects.filter(case=case).order_by("-round").first()
    last_day = _last_day(clock)
    runs = clock is not None and clock.state == Clock.State.RUNNING and clock.due_at is not None
    files = list(Attachment.objects.filter(case=case).exclude(file="").order_by("seq"))
    return OwnLetter(
        case=case,
        kind_name=kind.name,
        stage=Stage(case.stage).label,
        unit=case.lead.short_name if case.lead else case.office.short_name,
        category=kind.categories.get(case.category, ""),
        outcome=kind.outcomes.get(case.outcome, ""),
        files=tuple(row for row in files if row.message is None),
        said=tuple(_said(case, files)),
        history=tuple(_history(actor, case)),
        clock=clock,
        due=last_day,
        days_left=clocks.days_left(clock.due_at, timezone.now(), clock.unit) if runs and clock is not None and clock.due_at else None,
        ledger=tuple(clocks.ledger_of(clock)) if clock is not None else (),
        promises=tuple(_promises(case)),
        has_instruction=Instruction.objects.filter(case=case, given_at__isnull=False).exists(),
        score=SCORES.get(rating.score, "") if rating and rating.round == case.round else "",
        joined=case.cluster.number if case.cluster else "",
        deeds=_deeds(case, rated=bool(rating and rating.round == case.round)),
    )


def _promises(case: Case) -> list[Promise]:
    """What the answer promised: to this letter, or to the one whose answer it was given."""
    answered_with = case.cluster_id is not None and (case.replied_at is not None or case.round > 1)
    found = Promise.objects.filter(case__in=[case.pk, case.cluster_id] if answered_with else [case.pk])
    return list(found.select_related("organisation").order_by("due_on", "seq"))


def _last_day(clock: Clock | None) -> date | None:
    if clock is None or clock.due_at is None:
        return None
    return clocks.last_day(clock.due_at)


def _deeds(case: Case, *, rated: bool) -> Deeds:
    kind = kinds.kind(case.kind, case.kind_version)

    def may(deed: str) -> bool:
        return kind.moves(case.stage, deed) is not None and case.erased_at is None

    return Deeds(
        answer=may("citizen_answered"),
        add=may("add_information") and case.stage != Stage.AWAITING,
        withdraw=may("withdraw"),
        rate=may("rate") and not rated,
        object=may("object_once") and not case.objected,
        hide=case.visibility != Visibility.PRIVATE and case.stage != Stage.WITHDRAWN,
    )


def _said(case: Case, files: list[Attachment]) -> list[Said]:
    objection = casework.objection(case)
    found = Message.objects.filter(case=case, kind__in=_SAID, state=Message.State.PUBLISHED).select_related("organisation").order_by("seq")
    return [
        Said(
            seq=row.seq,
            label="不同意答复的理由" if row.seq == objection else row.get_kind_display(),
            who=row.organisation.short_name if row.organisation else "您",
            body=row.body,
            at=row.published_at or row.created_at,
            is_own=row.kind == Message.Kind.ANSWER,
            in_person=row.in_person,
            files=tuple(one for one in files if one.message == row.seq),
        )
        for row in found
    ]


def _history(actor: Any, case: Case) -> list[tuple[datetime, str, str]]:
    return [(event.at, EventType(event.type).label, _unit(event)) for event in casework.events_for(actor, case) if event.type in _SHOWN]


def _unit(event: CaseEvent) -> str:
    return event.unit.short_name if event.unit else ""


def unit_with(case: Case) -> Organisation | None:
    """The unit that a letter is with now: the one that answers, until there is one the office."""
    return rows.one(Organisation, id=case.lead_id or case.office_id)


def ledger_lines(case: Case) -> tuple[Clock | None, list[clocks.Day]]:
    """The clock of the answer to a letter, with its way day by day."""
    clock = _reply_clock(case)
    return clock, clocks.ledger_of(clock) if clock is not None else []


def _reply_clock(case: Case) -> Clock | None:
    return max(rows.where(Clock, case_id=case.pk, purpose="reply"), key=lambda clock: clock.seq, default=None)


def due_preview(kind: str) -> tuple[str, date]:
    """Until when a letter sent now has to be answered: the limit in words, and the day."""
    rule = _rule(kind)
    reckoned = clocks.due(clocks.Terms(rule.threshold, rule.unit, rule.closes), timezone.now())
    assert reckoned is not None
    return rule.limit, reckoned.day


def limit_words(kind: str) -> str:
    """The limit of a kind's answer, such as 3 个工作日."""
    # By the tag that is purged when an administrator edits the limits.
    tag("rules")
    return _rule(kind).limit


def _rule(kind: str) -> Rule:
    """The rule of a kind's answer; where a sort sets it, that of a letter nobody has sorted yet."""
    code = kinds.kind(kind).clocks[0].rule
    return rule_in_force(code if isinstance(code, str) else code(Case(kind=kind)))
