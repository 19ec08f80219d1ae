"""What a page shows, noted while it is rendered: tags, the moment before the first query, and until when it holds at most.

Models that inherit ``Tagged`` note themselves when they are loaded. Lists, and what is not there, cannot: whoever reads them says
``tag("list:17")``. Outside a rendering all of this does nothing.
"""

from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.db import models


class Collection:
    """What was noted during one rendering."""

    __slots__ = ("broken_by", "kept", "parameters", "since", "tags", "until")

    def __init__(self, since: int) -> None:
        self.since = since
        self.tags: set[str] = set()
        self.until: float | None = None
        # Set by ``keeps``: the view allows its page to be kept, whatever of these query parameters it was asked with.
        self.kept = False
        self.parameters: tuple[str, ...] = ()
        self.broken_by: BaseException | None = None

    def add(self, other: "Collection") -> None:
        """Take over what was noted for a part of this page, perhaps earlier."""
        self.since = min(self.since, other.since)
        self.tags |= other.tags
        if other.until is not None:
            self.ends(other.until)

    def ends(self, moment: float) -> None:
        """The page holds until ``moment`` (seconds since 1970) at most."""
        self.until = moment if self.until is None else min(self.until, moment)


current: ContextVar[Collection | None] = ContextVar("pagestore", default=None)


def tag(*tags: str) -> None:
    """The page that is being rendered shows these things."""
    collection = current.get()
    if collection is not None:
        collection.tags.update(tags)


def until(moment: datetime | None) -> None:
    """What the page shows is over at ``moment``."""
    collection = current.get()
    if collection is not None and moment is not None:
        collection.ends(moment.timestamp())


def tag_of(instance: models.Model) -> str:
    """The tag of a row: ``publishing.articlepage:17``. Rows of one table have one name, whichever class loaded them."""
    return tag_name(type(instance), instance.pk)


def tag_name(model: type[models.Model], pk: object) -> str:
    """The tag of the row ``pk`` of a model."""
    return f"{model._meta.label_lower}:{pk}"


class Tagged:
    """Makes a model's rows note themselves on every page that loads them; stands first among the model's bases."""

    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any) -> Any:
        """Load a row and note it."""
        instance = super().from_db(db, field_names, values)  # type: ignore[misc]
        collection = current.get()
        if collection is not None:
            collection.tags.add(tag_of(instance))
        return instance
