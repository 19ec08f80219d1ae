"""Screens on people: accounts, their posts, first passwords, leaving; and the locks after failed sign-ins."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.foundation import audit
from lianxin.identity import queries as identity
from lianxin.identity.models import Lockout, User
from lianxin.organisations import actions, forms, queries
from lianxin.organisations.desk.common import View, deed_page, polite, require
from lianxin.organisations.models import Post

PEOPLE_A_PAGE = 50


@polite
def people(request: HttpRequest) -> HttpResponse:
    """People of the units that one looks after; for everybody else the colleagues, to look at."""
    units = queries.managed_units(request.user)
    manages = units.exists()
    former = manages and request.GET.get("show") == "former"
    found = queries.people_of(units, former=former) if manages else queries.colleagues(request.user)
    if manages and request.GET.get("show") == "unplaced" and queries.is_administrator(request.user):
        found = queries.without_posts()
    words = request.GET.get("q", "").strip()[:64]
    if words:
        found = found.filter(Q(name__icontains=words) | Q(username__icontains=words) | Q(posts__organisation__short_name__icontains=words)).distinct()
    unit = units.filter(pk=request.GET["unit"]).first() if request.GET.get("unit", "").isdecimal() else None
    if unit is not None:
        found = found.filter(posts__organisation__path__startswith=unit.path).distinct()
    page = Paginator(found.prefetch_related(_ongoing_posts()), PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    locked = {lock.user_id for lock in identity.locks_in_force() if lock.user_id}
    context = {
        "page": page,
        "manages": manages,
        "administrator": queries.is_administrator(request.user),
        "show": request.GET.get("show", ""),
        "words": words,
        "unit": unit,
        "locked": locked,
    }
    return render(request, "organisations/desk/people.html", context)


def _ongoing_posts() -> Prefetch:
    ongoing = Post.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=timezone.localdate()))
    return Prefetch("posts", queryset=ongoing.select_related("organisation").order_by("starts_on"), to_attr="ongoing_posts")


@polite
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: posts, state, what can be done, what was done."""
    user = get_object_or_404(User, pk=pk)
    require(queries.manages_person(request.user, user))
    context = {
        "person": user,
        "posts": user.posts.select_related("organisation", "section").prefetch_related("handovers__substitute").order_by("-starts_on"),
        "today": timezone.localdate(),
        "locked_until": identity.locked_until(user),
        "has_second_factor": identity.has_second_factor(user),
        "needs_second_factor": identity.needs_second_factor(user),
        "attempts": identity.recent_attempts(user),
        "entries": audit.entries_for(user)[:20],
        "is_partner": user.kind == User.Kind.PARTNER,
        "oneself": user == request.user,
    }
    return render(request, "organisations/desk/person.html", context)


@polite
@sensitive_variables("opened")
def new_account(request: HttpRequest) -> HttpResponse:
    """Open an account; the answer shows the password, once."""
    require(queries.managed_units(request.user).exists())
    form = forms.AccountForm(request.user, request.POST or None, initial={"organisation": request.GET.get("unit")})

    def perform(data: dict[str, Any]) -> HttpResponse:
        opened = actions.create_account(request.user, **data)
        return _show_password(request, opened.user, opened.password)

    return deed_page(request, form, perform, title="开设账号", button="开设账号", back="organisations_desk:people")


@polite
@sensitive_variables("opened")
def new_partner(request: HttpRequest) -> HttpResponse:
    """Open a partner's account; the answer shows the password, once."""
    require(queries.managed_units(request.user).exists())
    form = forms.PartnerForm(request.user, request.POST or None)

    def perform(data: dict[str, Any]) -> HttpResponse:
        opened = actions.create_partner(request.user, **data)
        return _show_password(request, opened.user, opened.password)

    lead = "给报社、运维公司等外部人员用：看不到个人信息，到期自动失效。"
    return deed_page(request, form, perform, title="开设合作账号", button="开设账号", back="organisations_desk:people", lead=lead)


@sensitive_variables("password")
def _show_password(request: HttpRequest, user: User, password: str) -> HttpResponse:
    response = render(request, "organisations/desk/password.html", {"person": user, "password": password})
    response["Cache-Control"] = "no-store"
    return response


@polite
@require_http_methods(["GET", "POST"])
@sensitive_variables("password")
def reset_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then reset, then show the password once."""
    user = get_object_or_404(User, pk=pk)
    require(queries.manages_person(request.user, user))
    if request.method == "POST":
        password = actions.reset_password(request.user, user)
        return _show_password(request, user, password)
    context = {
        "person": user,
        "page_title": f"重置{user}的密码？",
        "text": "请先当面或电话核实是本人。旧密码立即失效，已登录的设备全部退出；新的初始密码只显示一次。",
        "button": "重置密码",
    }
    return render(request, "organisations/desk/ask.html", context)


@polite
@require_http_methods(["GET", "POST"])
def drop_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then take away the second factors."""
    user = get_object_or_404(User, pk=pk)
    require(queries.manages_person(request.user, user))
    if request.method == "POST":
        actions.drop_second_factor(request.user, user)
        messages.success(request, f"已清除{user}的第二重验证。")
        return redirect("organisations_desk:person", pk)
    context = {
        "person": user,
        "page_title": f"清除{user}的第二重验证？",
        "text": "请先当面核实是本人。验证器、通行密钥和恢复码全部作废；岗位要求的，下次登录时重新设置。",
        "button": "清除",
    }
    return render(request, "organisations/desk/ask.html", context)


