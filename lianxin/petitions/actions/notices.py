"""Written notices: taken as PDF by whoever handles the case, and noted when they reached the petitioner."""

from datetime import date

from django.utils import timezone

from lianxin.casework import actions as engine
from lianxin.casework.actions import required
from lianxin.casework.actions.common import clean, working
from lianxin.casework.events import EventType
from lianxin.casework.models import Case, Delivery, EventVisibility
from lianxin.foundation import audit
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.identity.models import User
from lianxin.petitions import paper, queries
from lianxin.petitions.queries import Notice


def take_notice(actor: User, case: Case, notice: Notice) -> bytes:
    """A notice as PDF, with the petitioner's name, for the office that handles the case. On the audit trail."""
    if not queries.may_take_notices(actor, case):
        raise Forbidden("告知书和答复意见书由受理的部门出具，您的岗位不能下载。")
    petitioner = engine.read_petitioner(actor, case, f"出具{notice.title}")
    made = paper.notice(case, notice, petitioner.name)
    audit.record(actor, "petitions.notice_taken", case, f"下载 {case} 的{notice.title}（含反映人姓名）")
    return made


def deliver_notice(actor: User, case: Case, notice: Notice, way: str, delivered_on: date, receipt: str = "", *, version: int | None = None) -> Case:
    """Note how a notice reached the petitioner, and when: not before it was made, not later than today. Once for each notice."""
    receipt = clean(receipt, "回执", longest=200, required=False)
    with working(actor, case, "record_delivery", version=version) as work:
        required.office(work)
        if any(row.message == notice.seq for row in work.rows.all(Delivery)):
            raise Refused(f"{notice.title}的送达已经登记过。")
        if delivered_on > timezone.localtime(work.now).date():
            raise Refused("送达日期不能晚于今天。")
        if delivered_on < timezone.localtime(notice.at).date():
            raise Refused(f"送达日期不能早于{notice.title}的日期。")
        # What was delivered is named by the seq of its event, as a message is by that of the event which made it.
        payload = {"message": notice.seq, "way": Delivery.Way(way).value, "delivered_on": delivered_on}
        work.record(EventType.DELIVERED, payload, {"receipt": receipt} if receipt else None, visibility=EventVisibility.PARTIES)
    return work.case
