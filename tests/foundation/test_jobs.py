"""Jobs: written with their fact, tried again, deduplicated, taken over from dead workers, buried, pruned, and run by the clock."""

import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError, close_old_connections, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult
from wagtail.tasks import delete_file_from_storage_task

from lianxin.foundation import actions, jobs, notify, processes, queries
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.foundation.jobs import deadletters, housekeeping, rules, schedules, worker
from lianxin.foundation.jobs.worker import Worker
from lianxin.foundation.models import AuditEntry, DeadLetter, FailedTry, JobKey, JobWorker, Schedule
from tests.foundation import sample_jobs
from tests.foundation.sample_jobs import note, note_at_once, note_slowly, write_and_wait

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(jobs, "_timetable", {})
    yield
    sample_jobs.done.clear()
    sample_jobs.obstacles.clear()


@pytest.fixture
def hand(db: None) -> Worker:
    """A registered worker of this very process."""
    hand = Worker("fast")
    hand.note_alive()
    return hand


def only_row() -> DBTaskResult:
    """The one job in the queue."""
    return DBTaskResult.objects.get()


def die(hand: Worker) -> None:
    """Let the worker's row look as if its process had been killed."""
    JobWorker.objects.filter(pk=hand.id).update(process_started=1)


# --- enqueueing ------------------------------------------------------------------------------------------------------------------------


def test_a_job_is_a_task_of_the_library_and_can_be_called() -> None:
    assert isinstance(note, Task)
    assert note.call("now") == "now"
    assert (note.queue_name, note.retries, note.backoff) == ("fast", 2, 10)


def test_a_job_runs_with_its_arguments(hand) -> None:
    note.enqueue({"a": [1, "二"]})
    assert hand.step()
    assert sample_jobs.done == [{"a": [1, "二"]}]
    row = only_row()
    assert (row.status, row.return_value, row.traceback) == ("SUCCESSFUL", {"a": [1, "二"]}, "")
    assert JobWorker.objects.get().job_id is None
    assert not hand.step()


def test_a_result_that_is_no_plain_data_is_forgotten(db) -> None:
    note_slowly.enqueue(1)
    assert worker.run_due("slow") == 1
    assert (only_row().status, only_row().return_value) == ("SUCCESSFUL", None)


def test_arguments_that_are_no_plain_data_are_refused_at_once(db) -> None:
    with pytest.raises(TypeError):
        note.enqueue(object())
    assert not DBTaskResult.objects.exists()


def test_a_job_belongs_to_the_transaction_of_its_fact(db) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        note.enqueue(1, dedupe_key="a")
        1 / 0  # noqa: B018
    assert not DBTaskResult.objects.exists()
    assert not JobKey.objects.exists()


def test_each_worker_takes_its_own_queue_first_come_first_served(clock, hand) -> None:
    note.enqueue(1)
    clock.shift(seconds=1)
    note_slowly.enqueue(2)
    note.enqueue(3)
    while hand.step():
        pass
    assert sample_jobs.done == [1, 3]
    assert worker.run_due() == 1
    assert sample_jobs.done == [1, 3, 2]


def test_what_somebody_waits_for_overtakes(clock, hand) -> None:
    for value in (1, 2):
        note.enqueue(value)
    clock.shift(seconds=1)
    note_at_once.enqueue("code")
    while hand.step():
        pass
    assert sample_jobs.done == ["code", 1, 2]


def test_a_job_for_later_waits(clock, hand) -> None:
    note.enqueue(1, run_after=timezone.now() + timedelta(minutes=5))
    assert not hand.step()
    clock.shift(minutes=5)
    assert hand.step()
    assert sample_jobs.done == [1]


def test_jobs_enqueued_by_the_library_itself_run_too(hand) -> None:
    Task.enqueue(note, "plain")
    assert hand.step()
    assert sample_jobs.done == ["plain"]


def test_what_wagtail_leaves_to_a_worker_is_done(db, tmp_path) -> None:
    """A picture that was deleted: its file goes."""
    (tmp_path / "photo.png").write_bytes(b"picture")
    delete_file_from_storage_task.enqueue(FileSystemStorage(location=str(tmp_path)).deconstruct(), "photo.png")
    assert queries.job_health()[1].waiting == 1
    assert worker.run_due("fast") == 0
    assert worker.run_due("slow") == 1
    assert not (tmp_path / "photo.png").exists()


