"""What the page of a case offers the bureau beside the engine's usual deeds: acceptance, and notices handed over."""

from collections.abc import Callable
from typing import Any

from lianxin.casedesk.deeds import Deed
from lianxin.casedesk.forms import DeedForm, DeliveryForm
from lianxin.casedesk.view import CaseView
from lianxin.casework import actions as engine
from lianxin.casework.events import EventType
from lianxin.petitions import actions, queries
from lianxin.petitions.kinds import ALL
from lianxin.petitions.queries import Notice


def _acceptable(view: CaseView) -> list[Any]:
    return [None] if view.case.kind in ALL and view.is_office and view.can("accept") else []


def _undelivered(what: str) -> Callable[[CaseView], list[Any]]:
    def targets(view: CaseView) -> list[Any]:
        if view.case.kind not in ALL or not view.is_office:
            return []
        return [one for one in queries.undelivered(view.case) if one.what == what]

    return targets


def _deliver(view: CaseView, notice: Notice, data: dict[str, Any], version: int | None) -> object:
    return actions.deliver_notice(view.user, view.case, notice, data["way"], data["delivered_on"], data["receipt"], version=version)


DEEDS = (
    Deed(
        "accept-petition",
        "受理",
        DeedForm,
        _acceptable,
        lambda view, target, data, version: engine.accept(view.user, view.case, version=version),
        "已受理，办理期限从今天起算。请出具受理告知书，送达后登记。",
        "office",
        main=True,
    ),
    Deed("deliver-acceptance", "登记受理告知书送达", DeliveryForm, _undelivered(EventType.ACCEPTED), _deliver, "已登记送达。", "office"),
    Deed("deliver-transfer", "登记转送告知书送达", DeliveryForm, _undelivered(EventType.ASSIGNED), _deliver, "已登记送达。", "office"),
)
