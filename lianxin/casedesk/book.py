"""A unit's templates of replies."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from lianxin.casedesk import actions, frames, queries
from lianxin.casedesk.models import ReplyTemplate
from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation


class TemplateForm(forms.Form):
    """One template."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label="单位", empty_label=None)
    name = forms.CharField(label="名称", max_length=40)
    body = forms.CharField(
        label="内容",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 18}),
        help_text="可以写 {标题} {编号} {单位} {电话} {日期}，起草时自动填上；要经办人填写的地方写“……”，没有填完的不能送审。",
    )
    order = forms.IntegerField(label="排序", min_value=0, max_value=999, initial=0)
    active = forms.BooleanField(label="在用", required=False, initial=True)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = queries.template_units(user)


@require_GET
def rows(request: HttpRequest) -> HttpResponse:
    """The templates of the person's units."""
    units = queries.template_units(request.user)
    if not units.exists():
        raise PermissionDenied
    return render(request, "casedesk/templates.html", {"page_title": "答复模板", "rows": queries.templates(units, active=False)})


@require_http_methods(["GET", "POST"])
def row(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Enter or change one."""
    units = queries.template_units(request.user)
    if not units.exists():
        raise PermissionDenied
    found: ReplyTemplate | None = get_object_or_404(queries.templates(units, active=False), pk=pk) if pk else None
    if found is not None:
        start = {name: getattr(found, name) for name in ("organisation", "name", "body", "order", "active")}
    else:
        start = {"organisation": units.first(), "body": frames.STANDARD, "order": 0, "active": True}
    form = TemplateForm(request.user, request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.save_template(request.user, found, **form.cleaned_data)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"已保存“{saved}”。")
            return redirect("casedesk:templates")
    context = {"page_title": f"答复模板：{found or '新增'}", "form": form}
    return render(request, "casedesk/template.html", context, status=200 if request.method == "GET" else 422)
