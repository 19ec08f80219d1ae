"""Where the page of a case leads from here: its notices."""

from django.urls import reverse

from lianxin.casedesk.view import CaseView
from lianxin.petitions import queries


def notices(view: CaseView) -> list[tuple[str, str]]:
    """Links with their words, for the office that handles the case."""
    case = view.case
    if not queries.may_take_notices(view.user, case):
        return []
    return [(f"{one.title} PDF", reverse("petitions:notice", args=[case.number, one.seq])) for one in queries.notices(case)]
