"""What the petitioner does afterwards: rate, object once, withdraw."""

from lianxin.casework.actions import required
from lianxin.casework.actions.common import LONGEST_REASON, clean, working
from lianxin.casework.events import EventType
from lianxin.casework.models import Case, EventVisibility, Rating
from lianxin.casework.rights import Actor
from lianxin.foundation.errors import Refused


def rate(actor: Actor, case: Case, score: int, comment: str = "") -> Case:
    """Rate a handling from 1 (very dissatisfied) to 5; once for each handling."""
    comment = clean(comment, "意见", longest=LONGEST_REASON, required=False)
    if score not in range(1, 6):
        raise Refused("请在一到五分之间选择。")
    with working(actor, case, "rate") as work:
        required.owner(work)
        if any(rating.round == work.case.round for rating in work.rows.all(Rating)):
            raise Refused("这次办理您已经评价过了，谢谢。")
        work.record(EventType.RATED, {"score": score}, {"comment": comment} if comment else None, visibility=EventVisibility.PUBLIC)
    return work.case


def object_once(actor: Actor, case: Case, reason: str) -> Case:
    """Object to the answer: the case is handled again. Possible once."""
    reason = clean(reason, "异议的理由", longest=LONGEST_REASON)
    with working(actor, case, "object_once") as work:
        required.owner(work)
        if work.case.objected:
            raise Refused("这件已经按您的异议重新办理过一次。如仍不满意，可以依法申请复查。")
        work.record(EventType.OBJECTED, private={"body": reason}, visibility=EventVisibility.PARTIES)
    return work.case


def withdraw(actor: Actor, case: Case, reason: str = "") -> Case:
    """Take a case back before it is answered; nothing of it becomes public."""
    reason = clean(reason, "撤回的原因", longest=LONGEST_REASON, required=False)
    with working(actor, case, "withdraw") as work:
        required.owner(work)
        work.record(EventType.WITHDRAWN, private={"reason": reason} if reason else None, visibility=EventVisibility.PARTIES)
    return work.case
