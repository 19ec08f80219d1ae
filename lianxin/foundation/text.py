"""Chinese words: cutting text into them, breaking titles between them, and plain text out of HTML.

``segment`` is rjieba with the city's own words (units, places) laid over it. rjieba can be taught words, but its choice stays
a matter of likelihood: a taught word may still be cut when its parts are common. Therefore own words are found first and only
what lies between them goes to rjieba. A word of two characters gives way where both sides belong to dictionary words:
with a place called 海东, 上海东路 is still 上海/东路.
"""

import html
import logging
import re
import threading
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import rjieba
from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 2.0
_RELOAD_SECONDS = 600.0
_MEMORY = 8192
# Longer own words may be broken inside, between their parts: 和安市|人力资源和|社会保障局 does not fit on a telephone's line.
_LONGEST_UNBROKEN = 8
# A lone character joins its neighbour up to this length, so that few lines end early.
_LONGEST_JOINED = 8

_ALNUM = re.compile(r"[0-9A-Za-z-]")
_RUN = re.compile(r"[!-~]")
_NUMBER_END = re.compile(r"[0-9０-９][%％‰]?$")
_CHINESE_NUMBER = re.compile(r"^第?[〇零一二两三四五六七八九十百千万亿几数]+$")
_DATE_UNIT = re.compile(r"[年月]$")
# Up to this many characters between quotation marks stay on one line; longer phrases and book titles may be broken inside.
_LONGEST_QUOTED = 8
# What words alone do not show to be one thing: a short quotation or book title, a date, a span of years, a quantity.
_ONE_THING = re.compile(
    "|".join(
        [
            *(rf"{a}[^{a}{b}]{{1,{_LONGEST_QUOTED}}}{b}" for a, b in ("“”", "‘’", "《》", "〈〉", "「」", "『』", "【】")),
            r"(?<![A-Za-z])[A-Z]{2,5}\s\d{1,4}(?![\d.A-Za-z])",
            r"\d{4}\s?[—–－~～至-]+\s?\d{4}\s?年度?",
            r"\d{2,4}\s?年(?:度|\s?\d{1,2}\s?月(?:份|\s?\d{1,2}\s?[日号])?)?",
            r"\d{1,2}\s?月(?:份|\s?\d{1,2}\s?[日号])",
            r"\d[\d.,]*\s?[多余]?[十百千万亿]*[多余]?\s?"
            r"(?:平方公里|平方千米|平方米|立方米|公里|千米|毫米|厘米|公顷|公斤|千克|毫克|微克|千瓦时|兆瓦|千瓦|人次|户次|车次|班次|小时|分钟|个月"
            r"|工作日|个工作日|周岁|万元|亿元|百分点|个百分点|[kcm]?m[²³]?(?![A-Za-z])|kg|kWh?|MW|GW|GB|TB)",
        ]
    )
)
# 和政发〔2026〕3号: the number of a document, after its issuer's code of at most four characters.
_DOCUMENT_NUMBER = re.compile(r"[〔［\[]\d{4}[〕］\]]\s?第?\d{1,5}\s?号")
_LONGEST_ISSUER_CODE = 4
# Characters before which, and after which, a line is never broken (GB/T 15834, W3C CLREQ).
_CLOSING = frozenset("，。、；：？！…—～·‧’”）》〉】〕」』］｝%％‰℃°,.;:?!)]}»›")
_OPENING = frozenset("‘“（《〈【〔「『［｛([{«‹#＃￥$¥第№")
# A lone character leans on the word before it or on the one after it; others go where there is room.
_LEANS_BACK = frozenset("的地得了着过等们中内外上下里前后时者性化度版类型级式率量市县区镇乡村局委办厅部")
_LEANS_FORWARD = frozenset("在向为对与和及把被将从由以于不未我各新全本该这那再更最就请让使给跟同或并且按据经因")
_LEANS_ON_NUMBERS = frozenset("前近每约共达超逾满")
_DEGREES = frozenset("%％‰℃°")
_MEASURES = frozenset(
    "个项名位人户家条件起次场批届期号年月日天时分秒周岁所座栋套间处片亩公里米吨克升元万亿千百倍度级类种只台辆艘架部本册篇页张份"
    "笔宗例多余余来届章节款点支队组班门株棵头匹袋箱瓶块颗道路站层"
)


