"""The staff side of this room: people, posts, handovers, units, portfolios, locks. Every change goes through ``actions``."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.foundation import audit
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.identity import queries as identity
from lianxin.identity.models import Lockout, User
from lianxin.organisations import actions, forms, queries
from lianxin.organisations.models import Handover, Leader, Organisation, Portfolio, Post

PEOPLE_A_PAGE = 50
View = Callable[..., HttpResponseBase]
Deed = Callable[[dict[str, Any]], Any]


def _polite(view: View) -> View:
    """Show a refusal as a message on the list, when the view has no better place for it."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("organisations_desk:people")

    return wrapped


def _deed(
    request: HttpRequest, form: BaseForm, perform: Callable[[dict[str, Any]], HttpResponse], *, title: str, button: str, back: str, lead: str = ""
) -> HttpResponse:
    """One form, one deed: show the form, perform; a refusal is shown at the form's head."""
    if request.method == "POST" and form.is_valid():
        try:
            return perform(form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "page_title": title, "button": button, "back": back, "lead": lead, "header_icon": "group"}
    return render(request, "organisations/desk/deed.html", context, status=200 if request.method == "GET" else 422)


def _require(allowed: bool) -> None:
    if not allowed:
        raise Forbidden("这一页由单位管理员或系统管理员使用。需要办理，请联系本单位管理员。")


# --- people ----------------------------------------------------------------------------------------------------------------------------


@_polite
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


@_polite
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: posts, state, what can be done, what was done."""
    user = get_object_or_404(User, pk=pk)
    _require(queries.manages_person(request.user, user))
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


@_polite
@sensitive_variables("opened")
def new_account(request: HttpRequest) -> HttpResponse:
    """Open an account; the answer shows the password, once."""
    _require(queries.managed_units(request.user).exists())
    form = forms.AccountForm(request.user, request.POST or None, initial={"organisation": request.GET.get("unit")})

    def perform(data: dict[str, Any]) -> HttpResponse:
        opened = actions.create_account(request.user, **data)
        return _show_password(request, opened.user, opened.password)

    return _deed(request, form, perform, title="开设账号", button="开设账号", back="organisations_desk:people")


@_polite
@sensitive_variables("opened")
def new_partner(request: HttpRequest) -> HttpResponse:
    """Open a partner's account; the answer shows the password, once."""
    _require(queries.managed_units(request.user).exists())
    form = forms.PartnerForm(request.user, request.POST or None)

    def perform(data: dict[str, Any]) -> HttpResponse:
        opened = actions.create_partner(request.user, **data)
        return _show_password(request, opened.user, opened.password)

    lead = "给报社、运维公司等外部人员用：看不到个人信息，到期自动失效。"
    return _deed(request, form, perform, title="开设合作账号", button="开设账号", back="organisations_desk:people", lead=lead)


@sensitive_variables("password")
def _show_password(request: HttpRequest, user: User, password: str) -> HttpResponse:
    response = render(request, "organisations/desk/password.html", {"person": user, "password": password})
    response["Cache-Control"] = "no-store"
    return response


@_polite
@require_http_methods(["GET", "POST"])
@sensitive_variables("password")
def reset_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then reset, then show the password once."""
    user = get_object_or_404(User, pk=pk)
    _require(queries.manages_person(request.user, user))
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


@_polite
@require_http_methods(["GET", "POST"])
def drop_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then take away the second factors."""
    user = get_object_or_404(User, pk=pk)
    _require(queries.manages_person(request.user, user))
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
        @_polite
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


