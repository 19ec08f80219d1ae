"""What keeps the system: failed background jobs, and the audit trail."""

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianxin.foundation import actions, audit, queries
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import DeadLetter
from lianxin.identity.models import User
from lianxin.organisations.models import Post
from lianxin.organisations.queries import is_administrator, roles_of
from lianxin.publishing.forms import AuditSearchForm, DiscardLetterForm

PER_PAGE = 50


def may_audit(user: User) -> bool:
    """Auditors and those who keep the system; every reading is itself in no way changed by it."""
    return is_administrator(user) or Post.Role.AUDITOR in roles_of(user)


@require_GET
def jobs(request: HttpRequest) -> HttpResponse:
    """Queues, failed jobs and the timetable."""
    if not is_administrator(request.user):
        raise PermissionDenied
    context = {
        "page_title": "后台任务",
        "letters": queries.dead_letters()[:PER_PAGE],
        "health": queries.job_health(),
        "timetable": queries.timetable(),
        "form": DiscardLetterForm(),
        "now": timezone.now(),
    }
    return render(request, "desk/jobs.html", context)


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a failed job back into its queue."""
    return _decide(request, pk, "已放回队列，稍后会再执行。", lambda letter: actions.retry_dead_letter(request.user, letter))


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a failed job up, with a reason."""
    return _decide(request, pk, "已放弃这项任务。", lambda letter: actions.discard_dead_letter(request.user, letter, request.POST.get("reason", "")))


def _decide(request: HttpRequest, pk: int, done: str, deed: Any) -> HttpResponse:
    if not is_administrator(request.user):
        raise PermissionDenied
    try:
        deed(get_object_or_404(DeadLetter, pk=pk))
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("desk:jobs")


@require_http_methods(["GET", "POST"])
def audit_trail(request: HttpRequest) -> HttpResponse:
    """Search the trail; POST checks the whole chain of hashes."""
    if not may_audit(request.user):
        raise PermissionDenied
    if request.method == "POST":
        _verify(request)
        return redirect("desk:audit")
    form = AuditSearchForm(request.GET or None)
    entries = audit.search(**_conditions(form)) if form.is_valid() else audit.search()
    seq, digest = audit.head()
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    query = urlencode({key: value for key, value in request.GET.items() if key != "page" and value})
    context = {"page_title": "审计记录", "form": form, "page": page, "seq": seq, "digest": digest, "query": query}
    return render(request, "desk/audit.html", context)


def _conditions(form: AuditSearchForm) -> dict[str, Any]:
    values = form.cleaned_data
    return {
        "text": values["text"],
        "deed": values["deed"],
        "since": _midnight(values["since"]) if values["since"] else None,
        "until": _midnight(values["until"] + timedelta(days=1)) if values["until"] else None,
    }


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _verify(request: HttpRequest) -> None:
    breaks = audit.verify()
    if not breaks:
        messages.success(request, f"校验完成：{audit.head()[0]} 条记录首尾衔接，没有改动。")
        return
    for found in breaks[:10]:
        messages.error(request, f"第 {found.seq} 条：{found.reason}。")
    messages.error(request, f"共发现 {len(breaks)} 处异常，请立即联系安全管理人员，并保留数据库备份。")
