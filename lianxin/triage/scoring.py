"""How well short texts (clauses of duties, names of categories) fit a letter: BM25, with the letter as the question."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from lianxin.triage.vocabulary import Wanted, terms

_K1, _B = 1.2, 0.5
# A word that a letter repeats ten times does not count ten times as much.
_MOST = 3.0


class Passage(NamedTuple):
    """One clause that speaks for a subject (a unit, a category)."""

    subject: int
    text: str


@dataclass(frozen=True)
class Fit:
    """How well a subject fits, its best passage, and the writer's words that led there, the weightiest first."""

    score: float
    passage: Passage
    said: tuple[str, ...]


@dataclass(frozen=True)
class _Index:
    """Which passages hold a term, how often, and how long each is against the average."""

    places: Mapping[str, list[tuple[int, int]]]
    lengths: list[float]


@lru_cache(maxsize=20_000)
def _counted(text: str) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(terms(text)).items())


# The same passages are asked again and again: all categories, the units of the city, those of one county with them.
@lru_cache(maxsize=32)
def _index(passages: tuple[Passage, ...]) -> _Index:
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    lengths = []
    for number, passage in enumerate(passages):
        words = _counted(passage.text)
        lengths.append(sum(times for _, times in words))
        for term, times in words:
            places[term].append((number, times))
    average = max(1.0, sum(lengths) / len(lengths))
    return _Index(places, [length / average for length in lengths])


def fits(letter: Mapping[str, Wanted], passages: Iterable[Passage], *, others: float = 0.3) -> dict[int, Fit]:
    """Score every subject that shares a word with the letter: its best passage in full, its other ones by ``others``."""
    asked = tuple(passages)
    if not asked:
        return {}
    index = _index(asked)
    parts: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for term, entry in letter.items():
        hits = index.places.get(term, ())
        rarity = math.log(1 + (len(asked) - len(hits) + 0.5) / (len(hits) + 0.5))
        heard = min(1 + math.log(entry.weight), _MOST) if entry.weight >= 1 else entry.weight
        for number, times in hits:
            weighed = times * (_K1 + 1) / (times + _K1 * (1 - _B + _B * index.lengths[number]))
            parts[number].append((rarity * heard * weighed, term))
    found: dict[int, list[tuple[float, Passage, list[tuple[float, str]]]]] = defaultdict(list)
    for number in sorted(parts):
        found[asked[number].subject].append((sum(part for part, _ in parts[number]), asked[number], parts[number]))
    return {subject: _fit(letter, rows, others) for subject, rows in found.items()}


def _fit(letter: Mapping[str, Wanted], rows: list[tuple[float, Passage, list[tuple[float, str]]]], others: float) -> Fit:
    rows.sort(key=lambda row: -row[0])
    best, passage, parts = rows[0]
    said = [word for _, term in sorted(parts, reverse=True) for word in sorted(letter[term].said)]
    return Fit(best + others * sum(score for score, _, _ in rows[1:]), passage, tuple(dict.fromkeys(said)))


def shares(scores: Mapping[int, float], temperature: float) -> dict[int, float]:
    """Scores as shares of one: how much of the evidence speaks for each."""
    if not scores:
        return {}
    highest = max(scores.values())
    raised = {subject: math.exp((score - highest) / temperature) for subject, score in scores.items()}
    total = sum(raised.values())
    return {subject: value / total for subject, value in raised.items()}
