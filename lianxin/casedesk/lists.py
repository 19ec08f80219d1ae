"""Lists: what lies with a unit, with the office, with whoever signs, and what runs out."""

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from lianxin.casedesk import actions, queries, times
from lianxin.casedesk.common import key_of, shown_key
from lianxin.casework import actions as engine
from lianxin.casework import kinds
from lianxin.casework import queries as casework
from lianxin.casework.models import Assignment, Case
from lianxin.casework.rights import UNIT_ROLES, Role, standing_of
from lianxin.foundation.errors import Refused

PAGE = 40
NAMED = 5
"""So many are named of those that were refused for one reason."""
FILTERS = {
    "": "全部",
    "mine": "我经办的",
    "sign": "待签收",
    "late": "已超期",
    "soon": "快到期",
    "waiting": "等反映人",
}


def lines(cases: list[Case]) -> list[dict[str, Any]]:
    """Cases as lists show them: with the kind's name, the remaining time in words and, in a unit's list, its part."""
    return [
        {
            "case": case,
            "kind": kinds.kind(case.kind).name,
            "left": times.remaining(case.due_at),
            "part": getattr(case, "part", None),
            "signable": _signable(case),
        }
        for case in cases
    ]


def _signable(case: Case) -> bool:
    """Whether the unit's part waits to be signed for: nothing else can be ticked in its list."""
    part = getattr(case, "part", None)
    return part is not None and part.state in (Assignment.State.OFFERED, Assignment.State.RULED)


# --- a unit ------------------------------------------------------------------------------------------------------------------------------


@require_GET
def unit(request: HttpRequest) -> HttpResponse:
    """The unit's open letters by due date."""
    standing = standing_of(request.user)
    if not standing.holding(*UNIT_ROLES):
        raise PermissionDenied
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in FILTERS else ""
    parts = _narrowed(casework.unit_parts(request.user), chosen, request)
    page = casework.by_due(parts, after=key_of(request), count=PAGE)
    shown = lines(page.cases)
    context = {
        "page_title": "本单位办件",
        "filters": [(name, label, name == chosen) for name, label in FILTERS.items()],
        "chosen": chosen,
        "lines": shown,
        "signable": any(line["signable"] for line in shown),
        "after": shown_key(page.after),
        "first": key_of(request) is None,
        "may_remind": casework.screens(standing),
    }
    return render(request, "casedesk/unit.html", context)


def _narrowed(parts: QuerySet[Assignment], chosen: str, request: HttpRequest) -> QuerySet[Assignment]:
    now = timezone.now()
    match chosen:
        case "mine":
            return parts.filter(handler=request.user)
        case "sign":
            return parts.filter(state__in=(Assignment.State.OFFERED, Assignment.State.RULED))
        case "late":
            return parts.filter(due_at__lte=now)
        case "soon":
            return parts.filter(due_at__gt=now, due_at__lte=times.soon(now))
        case "waiting":
            return parts.filter(due_at__isnull=True)
    return parts


@require_POST
def sign_many(request: HttpRequest) -> HttpResponse:
    """Sign for many at once; those that were refused are named, by reason."""
    numbers = request.POST.getlist("case")[:PAGE]
    cases = queries.official(request.user).filter(number__in=numbers).order_by("due_at", "pk")
    units = standing_of(request.user).units
    signed, refused = 0, defaultdict(list)
    for case in cases:
        part = Assignment.objects.filter(case=case, organisation__in=units, is_open=True).select_related("organisation").order_by("seq").first()
        try:
            if part is None:
                raise Refused("没有等本单位签收的任务。")
            engine.sign_for(request.user, case, part)
        except Refused as error:
            refused[str(error)].append(case.number)
        else:
            signed += 1
    _refused(request, refused, "没有签收")
    _told(request, numbers, signed, f"已签收 {signed} 件。")
    return redirect(_back(request, "unit"))


def _refused(request: HttpRequest, refused: dict[str, list[str]], words: str) -> None:
    """One message for a reason, however many it kept: forty of them would hide the list."""
    for reason, numbers in refused.items():
        more = f" 等 {len(numbers)} 件" if len(numbers) > NAMED else ""
        messages.warning(request, f"{'、'.join(numbers[:NAMED])}{more} {words}：{reason}")


