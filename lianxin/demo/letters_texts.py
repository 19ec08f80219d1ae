"""The demo's letters as texts: written one by one (data/letters/*.toml), varied from patterns, and the cluster about cold radiators."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta
from typing import Any

from lianxin.demo.articles import SHANGHAI
from lianxin.demo.catalogue import DATA, Organisation
from lianxin.demo.facts import GIVEN_FIRST, GIVEN_LAST, SURNAMES, Facts
from lianxin.demo.grammar import Expander
from lianxin.demo.variation import Corpus

FOLDER = DATA / "letters"
SPAN = 180
"""Days of letters."""
_TRIES = 200
_TIMED = ("day", "year", "month", "lastmonth")
_STATIC = ("subject", "text", "place")
_OWN_FORM = ("reply", "poor", "interim")


@dataclass
class Letter:
    """One letter and what the units say to it. Texts in the grammar's markup are expanded for the day on which they are written."""

    subject: str
    text: str
    unit: str
    category: str
    story: str
    received_at: datetime
    reply: str = ""
    kind: str = "mailbox"
    name: str = ""
    phone: str = ""
    account: str = ""
    place: str = ""
    visibility: str = ""
    outcome: str = "solved"
    score: int = 0
    comment: str = ""
    other: str = ""
    reason: str = ""
    ruling: str = ""
    question: str = ""
    added: str = ""
    interim: str = ""
    poor: str = ""
    objection: str = ""
    where_to: str = ""
    instruction: str = ""
    first_report: str = ""
    sent_back: str = ""
    report: str = ""
    opinion: str = ""
    promised: str = ""
    promise_days: int = 20
    section: str = ""
    direct: bool = False
    to_mayor: bool = False
    to_secretary: bool = False
    bare: bool = False
    stays_replied: bool = False
    cluster: bool = False
    pen: Pen | None = None

    def reply_at(self, moment: datetime) -> str:
        """The reply as it is written at this moment."""
        assert self.pen is not None
        return self.pen.official(self.reply, moment, self)

    def interim_at(self, moment: datetime) -> str:
        assert self.pen is not None
        return self.pen.official(self.interim, moment, self)

    def poor_at(self, moment: datetime) -> str:
        """A poor first reply, without the uniform form."""
        assert self.pen is not None
        return self.pen.at(self.poor, moment)


class Pen:
    """Expands the texts about one letter, so that a place or a name stays the same in the letter and in what is said to it."""

    def __init__(self, rng: random.Random, units: Sequence[Organisation], unit: Organisation, values: dict[str, Any]) -> None:
        self.rng, self.units, self.unit, self.values = rng, units, unit, values
        self.known: dict[str, str] = {}
        self.drawn: list[str] = []

    def at(self, template: str, moment: datetime) -> str:
        """The text as it is written at this moment: what depends on the day is reckoned from it."""
        facts = Facts(self.rng, self.units, self.unit, moment.astimezone(SHANGHAI).date())
        facts.drawn = self.drawn
        pen = Expander(self.rng, self.values, facts)
        pen.known = {name: value for name, value in self.known.items() if not name.startswith(_TIMED)}
        text = pen.text(template)
        self.known |= pen.known
        return text

    def official(self, template: str, moment: datetime, letter: Letter) -> str:
        """A reply in the uniform form, unless its author left the form out: 称谓、办理情况、联系人、日期."""
        body = self.at(template, moment)
        if letter.bare:
            return body
        unit = next(row for row in self.units if row.slug == letter.unit)
        section = letter.section or (unit.sections[-1] if unit.sections else "办公室")
        day = moment.astimezone(SHANGHAI).date()
        return f"您好！{body}\n\n联系人：{section}，电话{unit.phone}。\n{day.year}年{day.month}月{day.day}日"


def _read(name: str) -> list[dict[str, Any]]:
    """The entries of a data file."""
    found: list[dict[str, Any]] = tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))["letter"]
    return found


def all_letters(units: Sequence[Organisation], now: datetime, seed: int) -> list[Letter]:
    """Every letter by its moment; the same arguments give the same letters."""
    rng = random.Random(seed)
    corpus, answers = Corpus(), Corpus()
    written = [_written(row, units, now, rng) for path in sorted(FOLDER.glob("written*.toml")) for row in _read(path.name)]
    for letter in written:
        corpus.accepts(letter.text)
        answers.accepts(letter.reply)
    found = [*written, *_varied(units, now, rng, corpus, answers), *_cluster(units, now, rng, corpus)]
    _people(found, random.Random(seed + 1))
    return sorted(found, key=lambda letter: letter.received_at)


