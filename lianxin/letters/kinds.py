"""The two kinds of letters: the mayor's mailbox and the boards of units."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from django.conf import settings

from lianxin.casework.kinds import CaseKind, ClockSpec
from lianxin.casework.models import Case
from lianxin.casework.vocabulary import STANDARD, Identity, Visibility, transitions
from lianxin.organisations.models import OfficeFunction
from lianxin.triage import queries as triage

MAILBOX, BOARD = "mailbox", "board"
IMPORTED = 0
"""The version of a kind that letters of an older mailbox have, whose limit was another one."""
IMPORTED_RULE = "L02-IMPORTED"


class Categories(Mapping[str, str]):
    """Triage's categories in use as code → name, read when they are asked for: the desk changes them while the site runs."""

    def __getitem__(self, code: str) -> str:
        row = triage.categories().filter(code=code).first()
        if row is None:
            raise KeyError(code)
        return row.name

    def __iter__(self) -> Iterator[str]:
        return iter(triage.categories().values_list("code", flat=True))

    def __len__(self) -> int:
        return triage.categories().count()


def mailbox() -> CaseKind:
    """市长信箱: real names, three calendar days (L02), screened by the information centre; leaders may give instructions."""
    return CaseKind(
        code=MAILBOX,
        name=settings.MAILBOX_NAME,
        prefix="SZXX",
        noun="来信",
        identity_floor=Identity.REAL_NAME,
        clocks=(ClockSpec("reply", "答复", "L02"),),
        approval=("head",),
        office=OfficeFunction.Function.INFORMATION_CENTRE,
        default_visibility=Visibility.PUBLIC,
        categories=Categories(),
        link=link,
        public_link=public_link,
    )


def board() -> CaseKind:
    """部门留言板: by a code on the telephone, three working days (L01); straight to the unit whose board it is, or found by the office."""
    return CaseKind(
        code=BOARD,
        name=settings.BOARD_NAME,
        prefix="BMLY",
        noun="留言",
        identity_floor=Identity.TELEPHONE,
        transitions={**STANDARD, **transitions("give_at_once submitted assigned")},
        clocks=(ClockSpec("reply", "答复", "L01"),),
        approval=("head",),
        office=OfficeFunction.Function.INFORMATION_CENTRE,
        default_visibility=Visibility.PUBLIC,
        categories=Categories(),
        link=link,
        public_link=public_link,
    )


def imported(kind: CaseKind) -> CaseKind:
    """The kind as letters from an older mailbox have it: their first answer was due by a rule of their own; handled again, today's holds."""
    return replace(kind, version=IMPORTED, clocks=tuple(replace(spec, rule=_first_by_own_rule(spec)) for spec in kind.clocks))


def _first_by_own_rule(spec: ClockSpec) -> Callable[[Case], str]:
    def rule(case: Case) -> str:
        if case.round == 1:
            return IMPORTED_RULE
        return spec.rule if isinstance(spec.rule, str) else spec.rule(case)

    return rule


def link(case: Case, staff: bool) -> str:
    """Where staff work on a letter, or where its writer follows it."""
    return f"/desk/cases/{case.number}/" if staff else f"/my/letters/{case.number}/"


def public_link(number: str) -> str:
    """Where everybody reads a letter that was made public."""
    return f"/letters/{number}/"
