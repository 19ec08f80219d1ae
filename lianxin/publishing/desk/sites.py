"""What a site shows of itself, and the review chains."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from lianxin.foundation.errors import Refused
from lianxin.organisations.queries import is_administrator
from lianxin.publishing import actions
from lianxin.publishing.actions.chains import change_chain
from lianxin.publishing.desk.common import managed_sites
from lianxin.publishing.forms import SiteForm, StepFormSet
from lianxin.publishing.models import ReviewChain, SiteProfile

# What the footer of a government site must show (W15–W17), with the reason it is looked for.
REQUIRED = (
    ("site_code", "网站标识码"),
    ("icp", "ICP 备案号"),
    ("police_record", "公安备案号"),
    ("organiser", "主办单位"),
    ("phone", "联系电话"),
)


def missing(profile: SiteProfile) -> list[str]:
    """What the inspection would find missing on the site."""
    return [label for name, label in REQUIRED if not getattr(profile, name)]


@require_GET
def sites(request: HttpRequest) -> HttpResponse:
    """The managed sites and what is missing on each."""
    managed = managed_sites(request.user)
    if not managed:
        raise PermissionDenied
    context = {"page_title": "站点", "rows": [(profile, missing(profile)) for profile in managed], "administrator": is_administrator(request.user)}
    return render(request, "publishing/desk/sites.html", context)


@require_http_methods(["GET", "POST"])
def site(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what a site shows."""
    profile = get_object_or_404(SiteProfile.objects.select_related("site", "organisation"), pk=pk)
    if profile not in managed_sites(request.user):
        raise PermissionDenied
    form = SiteForm(request.POST or None, request.FILES or None, instance=SiteProfile.objects.get(pk=pk))
    if request.method == "POST" and form.is_valid():
        # A field left alone keeps its file: only what was changed is handed on.
        changed = {name: form.cleaned_data[name] or "" if name == "emblem" else form.cleaned_data[name] for name in form.changed_data}
        try:
            if changed:
                actions.change_site(request.user, SiteProfile.objects.get(pk=pk), **changed)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "站点信息已保存，读者刷新即可看到。")
            return redirect("publishing_desk:site", pk=pk)
    context = {"page_title": profile.name, "profile": profile, "form": form, "missing": missing(profile)}
    return render(request, "publishing/desk/site.html", context, status=422 if form.is_bound else 200)


@require_GET
def chains(request: HttpRequest) -> HttpResponse:
    """All review chains, for whoever works with them to read."""
    found = ReviewChain.objects.select_related("site").prefetch_related("steps").order_by("site", "tier", "kind")
    context = {"page_title": "审核流程", "chains": found, "administrator": is_administrator(request.user)}
    return render(request, "publishing/desk/chains.html", context)


@require_http_methods(["GET", "POST"])
def chain(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the steps of a chain."""
    if not is_administrator(request.user):
        raise PermissionDenied
    found = get_object_or_404(ReviewChain, pk=pk)
    names = ("label", "role", "reach", "by_submitter", "parallel")
    initial = [{name: getattr(step, name) for name in names} for step in found.steps.all()]
    forms = StepFormSet(request.POST or None, initial=initial)
    if request.method == "POST" and forms.is_valid():
        try:
            change_chain(request.user, found, _steps(forms, names))
        except Refused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "审核流程已保存，对以后送审的稿件生效；正在审核的按原流程走完。")
            return redirect("publishing_desk:chains")
    context = {"page_title": f"修改审核流程：{found}", "chain": found, "forms": forms}
    return render(request, "publishing/desk/chain.html", context, status=422 if forms.is_bound else 200)


def _steps(forms: Any, names: tuple[str, ...]) -> list[dict[str, Any]]:
    filled = [form.cleaned_data for form in forms if form.cleaned_data.get("label") and not form.cleaned_data.get("DELETE")]
    return [{name: values[name] for name in names} for values in filled]
