"""The petition bureau's counter: what waits and runs out, what came on paper, notices as PDF, the list as a file."""

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianxin.casedesk.common import case_for, key_of, shown_key
from lianxin.casedesk.lists import lines
from lianxin.casedesk.queries import official
from lianxin.casework import kinds
from lianxin.casework.actions import Receipt
from lianxin.figures.exports import FORMATS, download
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.petitions import actions, queries
from lianxin.petitions.forms import ListForm, RegisterForm
from lianxin.petitions.kinds import ALL, REVIEW
from lianxin.petitions.queries import Filters


def _require_bureau(request: HttpRequest) -> None:
    if not queries.is_bureau(request.user):
        raise PermissionDenied


def _filters(given: Any) -> Filters:
    form = ListForm(given)
    return Filters(**form.cleaned_data) if form.is_valid() else Filters()


@require_GET
def counter(request: HttpRequest) -> HttpResponse:
    """The bureau's cases by state and limit."""
    _require_bureau(request)
    filters = _filters(request.GET)
    cases, after = queries.page(request.user, filters, key_of(request))
    counted = queries.numbers(request.user)
    asked = request.GET.copy()
    asked.pop("after", None)
    context = {
        "page_title": "信访办理",
        "states": [(code, label, counted[code], code == filters.state) for code, (label, _) in queries.STATES.items()],
        "clocks": [(code, label, code == filters.clock) for code, label in queries.CLOCKS.items()],
        "kinds": [("", "全部类别", not filters.kind), *((code, kinds.kind(code).name, code == filters.kind) for code in ALL)],
        "filters": filters,
        "lines": lines(cases),
        "after": shown_key(after),
        "asked": asked.urlencode(),
        "formats": list(FORMATS),
    }
    return render(request, "petitions/counter.html", context)


@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Register what came on paper, in person or by telephone; the answer is its receipt, to be printed."""
    _require_bureau(request)
    form = RegisterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            receipt = _registered(request, form)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return _receipt(request, receipt)
    return render(request, "petitions/register.html", {"page_title": "登记来信来访", "form": form}, status=422 if form.is_bound else 200)


def _registered(request: HttpRequest, form: RegisterForm) -> Receipt:
    given = form.cleaned_data
    if given["kind"] == REVIEW:
        earlier = official(request.user).filter(number=given["earlier"].strip().upper()).first()
        if earlier is None:
            raise Refused(f"没有找到编号为 {given['earlier'].strip()} 的件，请核对。")
        return actions.ask_review(
            request.user, earlier, token=given["token"], reason=given["text"], channel=given["channel"], received_on=given["received_on"]
        )
    return actions.register(
        request.user,
        given["kind"],
        token=given["token"],
        subject=given["subject"],
        text=given["text"],
        place=given["place"],
        petitioner=form.petitioner(),
        channel=given["channel"],
        received_on=given["received_on"],
        about=form.about,
    )


def _receipt(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    """Number and secret, shown once: in no address, and kept nowhere on the way."""
    mine = official(request.user).filter(pk=receipt.case.pk).exists()
    context = {"page_title": "已经登记", "receipt": receipt, "case": receipt.case, "kind": kinds.kind(receipt.case.kind).name, "mine": mine}
    response = render(request, "petitions/receipt.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
def notice(request: HttpRequest, number: str, seq: str) -> HttpResponse:
    """A notice as PDF."""
    case = case_for(request.user, number)
    found = queries.notice(case, int(seq)) if queries.may_take_notices(request.user, case) else None
    if found is None:
        raise Http404
    try:
        made = actions.take_notice(request.user, case, found)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("casedesk:case", number)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(f'{found.title}{case.number}.pdf')}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The list as CSV or XLSX: numbers, days and units, no person."""
    try:
        rows = actions.take_list(request.user, _filters(request.POST))
    except Forbidden as error:
        raise PermissionDenied from error
    chosen = request.POST.get("format", "")
    response = download(chosen if chosen in FORMATS else "csv", "petitions", queries.HEAD, rows)
    response["Cache-Control"] = "private, no-store"
    return response
