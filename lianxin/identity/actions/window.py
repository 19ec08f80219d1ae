"""Another telephone for somebody who lost the old one: at a counter, with the identity card in hand. Who may do it is decided one floor up."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from lianxin.foundation import audit, sms
from lianxin.foundation.crypto import blind_indexes
from lianxin.foundation.errors import Refused
from lianxin.identity import numbers, queries
from lianxin.identity.actions import limits
from lianxin.identity.actions.personal import FIELDS, note_reading
from lianxin.identity.actions.verification import Purpose, Started, start_verification, use_verification
from lianxin.identity.errors import TooOften
from lianxin.identity.models import CitizenSession, PersonalData, User

PER_DAY: limits.Limits = ((86400, 50),)
"""Tries of one member of staff: nobody finds out at a counter whose number has an account."""


def start_replacement(actor: User, telephone: str, *, address: str = "") -> Started:
    """Send a code to the new telephone, which the person at the counter holds."""
    return start_verification(telephone, Purpose.WINDOW, address=address, user=actor)


def replace_telephone(actor: User, token: str, *, name: str, number: str, enterprise_code: str = "", card_seen: bool) -> User:
    """Put the account of the person with this verified name and number (and enterprise) on the telephone that was verified.

    All sessions end and the old number is told. Raises Refused when the card was not looked at or no account agrees in everything, without
    saying in what, CodeOver, TooOften.
    """
    if not card_seen:
        raise Refused("请先核对身份证原件，确认是本人，再勾选办理。")
    name, number = numbers.person_name(name), numbers.identity_number(number, timezone.localdate())
    code = numbers.enterprise_code(enterprise_code) if enterprise_code.strip() else ""
    with transaction.atomic():
        until = limits.charge("window", str(actor.pk), PER_DAY)
    if until is not None:
        raise TooOften(until, "窗口换手机号")
    kind = User.Kind.ENTERPRISE if code else User.Kind.CITIZEN
    with transaction.atomic():
        rows = PersonalData.objects.select_for_update().filter(kind=kind, identity_index__in=blind_indexes(number, "identity"))
        if code:
            rows = rows.filter(enterprise_index__in=blind_indexes(code, "enterprise"))
        data = rows.select_related("user").first()
        if data is None or not constant_time_compare(data.real_name, name):
            raise Refused("没有找到姓名和证件号码都一致的账号。请对照证件检查；从未实名核验过的，请用新手机号重新注册。")
        _move(actor, data, use_verification(token, Purpose.WINDOW, user=actor))
    return data.user


def _move(actor: User, data: PersonalData, telephone: str) -> None:
    user, old = data.user, data.telephone
    other = queries.account_with_telephone(telephone, user.kind)
    if other is not None:
        raise Refused("这个手机号已有账号。请本人先登录那个账号并注销，或换一个手机号。")
    data.telephone, data.changed_at = telephone, timezone.now()
    data.save()
    CitizenSession.objects.filter(user=user).delete()
    sms.send(old, sms.NOTICE, ["您的账号已换绑手机号，如非本人操作请拨打12345"], timezone.now() + timedelta(days=1))
    note_reading(actor, user, [FIELDS["real_name"], FIELDS["identity_number"]], "窗口更换手机号，核对身份证")
    audit.record(actor, "identity.telephone_replaced", user, "在窗口核对身份证原件后更换手机号")
