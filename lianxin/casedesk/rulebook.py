"""The city's limits (时限规定), kept by the administrator: what holds today, what held before, and what will hold from a day on."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianxin.casedesk.common import refusal_of
from lianxin.casedesk.forms import day, text
from lianxin.casework import actions
from lianxin.casework import queries as casework
from lianxin.casework.models import Rule
from lianxin.casework.rules import Paragraph
from lianxin.organisations import queries as organisations

CHAPTERS = {
    "L": "来信与热线",
    "H": "热线服务",
    "R": "退单",
    "V": "督办",
    "X": "信访",
    "O": "依申请公开",
    "N": "建议提案",
    "C": "民意征集",
    "S": "政务服务",
}
"""Chapters by the first letter of the codes, as the rules of the field are numbered; others come last."""

_DAY = {"required": "请填写施行的日期。", "invalid": "请填写施行的日期，写成 2025-09-30 的样子。"}


def _number(label: str, least: int, **more: Any) -> forms.IntegerField:
    said = f"{label}填 {least} 至 1000 的整数。"
    faults = dict.fromkeys(("required", "invalid", "min_value", "max_value"), said)
    return forms.IntegerField(label=label, min_value=least, max_value=1000, error_messages=faults, **more)


class RuleForm(forms.Form):
    """What a rule says from a day on."""

    use_required_attribute = False
    valid_from = day("从哪一天起施行", error_messages=_DAY, help_text="此前的规定到前一天为止；办理中的件仍按开始时的规定计算。")
    threshold = _number("期限", 1)
    unit = forms.ChoiceField(label="单位")
    closes = forms.TimeField(
        label="收件截止",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="此后或休息日收到的，视为下一个工作日收到；不填则随时收到当天算收到。",
    )
    extension = _number("最多延长", 0, required=False, help_text="与期限同一单位（按月的为天）；0 不可延长，不填不限。")
    title = forms.CharField(label="名称", max_length=60, error_messages={"required": "请填写名称。"})
    text = text("规定", help_text="市民在期限计算和信件页上读到的，请与文件一致。", error_messages={"required": "请填写规定的内容。"})
    source = forms.CharField(label="依据", max_length=200, error_messages={"required": "请填写依据的文件，如“和政办发〔2025〕8号”。"})
    verified = forms.ChoiceField(label="核对", choices=Rule.Verified.choices)

    def __init__(self, rule: Rule, *args: Any, **kwargs: Any) -> None:
        start = {name: getattr(rule, name) for name in self.base_fields if name != "valid_from"}
        super().__init__(*args, initial={"valid_from": max(rule.valid_from, timezone.localdate() + timedelta(days=1)), **start}, **kwargs)
        in_days = rule.unit in Rule.IN_DAYS
        self.fields["unit"].choices = [pair for pair in Rule.Unit.choices if (pair[0] in Rule.IN_DAYS if in_days else pair[0] == rule.unit)]
        if not in_days:
            del self.fields["closes"], self.fields["extension"]

    def clean_valid_from(self) -> date:
        """Days that are past keep what was told to citizens on them."""
        given: date = self.cleaned_data["valid_from"]
        if given < timezone.localdate():
            raise forms.ValidationError("已经过去的日子不能改规定，请填今天或以后的日期。")
        return given


def _require_keeper(request: HttpRequest) -> None:
    if not organisations.is_administrator(request.user):
        raise PermissionDenied


def _paragraph(code: str) -> Paragraph:
    found = casework.rulebook(code)
    if not found:
        raise Http404
    return found[0]


@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule by chapter, with what is coming."""
    _require_keeper(request)
    chapters: dict[str, list[Paragraph]] = {name: [] for name in (*CHAPTERS.values(), "其他")}
    for paragraph in casework.rulebook():
        chapters[CHAPTERS.get(paragraph.code[:1], "其他")].append(paragraph)
    return render(request, "casedesk/rules.html", {"page_title": "时限规定", "chapters": [(name, rows) for name, rows in chapters.items() if rows]})


@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest, code: str) -> HttpResponse:
    """One rule with its history, and the form that sets what it says from a day on."""
    _require_keeper(request)
    paragraph = _paragraph(code)
    form = RuleForm(paragraph.coming[0] if paragraph.coming else paragraph.shown, request.POST or None)
    if request.method == "POST" and form.is_valid():
        refusal = refusal_of(request, lambda: _saved(request, paragraph, dict(form.cleaned_data)))
        if not refusal:
            return redirect("casedesk:rule", code)
        form.add_error(None, refusal)
    context = {"page_title": f"{paragraph.code} {paragraph.shown.title}", "paragraph": paragraph, "form": form}
    return render(request, "casedesk/rule.html", context, status=200 if request.method == "GET" else 422)


@require_POST
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Take back what is not in force yet."""
    _require_keeper(request)
    _paragraph(code)
    try:
        valid_from = parse_date(request.POST.get("valid_from", ""))
    except ValueError:
        valid_from = None
    if valid_from is None:
        raise Http404
    if refusal := refusal_of(request, lambda: _withdrawn(request, code, valid_from)):
        messages.error(request, refusal)
    return redirect("casedesk:rule", code)


def _saved(request: HttpRequest, paragraph: Paragraph, given: dict[str, Any]) -> str:
    saved = actions.save_rule(request.user, paragraph.code, given.pop("valid_from"), **given)
    running = f"办理中的 {paragraph.running} 件仍按原来的期限。" if paragraph.running else ""
    return f"已保存：自 {saved.valid_from:%Y-%m-%d} 起，{saved.title} {saved.limit}。{running}"


def _withdrawn(request: HttpRequest, code: str, valid_from: date) -> str:
    actions.withdraw_rule(request.user, code, valid_from)
    return f"已撤回原定自 {valid_from:%Y-%m-%d} 起的规定。"
