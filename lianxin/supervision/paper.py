"""督办单 and 办理单 as PDF: A4 with the margins of official papers (GB/T 9704), Chinese faces embedded as far as they are used.

Faces and Pango come from the system (``fonts-noto-cjk``, ``libpango``); where they are missing nothing is made and the reason is said.
"""

import logging
import subprocess
import threading
from datetime import date
from functools import lru_cache
from typing import Any, NoReturn

from django.template.loader import render_to_string
from django.utils import timezone

from lianxin.casedesk.view import CaseView
from lianxin.casework import clocks
from lianxin.casework.models import Assignment, Case, Message, Petitioner, Supervision
from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import OfficeFunction
from lianxin.supervision.kinds import TASK
from lianxin.supervision.masking import without_persons

NO_FACE = "这台机器没有中文字体，不能生成 PDF。请系统管理员安装（apt-get install fontconfig fonts-noto-cjk），不用重启。"
NO_LIBRARY = (
    "这台机器缺少排版用的系统库，不能生成 PDF。请系统管理员安装（apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0）后重启。"
)

# Pango's caches are not made for several threads at once.
_one_at_a_time = threading.Lock()


def order(case: Case, supervision: Supervision) -> bytes:
    """The supervision order: number, source, what was said, units with their days, demands, signer, when to report, room for the seal."""
    parts = Assignment.objects.filter(case=case).exclude(role=Assignment.Role.COPY).exclude(state=Assignment.State.ENDED)
    issuer = organisations.office(OfficeFunction.Function.SUPERVISION_OFFICE)
    context = {
        "case": case,
        "order": supervision,
        "issuer": issuer or case.office,
        "is_task": case.kind == TASK,
        "parts": [(part, _day_of(part, supervision)) for part in parts.select_related("organisation").order_by("seq")],
        "progress_on": [date.fromisoformat(day) for day in supervision.progress_on],
    }
    return pdf("supervision/paper/order.html", context)


def _day_of(part: Assignment, supervision: Supervision) -> date | None:
    """Until when a unit reports: its own day, or the order's."""
    return clocks.last_day(part.due_at) if part.due_at is not None else supervision.due_on


def sheet(actor: User, case: Case, petitioner: Petitioner | None) -> bytes:
    """The handling sheet of a case as ``actor`` sees it. Without ``petitioner`` nobody is named, neither he nor persons in his letter."""
    view = CaseView(actor, case)
    shown = str if petitioner else without_persons(case)
    context = {
        "case": case,
        "view": view,
        "petitioner": petitioner,
        "subject": shown(case.subject),
        "text": shown(case.text),
        "parts": [(part, shown(part.opinion)) for part in view.parts if part.state != Assignment.State.ENDED],
        "instructions": [(row, shown(row.text)) for row in view.instructions if row.given_at],
        "opinions": [(row, shown(row.body)) for row in view.thread if row.kind in (Message.Kind.OPINION, Message.Kind.PROGRESS, Message.Kind.REPORT)],
        "replies": [(row, shown(row.body)) for row in view.thread if row.kind in (Message.Kind.REPLY, Message.Kind.INTERIM)],
        "printed": timezone.localtime(),
        "printed_by": organisations.unit_and_name(actor),
    }
    return pdf("supervision/paper/sheet.html", context)


def pdf(template: str, context: dict[str, Any]) -> bytes:
    """A template of this or a room above as PDF. Raises Refused when this machine has no Chinese face or lacks a library."""
    library = _library()
    if not _faces():
        raise Refused(NO_FACE)
    html = render_to_string(template, context)
    with _one_at_a_time:
        return library.HTML(string=html, url_fetcher=_fetch_nothing).write_pdf(pdf_tags=True)


def _library() -> Any:
    # It tells every step; only what goes wrong is worth a line.
    logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)
    # Only who makes a paper pays for the library, which takes a second to load.
    try:
        import weasyprint
    except OSError as error:
        raise Refused(NO_LIBRARY) from error
    return weasyprint


def _faces() -> list[str]:
    """Families on this machine that have Chinese; asked again until there are some."""
    found = _listed()
    if not found:
        _listed.cache_clear()
    return found


@lru_cache(maxsize=1)
def _listed() -> list[str]:
    try:
        answer = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return sorted({line.strip() for line in answer.stdout.splitlines() if line.strip()})


def _fetch_nothing(url: str, *args: Any, **kwargs: Any) -> NoReturn:
    """A paper is made of what it is given; it loads nothing from anywhere."""
    raise ValueError("papers load nothing")
