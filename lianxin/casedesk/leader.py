"""A leader on a telephone: what waits for him, read, and an instruction in under a minute."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from lianxin.casedesk import actions, queries, times
from lianxin.casedesk.common import case_for, key_of, refusal_of, shown_key, version_of
from lianxin.casedesk.marks import marked
from lianxin.casedesk.view import CaseView
from lianxin.casework import actions as engine
from lianxin.casework import queries as casework
from lianxin.casework.models import CaseEvent, Instruction
from lianxin.casework.rights import standing_of
from lianxin.foundation.errors import Refused

PAGE = 20
PHRASES = (
    "请调查核实，妥善处理，按期答复反映人。",
    "请牵头会同有关部门研究，提出办理意见。",
    "群众反映的问题要尽快解决，结果报我。",
    "所提建议很好，请研究采纳。",
    "请主要负责同志亲自过问。",
    "已阅。请按职责办理。",
)


def _require_leader(request: HttpRequest) -> None:
    if not standing_of(request.user).leader_posts:
        raise PermissionDenied


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """What waits, what citizens wrote to him, what came of his instructions, and the leaders' shares."""
    _require_leader(request)
    key = key_of(request)
    asked = casework.instructions_asked(request.user)
    written = queries.addressed(request.user, after=(key[0], key[1]) if key and key[0] else None, count=PAGE + 1)
    more = len(written) > PAGE
    waiting = {row.case_id for row in asked}
    context = {
        "page_title": "领导批示",
        "asked": [(row, times.remaining(row.case.due_at)) for row in asked],
        "written": [(case, times.remaining(case.due_at)) for case in written[:PAGE] if case.pk not in waiting],
        "after": shown_key((written[PAGE - 1].submitted_at, written[PAGE - 1].pk)) if more else "",
        "given": [(row, CaseView(request.user, row.case)) for row in queries.given(request.user)],
        "shares": queries.shares(),
    }
    return render(request, "casedesk/leader.html", context)


@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, number: str) -> HttpResponse:
    """The letter, the reason why it was laid before him, and the instruction."""
    _require_leader(request)
    case = case_for(request.user, number)
    view = CaseView(request.user, case)
    if not view.is_leader:
        return redirect("casedesk:case", number)
    error = ""
    if request.method == "POST":
        error = refusal_of(request, lambda: _decide(request, view))
        if not error:
            following = casework.instructions_asked(request.user, count=1)
            return redirect("casedesk:instruct", following[0].case.number) if following else redirect("casedesk:leader")
        view = CaseView(request.user, case_for(request.user, number))
    return render(request, "casedesk/instruct.html", _context(request, view, error), status=422 if error else 200)


def _decide(request: HttpRequest, view: CaseView) -> str:
    data, version = request.POST, version_of(request)
    asked = _asked(view)
    wanted = asked if asked is not None and _extension(view, asked) else None
    if data.get("decision") == "refuse" and wanted is not None:
        actions.refuse_extension(request.user, view.case, data.get("cause", ""), wanted, version=version)
        return "已告知办理单位：不同意延长。"
    if data.get("decision") != "extend":
        engine.instruct(request.user, view.case, data.get("text", ""), instruction=asked, version=version)
        return "批示已转到办理单位。" if any(part.is_open for part in view.parts) else "批示已转到分办岗位，由它交办。"
    if view.running is None:
        raise Refused("这个时限没有在计时，不能延长。")
    days = int(data["days"]) if data.get("days", "").isdecimal() and len(data["days"]) < 4 else 0
    actions.grant_extension(request.user, view.case, view.running, days, data.get("cause", ""), instruction=wanted, version=version)
    return f"已同意延长 {days} 天。"


def _asked(view: CaseView) -> Instruction | None:
    posts = {post.pk for post in view.standing.leader_posts}
    return next((row for row in view.instructions if row.given_at is None and row.leader_id in posts), None)


def _extension(view: CaseView, asked: Instruction | None) -> int:
    """For how many days an extension was asked; 0 when something else was."""
    if asked is None:
        return 0
    payload = CaseEvent.objects.filter(case=view.case, seq=asked.seq).values_list("payload", flat=True).first() or {}
    return int(payload.get("days") or 0)


def _context(request: HttpRequest, view: CaseView, error: str) -> dict[str, Any]:
    asked = _asked(view)
    return {
        "page_title": view.case.subject,
        "view": view,
        "case": view.case,
        "asked": asked,
        "letter": marked(view.case.text, ()),
        "wanted_days": _extension(view, asked),
        "given": [row for row in view.instructions if row.given_at is not None],
        "phrases": PHRASES,
        "text": request.POST.get("text", ""),
        "cause": request.POST.get("cause", ""),
        "days": request.POST.get("days", "") or _extension(view, asked) or 3,
        "error": error,
        "may_instruct": view.can("instruct"),
        "may_extend": view.can("extend_clock") and view.running is not None and view.running.breached_at is None,
    }
