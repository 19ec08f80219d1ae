"""What the screens of this room share: one form for one deed, refusals shown where they help."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from lianxin.foundation.errors import Forbidden, Refused

View = Callable[..., HttpResponseBase]
Deed = Callable[[dict[str, Any]], Any]


def polite(view: View) -> View:
    """Show a refusal as a message on the list, when the view has no better place for it."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("organisations_desk:people")

    return wrapped


def deed_page(
    request: HttpRequest,
    form: BaseForm,
    perform: Callable[[dict[str, Any]], HttpResponse],
    *,
    title: str,
    button: str,
    back: str,
    lead: str = "",
    template: str = "organisations/desk/deed.html",
    more: Callable[[], dict[str, Any]] = dict,
) -> HttpResponse:
    """One form, one deed: show the form, perform; a refusal is shown at the form's head. ``more`` is asked when the form is to be shown."""
    if request.method == "POST" and form.is_valid():
        try:
            return perform(form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "page_title": title, "button": button, "back": back, "lead": lead, "header_icon": "group"} | more()
    return render(request, template, context, status=200 if request.method == "GET" else 422)


def require(allowed: bool) -> None:
    if not allowed:
        raise Forbidden("这一页由单位管理员或系统管理员使用。需要办理，请联系本单位管理员。")
