"""A text as its readers see it, with the way back to the text as it was written.

Whoever hides a number puts marks that nobody sees, tags or full-width digits into it. The view leaves those out, so that one
expression finds all of them, and every finding still names characters of the original.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Control characters, soft hyphen, zero-width and direction marks, private use, halves of surrogate pairs.
UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\uf8ff\ufe00-\ufe0f\ufeff"
    r"\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
# A joiner or a variation selector belongs to the emoji before it; joiners belong to scripts that are written joined.
_JOINERS = frozenset("\u200c\u200d")
_SELECTORS = frozenset("\ufe0e\ufe0f")
_JOINED_SCRIPT = re.compile(r"[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\u0900-\u0dff\u1800-\u18af]")
# So long a tag is none; the bound keeps the search linear.
TAG = re.compile(r"<!--[^<>]{0,1000}-->|</?[A-Za-z][A-Za-z0-9:-]{0,30}(?:[\s/][^<>]{0,1000})?>")
_SPELT = ("〇零○", "一壹幺", "二贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
_DIGITS = str.maketrans({sign: str(value) for value, signs in enumerate(_SPELT) for sign in signs})


@dataclass(frozen=True)
class View:
    """``seen`` is the text as read; ``places[i]`` is where its character ``i`` stands in the original."""

    seen: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``seen[start:end]`` stands in the original; ``end`` must be greater than ``start``."""
        return self.places[start], self.places[end - 1] + 1


def is_unseen(text: str, at: int) -> bool:
    """Whether the character at ``at`` shows nothing and has no business there."""
    sign = text[at]
    if not UNSEEN.match(sign):
        return False
    before = text[at - 1] if at else ""
    after = text[at + 1] if at + 1 < len(text) else ""
    if sign in _SELECTORS:
        return not _is_picture(before) and not before.isdigit()
    if sign in _JOINERS:
        drawn = text[at - 2] if before in _SELECTORS and at > 1 else before
        emoji = _is_picture(drawn) and _is_picture(after)
        script = _JOINED_SCRIPT.match(before) and _JOINED_SCRIPT.match(after)
        return not emoji and not script
    return True


def _is_picture(sign: str) -> bool:
    return bool(sign) and unicodedata.category(sign) in ("So", "Sk", "Sm")


def view(text: str) -> View:
    """The text without what nobody sees and without tags, full-width signs narrow; one character for one."""
    places = [at for at in range(len(text)) if not UNSEEN.match(text[at])] if UNSEEN.search(text) else list(range(len(text)))
    return _without_tags(text, places)


def _without_tags(text: str, places: list[int]) -> View:
    # Taken out again and again: <<b>i> is a tag once <b> is gone.
    while True:
        seen = "".join(_narrow(text[at]) for at in places)
        spans = [match.span() for match in TAG.finditer(seen)]
        if not spans:
            return View(seen, tuple(places))
        for start, end in reversed(spans):
            del places[start:end]


@lru_cache(maxsize=20_000)
def _narrow(sign: str) -> str:
    normal = unicodedata.normalize("NFKC", sign)
    return normal if len(normal) == 1 else sign


def with_digits(seen: View) -> View:
    """The view with Chinese digits as Arabic ones, for numbers that were spelt out."""
    return View(seen.seen.translate(_DIGITS), seen.places)
