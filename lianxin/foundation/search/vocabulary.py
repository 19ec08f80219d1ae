"""The words of an index with their pinyin, in a small SQLite file beside it: suggestions, pinyin and "did you mean" without any memory.

Made when the index is built. Every word stands in something public, as nothing else is in the index.
"""

import itertools
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tantivy

FILE = "words.sqlite3"
LONGEST_WORD = 10
LONGEST_PINYIN = 40
# A word that one document uses may be a slip of its author.
_USED_BY = 2
# So many words of one sound are tried, in so many places; who asks tries the first of these readings.
_HOMOPHONES = 3
_MOST_SLOTS = 5
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(rf"[\u3400-\u9fff]{{2,{LONGEST_WORD}}}")
# What southern tongues and hurried fingers do not tell apart: zh z, ch c, sh s, ng n, l n.
_SOUNDS = ((re.compile(r"([zcs])h"), r"\1"), (re.compile(r"ng"), "n"), (re.compile(r"\bl"), "n"))
_SCHEMA = """
CREATE TABLE word (word TEXT PRIMARY KEY, used INTEGER, length INTEGER, pinyin TEXT, initials TEXT, sound TEXT) WITHOUT ROWID;
CREATE TABLE sign (sign TEXT PRIMARY KEY, used INTEGER, pinyin TEXT, sound TEXT) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX word_pinyin ON word (pinyin);
CREATE INDEX word_initials ON word (initials);
CREATE INDEX word_sound ON word (sound);
CREATE INDEX sign_pinyin ON sign (pinyin);
CREATE INDEX word_length ON word (length, word);
"""


# --- making ------------------------------------------------------------------------------------------------------------------------------


def write(folder: Path, searcher: "tantivy.Searcher") -> int:
    """Write the words of an index beside it and return how many there are."""
    from pypinyin import lazy_pinyin

    used = _counted(searcher)
    target = folder / FILE
    draft = target.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with closing(sqlite3.connect(draft)) as database:
        database.executescript(_SCHEMA)
        rows = ((word, count, len(word), *_spelt(lazy_pinyin(word))) for word, count in used.items())
        database.executemany("INSERT INTO word VALUES (?, ?, ?, ?, ?, ?)", rows)
        signs = Counter[str]()
        for word, count in used.items():
            signs.update(dict.fromkeys(word, count))
        read = ((sign, count, lazy_pinyin(sign)) for sign, count in signs.items())
        database.executemany("INSERT INTO sign VALUES (?, ?, ?, ?)", ((sign, count, "".join(spelt), _sound(spelt)) for sign, count, spelt in read))
        database.executescript(_INDEXES)
        database.commit()
    draft.replace(target)
    return len(used)


def _counted(searcher: "tantivy.Searcher") -> dict[str, int]:
    """Words and in how many documents they stand; in titles they count twice, as that is what people look for."""
    used: dict[str, int] = {}
    for field in ("title", "title_compounds", "body", "body_compounds", "also_compounds"):
        for word, count in searcher.terms_with_prefix(field, ""):
            if _WORD.fullmatch(word):
                used[word] = used.get(word, 0) + (2 * count if field.startswith("title") else count)
    return {word: count for word, count in used.items() if count >= _USED_BY}


def _spelt(syllables: list[str]) -> tuple[str, str, str]:
    return "".join(syllables), "".join(syllable[0] for syllable in syllables), _sound(syllables)


def _sound(syllables: list[str]) -> str:
    spelt = " ".join(syllables)
    for pattern, plain in _SOUNDS:
        spelt = pattern.sub(plain, spelt)
    return spelt


# --- asking ------------------------------------------------------------------------------------------------------------------------------