def _person_deed(done: str) -> Callable[[Callable[[User, User], Any]], View]:
    """A deed on a person that needs no form."""

    def decorate(deed: Callable[[User, User], Any]) -> View:
        @polite
        @require_POST
        @wraps(deed)
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            user = get_object_or_404(User, pk=pk)
            deed(request.user, user)
            messages.success(request, done.format(user))
            return redirect("organisations_desk:person", pk)

        return view

    return decorate


enable = _person_deed("{}的账号已恢复。")(actions.enable)
unlock = _person_deed("{}现在可以登录了。")(actions.unlock)


@polite
def disable(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an account at once."""
    user = get_object_or_404(User, pk=pk)
    require(queries.manages_person(request.user, user))

    def perform(data: dict[str, Any]) -> HttpResponse:
        actions.disable(request.user, user, data["reason"])
        messages.success(request, f"{user}的账号已停用。")
        return redirect("organisations_desk:person", pk)

    lead = "立即生效，已登录的设备全部退出。岗位保留，可由同事代理；离任请用“办理离任”。"
    form = forms.ReasonForm(request.POST or None)
    return deed_page(request, form, perform, title=f"停用{user}的账号", button="停用账号", back="organisations_desk:people", lead=lead)


@polite
def extend_partner(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a partner another last day."""
    user = get_object_or_404(User, pk=pk)
    require(queries.manages_person(request.user, user))

    def perform(data: dict[str, Any]) -> HttpResponse:
        actions.extend_partner(request.user, user, data["expires_on"])
        messages.success(request, f"{user}的账号可用到 {data['expires_on']}。")
        return redirect("organisations_desk:person", pk)

    form = forms.ExpiryForm(request.POST or None)
    return deed_page(request, form, perform, title=f"延长{user}的账号", button="保存", back="organisations_desk:people")


@polite
def appoint(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a post."""
    user = get_object_or_404(User, pk=pk)
    require(queries.managed_units(request.user).exists())

    def perform(data: dict[str, Any]) -> HttpResponse:
        post = actions.appoint(request.user, user, **data)
        messages.success(request, f"已任命{user}为{post.organisation}“{post.get_role_display()}”。")
        return redirect("organisations_desk:person", pk)

    form = forms.AppointForm(request.user, request.POST or None)
    return deed_page(request, form, perform, title=f"给{user}安排岗位", button="任命", back="organisations_desk:people")


@polite
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """A person leaves."""
    user = get_object_or_404(User, pk=pk)
    require(queries.manages_person(request.user, user))

    def perform(data: dict[str, Any]) -> HttpResponse:
        actions.person_leaves(request.user, user, data["on"], data["successor"])
        messages.success(request, f"已为{user}办理离任。")
        return redirect("organisations_desk:person", pk)

    lead = "所有岗位在最后工作日结束，手上的事转给接手的人；日期是今天或以前的，账号立即停用。"
    form = forms.EndForm(user, request.POST or None)
    return deed_page(request, form, perform, title=f"为{user}办理离任", button="办理离任", back="organisations_desk:people", lead=lead)


@polite
def end_post(request: HttpRequest, pk: int) -> HttpResponse:
    """A post ends."""
    post = get_object_or_404(Post.objects.select_related("user", "organisation"), pk=pk)
    require(queries.manages_unit(request.user, post.organisation))

    def perform(data: dict[str, Any]) -> HttpResponse:
        actions.end_post(request.user, post, data["on"], data["successor"])
        messages.success(request, f"{post}任职至 {data['on']}。")
        return redirect("organisations_desk:person", post.user_id)

    form = forms.EndForm(post.user, request.POST or None)
    return deed_page(request, form, perform, title=f"结束岗位：{post}", button="结束岗位", back="organisations_desk:people")


@polite
def locks(request: HttpRequest) -> HttpResponse:
    """Accounts locked after failures, of the people one looks after; addresses for administrators."""
    administrator = queries.is_administrator(request.user)
    units = queries.managed_units(request.user)
    require(units.exists())
    found = identity.locks_in_force()
    if not administrator:
        found = found.filter(user__in=queries.people_of(units))
    return render(request, "organisations/desk/locks.html", {"locks": found, "administrator": administrator})


@polite
@require_POST
def unlock_row(request: HttpRequest, pk: int) -> HttpResponse:
    """Lift a lock."""
    lockout = get_object_or_404(Lockout.objects.select_related("user"), pk=pk)
    if lockout.user is not None:
        actions.unlock(request.user, lockout.user)
    else:
        actions.unlock_address(request.user, lockout)
    messages.success(request, "已解除锁定，现在可以登录了。")
    return redirect("organisations_desk:locks")
