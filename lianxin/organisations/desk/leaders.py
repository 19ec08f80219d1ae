"""Screens on leaders: the units they answer for, their public pages."""

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from lianxin.organisations import actions, forms, queries
from lianxin.organisations.desk.common import deed_page, polite, require
from lianxin.organisations.models import Leader, Portfolio, Post


@polite
def leaders(request: HttpRequest) -> HttpResponse:
    """Leaders and the units they answer for."""
    in_charge = Prefetch("portfolio", queryset=queries.portfolios_in_force().select_related("organisation"), to_attr="current_portfolio")
    posts = queries.in_force().filter(role=Post.Role.LEADER).select_related("user", "organisation", "leader_page").prefetch_related(in_charge)
    context = {
        "posts": posts.order_by("organisation__path", "leader_page__order", "pk"),
        "administrator": queries.is_administrator(request.user),
    }
    return render(request, "organisations/desk/leaders.html", context)


@polite
def portfolio(request: HttpRequest, pk: int) -> HttpResponse:
    """The units that a leader answers for."""
    post = get_object_or_404(Post.objects.select_related("user", "organisation"), pk=pk, role=Post.Role.LEADER)
    require(queries.is_administrator(request.user))
    held = Portfolio.objects.filter(leader=post, ends_on__isnull=True).values_list("organisation", flat=True)
    form = forms.PortfolioForm(post, request.POST or None, initial={"organisations": list(held)})

    def perform(data: dict[str, Any]) -> HttpResponse:
        actions.change_portfolio(request.user, post, data["organisations"], data["on"])
        messages.success(request, f"已更新{post.user}的分管。")
        return redirect("organisations_desk:leaders")

    lead = "勾选别的领导分管的机构，就会从他那里转过来；一个机构同一天只有一位分管领导。"
    return deed_page(request, form, perform, title=f"{post.user}的分管", button="保存", back="organisations_desk:leaders", lead=lead)


@polite
def leader_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The public page of a leader."""
    post = get_object_or_404(Post.objects.select_related("user"), pk=pk, role=Post.Role.LEADER)
    require(queries.is_administrator(request.user))
    page = Leader.objects.filter(post=post).first()
    form = forms.LeaderForm(request.POST or None, request.FILES or None, instance=page)

    def perform(data: dict[str, Any]) -> HttpResponse:
        actions.save_leader_page(request.user, post, **{name: value for name, value in data.items() if value is not None})
        messages.success(request, f"已更新{post.user}的领导主页。")
        return redirect("organisations_desk:leaders")

    return deed_page(request, form, perform, title=f"{post.user}的领导主页", button="保存", back="organisations_desk:leaders")
