"""How text becomes terms: the finest words in their order, which give the positions, and beside them the compounds they make up.

人民政府 is written as 人民 and 政府, one after the other, and as the compound 人民政府. So 政府 finds it, 民政 (which is no part of it) does
not, and a phrase holds however the words around it were cut: it is looked for among the finest words. Both are handed to Tantivy as
words with blanks between them. Tokens made one by one in Python, several to a position, would say the same and cost twice the time
of everything else together.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

import rjieba

from lianxin.foundation.text import segmenter

# Characters that tie a sentence together and tell nothing about its matter.
STOP = frozenset("的了和是在与及或等之其也而于以为对把被将从由向就都并且但这那我你他她它们吗呢吧啊着过地得")
_WORD = re.compile(r"\w")
_LATIN = re.compile(r"[0-9a-z]+")
# Control characters, zero-width and direction marks, private characters, halves of surrogate pairs.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u0600-\u0605\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\uf8ff\ufeff\ufff9-\ufffb]"
)
# Longer than any word; keeps a term within what Tantivy accepts.
LONGEST_TERM = 60


@dataclass(frozen=True)
class Terms:
    """What a text is found by."""

    fine: list[str]
    """The finest words in their order; stop words are left out."""

    compounds: list[str]
    """Words that were cut further, and the words of several parts within them."""


def normal(text: str) -> str:
    """``text`` as it is compared: full-width letters narrow, capitals small, marks that nobody sees gone."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text).lower())


class Analyzer:
    """Cuts with the own words given; the same object must write and read an index."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = frozenset(words)
        self._segment: Callable[[str], list[str]] = segmenter(self.words)
        self._compounds = lru_cache(maxsize=100_000)(self._words_within)

    def segment(self, text: str) -> list[str]:
        """The words of normalised text as they stand, with what lies between them."""
        return self._segment(text)

    def terms(self, text: str) -> Terms:
        """The terms of ``text``, which need not be normalised."""
        fine: list[str] = []
        compounds: list[str] = []
        for word in self._segment(normal(text)):
            parts = finest(word)
            fine += parts
            if len(parts) > 1:
                compounds += self._compounds(word, parts)
        return Terms(fine, compounds)

    def _words_within(self, word: str, parts: tuple[str, ...]) -> tuple[str, ...]:
        """``word`` and the shorter words made of several of its parts: 和安市教育局 is also 和安市 and 教育局."""
        if len(parts) == 2 or "".join(parts) != word:
            return (word,)
        runs = ("".join(parts[start:end]) for start in range(len(parts)) for end in range(start + 2, len(parts) + 1))
        return tuple(dict.fromkeys(run for run in runs if run == word or run in self.words or rjieba.has_word(run)))


@lru_cache(maxsize=200_000)
def finest(word: str) -> tuple[str, ...]:
    """The shortest words that make up ``word``; none for punctuation and stop words."""
    if not _WORD.search(word) or word in STOP:
        return ()
    if len(word) > LONGEST_TERM:
        return tuple(part for start in range(0, len(word), LONGEST_TERM) for part in finest(word[start : start + LONGEST_TERM]))
    if len(word) == 1 or _LATIN.fullmatch(word):
        return (word,)
    if _LATIN.search(word):
        return tuple(part for piece in re.findall(r"[0-9a-z]+|[^0-9a-z]+", word) for part in finest(piece))
    return tuple(part for part in _cover(word) if _WORD.search(part))


def _cover(word: str) -> list[str]:
    """Cut ``word`` into dictionary words of two characters and single ones, with as few single ones as can be, the pairs as far left.

    A word that the dictionary lacks falls into its characters. So the same word is cut the same way wherever it stands.
    """
    best: list[tuple[int, list[str]]] = [(0, [])]
    for end in range(1, len(word) + 1):
        alone, parts = best[end - 1]
        chosen = (alone + 1, [*parts, word[end - 1]])
        if end > 1 and rjieba.has_word(word[end - 2 : end]) and best[end - 2][0] < chosen[0]:
            chosen = (best[end - 2][0], [*best[end - 2][1], word[end - 2 : end]])
        best.append(chosen)
    return best[-1][1]
