"""The city edits its rules: limits that differ from place to place are rows, and cases under way keep the terms they began with."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from lianxin.casework.models import Rule
from lianxin.foundation import audit
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations

_FIELDS = ("title", "text", "threshold", "unit", "start", "pauses", "closes", "extension", "source", "verified")


def save_rule(actor: User | None, code: str, valid_from: date, **fields: Any) -> Rule:
    """Set what rule ``code`` says from a day on; what is not given stays as it was. The version before ends the day before.

    Administrators only, or the operator at the server (None); on the audit trail. Clocks that run already keep their terms.
    """
    _require_keeper(actor)
    unknown = set(fields) - set(_FIELDS)
    if unknown:
        raise ValueError(f"not fields of a rule: {sorted(unknown)}")
    with transaction.atomic():
        versions = list(Rule.objects.select_for_update().filter(code=code).order_by("valid_from"))
        before = next((row for row in reversed(versions) if row.valid_from <= valid_from), None)
        after = next((row for row in versions if row.valid_from > valid_from), None)
        rule = before if before is not None and before.valid_from == valid_from else _copy(before, code, valid_from)
        for name, value in fields.items():
            setattr(rule, name, value)
        rule.valid_to = after.valid_from - timedelta(days=1) if after is not None else None
        _check(rule, before)
        rule.save()
        if before is not None and before.pk != rule.pk:
            before.valid_to = valid_from - timedelta(days=1)
            before.save(update_fields=["valid_to"])
        audit.record(actor, "rule.saved", rule, f"修改时限规定 {rule}，自 {valid_from} 起", {name: str(value) for name, value in fields.items()})
    return rule


def withdraw_rule(actor: User, code: str, valid_from: date) -> None:
    """Take back a version that is not in force yet; what holds before it holds on. Administrators only; on the audit trail."""
    _require_keeper(actor)
    with transaction.atomic():
        versions = list(Rule.objects.select_for_update().filter(code=code).order_by("valid_from"))
        rule = next((row for row in versions if row.valid_from == valid_from), None)
        if rule is None:
            raise Refused("没有这一天起施行的规定，可能已被撤回，请刷新页面。")
        if rule.valid_from <= timezone.localdate():
            raise Refused("已经施行的规定不能撤回。要改变它，请另定从某一天起的新规定。")
        before = next((row for row in reversed(versions) if row.valid_from < valid_from), None)
        if before is None:
            raise Refused("这是该项规定唯一的内容，不能撤回。")
        before.valid_to = rule.valid_to
        audit.record(actor, "rule.withdrawn", rule, f"撤回尚未施行的时限规定 {rule}，原定自 {valid_from} 起", {})
        rule.delete()
        before.save(update_fields=["valid_to"])


def _require_keeper(actor: User | None) -> None:
    if actor is not None and not organisations.is_administrator(actor):
        raise Forbidden("时限规定由系统管理员维护，请与系统管理员联系。")


def _copy(before: Rule | None, code: str, valid_from: date) -> Rule:
    known = {name: getattr(before, name) for name in _FIELDS} if before is not None else {}
    return Rule(code=code.strip(), valid_from=valid_from, **known)


def _check(rule: Rule, before: Rule | None) -> None:
    try:
        rule.full_clean()
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    if not 1 <= rule.threshold <= 1000:
        raise Refused("期限应在 1 至 1000 之间。")
    if rule.unit == Rule.Unit.PERCENT and rule.threshold > 100:
        raise Refused("比例不能超过 100%。")
    if before is not None and before.unit != rule.unit and not {before.unit, rule.unit} <= set(Rule.IN_DAYS):
        raise Refused(f"这项规定以“{before.get_unit_display()}”计，不能改成“{rule.get_unit_display()}”。")
