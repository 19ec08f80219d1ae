"""Export my data; delete my account."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from lianxin.foundation.errors import Refused
from lianxin.identity import actions, queries
from lianxin.identity.citizen_web import citizen_required, forget
from lianxin.portal.my import steps
from lianxin.portal.my.account import current, show
from lianxin.portal.my.forms import DeleteForm


@citizen_required
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """Ask for a copy; see when it is ready."""
    user = current(request).user
    if request.method == "POST":
        actions.request_export(user)
        return HttpResponseRedirect(steps.with_query("my-export"))
    return show(request, "export", rows=queries.exports_of(user), now=timezone.now(), over="over" in request.GET)


@require_safe
@citizen_required
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """The archive, for its owner with a fresh proof."""
    session = current(request)
    if not queries.is_confirmed(session):
        return HttpResponseRedirect(steps.with_query("my-confirm", next=request.path))
    try:
        content = actions.fetch_export(session.user, pk)
    except Refused:
        return HttpResponseRedirect(steps.with_query("my-export", over="1"))
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return response


@citizen_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """What a deletion means, and doing it."""
    session = current(request)
    if not queries.is_confirmed(session):
        return HttpResponseRedirect(steps.with_query("my-confirm", next=request.path))
    form = DeleteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            deleted = actions.delete_account(session)
        except Refused as refusal:
            form.refuse(None, refusal)
        else:
            return forget(render(request, "portal/my/deleted.html", {"kept": deleted.kept}))
    return show(request, "delete", form=form, outlook=actions.deletion_outlook(session.user))
