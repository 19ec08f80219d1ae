"""The public side: how petitions go and what belongs elsewhere, writing one, the code, the receipt, asking for a review."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxin.casework import clocks, kinds
from lianxin.casework.models import Case
from lianxin.casework.rules import rules_in_force
from lianxin.foundation.errors import Refused
from lianxin.identity import queries as citizens
from lianxin.identity.actions import hash_token
from lianxin.identity.citizen_web import citizen_of, private
from lianxin.identity.models import Level
from lianxin.identity.numbers import masked_telephone
from lianxin.letters import actions as letters
from lianxin.letters import browser
from lianxin.letters.actions.sending import is_verified
from lianxin.letters.forms import CodeForm
from lianxin.letters.models import Draft
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import OfficeFunction
from lianxin.petitions import actions, writing
from lianxin.petitions.kinds import PETITION, REPORT
from lianxin.petitions.public_forms import KINDS, ReviewForm, WriteForm
from lianxin.petitions.writing import Content, with_draft
from lianxin.triage import queries as triage

_REVIEW = re.compile(r"复查|复核|答复意见书|(?<![A-Z])(?:XF|FC)\d{10}")


@require_safe
@private
def page(request: HttpRequest) -> HttpResponse:
    """``/petitions/``: how it goes, with which limits, and what others decide."""
    limits = {rule.code: f"{rule.threshold} {rule.get_unit_display()}" for rule in rules_in_force()}
    extension = next((rule.extension for rule in rules_in_force() if rule.code == "X03"), 0)
    context = {"limits": limits, "extension": extension, "office": organisations.office(OfficeFunction.Function.PETITION_BUREAU)}
    return render(request, "petitions/page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
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
    draft = actions.keep(draft, form.typed(content))
    if "drop" in request.POST:
        number = request.POST["drop"]
        letters.drop_file(draft, int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0)
        return HttpResponseRedirect("/petitions/write/#files")
    valid = form.is_valid()
    try:
        letters.add_files(draft, form.cleaned_data.get("attachments") or [], address=browser.address_of(request))
    except Refused as refusal:
        form.refuse("attachments", refusal)
        valid = False
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
@with_draft
def forget(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Throw the draft away, or begin the next one."""
    if draft.sent_at is None and draft.pk is not None:
        letters.forget_draft(draft)
    return writing.begin_anew(HttpResponseRedirect("/petitions/write/"))


@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def code(request: HttpRequest, draft: Draft) -> HttpResponse:
    """A guest types the code; it goes."""
    if draft.sent_at is not None:
        return HttpResponseRedirect("/petitions/done/")
    row = citizens.pending_verification(hash_token(draft.verification)) if draft.verification else None
    if row is None and not is_verified(draft):
        return HttpResponseRedirect("/petitions/write/")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and (is_verified(draft) or form.is_valid()):
        try:
            if not is_verified(draft):
                draft = letters.verify(draft, form.cleaned_data["code"], address=browser.address_of(request))
            actions.send(None, draft, address=browser.address_of(request))
        except Refused as refusal:
            draft.refresh_from_db()
            form.refuse("code", refusal)
        else:
            return HttpResponseRedirect("/petitions/done/")
    masked = masked_telephone(draft.telephone) if row is None else citizens.masked_telephone_of(row)
    words = {"form": form, "masked": masked, "verified": is_verified(draft), "outbox": browser.has_outbox(request)}
    return render(request, "petitions/code.html", words)


@require_http_methods(["GET", "HEAD"])
@with_draft
def done(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The receipt, for two hours in the browser that wrote."""
    receipt = letters.receipt_of(draft)
    if receipt is None:
        response = HttpResponseRedirect("/petitions/write/")
        return writing.begin_anew(response) if draft.sent_at is not None else response
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
