"""The words that were looked for, marked in the original text; Tantivy's own snippets see only the cut text."""

import re
from collections.abc import Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_SENTENCE_END = re.compile(r"[。！？；\n]")
_LOOK_BACK = 40


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted({word for word in words if word.strip()}, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if longest_first else None


def marked(text: str, words: Iterable[str]) -> SafeString:
    """``text``, escaped, with every occurrence of ``words`` in ``<mark>``."""
    pattern = _pattern(words)
    if pattern is None:
        return mark_safe(escape(text))
    parts, last = [], 0
    for match in pattern.finditer(text):
        parts += [escape(text[last : match.start()]), "<mark>", escape(match[0]), "</mark>"]
        last = match.end()
    return mark_safe("".join([*parts, escape(text[last:])]).replace("</mark><mark>", ""))


def excerpt(text: str, words: Iterable[str], length: int) -> str:
    """The stretch of ``text``, at most ``length`` characters and two ellipses, in which the most different words stand."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    start = _best_start(text, _pattern(words), length)
    end = min(len(text), start + length)
    return ("…" if start else "") + text[start:end].strip() + ("…" if end < len(text) else "")


def _best_start(text: str, pattern: re.Pattern[str] | None, length: int) -> int:
    places = [(match.start(), match.end(), match[0].lower()) for match in pattern.finditer(text)] if pattern else []
    if not places:
        return 0
    best, best_kinds = places[0][0], 0
    for index, (start, _, _) in enumerate(places):
        kinds = len({word for _, end, word in places[index : index + 40] if end <= start + length - _LOOK_BACK})
        if kinds > best_kinds:
            best, best_kinds = start, kinds
    return _sentence_start(text, best)


def _sentence_start(text: str, place: int) -> int:
    """The start of the sentence around ``place``, or some characters before it."""
    from_here = max(0, place - _LOOK_BACK)
    ends = [match.end() for match in _SENTENCE_END.finditer(text, from_here, place)]
    if ends:
        return ends[-1]
    return 0 if from_here == 0 else place - _LOOK_BACK // 2
