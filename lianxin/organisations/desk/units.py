"""Screens on units: the tree, what one is told to be, duties, sections, functions, mergers."""

from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from lianxin.organisations import actions, forms, queries
from lianxin.organisations.desk.common import Deed, deed_page, polite, require
from lianxin.organisations.models import Organisation


@polite
def units(request: HttpRequest) -> HttpResponse:
    """The tree of units."""
    mine = set(queries.managed_units(request.user).values_list("pk", flat=True))
    context = {"tree": queries.units_tree(), "mine": mine, "administrator": queries.is_administrator(request.user)}
    return render(request, "organisations/desk/units.html", context)


@polite
def unit(request: HttpRequest, pk: int) -> HttpResponse:
    """One unit: what it is told to be, its people, duties, sections, offices."""
    found = get_object_or_404(Organisation.objects.select_related("successor"), pk=pk)
    posts = queries.in_force().filter(organisation=found).select_related("user", "section").order_by("role", "starts_on")
    context = {
        "unit": found,
        "lineage": reversed(found.lineage()[1:]),
        "posts": posts,
        "duties": found.duties.all(),
        "sections": found.sections.all(),
        "functions": found.functions.select_related("scope"),
        "former_names": found.former_names.all(),
        "leader": queries.leader_in_charge(found),
        "manages": found.ended_on is None and queries.manages_unit(request.user, found),
        "administrator": queries.is_administrator(request.user),
    }
    return render(request, "organisations/desk/unit.html", context)


def _unit_deed(
    request: HttpRequest, found: Organisation, form: BaseForm, perform: Deed, title: str, button: str = "保存", lead: str = "", done: str = "已保存。"
) -> HttpResponse:
    def then_show(data: dict[str, Any]) -> HttpResponse:
        perform(data)
        messages.success(request, done)
        return redirect("organisations_desk:unit", found.pk)

    return deed_page(request, form, then_show, title=title, button=button, back="organisations_desk:units", lead=lead)


def _own_unit(request: HttpRequest, pk: int) -> Organisation:
    found = get_object_or_404(Organisation, pk=pk)
    require(queries.manages_unit(request.user, found))
    return found


@polite
def new_unit(request: HttpRequest) -> HttpResponse:
    """Enter a unit."""
    require(queries.is_administrator(request.user))
    form = forms.NewUnitForm(request.user, request.POST or None, initial={"parent": request.GET.get("parent")})

    def perform(data: dict[str, Any]) -> HttpResponse:
        made = actions.create_unit(request.user, data.pop("parent"), **data)
        messages.success(request, f"已新建{made}。")
        return redirect("organisations_desk:unit", made.pk)

    return deed_page(request, form, perform, title="新建机构", button="新建", back="organisations_desk:units")


@polite
def edit_unit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what people are told of a unit."""
    found = _own_unit(request, pk)
    form = forms.UnitForm(request.POST or None, instance=Organisation.objects.get(pk=pk))
    return _unit_deed(request, found, form, lambda data: actions.edit_unit(request.user, found, **data), f"{found}的资料")


@polite
def rename_unit(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a unit another name."""
    found = _own_unit(request, pk)
    form = forms.RenameForm(request.POST or None, initial={"name": found.name, "short_name": found.short_name})
    lead = "原名称会保留在记录里，旧文件上的名称不变。"
    return _unit_deed(request, found, form, lambda data: actions.rename_unit(request.user, found, **data), f"{found}更名", "更名", lead)


@polite
def duties(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the duties anew."""
    found = _own_unit(request, pk)
    form = forms.DutiesForm(request.POST or None, initial={"texts": "\n".join(found.duties.values_list("text", flat=True))})
    return _unit_deed(request, found, form, lambda data: actions.set_duties(request.user, found, data["texts"]), f"{found}的职责")


@polite
def section(request: HttpRequest, pk: int, section_pk: int | None = None) -> HttpResponse:
    """Add or change a section."""
    found = _own_unit(request, pk)
    row = get_object_or_404(found.sections, pk=section_pk) if section_pk else None
    form = forms.SectionForm(request.POST or None, initial={"name": row.name, "phone": row.phone} if row else None)
    title = f"{found}：{row.name if row else '新科室'}"
    return _unit_deed(request, found, form, lambda data: actions.save_section(request.user, found, section=row, **data), title)


@polite
def office(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a unit the function of an office."""
    found = get_object_or_404(Organisation, pk=pk)
    require(queries.is_administrator(request.user))
    form = forms.OfficeForm(request.POST or None)
    lead = "流程按职能找单位，不认名称：谁是政府办公室、督查室、信访局，在这里定。同一级政府的一项职能只有一个单位。"
    title = f"{found}承担的职能"
    return _unit_deed(request, found, form, lambda data: actions.set_office(request.user, organisation=found, **data), title, lead=lead)


@polite
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a unit part of another."""
    found = get_object_or_404(Organisation, pk=pk)
    require(queries.is_administrator(request.user))
    form = forms.MergeForm(found, request.POST or None)
    lead = "撤并后不能撤销。原机构的网页会自动转到接收的机构，它的稿件和记录保留原名。"
    done = f"{found}已撤并，人员、职责和网页都转到了接收的机构。"
    return _unit_deed(request, found, form, lambda data: actions.merge_units(request.user, found, **data), f"撤并{found}", "撤并", lead, done)
