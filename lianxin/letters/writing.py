"""What a letter consists of while it is written, and what every kind of draft has in common."""

import json
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol, TypeVar

from lianxin.casework.vocabulary import Visibility


class Content(Protocol):
    """A dataclass with what was typed so far; every field has a default, so that drafts of an older release still open."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def text(self) -> str:
        """What it is about, at full length."""
        ...


C = TypeVar("C", bound=Content)


def read_content(stored: str, form: type[C]) -> C:
    """What a draft holds, as ``form``; what that does not know is left out."""
    known = json.loads(stored)
    return form(**{field.name: known[field.name] for field in fields(form) if field.name in known})


@dataclass(frozen=True)
class Written:
    """What was typed so far. ``to`` is ``office``, ``leader``, ``unit`` or the kind of a channel that may be chosen;
    ``join`` the number of the letter that this one joins."""

    subject: str = ""
    text: str = ""
    place: str = ""
    to: str = "office"
    leader: str = ""
    unit: str = ""
    visibility: str = Visibility.ANONYMISED.value
    name: str = ""
    join: str = ""
