"""Between two pages of one errand the browser carries the token of its code in a cookie: no address and no form names a telephone."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from lianxin.foundation.errors import Refused
from lianxin.foundation.middleware import client_address
from lianxin.identity import actions, queries
from lianxin.identity.citizen_web import safe_next
from lianxin.identity.models import TelephoneVerification
from lianxin.portal.my.forms import CodeForm

COOKIE, PATH = "citizen_step", "/my/"
LIFE = 35 * 60  # seconds: five minutes for the code, thirty for the act
State = TelephoneVerification.State


def address_of(request: HttpRequest) -> str:
    """The client's address, for the limits."""
    return client_address(request) or ""


def token_of(request: HttpRequest) -> str:
    """The token that the browser carries; empty when it carries none."""
    return request.COOKIES.get(COOKIE, "")


def pending(request: HttpRequest, purpose: str) -> TelephoneVerification | None:
    """The code that this browser asked for with this purpose, whatever its state."""
    token = token_of(request)
    row = queries.pending_verification(actions.hash_token(token)) if token else None
    return row if row is not None and row.purpose == purpose else None


def begin(name: str, started: actions.Started, **query: str) -> HttpResponse:
    """Go on to the page ``name`` with the token of a code that was just sent."""
    response = HttpResponseRedirect(with_query(name, **query))
    response.set_cookie(COOKIE, started.token, max_age=LIFE, path=PATH, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax")
    return response


def end(response: HttpResponse) -> HttpResponse:
    """The errand is done: the token goes."""
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")
    return response


def with_query(name: str, **query: str) -> str:
    """The address of the page ``name`` with what is not empty of ``query``."""
    given = {key: value for key, value in query.items() if value}
    return reverse(f"portal:{name}") + (f"?{urlencode(given)}" if given else "")


def next_of(request: HttpRequest) -> str:
    """Where the person wanted to go: a path of this site."""
    return safe_next(request.GET.get("next", ""))


def answer(request: HttpRequest, purpose: str, page: str, done: Callable[[str], HttpResponse], **query: str) -> HttpResponse | CodeForm:
    """A code page's work: send again, compare the digits and go on with ``done(token)``, or hand back the form to show.

    ``done`` may refuse; its sentence is shown at the code.
    """
    if request.method != "POST":
        return CodeForm()
    token = token_of(request)
    form = CodeForm(request.POST)
    try:
        if "again" in request.POST:
            form = CodeForm()
            return begin(page, actions.start_again(token, address=address_of(request)), again="1", **query)
        row = pending(request, purpose)
        if row is not None and row.state == State.CONFIRMED:
            return done(token)
        if form.is_valid():
            actions.confirm_verification(token, form.cleaned_data["code"], address=address_of(request))
            return done(token)
    except Refused as refusal:
        form.refuse("code", refusal)
    return form
