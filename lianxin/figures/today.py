"""What the staff home says of daily reports."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from lianxin.casework.rights import UNIT_ROLES
from lianxin.figures.queries.ledger import ReportState, own_reports, reporting_units
from lianxin.identity.models import User
from lianxin.publishing.desk.blocks import Block, Line

BACK = timedelta(days=4)


def blocks(user: User, roles: set[str]) -> list[Block]:
    """The days of the last week of which a unit of this person has not reported."""
    if not roles & {str(role) for role in UNIT_ROLES}:
        return []
    today = timezone.localdate()
    lines = []
    for unit in reporting_units(user):
        for row in own_reports(unit, today - BACK, today):
            if row.state in (ReportState.MISSING, ReportState.DUE):
                href = f"{reverse('figuresdesk:report')}?unit={unit.slug}&day={row.day}"
                is_late = row.state == ReportState.MISSING
                lines.append(Line(f"{row.day:%m-%d} 的工作日报", href, str(unit), "", "未报" if is_late else "今天", "urgent" if is_late else ""))
    return [Block("daily-report", "工作日报", "", lines, len(lines), reverse("figuresdesk:report"))] if lines else []
