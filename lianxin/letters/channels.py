"""Channels: which kinds of cases are followed, and read once they are answered, on this room's pages.

::

    register(Channel("hotline"))     # in AppConfig.ready of a room above, after its kind
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Channel:
    """A kind whose cases their petitioners follow at ``/follow/`` and in ``/my/letters/``."""

    kind: str
    is_read_here: bool = True
    """Whether those made public stand in ``/letters/``, in search and in the records of units; the kind's ``public_link`` says so too."""
    choice: str = ""
    """What a writer reads who may choose this channel in ``/write/``; empty: nobody chooses it there."""


_channels: dict[str, Channel] = {}


def register(channel: Channel) -> None:
    """Make a channel known; in the order of registration it stands in lists."""
    _channels[channel.kind] = channel


def followed() -> tuple[str, ...]:
    """The codes of all kinds whose cases are followed here."""
    return tuple(_channels)


def choices() -> dict[str, str]:
    """The channels that a writer may choose by themselves, by kind, with their words."""
    return {code: channel.choice for code, channel in _channels.items() if channel.choice}


def read_here() -> tuple[str, ...]:
    """The codes of the kinds whose public cases are read here."""
    return tuple(code for code, channel in _channels.items() if channel.is_read_here)
