"""The public side: how petitions go and what belongs elsewhere, writing one, the code, the receipt, asking for a review."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxin.casework import clocks, kinds
from lianxin.casework.models import Case
from lianxin.foundation.errors import Refused
from lianxin.foundation.pagestore import keeps
from lianxin.identity import queries as citizens
from lianxin.identity.citizen_web import citizen_of, private
from lianxin.identity.models import Level
from lianxin.letters import actions as letters
from lianxin.letters import browser, draft_pages
from lianxin.letters.models import Draft
from lianxin.petitions import actions, queries, writing
from lianxin.petitions.kinds import PETITION, REPORT
from lianxin.petitions.public_forms import KINDS, ReviewForm, WriteForm
from lianxin.petitions.writing import Content
from lianxin.triage import queries as triage

_COOKIE = browser.DraftCookie("petition_draft", "/petitions/")
_REVIEW = re.compile(r"复查|复核|答复意见书|(?<![A-Z])(?:XF|FC)\d{10}")


@require_safe
@keeps()
def page(request: HttpRequest) -> HttpResponse:
    """``/petitions/``: how it goes, with which limits, and what others decide."""
    return render(request, "petitions/page.html", vars(queries.course()))


@require_http_methods(["GET", "HEAD", "POST"])
@_COOKIE.opened
def write(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The form. What others decide is said once before it goes; the writer may still send it."""
    if draft.sent_at is not None:
        return HttpResponseRedirect("/petitions/done/")
    content = writing.read(draft)
    is_guest = citizen_of(request) is None
    if request.method != "POST":
        asked = request.GET.get("kind", "")
        initial = vars(content) | ({"kind": asked} if asked in dict(KINDS) else {})
        return _form(request, draft, WriteForm(initial=initial, is_guest=is_guest))
    form = WriteForm(request.POST, request.FILES, is_guest=is_guest)
    draft = letters.save_draft(draft, form.typed(content))
    if draft_pages.drops_file(request, draft):
        return HttpResponseRedirect("/petitions/write/#files")
    valid = form.is_valid()
    valid = draft_pages.takes_files(request, draft, form) and valid
    hints = _hints(writing.read(draft)) if valid and not form.cleaned_data["seen"] else {}
    if not valid or any(hints.values()):
        return _form(request, draft, form, hints)
    return _go_on(request, draft, form) or _form(request, draft, form)


def _hints(content: Content) -> dict[str, Any]:
    """What the writer should see before it goes: who else decides, and that a review has a way of its own."""
    whole = f"{content.subject}\n{content.text}"
    return {"elsewhere": triage.where_else(whole), "review": bool(_REVIEW.search(whole))}


def _form(request: HttpRequest, draft: Draft, form: WriteForm, hints: dict[str, Any] | None = None) -> HttpResponse:
    user = citizen_of(request)
    context = {
        "form": form,
        "files": list(draft.files.all()) if draft.pk else [],
        "user": user,
        "refusal": citizens.refusal_below(user, Level.REAL_NAME) if user is not None else "",
        "hints": hints or {},
        "is_seen": bool(hints) and any((hints or {}).values()),
    }
    return render(request, "petitions/write.html", context)


def _go_on(request: HttpRequest, draft: Draft, form: WriteForm) -> HttpResponse | None:
    given = form.cleaned_data
    user = citizen_of(request)
    try:
        if user is None and given["kind"] != PETITION and not (given["kind"] == REPORT and given["nameless"]):
            letters.ask_for_code(draft, given["telephone"], address=browser.address_of(request))
            return HttpResponseRedirect("/petitions/code/")
        actions.send(user, draft, address=browser.address_of(request))
    except Refused as refusal:
        form.refuse("telephone" if user is None and "手机" in str(refusal) else None, refusal)
        return None
    return HttpResponseRedirect("/petitions/done/")


@require_POST
@_COOKIE.opened
def keep(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Keep what has been typed so far; asked for by the page while somebody writes."""
    form = WriteForm(request.POST, is_guest=citizen_of(request) is None)
    return draft_pages.keep(draft, form.typed(writing.read(draft)))


@require_POST
@_COOKIE.opened
def forget(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Throw the draft away, or begin the next one."""
    return draft_pages.forget(draft, _COOKIE, "/petitions/write/")


@require_http_methods(["GET", "HEAD", "POST"])
@_COOKIE.opened
def code(request: HttpRequest, draft: Draft) -> HttpResponse:
    """A guest types the code; it goes."""
    return draft_pages.code(
        request,
        draft,
        lambda verified: actions.send(None, verified, address=browser.address_of(request)),
        template="petitions/code.html",
        back="/petitions/write/",
        done="/petitions/done/",
    )


@require_http_methods(["GET", "HEAD"])
@_COOKIE.opened
def done(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The receipt, for two hours in the browser that wrote."""
    receipt = letters.receipt_of(draft)
    if receipt is None:
        response = HttpResponseRedirect("/petitions/write/")
        return _COOKIE.forget(response) if draft.sent_at is not None else response
    return render(request, "petitions/done.html", _receipt(receipt.case, receipt.shown_secret))


def _receipt(case: Case, secret: str) -> dict[str, Any]:
    due = clocks.last_day(case.due_at) if case.due_at is not None else None
    return {"case": case, "secret": secret, "kind_name": kinds.kind(case.kind).name, "due": due, "is_petition": case.kind == PETITION}


@require_http_methods(["GET", "HEAD", "POST"])
@private
def review(request: HttpRequest) -> HttpResponse:
    """Number, secret and why: the review of a petition's answer. Wrong ones are answered alike, whichever was wrong."""
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            holder = letters.open_letter(given["number"], given["secret"], address=browser.address_of(request))
            earlier = Case.objects.get(pk=holder.case_id)
            receipt = actions.ask_review(holder, earlier, token=given["token"], reason=given["reason"])
        except Refused as refusal:
            form.refuse(None, refusal)
        else:
            return render(request, "petitions/done.html", _receipt(receipt.case, receipt.shown_secret))
    return render(request, "petitions/review.html", {"form": form})
