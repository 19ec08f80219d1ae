"""``lianxin run`` with real processes: whatever is killed is back within seconds, and nothing outlives the supervisor."""

import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from lianxin.foundation import preparation, supervisor
from lianxin.foundation.supervisor import AlreadyRunning, Child, check_port, home_lock

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 90.0  # seconds; an idle machine needs two to five
pytestmark = [
    pytest.mark.skipif("postgres" in settings.DATABASES["default"]["ENGINE"], reason="the processes are the same on both databases"),
    # Asks for the migrated test database, of which the home folder gets a copy.
    pytest.mark.django_db,
]


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for something that other processes do."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.05)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tree() -> dict[int, tuple[int, str]]:
    """Every living process: its parent and its command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if fields[0] not in ("Z", "X"):
                found[int(entry.name)] = (int(fields[1]), (entry / "cmdline").read_text().replace("\0", " "))
    return found


class Running:
    """A supervisor on a home folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        self.output = home / "output.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        """What the supervisor and its children see."""
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
        return {**kept, "LIANXIN_HOME": str(self.home), "PORT": str(self.port), "PYTHONPATH": str(ROOT), "LIANXIN_WEB_PROCESSES": "1"}

    def start(self) -> None:
        """Start, unless it runs, and wait until everything is there."""
        if self.process is None or self.process.poll() is not None:
            with self.output.open("wb") as output:
                command = [sys.executable, "-m", "lianxin", "run"]
                self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment(), stdout=output, stderr=subprocess.STDOUT)
        until(self.is_complete, f"everything started:\n{self.output.read_text()}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal to the supervisor and wait for its end."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def answers(self) -> bool:
        """Whether the web answers."""
        web = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            web.request("GET", "/healthz", headers={"Host": "localhost"})
            return web.getresponse().status > 0
        except (OSError, http.client.HTTPException):
            return False
        finally:
            web.close()

    def parts(self) -> dict[str, list[int]]:
        """The living processes by part: ``master`` and ``web`` (Granian's parent and its processes), ``fast``, ``slow``."""
        everything = tree()
        assert self.process is not None
        own = [pid for pid, (parent, _) in everything.items() if parent == self.process.pid]
        master = [pid for pid in own if "granian" in everything[pid][1]]
        return {
            "master": master,
            "web": [pid for pid, (parent, _) in everything.items() if parent in master],
            "fast": [pid for pid in own if "lianxin worker fast" in everything[pid][1]],
            "slow": [pid for pid in own if "lianxin worker slow" in everything[pid][1]],
        }

    def is_complete(self) -> bool:
        """Whether every process is there, the web answers and both workers have signed on."""
        assert self.process is not None and self.process.poll() is None, self.output.read_text()
        parts = self.parts()
        if [len(parts[part]) for part in ("master", "web", "fast", "slow")] != [1, 1, 1, 1] or not self.answers():
            return False
        with contextlib.closing(sqlite3.connect(self.home / "lianxin.sqlite3")) as database:
            signed_on = {pid for (pid,) in database.execute("SELECT pid FROM foundation_jobworker")}
        return signed_on == {*parts["fast"], *parts["slow"]}

    def everything(self) -> set[int]:
        """The numbers of all processes below the supervisor."""
        return {pid for pids in self.parts().values() for pid in pids}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker) -> Iterator[Running]:
    """A home folder with a migrated database, as an earlier start would have left it."""
    home = tmp_path_factory.mktemp("home")
    with django_db_blocker.unblock(), contextlib.closing(sqlite3.connect(home / "lianxin.sqlite3")) as database:
        connection.ensure_connection()
        connection.connection.backup(database)
        connection.close()
        database.execute("CREATE TABLE IF NOT EXISTS lianxin_cache (cache_key text PRIMARY KEY, value text NOT NULL, expires datetime NOT NULL)")
        database.execute("PRAGMA journal_mode=WAL")
    (home / "static").mkdir()
    (home / "static" / "staticfiles.json").write_text(json.dumps({"paths": {}, "version": "1.1", "hash": ""}))
    preparation.note_prepared(home, {"ENGINE": "lianxin.foundation.sqlite", "NAME": home / "lianxin.sqlite3"}, inhabited=True)
    running = Running(home)
    yield running
    if running.process is not None:
        running.process.terminate()
        assert running.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("part", ["web", "master", "fast", "slow"])
def test_what_is_killed_is_back_and_leaves_no_orphan(running: Running, part: str) -> None:
    running.start()
    before = running.parts()
    os.kill(before[part][0], signal.SIGKILL)
    until(lambda: before[part][0] not in tree(), "the killed process is gone")
    until(running.is_complete, f"everything is back after the end of {part}")
    after = running.parts()
    untouched = {"web": ("master", "fast", "slow"), "master": ("fast", "slow"), "fast": ("master", "slow"), "slow": ("master", "fast")}[part]
    assert all(before[name] == after[name] for name in untouched), "what was well was restarted"
    if part == "master":
        assert not set(before["web"]) & set(tree()), "orphans of the web stayed on the port"


