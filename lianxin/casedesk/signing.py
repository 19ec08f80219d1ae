"""One reply that waits for a signature: the letter beside it, what was found in it, and the decision."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from lianxin.casedesk import actions, queries
from lianxin.casedesk.common import case_for, refusal_of, version_of
from lianxin.casedesk.forms import promise_fault, promise_rows, promises_of
from lianxin.casedesk.marks import marked
from lianxin.casedesk.reply import check, unpack
from lianxin.casedesk.view import CaseView
from lianxin.casework import actions as engine
from lianxin.casework import queries as casework
from lianxin.casework.models import Message
from lianxin.foundation.errors import Refused
from lianxin.triage.inspection import inspect

PHRASES = ("请写明调查核实的经过和结果。", "请写明依据的具体条款。", "请给出明确的完成日期。", "没有回答反映人的问题，请补上。", "语气请再温和一些。")


@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, number: str, seq: str) -> HttpResponse:
    """Read, then sign, send or send back."""
    case = case_for(request.user, number)
    view = CaseView(request.user, case)
    message = next((row for row in view.waiting if row.seq == int(seq)), None)
    if message is None:
        if request.method == "POST" or any(row.seq == int(seq) for row in view.thread):
            messages.warning(request, "这份答复已经发出或作废，请看最新情况。")
            return redirect("casedesk:case", number)
        raise Http404
    error = ""
    if request.method == "POST":
        error = refusal_of(request, lambda: _decide(request, view, message), f"{number} ")
        if not error:
            return _onwards(request)
        view = CaseView(request.user, case_for(request.user, number))
        message = next((row for row in view.waiting if row.seq == int(seq)), message)
    return render(request, "casedesk/sign.html", _context(request, view, message, error), status=422 if error else 200)


def _decide(request: HttpRequest, view: CaseView, message: Message) -> str:
    data, case, version = request.POST, view.case, version_of(request)
    promises = promises_of(data)
    if data.get("decision") in ("sign", "send", "review"):
        _require_clean(view, message, promises)
    match data.get("decision"):
        case "back":
            engine.send_back_reply(request.user, case, message, data.get("reason", ""), version=version)
            return "已退回修改。"
        case "sign":
            engine.approve_reply(request.user, case, message, version=version)
            return "已签发，等待发出。"
        case "review":
            engine.review_reply(request.user, case, message, version=version)
            return "已审核。"
        case "send":
            if fault := promise_fault(data):
                raise Refused(fault)
            actions.sign_and_send(request.user, case, message, promises, version=version)
            joined = "并入的办件还没有答复，请主办单位打开这件，按“统一答复”。" if view.waits_for_it else ""
            return f"已发出，反映人会收到通知。{joined}"
    raise Refused("请选择通过还是退回。")


def _onwards(request: HttpRequest) -> HttpResponse:
    """The next one that waits."""
    waiting = casework.replies_to_sign(request.user, count=1)
    if waiting:
        return redirect("casedesk:sign", waiting[0].case.number, waiting[0].seq)
    return redirect("casedesk:signing")


def _require_clean(view: CaseView, message: Message, promises: list[tuple[str, date]]) -> None:
    """What blocks a reply before approval blocks it here too: it may have come another way."""
    known = promises or [(text, date.fromisoformat(day)) for text, day in unpack(queries.planned(view.case, message))]
    blocking = check(view, message.body, message.kind, message.outcome, known).blocking
    if blocking:
        raise Refused(f"答复里有必须改正的地方（{'、'.join(dict.fromkeys(one.kind.label for one in blocking))}），请退回修改。承诺要有日期。")


def _context(request: HttpRequest, view: CaseView, message: Message, error: str) -> dict[str, Any]:
    planned = queries.planned(view.case, message)
    rows = unpack(planned)
    checked = check(view, message.body, message.kind, message.outcome, [(text, date.fromisoformat(day)) for text, day in rows])
    _, last = view.next_step(message)
    return {
        "page_title": f"签发：{view.case.subject}",
        "view": view,
        "case": view.case,
        "message": message,
        "letter": marked(view.case.text, inspect(view.case.text)),
        "body": marked(message.body, [*checked.blocking, *checked.asking]),
        "checked": checked,
        "outcome": view.kind.outcomes.get(message.outcome, ""),
        # What was typed stands again after a refusal.
        "promises": promise_rows(request.POST) or [*rows, ("", "")],
        "signs": view.signs(message),
        "sends": view.sends(message),
        "last": last,
        "error": error,
        "reason": request.POST.get("reason", ""),
        "phrases": PHRASES,
    }
