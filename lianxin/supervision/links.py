"""Where the page of a case leads from here: its orders, its papers, a new order."""

from django.urls import reverse

from lianxin.casedesk.view import CaseView
from lianxin.casework.models import Supervision
from lianxin.supervision import queries


def papers(view: CaseView) -> list[tuple[str, str]]:
    """Links with their words, for whoever may follow them."""
    case = view.case
    if not queries.may_take_papers(view.user, case):
        return []
    found = [
        (f"督办单 {row.number}（{row.get_state_display()}）", reverse("supervision:order", args=[case.number, row.seq]))
        for row in Supervision.objects.filter(case=case).exclude(number="").order_by("seq")
    ]
    found.append(("办理单 PDF", reverse("supervision:sheet", args=[case.number])))
    if view.is_supervisor and case.is_open and view.can("supervise"):
        found.append(("发督办单", reverse("supervision:issue", args=[case.number])))
    return found
