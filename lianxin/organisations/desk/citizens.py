"""At the counter: another telephone for a citizen who lost the old one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters

from lianxin.foundation.middleware import client_address
from lianxin.identity import queries as identity
from lianxin.identity.actions import hash_token
from lianxin.organisations import actions, forms, queries
from lianxin.organisations.desk.common import deed_page, polite, require

_TOKEN = "organisations.citizens_telephone"


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
