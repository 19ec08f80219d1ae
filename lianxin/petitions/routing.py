"""Who handles a report: never the one it is about, nor anybody below him."""

from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import OfficeFunction, Organisation
from lianxin.petitions.kinds import REPORT, REPORT_ELSEWHERE

_WAYS = ((REPORT, OfficeFunction.Function.PETITION_BUREAU), (REPORT_ELSEWHERE, OfficeFunction.Function.SUPERVISION_OFFICE))


def report_kind(about: Organisation | User | None) -> str:
    """The kind whose office is not part of what is reported: the bureau, otherwise the supervision office.

    Raises Refused where both are, with the way that is left.
    """
    for kind, function in _WAYS:
        office = organisations.office(function)
        if office is not None and not (isinstance(about, Organisation) and office.path.startswith(about.path)):
            return kind
    raise Refused("您检举的单位管着本市受理检举的部门，在这里办理不能保证公正。请拨打 12388 向纪检监察机关反映，或者向上一级信访部门反映。")
