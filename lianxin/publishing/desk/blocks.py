"""What rooms show on the staff home 今天: each registers a provider of blocks, so that the home need not know them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from lianxin.identity.models import User


@dataclass
class Line:
    """One line: what, where it leads, and a few words beside it."""

    title: str
    href: str
    meta: str = ""
    when: str = ""
    tag: str = ""
    tone: str = ""
    note: str = ""


@dataclass
class Block:
    """A block of lines with a calm word for when there is none."""

    name: str
    title: str
    empty: str
    lines: list[Line] = field(default_factory=list)
    count: int = 0
    href: str = ""
    tone: str = ""
    more: bool = False
    """``count`` is only what was counted; there are more."""


# (person, roles in which he may act today) -> his blocks, those without lines left out.
Provider = Callable[[User, set[str]], list[Block]]

_providers: list[Provider] = []


def register_blocks(provider: Provider) -> Provider:
    """Show what ``provider`` finds on the staff home; usable as a decorator."""
    if provider not in _providers:
        _providers.append(provider)
    return provider


def blocks_of(user: User, roles: set[str]) -> list[Block]:
    """The blocks of all rooms for a person, in the order of registration."""
    return [block for provider in _providers for block in provider(user, roles)]