def _told(request: HttpRequest, numbers: list[str], done: int, sentence: str) -> None:
    if done:
        messages.success(request, sentence)
    if not numbers:
        messages.warning(request, "还没有勾选。")


def _back(request: HttpRequest, name: str) -> str:
    chosen = request.POST.get("show", "")
    return reverse(f"casedesk:{name}") + (f"?show={chosen}" if chosen in FILTERS and chosen else "")


# --- the office ----------------------------------------------------------------------------------------------------------------------------


@require_GET
def office(request: HttpRequest) -> HttpResponse:
    """What the office still has to decide besides new letters: returns, reports, publicity; and what leaders have not answered yet."""
    if not casework.screens(standing_of(request.user)):
        raise PermissionDenied
    key = key_of(request)
    answered = queries.to_open(request.user, after=(key[0], key[1]) if key and key[0] else None, count=PAGE + 1)
    more = len(answered) > PAGE
    answered = answered[:PAGE]
    last = answered[-1] if answered else None
    context = {
        "page_title": "裁定与公开",
        "returns": casework.returns_to_rule(request.user),
        "reports": casework.reports_to_accept(request.user),
        "asked": queries.laid_before(request.user),
        "to_answer": queries.to_answer(request.user),
        "answered": answered,
        "after": shown_key((last.replied_at, last.pk)) if more and last else "",
    }
    return render(request, "casedesk/office.html", context)


# --- signing -------------------------------------------------------------------------------------------------------------------------------


@require_GET
def signing(request: HttpRequest) -> HttpResponse:
    """Replies that wait for the person's signature, and approved ones that wait to be sent."""
    if not standing_of(request.user).holding(Role.HEAD, Role.TRIAGE, Role.OPERATOR, Role.LEADER, Role.CLERK):
        raise PermissionDenied
    context = {
        "page_title": "待签发",
        "waiting": [(row, times.remaining(row.case.due_at)) for row in casework.replies_to_sign(request.user)],
        "approved": [(row, times.remaining(row.case.due_at)) for row in queries.approved_replies(request.user)],
    }
    return render(request, "casedesk/signing.html", context)


# --- supervision ---------------------------------------------------------------------------------------------------------------------------


@require_GET
def limits(request: HttpRequest) -> HttpResponse:
    """What is overdue, and what runs out by the end of the next working day."""
    if not standing_of(request.user).supervised_paths:
        raise PermissionDenied
    page = casework.supervisor_queue(request.user, after=key_of(request), count=PAGE)
    horizon = times.soon()
    shown = [case for case in page.cases if case.due_at is not None and case.due_at <= horizon]
    now = timezone.now()
    context = {
        "page_title": "期限与催办",
        "late": lines([case for case in shown if case.due_at is not None and case.due_at <= now]),
        "soon": lines([case for case in shown if case.due_at is not None and case.due_at > now]),
        "after": shown_key(page.after) if len(shown) == len(page.cases) else "",
        "phrases": ("请抓紧办理，按期答复反映人。", "已经超期，请今天答复，并说明原因。", "办理确有困难的，请先作阶段性答复并按规定申请延期。"),
    }
    return render(request, "casedesk/limits.html", context)


@require_POST
def remind_many(request: HttpRequest) -> HttpResponse:
    """Remind of many at once, with the same words; those that were refused are named, by reason."""
    numbers = request.POST.getlist("case")[:PAGE]
    text = request.POST.get("text", "").strip()
    if numbers and not text:
        # Once, not once for every one of them.
        messages.warning(request, "请填写催办内容，再催办勾选的。")
        return redirect("casedesk:limits")
    done, refused = 0, defaultdict(list)
    for case in queries.official(request.user).filter(number__in=numbers).order_by("due_at", "pk"):
        try:
            actions.press(request.user, case, text)
        except Refused as error:
            refused[str(error)].append(case.number)
        else:
            done += 1
    _refused(request, refused, "没有催办")
    _told(request, numbers, done, f"已催办 {done} 件。")
    return redirect("casedesk:limits")