# --- The city's own words -------------------------------------------------------------------------------------------------


class _Words:
    """The own words at one moment, arranged for finding the longest one that starts at a place."""

    def __init__(self, words: Iterable[str]) -> None:
        self.all = frozenset(word for word in (word.strip() for word in words) if len(word) >= 2 and "\0" not in word)
        self._by_start: dict[str, list[str]] = {}
        for word in sorted(self.all, key=lambda word: (-len(word), word)):
            self._by_start.setdefault(word[:2], []).append(word)
        # Only where a word can begin is it looked for: most characters of a text are passed over by the expression's own loop.
        first = "".join(re.escape(character) for character in sorted({word[0] for word in self.all}))
        self.starts = re.compile(f"[{first}]" if first else r"(?!)")

    def at(self, text: str, start: int) -> str:
        """The longest own word at ``start``, or "". One that begins or ends in Latin or digits must not be part of a longer run."""
        for word in self._by_start.get(text[start : start + 2], ()):
            if text.startswith(word, start) and not _inside_run(text, start, start + len(word)):
                return word
        return ""


def _inside_run(text: str, start: int, end: int) -> bool:
    before = start > 0 and bool(_ALNUM.match(text[start]) and _ALNUM.match(text[start - 1]))
    return before or (end < len(text) and bool(_ALNUM.match(text[end - 1]) and _ALNUM.match(text[end])))


_providers: list[Callable[[], Iterable[str]]] = []
_city_words: tuple[str, ...] = ()
_words = _Words(())
_loaded_at = _looked_at = float("-inf")
_stamp: int | None = None
# Reentrant, as a provider may itself cut words.
_lock = threading.RLock()


def register_words(provider: Callable[[], Iterable[str]]) -> Callable[[], Iterable[str]]:
    """Add a source of own words, such as the names of all units; usable as a decorator, called from a room's ``ready()``.

    It is called when a word is first needed, after ``words_changed()`` in any process of this machine, and every ten minutes.
    """
    if provider not in _providers:
        _providers.append(provider)
        forget()
    return provider


def set_city_words(words: Iterable[str]) -> None:
    """Set further own words of this process that no row holds; replaces those set before."""
    global _city_words
    _city_words = tuple(words)
    forget()


def words_changed() -> None:
    """Let every process of this machine ask the providers again within two seconds; call it after commit when units or places changed."""
    path = _stamp_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(str(time.time_ns()))
    forget()


def own_words() -> frozenset[str]:
    """All own words in use."""
    return _current().all


def _stamp_path() -> Path:
    return Path(settings.HOME) / "words-changed"


def forget() -> None:
    """Ask the providers again at the next word, in this process."""
    global _loaded_at, _looked_at
    _loaded_at = _looked_at = float("-inf")


def _current() -> _Words:
    """The words in use, loaded again when they are old or another process said that they changed (looked at every two seconds)."""
    global _words, _loaded_at, _looked_at, _stamp
    now = time.monotonic()
    if 0 <= now - _looked_at < _LOOK_SECONDS:
        return _words
    with _lock:
        stamp = _read_stamp()
        _looked_at = now
        if stamp != _stamp or not 0 <= now - _loaded_at < _RELOAD_SECONDS:
            # A failing provider (the database is away) leaves the old words: pages go on, the next look tries again.
            found = _load()
            if found is not None:
                _stamp, _loaded_at = stamp, now
                if found.all != _words.all:
                    _words = found
        return _words


def _read_stamp() -> int | None:
    try:
        return _stamp_path().stat().st_mtime_ns
    except OSError:
        return None


def _load() -> _Words | None:
    words = {*_common_words(), *_city_words}
    try:
        for provider in _providers:
            words.update(provider())
    except Exception:
        logger.warning("the city's own words could not be read; the former ones stay in use", exc_info=True)
        return None
    return _Words(words)


