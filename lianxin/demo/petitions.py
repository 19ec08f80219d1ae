"""A year of the petition bureau: each case led through its deeds at its own moments, by the bureau's demo account."""

from __future__ import annotations

import random
import secrets
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lianxin.casework import actions, moments
from lianxin.casework.models import Case, Message
from lianxin.casework.rights import SecretHolder
from lianxin.casework.vocabulary import Channel, Identity
from lianxin.demo import catalogue
from lianxin.demo.facts import GIVEN_LAST, SURNAMES
from lianxin.demo.letters_texts import Letter, Pen
from lianxin.demo.letters_walk import Desk, Walk, in_office_hours
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation
from lianxin.petitions import actions as petitions
from lianxin.petitions import queries
from lianxin.petitions.kinds import ALL, REPORT

_NOBODYS = "1990020{:04d}"
"""A series that is not given out."""


@dataclass(frozen=True)
class Told:
    """One case of the data file."""

    kind: str
    story: str
    age: float
    unit: str
    subject: str
    text: str
    reply: str = ""
    about: str = ""
    where_to: str = ""
    review: str = ""
    review_reply: str = ""
    second: str = ""
    second_reply: str = ""


def read() -> list[Told]:
    """The cases of the data file."""
    book = tomllib.loads((catalogue.DATA / "petitions.toml").read_text(encoding="utf-8"))
    return [Told(**row) for row in book["case"]]


class PetitionWalk(Walk):
    """A case of the bureau on its way; what a unit does is done as with letters."""

    told: Told

    @property
    def officer(self) -> User:
        """The bureau's, or the supervision office's for what is about the bureau."""
        return self.desk.people["supervisor" if self.told.story == "elsewhere" else "petition"]

    @classmethod
    def arrive(cls, desk: Desk, told: Told, number: int, rng: random.Random) -> PetitionWalk:
        """Online; reports without a name."""
        at = desk.now - timedelta(days=told.age)
        at = at if told.age < 7 else in_office_hours(at, rng)
        rows = catalogue.organisations()
        letter = Letter(told.subject, told.text, told.unit, "", told.story, at, told.reply, kind=told.kind, where_to=told.where_to)
        letter.pen = Pen(rng, rows, next(row for row in rows if row.slug == told.unit), {})
        person = actions.PetitionerData(
            name=rng.choice(SURNAMES) + rng.choice(GIVEN_LAST), phone=_NOBODYS.format(number), identity=Identity.REAL_NAME
        )
        with moments.dated(at):
            case = petitions.take_in(
                None,
                told.kind,
                token=secrets.token_urlsafe(24),
                subject=told.subject,
                text=told.text,
                petitioner=actions.PetitionerData() if told.kind == REPORT else person,
                about=desk.units[told.about] if told.about else None,
                channel=Channel.WEB,
                received_at=at,
            ).case
        walk = cls(desk, letter, rng, at, case)
        walk.told = told
        return walk

    def accepted(self) -> None:
        self.later(4, 40).do(actions.accept, self.officer)
        self.handed_over()

    def handed_over(self) -> None:
        """The notice that was made last reached its petitioner by post; who gave no name gets none."""
        if self.told.kind == REPORT:
            return
        (notice, *_) = queries.undelivered(self.case)
        self.later(20, 50)
        self.do(petitions.deliver_notice, self.officer, notice, "post", self.at.astimezone().date())

    def passed_on(self) -> None:
        self.later(1, 20).do(actions.assign, self.officer, self.desk.units[self.told.unit])

    def handled(self) -> None:
        self.accepted()
        self.passed_on()
        self.signed_for()

    def replied(self, text: str = "") -> None:
        if text:
            self.letter = replace(self.letter, reply=text)
        self.later(60, 150).answered()

    def over(self) -> None:
        self.later(20, 90).do(actions.finish, self.officer)

    def reviewed(self, reason: str, reply: str) -> PetitionWalk:
        """The petitioner is not content; the unit above answers for what it finds."""
        self.later(100, 260, any_time=True)
        with moments.dated(self.at):
            case = petitions.ask_review(SecretHolder(self.case.pk), self.case, token=secrets.token_urlsafe(24), reason=reason).case
        walk = type(self)(self.desk, replace(self.letter, reply=reply), self.rng, self.at, case)
        walk.told = self.told
        walk.later(4, 30).do(actions.accept, self.officer)
        walk.passed_on()
        walk.signed_for()
        walk.replied()
        return walk


