"""The rules that hold for every request to the desk."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.request import split_domain_port
from django.urls import reverse

from lianxin.identity import queries, sessions

DESK = "/desk/"
# What a browser sends by itself while nobody sits before it.
_BY_ITSELF = re.compile(r"^/desk/(editing-sessions/|.*/preview/$|jsi18n/|sprite/)")


class StaffSessionMiddleware:
    """Keeps the desk to its host, ends idle sessions, and lets nobody work who must first change a password or set up a second factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(DESK):
            return self.get_response(request)
        return self._elsewhere(request) or self._stopped(request) or self.get_response(request)

    def _elsewhere(self, request: HttpRequest) -> HttpResponse | None:
        """Cookies and passkeys are bound to one host: another one sends people there."""
        host, port = split_domain_port(request.get_host())
        if host == settings.DESK_HOST:
            return None
        place = f"{settings.DESK_HOST}:{port}" if port else settings.DESK_HOST
        path = request.get_full_path() if request.method in ("GET", "HEAD") else request.path
        return HttpResponseRedirect(f"{request.scheme}://{place}{path}")

    def _stopped(self, request: HttpRequest) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return None
        if sessions.has_gone_idle(request):
            return self._sign_out_idle(request)
        if not _is_by_itself(request):
            sessions.touch(request)
        due = _what_is_due(request)
        if due is None or request.path_info in _open_pages(due):
            return None
        if _expects_data(request):
            return JsonResponse({"detail": "请先完成登录后的必要设置。"}, status=403)
        return HttpResponseRedirect(reverse(due))

    def _sign_out_idle(self, request: HttpRequest) -> HttpResponse:
        request.sign_out_reason = "长时间没有操作"  # type: ignore[attr-defined]
        logout(request)
        sentence = f"您已有 {settings.SIGN_IN_IDLE_MINUTES} 分钟没有操作，为保护账号已自动退出，请重新登录。"
        if _expects_data(request):
            return JsonResponse({"detail": sentence}, status=403)
        messages.info(request, sentence)
        target = request.get_full_path() if request.method == "GET" else request.path
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': target})}")


def _expects_data(request: HttpRequest) -> bool:
    return request.headers.get("x-requested-with") == "XMLHttpRequest" or request.headers.get("accept") == "application/json"


def _is_by_itself(request: HttpRequest) -> bool:
    """Whether the browser sent this on its own: pings of an open editor, previews, autosave (a POST that wants JSON)."""
    if _BY_ITSELF.match(request.path_info):
        return True
    return request.method == "POST" and request.headers.get("accept") == "application/json"


def _what_is_due(request: HttpRequest) -> str | None:
    """The page that comes before all others, or None."""
    if queries.password_is_due(request.user):
        return "account_change_password"
    if sessions.second_factor_due(request):
        if queries.lacks_second_factor(request.user):
            return "mfa_index"
        sessions.set_second_factor_due(request, False)
    return None


def _open_pages(due: str) -> set[str]:
    """Pages that somebody may use for whom ``due`` is due."""
    names = {"account_logout", "account_reauthenticate", "wagtailadmin_javascript_catalog"}
    if due == "account_change_password":
        names |= {"account_change_password"}
    else:
        names |= {
            "mfa_index",
            "mfa_activate_totp",
            "mfa_add_webauthn",
            "mfa_list_webauthn",
            "mfa_view_recovery_codes",
            "mfa_reauthenticate",
            "mfa_reauthenticate_webauthn",
        }
    return {reverse(name) for name in names}
