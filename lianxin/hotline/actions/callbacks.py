"""Calling back (回访): the hotline office asks whether the answer of a unit was good; dissatisfied, it is handled once more."""

from lianxin.casework import actions as engine
from lianxin.casework.actions.common import LONGEST_REASON, clean
from lianxin.casework.models import Case, FollowUp
from lianxin.foundation.errors import Refused
from lianxin.hotline import queries
from lianxin.hotline.kinds import HOTLINE
from lianxin.identity.models import User

Result = FollowUp.Result


def call_back(operator: User, case: Case, result: str, note: str = "", *, version: int | None = None) -> Case:
    """Say how a try to call back went. Three tries a handling; whoever is dissatisfied says why, and the unit handles it once more.

    Raises Forbidden for anybody but the operators of the hotline office, and for those of a unit that handled it.
    """
    queries.require_operator(operator)
    if case.kind != HOTLINE:
        raise Refused("这里只回访热线办件。")
    if result not in Result.values:
        raise Refused("请选择回访的结果。")
    clean(note, "来电人不满意的地方", longest=LONGEST_REASON, required=result == Result.DISSATISFIED)
    return engine.follow_up(operator, case, result, note, version=version)
