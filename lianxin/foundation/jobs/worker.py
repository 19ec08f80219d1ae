"""The process that runs jobs: claims one at a time, notes how it went, and looks after what dead workers left.

One row of the queue is one job; each try adds the worker's id to ``worker_ids``, so their number is the number of tries.
"""

import logging
import os
import select
import signal
import threading
import traceback
import uuid
from datetime import datetime, timedelta
from types import FrameType
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError, InterfaceError, close_old_connections, connection, transaction
from django.utils import timezone
from django_tasks.base import TaskResultStatus as Status
from django_tasks.utils import normalize_json
from django_tasks_db.models import DBTaskResult

from lianxin.foundation import processes
from lianxin.foundation.jobs import Job, deadletters, schedules
from lianxin.foundation.models import FailedTry, JobKey, JobWorker

logger = logging.getLogger(__name__)

# How often an idle worker looks, in seconds. Fast: what a reader waits for.
INTERVALS = {"fast": 0.5, "slow": 1.0}
# Whose jobs a worker takes. "default" is where Wagtail puts its own, as the deleting of a deleted picture's file.
SERVED = {"fast": ("fast",), "slow": ("slow", "default")}
HEARTBEAT = 10.0
LONGEST_PAUSE_WITHOUT_DATABASE = 15.0
# A worker on another machine that has been silent for this long is dead; on this machine its process tells.
SILENT_FOR = timedelta(seconds=60)
REAP_EVERY = timedelta(seconds=10)
LOOK_AT_TIMETABLE_EVERY = timedelta(seconds=30)


class WorkerDied(Exception):
    """Stands for the error of a try whose worker did not live to report one."""


