"""Refusals of this room that callers tell apart from others."""

from datetime import datetime

from django.utils import timezone

from lianxin.foundation.errors import Refused


class LockedOut(Refused):
    """Sign-in refused because of too many failures. ``until`` is when the next try is possible."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        clock = timezone.localtime(until).strftime("%H:%M")
        super().__init__(f"多次没有通过，为保护账号已暂停登录，请在 {clock} 之后再试；急用请联系本单位的管理员解锁。")
