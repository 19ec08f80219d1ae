"""What the room's keepers see, and the lists that the rules read."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import QuerySet

from lianxin.foundation.once import once
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Post
from lianxin.triage.models import Category, Elsewhere, Insult

_SENTENCE_END = re.compile(r"[。！？!?；;\n]")


def keeps(actor: User) -> bool:
    """Whether ``actor`` looks after categories, words and directions: triage officers and administrators do."""
    return organisations.is_administrator(actor) or organisations.holds(actor, Post.Role.TRIAGE)


def categories(*, active: bool = True) -> QuerySet[Category]:
    """The categories in the order of their codes, with their parents; those no longer used only when asked for."""
    rows = Category.objects.select_related("parent__parent").order_by("code")
    return rows.filter(active=True) if active else rows


class Leaf(NamedTuple):
    """A category that letters may have, with the names above it, the nearest first."""

    pk: int
    code: str
    name: str
    above: tuple[str, ...]


def leaves() -> list[Leaf]:
    """The categories in use that letters may have, in the order of their codes; read once for a page."""
    return once("triage.leaves", _leaves)


def _leaves() -> list[Leaf]:
    rows = categories().filter(children__isnull=True).select_related(None)
    named = rows.values_list("pk", "code", "name", "parent__name", "parent__parent__name")
    return [Leaf(pk, code, name, tuple(filter(None, above))) for pk, code, name, *above in named]


def insults() -> list[str]:
    """The words in use for which a person looks at a letter."""
    return list(Insult.objects.filter(active=True).values_list("word", flat=True))


@dataclass(frozen=True)
class Direction:
    """Where a matter belongs that this place does not decide, in words for the writer."""

    code: str
    name: str
    explanation: str
    phone: str
    address: str
    urgent: bool
    because: str
    """The words of the text that led there."""


def where_else(text: str) -> list[Direction]:
    """Who else decides, or must hear first, what ``text`` is about (rule H05), the urgent first; empty for most letters.

    A hint to the writer, never a refusal: he may still send the letter.
    """
    sentences = [sentence for sentence in _SENTENCE_END.split(text) if sentence.strip()]
    found = []
    for row in Elsewhere.objects.filter(active=True):
        because = _matching(row.words, sentences)
        if because and not _matching(row.unless, sentences):
            found.append(Direction(row.code, row.name, row.explanation, row.phone, row.address, row.urgent, because))
    return found


def _matching(lines: str, sentences: list[str]) -> str:
    """The first line all of whose words stand in one of the sentences, or ""."""
    for line in lines.splitlines():
        words = line.split()
        if words and any(all(word in sentence for word in words) for sentence in sentences):
            return "、".join(words)
    return ""
