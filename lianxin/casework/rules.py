"""Rules as rows: which is in force on a day."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from lianxin.casework.models import Rule
from lianxin.foundation.errors import Refused

_remembered: ContextVar[list[Rule] | None] = ContextVar("casework_rules", default=None)


@contextmanager
def remembered() -> Iterator[None]:
    """Read all rules once for what is done inside: for thousands of cases in one go."""
    token = _remembered.set(list(Rule.objects.order_by("-valid_from")))
    try:
        yield
    finally:
        _remembered.reset(token)


def rules_in_force(on: date | datetime | None = None) -> QuerySet[Rule]:
    """The rules valid on a day (default today), by code."""
    day = timezone.localtime(on).date() if isinstance(on, datetime) else on or timezone.localdate()
    return Rule.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), valid_from__lte=day)


def rule_in_force(code: str, on: date | datetime | None = None) -> Rule:
    """The rule ``code`` as it is valid on a day. Raises Refused, as no clock can run without it."""
    known = _remembered.get()
    rule = rules_in_force(on).filter(code=code).order_by("-valid_from").first() if known is None else _among(known, code, on)
    if rule is None:
        raise Refused(f"没有编号为 {code} 的现行时限规定，请联系系统管理员补上。")
    return rule


def _among(rules: list[Rule], code: str, on: date | datetime | None) -> Rule | None:
    day = timezone.localtime(on).date() if isinstance(on, datetime) else on or timezone.localdate()
    return next((rule for rule in rules if rule.code == code and rule.valid_from <= day and (rule.valid_to is None or rule.valid_to >= day)), None)
