"""A year of calls to 12345, each led through its deeds at its own moments; scripts, and the telephone system's records of two weeks."""

from __future__ import annotations

import random
import secrets
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from lianxin.casework import actions, moments
from lianxin.casework.models import Case
from lianxin.casework.vocabulary import Channel, Identity
from lianxin.demo import catalogue
from lianxin.demo.articles import SHANGHAI
from lianxin.demo.facts import GIVEN_LAST, SURNAMES
from lianxin.demo.letters_texts import Letter, Pen
from lianxin.demo.letters_walk import Desk, Walk
from lianxin.hotline import actions as hotline
from lianxin.hotline.kinds import HOTLINE
from lianxin.hotline.models import Call, Script, SystemKey
from lianxin.identity.models import User
from lianxin.letters.actions.sending import first_words
from lianxin.organisations.models import Organisation

DAYS = 14
"""Days of the telephone system's records."""
_NOBODYS = "1990010{:04d}"
"""A series that is not given out."""


@dataclass(frozen=True)
class Told:
    """One call of the data file."""

    text: str
    story: str
    age: float
    sort: str = "enquiry"
    unit: str = "rexianban"
    category: str = ""
    place: str = ""
    caller: str = ""
    outcome: str = "solved"
    reply: str = ""
    complaint: str = ""
    better: str = ""
    reason: str = ""


def read() -> tuple[list[dict[str, Any]], list[Told]]:
    """The scripts and the calls of the data file."""
    book = tomllib.loads((catalogue.DATA / "hotline.toml").read_text(encoding="utf-8"))
    return book["script"], [Told(**row) for row in book["call"]]


class CallWalk(Walk):
    """A call on its way; what a unit does is done as with letters, everything else by the operator."""

    told: Told

    @property
    def operator(self) -> User:
        return self.desk.people["operator"]

    @classmethod
    def ring(cls, desk: Desk, told: Told, number: int, rng: random.Random, units: Sequence[catalogue.Organisation]) -> CallWalk:
        """Register the call, or let it come by the web."""
        at = _moment(told.age, desk.now, rng)
        unit = next(row for row in units if row.slug == told.unit)
        letter = Letter(first_words(told.text), told.text, told.unit, told.category, told.story, at, told.reply, kind=HOTLINE, outcome=told.outcome)
        letter.pen = Pen(rng, units, unit, {})
        by_web = told.story == "web"
        person = actions.PetitionerData(
            name="" if told.story == "hidden" else rng.choice(SURNAMES) + rng.choice(GIVEN_LAST),
            phone="" if told.story == "hidden" else _NOBODYS.format(sum(map(ord, told.caller)) if told.caller else 5000 + number),
            identity=Identity.TELEPHONE if by_web else Identity.NONE,
        )
        with moments.dated(at):
            case = actions.submit(
                None if by_web else desk.people["operator"],
                HOTLINE,
                token=secrets.token_urlsafe(24),
                subject=letter.subject,
                text=told.text,
                place=told.place,
                petitioner=person,
                channel=Channel.WEB if by_web else Channel.TELEPHONE,
                category=told.category,
                sub_state="" if by_web else told.sort,
                received_at=at,
            ).case
        walk = cls(desk, letter, rng, at, case)
        walk.told = told
        return walk

    def given_out(self) -> None:
        """Accepted and assigned while the caller listens."""
        self.do(actions.accept, self.operator, category=self.told.category)
        self.do(actions.assign, self.operator, self.desk.units[self.told.unit])

    def handled(self) -> None:
        self.signed_for()
        self.to_section()

    def replied(self, text: str = "", low: float = 6, high: float = 40) -> None:
        if text:
            self.letter = replace(self.letter, reply=text)
        self.later(low, high).answered()

    def called(self, result: str, note: str = "", *, after: tuple[float, float] = (6, 50)) -> None:
        self.later(*after, any_time=True).do(actions.follow_up, self.operator, result, note)

    def over(self) -> None:
        """Finished and made public, as the office decides."""
        self.later(4, 40).do(actions.finish, self.operator)
        self.later(0.1, 2).do(actions.decide_public, self.operator, True)


def _moment(age: float, now: datetime, rng: random.Random) -> datetime:
    """So many days ago; most people call by day."""
    day = (now - timedelta(days=age)).astimezone(SHANGHAI)
    if age < 7:
        return day
    hour = rng.choice((8, 8, 9, 9, 10, 10, 11, 13, 14, 15, 15, 16, 17, 18, 19, 20, 21, 23))
    return datetime.combine(day.date(), time(hour, rng.randint(0, 59), rng.randint(0, 59)), SHANGHAI)


# --- stories -----------------------------------------------------------------------------------------------------------------------------


def _line(walk: CallWalk) -> None:
    with moments.dated(walk.at):
        walk.case = hotline.answer_on_line(walk.operator, walk.case, walk.told.reply)
    walk.over()


def _answered(walk: CallWalk) -> None:
    walk.given_out()
    walk.handled()
    walk.replied()
    if walk.told.story != "hidden":
        walk.called("satisfied")
    walk.over()


