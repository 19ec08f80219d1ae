"""One case as one person sees it at the desk: who is he to it, what has been said, and what the clock says."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lianxin.casedesk import queries, times
from lianxin.casework import approval, clocks, kinds
from lianxin.casework import queries as casework
from lianxin.casework.events import EventType
from lianxin.casework.models import (
    Assignment,
    Attachment,
    Case,
    CaseEvent,
    CaseLink,
    Clock,
    Cluster,
    Delivery,
    FollowUp,
    Instruction,
    Message,
    Promise,
    Rating,
    Reminder,
)
from lianxin.casework.rights import UNIT_ROLES, covers, standing_of
from lianxin.casework.vocabulary import Stage
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation, Post

Kind, State = Message.Kind, Message.State


@dataclass(frozen=True)
class ClockView:
    """A clock with its way to the due date."""

    clock: Clock
    remaining: times.Remaining
    days: list[clocks.Day]
    rule: Any


@dataclass(frozen=True)
class EventLine:
    """One event as the history shows it."""

    event: CaseEvent
    label: str
    words: str


class CaseView:
    """Made anew for every request; everything is read when it is asked for."""

    def __init__(self, user: User, case: Case) -> None:
        self.user = user
        self.case = case
        self.standing = standing_of(user)
        self.kind = kinds.kind(case.kind, case.kind_version)

    def can(self, deed: str) -> bool:
        """Whether the kind's table knows the deed in the stage of now."""
        return self.kind.moves(self.case.stage, deed) is not None

    # --- who he is -----------------------------------------------------------------------------------------------------------------

    @cached_property
    def is_office(self) -> bool:
        """Screens this case."""
        return covers(self.standing.screening(self.kind.screened_by), self.case.office)

    @cached_property
    def is_leader(self) -> bool:
        """May instruct: addressed, asked, or in charge of the unit."""
        posts = {post.pk for post in self.standing.leader_posts}
        asked = any(row.leader_id in posts for row in self.instructions)
        return bool(posts) and (
            asked or self.case.addressed_to_id in posts or covers(self.standing.portfolio_paths, self.case.lead or self.case.office)
        )

    @cached_property
    def is_supervisor(self) -> bool:
        """Supervises the lead unit."""
        return covers(self.standing.supervised_paths, self.case.lead or self.case.office)

    @cached_property
    def is_operator(self) -> bool:
        """Takes calls for the office."""
        return covers(self.standing.operator_paths, self.case.office)

    @cached_property
    def mine(self) -> list[Assignment]:
        """Open parts in which he handles cases, the lead's first."""
        held = {post.organisation_id for post in self.standing.holding(*UNIT_ROLES)}
        return [part for part in self.parts if part.is_open and part.organisation_id in held]

    @cached_property
    def writes_as(self) -> Organisation | None:
        """The unit in whose name he would write a reply now; None when he would not."""
        if not self.can("draft_reply"):
            return None
        has_lead = any(part.role == Assignment.Role.LEAD and part.state != Assignment.State.ENDED for part in self.parts)
        for part in self.mine:
            ready = part.state == Assignment.State.ACCEPTED and part.manner == Assignment.Manner.PASS
            if ready and (part.role == Assignment.Role.LEAD or not has_lead):
                return part.organisation
        return self.case.office if self.is_office else None

    def signs(self, message: Message) -> bool:
        """Whether the next signature under a waiting message could be his."""
        if message.state not in (State.DRAFT, State.REVIEWED) or self.user.pk in [*message.writers, *message.signers]:
            return False
        step, _ = self.next_step(message)
        return approval.holds(self.standing, self.case, message.organisation, step)

    def next_step(self, message: Message) -> tuple[approval.Step, bool]:
        """The signature that a waiting message needs next, and whether it is the last."""
        return approval.next_step(self.kind, message, self.parts)

    def _signs_some(self, message: Message) -> bool:
        return approval.may_sign_some(self.standing, self.case, self.kind, message, self.parts)

    def sends(self, message: Message) -> bool:
        """Whether he may send an approved message."""
        own = message.organisation_id in self.standing.units or self._signs_some(message)
        return message.state == State.APPROVED and own

    # --- what is there ---------------------------------------------------------------------------------------------------------------

    @cached_property
    def parts(self) -> list[Assignment]:
        """Who has a part in it, in order."""
        rows = Assignment.objects.filter(case=self.case).select_related(
            "organisation", "section", "handler", "suggested", "accepted_by", "assigned_by"
        )
        return list(rows.order_by("seq"))

    @cached_property
    def messages(self) -> list[Message]:
        """What was said, without what is inside other units."""
        rows = Message.objects.filter(case=self.case).exclude(state=State.DROPPED).select_related("organisation", "author").order_by("seq")
        return [row for row in rows if (row.state == State.PUBLISHED and row.kind != Kind.NOTE) or self._inside(row)]

    def _inside(self, message: Message) -> bool:
        own = message.organisation_id in self.standing.units or (self.is_office and message.organisation_id == self.case.office_id)
        return own or (message.kind in (Kind.REPLY, Kind.INTERIM) and self._signs_some(message))

    @cached_property
    def thread(self) -> list[Message]:
        """What citizen and government said to each other, and opinions and reports between units."""
        return [row for row in self.messages if row.state == State.PUBLISHED and row.kind != Kind.NOTE]

    @cached_property
    def objection(self) -> int | None:
        """Which of the things said is the citizen's objection to the answer."""
        return casework.objection(self.case)

    @cached_property
    def notes(self) -> list[Message]:
        """The own unit's notes."""
        return [row for row in self.messages if row.kind == Kind.NOTE]

    @cached_property
    def waiting(self) -> list[Message]:
        """Replies on their way through approval."""
        return [row for row in self.messages if row.kind in (Kind.REPLY, Kind.INTERIM) and row.state != State.PUBLISHED]

    @cached_property
    def clocks(self) -> list[ClockView]:
        """Clocks with their ledgers, the running ones first."""
        rows = Clock.objects.filter(case=self.case).order_by("-seq")
        found = []
        for clock in sorted(rows, key=lambda row: row.ended_at is not None):
            rule = casework.rules_in_force(clock.started_at).filter(code=clock.rule).first()
            found.append(ClockView(clock, times.remaining(clock.due_at), clocks.ledger_of(clock), rule))
        return found

    @cached_property
    def running(self) -> Clock | None:
        """The clock that may be extended."""
        return next((one.clock for one in self.clocks if one.clock.state == Clock.State.RUNNING), None)

    @cached_property
    def remaining(self) -> times.Remaining | None:
        """How the case's limit stands; None when nothing is owed any more."""
        return times.remaining(self.case.due_at) if self.case.is_open else None

    @cached_property
    def instructions(self) -> list[Instruction]:
        """Asked for and given."""
        return list(Instruction.objects.filter(case=self.case).select_related("leader__user", "leader__organisation", "asked_by").order_by("seq"))

    @cached_property
    def promises(self) -> list[Promise]:
        """What was promised, by date."""
        return list(Promise.objects.filter(case=self.case).select_related("organisation").order_by("due_on"))

    @cached_property
    def reminders(self) -> list[Reminder]:
        """Who pressed when."""
        return list(Reminder.objects.filter(case=self.case).select_related("by", "organisation").order_by("-seq"))

    @cached_property
    def follow_ups(self) -> list[FollowUp]:
        """Calls back."""
        return list(FollowUp.objects.filter(case=self.case).select_related("by").order_by("-seq"))

    @cached_property
    def rating(self) -> Rating | None:
        """The latest rating."""
        return Rating.objects.filter(case=self.case).order_by("-round").first()

    @cached_property
    def deliveries(self) -> list[Delivery]:
        """How replies went out beside the web."""
        return list(Delivery.objects.filter(case=self.case).select_related("by").order_by("-seq"))

    @cached_property
    def attachments(self) -> list[Attachment]:
        """Files, those of the letter first."""
        return list(Attachment.objects.filter(case=self.case).order_by("message", "seq"))

    @cached_property
    def cluster(self) -> Cluster | None:
        """The cluster that this case leads."""
        return Cluster.objects.filter(case=self.case).first()

    @cached_property
    def members(self) -> list[Case]:
        """Letters that wait for this one's answer, as far as he sees them."""
        return list(queries.official(self.user).filter(cluster=self.case).order_by("pk")[:50]) if self.cluster else []

    @cached_property
    def waits_for_it(self) -> bool:
        """Whether some letter that joined this one still waits for its answer."""
        return self.cluster is not None and Case.objects.filter(cluster=self.case, is_open=True).exists()

    @cached_property
    def main(self) -> Case | None:
        """The letter whose answer this one waits for, if he sees it."""
        return queries.official(self.user).filter(pk=self.case.cluster_id).first() if self.case.cluster_id else None

    @cached_property
    def links(self) -> list[tuple[str, Case]]:
        """Cases that have to do with this one, as far as he sees them."""
        rows = CaseLink.objects.filter(case=self.case).order_by("seq")
        seen = queries.official(self.user).in_bulk([row.other_id for row in rows])
        return [(row.get_relation_display(), seen[row.other_id]) for row in rows if row.other_id in seen]

    @cached_property
    def category(self) -> str:
        """The category's name."""
        return self.kind.categories.get(self.case.category, self.case.category) if self.case.category else ""

    @cached_property
    def outcome(self) -> str:
        """The outcome's name."""
        return self.kind.outcomes.get(self.case.outcome, "")

    @property
    def stage(self) -> str:
        """The stage's name."""
        return Stage(self.case.stage).label

    # --- what happened -----------------------------------------------------------------------------------------------------------------

    @cached_property
    def history(self) -> list[EventLine]:
        """The events he may know of, the latest first, each with a few words; never what was written."""
        events = list(casework.events_for(self.user, self.case))
        units = Organisation.objects.in_bulk({pk for event in events for pk in _units(event.payload)})
        posts = Post.objects.select_related("user").in_bulk([event.payload["leader"] for event in events if event.payload.get("leader")])
        parts = {part.seq: part.organisation for part in self.parts}
        lines = [EventLine(event, EventType(event.type).label, _words(event, units, posts, parts)) for event in events]
        return lines[::-1]


