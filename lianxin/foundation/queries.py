"""What the desk and ``lianxin doctor`` read about background work."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min, QuerySet
from django.utils import timezone
from django_tasks.base import TaskResultStatus as Status
from django_tasks_db.models import DBTaskResult

from lianxin.foundation.jobs.worker import INTERVALS, is_alive
from lianxin.foundation.models import DeadLetter, FailedTry, JobWorker, Schedule

# A job that has been due for longer than this says that the workers do not keep up, or are not there.
LATE_AFTER = {"fast": timedelta(minutes=2), "slow": timedelta(minutes=30)}


@dataclass
class QueueHealth:
    """One queue as it is now."""

    queue: str
    workers: int = 0
    waiting: int = 0
    """Due and not begun."""
    later: int = 0
    """For a later time."""
    running: int = 0
    oldest_due: datetime | None = None
    problems: list[str] = field(default_factory=list)
    """What is wrong, in Chinese; empty when all is well."""


def dead_letters() -> QuerySet[DeadLetter]:
    """Jobs that failed for good and wait for a person, newest first."""
    return DeadLetter.objects.filter(state=DeadLetter.State.OPEN)


def failed_tries(job_id: UUID | str) -> QuerySet[FailedTry]:
    """The failed tries of one job, in order."""
    return FailedTry.objects.filter(job_id=job_id).order_by("number", "id")


def job_health() -> list[QueueHealth]:
    """Each queue: who works, what waits, what is wrong."""
    now = timezone.now()
    found = {queue: QueueHealth(queue) for queue in INTERVALS}
    for worker in JobWorker.objects.filter(queue__in=found):
        found[worker.queue].workers += is_alive(worker)
    jobs = DBTaskResult.objects.order_by().filter(queue_name__in=found)
    for due in jobs.ready().values("queue_name").annotate(count=Count("pk"), oldest=Min("run_after")):
        found[due["queue_name"]].waiting, found[due["queue_name"]].oldest_due = due["count"], due["oldest"]
    for row in jobs.filter(status__in=(Status.READY, Status.RUNNING)).values("queue_name", "status").annotate(count=Count("pk")):
        health = found[row["queue_name"]]
        if row["status"] == Status.RUNNING:
            health.running = row["count"]
        else:
            health.later = row["count"] - health.waiting
    for health in found.values():
        health.problems = _problems(health, now)
    return list(found.values())


def _problems(health: QueueHealth, now: datetime) -> list[str]:
    name = {"fast": "快速", "slow": "普通"}[health.queue]
    problems = []
    if not health.workers:
        problems.append(f"{name}队列没有工作进程在运行，请用 lianxin run 启动，或运行 lianxin worker {health.queue}。")
    late_by = now - health.oldest_due if health.oldest_due else timedelta(0)
    if late_by > LATE_AFTER[health.queue]:
        problems.append(f"{name}队列有任务等了 {int(late_by.total_seconds() // 60)} 分钟还没有执行。")
    return problems


def timetable() -> QuerySet[Schedule]:
    """What runs regularly and when it is next due."""
    return Schedule.objects.order_by("next_at")
