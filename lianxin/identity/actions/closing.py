"""An account closed at a counter for somebody who cannot use the site any more. Who may do it is decided one floor up."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from lianxin.foundation import audit, sms
from lianxin.foundation.errors import Refused
from lianxin.identity import closing, numbers, queries
from lianxin.identity.actions import limits
from lianxin.identity.actions.deletions import delete_for, deletion_outlook
from lianxin.identity.actions.personal import FIELDS, note_reading, read_personal_data
from lianxin.identity.errors import TooOften
from lianxin.identity.models import Citizen, DeletedAccount, Level, PersonalData, User
from lianxin.identity.registry import Kept

LOOKED_FOR: limits.Limits = ((60, 6), (86400, 40))
COMPARED: limits.Limits = ((86400, 40),)
"""Uses of one member of staff: a counter is no place to find out whose number has an account, or whose card it is."""
LONGEST_DOCUMENT = 60
_PRIVATE_NUMBER = re.compile(r"\d{11}")


@dataclass(frozen=True)
class Found:
    """As much of an account as the counter needs to see that it is the right one, and what closing it means."""

    kind: str
    name: str
    """Masked, "" where the person never gave one."""
    telephone: str
    """Masked."""
    level: str
    since: datetime
    open_matters: int
    consequences: list[str]
    kept: list[Kept]


def find_account(actor: User, *, kind: str, telephone: str = "", account: str = "") -> User:
    """The account of exactly this telephone, or with exactly this name; nobody is listed, and each try stands on the audit trail.

    Raises Refused when nothing is found or neither is given, TooOften.
    """
    number = numbers.telephone(telephone) if telephone.strip() else ""
    if not number and not account.strip():
        raise Refused("请填写手机号，或者账号名。")
    with transaction.atomic():
        until = limits.charge("closing", str(actor.pk), LOOKED_FOR)
    if until is not None:
        raise TooOften(until, "查找市民账号")
    user = queries.account_with_telephone(number, kind) if number else queries.account_named(account)
    if user is not None and (user.kind != kind or not user.is_active):
        user = None
    with transaction.atomic():
        audit.record(actor, "identity.citizen_looked_for", user, f"在窗口查找{User.Kind(kind).label}账号：{'找到' if user else '没有找到'}")
    if user is None:
        raise Refused("没有找到这个账号。请核对号码和账号类型；换过手机号的，请填现在绑定的手机号或者账号名。")
    return user


def look_at_account(actor: User, user: User) -> Found:
    """What the counter is shown of an account. The reading is logged for the person, although only parts of it are shown."""
    own = read_personal_data(
        actor, user, ["telephone", "real_name", "display_name", "enterprise_name"], "窗口办理注销，核对是哪个账号", closing.ABOUT
    )
    citizen = Citizen.objects.get(user=user)
    outlook = deletion_outlook(user)
    name = own.enterprise_name or numbers.masked_name(own.real_name or own.display_name)
    return Found(
        kind=user.kind,
        name=name,
        telephone=numbers.masked_telephone(own.telephone),
        level=str(Level(citizen.level).label),
        since=citizen.signed_up_at,
        # How many, never which: a letter may be hidden from whoever keeps the system.
        open_matters=len(outlook.open_matters),
        consequences=list(dict.fromkeys(matter.consequence for matter in outlook.open_matters)),
        kept=outlook.kept,
    )


def close_citizens_account(
    actor: User,
    user: User,
    *,
    reason: str,
    proof: str,
    word: str,
    papers_seen: bool,
    name: str = "",
    number: str = "",
    enterprise_code: str = "",
    document: str = "",
) -> DeletedAccount:
    """Delete the account of ``user`` as its holder could have done, for a reason and on papers that were looked at; the telephone is told.

    Of somebody known by real name, what stands on the papers must agree with what was verified. ``document`` is the number of a paper, never
    of a person. Raises Refused with what is missing or does not agree (without saying in what), and when a room forbids it, TooOften.
    """
    if user.kind not in queries.CITIZEN_KINDS:
        raise Refused("工作人员的账号请在“人员”里停用或办理离任。")
    if why := closing.refusal(user.kind, reason, proof):
        raise Refused(why)
    if not papers_seen:
        raise Refused("请先核对证明材料的原件，再勾选办理。")
    document = document.strip()[:LONGEST_DOCUMENT]
    if proof in (closing.Proof.COURT, closing.Proof.REGISTRY) and not document:
        raise Refused("请填写文书编号。")
    if _PRIVATE_NUMBER.search(document):
        raise Refused("这一栏会写进审计记录，请只填文书编号，不要填电话或者证件号码。")
    if word.strip() != closing.WORD:
        raise Refused(f"请在最后一栏输入“{closing.WORD}”四个字，确认这次注销。")
    _compare(actor, user, name=name, number=number, enterprise_code=enterprise_code)
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if not locked.is_active:
            raise Refused("这个账号已经注销了。")
        telephone = read_personal_data(None, user, ["telephone"], "通知本人：账号已注销").telephone
        if telephone:
            words = ["您的账号已在窗口注销，如非本人或家属办理请拨打12345"]
            sms.send(telephone, sms.NOTICE, words, timezone.now() + timedelta(days=1))
        labels = f"{closing.Reason(reason).label}；{closing.Proof(proof).label}"
        detail = {"reason": reason, "proof": proof, "document": document}
        return delete_for(actor, locked, f"在窗口注销{user.get_kind_display()}账号，个人信息已删除：{labels}", detail)


def _compare(actor: User, user: User, *, name: str, number: str, enterprise_code: str) -> None:
    """Refuse unless the papers are those of the person, or enterprise, who was verified; nothing to compare below the real name."""
    if not queries.knows_card(user):
        return
    if user.kind == User.Kind.ENTERPRISE:
        given = {"enterprise_code": numbers.enterprise_code(enterprise_code)}
    else:
        given = {"real_name": numbers.person_name(name), "identity_number": numbers.identity_number(number, timezone.localdate())}
    with transaction.atomic():
        until = limits.charge("papers", str(actor.pk), COMPARED)
    if until is not None:
        raise TooOften(until, "核对证件")
    with transaction.atomic():
        row = PersonalData.objects.get(user=user)
        note_reading(actor, user, [FIELDS[field] for field in given], "窗口办理注销，核对证件", closing.ABOUT)
    if not all([constant_time_compare(getattr(row, field), value) for field, value in given.items()]):
        raise Refused("证件与这个账号登记的不一致，不能注销。请对照原件检查，或者核对是不是这个账号。")