@_polite
def disable(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an account at once."""
    user = get_object_or_404(User, pk=pk)
    _require(queries.manages_person(request.user, user))

    def perform(data: dict[str, Any]) -> HttpResponse:
        actions.disable(request.user, user, data["reason"])
        messages.success(request, f"{user}的账号已停用。")
        return redirect("organisations_desk:person", pk)

    lead = "立即生效，已登录的设备全部退出。岗位保留，可由同事代理；离任请用“办理离任”。"
    form = forms.ReasonForm(request.POST or None)
    return _deed(request, form, perform, title=f"停用{user}的账号", button="停用账号", back="organisations_desk:people", lead=lead)


@_polite
def extend_partner(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a partner another last day."""
    user = get_object_or_404(User, pk=pk)
    _require(queries.manages_person(request.user, user))

    def perform(data: dict[str, Any]) -> HttpResponse:
        actions.extend_partner(request.user, user, data["expires_on"])
        messages.success(request, f"{user}的账号可用到 {data['expires_on']}。")
        return redirect("organisations_desk:person", pk)

    return _deed(request, forms.ExpiryForm(request.POST or None), perform, title=f"延长{user}的账号", button="保存", back="organisations_desk:people")


@_polite
def appoint(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a post."""
    user = get_object_or_404(User, pk=pk)
    _require(queries.managed_units(request.user).exists())

    def perform(data: dict[str, Any]) -> HttpResponse:
        post = actions.appoint(request.user, user, **data)
        messages.success(request, f"已任命{user}为{post.organisation}“{post.get_role_display()}”。")
        return redirect("organisations_desk:person", pk)

    form = forms.AppointForm(request.user, request.POST or None)
    return _deed(request, form, perform, title=f"给{user}安排岗位", button="任命", back="organisations_desk:people")


@_polite
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """A person leaves."""
    user = get_object_or_404(User, pk=pk)
    _require(queries.manages_person(request.user, user))

    def perform(data: dict[str, Any]) -> HttpResponse:
        actions.person_leaves(request.user, user, data["on"], data["successor"])
        messages.success(request, f"已为{user}办理离任。")
        return redirect("organisations_desk:person", pk)

    lead = "所有岗位在最后工作日结束，手上的事转给接手的人；日期是今天或以前的，账号立即停用。"
    form = forms.EndForm(user, request.POST or None)
    return _deed(request, form, perform, title=f"为{user}办理离任", button="办理离任", back="organisations_desk:people", lead=lead)


@_polite
def end_post(request: HttpRequest, pk: int) -> HttpResponse:
    """A post ends."""
    post = get_object_or_404(Post.objects.select_related("user", "organisation"), pk=pk)
    _require(queries.manages_unit(request.user, post.organisation))

    def perform(data: dict[str, Any]) -> HttpResponse:
        actions.end_post(request.user, post, data["on"], data["successor"])
        messages.success(request, f"{post}任职至 {data['on']}。")
        return redirect("organisations_desk:person", post.user_id)

    form = forms.EndForm(post.user, request.POST or None)
    return _deed(request, form, perform, title=f"结束岗位：{post}", button="结束岗位", back="organisations_desk:people")


# --- standing in -----------------------------------------------------------------------------------------------------------------------


@_polite
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


@_polite
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a colleague act."""
    post = get_object_or_404(Post.objects.select_related("user", "organisation"), pk=pk)
    own = post.user_id == request.user.pk
    _require(own or queries.manages_unit(request.user, post.organisation))

    def perform(data: dict[str, Any]) -> HttpResponse:
        handover = actions.hand_over(request.user, post, data["substitute"], data["until"], starts_on=data["starts_on"], reason=data["reason"])
        messages.success(request, f"{handover.starts_on} 至 {handover.until} 由{handover.substitute}代理。")
        return redirect("organisations_desk:mine") if own else redirect("organisations_desk:person", post.user_id)

    lead = "代理期间，本人和代理人都能办理；每件事记在实际办理的人名下。"
    form = forms.HandOverForm(post, request.POST or None)
    return _deed(request, form, perform, title=f"请人代理：{post}", button="开始代理", back="organisations_desk:mine", lead=lead)


@_polite
@require_POST
def cancel_handover(request: HttpRequest, pk: int) -> HttpResponse:
    """End a handover now."""
    handover = get_object_or_404(Handover.objects.select_related("post__user", "substitute"), pk=pk)
    actions.cancel_handover(request.user, handover)
    messages.success(request, f"{handover.substitute}不再代理。")
    return redirect("organisations_desk:mine")


# --- units -----------------------------------------------------------------------------------------------------------------------------


@_polite
def units(request: HttpRequest) -> HttpResponse:
    """The tree of units."""
    mine = set(queries.managed_units(request.user).values_list("pk", flat=True))
    context = {"tree": queries.units_tree(), "mine": mine, "administrator": queries.is_administrator(request.user)}
    return render(request, "organisations/desk/units.html", context)


@_polite
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
    request: HttpRequest, found: Organisation, form: BaseForm, perform: Deed, title: str, button: str = "保存", lead: str = ""
) -> HttpResponse:
    def then_show(data: dict[str, Any]) -> HttpResponse:
        perform(data)
        messages.success(request, "已保存。")
        return redirect("organisations_desk:unit", found.pk)

    return _deed(request, form, then_show, title=title, button=button, back="organisations_desk:units", lead=lead)


def _own_unit(request: HttpRequest, pk: int) -> Organisation:
    found = get_object_or_404(Organisation, pk=pk)
    _require(queries.manages_unit(request.user, found))
    return found


@_polite
def new_unit(request: HttpRequest) -> HttpResponse:
    """Enter a unit."""
    _require(queries.is_administrator(request.user))
    form = forms.NewUnitForm(request.user, request.POST or None, initial={"parent": request.GET.get("parent")})

    def perform(data: dict[str, Any]) -> HttpResponse:
        made = actions.create_unit(request.user, data.pop("parent"), **data)
        messages.success(request, f"已新建{made}。")
        return redirect("organisations_desk:unit", made.pk)

    return _deed(request, form, perform, title="新建机构", button="新建", back="organisations_desk:units")


@_polite
def edit_unit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what people are told of a unit."""
    found = _own_unit(request, pk)
    form = forms.UnitForm(request.POST or None, instance=Organisation.objects.get(pk=pk))
    return _unit_deed(request, found, form, lambda data: actions.edit_unit(request.user, found, **data), f"{found}的资料")


@_polite
def rename_unit(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a unit another name."""
    found = _own_unit(request, pk)
    form = forms.RenameForm(request.POST or None, initial={"name": found.name, "short_name": found.short_name})
    lead = "原名称会保留在记录里，旧文件上的名称不变。"
    return _unit_deed(request, found, form, lambda data: actions.rename_unit(request.user, found, **data), f"{found}更名", "更名", lead)


@_polite
def duties(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the duties anew."""
    found = _own_unit(request, pk)
    form = forms.DutiesForm(request.POST or None, initial={"texts": "\n".join(found.duties.values_list("text", flat=True))})
    return _unit_deed(request, found, form, lambda data: actions.set_duties(request.user, found, data["texts"]), f"{found}的职责")


@_polite
def section(request: HttpRequest, pk: int, section_pk: int | None = None) -> HttpResponse:
    """Add or change a section."""
    found = _own_unit(request, pk)
    row = get_object_or_404(found.sections, pk=section_pk) if section_pk else None
    form = forms.SectionForm(request.POST or None, initial={"name": row.name, "phone": row.phone} if row else None)
    title = f"{found}：{row.name if row else '新科室'}"
    return _unit_deed(request, found, form, lambda data: actions.save_section(request.user, found, section=row, **data), title)


@_polite
def office(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a unit the function of an office."""
    found = get_object_or_404(Organisation, pk=pk)
    _require(queries.is_administrator(request.user))
    form = forms.OfficeForm(request.POST or None)
    lead = "流程按职能找单位，不认名称：谁是政府办公室、督查室、信访局，在这里定。同一级政府的一项职能只有一个单位。"
    title = f"{found}承担的职能"
    return _unit_deed(request, found, form, lambda data: actions.set_office(request.user, organisation=found, **data), title, lead=lead)


@_polite
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a unit part of another."""
    found = get_object_or_404(Organisation, pk=pk)
    _require(queries.is_administrator(request.user))
    form = forms.MergeForm(found, request.POST or None)
    lead = "撤并后不能撤销。原机构的网页会自动转到接收的机构，它的稿件和记录保留原名。"
    return _unit_deed(request, found, form, lambda data: actions.merge_units(request.user, found, **data), f"撤并{found}", "撤并", lead)


# --- leaders ---------------------------------------------------------------------------------------------------------------------------


@_polite
def leaders(request: HttpRequest) -> HttpResponse:
    """Leaders and the units they answer for."""
    in_charge = Prefetch("portfolio", queryset=queries.portfolios_in_force().select_related("organisation"), to_attr="current_portfolio")
    posts = queries.in_force().filter(role=Post.Role.LEADER).select_related("user", "organisation", "leader_page").prefetch_related(in_charge)
    context = {
        "posts": posts.order_by("organisation__path", "leader_page__order", "pk"),
        "administrator": queries.is_administrator(request.user),
    }
    return render(request, "organisations/desk/leaders.html", context)


@_polite
def portfolio(request: HttpRequest, pk: int) -> HttpResponse:
    """The units that a leader answers for."""
    post = get_object_or_404(Post.objects.select_related("user", "organisation"), pk=pk, role=Post.Role.LEADER)
    _require(queries.is_administrator(request.user))
    held = Portfolio.objects.filter(leader=post, ends_on__isnull=True).values_list("organisation", flat=True)
    form = forms.PortfolioForm(post, request.POST or None, initial={"organisations": list(held)})

    def perform(data: dict[str, Any]) -> HttpResponse:
        actions.change_portfolio(request.user, post, data["organisations"], data["on"])
        messages.success(request, f"已更新{post.user}的分管。")
        return redirect("organisations_desk:leaders")

    lead = "勾选别的领导分管的机构，就会从他那里转过来；一个机构同一天只有一位分管领导。"
    return _deed(request, form, perform, title=f"{post.user}的分管", button="保存", back="organisations_desk:leaders", lead=lead)


@_polite
def leader_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The public page of a leader."""
    post = get_object_or_404(Post.objects.select_related("user"), pk=pk, role=Post.Role.LEADER)
    _require(queries.is_administrator(request.user))
    page = Leader.objects.filter(post=post).first()
    form = forms.LeaderForm(request.POST or None, request.FILES or None, instance=page)

    def perform(data: dict[str, Any]) -> HttpResponse:
        actions.save_leader_page(request.user, post, **{name: value for name, value in data.items() if value is not None})
        messages.success(request, f"已更新{post.user}的领导主页。")
        return redirect("organisations_desk:leaders")

    return _deed(request, form, perform, title=f"{post.user}的领导主页", button="保存", back="organisations_desk:leaders")


# --- locks -----------------------------------------------------------------------------------------------------------------------------


@_polite
def locks(request: HttpRequest) -> HttpResponse:
    """Accounts locked after failures, of the people one looks after; addresses for administrators."""
    administrator = queries.is_administrator(request.user)
    units = queries.managed_units(request.user)
    _require(units.exists())
    found = identity.locks_in_force()
    if not administrator:
        found = found.filter(user__in=queries.people_of(units))
    return render(request, "organisations/desk/locks.html", {"locks": found, "administrator": administrator})


@_polite
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
