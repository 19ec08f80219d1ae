"""Personal data: the one way to read them, and each person's key."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from lianxin.foundation import audit, bulk, rows
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.identity import registry, sealing
from lianxin.identity.models import PersonalData, PersonKey, Reading, User

FIELDS = {
    "telephone": "手机号",
    "display_name": "称呼",
    "real_name": "姓名",
    "identity_number": "身份证号",
    "enterprise_name": "企业名称",
    "enterprise_code": "统一社会信用代码",
}
"""What can be read, with its name for people."""
SYSTEM = "系统"


@dataclass(frozen=True)
class PersonalFields:
    """What was asked for; everything else, and what the person never gave, is empty."""

    telephone: str = ""
    display_name: str = ""
    real_name: str = ""
    identity_number: str = ""
    enterprise_name: str = ""
    enterprise_code: str = ""


def read_personal_data(reader: User | None, subject: User, fields: Collection[str], purpose: str, about: str = "") -> PersonalFields:
    """Return ``fields`` of ``subject`` and log who read what, when, why. The only way to these data.

    ``reader`` None is the system (sending a message); the person may read the own data; anybody else needs a rule that allows it
    (``registry.register_reading_rule``). ``purpose`` is a Chinese phrase for the person, ``about`` a number such as that of a case.
    Raises Forbidden, Refused without a purpose, KeyError for a field that is none.
    """
    wanted = sorted(fields)
    labels = [FIELDS[name] for name in wanted]
    if not purpose.strip():
        raise Refused("查看个人信息须写明目的。")
    if reader is not None and reader.pk != subject.pk and not registry.may_read(reader, subject, about):
        raise Forbidden("您不承办与这个人有关的事项，不能查看他的个人信息。")
    with transaction.atomic(savepoint=False):
        row = rows.one(PersonalData, *wanted, user_id=subject.pk)
        note_reading(reader, subject, labels, purpose.strip(), about)
    return PersonalFields(**{name: getattr(row, name) for name in wanted}) if row else PersonalFields()


def note_reading(reader: User | None, subject: User, labels: list[str], purpose: str, about: str = "") -> None:
    """Write a reading into the person's log, in the caller's transaction; what staff read stands on the audit trail too."""
    bulk.add(
        Reading(
            subject=subject,
            reader=reader,
            reader_label=_label(reader, subject)[:150],
            purpose=purpose[:200],
            about=about[:100],
            fields=labels,
            address=audit.current_address(),
        )
    )
    if reader is not None and reader.pk != subject.pk:
        # Twice, as only the audit trail shows when somebody has taken a row away.
        audit.record(reader, "identity.personal_data_read", subject, f"查看个人信息：{'、'.join(labels)}（{purpose[:200]}）")


def _label(reader: User | None, subject: User) -> str:
    if reader is None:
        return SYSTEM
    return "本人" if reader.pk == subject.pk else registry.describe_reader(reader)


def new_person_key(user: User | None = None) -> PersonKey:
    """Make a key for one person, with or without an account (``identity.sealing``)."""
    with transaction.atomic():
        return PersonKey.objects.create(user=user, secret=sealing.draw())


def destroy_person_key(key: PersonKey) -> None:
    """End a key: whatever was sealed with it is shut for ever."""
    with transaction.atomic():
        PersonKey.objects.filter(pk=key.pk, destroyed_at=None).update(secret=None, destroyed_at=timezone.now())
        key.refresh_from_db()
