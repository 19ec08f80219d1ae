"""Real names: the number checked by rule, then name and number compared by the service, with separate consent."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from lianxin.foundation import audit
from lianxin.foundation.crypto import blind_indexes
from lianxin.foundation.errors import Refused
from lianxin.identity import consents, numbers, queries, realname
from lianxin.identity.actions import limits
from lianxin.identity.actions.consents import write_consent
from lianxin.identity.errors import TooOften
from lianxin.identity.models import Citizen, Level, PersonalData, User

PER_DAY: limits.Limits = ((86400, 5),)
"""Comparisons for one account: the service must not become a way to guess whose number is whose."""


class GuardianNeeded(Refused):
    """The number is that of a child below fourteen; a guardian has to consent first."""


def verify_citizen(user: User, name: str, number: str, consent_version: str) -> None:
    """Verify who a citizen is. Raises Refused for names and numbers that cannot be, GuardianNeeded, TooOften, and what the service raises."""
    if user.kind != User.Kind.CITIZEN:
        raise Refused("这是企业账号，请核验企业信息。")
    name, today = numbers.person_name(name), timezone.localdate()
    number = numbers.identity_number(number, today)
    is_minor = numbers.age(number, today) < numbers.ACTS_ALONE
    if is_minor and not queries.has_guardian_consent(user):
        with transaction.atomic():
            Citizen.objects.filter(user=user).update(is_minor=True)
        raise GuardianNeeded("身份证号显示您不满十四周岁，请先由监护人同意。")
    _verify(user, name, number, consent_version, {"real_name": name, "identity_number": number}, is_minor=is_minor)


def verify_enterprise(user: User, enterprise_name: str, code: str, name: str, number: str, consent_version: str) -> None:
    """Verify an enterprise by its code's check digit, and the person who acts for it by name and number. Raises as ``verify_citizen`` does."""
    if user.kind != User.Kind.ENTERPRISE:
        raise Refused("这是个人账号，请核验本人的姓名和身份证号。")
    enterprise_name, code = numbers.enterprise_name(enterprise_name), numbers.enterprise_code(code)
    name, today = numbers.person_name(name), timezone.localdate()
    number = numbers.identity_number(number, today)
    if numbers.age(number, today) < numbers.ADULT:
        raise Refused("企业的经办人须年满十八周岁。")
    values = {"real_name": name, "identity_number": number, "enterprise_name": enterprise_name, "enterprise_code": code}
    _verify(user, name, number, consent_version, values, is_minor=False)


def _verify(user: User, name: str, number: str, consent_version: str, values: dict[str, Any], *, is_minor: bool) -> None:
    if consent_version != consents.text(consents.SENSITIVE).version:
        raise Refused(f"请先阅读并同意《{consents.title(consents.SENSITIVE)}》。")
    with transaction.atomic():
        until = limits.charge("real-name", str(user.pk), PER_DAY)
    if until is not None:
        raise TooOften(until, "实名核验")
    service = realname.service()
    try:
        service.check(name, number)
    except realname.Unavailable:
        with transaction.atomic():
            limits.release("real-name", str(user.pk), PER_DAY)
        raise
    with transaction.atomic():
        data = PersonalData.objects.select_for_update().get(user=user)
        same = PersonalData.objects.filter(identity_index__in=blind_indexes(number, "identity"), kind=User.Kind.CITIZEN)
        if user.kind == User.Kind.CITIZEN and same.exclude(pk=data.pk).exists():
            raise Refused("这个身份证号已在您的另一个账号上核验过。请用那个账号的手机号登录；手机号不用了，请带身份证到政务服务窗口更换。")
        for field, value in values.items():
            setattr(data, field, value)
        data.changed_at = timezone.now()
        data.save()
        write_consent(user, consents.SENSITIVE, consent_version)
        Citizen.objects.filter(user=user).update(level=Level.REAL_NAME, is_minor=is_minor, real_name_at=timezone.now(), real_name_by=service.name)
        audit.record(user, "identity.real_name_verified", user, f"实名核验通过（{service.name}）")
