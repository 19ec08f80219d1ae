"""A citizen's session in requests: a cookie and a row of its own, apart from the desk's.

Pages are asked ``citizen_of(request)``. Whoever asks makes the answer depend on the cookie, so that it says ``Vary: Cookie`` and the page
store never keeps it; a page that does not ask is the same for everybody, is kept, and is given to signed-in citizens too.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from lianxin.identity import actions, queries
from lianxin.identity.models import CitizenSession, User

COOKIE = "citizenid"
_BROWSERS = (("MicroMessenger", "微信"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("HarmonyOS", "鸿蒙"),
    ("Android", "安卓"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


class CitizenMiddleware:
    """Says of every answer that looked at the citizen's session that it is this reader's alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on, then look whether the session was asked for."""
        response = self.get_response(request)
        if getattr(request, "_citizen_asked", False):
            patch_vary_headers(response, ("Cookie",))
        return response


def session_of(request: HttpRequest) -> CitizenSession | None:
    """The citizen's session of this request, looked up once."""
    if not getattr(request, "_citizen_asked", False):
        request._citizen_asked = True  # type: ignore[attr-defined]
        cookie = request.COOKIES.get(COOKIE, "")
        request._citizen_session = queries.session_for(actions.hash_token(cookie)) if cookie else None  # type: ignore[attr-defined]
    found: CitizenSession | None = request._citizen_session  # type: ignore[attr-defined]
    return found


def citizen_of(request: HttpRequest) -> User | None:
    """The citizen or enterprise who is signed in, or None."""
    session = session_of(request)
    return session.user if session else None


def start(request: HttpRequest, response: HttpResponse, signed_in: actions.SignedIn) -> HttpResponse:
    """Give the browser the session's cookie. A session that it had before ends."""
    before = session_of(request)
    if before is not None:
        actions.end_session(before.user, before.pk)
    response.set_cookie(
        COOKIE,
        signed_in.cookie,
        max_age=settings.CITIZEN_SESSION_DAYS * 24 * 3600,
        domain=settings.CITIZEN_COOKIE_DOMAIN or None,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def forget(response: HttpResponse) -> HttpResponse:
    """Take the cookie back."""
    response.delete_cookie(COOKIE, domain=settings.CITIZEN_COOKIE_DOMAIN or None, samesite="Lax")
    return response


def private(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view's answers are one person's: no cache, no store, whoever asks."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        patch_vary_headers(response, ("Cookie",))
        return response

    return guarded


def citizen_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only for signed-in citizens and enterprises; others sign in first and come back. Implies ``private``."""

    @private
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        session = session_of(request)
        if session is None:
            return to_sign_in(request)
        actions.touch_session(session)
        return view(request, *args, **kwargs)

    return guarded


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send somebody to sign in, and back to this page."""
    return HttpResponseRedirect(f"{reverse('portal:my-sign-in')}?{urlencode({'next': safe_next(request.path)})}")


def safe_next(path: str) -> str:
    """``path`` when it leads into this site, otherwise the person's own start page."""
    if path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None) and not path.startswith("/my/sign-in/"):
        return path[:500]
    return "/my/"


def device_of(request: HttpRequest) -> str:
    """The browser in two words, for the list of sessions: ``Chrome · 安卓``."""
    agent = request.headers.get("User-Agent", "")
    found = [next((word for sign, word in table if sign in agent), "") for table in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, found)) or "未知设备"
