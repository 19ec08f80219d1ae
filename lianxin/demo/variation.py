"""Varied demo articles: a deterministic generator over the patterns in `data/patterns/*.toml`."""

from __future__ import annotations

import random
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import chinese_calendar

from lianxin.demo.articles import SHANGHAI, DemoArticle, cutoff
from lianxin.demo.catalogue import DATA, Organisation, columns
from lianxin.demo.facts import COUNTY_NAMES, RURAL_NAMES, URBAN, Facts
from lianxin.demo.grammar import Expander

#: Two bodies may share this part of the smaller one's 8-grams; the test allows 0.40.
LIKENESS = 0.34
GRAM = 8
DAILY_DAYS = 30
LIVELY_DAYS = 3
SPAN_DAYS = 3 * 365
_TRIES = 60
_WEEKEND_SHARE = 0.07
_NOT_TEXT = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Pattern:
    """One way of writing an article, with the scenarios it can be about."""

    key: str
    column: str
    values: dict[str, Any] = field(hash=False)
    scenarios: tuple[dict[str, Any], ...] = field(hash=False)
    weight: int = 8
    units: Any = ()
    also: tuple[str, ...] = ()
    importance: int = 0
    weekend: bool = False
    daily: bool = False
    gap: int = 20


@dataclass(frozen=True)
class Slot:
    """A planned article: which pattern, on which day."""

    pattern: Pattern
    day: date


class Corpus:
    """The bodies accepted so far, by their 8-grams, so that a new one is compared with all of them at once."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.holders: dict[str, list[int]] = defaultdict(list)

    def accepts(self, body: str) -> bool:
        """Add the body unless it is too like an earlier one."""
        if not self.would_accept(body):
            return False
        own = grams(body)
        for gram in own:
            self.holders[gram].append(len(self.sizes))
        self.sizes.append(len(own))
        return True

    def would_accept(self, body: str) -> bool:
        """Whether the body is unlike all earlier ones."""
        own = grams(body)
        shared = Counter(index for gram in own for index in self.holders.get(gram, ()))
        return all(count <= LIKENESS * min(len(own), self.sizes[index]) for index, count in shared.items())


def grams(body: str) -> set[str]:
    """The 8-grams of a body without punctuation and spaces."""
    text = _NOT_TEXT.sub("", body)
    return {text[index : index + GRAM] for index in range(max(len(text) - GRAM + 1, 1))}


def varied(units: Sequence[Organisation], today: date, count: int = 480, seed: int = 1) -> Iterator[DemoArticle]:
    """`count` further articles over three years, newest plans first; the same arguments give the same articles.

    `today` may be a datetime: then nothing is dated later than that moment.
    """
    rng = random.Random(seed)
    limit = cutoff(today)
    writer = Writer(units, limit, rng)
    made = 0
    for slot in _plan(limit.date(), rng):
        if made == count:
            return
        if article := writer.write(slot):
            made += 1
            yield article


@lru_cache
def patterns() -> tuple[Pattern, ...]:
    """All patterns, in a fixed order."""
    found = []
    for path in sorted((DATA / "patterns").glob("*.toml")):
        found += [_pattern(row) for row in tomllib.loads(path.read_text(encoding="utf-8"))["pattern"]]
    return tuple(found)


class Writer:
    """Writes planned articles and remembers what was written, so that nothing comes twice."""

    def __init__(self, units: Sequence[Organisation], limit: datetime, rng: random.Random) -> None:
        self.units, self.limit, self.rng = units, limit, rng
        self.by_name = {unit.short_name: unit for unit in units}
        counties = [unit.short_name for unit in units if unit.kind == "county"]
        self.groups = {"counties": counties, "rural": [name for name in counties if not name.startswith(URBAN)]}
        self.corpus = Corpus()
        self.titles: set[str] = set()
        self.slugs: Counter[str] = Counter()
        self.told: dict[tuple[str, int], list[date]] = defaultdict(list)

    def write(self, slot: Slot) -> DemoArticle | None:
        """The article of a slot, or nothing when the pattern has no further variant to offer."""
        index = self._scenario(slot)
        if index is None:
            return None
        for _ in range(_TRIES):
            article = self.draft(slot, slot.pattern.scenarios[index])
            if article.title not in self.titles and self.corpus.accepts(article.body):
                self.titles.add(article.title)
                self.told[slot.pattern.key, index].append(slot.day)
                return replace(article, slug=self._slug(slot.pattern.key, slot.day))
        return None

    def draft(self, slot: Slot, scenario: dict[str, Any]) -> DemoArticle:
        """One attempt at a slot, everything drawn afresh."""
        pattern = slot.pattern
        values = {**pattern.values, **scenario}
        names = values.get("units") or pattern.units
        unit = self.by_name[self.rng.choice(self.groups[names] if isinstance(names, str) else names)]
        among = values.get("among", COUNTY_NAMES)
        facts = Facts(self.rng, self.units, unit, slot.day, RURAL_NAMES if among == "rural" else among)
        pen = Expander(self.rng, values, facts)
        pen.known["source"] = self.rng.choice(values.get("sources") or [unit.short_name])
        return self._compose(pattern, values, unit, pen, slot.day)

    def _compose(self, pattern: Pattern, values: dict[str, Any], unit: Organisation, pen: Expander, day: date) -> DemoArticle:
        """Expand every part; the title comes first, because the values it draws bind the body."""
        pen.text("{unit}")
        title = pen.text(self.rng.choice(values["title"]))
        body = pen.text(values["body"])
        by_name = values.get("author_required") or self.rng.random() < 0.2
        return DemoArticle(
            slug=pattern.key,
            title=title,
            column=pattern.column,
            also=list(pattern.also),
            unit=unit.short_name,
            author=pen.text("{author}") if by_name else "",
            source=pen.known["source"],
            published_at=self._moment(pattern, day),
            summary=pen.text(self.rng.choice(values["summary"])),
            keywords=[pen.text(word) for word in values["keywords"]],
            importance=pattern.importance if self.rng.random() < 0.4 else 0,
            document_number=pen.text(values.get("document_number", "")),
            body=body,
        )

    def _scenario(self, slot: Slot) -> int | None:
        """A subject of the season that was not told within the pattern's gap of days."""
        fitting = [i for i, scenario in enumerate(slot.pattern.scenarios) if _in_season(scenario, slot.day)]
        free = [i for i in fitting if self._distance(slot, i) >= slot.pattern.gap]
        return max(free, key=lambda i: (min(self._distance(slot, i), 400), self.rng.random()), default=None)

    def _distance(self, slot: Slot, index: int) -> int:
        """Days between the slot and the nearest article on the same subject."""
        told = self.told[slot.pattern.key, index]
        return min((abs((slot.day - day).days) for day in told), default=SPAN_DAYS)

    def _slug(self, key: str, day: date) -> str:
        base = f"{key}-{day:%Y%m%d}"
        self.slugs[base] += 1
        return base if self.slugs[base] == 1 else f"{base}-{self.slugs[base]}"

    def _moment(self, pattern: Pattern, day: date) -> datetime:
        """Office hours with a lunch break; early for dailies and for today, and never after the limit."""
        early = pattern.daily or day == self.limit.date()
        hour = 8 if early else self.rng.choice((8, 9, 9, 10, 10, 11, 14, 15, 15, 16, 16, 17))
        minute = self.rng.randint(30, 58) if hour == 8 else self.rng.randint(0, 59)
        return min(datetime.combine(day, time(hour, minute), SHANGHAI), self.limit)


