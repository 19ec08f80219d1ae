"""The public version beside the original, the decision whether it is shown, and the end of the case."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from lianxin.casedesk import actions, queries
from lianxin.casedesk.common import case_for, refusal_of, version_of
from lianxin.casedesk.marks import marked
from lianxin.casedesk.view import CaseView
from lianxin.casework.models import Attachment, Message, Redaction
from lianxin.casework.vocabulary import Publicity, Visibility
from lianxin.triage.inspection import Finding, inspect, is_land_line, mask

_REPLIES = (Message.Kind.REPLY, Message.Kind.INTERIM)


@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, number: str) -> HttpResponse:
    """Side by side: what was written, and what everybody may read."""
    case = case_for(request.user, number)
    view = CaseView(request.user, case)
    if not view.is_office:
        messages.error(request, "公开审核由分办岗位办理。")
        return redirect("casedesk:case", number)
    error = ""
    if request.method == "POST":
        error = refusal_of(request, lambda: _decide(request, view), f"{number} ")
        if not error:
            return _onwards(request, view) if request.POST.get("what") != "save" else redirect("casedesk:publicity", number)
        view = CaseView(request.user, case_for(request.user, number))
    return render(request, "casedesk/publicity.html", _context(request, view, error), status=422 if error else 200)


def _decide(request: HttpRequest, view: CaseView) -> str:
    data, what = request.POST, request.POST.get("what", "")
    letter, changed = _changes(data, view)
    opens = {"open": True, "close": False}.get(what)
    attachments = list(Attachment.objects.filter(case=view.case, seq__in=[pk for pk in data.getlist("file") if pk.isdecimal()]))
    finish = bool(data.get("finish")) and what in ("open", "close") and view.can("finish")
    actions.publish_version(
        request.user, view.case, letter=letter, messages=changed, opens=opens, attachments=attachments, finish=finish, version=version_of(request)
    )
    return {"open": "已公开。", "close": "不公开，已登记。"}.get(what, "公开版本已保存。") + ("已办结。" if finish else "")


def _changes(data: Any, view: CaseView) -> tuple[tuple[str, str] | None, list[tuple[Message, str]]]:
    """What differs from the version that holds now."""
    now = _versions(view)
    subject, text = _clean(data.get("subject", "")), _clean(data.get("text", ""))
    before = now.get(None)
    known = (before.subject, before.text) if before else (view.case.subject, view.case.text)
    letter = (subject, text) if (subject, text) != (_clean(known[0]), _clean(known[1])) else None
    changed = []
    for message in _replies(view):
        said = _clean(data.get(f"reply-{message.seq}", ""))
        held = now.get(message.seq)
        if said and said != _clean(held.text if held else message.body):
            changed.append((message, said))
    return letter, changed


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _replies(view: CaseView) -> list[Message]:
    return [row for row in view.thread if row.kind in _REPLIES]


def _versions(view: CaseView) -> dict[int | None, Redaction]:
    return {row.message: row for row in Redaction.objects.filter(case=view.case).order_by("seq")}


def _onwards(request: HttpRequest, view: CaseView) -> HttpResponse:
    """The next answered letter that is not finished."""
    following = [case for case in queries.to_open(request.user, count=2) if case.pk != view.case.pk]
    return redirect("casedesk:publicity", following[0].number) if following else redirect("casedesk:office")


def _context(request: HttpRequest, view: CaseView, error: str) -> dict[str, Any]:
    case, now, typed = view.case, _versions(view), request.POST
    found = inspect(case.text)
    letter = now.get(None)
    replies = []
    for message in _replies(view):
        findings = [one for one in inspect(message.body) if not is_land_line(one)]
        held = now.get(message.seq)
        proposal = typed.get(f"reply-{message.seq}") or (held.text if held else mask(message.body, _hidden(findings)))
        replies.append({"message": message, "original": marked(message.body, findings), "public": proposal, "findings": findings})
    refused = ""
    if view.kind.publicity == Publicity.NEVER:
        refused = f"“{view.kind.name}”依规定不公开。"
    elif case.is_sealed:
        refused = "涉及举报的件不公开。"
    elif case.visibility == Visibility.PRIVATE:
        refused = "反映人或办公室要求不公开。"
    return {
        "page_title": f"公开审核：{case.subject}",
        "view": view,
        "case": case,
        "original": marked(case.text, found),
        "findings": found,
        "subject": typed.get("subject") or (letter.subject if letter else mask(case.subject, _hidden(inspect(case.subject)))),
        "text": typed.get("text") or (letter.text if letter else mask(case.text, _hidden(found))),
        "replies": replies,
        "version_kept": letter is not None,
        "may_decide": view.can("decide_public"),
        "may_finish": view.can("finish"),
        "refused": refused,
        "error": error,
    }


def _hidden(findings: list[Finding]) -> list[Finding]:
    """Those with something to put in their place, without overlaps."""
    kept: list[Finding] = []
    for one in sorted(findings, key=lambda each: (each.start, -each.end)):
        if one.replacement is not None and (not kept or one.start >= kept[-1].end):
            kept.append(one)
    return kept
