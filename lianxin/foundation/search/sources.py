"""What can be found: rooms above register where their documents come from."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

# The facets that a document may have; each may hold several values.
FACETS = ("site", "column", "kind", "unit", "year")


@dataclass(frozen=True)
class Document:
    """One thing that readers may find. All texts are plain, in the words that readers see."""

    number: int
    title: str
    at: datetime
    """When it was published."""
    summary: str = ""
    body: str = ""
    also: str = ""
    """Found by, and not shown: keywords, a document's number, the unit's names."""
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    expires_at: datetime | None = None
    shown: Mapping[str, Any] = field(default_factory=dict)
    """Further plain data that the room's own pages need to show a hit."""

    @property
    def stamp(self) -> int:
        """A number that changes with anything in the document: index and database agree when their stamps do."""
        parts = (self.title, self.summary, self.body, self.also, sorted(self.facets.items()), self.at, self.expires_at, sorted(self.shown.items()))
        return int.from_bytes(hashlib.blake2b(repr(parts).encode(errors="replace"), digest_size=7).digest())


class Source(Protocol):
    """Where documents of one kind come from. Both answer for what is public at this moment and for nothing else."""

    name: str

    def numbers(self) -> Iterator[Sequence[int]]:
        """All numbers of public documents, in batches of the size in which they are best read."""
        ...

    def documents(self, numbers: Iterable[int]) -> list[Document]:
        """The documents of these numbers that are public; the others are left out."""
        ...


_sources: dict[str, Source] = {}


def register(source: Source) -> None:
    """Add a source; called from a room's ``ready()``. Registering a name again replaces it."""
    _sources[source.name] = source


def registered() -> dict[str, Source]:
    """All sources by name."""
    return dict(_sources)
