"""Questions to the index of matters."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lianxin.foundation.search.shelf import NotBuilt, Reader
from lianxin.triage.models import Matter
from lianxin.triage.similarity import digests, index

if TYPE_CHECKING:
    import tantivy

# Texts that share so many of their pieces of three characters are the same text with a few words changed.
COPY = 0.7
# The rarest words of a text find its like; more only cost time.
_ASKED = 40
# So many candidates are looked at more closely.
_CANDIDATES = 50


@dataclass(frozen=True)
class Match:
    """A matter that is like the text asked about."""

    ref: str
    kind: str
    score: float
    """How much of what the text is about the other is about too, from 0 to 1; good for an order, and from about 0.3 worth showing."""

    likeness: float
    """How much of the wording both share, from 0 to 1; from ``COPY`` on it is the same text again."""


def similar(
    text: str,
    kinds: Iterable[str],
    public_only: bool,
    limit: int = 5,
    *,
    facets: Mapping[str, object] | None = None,
    without: str = "",
) -> list[Match]:
    """Matters of these kinds that are like ``text``, the likest first.

    With ``public_only`` nothing that is not public at this moment comes back, whatever the index holds. ``facets`` narrow to equal values;
    ``without`` is the ref of the text itself. Empty while there is no index: nobody is kept from writing because it is being built.
    """
    return sorted(_candidates(text, kinds, public_only, facets or {}, without), key=lambda match: (-match.score, match.ref))[:limit]


def copies(
    text: str,
    kinds: Iterable[str],
    public_only: bool = False,
    *,
    facets: Mapping[str, object] | None = None,
    without: str = "",
    at_least: float = COPY,
) -> list[Match]:
    """Matters with nearly the same wording, the likest first; at most fifty. ``facets`` narrow to equal values."""
    found = [match for match in _candidates(text, kinds, public_only, facets or {}, without) if match.likeness >= at_least]
    return sorted(found, key=lambda match: (-match.likeness, match.ref))


def _candidates(text: str, kinds: Iterable[str], public_only: bool, facets: Mapping[str, object], without: str) -> list[Match]:
    try:
        opened = index.SHELF.reader()
        secret = index.secret_of(opened.path)
    except NotBuilt:
        return []
    searcher = opened.searcher()
    weights = _rarest(searcher, digests.words(text, secret))
    allowed = sorted(set(kinds))
    if not weights or not allowed:
        return []
    query = _query(opened, list(weights), allowed, public_only, facets)
    own, highest = digests.sketch(text, secret), sum(weights.values())
    hits: dict[int, tuple[float, float]] = {}
    for score, address in searcher.search(query, _CANDIDATES, count=False).hits:
        stored = searcher.doc(address)
        hits[int(stored["row"][0])] = score, digests.likeness(own, bytes(stored["sketch"][0]))
    # The rows decide what may be seen: the index may be a second behind.
    rows = Matter.objects.filter(pk__in=hits, kind__in=allowed).exclude(ref=without)
    if public_only:
        rows = rows.filter(public=True)
    return [
        Match(ref, kind, round(min(1.0, max(hits[pk][0] / highest, hits[pk][1])), 4), round(hits[pk][1], 4))
        for pk, ref, kind in rows.values_list("pk", "ref", "kind")
    ]


def _rarest(searcher: "tantivy.Searcher", counted: Mapping[str, int]) -> dict[str, float]:
    """The words to ask for with their weight, as BM25 weighs rarity; words that no text has find nothing."""
    total = searcher.num_docs
    weights = {}
    for digest in counted:
        holding = searcher.doc_freq("words", digest)
        if holding:
            weights[digest] = math.log(1 + (total - holding + 0.5) / (holding + 0.5))
    chosen = sorted(weights, key=lambda digest: (-weights[digest] * min(counted[digest], 3), digest))[:_ASKED]
    return {digest: weights[digest] for digest in chosen}


def _query(opened: Reader, words: list[str], kinds: list[str], public_only: bool, facets: Mapping[str, object]) -> "tantivy.Query":
    import tantivy

    query, occur, fields = tantivy.Query, tantivy.Occur, opened.index.schema
    asked = query.boolean_query([(occur.Should, query.term_query(fields, "words", word)) for word in words])
    filters = [query.boolean_query([(occur.Should, query.term_query(fields, "kind", kind)) for kind in kinds])]
    filters += [query.term_query(fields, "facet", f"{name}={value}") for name, value in sorted(facets.items())]
    if public_only:
        filters.append(query.term_query(fields, "public", "yes"))
    # A filter says yes or no and must not weigh.
    return query.boolean_query([(occur.Must, asked), *((occur.Must, query.const_score_query(each, 0.0)) for each in filters)])
