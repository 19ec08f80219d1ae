"""Calling back: the queue, and one case with the number, the answer and one key for each result."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from lianxin.casedesk.common import case_for, version_of
from lianxin.casework import actions as engine
from lianxin.casework.actions.watching import FOLLOW_UP_TRIES
from lianxin.casework.models import Case, FollowUp, Petitioner
from lianxin.casework.vocabulary import Stage
from lianxin.foundation.errors import Refused
from lianxin.hotline import actions, queries
from lianxin.hotline.desk import operators

PURPOSE = "热线回访"
Result = FollowUp.Result


@require_GET
@operators
def callbacks(request: HttpRequest) -> HttpResponse:
    """Whom to call, the longest answered first; what came of it lately, the unreached apart."""
    due = queries.callbacks(request.user)
    context = {
        "page_title": "回访",
        "now": [one for one in due if not one.waits],
        "later": [one for one in due if one.waits],
        "without_number": queries.without_number(request.user),
        "satisfaction": queries.satisfaction(),
        "tries": FOLLOW_UP_TRIES,
    }
    return render(request, "hotline/callbacks.html", context)


@require_http_methods(["GET", "POST"])
@operators
def callback(request: HttpRequest, number: str) -> HttpResponse:
    """One case to call about: the number is shown when it is asked for, which stays on record; then how it went."""
    case = case_for(request.user, number)
    person, error = None, ""
    if request.method == "POST":
        try:
            if request.POST.get("deed") == "number":
                person = engine.read_petitioner(request.user, case, PURPOSE)
            else:
                return _called(request, case)
        except Refused as refusal:
            error = str(refusal)
            case = case_for(request.user, number)
            if request.POST.get("shown"):
                # The operator is on the telephone and must not look for the number again.
                person = engine.read_petitioner(request.user, case, PURPOSE)
    return _page(request, case, person, error)


def _called(request: HttpRequest, case: Case) -> HttpResponse:
    result = request.POST.get("result", "")
    after = actions.call_back(request.user, case, result, request.POST.get("note", ""), version=version_of(request))
    messages.success(request, f"{case.number} {_told(after, result)}")
    following = queries.next_callback(request.user)
    return redirect("hotline:callback", following.number) if following is not None else redirect("hotline:callbacks")


def _told(case: Case, result: str) -> str:
    if result == Result.SATISFIED:
        return "已登记满意。"
    if result == Result.UNREACHED:
        tried = sum(row.round == case.round for row in queries.tries_of(case))
        left = FOLLOW_UP_TRIES - tried
        return f"已登记未联系上，过两小时再打，还有 {left} 次。" if left else "三次都没有联系上，单独统计，不再回访。"
    if case.stage == Stage.REOPENED:
        return f"已登记不满意，交{case.lead or '承办单位'}重新办理；办完会再回访。"
    return "已登记不满意。这件已经重新办理过一次，不再重办，满意率会如实统计。"


def _page(request: HttpRequest, case: Case, person: Petitioner | None, error: str) -> HttpResponse:
    tries = queries.tries_of(case)
    context = {
        "page_title": f"回访 {case.number}",
        "case": case,
        "person": person,
        "replies": queries.replies_of(case),
        "tries": tries,
        "left": FOLLOW_UP_TRIES - sum(row.round == case.round for row in tries),
        "is_over": any(row.round == case.round and row.result != Result.UNREACHED for row in tries),
        "note": request.POST.get("note", ""),
        "error": error,
    }
    return render(request, "hotline/callback.html", context, status=422 if error else 200)