def _units(payload: dict[str, Any]) -> list[int]:
    return [payload[name] for name in ("organisation", "suggested", "from", "to") if isinstance(payload.get(name), int)]


def _words(event: CaseEvent, units: dict[int, Organisation], posts: dict[int, Post], parts: dict[int, Organisation]) -> str:
    payload = event.payload
    said = []
    if payload.get("organisation") in units:
        said.append(str(units[payload["organisation"]]))
    elif payload.get("assignment") in parts:
        said.append(str(parts[payload["assignment"]]))
    if event.type == EventType.ASSIGNED:
        said.append(f"{Assignment.Role(payload['role']).label}，{Assignment.Manner(payload['manner']).label}")
    if event.type == EventType.RULED:
        said.append("维持" if payload.get("stays") else "改由其他单位办理")
    if payload.get("suggested") in units:
        said.append(f"建议{units[payload['suggested']]}")
    if payload.get("leader") in posts:
        said.append(str(posts[payload["leader"]].user))
    if payload.get("days"):
        said.append(f"{payload['days']} 天")
    if payload.get("threshold"):
        said.append(times.THRESHOLDS.get(payload["threshold"], ""))
    if event.type == EventType.PUBLICITY_DECIDED:
        said.append("公开" if payload.get("open") else "不公开")
    if payload.get("where_to"):
        said.append(payload["where_to"])
    if payload.get("score"):
        said.append(f"{payload['score']} 分")
    return "　".join(one for one in said if one)