def _written(row: dict[str, Any], units: Sequence[Organisation], now: datetime, rng: random.Random) -> Letter:
    """A letter from its entry, expanded for its moment."""
    row = dict(row)
    received_at = _moment(now, row.pop("age"), row.pop("months", ()), rng)
    own = {name: row.pop(name) for name in [field.name for field in fields(Letter)] if name in row}
    unit = next(unit for unit in units if unit.slug == own["unit"])
    pen = Pen(rng, units, unit, row)
    letter = Letter(**own, received_at=received_at, pen=pen)
    for name in _STATIC:
        setattr(letter, name, pen.at(getattr(letter, name), received_at))
    for name in [field.name for field in fields(Letter) if field.type == "str" and field.name not in (*_STATIC, *_OWN_FORM)]:
        setattr(letter, name, pen.at(getattr(letter, name), received_at))
    return letter


def _moment(now: datetime, age: float, months: Sequence[int], rng: random.Random) -> datetime:
    """So many days ago; of a matter that has its season, on the nearest day of it within the half year, as far as there is one."""
    day = (now - timedelta(days=age)).astimezone(SHANGHAI)
    if months:
        spans = sorted((shift for shift in range(4 - SPAN, SPAN) if 3 < age + shift < SPAN), key=abs)
        shifted = (day - timedelta(days=shift) for shift in spans)
        day = next((one for one in shifted if one.month in months), day) if day.month not in months else day
    if age < 2:
        return day
    # People write when they have time: in breaks and in the evening.
    hour = rng.choice((7, 8, 9, 9, 10, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 20, 21, 21, 22, 23))
    return datetime.combine(day.date(), time(hour, rng.randint(0, 59), rng.randint(0, 59)), SHANGHAI)


def _varied(units: Sequence[Organisation], now: datetime, rng: random.Random, corpus: Corpus, answers: Corpus) -> Iterator[Letter]:
    """Two letters of every topic, by different people in different places and words, none like another."""
    book = tomllib.loads((FOLDER / "varied.toml").read_text(encoding="utf-8"))
    endings = book["after"]
    number = 0
    for pattern in book["letter"]:
        topics = pattern.pop("topic")
        choice = pattern.pop("units")
        for subject, first, second, answer_first, answer_second in topics:
            for words, answer in ((first, answer_first), (second, answer_second)):
                row = pattern | {"subject": subject, "words": words, "reply": answer, "unit": rng.choice(choice)}
                yield _variant(row, endings, number, units, now, rng, corpus, answers)
                number += 1


def _variant(
    row: dict[str, Any],
    endings: list[str],
    number: int,
    units: Sequence[Organisation],
    now: datetime,
    rng: random.Random,
    corpus: Corpus,
    answers: Corpus,
) -> Letter:
    """A variant whose letter and reply are unlike all others. Raises ValueError when the topic has none left."""
    words = row.pop("words")
    age, kind = rng.uniform(8, SPAN - 2), "board" if rng.random() < 0.6 else "mailbox"
    row |= {"age": age, "kind": kind, "direct": kind == "board" and rng.random() < 0.7, "stays_replied": number % 9 == 8}
    row |= {"story": "late" if number % 12 == 11 else "replied", "score": rng.choice((0, 0, 5, 5, 5, 4, 4, 4, 3, 3, 2, 1))}
    for _ in range(_TRIES):
        before, after = rng.sample(endings, 2)
        text = f"{words}{before}{after}" if rng.random() < 0.6 else f"{words}{after}"
        letter = _written(row | {"text": text}, units, now, rng)
        assert letter.pen is not None
        # The reply is fixed here except for its form, so that it can be compared.
        letter.reply = letter.pen.at(letter.reply, letter.received_at + timedelta(days=1))
        if _unlike(letter, corpus, answers):
            return letter
    raise ValueError(f"the topic {row['subject']} has no further variant")


def _unlike(letter: Letter, corpus: Corpus, answers: Corpus) -> bool:
    """Both are new, or none is kept."""
    return corpus.would_accept(letter.text) and answers.would_accept(letter.reply) and corpus.accepts(letter.text) and answers.accepts(letter.reply)


def _cluster(units: Sequence[Organisation], now: datetime, rng: random.Random, corpus: Corpus) -> Iterator[Letter]:
    """Many letters about one matter within a few days; the first is the one that is answered for all."""
    row = tomllib.loads((FOLDER / "cluster.toml").read_text(encoding="utf-8"))
    count, spread = row.pop("count"), row.pop("spread")
    first = _moment(now, row["age"], row["months"], rng)
    for number in range(count):
        for _ in range(_TRIES):
            letter = _written(row, units, now, rng)
            if corpus.accepts(letter.text):
                break
        else:
            raise ValueError("the cluster's pattern has no further variant")
        letter.received_at = first + timedelta(hours=spread * number / count)
        letter.cluster = True
        yield letter


def _people(letters: list[Letter], rng: random.Random) -> None:
    """Invented names, and telephones of a series that is not given out."""
    for number, letter in enumerate(letters):
        letter.name = letter.name or rng.choice(SURNAMES) + rng.choice(GIVEN_FIRST) + rng.choice(GIVEN_LAST)
        letter.phone = letter.phone or f"199000{number + 100:05d}"
