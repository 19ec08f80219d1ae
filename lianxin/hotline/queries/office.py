"""Who works for the hotline, and what lies before him."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from lianxin.casework import queries as casework
from lianxin.casework.rights import covers, standing_of
from lianxin.casework.vocabulary import Stage
from lianxin.foundation.errors import Forbidden
from lianxin.hotline.kinds import HOTLINE, OFFICE
from lianxin.hotline.models import Sheet
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Organisation

WEB = "H01-WEB"
"""The rule of GB/T 33358: within how many hours what comes by the web is taken up."""


def office() -> Organisation | None:
    """The hotline office of the city; None while none was named."""
    return organisations.office(OFFICE)


def takes_calls(user: Any) -> bool:
    """Whether somebody holds the post of an operator for the hotline office."""
    return covers(standing_of(user).operator_paths, office())


def require_operator(user: User) -> None:
    """Raises Forbidden for whoever takes no calls."""
    if not takes_calls(user):
        raise Forbidden("接听热线由热线办“话务”岗位办理，请与本单位管理员联系。")


def sheet_of(operator: User) -> Sheet | None:
    """What an operator is filling in."""
    return Sheet.objects.filter(operator=operator, sent_at=None).first()


@dataclass(frozen=True)
class WebColumn:
    """What came by the web and waits for the office: how many, and how many for longer than the rule's hours."""

    waiting: int
    late: int
    hours: int


def web_column(user: User) -> WebColumn:
    """Cases that nobody has taken up yet."""
    waiting = casework.screened_by(standing_of(user)).filter(kind=HOTLINE, stage=Stage.SUBMITTED)
    hours = casework.measure(WEB)
    return WebColumn(waiting.count(), waiting.filter(submitted_at__lt=timezone.now() - timedelta(hours=hours)).count(), hours)


def unit(pk: str) -> Organisation | None:
    """A unit of today by its key, as a form gives it."""
    found = Organisation.objects.filter(pk=pk, ended_on__isnull=True) if pk.isdecimal() and len(pk) < 10 else Organisation.objects.none()
    return found.first()
