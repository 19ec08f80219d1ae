"""Kinds of cases: what a room declares so that its cases run on the engine, which knows none of them by name.

::

    register(CaseKind(code="mailbox", name="市长信箱", version=1, prefix="SZXX", ...))     # in AppConfig.ready of the room
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from lianxin.casework.vocabulary import STANDARD, STANDARD_OUTCOMES, Identity, Publicity, Stage, Visibility

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from lianxin.casework.models import Case

Transitions = Mapping[tuple[str, str], str]
"""(stage, deed) -> stage."""


@dataclass(frozen=True)
class ClockSpec:
    """A clock of a kind: which rule, which deeds start, meet, pause, resume and stop it."""

    purpose: str
    """Its name within the kind, such as ``reply``; one clock of a purpose runs at a time."""
    label: str
    """What people see, such as 答复."""
    rule: "str | Callable[[Case], str]"
    """The code of a ``Rule``, or a function that names it for a case; sorted anew when it is screened, a case gets the clock of its sort."""
    starts: frozenset[str] = frozenset({"submit", "object_once", "reopen", "miss_promise"})
    meets: frozenset[str] = frozenset({"publish_reply", "answer_member", "decline"})
    pauses: frozenset[str] = frozenset({"ask_citizen"})
    resumes: frozenset[str] = frozenset({"citizen_answered"})
    stops: frozenset[str] = frozenset({"withdraw"})
    extendable: bool = True
    """Whether a leader may extend it, within what the rule allows."""


@dataclass(frozen=True)
class CaseKind:
    """One kind of case. Frozen: a change of transitions or clocks is a new ``version``; cases keep the version they began with."""

    code: str
    name: str
    prefix: str
    """Opens every number: ``SZXX2025000001``. Unique among kinds."""
    noun: str = ""
    """What one case is called where ``name`` is that of the box it comes in: 来信, 留言, 诉求. Empty where the name says it."""
    version: int = 1
    identity_floor: Identity = Identity.TELEPHONE
    """What a citizen must have shown of himself to submit online."""
    transitions: Transitions = field(default_factory=lambda: STANDARD)
    clocks: tuple[ClockSpec, ...] = (ClockSpec("reply", "答复", "L02"),)
    approval: tuple[str, ...] = ("head",)
    """Posts that sign a reply after its author, in this order, each another person; the last one's signature approves it."""
    office: str = "information_centre"
    """The function (organisations.OfficeFunction) of the unit that screens."""
    screened_by: str = "triage"
    """The post (organisations.Post.Role) that acts for that unit: ``triage``; ``operator`` where those who take calls decide themselves;
    ``supervisor`` for what a supervision office orders."""
    registered_by: frozenset[str] = frozenset()
    """Posts that alone bring cases of this kind, for matters that no citizen raised; empty: citizens, and staff for those who call or write."""
    default_visibility: Visibility = Visibility.ANONYMISED
    outcomes: Mapping[str, str] = field(default_factory=lambda: STANDARD_OUTCOMES)
    publicity: Publicity = Publicity.AFTER_CHECK
    return_rule: str = "R01"
    """The rule that says how long a unit may ask the office to take a case back."""
    staffed_only: bool = False
    """Whether units in which nobody handles cases are refused, as nobody would sign for what is given to them."""
    interim_before_extension: bool = True
    """Whether an extension asks for an interim answer that has gone out in time."""
    categories: Mapping[str, str] = field(default_factory=dict)
    """Categories with their names; empty: any text."""
    sub_states: Mapping[str, str] = field(default_factory=dict)
    """Sub-states, or sorts that set the limit (``ClockSpec.rule``), with their names."""
    visible: "Callable[[QuerySet[Case], Any], QuerySet[Case]] | None" = None
    """Narrows what ``actor`` sees of this kind, after the engine's own rules; it can only take away."""
    before_reply: "Callable[[Case, str, Sequence[tuple[str, date]]], list[str]]" = lambda case, body, promises: []
    """What stands against sending a reply, in Chinese sentences: the case, the text, the promises with their dates."""
    link: "Callable[[Case, bool], str]" = lambda case, staff: ""
    """The address of a case for its petitioner, or for staff; the engine has no pages."""
    public_link: "Callable[[str], str]" = lambda number: ""
    """The address at which everybody reads a public case of this number; "" where there is no such page."""

    @property
    def has_petitioner(self) -> bool:
        """Whether somebody outside brings cases of this kind, who is answered and asked how it went."""
        return not self.registered_by

    def moves(self, stage: str, deed: str) -> str | None:
        """The stage after ``deed`` in ``stage`` ("" before there is a case); None when the table does not know it."""
        if (stage, deed) == ("", "submit"):
            return Stage.SUBMITTED
        return self.transitions.get((stage, deed))


_kinds: dict[tuple[str, int], CaseKind] = {}
_current: dict[str, CaseKind] = {}


def register(kind: CaseKind) -> CaseKind:
    """Make a kind known. An older version may stand beside the current one; raises ValueError for a prefix that another kind has."""
    for other in _kinds.values():
        if other.code != kind.code and other.prefix == kind.prefix:
            raise ValueError(f"the kinds {other.code} and {kind.code} share the prefix {kind.prefix}")
    _kinds[kind.code, kind.version] = kind
    known = _current.get(kind.code)
    if known is None or known.version <= kind.version:
        _current[kind.code] = kind
    return kind


def unregister(code: str) -> None:
    """Forget a kind in all its versions; for tests that bring their own."""
    _current.pop(code, None)
    for key in [key for key in _kinds if key[0] == code]:
        del _kinds[key]


def kind(code: str, version: int | None = None) -> CaseKind:
    """The kind of this code, by default its current version. Raises KeyError for an unknown one."""
    return _current[code] if version is None else _kinds[code, version]


def kinds() -> list[CaseKind]:
    """All kinds in their current version, in the order of registration."""
    return list(_current.values())
