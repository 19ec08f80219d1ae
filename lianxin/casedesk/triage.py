"""Triage: one letter at a time, one key for each decision, then the next letter."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from lianxin.casedesk import actions, forms, matters, queries
from lianxin.casedesk.common import case_for, refusal_of, version_of
from lianxin.casedesk.marks import marked
from lianxin.casedesk.options import category_options, unit_options
from lianxin.casedesk.view import CaseView
from lianxin.casework import queries as casework
from lianxin.casework.models import Case
from lianxin.casework.rights import standing_of
from lianxin.foundation.errors import Refused
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Organisation, Post
from lianxin.triage import suggestions
from lianxin.triage.inspection import inspect
from lianxin.triage.queries import where_else

# How many waiting letters are looked at for the count; beyond that "more" is all that anybody wants to know.
COUNTED = 100
REASONS = ("涉及多个部门，请指定牵头单位。", "反映的问题比较重大，请批示。", "群众多次反映未解决，请批示。", "建议有参考价值，请阅示。")
DECLINE_REASONS = (
    "您反映的事项由其他机关依法处理，本信箱无权受理。",
    "您反映的事项正在诉讼、仲裁或复议中，请按该程序表达意见。",
    "没有说明具体事项，无法办理。",
)


@dataclass(frozen=True)
class Waiting:
    """Where a letter stands in the queue."""

    position: int
    count: int
    more: bool
    previous: str
    following: str


def _require_officer(request: HttpRequest) -> None:
    if not casework.screens(standing_of(request.user)):
        raise PermissionDenied


@require_http_methods(["GET"])
def first(request: HttpRequest) -> HttpResponse:
    """The first letter that waits; a calm page when there is none."""
    _require_officer(request)
    found = queries.to_triage(request.user, count=1)
    if found:
        return redirect("casedesk:triage_one", found[0].number)
    return render(request, "casedesk/triage_done.html", {"page_title": "分办", "asked": queries.laid_before(request.user)})


@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One letter, and the decision on it."""
    _require_officer(request)
    case = case_for(request.user, number)
    view = CaseView(request.user, case)
    if not view.is_office:
        return redirect("casedesk:case", number)
    error = ""
    if request.method == "POST":
        error = refusal_of(request, lambda: _decide(request, view), f"{number} ")
        if not error:
            return _onwards(request, case)
        case = case_for(request.user, number)
    context = _context(request, case) | {"error": error, "typed": request.POST}
    return render(request, "casedesk/triage.html", context, status=422 if error else 200)


def _onwards(request: HttpRequest, case: Case) -> HttpResponse:
    """The letter after this one; from the top again when it was the last."""
    found = queries.to_triage(request.user, after=case.pk, count=1) or queries.to_triage(request.user, count=1)
    return redirect("casedesk:triage_one", found[0].number) if found else redirect("casedesk:triage")


def _decide(request: HttpRequest, view: CaseView) -> str:
    """Do what the pressed key says; returns what was done, in Chinese."""
    data, user, case, version = request.POST, request.user, view.case, version_of(request)
    decision = data.get("decision", "")
    category = data.get("category", "")
    if decision in ("pass", "report"):
        lead = _unit(data.get("other_unit") or data.get("unit"))
        if lead is None:
            raise Refused("请先选择主办单位。")
        co = tuple(unit for pk in data.getlist("co")[:10] if (unit := _unit(pk)) is not None)
        actions.pass_on(
            user, case, lead, co=co, manner=decision, opinion=data.get("opinion", ""), category=category, sort=data.get("sort", ""), version=version
        )
        return f"已{'转办' if decision == 'pass' else '交办'}{lead}。"
    if decision == "join":
        main = queries.official(user).filter(number=data.get("main", "").strip().upper()).first()
        if main is None:
            raise Refused("请选择并入哪一件，或者填写它的编号。")
        actions.join(user, case, main.cluster or main, data.get("title", ""), version=version)
        return f"已并入 {main.number}。"
    if decision == "decline":
        actions.turn_away(user, case, data.get("reason", ""), data.get("where_to", ""), version=version)
        return "不予受理，已告知反映人原因和去处。"
    if decision == "ask":
        leader = forms.leaders().filter(pk=data["leader"]).first() if data.get("leader", "").isdecimal() else None
        if leader is None:
            raise Refused("请选择呈送的领导。")
        actions.ask_leader(user, case, leader, data.get("ask_reason", ""), category=category, sort=data.get("sort", ""), version=version)
        return f"已呈送{leader.user}。"
    raise Refused("请选择怎样办理。")


def _unit(pk: Any) -> Organisation | None:
    return Organisation.objects.filter(pk=pk, ended_on__isnull=True).first() if str(pk or "").isdecimal() else None


def _context(request: HttpRequest, case: Case) -> dict[str, Any]:
    whole = f"{case.subject}\n{case.text}"
    view = CaseView(request.user, case)
    findings = inspect(case.text)
    units = suggestions.suggest_unit(whole, case.place)
    categories = suggestions.suggest_category(whole)
    chosen = request.POST.get("category", case.category or (categories[0].category.code if categories else ""))
    elsewhere = where_else(whole)
    return {
        "page_title": f"分办：{case.subject}",
        "case": case,
        "view": view,
        "letter": marked(case.text, findings),
        "findings": findings,
        "units": units,
        "other_units": unit_options(request.POST.get("other_unit", "")),
        "co_units": unit_options(request.POST.getlist("co")),
        "categories": categories,
        "all_categories": category_options("" if any(one.category.code == chosen for one in categories) else chosen),
        "chosen_category": chosen,
        "elsewhere": elsewhere,
        "where_to": "；".join(f"{row.name} {row.phone}".strip() for row in elsewhere),
        "decline_reason": DECLINE_REASONS[0] if any(not row.urgent for row in elsewhere) else "",
        "similar": matters.similar(request.user, case),
        "same_writer": queries.same_writer(case, request.user),
        "leaders": forms.leaders(),
        "leader": _leader(case, units),
        "reasons": REASONS,
        "decline_reasons": DECLINE_REASONS,
        "reply_url": reverse("casedesk:reply", args=[case.number]) + "?next=triage",
        "waiting": _waiting(request, case),
    }


def _leader(case: Case, units: list[suggestions.Suggestion]) -> Post | None:
    """Whom the citizen wrote to, else who answers for the likeliest unit."""
    if case.addressed_to is not None:
        return case.addressed_to
    return organisations.leader_in_charge(units[0].organisation) if units else None


def _waiting(request: HttpRequest, case: Case) -> Waiting:
    queue = queries.to_triage(request.user, count=COUNTED)
    numbers = [row.number for row in queue]
    at = numbers.index(case.number) if case.number in numbers else -1
    following = numbers[at + 1] if 0 <= at < len(numbers) - 1 else ""
    return Waiting(at + 1, len(numbers), len(numbers) == COUNTED, numbers[at - 1] if at > 0 else "", following)
