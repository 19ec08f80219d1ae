"""What can be wrong in the foundation. Without a database the system checks look at files only; ``findings`` looks at rows too."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.utils import timezone

from lianxin.foundation import audit, calendar, crypto, notify


@register(Tags.security)
def key_ring(**kwargs: Any) -> list[CheckMessage]:
    """The key ring, once made, can be read by us and by nobody else."""
    if not Path(settings.FIELD_KEYS_FILE).exists():
        return []
    try:
        crypto.blind_index("", "check")
    except crypto.KeyRingError as error:
        return [Error(str(error), id="foundation.E001")]
    return []


@register
def notification_settings(**kwargs: Any) -> list[CheckMessage]:
    """The channels and the quiet hours can be understood."""
    try:
        notify.channels()
        notify.quiet_until(timezone.now())
    except (ImproperlyConfigured, ImportError) as error:
        return [Error(f"通知设置有误：{error}", id="foundation.E002")]
    return []


@register(Tags.database)
def workday_calendar(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The notice of this year, and from 1 December on of the next, has been imported."""
    if not databases:
        return []
    try:
        return [Warning(text, id="foundation.W001") for text in calendar.warnings()]
    except DatabaseError:
        # Before the first migration there is no calendar to look at.
        return []


def findings() -> list[str]:
    """Return, in Chinese, everything wrong that an operator should see on the health page and in ``lianxin doctor``."""
    found = [str(message.msg) for message in (*key_ring(), *notification_settings())] + calendar.warnings()
    if not audit.guarded():
        found.append("数据库没有禁止修改审计记录，请重新执行数据库升级，或联系维护人员恢复触发器。")
    return found
