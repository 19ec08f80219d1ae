"""The operator's screens: a caller on the line, the receipt that is read to him, the scripts."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lianxin.casedesk.options import category_options, unit_options
from lianxin.casework import clocks, sealing
from lianxin.foundation.errors import Refused
from lianxin.hotline import actions, queries
from lianxin.hotline.actions.sheets import RECEIPT_SHOWN_FOR
from lianxin.hotline.forms import KeyForm, ScriptForm
from lianxin.hotline.kinds import NAME, SORTS
from lianxin.hotline.models import Call, Script, Sheet, SystemKey
from lianxin.hotline.typed import Typed
from lianxin.organisations import queries as organisations

View = Callable[..., HttpResponse]


def operators(view: View) -> View:
    """For whoever takes calls for the hotline office; where none was named yet, a sentence says who names it."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if queries.office() is None:
            return render(request, "hotline/no_office.html", {"page_title": NAME})
        if not queries.takes_calls(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return opened


# --- a caller on the line --------------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@operators
def call(request: HttpRequest) -> HttpResponse:
    """The screen for a caller on the line: typed, looked up, answered at once or given out."""
    sheet = actions.open_sheet(request.user)
    if request.method != "POST":
        return _screen(request, sheet)
    deed = request.POST.get("deed", "look")
    if str(sheet.pk) != request.POST.get("sheet", str(sheet.pk)):
        return _sent_before(request)
    sheet = actions.keep_sheet(request.user, sheet, Typed.of(request.POST))
    if deed == "clear":
        actions.clear_sheet(request.user, sheet)
        messages.success(request, "已清空，可以接下一个来电。")
        return redirect("hotline:call")
    try:
        if request.POST.get("take"):
            actions.take_call(request.user, sheet, _call(request.POST["take"]))
            return redirect("hotline:call")
        if deed in actions.Way.values:
            receipt = actions.register(request.user, sheet, deed)
            return redirect("hotline:receipt", receipt.case.number)
    except Refused as refusal:
        return _screen(request, sheet, str(refusal), Typed.of(request.POST))
    return _screen(request, sheet)


def _call(pk: str) -> Call:
    return get_object_or_404(Call, pk=pk if pk.isdecimal() and len(pk) < 18 else 0)


def _sent_before(request: HttpRequest) -> HttpResponse:
    """A form that was sent already, by a second press or from another window: its receipt, or the sheet of now."""
    pk = request.POST.get("sheet", "")
    sent = Sheet.objects.filter(pk=pk if pk.isdecimal() and len(pk) < 18 else 0, operator=request.user).select_related("case").first()
    if sent is not None and sent.case is not None:
        return redirect("hotline:receipt", sent.case.number)
    messages.warning(request, "这份登记已经清空，请在新的登记里填写。")
    return redirect("hotline:call")


def _screen(request: HttpRequest, sheet: Sheet, error: str = "", typed: Typed | None = None) -> HttpResponse:
    typed = typed or Typed.unpacked(sheet.content)
    beside = _beside(request, sheet)
    suggested = {one.category.code for one in beside["panels"].categories}
    context = beside | {
        "page_title": "接听来电",
        "typed": typed,
        "sorts": list(SORTS.items()),
        "other_units": unit_options(typed.other_unit),
        "all_categories": category_options("" if typed.category in suggested else typed.category),
        "error": error,
    }
    return render(request, "hotline/call.html", context, status=422 if error else 200)


def _beside(request: HttpRequest, sheet: Sheet) -> dict[str, Any]:
    found = queries.ringing(request.user)
    return {"sheet": sheet, "ringing": found, "panels": queries.panels(request.user, sheet), "typed": Typed.unpacked(sheet.content)}


@require_POST
@operators
def look(request: HttpRequest) -> HttpResponse:
    """Keep what was typed so far, and what stands beside it now; asked for by the page while the operator types."""
    sheet = queries.sheet_of(request.user)
    if sheet is None or str(sheet.pk) != request.POST.get("sheet"):
        return HttpResponse(status=409)
    sheet = actions.keep_sheet(request.user, sheet, Typed.of(request.POST))
    return render(request, "hotline/beside.part.html", _beside(request, sheet))


@require_GET
@operators
def ringing(request: HttpRequest) -> HttpResponse:
    """The calls that nobody has registered yet; asked for by the page every few seconds."""
    return render(request, "hotline/ringing.part.html", {"ringing": queries.ringing(request.user), "sheet": queries.sheet_of(request.user)})


@require_http_methods(["GET", "POST"])
@operators
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """What the operator reads to the caller: number and secret, for two hours, for whoever registered it."""
    since = timezone.now() - RECEIPT_SHOWN_FOR
    sheet = get_object_or_404(Sheet.objects.select_related("case__lead"), operator=request.user, case__number=number, sent_at__gt=since)
    case = sheet.case
    assert case is not None
    if request.method == "POST":
        try:
            actions.text_receipt(request.user, sheet)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "编号和查询码已用短信发给来电人。")
        return redirect("hotline:receipt", number)
    context = {
        "page_title": f"已登记 {number}",
        "case": case,
        "sort": SORTS.get(case.sub_state, ""),
        "texted_at": sheet.texted_at,
        "may_text": actions.may_text(sheet),
        "secret": sealing.shown(sealing.access_secret(sheet.token)),
        "due": clocks.last_day(case.due_at) if case.due_at else None,
        "seconds": round((sheet.sent_at - sheet.begun_at).total_seconds()) if sheet.sent_at else 0,
    }
    return render(request, "hotline/receipt.html", context)