def _plan(today: date, rng: random.Random) -> Iterator[Slot]:
    """What to write: the dailies, something for each column that must look alive, then the weighted rest."""
    everything = patterns()
    yield from (Slot(pattern, today - timedelta(days=back)) for pattern in everything if pattern.daily for back in range(DAILY_DAYS))
    others = [pattern for pattern in everything if not pattern.daily]
    yield from _lively(others, today, rng)
    yield from _fresh_columns(others, today, rng)
    weights = [pattern.weight for pattern in others]
    while True:
        pattern = rng.choices(others, weights)[0]
        if day := _some_day(pattern, today, rng):
            yield Slot(pattern, day)


def _lively(candidates: list[Pattern], today: date, rng: random.Random) -> Iterator[Slot]:
    """A few items for each of the last days, so that the portal is alive whenever it is made."""
    for back in range(LIVELY_DAYS):
        day = today - timedelta(days=back)
        fitting = [pattern for pattern in candidates if _may_appear(pattern, day)]
        yield from (Slot(pattern, day) for pattern in rng.sample(fitting, min(4 - back, len(fitting))))


def _fresh_columns(candidates: list[Pattern], today: date, rng: random.Random) -> Iterator[Slot]:
    """One item well within the cadence for each column, as far as the season has a pattern for it."""
    cadence = {column.key: column.cadence_days for column in columns()}
    for key in sorted({pattern.column for pattern in candidates}):
        window = max(min(cadence[key] // 2, 60), 4)
        days = [today - timedelta(days=back) for back in range(1, window)]
        rng.shuffle(days)
        fits = ((pattern, day) for day in days for pattern in candidates if pattern.column == key and _may_appear(pattern, day))
        if pair := next(fits, None):
            yield Slot(*pair)


def _some_day(pattern: Pattern, today: date, rng: random.Random) -> date | None:
    """A day of the past three years that suits the pattern; the recent past is the denser."""
    for _ in range(_TRIES):
        day = today - timedelta(days=1 + int(SPAN_DAYS * rng.random() ** 1.6))
        if _may_appear(pattern, day, rng.random() < _WEEKEND_SHARE):
            return day
    return None


def _may_appear(pattern: Pattern, day: date, anyway: bool = False) -> bool:
    """Whether the pattern has a scenario for the season and the office would publish on that day."""
    return (pattern.weekend or anyway or _is_workday(day)) and any(_in_season(scenario, day) for scenario in pattern.scenarios)


def _in_season(scenario: dict[str, Any], day: date) -> bool:
    return day.month in scenario.get("months", range(1, 13))


def _is_workday(day: date) -> bool:
    """The State Council's calendar where it is known, else Monday to Friday."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def _pattern(row: dict[str, Any]) -> Pattern:
    """A pattern from its table; what is not a field of its own is a value for the grammar."""
    own = {name: row.pop(name) for name in ("key", "column", "weight", "units", "also", "importance", "weekend", "daily", "gap") if name in row}
    scenarios = tuple(row.pop("scenario", [{}]))
    return Pattern(values=row, scenarios=scenarios, **own)
