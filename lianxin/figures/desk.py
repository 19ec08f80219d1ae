"""The staff side: a unit's report of the day, and lists of cases for the supervision office and auditors."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from lianxin.casework.vocabulary import Channel
from lianxin.figures import actions, exports, queries
from lianxin.figures.actions.reports import LATEST, LONGEST
from lianxin.figures.models import DailyReport
from lianxin.figures.periods import period
from lianxin.figures.queries.ledger import reporting_units
from lianxin.figures.queries.lists import NUMBERS, may_export
from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation

app_name = "figuresdesk"
_DETAIL_HEAD = ("编号", "类别", "单位", "渠道", "分类", "日期", "用时（分钟）", "按时", "有效", "满意")
_YES = {True: "是", False: "否", None: ""}


class ReportForm(forms.Form):
    """The report of one day."""

    unit = forms.ModelChoiceField(Organisation.objects.none(), label="单位", empty_label=None)
    day = forms.DateField(label="日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    text = forms.CharField(
        label="当天工作",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 8, "autofocus": True}),
        help_text="做了什么、办成了什么，直接写。所有人都能看到，不要写个人姓名、电话和证件号码。",
    )
    visitors = forms.IntegerField(label="接待群众（人次）", required=False, min_value=0)
    matters = forms.IntegerField(label="办理事项（件）", required=False, min_value=0)
    calls = forms.IntegerField(label="接听电话（个）", required=False, min_value=0)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = reporting_units(user)
        self.fields["unit"].queryset = Organisation.objects.filter(pk__in=[unit.pk for unit in units]).order_by("path")
        if len(units) == 1:
            self.fields["unit"].widget = forms.HiddenInput()


@require_http_methods(["GET", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Write or correct the report of a day; the last days stand beside it."""
    units = reporting_units(request.user)
    if not units:
        raise PermissionDenied
    form = ReportForm(request.user, request.POST or None, initial=_start(request, units))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            saved = actions.write_report(request.user, given.pop("unit"), given.pop("day"), given.pop("text"), **given)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{saved.unit} {saved.day} 的日报已经发布。")
            return redirect(f"{reverse('figuresdesk:report')}?unit={saved.unit.slug}")
    unit = _chosen(request, units)
    today = timezone.localdate()
    context = {
        "page_title": "工作日报",
        "form": form,
        "unit": unit,
        "days": queries.own_reports(unit, today - LATEST, today),
        "public": reverse("figures:unit", args=[unit.slug]),
    }
    return render(request, "figures/report.html", context, status=200 if request.method == "GET" else 422)


def _chosen(request: HttpRequest, units: list[Organisation]) -> Organisation:
    slug = request.GET.get("unit", "")
    return next((unit for unit in units if unit.slug == slug), units[0])


def _start(request: HttpRequest, units: list[Organisation]) -> dict[str, Any]:
    unit = _chosen(request, units)
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        day = timezone.localdate()
    found = DailyReport.objects.filter(unit=unit, day=day).first()
    known = {name: getattr(found, name) for name in ("text", "visitors", "matters", "calls")} if found else {}
    return {"unit": unit, "day": day, **known}


class ExportForm(forms.Form):
    """Which cases, and how."""

    measure = forms.ChoiceField(label="哪些件", choices=[(code, label) for code, (label, _) in NUMBERS.items()])
    first = forms.DateField(label="从", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label="到", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    format = forms.ChoiceField(label="格式", choices=[("xlsx", "XLSX"), ("csv", "CSV")])


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Lists with numbers of cases; others than the supervision office and auditors are told why not."""
    if not may_export(request.user):
        context = {"page_title": "导出办件清单", "refused": "导出办件清单限督查和审计岗位。公开的数字在“办件数据”页可以直接下载。"}
        return render(request, "figures/export.html", context, status=403)
    yesterday = timezone.localdate() - timedelta(days=1)
    form = ExportForm(request.GET or None, initial={"first": yesterday.replace(day=1), "last": yesterday})
    if not form.is_valid():
        return render(request, "figures/export.html", {"page_title": "导出办件清单", "form": form}, status=422 if request.GET else 200)
    given = form.cleaned_data
    days = period(f"{given['first']}..{given['last']}")
    if days is None:
        form.add_error(None, "开始日期应不晚于结束日期，也不晚于今天。")
        return render(request, "figures/export.html", {"page_title": "导出办件清单", "form": form}, status=422)
    rows = queries.detailed(request.user, given["measure"], days)
    actions.record_export(request.user, f"{days.name}{NUMBERS[given['measure']][0]}清单", len(rows))
    channels = {str(code): str(label) for code, label in Channel.choices}
    lines = [
        [
            row.number,
            row.kind,
            row.unit,
            channels.get(row.channel, row.channel),
            row.category,
            row.day,
            row.minutes,
            _YES[row.on_time],
            _YES[row.effective],
            _YES[row.satisfied],
        ]
        for row in rows
    ]
    return exports.download(given["format"], f"cases-{given['measure']}-{days.first}-{days.last}", _DETAIL_HEAD, lines)


urlpatterns = [
    path("report/", report, name="report"),
    path("export/", export, name="export"),
]
