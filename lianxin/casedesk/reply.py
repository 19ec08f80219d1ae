"""The reply editor: kept while it is typed, checked before it is sent, never lost when two write at once."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.casedesk import actions, frames, matters, queries
from lianxin.casedesk.common import case_for
from lianxin.casedesk.forms import promise_fault, promise_rows, promises_of
from lianxin.casedesk.marks import marked
from lianxin.casedesk.models import ReplyDraft
from lianxin.casedesk.view import CaseView
from lianxin.casework.models import Message
from lianxin.casework.rights import Role
from lianxin.foundation.errors import Refused
from lianxin.organisations.models import Organisation
from lianxin.triage.inspection import Finding, Kind, inspect
from lianxin.triage.replies import dated, inspect_reply

# What is wrong in every reply; the rest a person may have reasons for.
_BLOCKING = {Kind.IDENTITY, Kind.CARD, Kind.PASSED_ON, Kind.HTML, Kind.UNSEEN, Kind.INSULT}
# An interim reply tells how far things are; what the final one needs it need not have.
_FINAL_ONLY = {Kind.UNANSWERED, Kind.NO_HANDLING, Kind.NO_BASIS, Kind.NO_REMEDY, Kind.BOILERPLATE}
_ROWS = 3


# An outcome that is a promise: without a day nobody would ever come back to it.
_PLANNED = "planned"


@dataclass(frozen=True)
class Checked:
    """What was found in a reply, those that block sending apart from those that ask."""

    blocking: list[Finding]
    asking: list[Finding]


def check(view: CaseView, body: str, kind: str, outcome: str, promises: list[tuple[str, date]]) -> Checked:
    """Look at a reply before it goes to approval."""
    question = f"{view.case.subject}\n{view.case.text}"
    found = inspect_reply(question, body, copies=lambda text: matters.copies(view.case, text))
    if not promises:
        found += dated(body, timezone.localdate())
    if kind == Message.Kind.INTERIM:
        found = [one for one in found if one.kind not in _FINAL_ONLY]
    blocking = _BLOCKING if promises else _BLOCKING | {Kind.NO_DATE}
    unfinished = body.find(frames.UNFINISHED)
    blocks = [one for one in found if one.kind in blocking]
    if unfinished >= 0:
        blocks.insert(0, Finding(unfinished, unfinished + len(frames.UNFINISHED), Kind.NO_HANDLING, "模板里还有没填写的地方“……”，请补上或删去。"))
    if outcome == _PLANNED and kind != Message.Kind.INTERIM and not promises:
        blocks.append(Finding(0, 0, Kind.NO_DATE, "办理结果是“列入计划”：请在“答复里的承诺”里登记哪一天做到，或者哪一天告知进展。"))
    return Checked(blocks, [one for one in found if one.kind not in blocking])


class ReplyForm(django_forms.Form):
    """What is typed."""

    kind = django_forms.ChoiceField(label="类型", choices=[("reply", "答复（办结）"), ("interim", "阶段性答复")], initial="reply")
    outcome = django_forms.ChoiceField(label="办理结果", required=False)
    in_person = django_forms.BooleanField(label="本人是单位负责人，亲自答复", required=False)
    body = django_forms.CharField(label="答复内容", max_length=20000, required=False, widget=django_forms.Textarea(attrs={"rows": 20}))

    def __init__(self, view: CaseView, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = [("", "请选择"), *view.kind.outcomes.items()]
        unit = view.writes_as
        if unit is None or not any(post.organisation_id == unit.pk for post in view.standing.holding(Role.HEAD)):
            del self.fields["in_person"]


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Write a reply, an interim one, or mend one that came back."""
    case = case_for(request.user, number)
    view = CaseView(request.user, case)
    unit = view.writes_as
    if unit is None:
        messages.error(request, "现在不能起草答复：请先签收，或者由主办单位、分办单位起草。")
        return redirect("casedesk:case", number)
    message = _own_message(view, unit)
    if request.method == "GET":
        return _show(request, view, unit, message, ReplyForm(view, initial=_initial(request, view, unit, message)))
    form = ReplyForm(view, request.POST)
    if not form.is_valid():
        return _show(request, view, unit, message, form, status=422)
    data = form.cleaned_data | {"in_person": form.cleaned_data.get("in_person", False)}
    promises = promises_of(request.POST)
    what = request.POST.get("what")
    base = _base(request.POST)
    if what != "send":
        actions.keep_draft(request.user, case, data["body"], promises=promises, base=base, **_facts(data))
        if what == "save":
            messages.success(request, "草稿已保存，只有您自己看得到。")
            return redirect(request.get_full_path())
        return _show(request, view, unit, message, form, checked=check(view, data["body"], data["kind"], data["outcome"], promises))
    return _send(request, view, unit, message, form, data, promises, base)


def _send(
    request: HttpRequest,
    view: CaseView,
    unit: Organisation,
    message: Message | None,
    form: ReplyForm,
    data: dict[str, Any],
    promises: list[tuple[str, date]],
    base: int,
) -> HttpResponse:
    """Check once more and put it into the case; whatever stands against it, the text stays."""
    checked = check(view, data["body"], data["kind"], data["outcome"], promises)
    if fault := promise_fault(request.POST):
        actions.keep_draft(request.user, view.case, data["body"], promises=promises, base=base, **_facts(data))
        form.add_error(None, fault)
        return _show(request, view, unit, message, form, checked=checked, status=422)
    if checked.blocking or (checked.asking and not request.POST.get("seen")):
        actions.keep_draft(request.user, view.case, data["body"], promises=promises, base=base, **_facts(data))
        return _show(request, view, unit, message, form, checked=checked, status=422)
    target = message if message is not None and message.kind == data["kind"] else None
    try:
        actions.send_for_approval(request.user, view.case, data["body"], promises=promises, message=target, base=base, **_facts(data))
    except Refused as error:
        actions.keep_draft(request.user, view.case, data["body"], promises=promises, base=base, **_facts(data))
        form.add_error(None, str(error))
        fresh = CaseView(request.user, case_for(request.user, view.case.number))
        return _show(request, fresh, unit, _own_message(fresh, unit), form, checked=checked, status=422, conflict=True)
    messages.success(request, f"{view.case.number} 已送审，等待另一位同事签发。")
    return redirect("casedesk:triage") if request.GET.get("next") == "triage" else redirect("casedesk:case", view.case.number)


