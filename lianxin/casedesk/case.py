"""The page of one case, its deeds, its files and who brought it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from lianxin.casedesk import forms, panels, queries
from lianxin.casedesk.common import case_for, version_of
from lianxin.casedesk.links import links_of
from lianxin.casedesk.marks import marked
from lianxin.casedesk.view import CaseView
from lianxin.casework import actions
from lianxin.casework.models import Attachment, Case
from lianxin.casework.rights import Role, standing_of
from lianxin.foundation.errors import Refused
from lianxin.triage.inspection import inspect


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The screen that fits the person's posts."""
    roles = {post.role for post in standing_of(request.user).posts}
    for role, name in ((Role.TRIAGE, "triage"), (Role.OPERATOR, "triage"), (Role.LEADER, "leader"), (Role.SUPERVISOR, "limits")):
        if role in roles and not roles & {Role.CLERK, Role.HEAD}:
            return redirect(f"casedesk:{name}")
    if not roles & queries.STAFF_ROLES:
        raise PermissionDenied
    return redirect("casedesk:triage" if roles & {Role.TRIAGE, Role.OPERATOR} else "casedesk:unit")


@require_GET
def page(request: HttpRequest, number: str) -> HttpResponse:
    """The letter with everything around it."""
    return show(request, case_for(request.user, number))


def show(request: HttpRequest, case: Case, *, failed: panels.Panel | None = None, status: int = 200) -> HttpResponse:
    """The page; after a refusal with the panel that was sent, open and as it was typed."""
    view = CaseView(request.user, case)
    offered = panels.panels(view, failed=failed)
    context = {
        "page_title": case.subject or case.number,
        "view": view,
        "case": case,
        "letter": marked(case.text, inspect(case.text)),
        "mains": [panel for panel in offered if panel.deed.main],
        "panels": [panel for panel in offered if not panel.deed.main],
        "purpose": forms.PurposeForm(view) if view.kind.has_petitioner and (view.mine or view.is_office or view.is_operator) else None,
        "to_sign": [message for message in view.waiting if view.signs(message)],
        "to_send": [message for message in view.waiting if view.sends(message)],
        "links": links_of(view),
        "others": queries.same_writer(case, request.user),
    }
    return render(request, "casedesk/case.html", context, status=status)


@require_POST
def do(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """A deed of the page."""
    case = case_for(request.user, number)
    view = CaseView(request.user, case)
    try:
        panel = panels.bound(view, name, request.POST)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("casedesk:case", number)
    if not panel.form.is_valid():
        return show(request, case, failed=panel, status=422)
    try:
        panel.deed.do(view, panel.target, panel.form.cleaned_data, version_of(request))
    except Refused as error:
        panel.form.add_error(None, str(error))
        # As it is now: whoever was too late sees what happened meanwhile, and his words are still there.
        return show(request, case_for(request.user, number), failed=panel, status=422)
    messages.success(request, panel.deed.done)
    # A deed may take the case out of one's sight: it was returned, or is hidden from one now.
    there = queries.official(request.user).filter(pk=case.pk).exists()
    return redirect(reverse("casedesk:case", args=[number]) if there else reverse("casedesk:home"))


@require_POST
def petitioner(request: HttpRequest, number: str) -> HttpResponse:
    """Who brought it: shown once, on the record."""
    case = case_for(request.user, number)
    form = forms.PurposeForm(CaseView(request.user, case), None, request.POST)
    if not form.is_valid():
        messages.error(request, "请填写查看目的。")
        return redirect("casedesk:case", number)
    try:
        found = actions.read_petitioner(request.user, case, form.cleaned_data["purpose"])
    except Refused as error:
        messages.error(request, str(error))
        return redirect("casedesk:case", number)
    context = {"page_title": "反映人", "case": case, "person": found, "purpose": form.cleaned_data["purpose"]}
    return render(request, "casedesk/petitioner.html", context)


@require_GET
def file(request: HttpRequest, number: str, seq: str) -> FileResponse:
    """A file of a case, always as a download: what a stranger sent is never opened inside the desk."""
    case = case_for(request.user, number)
    attachment = get_object_or_404(Attachment, case=case, seq=int(seq))
    try:
        stream = attachment.file.open("rb")
    except (FileNotFoundError, ValueError):
        raise Http404 from None
    response = FileResponse(stream, as_attachment=True, filename=attachment.name, content_type="application/octet-stream")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
