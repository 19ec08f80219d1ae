"""What every form with a draft does alike: its files, keeping while somebody types, throwing away, the page of the code."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render

from lianxin.foundation.errors import Refused
from lianxin.foundation.forms import PublicForm
from lianxin.identity import queries as citizens
from lianxin.identity.actions import hash_token
from lianxin.identity.models import TelephoneVerification
from lianxin.identity.numbers import masked_telephone
from lianxin.letters import actions, browser
from lianxin.letters.actions.sending import is_verified
from lianxin.letters.forms import CodeForm
from lianxin.letters.models import Draft


def drops_file(request: HttpRequest, draft: Draft) -> bool:
    """Take out the file whose button was pressed; whether one was."""
    if "drop" not in request.POST:
        return False
    number = request.POST["drop"]
    actions.drop_file(draft, int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0)
    return True


def takes_files(request: HttpRequest, draft: Draft, form: PublicForm) -> bool:
    """Keep the files that were chosen; False when one was refused, which the form then says. The form was validated before."""
    try:
        actions.add_files(draft, form.cleaned_data.get("attachments") or [], address=browser.address_of(request))
    except Refused as refusal:
        form.refuse("attachments", refusal)
        return False
    return True


def keep(draft: Draft, content: Any) -> JsonResponse:
    """Keep what has been typed so far; asked for by the page while somebody writes."""
    return JsonResponse({"kept": actions.save_draft(draft, content).sent_at is None})


def forget(draft: Draft, cookie: browser.DraftCookie, start: str) -> HttpResponse:
    """Throw the draft away, or begin the next one after one was sent."""
    if draft.sent_at is None and draft.pk is not None:
        actions.forget_draft(draft)
    return cookie.forget(HttpResponseRedirect(start))


def code(request: HttpRequest, draft: Draft, send: Callable[[Draft], Any], *, template: str, back: str, done: str) -> HttpResponse:
    """A guest types the code and what he wrote goes: ``send`` raises Refused for what is missing.

    ``back``: where a code is asked for; ``done``: the page with the receipt.
    """
    if draft.sent_at is not None:
        return HttpResponseRedirect(done)
    row = citizens.pending_verification(hash_token(draft.verification)) if draft.verification else None
    if row is None and not is_verified(draft):
        return HttpResponseRedirect(back)
    if "again" in request.POST and not is_verified(draft):
        return _send_again(request, draft, template, row)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and (is_verified(draft) or form.is_valid()):
        try:
            if not is_verified(draft):
                draft = actions.verify(draft, form.cleaned_data["code"], address=browser.address_of(request))
            send(draft)
        except Refused as refusal:
            draft.refresh_from_db()
            if draft.sent_at is not None:
                return HttpResponseRedirect(done)
            form.refuse("code" if not is_verified(draft) else None, refusal)
        else:
            return HttpResponseRedirect(done)
    return _code_page(request, draft, template, row, form)


def _send_again(request: HttpRequest, draft: Draft, template: str, row: TelephoneVerification | None) -> HttpResponse:
    """Another code to the same telephone: whoever waits need not type his number and agree once more."""
    try:
        actions.ask_again(draft, address=browser.address_of(request))
    except Refused as refusal:
        form = CodeForm()
        form.refuse("code", refusal)
        return _code_page(request, draft, template, row, form)
    return HttpResponseRedirect(f"{request.path}?again=1")


def _code_page(request: HttpRequest, draft: Draft, template: str, row: TelephoneVerification | None, form: CodeForm) -> HttpResponse:
    masked = masked_telephone(draft.telephone) if row is None else citizens.masked_telephone_of(row)
    words = {"form": form, "masked": masked, "verified": is_verified(draft), "outbox": browser.has_outbox(request)}
    return render(request, template, words | {"again": "again" in request.GET})
