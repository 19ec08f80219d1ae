"""Signing in and up by telephone, proving again to hold it, signing out."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.foundation.errors import Refused
from lianxin.foundation.middleware import client_address
from lianxin.identity import actions, consents, queries
from lianxin.identity.citizen_web import citizen_of, citizen_required, device_of, forget, private, session_of, start
from lianxin.identity.models import User
from lianxin.portal.my import steps
from lianxin.portal.my.forms import TelephoneForm, WelcomeForm

Purpose = actions.Purpose
LOOPBACK = ("127.0.0.1", "::1")


def has_outbox(request: HttpRequest) -> bool:
    """Whether this reader sits at the developer's machine, where codes are shown instead of sent."""
    return settings.DEVELOPMENT and settings.SMS_SERVICE == "outbox" and client_address(request) in LOOPBACK


def kind_of(request: HttpRequest) -> str:
    """Whether a person or an enterprise signs in."""
    return User.Kind.ENTERPRISE if request.GET.get("who") == User.Kind.ENTERPRISE else User.Kind.CITIZEN


@private
@require_http_methods(["GET", "HEAD", "POST"])
def telephone(request: HttpRequest) -> HttpResponse:
    """First page: the telephone. The same for those who have an account and those who have none."""
    kind, target = kind_of(request), steps.next_of(request)
    if citizen_of(request) is not None:
        return HttpResponseRedirect(target)
    form = TelephoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            started = actions.start_verification(form.cleaned_data["telephone"], Purpose.SIGN_IN, address=steps.address_of(request))
        except Refused as refusal:
            form.refuse("telephone", refusal)
        else:
            return steps.begin("my-sign-in-code", started, who=_who(kind), next=target)
    words = {"form": form, "kind": kind, "target": target, "outbox": has_outbox(request), "over": "over" in request.GET, "pending": _is_open(request)}
    return render(request, "portal/my/sign_in.html", words)


def _who(kind: str) -> str:
    return kind if kind == User.Kind.ENTERPRISE else ""


def _is_open(request: HttpRequest) -> bool:
    row = steps.pending(request, Purpose.SIGN_IN)
    return row is not None and row.state == steps.State.OPEN


@private
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Second page: the six digits."""
    kind, target = kind_of(request), steps.next_of(request)
    row = steps.pending(request, Purpose.SIGN_IN)
    if row is None:
        return HttpResponseRedirect(steps.with_query("my-sign-in", who=_who(kind), next=target, over="1"))

    def enter(token: str) -> HttpResponse:
        try:
            signed_in = actions.sign_in(token, kind, device=device_of(request), address=steps.address_of(request))
        except actions.Newcomer:
            return HttpResponseRedirect(steps.with_query("my-welcome", who=_who(kind), next=target))
        return steps.end(start(request, HttpResponseRedirect(target), signed_in))

    found = steps.answer(request, Purpose.SIGN_IN, "my-sign-in-code", enter, who=_who(kind), next=target)
    if isinstance(found, HttpResponse):
        return found
    words = {
        "form": found,
        "masked": queries.masked_telephone_of(row),
        "title": "输入验证码",
        "button": "登录",
        "back": steps.with_query("my-sign-in", who=_who(kind), next=target),
        "outbox": has_outbox(request),
        "again": "again" in request.GET,
    }
    return render(request, "portal/my/code.html", words)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """Third page, for those who come the first time: what is kept and why, and the consent to it."""
    kind, target = kind_of(request), steps.next_of(request)
    row = steps.pending(request, Purpose.SIGN_IN)
    if row is None or row.state != steps.State.CONFIRMED:
        return HttpResponseRedirect(steps.with_query("my-sign-in", who=_who(kind), next=target, over="1"))
    is_enterprise = kind == User.Kind.ENTERPRISE
    text = consents.text(consents.PRIVACY)
    form = WelcomeForm(request.POST or None, initial={"version": text.version}, is_enterprise=is_enterprise)
    if request.method == "POST" and form.is_valid():
        is_minor = form.cleaned_data.get("age") == "minor"
        try:
            signed_in = actions.sign_up(
                steps.token_of(request),
                kind,
                consent_version=form.cleaned_data["version"],
                is_minor=is_minor,
                device=device_of(request),
                address=steps.address_of(request),
            )
        except Refused as refusal:
            form.refuse(None, refusal)
        else:
            goal = steps.with_query("my-guardian", next=target) if is_minor else target
            return steps.end(start(request, HttpResponseRedirect(goal), signed_in))
    return render(request, "portal/my/welcome.html", {"form": form, "text": text, "masked": queries.masked_telephone_of(row)})


@require_POST
@private
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    session = session_of(request)
    if session is not None:
        actions.end_session(session.user, session.pk)
    return forget(HttpResponseRedirect("/"))


@citizen_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Before what matters: a code to one's own telephone. First a button, then the digits."""
    session, target = session_of(request), steps.next_of(request)
    if session is None:
        raise Http404
    if queries.is_confirmed(session):
        return HttpResponseRedirect(target)
    row = steps.pending(request, Purpose.CONFIRM)
    refusal = ""
    if row is None or row.user_id != session.user_id or row.state != steps.State.OPEN:
        if request.method == "POST":
            try:
                return steps.begin("my-confirm", actions.start_own_verification(session.user, address=steps.address_of(request)), next=target)
            except Refused as refused:
                refusal = str(refused)
        words = {"telephone": queries.own_data(session.user).telephone, "refusal": refusal, "target": target, "outbox": has_outbox(request)}
        return render(request, "portal/my/confirm.html", words)

    def go_on(token: str) -> HttpResponse:
        actions.confirm_session(session, token)
        return steps.end(HttpResponseRedirect(target))

    found = steps.answer(request, Purpose.CONFIRM, "my-confirm", go_on, next=target)
    if isinstance(found, HttpResponse):
        return found
    words = {"form": found, "masked": queries.masked_telephone_of(row), "title": "确认是您本人", "button": "确认", "back": "/my/"}
    return render(request, "portal/my/code.html", words | {"outbox": has_outbox(request), "again": "again" in request.GET})