class Vocabulary:
    """The words beside the index in ``folder``; an index without them answers nothing."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE

    @contextmanager
    def _open(self) -> Iterator[Callable[..., list[tuple]]]:
        database = self._connected()
        if database is None:
            yield lambda *_: []
            return
        with closing(database):
            yield lambda question, *values: database.execute(question, values).fetchall()

    def _connected(self) -> sqlite3.Connection | None:
        """The opened file; None when the index has none, or was replaced and swept away at this moment."""
        database = None
        try:
            database = sqlite3.connect(f"{self._file.as_uri()}?mode=ro&immutable=1", uri=True)
            # The file is opened by the first statement.
            database.execute("SELECT 1 FROM word LIMIT 1")
        except sqlite3.OperationalError:
            if database is not None:
                database.close()
            return None
        return database

    def beginning_with(self, start: str, limit: int) -> list[str]:
        """Words that begin with Chinese characters, with full pinyin, or with the initials of theirs; the most used first."""
        if not start or len(start) > LONGEST_PINYIN:
            return []
        with self._open() as ask:
            if _CHINESE.match(start):
                return _first(ask(*_range("word", start, limit)))
            if len(start) < 2 or not start.isascii() or not start.isalpha():
                return []
            exact = ask("SELECT word FROM word WHERE pinyin = ? OR initials = ? ORDER BY used DESC LIMIT ?", start, start, limit)
            return list(dict.fromkeys(_first(exact) + _first(ask(*_range("pinyin", start, limit)))))[:limit]

    def read_pinyin(self, letters: str) -> list[str]:
        """What ``letters`` may spell, in as few words as can be, the most used first; empty when they spell nothing."""
        if not letters.isalpha() or not letters.isascii() or not 2 <= len(letters) <= LONGEST_PINYIN:
            return []
        spans = {letters[start:end] for start in range(len(letters)) for end in range(start + 1, min(len(letters), start + 24) + 1)}
        with self._open() as ask:
            words = _in(ask, "SELECT pinyin, word, used FROM word WHERE pinyin IN ({})", spans)
            signs = _in(ask, "SELECT pinyin, sign, used FROM sign WHERE pinyin IN ({})", spans)
        spelt: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for pinyin, word, used in (*words, *signs):
            spelt[pinyin].append((used, word))
        # A word before a character that is spelt the same: few look for 西安 by xian and mean 县, fewer the other way round.
        best = {pinyin: [word for _, word in sorted(found, key=lambda pair: (len(pair[1]) == 1, -pair[0]))] for pinyin, found in spelt.items()}
        pieces = _fewest(letters, {pinyin: len(found[0]) == 1 for pinyin, found in best.items()})
        return _readings([best[piece] for piece in pieces]) if pieces else []

    def mended(self, text: str) -> str:
        """``text`` with what is no known word put as the known word that sounds the same or differs in one character; "" without such."""
        with self._open() as ask:
            parts = re.split(r"([\u3400-\u9fff]+)", text)
            mended = "".join(_mend(part, ask) if _CHINESE.fullmatch(part) else part for part in parts)
        return mended if mended != text else ""


def _first(rows: list[tuple]) -> list[str]:
    return [row[0] for row in rows]


def _range(column: str, start: str, limit: int) -> tuple[str, str, str, int]:
    return f"SELECT word FROM word WHERE {column} >= ? AND {column} < ? ORDER BY used DESC LIMIT ?", start, start + "\uffff", limit


def _in(ask: Callable[..., list[tuple]], question: str, values: Iterable[str]) -> list[tuple]:
    listed = sorted(values)
    rows: list[tuple] = []
    for start in range(0, len(listed), 500):
        piece = listed[start : start + 500]
        rows += ask(question.format(",".join("?" * len(piece))), *piece)
    return rows


def _readings(slots: list[list[str]]) -> list[str]:
    """One word of each slot, those readings first in which most words are the first of theirs."""
    ranked = itertools.product(*(list(enumerate(words[:_HOMOPHONES])) for words in slots[:_MOST_SLOTS]))
    last = "".join(words[0] for words in slots[_MOST_SLOTS:])
    by_rank = sorted(ranked, key=lambda chosen: sum(rank for rank, _ in chosen))
    return ["".join(word for _, word in chosen) + last for chosen in by_rank]


def _fewest(letters: str, single: dict[str, bool]) -> list[str]:
    """``letters`` cut into spellings, with as few single characters, then as few words, as can be."""
    best: list[tuple[int, int, list[str]] | None] = [(0, 0, [])]
    for end in range(1, len(letters) + 1):
        options = []
        for start in range(end):
            before, piece = best[start], letters[start:end]
            if before is not None and piece in single:
                options.append((before[0] + single[piece], before[1] + 1, [*before[2], piece]))
        best.append(min(options) if options else None)
    found_way = best[-1]
    return found_way[2] if found_way else []


def _mend(run: str, ask: Callable[..., list[tuple]]) -> str:
    """One run of Chinese characters; known words in it stay, the longest unknown stretch is looked at first."""
    run, rest = run[:40], run[40:]
    spans = {run[start:end] for start in range(len(run)) for end in range(start + 2, min(len(run), start + LONGEST_WORD) + 1)}
    known = set(_first(_in(ask, "SELECT word FROM word WHERE word IN ({})", spans)))
    sounds = dict(_in(ask, "SELECT sign, sound FROM sign WHERE sign IN ({})", set(run)))
    settled = _covered(run, known)
    signs = list(run)
    # What sounds the same is likelier meant than what looks similar, wherever it stands.
    for look in (_sounding, _similar):
        for length in range(min(6, len(run)), 1, -1):
            for start in range(len(run) - length + 1):
                place = range(start, start + length)
                word = "".join(signs[start : start + length])
                if all(settled[at] for at in place) or word in known:
                    continue
                if better := look(word, sounds, ask):
                    signs[start : start + length] = better
                    for at in place:
                        settled[at] = True
    return "".join(signs) + rest


def _covered(run: str, known: set[str]) -> list[bool]:
    """Which characters belong to known words when the longest are taken from the left."""
    settled = [False] * len(run)
    start = 0
    while start < len(run):
        length = next((n for n in range(min(LONGEST_WORD, len(run) - start), 1, -1) if run[start : start + n] in known), 0)
        settled[start : start + length] = [True] * length
        start += length or 1
    return settled


def _sounding(word: str, sounds: dict[str, str], ask: Callable[..., list[tuple]]) -> str:
    """The most used word that sounds like ``word``."""
    if not all(sign in sounds for sign in word):
        return ""
    sound = " ".join(sounds[sign] for sign in word)
    found = ask("SELECT word FROM word WHERE sound = ? AND word <> ? ORDER BY used DESC LIMIT 1", sound, word)
    return str(found[0][0]) if found else ""


def _similar(word: str, sounds: dict[str, str], ask: Callable[..., list[tuple]]) -> str:
    """The most used word of three characters and more that differs from ``word`` in one."""
    if len(word) < 3:
        return ""
    patterns = [word[:at] + "_" + word[at + 1 :] for at in range(len(word))]
    either = " OR ".join(["word LIKE ?"] * len(patterns))
    found = ask(f"SELECT word FROM word WHERE length = ? AND ({either}) ORDER BY used DESC LIMIT 1", len(word), *patterns)
    return str(found[0][0]) if found else ""