class Worker:
    """One worker on one queue. ``run()`` returns after SIGTERM or SIGINT, when the job in hand is finished."""

    def __init__(self, queue: str, interval: float | None = None) -> None:
        self.queue = queue
        self.interval = INTERVALS[queue] if interval is None else interval
        self.id = uuid.uuid4().hex
        self.job_id: uuid.UUID | None = None
        self._stopping = False
        self._bell: tuple[int, int] | None = None
        self._ended = threading.Event()
        self._begun = False
        self._pause = 0.0
        self._former: list[str] = []
        self._reap_at = self._timetable_at = datetime.min.replace(tzinfo=timezone.get_default_timezone())

    # --- the loop ---

    def run(self) -> None:
        """Work until told to stop. A database that is away is waited for."""
        self._bell = os.pipe()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()
        logger.info("worker %s on queue %s begins", self.id, self.queue)
        while not self._stopping:
            self._sleep(self.turn())
        self._ended.set()
        self.end()
        logger.info("worker %s on queue %s ends", self.id, self.queue)

    def turn(self) -> float:
        """Do one thing, or find that the database does not answer; return how many seconds to pause."""
        try:
            if not self._begun:
                self.begin()
            self._pause = 0.0 if self.step() else self.interval
            close_old_connections()
        except (DatabaseError, InterfaceError):
            logger.exception("the database does not answer; trying again")
            connection.close()
            self._pause = min(max(self._pause, self.interval) * 2, LONGEST_PAUSE_WITHOUT_DATABASE)
            if self.job_id is not None:
                self._abandon()
        return self._pause

    def _abandon(self) -> None:
        """Go on under another id: how the job in hand ended could not be written down, so its row is to be found with a dead worker's."""
        self._former.append(self.id)
        self.id, self.job_id, self._begun = uuid.uuid4().hex, None, False

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
        if self._bell:
            os.write(self._bell[1], b"!")

    def _sleep(self, seconds: float) -> None:
        if seconds and self._bell and not self._stopping:
            select.select([self._bell[0]], [], [], seconds)

    def begin(self) -> None:
        """Register this worker, put back what it could not settle under a former id, and bring the timetable up to date."""
        self.note_alive()
        for former in JobWorker.objects.filter(pk__in=self._former):
            _bury_worker(former)
        self._former.clear()
        schedules.sync()
        self._begun = True

    def end(self) -> None:
        """Strike this worker off."""
        try:
            JobWorker.objects.filter(pk=self.id).delete()
        except (DatabaseError, InterfaceError):
            logger.exception("worker %s could not sign off; it will be found dead", self.id)
        connection.close()

    def step(self) -> bool:
        """Look after the timetable and the dead when it is time, then run one job; return whether there was one."""
        now = timezone.now()
        if now >= self._timetable_at:
            schedules.enqueue_due()
            self._timetable_at = min(schedules.next_due() or now + LOOK_AT_TIMETABLE_EVERY, now + LOOK_AT_TIMETABLE_EVERY)
        if now >= self._reap_at:
            reap()
            self._reap_at = now + REAP_EVERY
        row = self.claim()
        if row is None:
            return False
        self.execute(row)
        return True

    # --- the heart ---

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT):
            try:
                if self._begun:
                    self.note_alive()
            except (DatabaseError, InterfaceError):
                logger.warning("heartbeat of worker %s failed", self.id)
                connection.close()
        connection.close()

    def note_alive(self) -> None:
        """Write the heartbeat; a worker that was struck off by mistake (its machine slept) is back with it."""
        now = timezone.now()
        if JobWorker.objects.filter(pk=self.id).update(seen_at=now):
            return
        JobWorker.objects.create(
            id=self.id,
            queue=self.queue,
            machine=processes.machine(),
            pid=os.getpid(),
            process_started=processes.started(os.getpid()),
            started_at=now,
            seen_at=now,
            job_id=self.job_id,
        )

    # --- one job ---

    def claim(self) -> DBTaskResult | None:
        """Take the next job that is due, and with it those that are the same work."""
        due = DBTaskResult.objects.ready().filter(queue_name__in=SERVED[self.queue])
        # First without a transaction: an idle worker must not take the writer's place twice a second.
        if not due.exists():
            return None
        with transaction.atomic():
            row = due.select_for_update(skip_locked=True).first()
            if row is None:
                return None
            row.claim(self.id)
            self.job_id = row.pk
            JobWorker.objects.filter(pk=self.id).update(job_id=row.pk)
            _drop_same_work(row)
        return row

    def execute(self, row: DBTaskResult) -> None:
        """Run a claimed job and note how it went."""
        logger.info("job %s %s, try %d", row.pk, row.task_path, len(row.worker_ids))
        try:
            value = _run(row)
        except (Exception, SystemExit) as error:
            logger.warning("job %s %s failed: %s", row.pk, row.task_path, type(error).__name__)
            _settle(row, self.id, error)
        else:
            self._succeed(row, value)
        self.job_id = None

    def _succeed(self, row: DBTaskResult, value: Any) -> None:
        with transaction.atomic():
            if not _still_ours(row, self.id):
                return
            DBTaskResult.objects.filter(pk=row.pk).update(
                status=Status.SUCCESSFUL, finished_at=timezone.now(), return_value=value, exception_class_path="", traceback=""
            )
            _tidy(row, self.id)


def run_due(queue: str | None = None, at_most: int = 1000) -> int:
    """Run, here and now, what is due and return how many jobs that was; for commands and tests, beside the workers or without them."""
    count = 0
    workers = [Worker(name) for name in ([queue] if queue else INTERVALS)]
    while count < at_most:
        row_and_worker = next(((row, worker) for worker in workers if (row := worker.claim()) is not None), None)
        if row_and_worker is None:
            return count
        row, worker = row_and_worker
        worker.execute(row)
        count += 1
    return count


def _run(row: DBTaskResult) -> Any:
    arguments = row.args_kwargs
    value = row.task.call(*arguments["args"], **arguments["kwargs"])
    try:
        return normalize_json(value)
    except (TypeError, ValueError):
        # What is no plain data is of no use to anybody later.
        return None


def _still_ours(row: DBTaskResult, worker_id: str) -> bool:
    """Whether nobody has declared this worker dead and given its job away; locks the row until the transaction ends."""
    current = DBTaskResult.objects.select_for_update().filter(pk=row.pk, status=Status.RUNNING).first()
    ours = current is not None and current.worker_ids[-1:] == [worker_id]
    if not ours:
        logger.warning("job %s was taken from worker %s meanwhile; its result is dropped", row.pk, worker_id)
    return ours


