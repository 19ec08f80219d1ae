"""Consents: given to a version of a text, withdrawn at any time, and a guardian's for a child below fourteen."""

from django.db import transaction
from django.utils import timezone

from lianxin.foundation import audit
from lianxin.foundation.errors import Refused
from lianxin.identity import consents, numbers, realname
from lianxin.identity.actions.verification import Purpose, use_verification
from lianxin.identity.models import Citizen, Consent, GuardianConsent, Level, PersonalData, User

RELATIONSHIPS = ("父亲", "母亲", "祖父母或外祖父母", "其他监护人")


def write_consent(user: User, kind: str, version: str) -> Consent:
    """Record a consent to the text that the person read, in the caller's transaction; one in force to the same version stays as it is.

    Raises Refused when the text in force is another one.
    """
    text = consents.text(kind)
    if version != text.version:
        raise Refused(f"《{text.title}》有了新版本，请重新阅读后再同意。")
    with transaction.atomic():
        standing = Consent.objects.select_for_update().filter(user=user, kind=kind, withdrawn_at=None).first()
        if standing is not None and standing.version == version:
            return standing
        if standing is not None:
            _end(standing)
        return Consent.objects.create(user=user, kind=kind, version=version, text_digest=text.digest)


def withdraw_consent(user: User, kind: str) -> None:
    """Withdraw a consent at once, with what follows from it. Raises Refused when there is none, and for the one that ends the account."""
    if kind == consents.PRIVACY:
        raise Refused("没有这项同意，账号不能继续使用。要撤回，请注销账号。")
    with transaction.atomic():
        standing = Consent.objects.select_for_update().filter(user=user, kind=kind, withdrawn_at=None).first()
        if standing is None:
            raise Refused("这项同意已经撤回，不需要再做什么。")
        _end(standing)
        if kind == consents.SENSITIVE:
            _forget_real_name(user)
        audit.record(user, "identity.consent_withdrawn", user, f"撤回同意：{consents.title(kind)}")


def _end(consent: Consent) -> None:
    consent.withdrawn_at = timezone.now()
    consent.save(update_fields=["withdrawn_at"])


def _forget_real_name(user: User) -> None:
    data = PersonalData.objects.select_for_update().get(user=user)
    data.real_name = data.identity_number = data.enterprise_name = data.enterprise_code = ""
    data.changed_at = timezone.now()
    data.save()
    Citizen.objects.filter(user=user).update(level=Level.TELEPHONE, real_name_at=None, real_name_by="")


def consent_as_guardian(user: User, token: str, *, name: str, number: str, relationship: str, consent_version: str) -> GuardianConsent:
    """Record that a guardian, who holds the telephone verified with ``Purpose.GUARDIAN``, consents to the account of the child ``user``.

    The guardian's name and number are compared, must be an adult's, and the number is not kept. Raises Refused and what the service raises.
    """
    name, today = numbers.person_name(name), timezone.localdate()
    number = numbers.identity_number(number, today)
    if numbers.age(number, today) < numbers.ADULT:
        raise Refused("监护人须年满十八周岁。")
    if relationship not in RELATIONSHIPS:
        raise Refused("请选择监护人与孩子的关系。")
    if not Citizen.objects.filter(user=user, is_minor=True).exists():
        raise Refused("这个账号不需要监护人同意。")
    service = realname.service()
    service.check(name, number)
    with transaction.atomic():
        telephone = use_verification(token, Purpose.GUARDIAN, user=user)
        consent = write_consent(user, consents.GUARDIAN, consent_version)
        found, _ = GuardianConsent.objects.update_or_create(
            consent=consent,
            defaults={
                "user": user,
                "guardian_name": name,
                "guardian_telephone": telephone,
                "relationship": relationship,
                "checked_by": service.name,
            },
        )
        audit.record(user, "identity.guardian_consented", user, "监护人同意未成年人使用账号")
    return found
