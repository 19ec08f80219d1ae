"""The supervision desk: what stands still, proposals, orders, papers; and the digest of the day."""

from datetime import date
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from lianxin.casedesk import times
from lianxin.casedesk.common import case_for, key_of, shown_key
from lianxin.casedesk.lists import lines
from lianxin.casework import kinds
from lianxin.casework.models import Case, Supervision
from lianxin.casework.queries import may_read_petitioner
from lianxin.casework.rights import standing_of
from lianxin.casework.rules import rules_in_force
from lianxin.foundation.errors import Refused
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Post
from lianxin.supervision import actions, queries
from lianxin.supervision.forms import CaseOrderForm, PurposeForm, TaskForm, WatchForm
from lianxin.supervision.models import Digest
from lianxin.supervision.queries import Watch

PAGE = 40
SHOWS = {"": "在办", "late": "已过期限", "closed": "已销号"}


def _require_supervisor(request: HttpRequest) -> None:
    if not standing_of(request.user).supervised_paths:
        raise PermissionDenied


# --- what stands still -----------------------------------------------------------------------------------------------------------------


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Overdue and about to be, by unit and by leader; proposals that wait; orders and reports."""
    _require_supervisor(request)
    form = WatchForm(request.GET)
    kind = form.cleaned_data["kind"] if form.is_valid() else ""
    units = queries.by_unit(request.user, kind)
    user = request.user
    context = {
        "page_title": "督查台",
        "kind": kind,
        "kinds": [(row.code, row.name, row.code == kind) for row in kinds.kinds()],
        "units": units,
        "leaders": queries.by_leader(units),
        "late": queries.watched(user, Watch(kind=kind, age="late")).count(),
        "soon": queries.watched(user, Watch(kind=kind, age="soon")).count(),
        "without_unit": queries.without_unit(user, kind),
        "proposals": [(row, times.remaining(row.case.due_at)) for row in queries.proposals(user)],
        "rules": rules_in_force().filter(code__in=queries.RULES.values()).order_by("code"),
        "late_orders": len(queries.orders(user, "late", count=100)),
        "reports": queries.reports_waiting(user),
        "owed": queries.progress_owed(queries.open_with_progress(user)),
    }
    return render(request, "supervision/desk.html", context)


@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    """The cases behind a number of the desk, narrowed down further."""
    _require_supervisor(request)
    form = WatchForm(request.GET)
    given: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    leader = Post.objects.select_related("user").filter(pk=given.get("leader"), role=Post.Role.LEADER).first() if given.get("leader") else None
    watch = Watch(given.get("kind") or "", given.get("unit"), leader, given.get("age") or "")
    found = queries.watched(request.user, watch)
    count = found.count()
    key = key_of(request)
    if key is not None and key[0] is not None:
        found = found.filter(Q(due_at__gt=key[0]) | Q(due_at=key[0], pk__gt=key[1]))
    rows = list(found[: PAGE + 1])
    more = rows[PAGE - 1] if len(rows) > PAGE else None
    asked = request.GET.copy()
    asked.pop("after", None)
    context = {
        "page_title": "超期和快到期的办件",
        "form": form,
        "leader": leader,
        "count": count,
        "lines": lines(rows[:PAGE]),
        "after": shown_key((more.due_at, more.pk)) if more is not None else "",
        "asked": asked.urlencode(),
    }
    return render(request, "supervision/cases.html", context)


# --- orders ----------------------------------------------------------------------------------------------------------------------------


@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """Orders under way, past their day, or closed with what came of them."""
    _require_supervisor(request)
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in SHOWS else ""
    after = request.GET.get("after", "")
    found = queries.orders(request.user, chosen, after=int(after) if after.isdecimal() and len(after) < 19 else 0, count=PAGE + 1)
    context = {
        "page_title": "督办单",
        "shows": [(code, label, code == chosen) for code, label in SHOWS.items()],
        "chosen": chosen,
        "orders": found[:PAGE],
        "after": found[PAGE - 1].row.pk if len(found) > PAGE else "",
    }
    return render(request, "supervision/orders.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Register a task and order it."""
    _require_supervisor(request)
    form = TaskForm(request.POST or None, initial={"signer": str(request.user)})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            case = actions.order_task(
                request.user,
                token=given["token"],
                subject=given["subject"],
                demands=given["demands"],
                lead=form.lead_part(),
                co=form.co_parts(),
                order=form.order(),
                level=given["level"],
            )
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return _issued(request, case)
    return render(request, "supervision/task.html", {"page_title": "新建督查事项", "form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def issue(request: HttpRequest, number: str) -> HttpResponse:
    """Issue an order for a case, on a proposal when there is one."""
    case = case_for(request.user, number)
    if not queries.may_order(request.user, case):
        raise PermissionDenied
    proposal = Supervision.objects.filter(case=case, state=Supervision.State.PROPOSED).order_by("level", "seq").first()
    initial = {"signer": str(request.user), "level": proposal.level if proposal else Supervision.Level.YELLOW}
    form = CaseOrderForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            case = actions.order_case(
                request.user,
                case,
                token=given["token"],
                demands=given["demands"],
                due_on=given["due_on"],
                order=form.order(),
                level=given["level"],
                supervision=proposal,
            )
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return _issued(request, case)
    context = {"page_title": "发督办单", "form": form, "case": case, "proposal": proposal, "left": times.remaining(case.due_at)}
    return render(request, "supervision/issue.html", context, status=422 if form.is_bound else 200)


def _issued(request: HttpRequest, case: Case) -> HttpResponse:
    row = Supervision.objects.filter(case=case).exclude(number="").order_by("-seq").first()
    assert row is not None
    messages.success(request, f"已发出{row.number}，承办单位已经收到。")
    return redirect("supervision:order", case.number, row.seq)


@require_GET
def order(request: HttpRequest, number: str, seq: str) -> HttpResponse:
    """One order: units with their days and reports, what came of it, the paper."""
    case = case_for(request.user, number)
    row = _order(case, seq)
    if not queries.may_take_papers(request.user, case):
        raise PermissionDenied
    parts = [
        (part, clock, said, times.remaining(part.due_at) if part.is_open and part.due_at else None) for part, clock, said in queries.parts_of(case)
    ]
    context = {
        "page_title": f"督办单 {row.number}",
        "case": case,
        "state": queries.state_of(row),
        "row": row,
        "parts": parts,
        "owed": queries.progress_owed([row]),
        "progress_on": [date.fromisoformat(day) for day in row.progress_on],
    }
    return render(request, "supervision/order.html", context)


def _order(case: Case, seq: str) -> Supervision:
    return get_object_or_404(Supervision.objects.select_related("organisation", "ordered_by").exclude(number=""), case=case, seq=int(seq))


# --- papers ----------------------------------------------------------------------------------------------------------------------------


@require_GET
def order_paper(request: HttpRequest, number: str, seq: str) -> HttpResponse:
    """The order as PDF."""
    case = case_for(request.user, number)
    row = _order(case, seq)
    try:
        made = actions.take_order(request.user, case, row)
    except Refused as error:
        return _not_made(request, case, error)
    return _paper(made, f"督办单{row.number}.pdf")


@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest, number: str) -> HttpResponse:
    """The handling sheet: without names by a link, with them for a purpose that is on the record."""
    case = case_for(request.user, number)
    if not queries.may_take_papers(request.user, case):
        raise PermissionDenied
    form = PurposeForm(request.POST or None)
    if request.GET.get("made") == "1" or (request.method == "POST" and form.is_valid()):
        try:
            made = actions.take_sheet(request.user, case, purpose=form.cleaned_data["purpose"] if form.is_bound else "")
        except Refused as error:
            return _not_made(request, case, error)
        return _paper(made, f"办理单{case.number}.pdf")
    may_name = kinds.kind(case.kind, case.kind_version).has_petitioner and may_read_petitioner(request.user, case)
    context = {"page_title": "办理单", "case": case, "form": form if may_name else None}
    return render(request, "supervision/sheet.html", context, status=422 if form.is_bound else 200)


def _not_made(request: HttpRequest, case: Case, error: Refused) -> HttpResponse:
    messages.error(request, str(error))
    return redirect("casedesk:case", case.number)


def _paper(made: bytes, name: str) -> HttpResponse:
    """Shown by the browser, never kept anywhere on the way."""
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


# --- the digest ------------------------------------------------------------------------------------------------------------------------


@require_GET
def digest(request: HttpRequest) -> HttpResponse:
    """The reader's own digest of today, or of a day before; made for a telephone."""
    if not queries.digest.Scope(request.user).is_reader:
        raise PermissionDenied
    rows = Digest.objects.filter(user=request.user)
    asked = request.GET.get("day", "")
    row = rows.filter(day=_day(asked)).first() if asked else rows.first()
    if asked and row is None:
        raise Http404
    context: dict[str, Any] = {"page_title": "民情日报", "row": row, "today": timezone.localdate()}
    if row is not None and row.content:
        context |= {
            "shown": queries.digest.shown(request.user, row.content),
            "earlier": rows.filter(day__lt=row.day).values_list("day", flat=True).first(),
            "later": rows.filter(day__gt=row.day).order_by("day").values_list("day", flat=True).first(),
            "unit": organisations.unit_and_name(request.user),
        }
    return render(request, "supervision/digest.html", context)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
