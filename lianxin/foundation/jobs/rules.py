"""When a job of the timetable is due."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone


@dataclass(frozen=True)
class Every:
    """At a fixed distance."""

    distance: timedelta

    def __post_init__(self) -> None:
        if self.distance < timedelta(seconds=1):
            raise ValueError("a timetable cannot be closer than a second")

    def __str__(self) -> str:
        minutes, seconds = divmod(int(self.distance.total_seconds()), 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        return "每 " + " ".join(f"{number} {word}" for number, word in ((days, "天"), (hours, "小时"), (minutes, "分钟"), (seconds, "秒")) if number)

    def after(self, moment: datetime, previous: datetime | None) -> datetime:
        """The first moment after ``moment`` on the grid of ``previous``; without one, the next step from the start of the day."""
        origin = previous or timezone.localtime(moment).replace(hour=0, minute=0, second=0, microsecond=0)
        steps = (moment - origin) // self.distance + 1
        return origin + steps * self.distance


@dataclass(frozen=True)
class Daily:
    """Once a day, at a time of day in ``settings.TIME_ZONE``."""

    at: time

    @classmethod
    def parse(cls, text: str) -> "Daily":
        """Read ``"07:30"``."""
        return cls(datetime.strptime(text, "%H:%M").time())

    def __str__(self) -> str:
        return f"每天 {self.at:%H:%M}"

    def after(self, moment: datetime, previous: datetime | None) -> datetime:
        """The first such time after ``moment``."""
        local = timezone.localtime(moment)
        day = local.date() if local.time() < self.at else local.date() + timedelta(days=1)
        return timezone.make_aware(datetime.combine(day, self.at))
