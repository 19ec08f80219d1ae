"""Texts as digests: words for finding candidates, a sketch of their shingles for telling how alike two texts are.

Both are keyed with a key derived from the current one of the key ring. Equal words have equal digests under one key, and without the key
nothing can be read or tried out.
"""

import hashlib
import re
from collections.abc import Iterator

from lianxin.foundation import crypto
from lianxin.foundation.search.analysis import normal
from lianxin.triage.vocabulary import all_words

# Characters in a row that count as one piece; shorter ones are shared by chance, longer ones by copies only.
SHINGLE = 3
# Of all pieces the smallest digests are kept. Texts of so many pieces are compared exactly, longer ones with a standard error below 0.05.
KEPT = 128
# Of a longer text the beginning is compared.
LONGEST = 5000
_DIGEST = 8
_NOTHING_SAID = re.compile(r"[\W_]+")


def current_version() -> int:
    """The version of the key that new digests are made with."""
    return int(crypto.blind_index("key", "triage.similarity").partition(":")[0])


def key(version: int) -> bytes | None:
    """The key of this version for digests; None when the ring holds it no longer."""
    for made in crypto.blind_indexes("key", "triage.similarity"):
        number, _, digest = made.partition(":")
        if int(number) == version:
            return bytes.fromhex(digest)
    return None


def words(text: str, secret: bytes) -> dict[str, int]:
    """The digests of the words that tell a text's matter, with how often they stand in it."""
    found: dict[str, int] = {}
    for term in all_words(text[:LONGEST]):
        digest = hashlib.blake2b(term.encode(errors="replace"), key=secret, digest_size=_DIGEST).hexdigest()
        found[digest] = found.get(digest, 0) + 1
    return found


def sketch(text: str, secret: bytes) -> bytes:
    """The smallest digests of the text's pieces, in order, one after the other; blanks and punctuation do not count."""
    digests = {hashlib.blake2b(piece.encode(errors="replace"), key=secret, digest_size=_DIGEST).digest() for piece in _pieces(text)}
    return b"".join(sorted(digests)[:KEPT])


def _pieces(text: str) -> Iterator[str]:
    said = _NOTHING_SAID.sub("", normal(text[:LONGEST]))
    if said:
        for start in range(max(1, len(said) - SHINGLE + 1)):
            yield said[start : start + SHINGLE]


def likeness(one: bytes, other: bytes) -> float:
    """How much two texts share, from 0 to 1: pieces of both among pieces of either (Jaccard), estimated from their sketches."""
    first, second = _digests(one), _digests(other)
    either = sorted(first | second)[:KEPT]
    return sum(digest in first and digest in second for digest in either) / len(either) if either else 0.0


def _digests(made: bytes) -> set[bytes]:
    return {made[start : start + _DIGEST] for start in range(0, len(made), _DIGEST)}
