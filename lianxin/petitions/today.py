"""What the staff home says of petitions: what waits for acceptance, what runs out."""

from django.urls import reverse
from django.utils import timezone

from lianxin.casedesk import times
from lianxin.casework.models import Case
from lianxin.casework.rights import Role
from lianxin.identity.models import User
from lianxin.petitions import queries
from lianxin.publishing.desk.blocks import Block, Line

SHOWN = 5


def blocks(user: User, roles: set[str]) -> list[Block]:
    """The blocks of whoever screens for the petition bureau."""
    if str(Role.TRIAGE) not in roles or not queries.is_bureau(user):
        return []
    new = queries.counter(user, queries.Filters())
    late = queries.counter(user, queries.Filters("open")).filter(due_at__lte=timezone.now())
    address = reverse("petitions:counter")
    overdue = f"{address}?state=open&clock=late"
    found = [
        Block("petitions-new", "信访事项待受理", "", [_line(case) for case in new[:SHOWN]], new.count(), address),
        Block("petitions-late", "信访事项已超期", "", [_line(case) for case in late[:SHOWN]], late.count(), overdue, "urgent"),
    ]
    return [block for block in found if block.lines]


def _line(case: Case) -> Line:
    left = times.remaining(case.due_at)
    return Line(case.subject, reverse("casedesk:case", args=[case.number]), case.number, f"{left.day} 到期" if left.day else "", left.text, left.tone)
