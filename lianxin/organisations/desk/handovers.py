"""Screens on standing in: my posts, who acts for me, for whom I act."""

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from lianxin.organisations import actions, forms, queries
from lianxin.organisations.desk.common import deed_page, polite, require
from lianxin.organisations.models import Handover, Post


@polite
def mine(request: HttpRequest) -> HttpResponse:
    """My posts, who stands in for me, for whom I stand in."""
    today = timezone.localdate()
    ongoing = Handover.objects.filter(until__gte=today, cancelled_at__isnull=True).select_related("substitute", "post__user", "post__organisation")
    posts = Post.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today), user=request.user).select_related("organisation", "section")
    context = {
        "posts": posts.prefetch_related(Prefetch("handovers", queryset=ongoing, to_attr="ongoing_handovers")).order_by("starts_on"),
        "standing_in": ongoing.filter(substitute=request.user),
        "today": today,
    }
    return render(request, "organisations/desk/mine.html", context)


@polite
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a colleague act."""
    post = get_object_or_404(Post.objects.select_related("user", "organisation"), pk=pk)
    own = post.user_id == request.user.pk
    require(own or queries.manages_unit(request.user, post.organisation))

    def perform(data: dict[str, Any]) -> HttpResponse:
        handover = actions.hand_over(request.user, post, data["substitute"], data["until"], starts_on=data["starts_on"], reason=data["reason"])
        messages.success(request, f"{handover.starts_on} 至 {handover.until} 由{handover.substitute}代理。")
        return redirect("organisations_desk:mine") if own else redirect("organisations_desk:person", post.user_id)

    lead = "代理期间，本人和代理人都能办理；每件事记在实际办理的人名下。"
    form = forms.HandOverForm(post, request.POST or None)
    return deed_page(request, form, perform, title=f"请人代理：{post}", button="开始代理", back="organisations_desk:mine", lead=lead)


@polite
@require_POST
def cancel_handover(request: HttpRequest, pk: int) -> HttpResponse:
    """End a handover now."""
    handover = get_object_or_404(Handover.objects.select_related("post__user", "substitute"), pk=pk)
    actions.cancel_handover(request.user, handover)
    messages.success(request, f"{handover.substitute}不再代理。")
    return redirect("organisations_desk:mine")
