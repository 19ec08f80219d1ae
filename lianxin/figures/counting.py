"""What counts in the events of a case: pure functions of events, so that figures can be made anew from them at any time.

A case counts as received on the day it was received, for the unit it was given to in the end (a unit that gave it back does not count;
a merger changes nothing, history stays with the unit that had it), or for the office while it was given to nobody; one that was joined
to another case counts for the unit whose answer it got. Every handling that ends with an answer counts as one answer. Withdrawn cases
count for nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils import timezone

from lianxin.casework import kinds
from lianxin.casework.events import EventType, moment
from lianxin.casework.models import Assignment, FollowUp
from lianxin.casework.projections.watching import SATISFIED_FROM
from lianxin.casework.vocabulary import OPEN_STAGES, Publicity
from lianxin.figures.models import Entry

Measure = Entry.Measure
# The events that decide what counts. Others are not read.
READ = (
    EventType.SUBMITTED,
    EventType.SEALED,
    EventType.SCREENED,
    EventType.ACCEPTED,
    EventType.ASSIGNED,
    EventType.RULED,
    EventType.DECLINED,
    EventType.WITHDRAWN,
    EventType.REPLIED,
    EventType.ANSWERED_WITH,
    EventType.CLOCK_STARTED,
    EventType.CLOCK_MET,
    EventType.BREACHED,
    EventType.OBJECTED,
    EventType.REOPENED,
    EventType.PROMISE_MISSED,
    EventType.FOLLOWED_UP,
    EventType.RATED,
    EventType.INSTRUCTED,
)


class Told(NamedTuple):
    """As much of an event as counting needs."""

    seq: int
    type: str
    stage: str
    at: datetime
    unit: int | None
    payload: dict[str, Any]


@dataclass(frozen=True)
class Counted:
    """One event that counts. ``message`` is the seq of the answer's message, whose words say whether it is effective."""

    seq: int
    measure: str
    day: date
    unit: int | None
    leader: int | None = None
    minutes: int | None = None
    on_time: bool | None = None
    in_person: bool = False
    satisfied: bool | None = None
    message: int | None = None


@dataclass
class Tally:
    """What counts of one case, and by what."""

    kind: str
    kind_version: int
    channel: str
    category: str
    sealed: bool = False
    counted: list[Counted] = field(default_factory=list)

    @property
    def apart(self) -> bool:
        """Whether unit, category and leader must not be told: a private kind, or a case hidden from somebody."""
        return self.sealed or is_private(self.kind, self.kind_version)


def is_private(kind: str, version: int | None = None) -> bool:
    """Whether cases of a kind never become public. A kind that no room knows any more is taken for private."""
    try:
        return kinds.kind(kind, version).publicity == Publicity.NEVER
    except KeyError:
        return True


def _is_brought(kind: str, version: int) -> bool:
    """Whether somebody outside brings cases of a kind; what offices order of each other counts nowhere."""
    try:
        return kinds.kind(kind, version).has_petitioner
    except KeyError:
        return True


def local_day(at: datetime) -> date:
    """The city's day."""
    return timezone.localtime(at).date()


def tally(events: Iterable[Told]) -> Tally | None:
    """What counts of one case, from its events in order (those of ``READ`` are enough); None when it was withdrawn, or nobody outside brought it."""
    return _Reader().read(events)


class _Reader:
    """Goes through the events of one case once."""

    def __init__(self) -> None:
        self.leads: dict[int, int] = {}
        self.lead: int | None = None
        self.breached: set[int] = set()
        self.answer: Counted | None = None
        self.answered_at: datetime | None = None
        self.ended = False

    def read(self, events: Iterable[Told]) -> Tally | None:
        made: Tally | None = None
        for event in events:
            if event.type == EventType.SUBMITTED:
                made = self._submitted(event)
            if made is None or event.type == EventType.WITHDRAWN:
                return None
            self._follow(made, event)
        if made is not None:
            made.counted[0] = replace(made.counted[0], unit=self.lead or self.office)
        return made

    def _submitted(self, event: Told) -> Tally | None:
        payload = event.payload
        if not _is_brought(payload["kind"], payload["kind_version"]):
            return None
        self.office: int = payload["office"]
        self.begun = moment(payload["received_at"]) if payload.get("received_at") else event.at
        made = Tally(payload["kind"], payload["kind_version"], payload["channel"], payload["category"] or "")
        made.counted.append(Counted(event.seq, Measure.RECEIVED, local_day(self.begun), None))
        return made

    def _follow(self, made: Tally, event: Told) -> None:
        payload = event.payload
        if self.ended and event.stage in OPEN_STAGES:
            # Handled once more, whatever deed it was: the next answer took its time from here.
            self.begun, self.ended = event.at, False
        match event.type:
            case EventType.SEALED:
                made.sealed = True
            case EventType.SCREENED | EventType.ACCEPTED if payload.get("category") is not None:
                made.category = payload["category"]
            case EventType.ASSIGNED if payload["role"] == Assignment.Role.LEAD:
                self.lead = self.leads[event.seq] = payload["organisation"]
            case EventType.RULED if not payload["stays"] and payload["assignment"] in self.leads:
                self.lead = None
            case EventType.DECLINED:
                made.counted.append(self._one(event, Measure.DECLINED))
                self.ended = True
            case EventType.REPLIED | EventType.ANSWERED_WITH:
                self._answered(made, event)
            case EventType.BREACHED:
                self.breached.add(payload["clock"])
            case EventType.CLOCK_MET:
                self._met(made, event)
            case EventType.FOLLOWED_UP | EventType.RATED:
                made.counted.append(self._opinion(event))
            case EventType.INSTRUCTED:
                made.counted.append(replace(self._one(event, Measure.INSTRUCTED), leader=payload["leader"], unit=self.lead or self.office))

    def _one(self, event: Told, measure: str) -> Counted:
        return Counted(event.seq, measure, local_day(event.at), event.unit or self.lead or self.office)

    def _answered(self, made: Tally, event: Told) -> None:
        minutes = max(0, int((event.at - self.begun).total_seconds() // 60))
        message = event.payload["message"] if event.type == EventType.REPLIED else event.seq
        if self.lead is None and event.type == EventType.ANSWERED_WITH:
            # It was given to nobody because it went along with another case; whoever answered that one answered for it too.
            self.lead = event.unit
        one = self._one(event, Measure.ANSWERED)
        self.answer = replace(one, minutes=minutes, in_person=bool(event.payload["in_person"]), message=message)
        self.answered_at, self.ended = event.at, True
        made.counted.append(self.answer)

    def _met(self, made: Tally, event: Told) -> None:
        """A clock that an answer met says whether it came in time; of several each must have."""
        if self.answer is None or event.at != self.answered_at:
            return
        in_time = event.payload["clock"] not in self.breached and self.answer.on_time is not False
        place = made.counted.index(self.answer)
        self.answer = made.counted[place] = replace(self.answer, on_time=in_time)

    def _opinion(self, event: Told) -> Counted:
        unit = self.answer.unit if self.answer is not None else self.lead or self.office
        if event.type == EventType.RATED:
            satisfied = event.payload["score"] >= SATISFIED_FROM
        elif event.payload["result"] == FollowUp.Result.UNREACHED:
            return Counted(event.seq, Measure.UNREACHED, local_day(event.at), unit)
        else:
            satisfied = event.payload["result"] == FollowUp.Result.SATISFIED
        return Counted(event.seq, Measure.RATED, local_day(event.at), unit, satisfied=satisfied)
