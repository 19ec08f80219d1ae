"""The kind 12345 热线: what a caller says, sorted as it is taken, the sort sets the limit."""

from lianxin.casework.kinds import CaseKind, ClockSpec
from lianxin.casework.models import Case
from lianxin.casework.rights import Role
from lianxin.casework.vocabulary import STANDARD, Identity, Visibility, transitions
from lianxin.letters.kinds import Categories, link, public_link
from lianxin.organisations.models import OfficeFunction

HOTLINE = "hotline"
NAME = "12345热线"
OFFICE = OfficeFunction.Function.HOTLINE_OFFICE

SORTS = {"enquiry": "咨询", "help": "求助、建议", "complaint": "投诉、举报"}
RULES = {"enquiry": "L03-HOTLINE-ENQUIRY", "help": "L03-HOTLINE-HELP", "complaint": "L03-HOTLINE-COMPLAINT"}
UNSORTED = "help"
"""The limit of what came by the web, until an operator has sorted it."""

ON_THE_LINE = "answer_on_line"
"""The deed of this room: the operator answers while the caller listens."""
_MEETS = frozenset({"publish_reply", "answer_member", "decline", ON_THE_LINE})


def rule_of(case: Case) -> str:
    """The rule that limits a case of this sort (L03)."""
    return RULES.get(case.sub_state, RULES[UNSORTED])


def hotline() -> CaseKind:
    """12345热线: taken and given out by the operators of the hotline office, whose web column it is too; public after a check, as letters are."""
    return CaseKind(
        code=HOTLINE,
        name=NAME,
        noun="诉求",
        prefix="RX",
        identity_floor=Identity.TELEPHONE,
        transitions={**STANDARD, **transitions(f"{ON_THE_LINE} submitted replied")},
        clocks=(ClockSpec("reply", "答复", rule_of, meets=_MEETS),),
        approval=("head",),
        office=OFFICE,
        screened_by=Role.OPERATOR,
        default_visibility=Visibility.ANONYMISED,
        categories=Categories(),
        sub_states=SORTS,
        link=link,
        public_link=public_link,
    )
