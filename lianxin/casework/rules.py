"""Rules as rows: which is in force on a day."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from lianxin.casework.models import Clock, Rule
from lianxin.foundation import rows
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


_internal: set[str] = set()


def keep_inside(*codes: str) -> None:
    """Rules by which nobody outside is answered; rooms say so in ``ready()``."""
    _internal.update(codes)


def for_everybody(on: date | datetime | None = None) -> QuerySet[Rule]:
    """The limits in days valid on a day that anybody may ask for: not what measures a service, not what is the administration's own."""
    return rules_in_force(on).filter(unit__in=Rule.IN_DAYS).exclude(code__in=_internal)


def rule_in_force(code: str, on: date | datetime | None = None) -> Rule:
    """The rule ``code`` as it is valid on a day. Raises Refused, as no clock can run without it."""
    known = _remembered.get()
    if known is None:
        known = sorted(rows.where(Rule, code=code), key=lambda rule: rule.valid_from, reverse=True)
    rule = _among(known, code, on)
    if rule is None:
        raise Refused(f"没有编号为 {code} 的现行时限规定，请联系系统管理员补上。")
    return rule


def measure(code: str) -> int:
    """What a rule that measures a service says today: seconds, hours, a share of a hundred. Raises Refused without one."""
    return rule_in_force(code).threshold


@dataclass(frozen=True)
class Paragraph:
    """One rule with all that it said, says and will say, the latest first."""

    code: str
    versions: list[Rule]
    current: Rule | None
    coming: list[Rule]
    running: int
    """Clocks that run under it, each with the terms it began with."""

    @property
    def shown(self) -> Rule:
        """What it says today; before its first day, what it will say; after its last, what it said."""
        return self.current or (self.coming[-1] if self.coming else self.versions[0])


def rulebook(code: str = "") -> list[Paragraph]:
    """All rules, or the one of this code, for whoever keeps them."""
    today = timezone.localdate()
    rulings = Rule.objects.filter(**({"code": code} if code else {})).order_by("code", "-valid_from")
    running = dict(Clock.objects.filter(state__in=(Clock.State.RUNNING, Clock.State.PAUSED)).values_list("rule").annotate(Count("pk")))
    found = []
    for each, group in groupby(rulings, key=lambda row: row.code):
        versions = list(group)
        coming = [row for row in versions if row.valid_from > today]
        found.append(Paragraph(each, versions, _among(versions, each, today), coming, running.get(each, 0)))
    return found


def _among(rules: list[Rule], code: str, on: date | datetime | None) -> Rule | None:
    day = timezone.localtime(on).date() if isinstance(on, datetime) else on or timezone.localdate()
    return next((rule for rule in rules if rule.code == code and rule.valid_from <= day and (rule.valid_to is None or rule.valid_to >= day)), None)