@lru_cache(maxsize=1)
def _common_words() -> frozenset[str]:
    lines = (Path(__file__).parent / "data" / "words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


# --- Segmentation ---------------------------------------------------------------------------------------------------------


def segment(text: str) -> list[str]:
    """Cut ``text`` into words; joined together they are ``text`` again. Own words stay whole (see the module's head)."""
    return _segment(text, _current())


def segmenter(words: Iterable[str]) -> Callable[[str], list[str]]:
    """Return a ``segment`` with just these own words, whatever the city's are by now: an index is read with the words it was written with."""
    chosen = _Words(words)
    return lambda text: _segment(text, chosen)


def _segment(text: str, words: _Words) -> list[str]:
    found = _own(text, words)
    if not found:
        return _cut(text)
    pieces: list[str] = []
    last = 0
    for start, end in found:
        pieces += _cut(text[last:start])
        pieces.append(text[start:end])
        last = end
    return pieces + _cut(text[last:])


def _own(text: str, words: _Words) -> list[tuple[int, int]]:
    """Where own words stand, from the left, the longest first."""
    found: list[tuple[int, int]] = []
    boundaries: dict[int, tuple[str, str]] | None = None
    start = 0
    while candidate := words.starts.search(text, start):
        start = candidate.start()
        word = words.at(text, start)
        if len(word) == 2:
            if boundaries is None:
                boundaries = _boundaries(text)
            if _torn_rightly(boundaries.get(start + 1)):
                word = ""
        if word:
            found.append((start, start + len(word)))
        start += len(word) or 1
    return found


def _boundaries(text: str) -> dict[int, tuple[str, str]]:
    """Where rjieba alone would cut, each with the words on both sides."""
    pieces = _cut(text)
    places: dict[int, tuple[str, str]] = {}
    position = 0
    for before, after in pairwise(pieces):
        position += len(before)
        places[position] = before, after
    return places


def _torn_rightly(sides: tuple[str, str] | None) -> bool:
    """Whether a cut through a two-character word has proper words of the dictionary on both sides (not guesses of the model)."""
    return sides is not None and all(len(side) > 1 and rjieba.has_word(side) for side in sides)


def _cut(text: str) -> list[str]:
    if not text:
        return []
    try:
        return rjieba.cut(text)
    except UnicodeEncodeError:
        # Half of a surrogate pair, which no database holds.
        return [text]


# --- Titles ---------------------------------------------------------------------------------------------------------------


def breakable(title: object) -> SafeString:
    """Return ``title``, escaped, with ``<wbr>`` wherever a line may be broken; the style sheet says ``word-break: keep-all``.

    Never before closing or after opening punctuation, between a number and its unit, inside Latin words and numbers, inside a
    date, a document's number or a short quotation, nor so that a single character stands alone, where that can be helped. A
    blank inside what stays together becomes a no-break space.
    """
    return _breakable(str(title), _current())


@lru_cache(maxsize=_MEMORY)
def _breakable(title: str, words: _Words) -> SafeString:
    parts = _parts(title, words)
    units = _join_single(_keep_whole(_units(parts), _whole(title, parts)))
    return mark_safe("<wbr>".join(escape(unit) for unit in units))


def _parts(title: str, words: _Words) -> list[str]:
    """Words, with long own words in their parts."""
    parts: list[str] = []
    for word in _segment(title, words):
        parts += _cut(word) if len(word) > _LONGEST_UNBROKEN and not word.isascii() else [word]
    return parts


def _units(parts: list[str]) -> list[str]:
    """Join what no line break may part. Blanks break by themselves, so they join too, unbreakable before a measure."""
    units: list[str] = []
    for index, part in enumerate(parts):
        if part == " " and units and index + 1 < len(parts) and _is_measured(units[-1], parts[index + 1]):
            units[-1] += "\u00a0"
        elif units and _sticks(units[-1], part):
            units[-1] += part
        else:
            units.append(part)
    return units


def _whole(title: str, parts: list[str]) -> list[tuple[int, int]]:
    """From where to where ``title`` must not be broken, in order."""
    spans = [match.span() for match in _ONE_THING.finditer(title)]
    spans += [(_issuer_code(match.start(), parts), match.end()) for match in _DOCUMENT_NUMBER.finditer(title)]
    return sorted(spans)


def _issuer_code(end: int, parts: list[str]) -> int:
    """Where the issuer's code before a document's number begins: the words that end at ``end``, as far as a code is long."""
    starts = [0]
    for part in parts:
        starts.append(starts[-1] + len(part))
    begin = end
    for start, part in zip(reversed(starts[:-1]), reversed(parts), strict=True):
        if start >= end:
            continue
        if end - start > _LONGEST_ISSUER_CODE or part[-1] in _CLOSING or part[0] in _OPENING or part.isspace():
            break
        begin = start
    return begin


def _keep_whole(units: list[str], spans: list[tuple[int, int]]) -> list[str]:
    """Join the units that lie in one span, and make the blanks in it unbreakable."""
    kept: list[str] = []
    position = 0
    for unit in units:
        inside = any(start < position < end for start, end in spans)
        held = "".join(
            "\u00a0" if character == " " and any(start < position + offset < end for start, end in spans) else character
            for offset, character in enumerate(unit)
        )
        position += len(unit)
        if inside:
            kept[-1] += held
        else:
            kept.append(held)
    return kept


def _sticks(before: str, after: str) -> bool:
    last, first = before[-1], after[0]
    if last.isspace() or first.isspace():
        return True
    if first in _CLOSING or last in _OPENING:
        return True
    if _RUN.match(last) and _RUN.match(first):
        return True
    if _is_measured(before, after):
        return True
    # 3月|15日 is torn as badly as 15|日.
    return bool(_DATE_UNIT.search(before) and len(before) > 1 and before[-2].isdigit() and first.isdigit())


def _is_measured(before: str, after: str) -> bool:
    """Whether ``before`` ends in a number and ``after`` is what it counts."""
    if after[0] in _DEGREES:
        return bool(_NUMBER_END.search(before))
    if after[0] in _CLOSING or after[0].isspace():
        return False
    if _NUMBER_END.search(before):
        return after[0] in _MEASURES or len(after) == 1
    return bool(_CHINESE_NUMBER.match(before)) and after[0] in _MEASURES


def _counts(unit: str) -> bool:
    return unit[0].isdigit() or bool(_CHINESE_NUMBER.match(unit[0]))


def _join_single(units: list[str]) -> list[str]:
    """Join units of a single character to a neighbour: particles to the word before, prepositions to the one after."""
    joined: list[str] = []
    index = 0
    while index < len(units):
        unit = units[index]
        following = units[index + 1] if index + 1 < len(units) else ""
        if _bare(unit) == 1:
            # What a pause follows belongs to what stands before it.
            paused = unit[-1] in _CLOSING
            back = bool(joined) and (not following or paused or unit[0] in _LEANS_BACK or len(joined[-1]) < len(following))
            if following and not paused and (unit[0] in _LEANS_FORWARD or (unit[0] in _LEANS_ON_NUMBERS and _counts(following))):
                back = False
            if back and (not following or len(joined[-1]) < _LONGEST_JOINED):
                joined[-1] += unit
                index += 1
                continue
            if following and (len(following) < _LONGEST_JOINED or not joined):
                joined.append(unit + following)
                index += 2
                continue
        joined.append(unit)
        index += 1
    return joined


def _bare(unit: str) -> int:
    """Length without punctuation and blanks: what the eye sees standing alone."""
    return sum(character not in _CLOSING and character not in _OPENING and not character.isspace() for character in unit)


# --- Plain text -----------------------------------------------------------------------------------------------------------

_BLOCKS = frozenset(
    """address article aside blockquote br caption dd div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p
    pre section table tbody td tfoot th thead tr ul""".split()  # noqa: SIM905 - a list of fifty quoted words reads worse
)
_SILENT = frozenset(("script", "style", "template", "noscript", "svg", "math"))
# Zero-width and direction marks, soft hyphens and control characters carry no words.
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        if tag in _BLOCKS:
            self.parts.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        if tag in _BLOCKS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


_HOUR, _DAY = 60, 24 * 60


def plain(text: str) -> str:
    """Return the words of HTML (or of text) on one line: no tags, no scripts, entities read, blanks made single.

    For search, summaries and mail. The result is text, to be escaped like any other.
    """
    if "<" in text:
        reader = _Reader()
        reader.feed(text)
        reader.close()
        text = "".join(reader.parts)
    else:
        text = html.unescape(text)
    return " ".join(_INVISIBLE.sub("", text).split())


def duration(minutes: float | None) -> str:
    """A time in words: 6 小时, 2.5 天; less than an hour is one. "" for none."""
    if minutes is None:
        return ""
    if minutes < _DAY:
        return f"{max(round(minutes / _HOUR), 1)} 小时"
    return f"{minutes / _DAY:.1f} 天".replace(".0 ", " ")
