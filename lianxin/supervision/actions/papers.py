"""Papers that leave the system: an order (督办单) or a case's handling sheet (办理单) as PDF. Whoever takes one is on the audit trail."""

from lianxin.casework import actions
from lianxin.casework.models import Case, Petitioner, Supervision
from lianxin.foundation import audit
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.identity.models import User
from lianxin.supervision import paper, queries


def take_order(actor: User, case: Case, supervision: Supervision) -> bytes:
    """The order as PDF. For the supervision office, the units it is for, the office that screens and the leaders in charge."""
    _require_taker(actor, case)
    if supervision.state == Supervision.State.PROPOSED or not supervision.number:
        raise Refused("督办单还没有发出，不能下载。")
    made = paper.order(case, supervision)
    audit.record(actor, "supervision.order_taken", case, f"下载 {case} 的督办单 {supervision.number}")
    return made


def take_sheet(actor: User, case: Case, *, purpose: str = "") -> bytes:
    """A case's handling sheet as PDF, the petitioner masked; with a ``purpose`` he is named, to those who may read who he is."""
    _require_taker(actor, case)
    petitioner: Petitioner | None = actions.read_petitioner(actor, case, purpose) if purpose else None
    made = paper.sheet(actor, case, petitioner)
    audit.record(actor, "case.sheet_taken", case, f"下载 {case} 的办理单{'（含反映人信息）' if petitioner else ''}")
    return made


def _require_taker(actor: User, case: Case) -> None:
    if not queries.may_take_papers(actor, case):
        raise Forbidden("督办单和办理单由督查、分办、承办单位和分管领导下载，您的岗位不能下载。")
