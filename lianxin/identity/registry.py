"""What rooms above tell this one: who may read personal data, what else belongs into an export, what a deletion means for them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lianxin.identity.models import User


@dataclass(frozen=True)
class ExportPart:
    """A part of somebody's data: records of Chinese label → plain value, and files by name."""

    name: str
    title: str
    records: list[dict[str, Any]]
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class OpenMatter:
    """Something under way that a deletion concerns: what it is, where, and what becomes of it, each as Chinese words."""

    title: str
    href: str
    consequence: str


@dataclass(frozen=True)
class Kept:
    """What stays after a deletion: what, on which ground, for how long (保留三年), as Chinese words."""

    what: str
    why: str
    until: str


class Eraser:
    """How a room takes leave of an account. Subclass it and hand an instance to ``register_eraser``."""

    name = ""

    def open_matters(self, user: User) -> list[OpenMatter]:
        """What is under way; shown before the person confirms."""
        return []

    def kept(self, user: User) -> list[Kept]:
        """What will stay; shown before, and recorded with the deletion."""
        return []

    def erase(self, user: User) -> None:
        """Delete or unlink everything else, in the transaction of the deletion. May raise Refused to forbid it."""


@dataclass(frozen=True)
class MyPlace:
    """An entry of ``/my/``: where it leads, and in a few words what is there now."""

    title: str
    href: str
    note: str


ReadingRule = Callable[[User, User, str], bool]
_reading_rules: list[ReadingRule] = []
_exporters: dict[str, Callable[[User], ExportPart]] = {}
_erasers: dict[str, Eraser] = {}
_places: list[Callable[[User], MyPlace | None]] = []
_describers: list[Callable[[User], str]] = []


def register_reading_rule(rule: ReadingRule) -> ReadingRule:
    """``rule(reader, subject, about)`` says whether a member of staff may read the subject's data for that matter; one yes is enough."""
    if rule not in _reading_rules:
        _reading_rules.append(rule)
    return rule


def may_read(reader: User, subject: User, about: str) -> bool:
    """Whether any rule allows it. Partners never may."""
    if not reader.works_here or reader.kind == User.Kind.PARTNER:
        return False
    return any(rule(reader, subject, about) for rule in _reading_rules)


def register_exporter(name: str, exporter: Callable[[User], ExportPart]) -> None:
    """Let a room's data about a person join the export (once per name)."""
    _exporters[name] = exporter


def exporters() -> list[Callable[[User], ExportPart]]:
    """All exporters, in the order of their registration."""
    return list(_exporters.values())


def register_eraser(eraser: Eraser) -> None:
    """Let a room be asked before and at a deletion (once per name)."""
    _erasers[eraser.name] = eraser


def erasers() -> list[Eraser]:
    """All erasers, in the order of their registration."""
    return list(_erasers.values())


def register_my_place(place: Callable[[User], MyPlace | None]) -> Callable[[User], MyPlace | None]:
    """Let a room add an entry to ``/my/``; usable as a decorator."""
    if place not in _places:
        _places.append(place)
    return place


def my_places(user: User) -> list[MyPlace]:
    """The entries of other rooms for this person."""
    return [found for place in _places if (found := place(user)) is not None]


def register_reader_description(describe: Callable[[User], str]) -> Callable[[User], str]:
    """Let a room above say where a reader works, for the person's log (``市教育局 王晓梅``)."""
    if describe not in _describers:
        _describers.append(describe)
    return describe


def describe_reader(reader: User) -> str:
    """Who read, as the person is told."""
    return next((words for describe in _describers if (words := describe(reader))), str(reader))
