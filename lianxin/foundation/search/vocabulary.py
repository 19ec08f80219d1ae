"""The words of an index with their pinyin, in a small SQLite file beside it: suggestions, pinyin and "did you mean" without any memory.

Made when the index is built. Every word stands in something public, as nothing else is in the index.
"""

import re
import sqlite3
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
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(rf"[\u3400-\u9fff]{{2,{LONGEST_WORD}}}")
# What southern tongues and hurried fingers do not tell apart: zh z, ch c, sh s, ng n, l n.
_SOUNDS = ((re.compile(r"([zcs])h"), r"\1"), (re.compile(r"ng"), "n"), (re.compile(r"\bl"), "n"))
_SCHEMA = """
CREATE TABLE word (word TEXT PRIMARY KEY, used INTEGER, length INTEGER, pinyin TEXT, initials TEXT, sound TEXT) WITHOUT ROWID;
CREATE TABLE sign (sign TEXT PRIMARY KEY, sound TEXT) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX word_pinyin ON word (pinyin);
CREATE INDEX word_initials ON word (initials);
CREATE INDEX word_sound ON word (sound);
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
        signs = sorted({sign for word in used for sign in word})
        database.executemany("INSERT INTO sign VALUES (?, ?)", ((sign, _sound(lazy_pinyin(sign))) for sign in signs))
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
        if not self._file.exists():
            yield lambda *_: []
            return
        with closing(sqlite3.connect(f"{self._file.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            yield lambda question, *values: database.execute(question, values).fetchall()

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
        """The words that ``letters`` spells, as few as can be and the most used of each; empty when it spells none."""
        if not letters.isalpha() or not letters.isascii() or not 2 <= len(letters) <= LONGEST_PINYIN:
            return []
        with self._open() as ask:
            spans = {letters[start:end] for start in range(len(letters)) for end in range(start + 2, min(len(letters), start + 24) + 1)}
            rows = _in(ask, "SELECT pinyin, word, used FROM word WHERE pinyin IN ({}) ORDER BY used", spans)
        by_pinyin = {pinyin: (word, used) for pinyin, word, used in rows}
        return _fewest(letters, by_pinyin)

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


def _fewest(letters: str, by_pinyin: dict[str, tuple[str, int]]) -> list[str]:
    best: list[tuple[int, int, list[str]] | None] = [(0, 0, [])]
    for end in range(1, len(letters) + 1):
        options = []
        for start in range(end):
            before, found = best[start], by_pinyin.get(letters[start:end])
            if before is not None and found is not None:
                options.append((before[0] + 1, before[1] - found[1], [*before[2], found[0]]))
        best.append(min(options) if options else None)
    found_way = best[-1]
    return found_way[2] if found_way else []


def _mend(run: str, ask: Callable[..., list[tuple]]) -> str:
    """One run of Chinese characters; known words in it stay, the longest unknown stretch is looked at first."""
    run = run[:40]
    spans = {run[start:end] for start in range(len(run)) for end in range(start + 2, min(len(run), start + LONGEST_WORD) + 1)}
    known = set(_first(_in(ask, "SELECT word FROM word WHERE word IN ({})", spans)))
    sounds = dict(_in(ask, "SELECT sign, sound FROM sign WHERE sign IN ({})", set(run)))
    settled = _covered(run, known)
    signs = list(run)
    for length in range(min(6, len(run)), 1, -1):
        for start in range(len(run) - length + 1):
            place = range(start, start + length)
            if all(settled[at] for at in place) or run[start : start + length] in known:
                continue
            better = _alike("".join(signs[start : start + length]), sounds, ask)
            if better:
                signs[start : start + length] = better
                for at in place:
                    settled[at] = True
    return "".join(signs)


def _covered(run: str, known: set[str]) -> list[bool]:
    """Which characters belong to known words when the longest are taken from the left."""
    settled = [False] * len(run)
    start = 0
    while start < len(run):
        length = next((n for n in range(min(LONGEST_WORD, len(run) - start), 1, -1) if run[start : start + n] in known), 0)
        settled[start : start + length] = [True] * length
        start += length or 1
    return settled


def _alike(word: str, sounds: dict[str, str], ask: Callable[..., list[tuple]]) -> str:
    """The most used word that sounds like ``word``, or, from three characters on, differs from it in one."""
    if all(sign in sounds for sign in word):
        sound = " ".join(sounds[sign] for sign in word)
        found = ask("SELECT word FROM word WHERE sound = ? AND word <> ? ORDER BY used DESC LIMIT 1", sound, word)
        if found:
            return str(found[0][0])
    if len(word) < 3:
        return ""
    patterns = [word[:at] + "_" + word[at + 1 :] for at in range(len(word))]
    either = " OR ".join(["word LIKE ?"] * len(patterns))
    found = ask(f"SELECT word FROM word WHERE length = ? AND ({either}) ORDER BY used DESC LIMIT 1", len(word), *patterns)
    return str(found[0][0]) if found else ""
