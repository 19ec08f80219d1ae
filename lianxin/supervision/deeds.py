"""What the page of a case offers about supervision beside the engine's usual deeds."""

from typing import Any

from django import forms

from lianxin.casedesk.deeds import Deed
from lianxin.casedesk.forms import DeedForm, text
from lianxin.casedesk.view import CaseView
from lianxin.casework import actions as engine
from lianxin.casework.models import Assignment, Supervision
from lianxin.supervision import actions

State, Outcome = Supervision.State, Supervision.Outcome


class ProgressForm(DeedForm):
    text = text("进展情况", rows=5, longest=20000, help_text="做到了哪一步、还差什么、什么时候能办结。期限照常计算。")


class ClosingForm(DeedForm):
    outcome = forms.ChoiceField(label="落实结果", choices=[(one.value, one.label) for one in (Outcome.DONE, Outcome.PARTLY, Outcome.UNDONE)])
    result = text("落实情况", rows=4, help_text="办成了什么、没有办成的为什么。督办单上会写明。")


class DropForm(DeedForm):
    reason = text("不予督办的理由")


def _reporting(view: CaseView) -> list[Any]:
    return [part for part in view.mine if view.can("report_progress") and part.state == Assignment.State.ACCEPTED]


def _of_state(*states: str) -> Any:
    def targets(view: CaseView) -> list[Any]:
        if not view.is_supervisor:
            return []
        return list(Supervision.objects.filter(case=view.case, state__in=states).order_by("seq"))

    return targets


DEEDS = (
    Deed(
        "progress",
        "报告进展",
        ProgressForm,
        _reporting,
        lambda view, part, data, version: engine.report_progress(view.user, view.case, part, data["text"], version=version),
        "已报告进展，期限照常计算。",
        "unit",
    ),
    Deed(
        "close-order",
        "督办销号",
        ClosingForm,
        _of_state(State.ORDERED),
        lambda view, row, data, version: actions.close_order(view.user, view.case, row, data["outcome"], data["result"], version=version),
        "已销号。",
        "office",
    ),
    Deed(
        "drop-proposal",
        "不予督办",
        DropForm,
        _of_state(State.PROPOSED),
        lambda view, row, data, version: actions.drop_proposal(view.user, view.case, row, data["reason"], version=version),
        "已记下，这一时限不再提示这一级。",
        "office",
    ),
)
