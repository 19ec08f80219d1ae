"""The office looks at what came in: registered, accepted, or declined with the reason and where to go."""

from lianxin.casework.actions import required
from lianxin.casework.actions.common import LONGEST_REASON, clean, working
from lianxin.casework.events import EventType
from lianxin.casework.kinds import CaseKind
from lianxin.casework.models import Case, EventVisibility
from lianxin.foundation.errors import Refused
from lianxin.identity.models import User


def screen(actor: User, case: Case, *, category: str | None = None, sub_state: str | None = None, version: int | None = None) -> Case:
    """Register a case (登记): read by the office, with its category. ``None`` leaves what is known as it is."""
    with working(actor, case, "screen", version=version) as work:
        required.office(work)
        work.record(EventType.SCREENED, _facts(work.kind, category, sub_state))
    return work.case


def accept(actor: User, case: Case, *, category: str | None = None, sub_state: str | None = None, version: int | None = None) -> Case:
    """Accept a case (受理); the petitioner is told."""
    with working(actor, case, "accept", version=version) as work:
        required.office(work)
        work.record(EventType.ACCEPTED, _facts(work.kind, category, sub_state), visibility=EventVisibility.PUBLIC)
    return work.case


def decline(actor: User, case: Case, reason: str, where_to: str, *, version: int | None = None) -> Case:
    """Do not accept a case (不予受理): the petitioner is told why, and where to go instead. Both are required."""
    reason = clean(reason, "不予受理的原因", longest=LONGEST_REASON)
    where_to = clean(where_to, "可以向哪里反映", longest=200)
    with working(actor, case, "decline", version=version) as work:
        required.office(work)
        work.record(EventType.DECLINED, {"where_to": where_to}, {"reason": reason}, visibility=EventVisibility.PARTIES)
    return work.case


def _facts(kind: CaseKind, category: str | None, sub_state: str | None) -> dict[str, str | None]:
    if category and kind.categories and category not in kind.categories:
        raise Refused("没有这个分类，请从列表里选择。")
    if sub_state and sub_state not in kind.sub_states:
        raise Refused("没有这个子状态，请从列表里选择。")
    return {"category": category, "sub_state": sub_state}
