"""Following a letter: by number and secret without an account, or below ``/my/`` with one. All private."""

from typing import Any
from urllib.parse import quote

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxin.casework import actions as casework
from lianxin.casework.models import Attachment, Case
from lianxin.foundation.errors import Refused
from lianxin.identity.citizen_web import citizen_of, citizen_required, private
from lianxin.letters import actions, browser, queries
from lianxin.letters.forms import FollowForm, RateForm, ReasonForm, TellForm

DONE = {
    "answer": "您的补充已经收到，继续办理。",
    "add": "您追加的内容已经收到。",
    "withdraw": "已经撤回，不再办理，也不会公开。",
    "rate": "谢谢您的评价。",
    "object": "您的意见已经收到，这件会重新办理。",
    "hide": "已经改为不公开。",
}
_SHOWN_AS_IS = ("image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf")


@private
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest) -> HttpResponse:
    """Number and secret of the receipt. Wrong ones are answered alike, whichever was wrong."""
    form = FollowForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number, secret = form.cleaned_data["number"], form.cleaned_data["secret"]
        try:
            actions.open_letter(number, secret, address=browser.address_of(request))
        except Refused as refusal:
            form.refuse(None, refusal)
        else:
            return browser.keep_followed(HttpResponseRedirect("/follow/letter/"), number, secret)
    return render(request, "letters/follow.html", {"form": form})


@require_POST
@private
def leave(request: HttpRequest) -> HttpResponse:
    """Close the letter in this browser."""
    return browser.forget_followed(HttpResponseRedirect("/follow/"))


@private
@require_http_methods(["GET", "HEAD", "POST"])
def followed(request: HttpRequest) -> HttpResponse:
    """The letter that this browser has opened."""
    actor = browser.followed(request)
    return HttpResponseRedirect("/follow/") if actor is None else _letter(request, actor, "", "/follow/letter/", "letters/followed.html")


@citizen_required
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest, number: str) -> HttpResponse:
    """One of the person's letters."""
    return _letter(request, citizen_of(request), number, f"/my/letters/{number}/", "letters/own.html")


@require_safe
@citizen_required
def own_list(request: HttpRequest) -> HttpResponse:
    """All letters of the person, the newest first."""
    after = request.GET.get("after", "")
    rows = queries.own_letters(citizen_of(request), int(after) if after.isascii() and after.isdigit() and len(after) < 18 else None, 21)
    words = {"rows": rows[:20], "older": rows[19].pk if len(rows) > 20 else None, "names": queries.kind_names()}
    return render(request, "letters/own_list.html", words)


def _letter(request: HttpRequest, actor: Any, number: str, here: str, template: str) -> HttpResponse:
    letter = queries.own_letter(actor, number)
    if letter is None:
        raise Http404
    forms = {"tell": TellForm(), "rate": RateForm(), "object": ReasonForm()}
    refusal = ""
    if request.method == "POST":
        deed = request.POST.get("deed", "")
        if _said_already(letter, deed, request.POST.get("text", "")):
            return HttpResponseRedirect(f"{here}?done={deed}")
        try:
            if _do(request, actor, letter.case, deed, forms):
                return HttpResponseRedirect(f"{here}?done={deed}")
        except Refused as refused:
            refusal = str(refused)
    words = {
        "letter": letter,
        "case": letter.case,
        "forms": forms,
        "refusal": refusal,
        "here": here,
        "done": DONE.get(request.GET.get("done", ""), ""),
    }
    return render(request, template, words)


def _do(request: HttpRequest, actor: Any, case: Case, deed: str, forms: dict[str, Any]) -> bool:
    """Do what was asked; False when a form has to be filled in better."""
    match deed:
        case "answer" | "add":
            form = forms["tell"] = TellForm(request.POST, request.FILES)
            if not form.is_valid():
                return False
            actions.limit_deeds(case)
            tell = casework.citizen_answered if deed == "answer" else casework.add_information
            tell(actor, case, form.cleaned_data["text"], files=form.cleaned_data["attachments"])
        case "rate":
            rating = forms["rate"] = RateForm(request.POST)
            if not rating.is_valid():
                return False
            actions.limit_deeds(case)
            casework.rate(actor, case, rating.cleaned_data["score"], rating.cleaned_data["comment"])
        case "object":
            reason = forms["object"] = ReasonForm(request.POST)
            if not reason.is_valid():
                return False
            actions.limit_deeds(case)
            casework.object_once(actor, case, reason.cleaned_data["reason"])
        case "withdraw":
            casework.withdraw(actor, case)
        case "hide":
            casework.set_visibility(actor, case, "private")
        case _:
            raise Refused("请从页面上的按钮里选择要做的事。")
    return True


def _said_already(letter: queries.OwnLetter, deed: str, text: str) -> bool:
    """Whether the same words were sent just before: a second press of the button."""
    last = next((said for said in reversed(letter.said) if said.is_own), None)
    return deed in ("answer", "add") and last is not None and last is letter.said[-1] and last.body == text.replace("\r\n", "\n").strip()


# --- files -------------------------------------------------------------------------------------------------------------------------------


@require_safe
@private
def followed_file(request: HttpRequest, seq: int) -> HttpResponse:
    """A file of the letter that this browser has opened."""
    return _file(queries.own_letter(browser.followed(request)) if browser.followed(request) else None, seq)


@require_safe
@citizen_required
def own_file(request: HttpRequest, number: str, seq: int) -> HttpResponse:
    """A file of one of the person's letters."""
    return _file(queries.own_letter(citizen_of(request), number), seq)


def _file(letter: queries.OwnLetter | None, seq: int) -> HttpResponse:
    files = [*letter.files, *(one for said in letter.said for one in said.files)] if letter is not None else []
    found = next((row for row in files if row.seq == seq), None)
    if found is None:
        raise Http404
    return send_file(found, found.name)


def send_file(row: Attachment, name: str) -> HttpResponse:
    """The content of a file, as something that runs nowhere."""
    with default_storage.open(str(row.file.name)) as file:
        response = HttpResponse(file.read(), content_type=row.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
    way = "inline" if row.content_type in _SHOWN_AS_IS else "attachment"
    response.headers["Content-Disposition"] = _disposition(way, name)
    return response


def _disposition(way: str, name: str) -> str:
    return f"{way}; filename*=UTF-8''{quote(name)}"