def _tidy(row: DBTaskResult, worker_id: str) -> None:
    JobKey.objects.filter(job_id=row.pk).delete()
    JobWorker.objects.filter(pk=worker_id).update(job_id=None)


def _drop_same_work(row: DBTaskResult) -> None:
    """Mark as done the other jobs of the same key that are due: they were committed before this one starts, so it sees their facts."""
    key = JobKey.objects.filter(job_id=row.pk).values_list("key", flat=True).first()
    if key is None:
        return
    same = JobKey.objects.filter(key=key).exclude(job_id=row.pk).values_list("job_id", flat=True)
    dropped = list(DBTaskResult.objects.ready().select_for_update(skip_locked=True).filter(pk__in=list(same)).values_list("pk", flat=True))
    now = timezone.now()
    DBTaskResult.objects.filter(pk__in=dropped).update(
        status=Status.SUCCESSFUL, started_at=now, finished_at=now, return_value={"done_by": str(row.pk)}
    )
    JobKey.objects.filter(job_id__in=dropped).delete()


# --- failure ---


def _job_of(row: DBTaskResult) -> Job:
    """The job's rules; a job whose code is gone or broken gets the usual ones, so that its row is kept for a person to see."""
    try:
        task = row.task
    except (ImportError, SuspiciousOperation):
        task = None
    return task if isinstance(task, Job) else Job(func=_unknown, queue_name="fast")


def _unknown() -> None:
    """Stands in for a job that cannot be imported."""


def _settle(row: DBTaskResult, worker_id: str, error: BaseException) -> None:
    """Note a failed try; put the job back for later, or among the dead letters after its last try."""
    now = timezone.now()
    text = "".join(traceback.format_exception(error))
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    tries = len(row.worker_ids)
    job = _job_of(row)
    with transaction.atomic():
        if not _still_ours(row, worker_id):
            return
        FailedTry.objects.create(
            job_id=row.pk,
            number=tries,
            worker=worker_id,
            started_at=row.started_at,
            ended_at=now,
            error=type(error).__qualname__[:200],
            traceback=text,
        )
        changes: dict[str, Any] = {"exception_class_path": name, "traceback": text}
        if tries <= job.retries:
            # A dead worker is most often a restart and no fault of the job: go on at once, and be patient only if it dies again.
            pause = timedelta(0) if isinstance(error, WorkerDied) and tries == 1 else job.pause(tries)
            DBTaskResult.objects.filter(pk=row.pk).update(status=Status.READY, run_after=now + pause, **changes)
            JobWorker.objects.filter(pk=worker_id).update(job_id=None)
            return
        DBTaskResult.objects.filter(pk=row.pk).update(status=Status.FAILED, finished_at=now, **changes)
        deadletters.bury(row, error=type(error).__qualname__, text=text, tries=tries)
        _tidy(row, worker_id)


# --- the dead ---


def reap() -> list[str]:
    """Find workers that are dead, put back what they had in hand, strike them off; return their ids."""
    dead = [worker for worker in JobWorker.objects.all() if not is_alive(worker)]
    return [worker.pk for worker in dead if _bury_worker(worker)]


def is_alive(worker: JobWorker) -> bool:
    """On this machine the process itself tells, elsewhere its heartbeat."""
    if worker.machine == processes.machine() and worker.process_started is not None:
        return processes.started(worker.pid) == worker.process_started
    return worker.seen_at > timezone.now() - SILENT_FOR


def _bury_worker(worker: JobWorker) -> bool:
    with transaction.atomic():
        # Two workers may find the same dead one.
        found = JobWorker.objects.select_for_update(skip_locked=True).filter(pk=worker.pk).first()
        if found is None:
            return False
        row = DBTaskResult.objects.filter(pk=found.job_id, status=Status.RUNNING).first() if found.job_id else None
        if row is not None:
            _settle(row, found.pk, WorkerDied(f"the worker process {found.pid} on {found.machine.split('/')[0]} died"))
        found.delete()
    logger.warning("worker %s on queue %s is dead", worker.pk, worker.queue)
    return True
