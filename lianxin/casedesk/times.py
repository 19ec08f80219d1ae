"""Remaining time in words, and the thresholds at which units are reminded."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from lianxin.casework import clocks
from lianxin.foundation import calendar

THRESHOLDS = {"overdue": "已超期", "due_today": "今天到期", "due_soon": "即将到期"}


@dataclass(frozen=True)
class Remaining:
    """How a limit stands: words for people and a tone for the eye (urgent, soon or none)."""

    text: str
    tone: str
    day: str
    """The last day, as ``11-28``; "" while the clock waits."""


def remaining(due_at: datetime | None, now: datetime | None = None) -> Remaining:
    """``due_at`` is the end of the last day; None while the petitioner is asked."""
    if due_at is None:
        return Remaining("暂停计时", "", "")
    now = now or timezone.now()
    last = clocks.last_day(due_at)
    today = timezone.localtime(now).date()
    left = (last - today).days
    day = f"{last:%m-%d}" if last.year == today.year else f"{last:%Y-%m-%d}"
    if now >= due_at:
        return Remaining(f"已超 {-left} 天" if left < 0 else "刚刚超期", "urgent", day)
    if left == 0:
        return Remaining("今天到期", "urgent", day)
    return Remaining("明天到期" if left == 1 else f"还有 {left} 天", "soon" if left <= 2 else "", day)


def soon(now: datetime | None = None) -> datetime:
    """Until when what is due counts as due soon: the end of the next working day."""
    today = timezone.localtime(now or timezone.now()).date()
    following = calendar.next_workday(today) + timedelta(days=1)
    return timezone.make_aware(datetime.combine(following, datetime.min.time()))


def threshold(due_at: datetime | None, now: datetime) -> str:
    """The threshold that a limit has reached; "" when there is still time."""
    if due_at is None:
        return ""
    if now >= due_at:
        return "overdue"
    today = timezone.localtime(now).date()
    if clocks.last_day(due_at) == today:
        return "due_today"
    return "due_soon" if due_at <= soon(now) else ""