def _facts(data: dict[str, Any]) -> dict[str, Any]:
    return {"kind": data["kind"], "outcome": data["outcome"], "in_person": data["in_person"]}


def _base(data: QueryDict) -> int:
    given = data.get("base", "")
    return int(given) if given.isdecimal() and len(given) < 10 else 0


def _own_message(view: CaseView, unit: Organisation) -> Message | None:
    """The reply of his unit that is on its way already."""
    own = [row for row in view.waiting if row.organisation_id == unit.pk]
    return own[-1] if own else None


def _initial(request: HttpRequest, view: CaseView, unit: Organisation, message: Message | None) -> dict[str, Any]:
    """His own draft, else the reply on its way, else the template that was asked for, else the uniform frame."""
    draft = queries.own_draft(request.user, view.case)
    wanted = request.GET.get("template", "")
    if draft is not None and not wanted:
        return {"body": draft.body, "kind": draft.kind, "outcome": draft.outcome, "in_person": draft.in_person}
    if message is not None and not wanted:
        return {"body": message.body, "kind": message.kind, "outcome": message.outcome, "in_person": message.in_person}
    if wanted == "interim":
        return {"body": frames.fill(frames.INTERIM, view.case, unit), "kind": "interim"}
    chosen = queries.templates(queries.template_units(request.user)).filter(pk=wanted).first() if wanted.isdecimal() else None
    return {"body": frames.fill(chosen.body if chosen else frames.STANDARD, view.case, unit), "kind": "reply"}


def _show(
    request: HttpRequest,
    view: CaseView,
    unit: Organisation,
    message: Message | None,
    form: ReplyForm,
    *,
    checked: Checked | None = None,
    status: int = 200,
    conflict: bool = False,
) -> HttpResponse:
    draft = queries.own_draft(request.user, view.case)
    seen = queries.last_word(view.case)
    base = draft.base if draft is not None and request.method == "GET" else seen if request.method == "GET" or conflict else _base(request.POST)
    replies = [row for row in view.messages if row.kind in (Message.Kind.REPLY, Message.Kind.INTERIM)]
    others = [row for row in replies if not row.writers or row.writers[-1] != request.user.pk]
    body = form["body"].value() or ""
    context = {
        "page_title": f"答复：{view.case.subject}",
        "view": view,
        "case": view.case,
        "unit": unit,
        "form": form,
        "message": message,
        "letter": marked(view.case.text, inspect(view.case.text)),
        "checked": checked,
        "reply_marked": marked(body, [*checked.blocking, *checked.asking]) if checked else "",
        "base": base,
        "behind": seen != base or conflict,
        "others": others[-2:],
        "draft": draft,
        "promises": _rows(request, draft, message, view),
        "templates": queries.templates(queries.template_units(request.user)),
        "next": request.GET.get("next", ""),
    }
    return render(request, "casedesk/reply.html", context, status=status)


def _rows(request: HttpRequest, draft: ReplyDraft | None, message: Message | None, view: CaseView) -> list[tuple[str, str]]:
    """Rows for promises, with a few empty ones."""
    if request.method == "POST":
        # Rows left empty come again below: with each look at the reply there would be one more.
        found = [row for row in promise_rows(request.POST) if any(part.strip() for part in row)]
    else:
        found = unpack(draft or (queries.planned(view.case, message) if message else None))
    return [*found[:10], *[("", "")] * max(1, _ROWS - len(found))]


def unpack(draft: ReplyDraft | None) -> list[tuple[str, str]]:
    """The promises that were kept with a draft."""
    return [(text, day) for text, day in json.loads(draft.promises)] if draft is not None and draft.promises else []


@require_POST
def keep(request: HttpRequest, number: str) -> JsonResponse:
    """Keep what is being typed, every few seconds; answers with what was found in it."""
    view = CaseView(request.user, case_for(request.user, number))
    if view.writes_as is None:
        return JsonResponse({"error": "这件现在不能起草答复。您写的还在本机浏览器里。"}, status=409)
    form = ReplyForm(view, request.POST)
    if not form.is_valid():
        return JsonResponse({"error": "内容太长，没有保存到服务器。"}, status=422)
    data = form.cleaned_data | {"in_person": form.cleaned_data.get("in_person", False)}
    promises = promises_of(request.POST)
    actions.keep_draft(request.user, view.case, data["body"], promises=promises, base=_base(request.POST), **_facts(data))
    checked = check(view, data["body"], data["kind"], data["outcome"], promises)
    listed = [
        {"label": one.kind.label, "advice": one.advice, "blocking": blocking}
        for blocking, rows in ((True, checked.blocking), (False, checked.asking))
        for one in rows
    ]
    return JsonResponse({"findings": listed, "behind": queries.last_word(view.case) != _base(request.POST)})


@require_POST
def drop(request: HttpRequest, number: str) -> HttpResponse:
    """Begin anew."""
    case = case_for(request.user, number)
    if queries.own_draft(request.user, case) is None:
        raise Http404
    actions.drop_draft(request.user, case)
    messages.success(request, "草稿已丢弃。")
    return redirect("casedesk:reply", number)
