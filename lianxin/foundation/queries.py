"""What the desk and ``lianxin doctor`` read about background work."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min, QuerySet
from django.utils import timezone
from django_tasks.base import TaskResultStatus as Status
from django_tasks_db.models import DBTaskResult

from lianxin.foundation.jobs import QUEUE_NAMES
from lianxin.foundation.jobs.worker import SERVED, is_alive
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

    @property
    def name(self) -> str:
        """What people call it."""
        return QUEUE_NAMES[self.queue]


def dead_letters() -> QuerySet[DeadLetter]:
    """Jobs that failed for good and wait for a person, newest first."""
    return DeadLetter.objects.filter(state=DeadLetter.State.OPEN)


def failed_tries(job_id: UUID | str) -> QuerySet[FailedTry]:
    """The failed tries of one job, in order."""
    return FailedTry.objects.filter(job_id=job_id).order_by("number", "id")


def job_health() -> list[QueueHealth]:
    """Each queue: who works, what waits, what is wrong."""
    now = timezone.now()
    found = []
    for queue, served in SERVED.items():
        jobs = DBTaskResult.objects.order_by().filter(queue_name__in=served)
        due = jobs.ready().aggregate(count=Count("pk"), oldest=Min("run_after"))
        states = dict(jobs.filter(status__in=(Status.READY, Status.RUNNING)).values_list("status").annotate(count=Count("pk")))
        health = QueueHealth(
            queue,
            workers=sum(is_alive(worker) for worker in JobWorker.objects.filter(queue=queue)),
            waiting=due["count"],
            later=states.get(Status.READY, 0) - due["count"],
            running=states.get(Status.RUNNING, 0),
            oldest_due=due["oldest"],
        )
        health.problems = _problems(health, now)
        found.append(health)
    return found


def _problems(health: QueueHealth, now: datetime) -> list[str]:
    problems = []
    if not health.workers:
        problems.append(f"{health.name}队列没有工作进程在运行，请用 lianxin run 启动，或运行 lianxin worker {health.queue}。")
    late_by = now - health.oldest_due if health.oldest_due else timedelta(0)
    if late_by > LATE_AFTER[health.queue]:
        problems.append(f"{health.name}队列有任务等了 {int(late_by.total_seconds() // 60)} 分钟还没有执行。")
    return problems


def timetable() -> QuerySet[Schedule]:
    """What runs regularly and when it is next due."""
    return Schedule.objects.order_by("next_at")
