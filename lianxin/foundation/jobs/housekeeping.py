"""The queue's own nightly work."""

from datetime import timedelta

from django.db.models import Model, QuerySet
from django.utils import timezone
from django_tasks.base import TaskResultStatus as Status
from django_tasks_db.models import DBTaskResult

from lianxin.foundation.jobs import timetable
from lianxin.foundation.models import DeadLetter, FailedTry

SUCCESSFUL_KEPT = timedelta(days=3)
# Dead letters hold what a person needs of a failed job; the rows themselves are for a closer look.
FAILED_KEPT = timedelta(days=30)
TRIES_KEPT = timedelta(days=90)
# Network logs are kept for six months or more (网络安全法 §21).
DECIDED_LETTERS_KEPT = timedelta(days=200)
_BATCH = 500


@timetable("清理执行过的后台任务", at="03:40")
def prune() -> dict[str, int]:
    """Remove what is finished and old, in short transactions; return how many rows of each kind went."""
    now = timezone.now()
    jobs = DBTaskResult.objects.order_by()
    return {
        "successful": _delete(jobs.filter(status=Status.SUCCESSFUL, finished_at__lt=now - SUCCESSFUL_KEPT)),
        "failed": _delete(jobs.filter(status=Status.FAILED, finished_at__lt=now - FAILED_KEPT)),
        "tries": _delete(FailedTry.objects.filter(ended_at__lt=now - TRIES_KEPT)),
        "letters": _delete(DeadLetter.objects.exclude(state=DeadLetter.State.OPEN).filter(decided_at__lt=now - DECIDED_LETTERS_KEPT)),
    }


def _delete(rows: QuerySet[Model]) -> int:
    gone = 0
    while keys := list(rows.values_list("pk", flat=True)[:_BATCH]):
        gone += rows.model._default_manager.filter(pk__in=keys).delete()[0]
    return gone
