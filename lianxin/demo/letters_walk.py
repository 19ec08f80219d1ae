"""Leads one letter through its deeds, each at a moment of its own, in office hours and never later than now."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

from django.utils import timezone

from lianxin.casework import actions, moments
from lianxin.casework.models import Assignment, Case, Clock, Message, Promise
from lianxin.casework.rights import SecretHolder
from lianxin.casework.vocabulary import Identity
from lianxin.demo.letters_texts import Letter
from lianxin.foundation import calendar
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation, Post

MORNING, EVENING = time(8, 40), time(17, 10)


class Desk:
    """The people who handle letters, by unit."""

    def __init__(self, units: dict[str, Organisation], people: dict[str, User], now: datetime) -> None:
        self.units, self.people, self.now = units, people, now
        self.triage = people["triage"]
        self.office_head = people["xinxizhongxin-head"]
        self.holder = cache(self._holder)

    def _holder(self, slug: str, role: str, at: int = 0) -> User:
        """Whoever holds ``role`` in a unit; ``at`` 1 is the second."""
        return Post.objects.filter(organisation=self.units[slug], role=role).order_by("pk").select_related("user")[at].user

    def clerk(self, slug: str) -> User:
        return self.holder(slug, Post.Role.CLERK)

    def head(self, slug: str) -> User:
        return self.holder(slug, Post.Role.HEAD)

    def deputy(self, slug: str) -> User:
        """A second one who signs, for what the head wrote himself."""
        return self.holder(slug, Post.Role.HEAD, 1)

    def leader(self, slug: str) -> Post:
        """The leader whose portfolio the unit is in."""
        found = Post.objects.filter(role=Post.Role.LEADER, portfolio__organisation=self.units[slug]).select_related("user").first()
        return found or self.mayor()

    def mayor(self) -> Post:
        return self.leader_by_name("mayor")

    def leader_by_name(self, username: str) -> Post:
        return Post.objects.select_related("user").get(user__username=username, role=Post.Role.LEADER)

    def reader(self, letter: Letter) -> Post:
        """The leader before whom a letter is laid."""
        if letter.to_secretary:
            return self.leader_by_name("secretary")
        return self.mayor() if letter.to_mayor else self.leader(letter.unit)


@dataclass
class Walk:
    """One letter on its way. ``at`` is the moment of its last deed."""

    desk: Desk
    letter: Letter
    rng: random.Random
    at: datetime
    case: Case

    @classmethod
    def begin(cls, desk: Desk, letter: Letter, rng: random.Random) -> Walk:
        """Submit the letter at its moment, by its writer."""
        user = desk.people.get(letter.account) if letter.account else None
        petitioner = actions.PetitionerData(
            name=letter.name,
            phone=letter.phone,
            identity=Identity.REAL_NAME if letter.kind == "mailbox" or user else Identity.TELEPHONE,
            user=user,
        )
        with moments.dated(letter.received_at):
            receipt = actions.submit(
                user,
                letter.kind,
                token=secrets.token_urlsafe(24),
                subject=letter.subject,
                text=letter.text,
                place=letter.place,
                petitioner=petitioner,
                category=letter.category if letter.kind == "board" else "",
                visibility=letter.visibility or None,
                addressed_to=desk.mayor() if letter.to_mayor else None,
                lead=desk.units[letter.unit] if letter.direct else None,
                received_at=letter.received_at,
            )
        return cls(desk, letter, rng, letter.received_at, receipt.case)

    # --- time ----------------------------------------------------------------------------------------------------------

    def later(self, low: float, high: float, *, any_time: bool = False) -> Walk:
        """Let hours pass; staff work in office hours, citizens whenever they like."""
        moment = self.at + timedelta(hours=self.rng.uniform(low, high))
        self.at = self._not_after_now(moment if any_time else in_office_hours(moment, self.rng))
        return self

    def _not_after_now(self, moment: datetime) -> datetime:
        return max(self.at, min(moment, self.desk.now))

    def do(self, deed: Callable[..., Any], actor: Any, *args: Any, **given: Any) -> Any:
        """Do a deed now; what ran out before it is recorded at the moment it ran out, as the sweeper would have."""
        self.run_out()
        with moments.dated(self.at):
            done = deed(actor, self.case, *args, **given)
        self.case = Case.objects.get(pk=self.case.pk) if not isinstance(done, Case) else done
        return done

    def run_out(self) -> None:
        """Record that the limit ran out, if it did by now."""
        due = self.case.due_at
        if due is None or not self.case.is_open or due > self.at:
            return
        if Clock.objects.filter(case=self.case, state=Clock.State.RUNNING, breached_at=None, due_at__lte=self.at).exists():
            with moments.dated(max(due, self.case.updated_at)):
                self.case = actions.breach(self.case)

    def until_now(self) -> None:
        """What ran out since the last deed."""
        self.at = self.desk.now
        self.run_out()

    # --- people and parts ----------------------------------------------------------------------------------------------

    @property
    def writer(self) -> Any:
        """The citizen: by his account, otherwise by number and secret."""
        return self.desk.people[self.letter.account] if self.letter.account else SecretHolder(self.case.pk)

    def part(self, slug: str = "") -> Assignment:
        """The open part of a unit."""
        return Assignment.objects.get(case=self.case, organisation=self.desk.units[slug or self.letter.unit], is_open=True)

    # --- usual stretches -----------------------------------------------------------------------------------------------

    def screened(self) -> None:
        self.later(0.3, 3).do(actions.screen, self.desk.triage, category=self.letter.category)

    def given(self, *, manner: str = "pass", co: tuple[str, ...] = (), opinion: str = "") -> None:
        """To its unit: at once where the citizen chose its board, otherwise by the office."""
        if self.letter.direct:
            return
        self.screened()
        units = tuple(self.desk.units[slug] for slug in co)
        self.later(0.1, 1).do(actions.assign, self.desk.triage, self.desk.units[self.letter.unit], co=units, manner=manner, opinion=opinion)

    def signed_for(self, slug: str = "") -> None:
        self.later(0.5, 4).do(actions.sign_for, self.desk.clerk(slug or self.letter.unit), self.part(slug))

    def to_section(self) -> None:
        """To the section that knows the matter, where the unit has sections."""
        unit = self.desk.units[self.letter.unit]
        section = unit.sections.filter(name=self.letter.section).first() or unit.sections.order_by("order").first()
        if section is not None:
            self.later(0.1, 0.6).do(actions.hand_to_section, self.desk.clerk(self.letter.unit), self.part(), section=section)

    def drafted(self, body: str, **given: Any) -> Message:
        given.setdefault("outcome", self.letter.outcome)
        return self.do(actions.draft_reply, self.desk.clerk(self.letter.unit), body, **given)

    def sent(self, message: Message, signer: User | None = None, promises: tuple[Any, ...] = ()) -> None:
        """Signed, and sent."""
        signer = signer or self.desk.head(self.letter.unit)
        self.later(0.3, 2.5).do(actions.approve_reply, signer, message)
        self.later(0.1, 0.8).do(actions.publish_reply, signer, message, promises=promises)

    def answered(self, body: str = "", promises: tuple[Any, ...] = ()) -> None:
        self.sent(self.drafted(body or self.letter.reply_at(self.at)), promises=promises)

    def answered_by_office(self) -> None:
        message = self.do(actions.draft_reply, self.desk.triage, self.letter.reply_at(self.at), outcome=self.letter.outcome)
        self.sent(message, self.desk.office_head)

    def closed(self) -> None:
        """Rated, finished, public: three decisions, none of them certain."""
        if self.letter.score:
            self.later(2, 60, any_time=True).do(actions.rate, self.writer, self.letter.score, self.letter.comment)
        if self.letter.stays_replied:
            return
        self.later(4, 40).do(actions.finish, self.desk.triage)
        if self.case.visibility != "private":
            self.later(0.1, 2).do(actions.decide_public, self.desk.triage, True)

    def promise(self) -> Promise:
        return Promise.objects.filter(case=self.case).order_by("-seq")[0]


def in_office_hours(moment: datetime, rng: random.Random) -> datetime:
    """The moment itself, or the beginning of the next office day."""
    local = timezone.localtime(moment)
    if calendar.is_workday(local.date()) and MORNING <= local.time() <= EVENING:
        return local
    day = local.date() if local.time() < MORNING and calendar.is_workday(local.date()) else calendar.next_workday(local.date())
    return timezone.make_aware(datetime.combine(day, MORNING)) + timedelta(minutes=rng.uniform(0, 80))
