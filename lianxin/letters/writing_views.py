"""Writing a letter: the page, the look at it before it goes, the code, the receipt. All private; every step works without JavaScript."""

import sys
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.casework.actions.common import clean
from lianxin.foundation.errors import Refused
from lianxin.identity import queries as citizens
from lianxin.identity.citizen_web import citizen_of
from lianxin.identity.models import Level, User
from lianxin.letters import actions, browser, channels, draft_pages, queries, routing
from lianxin.letters.actions.sending import first_words
from lianxin.letters.forms import GuestForm, LetterForm
from lianxin.letters.kinds import BOARD, MAILBOX
from lianxin.letters.models import Draft
from lianxin.letters.writing import Written
from lianxin.triage import inspection, suggestions
from lianxin.triage import queries as triage

_WARNED = (inspection.Kind.IDENTITY, inspection.Kind.CARD, inspection.Kind.PHONE, inspection.Kind.PLATE)
# A unit is offered when it has so much of the evidence; below that the office knows better.
_SURE = 0.4


@require_http_methods(["GET", "HEAD", "POST"])
@browser.LETTER.opened
def write(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The one box (我要反映)."""
    if draft.sent_at is not None:
        # Going back to the form of a letter that was sent shows its receipt; a new letter begins with the button there.
        return HttpResponseRedirect("/write/done/")
    content = actions.written(draft)
    if request.method != "POST":
        return _form(request, draft, LetterForm(initial=_initial(request, content)))
    form = LetterForm(request.POST, request.FILES)
    draft = actions.save_draft(draft, form.typed(content))
    if draft_pages.drops_file(request, draft):
        return HttpResponseRedirect("/write/#files")
    valid = form.is_valid()
    valid = draft_pages.takes_files(request, draft, form) and valid
    return HttpResponseRedirect("/write/check/") if valid else _form(request, draft, form)


def _initial(request: HttpRequest, content: Written) -> dict[str, Any]:
    """The draft, and whom the link that led here meant."""
    found = vars(content).copy()
    if request.GET.get("to") in channels.choices():
        found["to"] = request.GET["to"]
    for name in ("unit", "leader"):
        if request.GET.get(name):
            found |= {"to": name, name: request.GET[name][:60]}
    return found


def _form(request: HttpRequest, draft: Draft, form: LetterForm) -> HttpResponse:
    limits = {kind: queries.due_preview(kind) for kind in (BOARD, MAILBOX)}
    return render(
        request,
        "letters/write.html",
        {"form": form, "files": list(draft.files.all()) if draft.pk else [], "limits": limits, "names": queries.kind_names()},
    )


@require_POST
@browser.LETTER.opened
def keep(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Keep what has been typed so far; asked for by the page while somebody writes."""
    return draft_pages.keep(draft, LetterForm(request.POST).typed(actions.written(draft)))


@require_POST
@browser.LETTER.opened
def forget(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Throw the draft away, or begin the next letter after one was sent."""
    return draft_pages.forget(draft, browser.LETTER, "/write/")


@require_http_methods(["GET", "HEAD", "POST"])
@browser.LETTER.opened
def check(request: HttpRequest, draft: Draft) -> HttpResponse:
    """A look at the letter before it goes: what should not stand in it, who else decides, who had the same question, and who writes."""
    if draft.sent_at is not None:
        return HttpResponseRedirect("/write/done/")
    content = actions.written(draft)
    if not content.text.strip():
        return HttpResponseRedirect("/write/")
    user = citizen_of(request)
    form = GuestForm(request.POST if request.method == "POST" and user is None else None, initial={"name": content.name})
    if request.method == "POST":
        content = _choose(request, content)
        draft = actions.save_draft(draft, content)
        answer = _send(request, draft, form) if user is not None else _go_on_as_guest(request, draft, content, form)
        if answer is not None:
            return answer
    return render(request, "letters/check.html", _look(request, draft, content, user) | {"form": form})


def _choose(request: HttpRequest, content: Written) -> Written:
    """What was chosen below the letter: to join a matter, to go straight to the unit that was offered."""
    given = replace(content, join=request.POST.get("join", "")[:40], name=request.POST.get("name", content.name)[:40])
    straight = request.POST.get("straight", "")[:60]
    return replace(given, to="unit", unit=straight) if straight and given.to == "office" and not given.join else given


def _go_on_as_guest(request: HttpRequest, draft: Draft, content: Written, form: GuestForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    try:
        routing.route(content, is_real_name=False)
        actions.ask_for_code(draft, form.cleaned_data["telephone"], address=browser.address_of(request))
    except Refused as refusal:
        form.refuse("telephone" if "手机" in str(refusal) or "验证码" in str(refusal) else None, refusal)
        return None
    return HttpResponseRedirect("/write/code/")


def _send(request: HttpRequest, draft: Draft, form: Any) -> HttpResponse | None:
    try:
        actions.send(citizen_of(request), draft)
    except Refused as refusal:
        form.refuse(None, refusal)
        return None
    return HttpResponseRedirect("/write/done/")


def _look(request: HttpRequest, draft: Draft, content: Written, user: User | None) -> dict[str, Any]:
    # As it will be sent: signs that turn the direction of writing or that nobody sees are dropped, and would turn this page too.
    seen = {name: clean(getattr(content, name), "", longest=sys.maxsize, required=False) for name in ("subject", "text", "place")}
    content = replace(content, **seen)
    whole = f"{content.subject}\n{content.text}"
    matters = queries.open_matters(whole)
    is_real_name = user is not None and citizens.level_of(user) >= Level.REAL_NAME
    try:
        route = routing.route(content, is_real_name)
    except Refused:
        route = None
    kind = route.kind if route else MAILBOX
    return {
        "content": content,
        "subject": content.subject or first_words(content.text),
        "files": list(draft.files.all()),
        "private": _private_parts(whole),
        "elsewhere": triage.where_else(whole),
        "answered": queries.answered_like(whole),
        "matters": matters,
        "offer": _offer(content, whole) if not matters and content.to == "office" else None,
        "route": route,
        # Whom the writer chose stands there too while he has not signed in yet, and there is no way to send it.
        "leader": queries.leaders().filter(slug=content.leader).first() if content.to == "leader" else None,
        "kind_name": queries.kind_names()[kind],
        "limit": queries.due_preview(kind),
        "user": user,
        "own": citizens.own_data(user) if user is not None else None,
        "refusal": citizens.refusal_below(user, Level.REAL_NAME if routing.needs_real_name(content) else Level.TELEPHONE),
        "needs_real_name": routing.needs_real_name(content),
    }


def _private_parts(text: str) -> list[tuple[str, str, str]]:
    """What in a letter should not be there: (what it is, as it stands, what to do)."""
    found = [finding for finding in inspection.inspect(text) if finding.kind in _WARNED]
    return [(finding.kind.label, text[finding.start : finding.end][:40], finding.advice) for finding in found[:10]]


def _offer(content: Written, text: str) -> suggestions.Suggestion | None:
    found = suggestions.suggest_unit(text, content.place, limit=1)
    if not found or found[0].score < _SURE or not queries.boards().filter(pk=found[0].organisation.pk).exists():
        return None
    return found[0]


@require_http_methods(["GET", "HEAD", "POST"])
@browser.LETTER.opened
def code(request: HttpRequest, draft: Draft) -> HttpResponse:
    """A guest types the code; the letter goes."""
    return draft_pages.code(
        request,
        draft,
        lambda verified: actions.send(citizen_of(request), verified),
        template="letters/code.html",
        back="/write/check/",
        done="/write/done/",
    )


@require_http_methods(["GET", "HEAD"])
@browser.LETTER.opened
def done(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The receipt, for two hours in the browser that sent the letter."""
    receipt = actions.receipt_of(draft)
    if receipt is None:
        response = HttpResponseRedirect("/write/")
        return browser.LETTER.forget(response) if draft.sent_at is not None else response
    clock, days = queries.ledger_lines(receipt.case)
    holder = {
        "receipt": receipt,
        "case": receipt.case,
        "kind_name": queries.kind_names()[receipt.case.kind],
        "clock": clock,
        "days": days,
        "due": days[-1].date if days else None,
        "unit": queries.unit_with(receipt.case),
        "user": citizen_of(request),
        "joined": receipt.case.cluster,
    }
    return render(request, "letters/done.html", holder)