# --- stories -----------------------------------------------------------------------------------------------------------------------------


def _answered(walk: PetitionWalk) -> None:
    walk.handled()
    walk.replied()


def _closed(walk: PetitionWalk) -> None:
    _answered(walk)
    message = Message.objects.filter(case=walk.case, kind=Message.Kind.REPLY, state=Message.State.PUBLISHED).latest("seq")
    if walk.told.kind != REPORT:
        walk.later(30, 60)
        walk.do(actions.record_delivery, walk.officer, message, "post", walk.at.astimezone().date())
    walk.over()


def _open(walk: PetitionWalk) -> None:
    _answered(walk)
    walk.over()
    walk.later(0.2, 2).do(actions.decide_public, walk.officer, True)


def _reviewed(walk: PetitionWalk) -> None:
    _answered(walk)
    again = walk.reviewed(walk.told.review, walk.told.review_reply)
    if walk.told.second:
        again = again.reviewed(walk.told.second, walk.told.second_reply)
    again.over()
    walk.until_now()


def _declined(walk: PetitionWalk) -> None:
    walk.later(10, 60).do(actions.decline, walk.officer, walk.told.reply, walk.told.where_to)


def _withdrawn(walk: PetitionWalk) -> None:
    walk.handled()
    walk.later(30, 90, any_time=True).do(actions.withdraw, SecretHolder(walk.case.pk))


def _assigned(walk: PetitionWalk) -> None:
    walk.later(2, 20).do(actions.accept, walk.officer)
    walk.passed_on()


def _returned(walk: PetitionWalk) -> None:
    walk.later(0.2, 0.6).do(actions.accept, walk.officer)
    walk.later(0.1, 0.4).do(actions.assign, walk.officer, walk.desk.units[walk.told.unit])
    walk.do(
        actions.return_assignment,
        walk.desk.clerk(walk.told.unit),
        walk.part(),
        "移动厕所由建设单位设置、尚未移交，不属于本局管理。",
        suggested=walk.desk.units["zhujianju"],
    )


def _accepted(walk: PetitionWalk) -> None:
    walk.later(2, 20).do(actions.accept, walk.officer)


def _extended(walk: PetitionWalk) -> None:
    """An interim answer, then thirty days more."""
    walk.handled()
    clerk, head = walk.desk.clerk(walk.told.unit), walk.desk.head(walk.told.unit)
    message = walk.later(200, 300).do(
        actions.draft_reply, clerk, "当年的职工安置方案和挂账明细已经调出，正在逐人核对，核对完毕即书面答复。", kind=Message.Kind.INTERIM
    )
    walk.later(1, 3).do(actions.approve_reply, head, message)
    walk.later(0.2, 1).do(actions.interim_reply, clerk, message)
    leader = walk.desk.leader(walk.told.unit)
    walk.later(2, 6).do(actions.ask_instruction, walk.officer, leader, "涉及人数多、年代久，建议延长三十日。")
    clock = walk.case.clocks.get(purpose="reply")
    walk.later(2, 20).do(actions.extend_clock, leader.user, clock, 30, "涉及人数多、年代久，需要逐人核对。")


STORIES: dict[str, Callable[[PetitionWalk], None]] = {
    "new": lambda walk: None,
    "waiting_late": lambda walk: None,
    "accepted": _accepted,
    "assigned": _assigned,
    "returned": _returned,
    "handling": PetitionWalk.handled,
    "late": PetitionWalk.handled,
    "extended": _extended,
    "answered": _answered,
    "closed": _closed,
    "open": _open,
    "reviewed": _reviewed,
    "reviewed_twice": _reviewed,
    "declined": _declined,
    "withdrawn": _withdrawn,
    "elsewhere": _accepted,
}


def build(units: dict[str, Organisation], people: dict[str, User], now: datetime, seed: int) -> int:
    """Make the cases; returns how many, reviews included. Called within the transaction that makes the city."""
    rng = random.Random(seed + 1222)
    desk = Desk(units, people, now)
    for number, one in enumerate(sorted(read(), key=lambda row: -row.age)):
        walk = PetitionWalk.arrive(desk, one, number, rng)
        STORIES[one.story](walk)
        walk.until_now()
    return Case.objects.filter(kind__in=ALL).count()
