"""Which function applies which type of event: exactly one each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lianxin.casework.events import EventType, moment
from lianxin.casework.models import CaseEvent
from lianxin.casework.projections.rows import Rows


@dataclass(frozen=True)
class Fact:
    """An event as a projection reads it: its plain payload and, while the case's key exists, its private parts."""

    event: CaseEvent
    private: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.event.payload[name]

    def get(self, name: str) -> Any:
        """A part of the payload that may be missing."""
        return self.event.payload.get(name)

    def moment(self, name: str) -> datetime | None:
        """A moment of the payload; None when it is missing."""
        value = self.event.payload.get(name)
        return moment(value) if value else None

    def required_moment(self, name: str) -> datetime:
        """A moment that this type of event always has."""
        return moment(self.event.payload[name])

    def words(self, name: str) -> str:
        """A private text; empty once the case's key is destroyed."""
        return self.private.get(name, "")

    @property
    def made(self) -> dict[str, Any]:
        """What a row made by this event says of its origin."""
        return {"case_id": self.event.case_id, "seq": self.event.seq}


Apply = Callable[[Fact, Rows], None]
APPLIED: dict[str, Apply] = {}


def applies(kind: EventType) -> Callable[[Apply], Apply]:
    """The one function that writes what events of this type change."""

    def decorate(function: Apply) -> Apply:
        if kind in APPLIED:
            raise ValueError(f"two functions apply {kind}")
        APPLIED[kind] = function
        return function

    return decorate