# --- figures and keys -----------------------------------------------------------------------------------------------------------------


@require_GET
@operators
def figures(request: HttpRequest) -> HttpResponse:
    """How quickly calls were answered (GB/T 33358), by day, and what callers said afterwards."""
    context = {
        "page_title": "接听情况",
        "days": queries.days_of_calls(),
        "standard": queries.standard(),
        "satisfaction": queries.satisfaction(),
        "web": queries.web_column(request.user),
    }
    return render(request, "hotline/figures.html", context)


@require_http_methods(["GET", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """Keys of telephone systems: made, shown once, ended. For administrators."""
    if not organisations.is_administrator(request.user):
        raise PermissionDenied
    form, made = KeyForm(request.POST or None), ""
    if request.method == "POST":
        if request.POST.get("revoke"):
            pk = request.POST["revoke"]
            actions.revoke_key(request.user, get_object_or_404(SystemKey, pk=pk if pk.isdecimal() and len(pk) < 18 else 0))
            messages.success(request, "已停用，用这个密钥再也接不进来。")
            return redirect("hotline:keys")
        if form.is_valid():
            _, made = actions.make_key(request.user, form.cleaned_data["name"])
            form = KeyForm()
    context = {"page_title": "话务系统接入", "form": form, "made": made, "rows": queries.keys()}
    return render(request, "hotline/keys.html", context, status=422 if form.is_bound else 200)


# --- scripts ---------------------------------------------------------------------------------------------------------------------------


@require_GET
@operators
def scripts(request: HttpRequest) -> HttpResponse:
    """All scripts, or those that say something about the words."""
    words = " ".join(request.GET.get("q", "").split())[:60]
    rows = queries.scripts_for(words, 50) if words else list(queries.scripts(active=False))
    return render(request, "hotline/scripts.html", {"page_title": "问答脚本", "words": words, "rows": rows})


@require_http_methods(["GET", "POST"])
@operators
def script(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One script, or a new one."""
    row = get_object_or_404(Script, pk=pk) if pk is not None else None
    form = ScriptForm(request.POST or None, script=row)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_script(request.user, row, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("question", str(refusal))
        else:
            messages.success(request, "已保存，接听来电时马上能用。")
            return redirect("hotline:scripts")
    title = "修改问答脚本" if row else "新的问答脚本"
    return render(request, "hotline/script.html", {"page_title": title, "form": form, "row": row}, status=422 if form.is_bound else 200)
