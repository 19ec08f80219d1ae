"""The words of letters, as suggestions and comparisons use them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import rjieba

from lianxin.foundation.search.analysis import finest, normal

DATA = Path(__file__).parent / "data"
# Of a longer letter the beginning tells what it is about.
LONGEST = 3000
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@lru_cache(maxsize=1)
def everywhere() -> frozenset[str]:
    """Words that stand in letters about everything."""
    return frozenset(word for line in _lines("everywhere.txt") for word in line.split())


@lru_cache(maxsize=1)
def _people_words() -> dict[str, tuple[str, ...]]:
    """For each word of citizens the words in which duties and categories say the same."""
    found: dict[str, list[str]] = {}
    for line in _lines("people_words.txt"):
        official, _, said = line.partition(":")
        for word in said.split():
            found.setdefault(normal(word), []).extend(term for name in official.split() for term in terms(name))
    return {word: tuple(dict.fromkeys(names)) for word, names in found.items()}


def _lines(name: str) -> list[str]:
    return [line for line in (DATA / name).read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def terms(text: str) -> list[str]:
    """The words of ``text`` that tell its matter: Chinese, of two characters and more, long ones beside their parts."""
    found: list[str] = []
    for word in rjieba.cut(normal(text)):
        if not _CHINESE.search(word):
            continue
        parts = [part for part in finest(word) if len(part) > 1 and part not in everywhere()]
        found += parts
        if len(word) > 2 and len(parts) != 1 and word not in everywhere():
            found.append(word)
    return found


def all_words(text: str) -> list[str]:
    """All words of the dictionary that stand in ``text``, overlapping ones too, and those that only the likeliest cut finds (names of places).

    For comparing texts: the likeliest cut of 路灯不亮 tears 路灯, and then it is not like 路灯坏了.
    """
    read = normal(text)
    listed = rjieba.cut_all(read)
    known = set(listed)
    words = (*listed, *(word for word in rjieba.cut(read) if word not in known))
    return [word for word in words if len(word) > 1 and _CHINESE.match(word) and word not in everywhere()]


@dataclass
class Wanted:
    """How much a term counts in a letter, and by which of the writer's words it came in."""

    weight: float = 0.0
    said: set[str] = field(default_factory=set)


def wanted(text: str) -> dict[str, Wanted]:
    """The terms of a letter, what its words mean in the language of offices among them. The first line is the subject and counts double."""
    subject, _, body = text[:LONGEST].partition("\n")
    found: dict[str, Wanted] = {}
    for part, weight in ((subject, 2.0), (body, 1.0)):
        for term in terms(part):
            _add(found, (term,), weight, term)
    subject, whole = normal(subject), normal(text[:LONGEST])
    for word, official in _people_words().items():
        times = whole.count(word) + subject.count(word)
        if times:
            _add(found, official, float(times), word)
    return found


def _add(found: dict[str, Wanted], names: Iterable[str], weight: float, said: str) -> None:
    for name in names:
        entry = found.setdefault(name, Wanted())
        entry.weight += weight
        entry.said.add(said)
