"""Delete my account: what is under way is explained, what the law keeps is named, everything else goes and the key with it."""

from dataclasses import asdict, dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from lianxin.foundation import audit, notify
from lianxin.foundation.errors import Refused
from lianxin.identity import queries, registry
from lianxin.identity.actions.exports import forget_exports
from lianxin.identity.actions.personal import destroy_person_key
from lianxin.identity.models import (
    Allowance,
    Citizen,
    CitizenSession,
    Consent,
    DataExport,
    DeletedAccount,
    GuardianConsent,
    PersonalData,
    Reading,
    TelephoneVerification,
    User,
)
from lianxin.identity.registry import Kept, OpenMatter

YEARS_KEPT = 3  # 个人信息保护法 §56: records of processing at least three years
_OWN = (
    Kept("同意和撤回的记录、谁看过您信息的记录（不含信息本身）", "《个人信息保护法》第五十六条", "保留三年"),
    Kept("登录的时间和网络地址", "《网络安全法》关于留存网络日志的规定", "保留六个月以上，到期自动删除"),
    Kept("“某账号已注销”这一事实和操作记录（不含姓名、手机号）", "《网络安全法》关于留存网络日志的规定", "长期保留"),
)


@dataclass(frozen=True)
class Outlook:
    """What a deletion would mean, shown before it is confirmed."""

    open_matters: list[OpenMatter]
    kept: list[Kept]


def deletion_outlook(user: User) -> Outlook:
    """What is under way and what will be kept, as every room says. Changes nothing."""
    erasers = registry.erasers()
    matters = [matter for eraser in erasers for matter in eraser.open_matters(user)]
    return Outlook(matters, [*(kept for eraser in erasers for kept in eraser.kept(user)), *_OWN])


def delete_account(session: CitizenSession) -> DeletedAccount:
    """Delete the account of ``session``, whose holder has just confirmed it by telephone.

    Raises Refused when that was not done, or when a room forbids it.
    """
    user = session.user
    if not queries.is_confirmed(session):
        raise Refused("为了安全，请先用短信验证码确认是您本人。")
    return delete_for(user, user, "注销账号，个人信息已删除", {})


def delete_for(actor: User, user: User, summary: str, detail: dict[str, str]) -> DeletedAccount:
    """Delete the account of ``user``, whoever does it; rights and proofs are the caller's. Raises Refused when a room forbids it."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        kept = deletion_outlook(user).kept
        for eraser in registry.erasers():
            eraser.erase(user)
        _erase_own(user)
        deleted = DeletedAccount.objects.create(user=user, kept=[asdict(one) for one in kept])
        audit.record(actor, "identity.account_deleted", user, summary, detail | {"kept": [one.what for one in kept]})
    return deleted


def _erase_own(user: User) -> None:
    forget_exports(user)
    DataExport.objects.filter(user=user).delete()
    CitizenSession.objects.filter(user=user).delete()
    telephones = PersonalData.objects.filter(user=user).values("telephone_index")
    TelephoneVerification.objects.filter(telephone_index__in=telephones).delete()
    TelephoneVerification.objects.filter(user=user).delete()
    PersonalData.objects.filter(user=user).delete()
    for key in (user.person_key,) if hasattr(user, "person_key") else ():
        destroy_person_key(key)
    GuardianConsent.objects.filter(user=user).update(guardian_name="", guardian_telephone="")
    notify.forget(user)
    Consent.objects.filter(user=user, withdrawn_at=None).update(withdrawn_at=timezone.now())
    Citizen.objects.filter(user=user).delete()
    user.name, user.is_active, user.email = "已注销", False, ""
    user.save(update_fields=["name", "is_active", "email"])


def forget_old_records() -> None:
    """Delete what no purpose and no law keeps any longer: telephones of old codes within a day, records after their years."""
    now = timezone.now()
    records = now - timedelta(days=365 * YEARS_KEPT)
    with transaction.atomic():
        TelephoneVerification.objects.filter(created_at__lt=now - timedelta(days=1)).delete()
        Allowance.objects.filter(span_began_at__lt=now - timedelta(days=2)).delete()
        CitizenSession.objects.filter(ends_at__lt=now).delete()
        CitizenSession.objects.filter(seen_at__lt=now - timedelta(hours=settings.CITIZEN_IDLE_HOURS)).delete()
        Reading.objects.filter(at__lt=records).delete()
        old = Consent.objects.filter(withdrawn_at__lt=records)
        GuardianConsent.objects.filter(consent__in=old).delete()
        old.delete()