def test_the_supervisor_killed_takes_everything_with_it_and_starts_again(running: Running) -> None:
    running.start()
    everything = running.everything()
    assert running.stop(signal.SIGKILL) == -signal.SIGKILL
    until(lambda: not everything & set(tree()), "all children are gone")
    assert not running.answers()
    running.start()


def test_it_stops_cleanly(running: Running) -> None:
    running.start()
    everything = running.everything()
    assert running.stop(signal.SIGINT) == 0
    assert not everything & set(tree())
    assert not running.answers()
    with contextlib.closing(sqlite3.connect(running.home / "lianxin.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM foundation_jobworker").fetchone() == (0,), "a worker did not sign off"
    output = running.output.read_text()
    assert f"连心已就绪：http://127.0.0.1:{running.port}/" in output
    assert output.rstrip().endswith("连心已停止，数据都已保存。")


def test_a_second_run_says_that_one_is_running(running: Running) -> None:
    running.start()
    assert running.process is not None
    command = [sys.executable, "-m", "lianxin", "run"]
    second = subprocess.run(command, cwd=ROOT, env=running.environment(), capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert second.returncode == 2
    assert "已经在运行" in second.stderr
    assert str(running.process.pid) in second.stderr
    assert f"http://127.0.0.1:{running.port}/" in second.stderr
    assert running.is_complete()


# --- without processes -----------------------------------------------------------------------------------------------------------------


def test_the_home_folder_is_held_by_one(tmp_path: Path) -> None:
    with home_lock(tmp_path, "http://127.0.0.1:1/"), pytest.raises(AlreadyRunning, match=rf"进程 {os.getpid()}"), home_lock(tmp_path, "other"):
        pass
    with home_lock(tmp_path, "http://127.0.0.1:1/"):
        pass


def test_who_comes_while_the_city_is_being_built_is_told_so(tmp_path: Path) -> None:
    with home_lock(tmp_path, doing="正在建立演示城市"), pytest.raises(AlreadyRunning) as told, home_lock(tmp_path, "http://127.0.0.1:1/"):
        pass
    assert str(told.value) == f"这个数据目录正在建立演示城市（进程 {os.getpid()}），请等它完成后再试。"


def test_a_port_that_is_taken_is_named_with_the_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(AlreadyRunning, match=rf"端口 {port} 用不了：已被别的程序占用.*PORT={port + 1}"):
            check_port("127.0.0.1", port, patience=0)
    check_port("127.0.0.1", port, patience=0)
    with pytest.raises(AlreadyRunning, match="没有 70000 这个端口"):
        check_port("127.0.0.1", 70000, patience=0)
    with pytest.raises(AlreadyRunning, match="本机没有这个地址"):
        check_port("192.0.2.1", port, patience=0)


def test_a_child_that_keeps_dying_is_given_longer_pauses_and_one_that_lived_is_not() -> None:
    child = Child("网站", ["false"], None)
    pauses = []
    for moment in range(10):
        child.began = moment
        child.ended(1, moment)
        pauses.append(round(child.start_at - moment, 1))
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]
    child.began = 100
    child.ended(1, 100 + supervisor.STEADY_AFTER + 1)
    assert child.pause == 2 * supervisor.FIRST_PAUSE


def test_a_log_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LOG_LIMIT", 10)
    log = tmp_path / "web.log"
    log.write_text("a line longer than that\n")
    child = Child("网站", ["true"], log)
    kept = supervisor.Supervisor(tmp_path, "127.0.0.1", 1, child, [])
    kept._trim_logs(100)
    assert (log.read_text(), (tmp_path / "web.log.1").read_text()) == ("", "a line longer than that\n")


READS_BESIDE = """
import os, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from lianxin.foundation.search import children

if __name__ == "__main__":
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=children.begin, initargs=((),))
    print(pool.submit(os.getpid).result(), flush=True)
    time.sleep(600)
"""


def test_what_reads_beside_a_rebuild_dies_with_it(tmp_path: Path) -> None:
    script = tmp_path / "rebuild.py"
    script.write_text(READS_BESIDE)
    environment = {**os.environ, "LIANXIN_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "lianxin.settings"}
    with subprocess.Popen([sys.executable, script], env=environment, stdout=subprocess.PIPE, text=True) as rebuilding:
        assert rebuilding.stdout is not None
        child = int(rebuilding.stdout.readline())
        assert child in tree()
        rebuilding.kill()
    until(lambda: child not in tree(), "the reader ends")