def _unreached(walk: CallWalk) -> None:
    walk.given_out()
    walk.handled()
    walk.replied()
    for _ in range(3):
        walk.called("unreached", after=(4, 20))
    walk.over()


def _again(walk: CallWalk) -> None:
    _again_open(walk)
    walk.replied(walk.told.better, 20, 60)
    walk.called("dissatisfied" if walk.told.story == "twice" else "satisfied")
    walk.over()


def _again_open(walk: CallWalk) -> None:
    walk.given_out()
    walk.handled()
    walk.replied()
    walk.called("dissatisfied", walk.told.complaint, after=(4, 20))
    walk.later(1, 4).do(actions.sign_for, walk.desk.clerk(walk.told.unit), walk.part())


def _to_call(walk: CallWalk) -> None:
    walk.given_out()
    walk.handled()
    walk.replied("", 4, 12)


def _tried(walk: CallWalk) -> None:
    _to_call(walk)
    walk.called("unreached", after=(2, 4))


def _handling(walk: CallWalk) -> None:
    walk.given_out()
    walk.handled()


def _returned(walk: CallWalk) -> None:
    walk.given_out()
    walk.do(actions.return_assignment, walk.desk.clerk(walk.told.unit), walk.part(), walk.told.reason, suggested=walk.desk.units["zhujianju"])


STORIES: dict[str, Callable[[CallWalk], None]] = {
    "line": _line,
    "answered": _answered,
    "hidden": _answered,
    "unreached": _unreached,
    "again": _again,
    "twice": _again,
    "again_open": _again_open,
    "to_call": _to_call,
    "tried": _tried,
    "handling": _handling,
    "late": _handling,
    "assigned": CallWalk.given_out,
    "returned": _returned,
    "web": lambda walk: None,
}


# --- all of it ---------------------------------------------------------------------------------------------------------------------------


def build(units: dict[str, Organisation], people: dict[str, User], now: datetime, seed: int) -> int:
    """Make the calls; returns how many. Called within the transaction that makes the city."""
    rng = random.Random(seed + 12345)
    desk = Desk(units, people, now)
    scripts, told = read()
    _scripts(scripts, units, people["operator"], now)
    rows = catalogue.organisations()
    walks = []
    for number, one in enumerate(sorted(told, key=lambda row: -row.age)):
        walk = CallWalk.ring(desk, one, number, rng, rows)
        STORIES[one.story](walk)
        walk.until_now()
        walks.append(walk)
    _records(walks, people, now, rng)
    return len(walks)


def _scripts(rows: list[dict[str, Any]], units: dict[str, Organisation], operator: User, now: datetime) -> None:
    at = now - timedelta(days=90)
    Script.objects.bulk_create(Script(**row | {"unit": units[row["unit"]]}, changed_by=operator, changed_at=at) for row in rows)


def _records(walks: list[CallWalk], people: dict[str, User], now: datetime, rng: random.Random) -> None:
    """What the telephone system told: calls of two weeks, those of the registered cases among them, and one that rings now."""
    system = SystemKey.objects.create(
        name="热线话务平台（演示）", key_hash=secrets.token_hex(32), made_by=people.get("admin"), made_at=now - timedelta(days=400), used_at=now
    )
    since = now - timedelta(days=DAYS - 1)
    found = [_record(system, rng, f"case-{walk.case.pk}", walk.case.received_at, walk.case) for walk in walks if _was_a_call(walk, since)]
    for back in range(DAYS):
        day = (now - timedelta(days=back)).astimezone(SHANGHAI).date()
        for number in range(rng.randint(24, 40)):
            at = datetime.combine(day, time(rng.choice((7, 8, 9, 9, 10, 11, 14, 15, 16, 19, 21)), rng.randint(0, 59), rng.randint(0, 59)), SHANGHAI)
            if at < now - timedelta(hours=2):
                found.append(_record(system, rng, f"call-{back}-{number}", at, None))
    zhou = _NOBODYS.format(sum(map(ord, "zhou")))
    found.append(Call(system=system, reference="ringing", telephone=zhou, agent="operator", started_at=now - timedelta(seconds=20), hidden=False))
    # One by one: the blind index of a number is written with its row.
    for row in found:
        row.save()


def _was_a_call(walk: CallWalk, since: datetime) -> bool:
    return walk.case.channel == Channel.TELEPHONE and walk.case.received_at > since


def _record(system: SystemKey, rng: random.Random, reference: str, at: datetime, case: Case | None) -> Call:
    waited = rng.choice((2, 3, 3, 4, 5, 6, 8, 9, 11, 14, 21))
    connected = case is not None or rng.random() < 0.965
    hidden = case is None and rng.random() < 0.04
    begun = at - timedelta(seconds=waited + 30)
    return Call(
        system=system,
        reference=reference,
        telephone="" if hidden else _NOBODYS.format(rng.randint(6000, 9999)),
        hidden=hidden,
        agent="operator",
        started_at=begun,
        answered_at=begun + timedelta(seconds=waited) if connected else None,
        ended_at=begun + timedelta(seconds=waited + rng.randint(40, 400)),
        waited=waited if connected else None,
        case=case,
    )