def test_an_idle_worker_only_reads(hand) -> None:
    schedules.sync()
    hand.step()
    with CaptureQueriesContext(connection) as captured:
        assert not hand.step()
    assert len(captured) == 1
    assert captured[0]["sql"].startswith("SELECT")


# --- the same work -----------------------------------------------------------------------------------------------------------------------


def test_of_jobs_with_one_key_one_runs(clock, hand) -> None:
    for _ in range(3):
        note.enqueue(5, dedupe_key="article 5")
    note.enqueue(6, dedupe_key="article 6")
    note.enqueue(7)
    while hand.step():
        pass
    assert sorted(sample_jobs.done) == [5, 6, 7]
    assert set(DBTaskResult.objects.values_list("status", flat=True)) == {"SUCCESSFUL"}
    assert not JobKey.objects.exists()


def test_what_is_written_while_the_job_runs_runs_again(hand) -> None:
    note.enqueue(5, dedupe_key="a")
    running = hand.claim()
    note.enqueue(5, dedupe_key="a")
    hand.execute(running)
    while hand.step():
        pass
    assert sample_jobs.done == [5, 5]


def test_a_later_moment_is_no_repetition(clock, hand) -> None:
    note.enqueue("now", dedupe_key="a")
    note.enqueue("later", dedupe_key="a", run_after=timezone.now() + timedelta(hours=1))
    while hand.step():
        pass
    assert sample_jobs.done == ["now"]
    clock.shift(hours=1)
    assert hand.step()
    assert sample_jobs.done == ["now", "later"]


def test_keys_of_different_jobs_do_not_meet(db) -> None:
    note.enqueue(1, dedupe_key="a")
    note_slowly.enqueue(2, dedupe_key="a")
    assert worker.run_due() == 2


# --- failure ---------------------------------------------------------------------------------------------------------------------------


def test_a_failed_job_is_tried_again_after_ever_longer_pauses(clock, hand) -> None:
    sample_jobs.obstacles[:] = [ValueError("first"), ValueError("second")]
    note.enqueue(1)
    assert hand.step()
    assert only_row().status == "READY"
    clock.shift(seconds=9)
    assert not hand.step()
    clock.shift(seconds=1)
    assert hand.step()
    clock.shift(seconds=19)
    assert not hand.step()
    clock.shift(seconds=1)
    assert hand.step()
    assert sample_jobs.done == [1]
    assert only_row().status == "SUCCESSFUL"
    tries = list(queries.failed_tries(only_row().pk))
    assert [(attempt.number, attempt.error) for attempt in tries] == [(1, "ValueError"), (2, "ValueError")]
    assert "second" in tries[1].traceback
    assert not queries.dead_letters().exists()


def test_pauses_double_up_to_a_limit() -> None:
    assert [note.pause(tries).total_seconds() for tries in (1, 2, 3, 4)] == [10, 20, 40, 80]
    assert note.pause(1000) == jobs.LONGEST_PAUSE


def test_what_a_failed_job_wrote_in_a_transaction_is_gone(hand, monkeypatch) -> None:
    def half_done(value: object) -> None:
        with transaction.atomic():
            Schedule.objects.create(name="half", rule="", next_at=timezone.now())
            raise ValueError

    monkeypatch.setattr(Task, "call", lambda self, *args: half_done(*args))
    note.enqueue(1)
    assert hand.step()
    assert not Schedule.objects.filter(name="half").exists()
    assert FailedTry.objects.get().error == "ValueError"


def test_the_last_failure_leaves_a_dead_letter(clock, hand) -> None:
    sample_jobs.obstacles[:] = [ValueError("one"), ValueError("two"), ValueError("three")]
    note.enqueue(1, dedupe_key="a")
    for _ in range(3):
        assert hand.step()
        clock.shift(hours=1)
    assert not hand.step()
    letter = queries.dead_letters().get()
    assert (letter.task_path, letter.queue, letter.tries, letter.error) == ("tests.foundation.sample_jobs.note", "fast", 3, "ValueError")
    assert letter.args_kwargs == {"args": [1], "kwargs": {}}
    assert "three" in letter.traceback
    assert only_row().status == "FAILED"
    assert not JobKey.objects.exists()
    assert JobWorker.objects.get().job_id is None


