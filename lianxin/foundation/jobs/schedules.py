"""Keeps the rows of the timetable and turns what is due into jobs."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from lianxin.foundation.jobs import housekeeping, registered  # noqa: F401  (housekeeping has an entry of its own)
from lianxin.foundation.models import Schedule
from lianxin.foundation.visits import fold  # noqa: F401  (has an entry of its own)


def sync() -> None:
    """Bring the rows in line with the code: new entries are added, changed ones moved, those that no longer exist removed."""
    autodiscover_modules("jobs")
    now = timezone.now()
    known = registered()
    rows = {row.name: row for row in Schedule.objects.all()}
    changed = [name for name, (_, rule) in known.items() if name not in rows or rows[name].rule != str(rule)]
    gone = [name for name in rows if name not in known]
    if not changed and not gone:
        return
    with transaction.atomic():
        Schedule.objects.filter(name__in=gone).delete()
        for name in changed:
            rule = known[name][1]
            Schedule.objects.update_or_create(name=name, defaults={"rule": str(rule), "next_at": rule.after(now, None)})


def next_due() -> datetime | None:
    """The next moment at which something is due."""
    return Schedule.objects.order_by("next_at").values_list("next_at", flat=True).first()


def enqueue_due() -> list[str]:
    """Enqueue every job that is due and return their names; however many workers ask at once, each moment is taken by one of them."""
    now = timezone.now()
    known = registered()
    return [row.name for row in Schedule.objects.filter(next_at__lte=now) if row.name in known and _claim(row, now)]


def _claim(row: Schedule, now: datetime) -> bool:
    job, rule = registered()[row.name]
    with transaction.atomic():
        # The condition on the moment that was read lets one worker through.
        claimed = Schedule.objects.filter(name=row.name, next_at=row.next_at).update(next_at=rule.after(now, row.next_at), last_at=now)
        if claimed:
            job.enqueue(dedupe_key="timetable")
    return bool(claimed)
