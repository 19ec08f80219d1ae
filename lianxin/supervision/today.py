"""What the staff home says of supervision: proposals, orders past their day, reports to accept or to give, the digest."""

from django.urls import reverse
from django.utils import timezone

from lianxin.casedesk import times
from lianxin.casework import clocks
from lianxin.casework.models import Assignment, Supervision
from lianxin.casework.rights import UNIT_ROLES, Role, standing_of
from lianxin.identity.models import User
from lianxin.publishing.desk.blocks import Block, Line
from lianxin.supervision import queries
from lianxin.supervision.models import Digest

SHOWN = 5


def blocks(user: User, roles: set[str]) -> list[Block]:
    """The blocks of a person, by the posts in which he may act."""
    found: list[Block] = []
    if str(Role.SUPERVISOR) in roles:
        found += [_proposals(user), _late(user), _reports(user)]
    if roles & {str(role) for role in UNIT_ROLES}:
        found.append(_progress(user))
    if roles & {str(Role.LEADER), str(Role.HEAD)}:
        found.append(_digest(user))
    return [block for block in found if block.lines]


def _proposals(user: User) -> Block:
    rows = queries.proposals(user)
    lines = [
        Line(
            row.case.subject,
            reverse("casedesk:case", args=[row.case.number]),
            f"{row.case.number}　{row.case.lead or ''}",
            row.row.reason,
            row.row.get_level_display(),
            "urgent" if row.row.level == Supervision.Level.RED else "soon",
        )
        for row in rows[:SHOWN]
    ]
    return Block("supervision-proposed", "系统提示督办，等您决定", "", lines, len(rows), f"{reverse('supervision:desk')}#proposals")


def _late(user: User) -> Block:
    rows = queries.orders(user, "late", count=50)
    lines = [_order_line(row.row) for row in rows[:SHOWN]]
    return Block("supervision-late", "督办单已过期限", "", lines, len(rows), f"{reverse('supervision:orders')}?show=late", "urgent", len(rows) == 50)


def _order_line(row: Supervision) -> Line:
    left = times.remaining(clocks.end_of(row.due_on)) if row.due_on else None
    href = reverse("supervision:order", args=[row.case.number, row.seq])
    return Line(row.case.subject, href, f"{row.number}　{row.organisation or ''}", "", left.text if left else "", left.tone if left else "")


def _part_line(part: Assignment, when: str) -> Line:
    return Line(part.case.subject, reverse("casedesk:case", args=[part.case.number]), f"{part.case.number}　{part.organisation}", when)


def _reports(user: User) -> Block:
    rows = queries.reports_waiting(user)
    lines = [_part_line(part, "已报结") for part in rows[:SHOWN]]
    return Block("supervision-reports", "督查事项报结，等您审核", "", lines, len(rows), reverse("supervision:orders"))


def _progress(user: User) -> Block:
    units = standing_of(user).units
    mine = Assignment.objects.filter(organisation__in=units, is_open=True).values("case")
    rows = Supervision.objects.filter(state=Supervision.State.ORDERED, case__in=mine).select_related("case")
    owed = [one for one in queries.progress_owed(rows) if one.part.organisation_id in units]
    lines = [_part_line(one.part, f"{one.asked:%m-%d} 应报进展") for one in owed[:SHOWN]]
    return Block("supervision-progress", "督办进展待报", "", lines, len(owed), reverse("casedesk:unit"))


def _digest(user: User) -> Block:
    row = Digest.objects.filter(user=user, day=timezone.localdate()).first()
    text = queries.digest.summary(row.content).split("\n")[0] if row is not None else ""
    lines = [Line(text, reverse("digest"), f"{row.day:%m月%d日} 07:30")] if row is not None and text else []
    return Block("digest", "民情日报", "", lines, len(lines), reverse("digest"))
