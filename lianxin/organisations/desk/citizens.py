"""At the counter: another telephone for a citizen who lost the old one; an account closed for one who cannot use it any more."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters

from lianxin.foundation.middleware import client_address
from lianxin.identity import queries as identity
from lianxin.identity.actions import hash_token
from lianxin.identity.models import User
from lianxin.organisations import actions, forms, queries
from lianxin.organisations.actions.common import require_administrator
from lianxin.organisations.desk.common import deed_page, polite, require

_TOKEN = "organisations.citizens_telephone"
_FOUND = "organisations.closing"


@sensitive_post_parameters()
@polite
def telephone(request: HttpRequest) -> HttpResponse:
    """First: the new telephone, to which a code goes."""
    require(queries.managed_units(request.user).exists())
    form = forms.CitizensTelephoneForm(request.POST or None)

    def perform(data: dict[str, Any]) -> HttpResponse:
        started = actions.start_citizens_telephone(request.user, data["telephone"], address=client_address(request) or "")
        request.session[_TOKEN] = started.token
        return redirect("organisations_desk:citizens_code")

    lead = "市民本人带身份证到窗口，旧手机号收不到短信时办理。先填新手机号，验证码会发到他手里的新手机上。"
    return deed_page(request, form, perform, title="市民更换手机号", button="发送验证码", back="organisations_desk:people", lead=lead)


@sensitive_post_parameters()
@polite
def code(request: HttpRequest) -> HttpResponse:
    """Second: the code that the person reads out, and what stands on the card."""
    require(queries.managed_units(request.user).exists())
    token = request.session.get(_TOKEN, "")
    row = identity.pending_verification(hash_token(token)) if token else None
    if row is None or row.user_id != request.user.pk:
        return redirect("organisations_desk:citizens_telephone")
    form = forms.CitizensCardForm(request.POST or None, code_is_right=row.state == row.State.CONFIRMED)

    def perform(data: dict[str, Any]) -> HttpResponse:
        actions.change_citizens_telephone(request.user, token, data.pop("code", ""), address=client_address(request) or "", **data)
        del request.session[_TOKEN]
        messages.success(request, "手机号已更换，旧设备都已退出登录。请告诉市民：用新手机号登录即可。")
        return redirect("organisations_desk:citizens_telephone")

    lead = f"验证码已发到 {identity.masked_telephone_of(row)}，请市民念给您。姓名和号码照身份证原件填写；系统只回答是否一致，不显示已登记的内容。"
    response = deed_page(request, form, perform, title="核对身份证", button="更换", back="organisations_desk:citizens_telephone", lead=lead)
    response["Cache-Control"] = "no-store"
    return response


@sensitive_post_parameters()
@polite
def close(request: HttpRequest) -> HttpResponse:
    """First: which account, by its telephone or its name."""
    require_administrator(request.user)
    form = forms.CitizensAccountForm(request.POST or None)

    def perform(data: dict[str, Any]) -> HttpResponse:
        request.session[_FOUND] = actions.find_citizen(request.user, **data).pk
        return redirect("organisations_desk:citizens_close_found")

    lead = (
        "市民自己登录不了、去世或者不再使用，本人、家属或代理人带证明到窗口，要求注销时办理。自己还能登录的，请告诉他在“我的”里注销。"
        "一次只查一个账号，每次查找都有记录。"
    )
    response = deed_page(request, form, perform, title="市民注销账号", button="查找", back="organisations_desk:people", lead=lead)
    response["Cache-Control"] = "no-store"
    return response


@sensitive_post_parameters()
@polite
def close_found(request: HttpRequest) -> HttpResponse:
    """Second: what it means, the reason, the papers, and the word."""
    require_administrator(request.user)
    user = User.objects.filter(pk=request.session.get(_FOUND), is_active=True, kind__in=identity.CITIZEN_KINDS).first()
    if user is None:
        return redirect("organisations_desk:citizens_close")
    form = forms.CloseCitizenForm(request.POST or None, kind=user.kind, knows_card=identity.knows_card(user))

    def perform(data: dict[str, Any]) -> HttpResponse:
        actions.close_citizen(request.user, user, **data)
        del request.session[_FOUND]
        messages.success(request, "账号已注销，手机号、姓名和证件号码都已删除。原来的手机号还能收短信的，会收到一条通知。")
        return redirect("organisations_desk:citizens_close")

    response = deed_page(
        request,
        form,
        perform,
        title="核对后注销账号",
        button="注销这个账号",
        back="organisations_desk:citizens_close",
        template="organisations/desk/close.html",
        more=lambda: {"found": actions.look_at_citizen(request.user, user)},
    )
    response["Cache-Control"] = "no-store"
    return response
