"""What an operator has typed while a caller is on the line."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Typed:
    """As it was typed, valid or not; ``unit`` is a key, ``hidden``, ``private`` and ``another`` are "on" or ""."""

    telephone: str = ""
    hidden: str = ""
    name: str = ""
    sort: str = "enquiry"
    text: str = ""
    place: str = ""
    category: str = ""
    unit: str = ""
    other_unit: str = ""
    opinion: str = ""
    answer: str = ""
    private: str = ""
    another: str = ""

    def packed(self) -> str:
        """As a draft keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False).encode("utf-8", "replace").decode()

    @classmethod
    def unpacked(cls, content: str) -> "Typed":
        """What ``packed`` gave, fields of an older form passed over."""
        known = json.loads(content)
        return cls(**{one.name: known[one.name] for one in fields(cls) if one.name in known})

    @classmethod
    def of(cls, data: Any) -> "Typed":
        """From a form that was sent; a box that is not ticked is not sent."""
        return cls(**{one.name: str(data.get(one.name, ""))[:20_100].replace("\x00", "") for one in fields(cls)})
