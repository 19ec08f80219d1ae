"""How well short texts (clauses of duties, names of categories) fit a letter: BM25, with the letter as the question."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from lianxin.triage.vocabulary import Wanted, terms

_K1, _B = 1.2, 0.5
# A word that a letter repeats ten times does not count ten times as much.
_MOST = 3.0


@dataclass(frozen=True)
class Passage:
    """One clause that speaks for a subject (a unit, a category)."""

    subject: int
    text: str


@dataclass(frozen=True)
class Fit:
    """How well a subject fits, its best passage, and the writer's words that led there, the weightiest first."""

    score: float
    passage: Passage
    said: tuple[str, ...]


@lru_cache(maxsize=20_000)
def _counted(text: str) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(terms(text)).items())


def fits(letter: Mapping[str, Wanted], passages: Iterable[Passage], *, others: float = 0.3) -> dict[int, Fit]:
    """Score every subject that shares a word with the letter: its best passage in full, its other ones by ``others``."""
    counted = [(passage, _counted(passage.text)) for passage in passages]
    if not counted:
        return {}
    used = Counter(term for _, words in counted for term, _ in words)
    total = len(counted)
    average = max(1.0, sum(sum(times for _, times in words) for _, words in counted) / total)
    found: dict[int, list[tuple[float, Passage, list[tuple[float, str]]]]] = {}
    for passage, words in counted:
        length = sum(times for _, times in words) / average
        parts: list[tuple[float, str]] = []
        for term, times in words:
            entry = letter.get(term)
            if entry is None:
                continue
            rarity = math.log(1 + (total - used[term] + 0.5) / (used[term] + 0.5))
            heard = min(1 + math.log(entry.weight), _MOST) if entry.weight >= 1 else entry.weight
            parts.append((rarity * heard * times * (_K1 + 1) / (times + _K1 * (1 - _B + _B * length)), term))
        if parts:
            found.setdefault(passage.subject, []).append((sum(part for part, _ in parts), passage, parts))
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
