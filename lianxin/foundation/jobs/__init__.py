"""Background jobs: written in the same transaction as the fact that needs them, tried again when they fail, never lost.

::

    @job("送出简报", queue="slow", retries=6, backoff=60)
    def send_brief(brief_pk: int) -> None: ...

    send_brief.enqueue(brief.pk, run_after=tomorrow)

    @timetable("制作简报", at="07:30")
    def morning_brief() -> None: ...

A job may run twice (its worker can die between the work and the note that it is done): write it so that this does no harm.
Arguments are plain data and stay in the queue's rows: pass keys of rows, never private data. Jobs stand in a room's ``jobs.py``
or in a module that it imports.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import transaction
from django.utils import timezone
from django_tasks.base import Task, TaskResult

from lianxin.foundation.jobs.rules import Daily, Every

Queue = Literal["fast", "slow"]
QUEUE_NAMES = {"fast": "快速", "slow": "普通", "default": "普通"}
"""What people call the queues; the slow worker serves Wagtail's ("default") too."""
LONGEST_PAUSE = timedelta(hours=6)


@dataclass(frozen=True, kw_only=True)
class Job(Task):
    """A function that runs in a worker. ``job.call(...)`` runs it here and now."""

    retries: int = 5
    """How often it is tried again after the first try."""

    backoff: float = 30
    """Seconds before the second try; each further pause is twice as long, up to ``LONGEST_PAUSE``."""

    def enqueue(self, *args: Any, run_after: datetime | None = None, dedupe_key: str | None = None, **kwargs: Any) -> TaskResult:
        """Write the job into the queue, in the caller's transaction; return its row's description (``.id``).

        ``run_after``: not before this moment. ``dedupe_key``: same job and same key mean the same work; when several of them are due,
        one runs and the others are done with it. Each is still written: what waits could be started by a worker before the caller's
        transaction commits, and then it would not see what the caller changed.
        """
        from lianxin.foundation import bulk
        from lianxin.foundation.models import JobKey

        due = replace(self, run_after=run_after or timezone.now())
        if dedupe_key is None:
            return self.get_backend().enqueue(due, args, kwargs)
        key = hashlib.sha256(f"{self.module_path}\0{dedupe_key}".encode()).hexdigest()
        with transaction.atomic(savepoint=False):
            result = self.get_backend().enqueue(due, args, kwargs)
            bulk.add(JobKey(job_id=result.id, key=key))
        return result

    def pause(self, tries: int) -> timedelta:
        """How long to wait after ``tries`` failed tries."""
        doublings = min(tries - 1, 30)
        return min(timedelta(seconds=self.backoff) * 2**doublings, LONGEST_PAUSE)


# What people read in place of a module's path; Wagtail's own first.
_titles = {
    "wagtail.tasks.delete_file_from_storage_task": "删除图片和附件的文件",
    "wagtail.tasks.update_reference_index_task": "更新引用记录",
    "modelsearch.tasks.insert_or_update_object_task": "更新工作台的搜索",
}


def title_of(path: str) -> str:
    """What a job is called, by its path; the path itself when its code is gone."""
    return _titles.get(path, path)


def job(title: str = "", *, queue: Queue = "fast", retries: int = 5, backoff: float = 30, priority: int = 0) -> Callable[[Callable[..., Any]], Job]:
    """Make a function at module level a job; ``title`` is what the desk calls it.

    ``fast`` is for what readers wait for (index, purge, schedules), ``slow`` for mail, pictures and imports. With a ``priority`` above 0 (up
    to 100) it overtakes what waits in its queue: for what somebody sits before and waits for, such as a code.
    """

    def decorate(function: Callable[..., Any]) -> Job:
        made = Job(func=function, queue_name=queue, retries=retries, backoff=backoff, priority=priority)
        if title:
            _titles[made.module_path] = title
        return made

    return decorate


_timetable: dict[str, tuple[Job, Daily | Every]] = {}


def timetable(
    title: str = "", *, every: timedelta | None = None, at: str | None = None, queue: Queue | None = None
) -> Callable[[Job | Callable[..., Any]], Job]:
    """Run a job (or a function, which becomes one) regularly: ``every=timedelta(minutes=5)``, or daily ``at="07:30"`` local time.

    What was missed while no worker ran is made up once. A function becomes a fast job with ``every`` and a slow one with ``at``, unless
    ``queue`` says otherwise.
    """
    if (every is None) == (at is None):
        raise ValueError("give either every= or at=")
    rule = Every(every) if every is not None else Daily.parse(str(at))

    def decorate(work: Job | Callable[..., Any]) -> Job:
        made = work if isinstance(work, Job) else job(title, queue=queue or ("fast" if every is not None else "slow"))(work)
        _timetable[made.module_path] = (made, rule)
        return made

    return decorate


def registered() -> dict[str, tuple[Job, Daily | Every]]:
    """The timetable as the code declares it, by the path of each job."""
    return dict(_timetable)
