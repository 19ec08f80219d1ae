"""Documents become entries of the index."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lianxin.foundation.search.analysis import Analyzer, Terms
from lianxin.foundation.search.sources import FACETS, Document

if TYPE_CHECKING:
    import tantivy

# An article of three years counts seven tenths of a new one. An exponential, as the order of two then never changes with the day on which
# one looks and no entry has to be written anew for having grown older.
HALF_LIFE_YEARS = 6.0
_WEIGHED_FROM = datetime(2000, 1, 1, tzinfo=UTC)
_YEAR = 365.25 * 86400
# Documents are dealt into so many lots at random: a few lots tell how the values of a facet are spread among a hundred thousand hits.
LOTS = 64
# Of a longer text the beginning is shown and highlighted; all of it is found.
LONGEST_SHOWN = 20_000


def key(source: str, number: int) -> str:
    """The name of an entry."""
    return f"{source}:{number}"


def lot(number: int) -> int:
    """The lot of a document: by the digits that a large odd factor mixes, as neighbours in number are alike."""
    return (number * 2654435761 % 2**32) * LOTS >> 32


def weight(at: datetime) -> float:
    """How much a publication of that moment counts, compared with others."""
    years = max(0.0, (at - _WEIGHED_FROM).total_seconds() / _YEAR)
    return float(2 ** (years / HALF_LIFE_YEARS))


def entry(source: str, document: Document, analyzer: Analyzer) -> dict[str, Any]:
    """The entry as plain data that can travel between processes."""
    at = int(document.at.timestamp())
    shown = {
        "title": document.title,
        "summary": document.summary,
        "body": document.body[:LONGEST_SHOWN],
        "at": at,
        **document.shown,
        "facets": {name: list(values) for name, values in document.facets.items()},
    }
    made: dict[str, Any] = {
        "key": key(source, document.number),
        "source": source,
        "number": document.number,
        "lot": str(lot(document.number)),
        "stamp": document.stamp,
        "at": at,
        "weight": weight(document.at),
        "shown": json.dumps(shown, ensure_ascii=False).encode(errors="replace"),
    }
    texts = (("title", document.title), ("body", f"{document.summary}\n{document.body}"), ("also", document.also))
    for field, text in texts:
        terms: Terms = analyzer.terms(text)
        made[field] = " ".join(terms.fine)
        made[f"{field}_compounds"] = " ".join(terms.compounds)
    if document.expires_at is not None:
        made["expires"] = int(document.expires_at.timestamp())
    made |= {name: list(document.facets[name]) for name in FACETS if document.facets.get(name)}
    return made


def put(writer: "tantivy.IndexWriter", entries: Iterable[dict[str, Any]], schema: "tantivy.Schema") -> None:
    """Add entries that the index does not hold yet."""
    import tantivy

    for made in entries:
        writer.add_document(tantivy.Document.from_dict(made, schema))


def take_out(writer: "tantivy.IndexWriter", source: str, numbers: Iterable[int]) -> None:
    """Remove entries; those that are not there do no harm."""
    for number in numbers:
        writer.delete_documents_by_term("key", key(source, number))
