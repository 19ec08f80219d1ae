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


class TooOften(Refused):
    """``what`` (获取验证码) was done more often than allowed. ``until`` is when it is possible again."""

    def __init__(self, until: datetime, what: str = "获取验证码") -> None:
        self.until = until
        seconds = max(int((until - timezone.now()).total_seconds()), 1)
        if seconds <= 60:
            when = f" {seconds} 秒后"
        elif timezone.localtime(until).date() == timezone.localdate():
            when = f" {timezone.localtime(until):%H:%M} 之后"
        else:
            when = "明天"
        super().__init__(f"{what}太频繁了，为了安全，请{when}再试。")


class WrongCode(Refused):
    """The digits are not those that were sent; ``left`` more tries are possible."""

    def __init__(self, left: int) -> None:
        self.left = left
        super().__init__(f"验证码不对，请再看一下短信。还可以再试 {left} 次。" if left else "连续输错 5 次，这个验证码已经作废。请重新获取。")


class CodeOver(Refused):
    """The code is used, replaced, expired or spent; a new one is needed."""

    def __init__(self) -> None:
        super().__init__("这个验证码已经失效。请重新获取一个。")