def test_a_job_whose_code_is_gone_is_kept_for_a_person(clock, hand) -> None:
    note.enqueue(1)
    DBTaskResult.objects.update(task_path="lianxin.nowhere.nothing")
    for _ in range(6):
        assert hand.step()
        clock.shift(hours=7)
    letter = queries.dead_letters().get()
    assert "ModuleNotFoundError" in letter.error
    with pytest.raises(Refused, match="已经没有这项任务"):
        actions.retry_dead_letter(None, letter)


def test_a_job_that_ends_the_process_only_fails(hand) -> None:
    sample_jobs.obstacles[:] = [SystemExit(1)]
    note.enqueue(1)
    assert hand.step()
    assert FailedTry.objects.get().error == "SystemExit"


# --- dead letters ------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def letter(db: None) -> DeadLetter:
    """A job that has died."""
    note.enqueue(1)
    row = only_row()
    deadletters.bury(row, error="ValueError", text="Traceback …", tries=3)
    DBTaskResult.objects.all().delete()
    return DeadLetter.objects.get()


@pytest.fixture
def administrator(django_user_model):
    """An account that may do everything."""
    return django_user_model.objects.create_superuser("jobs-admin", "jobs@example.com", "x")


def test_the_same_work_dying_again_is_counted(letter) -> None:
    note.enqueue(1)
    row = only_row()
    deadletters.bury(row, error="KeyError", text="…", tries=3)
    letter.refresh_from_db()
    assert (letter.times, letter.error, letter.job_id) == (2, "KeyError", row.pk)
    actions.discard_dead_letter(None, letter, "不再需要")
    deadletters.bury(row, error="KeyError", text="…", tries=3)
    assert DeadLetter.objects.count() == 2
    assert queries.dead_letters().get().times == 1


def test_a_dead_letter_is_retried_once(letter, administrator) -> None:
    decided = actions.retry_dead_letter(administrator, letter)
    assert (decided.state, decided.decided_by) == ("retried", administrator)
    assert worker.run_due() == 1
    assert sample_jobs.done == [1]
    entry = AuditEntry.objects.first()
    assert (entry.deed, entry.actor, entry.subject_id) == ("job.retried", administrator, str(letter.pk))
    with pytest.raises(Refused, match="已经处理过了"):
        actions.retry_dead_letter(administrator, letter)
    assert not queries.dead_letters().exists()


def test_a_dead_job_of_wagtails_can_be_retried_too(clock, db, administrator) -> None:
    letter = DeadLetter.objects.create(
        job_id=uuid4(),
        task_path="wagtail.tasks.update_reference_index_task",
        queue="default",
        args_kwargs={"args": ["wagtailcore", "page", 1], "kwargs": {}},
        fingerprint="f",
        tries=6,
        error="OperationalError",
        traceback="",
        first_died_at=clock.now(),
        died_at=clock.now(),
    )
    assert (letter.title, letter.queue_name) == ("更新引用记录", "普通")
    actions.retry_dead_letter(administrator, letter)
    assert only_row().task_path == letter.task_path


def test_a_dead_letter_is_given_up_with_a_reason(letter, administrator) -> None:
    with pytest.raises(Refused, match="原因"):
        actions.discard_dead_letter(administrator, letter, "  ")
    decided = actions.discard_dead_letter(administrator, letter, "邮件服务器已更换")
    assert (decided.state, decided.reason) == ("discarded", "邮件服务器已更换")
    assert AuditEntry.objects.first().deed == "job.discarded"
    assert not DBTaskResult.objects.exists()


def test_administrators_named_by_the_rooms_above_may_decide(letter, django_user_model, monkeypatch) -> None:
    keeper = django_user_model.objects.create_user("keeper", "k@example.com", "x", is_staff=True)
    monkeypatch.setattr(notify, "_administrators", [lambda: [keeper]])
    assert actions.retry_dead_letter(keeper, letter).decided_by == keeper


def test_whoever_lacks_the_right_decides_nothing(letter, django_user_model) -> None:
    somebody = django_user_model.objects.create_user("somebody", "s@example.com", "x", is_staff=True)
    for deed in (lambda: actions.retry_dead_letter(somebody, letter), lambda: actions.discard_dead_letter(somebody, letter, "x")):
        with pytest.raises(Forbidden):
            deed()
    letter.refresh_from_db()
    assert letter.state == "open"
    assert not DBTaskResult.objects.exists()


