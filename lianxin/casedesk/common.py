"""What the screens share: finding a case one may see, pages by key, telling how a deed went."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from lianxin.casedesk import queries
from lianxin.casework.models import Case
from lianxin.foundation.errors import Refused
from lianxin.identity.models import User


def case_for(user: User, number: str) -> Case:
    """The case of this number; 404 when there is none or it is none of the person's business."""
    found = queries.official(user).filter(number=number).select_related("office", "lead", "addressed_to__user", "cluster").first()
    if found is None:
        raise Http404
    return found


def refusal_of(request: HttpRequest, decide: Callable[[], str], prefix: str = "") -> str:
    """Do what was decided and say so; returns "" or, when it is refused, the sentence why, to be shown beside what was typed."""
    try:
        done = decide()
    except Refused as refusal:
        return str(refusal)
    messages.success(request, f"{prefix}{done}")
    return ""


def version_of(request: HttpRequest) -> int | None:
    """The version of the case that the form was made for."""
    given = request.POST.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 10 else None


def key_of(request: HttpRequest) -> tuple[datetime | None, int] | None:
    """Where a page of a list begins: ``?after=<moment or ->_<key>``; None for the first."""
    moment, _, pk = request.GET.get("after", "").partition("_")
    if not pk.isdecimal() or len(pk) > 18:
        return None
    if moment == "-":
        return None, int(pk)
    try:
        at = parse_datetime(moment.replace(" ", "+"))
    except ValueError:
        return None
    return (at, int(pk)) if at is not None and timezone.is_aware(at) else None


def shown_key(key: tuple[datetime | None, int] | None) -> str:
    """``key`` as ``key_of`` reads it; "" when there is no further page."""
    if key is None:
        return ""
    return f"{key[0].isoformat() if key[0] else '-'}_{key[1]}"
