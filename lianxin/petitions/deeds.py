"""What the page of a case offers the bureau beside the engine's usual deeds: acceptance, and notices handed over."""

from typing import Any

from lianxin.casedesk.deeds import Deed
from lianxin.casedesk.forms import DeedForm, DeliveryForm
from lianxin.casedesk.view import CaseView
from lianxin.casework import actions as engine
from lianxin.petitions import actions, queries
from lianxin.petitions.kinds import ALL


def _acceptable(view: CaseView) -> list[Any]:
    return [None] if view.case.kind in ALL and view.is_office and view.can("accept") else []


def _deliverable(view: CaseView) -> list[Any]:
    return list(queries.undelivered(view.case)) if view.case.kind in ALL and view.is_office else []


DEEDS = (
    Deed(
        "accept",
        "受理",
        DeedForm,
        _acceptable,
        lambda view, target, data, version: engine.accept(view.user, view.case, version=version),
        "已受理，办理期限从今天起算。请出具受理告知书，送达后登记。",
        "office",
        main=True,
    ),
    Deed(
        "deliver-notice",
        "登记告知书送达",
        DeliveryForm,
        _deliverable,
        lambda view, notice, data, version: actions.deliver_notice(
            view.user, view.case, notice, data["way"], data["delivered_on"], data["receipt"], version=version
        ),
        "已登记送达。",
        "office",
    ),
)