# --- dead workers ------------------------------------------------------------------------------------------------------------------------


def test_the_job_of_a_dead_worker_goes_on_at_once(hand) -> None:
    note.enqueue(1)
    assert hand.claim()
    die(hand)
    other = Worker("fast")
    other.note_alive()
    assert other.step()
    assert sample_jobs.done == [1]
    assert list(JobWorker.objects.values_list("pk", flat=True)) == [other.id]
    assert FailedTry.objects.get().error == "WorkerDied"
    assert only_row().worker_ids == [hand.id, other.id]


def test_a_job_that_kills_its_workers_ends_among_the_dead_letters(clock, db) -> None:
    note.enqueue(1)
    for _ in range(3):
        hand = Worker("fast")
        hand.note_alive()
        assert hand.claim()
        die(hand)
        assert worker.reap() == [hand.id]
        clock.shift(minutes=1)
    assert queries.dead_letters().get().error == "WorkerDied"
    assert only_row().status == "FAILED"


def test_a_living_worker_keeps_its_job(clock, hand) -> None:
    note.enqueue(1)
    assert hand.claim()
    clock.shift(hours=3)
    assert worker.reap() == []
    assert only_row().status == "RUNNING"


def test_on_another_machine_silence_tells(clock, hand) -> None:
    JobWorker.objects.update(machine="elsewhere/1/pid:[1]")
    clock.shift(seconds=59)
    assert worker.reap() == []
    clock.shift(seconds=2)
    assert worker.reap() == [hand.id]


def test_a_worker_declared_dead_by_mistake_harms_nothing(hand) -> None:
    note.enqueue(1)
    row = hand.claim()
    die(hand)
    worker.reap()
    other = Worker("fast")
    other.note_alive()
    taken = other.claim()
    hand.execute(row)
    assert only_row().status == "RUNNING", "the result of the one declared dead was kept"
    other.execute(taken)
    assert only_row().status == "SUCCESSFUL"
    hand.note_alive()
    assert JobWorker.objects.filter(pk=hand.id).exists()


def test_a_database_that_goes_away_loses_no_job(hand, monkeypatch) -> None:
    """The job is done and the note of it fails: it is put back, and runs again."""

    def fail(*args: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    monkeypatch.setattr(worker.connection, "close", lambda: None)
    note.enqueue(1)
    first, settle = hand.id, Worker._succeed
    monkeypatch.setattr(Worker, "_succeed", fail)
    assert hand.turn() == hand.interval * 2
    assert only_row().status == "RUNNING"
    monkeypatch.setattr(Worker, "_succeed", settle)
    assert hand.turn() == 0
    assert only_row().status == "SUCCESSFUL"
    assert sample_jobs.done == [1, 1]
    assert hand.id != first
    assert list(JobWorker.objects.values_list("pk", flat=True)) == [hand.id]


def test_a_process_is_known_by_its_number_and_its_beginning() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    begun = processes.started(child.pid)
    assert begun is not None
    assert begun >= processes.started(os.getpid())
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert processes.started(child.pid) is None, "a zombie counted as alive"
    child.communicate()


# --- the timetable -----------------------------------------------------------------------------------------------------------------------


def test_a_function_becomes_a_job_and_a_job_stays_one() -> None:
    daily = jobs.timetable(at="07:30")(sample_jobs.daily)
    assert (daily.queue_name, jobs.registered()[daily.module_path][1]) == ("slow", rules.Daily.parse("07:30"))
    assert jobs.timetable(every=timedelta(minutes=1))(sample_jobs.daily).queue_name == "fast"
    assert jobs.timetable(at="03:00", queue="fast")(sample_jobs.daily).queue_name == "fast"
    assert jobs.timetable(every=timedelta(hours=1))(note) is note


@pytest.mark.parametrize("arguments", [{}, {"every": timedelta(1), "at": "07:30"}, {"at": "25:00"}, {"at": "soon"}, {"every": timedelta(0)}])
def test_a_timetable_says_one_clear_thing(arguments) -> None:
    with pytest.raises(ValueError):
        jobs.timetable(**arguments)(note)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2025-03-03T07:29:59+08:00", "2025-03-03T07:30+08:00"),
        ("2025-03-03T07:30:00+08:00", "2025-03-04T07:30+08:00"),
        ("2025-03-02T23:31:00+00:00", "2025-03-04T07:30+08:00"),
        ("2025-12-31T20:00:00+08:00", "2026-01-01T07:30+08:00"),
    ],
)
def test_daily_means_shanghai_time(now: str, expected: str) -> None:
    assert rules.Daily.parse("07:30").after(datetime.fromisoformat(now), None) == datetime.fromisoformat(expected)


