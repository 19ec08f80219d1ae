"""督查事项: what the supervision office orders without anybody having written: to several units, each with a day of its own."""

from lianxin.casework.kinds import CaseKind
from lianxin.casework.models import Case
from lianxin.casework.rights import Role
from lianxin.casework.vocabulary import Identity, Publicity, Visibility, transitions
from lianxin.organisations.models import OfficeFunction

TASK = "task"

# No unit returns an order, nobody outside is answered: it ends when the office has accepted every report and says what came of it.
_TABLE = """
order_task          submitted                     assigned
sign_for            assigned                      handling
sign_for            handling                      =
sign_for_part       assigned handling             =
hand_to_section     assigned handling             =
report_progress     assigned handling             =
report_back         assigned handling             =
accept_report       assigned handling             =
send_back_report    assigned handling             =
instruct            assigned handling closed      =
remind              assigned handling             =
supervise           assigned handling             =
close_task          assigned handling             closed
"""


def task() -> CaseKind:
    """督查事项: each unit's clock runs until the day that the order names ("as ordered"), which nobody extends; never public."""
    return CaseKind(
        code=TASK,
        name="督查事项",
        prefix="DC",
        identity_floor=Identity.NONE,
        transitions=transitions(_TABLE),
        clocks=(),
        office=OfficeFunction.Function.SUPERVISION_OFFICE,
        screened_by=Role.SUPERVISOR,
        registered_by=frozenset({Role.SUPERVISOR}),
        default_visibility=Visibility.PRIVATE,
        publicity=Publicity.NEVER,
        link=link,
    )


def link(case: Case, staff: bool) -> str:
    """Where staff work on it; nobody else is told of it."""
    return f"/desk/cases/{case.number}/" if staff else ""
