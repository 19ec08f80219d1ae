"""The person's own pages: overview, profile, who read what, consents, devices; the texts; and the development outbox."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from lianxin.foundation import sms
from lianxin.foundation.errors import Refused
from lianxin.identity import actions, queries, registry
from lianxin.identity import consents as texts
from lianxin.identity.citizen_web import citizen_required, forget, private, session_of
from lianxin.identity.models import CitizenSession, Level, User
from lianxin.portal.my.forms import ProfileForm
from lianxin.portal.my.sign_in import has_outbox
from lianxin.portal.my.steps import with_query

READINGS_SHOWN = 20
DONE = {
    "profile": "资料已保存。",
    "telephone": "手机号已更换。下次请用新手机号登录。",
    "real-name": "实名核验已通过。",
    "guardian": "监护人同意已登记，现在可以办事了。",
    "consent": "同意已撤回。",
    "session": "那台设备已退出登录。",
    "sessions": "其他设备都已退出登录。",
}


def current(request: HttpRequest) -> CitizenSession:
    """The session, in views that ``citizen_required`` guards."""
    session = session_of(request)
    if session is None:
        raise Http404
    return session


def show(request: HttpRequest, template: str, **words: object) -> HttpResponse:
    """A page in the frame of ``/my/``: who this is, what was just done, and the rest."""
    user = current(request).user
    frame = {
        "user": user,
        "citizen": user.citizen,
        "own": queries.own_data(user),
        "level": queries.level_of(user),
        "levels": Level,
        "is_enterprise": user.kind == User.Kind.ENTERPRISE,
        "lacks_guardian": user.citizen.is_minor and not queries.has_guardian_consent(user),
        "done": DONE.get(request.GET.get("done", ""), ""),
    }
    return render(request, f"portal/my/{template}.html", frame | words)


@require_safe
@citizen_required
def overview(request: HttpRequest) -> HttpResponse:
    """Where everything is."""
    user = current(request).user
    readings = queries.readings_of(user, count=1)
    return show(
        request,
        "overview",
        places=registry.my_places(user),
        last_reading=readings[0] if readings else None,
        devices=len(queries.sessions_of(user)),
    )


@citizen_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """How the person is addressed and told."""
    user = current(request).user
    initial = {"display_name": queries.own_data(user).display_name, "sms_notices": user.citizen.sms_notices}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST":
        form = ProfileForm(request.POST)
        if form.is_valid():
            try:
                actions.change_profile(user, **form.cleaned_data)
            except Refused as refusal:
                form.refuse("display_name", refusal)
            else:
                return HttpResponseRedirect(with_query("my-profile", done="profile"))
    return show(request, "profile", form=form)


@require_safe
@citizen_required
def readings(request: HttpRequest) -> HttpResponse:
    """Who read which of the person's data, when, why."""
    before = request.GET.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) < 18):
        raise Http404
    rows = queries.readings_of(current(request).user, int(before) if before else None, READINGS_SHOWN + 1)
    older = rows[READINGS_SHOWN - 1].pk if len(rows) > READINGS_SHOWN else None
    return show(request, "readings", rows=rows[:READINGS_SHOWN], older=older, is_first=not before)


@citizen_required
@require_http_methods(["GET", "HEAD", "POST"])
def consents(request: HttpRequest) -> HttpResponse:
    """What the person agreed to; withdrawing."""
    user = current(request).user
    refusal = ""
    if request.method == "POST":
        try:
            actions.withdraw_consent(user, request.POST.get("kind", ""))
        except Refused as refused:
            refusal = str(refused)
        else:
            return HttpResponseRedirect(with_query("my-consents", done="consent"))
    rows = [(row, texts.title(row.kind)) for row in queries.consents_of(user)]
    return show(request, "consents", rows=rows, refusal=refusal, privacy=texts.PRIVACY, sensitive=texts.SENSITIVE)


@require_safe
@private
def text(request: HttpRequest, kind: str) -> HttpResponse:
    """A text that is consented to, for everybody."""
    try:
        found = texts.text(kind)
    except KeyError:
        raise Http404 from None
    return render(request, "portal/my/text.html", {"text": found})


@citizen_required
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """The devices that are signed in; signing them out."""
    session = current(request)
    if request.method == "POST":
        return _end(session, request.POST.get("end", ""))
    return show(request, "sessions", rows=queries.sessions_of(session.user), here=session)


def _end(session: CitizenSession, which: str) -> HttpResponse:
    if which == "others":
        actions.end_citizen_sessions(session.user, but=session)
        return HttpResponseRedirect(with_query("my-sessions", done="sessions"))
    if which == "all":
        actions.end_citizen_sessions(session.user)
        return forget(HttpResponseRedirect("/"))
    if which.isascii() and which.isdigit() and len(which) < 18:
        actions.end_session(session.user, int(which))
    return HttpResponseRedirect(with_query("my-sessions", done="session"))


@require_safe
@private
def outbox(request: HttpRequest) -> HttpResponse:
    """The short messages of the last minutes, on a developer's own machine only."""
    if not has_outbox(request):
        raise Http404
    return render(request, "portal/my/outbox.html", {"messages": sms.outbox()})
