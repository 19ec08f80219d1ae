"""What the staff home shows an operator: whom to call back, and what became of it lately."""

from django.urls import reverse

from lianxin.casework.rights import Role
from lianxin.hotline import queries
from lianxin.identity.models import User
from lianxin.publishing.desk.blocks import Block, Line

SHOWN = 5
_COUNTED = 50


def blocks(user: User, roles: set[str]) -> list[Block]:
    """The block of an operator of the hotline office; none for anybody else, or with nobody to call."""
    if str(Role.OPERATOR) not in roles or not queries.takes_calls(user):
        return []
    due = [one for one in queries.callbacks(user, _COUNTED) if not one.waits]
    lines = [_line(one) for one in due[:SHOWN]]
    block = Block("hotline-callbacks", "等您回访", "", lines, len(due), reverse("hotline:callbacks"), "", len(due) == _COUNTED)
    return [block] if lines else []


def _line(one: queries.Due) -> Line:
    case = one.case
    note = f"打过 {one.tries} 次" if one.tries else ""
    return Line(case.subject, reverse("hotline:callback", args=[case.number]), f"{case.number}　{case.lead or ''}", note)
