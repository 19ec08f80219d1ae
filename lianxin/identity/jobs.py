"""What this room does at night."""

from lianxin.foundation.jobs import timetable
from lianxin.identity import actions

ATTEMPTS_KEPT_DAYS = 200  # 网络安全法 §21: network logs six months or more


@timetable("清理过期的登录记录", at="03:20")
def tidy_sign_in() -> None:
    """Forget old tries, and put secrets of authenticators under the current key."""
    actions.forget_old_attempts(ATTEMPTS_KEPT_DAYS)
    actions.reseal_second_factors()


@timetable("清理过期的验证码和会话", at="03:30")
def tidy_citizens() -> None:
    """Forget what is over: codes, sessions, exports, records whose years have passed."""
    actions.forget_old_records()
    actions.forget_exports()