def test_a_distance_keeps_its_grid_however_late_it_is() -> None:
    rule, previous = rules.Every(timedelta(minutes=5)), datetime(2025, 3, 3, 1, 2, tzinfo=UTC)
    assert rule.after(previous, previous) == datetime(2025, 3, 3, 1, 7, tzinfo=UTC)
    assert rule.after(datetime(2025, 3, 3, 1, 23, 30, tzinfo=UTC), previous) == datetime(2025, 3, 3, 1, 27, tzinfo=UTC)
    assert rule.after(datetime(2025, 3, 3, 1, 3, tzinfo=UTC), None) == datetime(2025, 3, 3, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("distance", "said"),
    [
        (timedelta(minutes=5), "每 5 分钟"),
        (timedelta(hours=1), "每 1 小时"),
        (timedelta(days=1, minutes=30), "每 1 天 30 分钟"),
        (timedelta(seconds=90), "每 1 分钟 30 秒"),
    ],
)
def test_a_distance_is_said_in_words(distance: timedelta, said: str) -> None:
    assert str(rules.Every(distance)) == said


def test_the_timetable_runs_by_the_clock_and_makes_up_once(clock, hand, monkeypatch) -> None:
    daily = jobs.timetable(every=timedelta(minutes=5))(sample_jobs.daily)
    monkeypatch.setattr(sample_jobs, "daily", daily)
    schedules.sync()
    assert schedules.enqueue_due() == []
    clock.shift(minutes=5)
    assert schedules.enqueue_due() == [daily.module_path]
    assert schedules.enqueue_due() == []
    clock.shift(hours=2)
    assert schedules.enqueue_due() == [daily.module_path]
    assert schedules.enqueue_due() == []
    assert Schedule.objects.get().next_at == timezone.now() + timedelta(minutes=5)
    assert hand.step()
    assert not hand.step()
    assert sample_jobs.done == ["daily"], "what was missed while no worker ran ran more than once"


def test_the_rows_follow_the_code(clock, db) -> None:
    jobs.timetable(at="07:30")(note)
    jobs.timetable(at="08:30")(note_slowly)
    schedules.sync()
    assert {row.name for row in queries.timetable()} == {note.module_path, note_slowly.module_path}
    before = Schedule.objects.get(name=note.module_path).next_at
    clock.shift(hours=1)
    schedules.sync()
    assert Schedule.objects.get(name=note.module_path).next_at == before, "a restart moved what had not changed"
    jobs._timetable.pop(note_slowly.module_path)
    jobs.timetable(at="10:15")(note)
    schedules.sync()
    assert timezone.localtime(Schedule.objects.get().next_at).strftime("%m-%d %H:%M") == "03-03 10:15"


def test_a_worker_looks_at_the_timetable_when_something_is_due(clock, hand) -> None:
    jobs.timetable(at="09:01")(note)
    schedules.sync()
    assert not hand.step()
    clock.shift(seconds=59)
    assert not hand.step()
    clock.shift(seconds=1)
    assert hand.step()
    assert FailedTry.objects.get().error == "TypeError", "note() wants an argument, so the job was run"


@pytest.mark.django_db(transaction=True)
def test_two_workers_claim_one_moment_once(clock) -> None:
    jobs.timetable(at="09:01")(note)
    schedules.sync()
    clock.shift(minutes=1)
    together = threading.Barrier(4)
    claimed: list[list[str]] = []

    def ask() -> None:
        close_old_connections()
        together.wait(20)
        claimed.append(schedules.enqueue_due())
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(claimed) == [[], [], [], [note.module_path]]
    assert DBTaskResult.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_workers_run_each_job_once() -> None:
    for number in range(40):
        note.enqueue(number)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            worker.run_due("fast")
        except BaseException as error:
            errors.append(error)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    worker.run_due("fast")
    assert not errors
    assert sorted(sample_jobs.done) == list(range(40))
    assert not FailedTry.objects.exists()


