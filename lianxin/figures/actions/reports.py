"""Units' daily reports, and who took detailed lists out of the house."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from lianxin.casework import moments
from lianxin.casework.rights import UNIT_ROLES
from lianxin.figures import tags
from lianxin.figures.models import DailyReport
from lianxin.foundation import audit
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.foundation.pagestore import purge
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Organisation
from lianxin.triage.inspection import inspect

LATEST = timedelta(days=7)
"""So long a day's report may be written or put right."""
LONGEST = 2_000
MOST = 1_000_000


def write_report(
    actor: User,
    unit: Organisation,
    day: date,
    text: str,
    *,
    visitors: int | None = None,
    matters: int | None = None,
    calls: int | None = None,
) -> DailyReport:
    """A unit's report of a day's work, or its correction, by its clerk or head; within a week. Everybody can read it.

    Under ``casework.moments.dated`` it bears that moment, for data of earlier times. Refused when it holds what must not be public.
    """
    if not any(organisations.holds(actor, role, [unit]) for role in UNIT_ROLES):
        raise Forbidden(f"日报由{unit}的承办人或负责人填报。")
    now = moments.now()
    today = timezone.localtime(now).date()
    if day > today:
        raise Refused("这一天还没有到，请改日期。")
    if today - day > LATEST:
        raise Refused(f"只能填报最近 {LATEST.days} 天的工作。")
    if unit.ended_on is not None and day >= unit.ended_on:
        raise Refused(f"{unit}已经撤并，请以{organisations.current(unit)}填报。")
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Refused("请写下当天做了什么。")
    if len(text) > LONGEST:
        raise Refused(f"日报有 {len(text)} 字，请控制在 {LONGEST} 字以内。")
    counts = {"visitors": visitors, "matters": matters, "calls": calls}
    if any(value is not None and not 0 <= value <= MOST for value in counts.values()):
        raise Refused("数目应是不超过一百万的整数。")
    if found := [finding for finding in inspect(text) if finding.replacement is not None]:
        raise Refused(f"日报会公开，请去掉“{text[found[0].start : found[0].end]}”这样的个人信息（{found[0].kind.label}）。")
    with transaction.atomic():
        report = DailyReport.objects.select_for_update().filter(unit=unit, day=day).first()
        if report is None:
            report = DailyReport.objects.create(unit=unit, day=day, text=text, written_by=actor, written_at=now, **counts)
            audit.record(actor, "report.written", report, f"{unit} {day} 日报")
        else:
            report.text, report.changed_at = text, now
            for name, value in counts.items():
                setattr(report, name, value)
            report.save(update_fields=["text", "changed_at", *counts])
            audit.record(actor, "report.corrected", report, f"更正 {unit} {day} 日报")
        purge(tags.purged_by([day]))
    return report


def record_export(actor: User, what: str, rows: int) -> None:
    """Somebody took a list of cases out; the trail keeps who, what and how many."""
    with transaction.atomic():
        audit.record(actor, "figures.exported", None, f"导出{what}，共 {rows} 行", {"rows": rows})