# --- pruning and health ------------------------------------------------------------------------------------------------------------------


def test_what_is_finished_and_old_goes(clock, hand, letter, monkeypatch) -> None:
    monkeypatch.setattr(housekeeping, "_BATCH", 2)
    for number in range(5):
        note.enqueue(number)
    while hand.step():
        pass
    note.enqueue("later", run_after=timezone.now() + timedelta(days=300))
    sample_jobs.obstacles[:] = [ValueError()]
    note.enqueue("failing")
    hand.step()
    DBTaskResult.objects.filter(args_kwargs__args=["failing"]).update(status="FAILED", finished_at=timezone.now())
    clock.shift(days=2, hours=23)
    assert housekeeping.prune.call() == {"successful": 0, "failed": 0, "tries": 0, "letters": 0}
    clock.shift(hours=2)
    assert housekeeping.prune.call() == {"successful": 5, "failed": 0, "tries": 0, "letters": 0}
    clock.shift(days=90)
    assert housekeeping.prune.call() == {"successful": 0, "failed": 1, "tries": 1, "letters": 0}
    actions.discard_dead_letter(None, letter, "旧了")
    clock.shift(days=201)
    assert housekeeping.prune.call()["letters"] == 1
    assert only_row().args_kwargs["args"] == ["later"]


def test_pruning_is_on_the_timetable() -> None:
    importlib.reload(housekeeping)
    assert str(jobs.registered()["lianxin.foundation.jobs.housekeeping.prune"][1]) == "每天 03:40"


def test_health_names_what_is_wrong(clock, db) -> None:
    fast, slow = queries.job_health()
    assert (fast.queue, slow.queue) == ("fast", "slow")
    assert "lianxin worker fast" in fast.problems[0]
    hand = Worker("fast")
    hand.note_alive()
    note.enqueue(1)
    note.enqueue(2)
    note.enqueue(3, run_after=timezone.now() + timedelta(days=1))
    hand.claim()
    fast = queries.job_health()[0]
    assert (fast.workers, fast.waiting, fast.later, fast.running, fast.problems) == (1, 1, 1, 1, [])
    clock.shift(minutes=3)
    assert "3 分钟" in queries.job_health()[0].problems[0]


# --- a real process ------------------------------------------------------------------------------------------------------------------------

WORKER = """
import importlib, os, sys
settings = importlib.import_module(os.environ["DJANGO_SETTINGS_MODULE"])
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
from lianxin.foundation.jobs import schedules
from lianxin.foundation.jobs.worker import Worker
schedules.sync = lambda: None  # the city's own timetable stays out of the test
Worker("fast", interval=0.05).run()
"""


@pytest.fixture
def start_worker(transactional_db: None) -> Iterator[Callable[[], subprocess.Popen]]:
    """``start_worker()``: a worker in a process of its own on the test database."""
    started: list[subprocess.Popen] = []

    def start() -> subprocess.Popen:
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        name = str(connection.settings_dict["NAME"])
        started.append(subprocess.Popen([sys.executable, "-c", WORKER, name], cwd=ROOT, env=environment, stderr=subprocess.PIPE))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def lines(path: Path) -> int:
    """How many lines the jobs have written."""
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_kill_nine_loses_no_job_and_sigterm_finishes_the_one_in_hand(start_worker, tmp_path) -> None:
    file = tmp_path / "lines"
    write_and_wait.enqueue(str(file), 60)
    first = start_worker()
    until(lambda: lines(file) == 1)
    first.kill()
    first.wait()
    assert only_row().status == "RUNNING"
    DBTaskResult.objects.update(args_kwargs={"args": [str(file), 0.5], "kwargs": {}})
    second = start_worker()
    until(lambda: lines(file) == 2)
    second.send_signal(signal.SIGTERM)
    assert second.wait(30) == 0
    assert only_row().status == "SUCCESSFUL"
    assert FailedTry.objects.get().error == "WorkerDied"
    assert not JobWorker.objects.exists()
