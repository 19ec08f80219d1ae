"""Two machines that share a Redis: what one purges is stale on the other, whatever happened meanwhile."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from lianxin.foundation.pagestore.between import STREAM, SharedClock
from lianxin.foundation.pagestore.clock import EVERYTHING, FileClock, slot

PATIENCE = 30.0
pytestmark = pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed: clocks between machines were NOT tested")


def until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.01)


class Server:
    """A Redis that listens on a socket file and keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "redis.sock"
        self.url = f"unix://{self.path}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["redis-server", "--port", "0", "--unixsocket", str(self.path), "--save", "", "--appendonly", "no", "--dir", str(self.path.parent)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until(self._answers, "Redis answers")

    def _answers(self) -> bool:
        try:
            return bool(redis.Redis.from_url(self.url).ping())
        except redis.RedisError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def machine(tmp_path: Path, server: Server) -> Iterator[Callable[[str], SharedClock]]:
    made: list[SharedClock] = []

    def make(name: str) -> SharedClock:
        clock = SharedClock(FileClock(tmp_path / name / "clock"), server.url)
        made.append(clock)
        clock.listen()
        until(lambda: clock.local.path.with_suffix(".heard").exists(), "it listens")
        return clock

    yield make
    for clock in made:
        clock.close()


def test_a_purge_reaches_the_other_machine(machine) -> None:
    here, there = machine("here"), machine("there")
    since = there.now()
    here.purge([slot("a")])
    until(lambda: not there.is_fresh([slot("a")], since), "the soft purge")
    assert there.is_allowed([slot("a")], since) and there.is_fresh([slot("b")], since)
    here.purge([slot("a")], hard=True)
    until(lambda: not there.is_allowed([slot("a")], since), "the hard purge")


def test_what_was_purged_while_a_machine_was_off_is_heard_later(machine) -> None:
    here, there = machine("here"), machine("there")
    since = there.now()
    there.close()
    here.purge([slot("a")])
    assert there.is_fresh([slot("a")], since)
    again = machine("there")
    until(lambda: not again.is_fresh([slot("a")], since), "what was missed")
    assert again.is_fresh([slot("b")], since), "nothing else is purged"


def test_a_machine_that_missed_too_much_purges_everything(machine, server: Server) -> None:
    here, there = machine("here"), machine("there")
    here.purge([slot("b")])
    until(lambda: (there.local.path.with_suffix(".heard")).read_text() != "0-0", "the first purge")
    there.close()
    since = there.now()
    here.purge([slot("a")])
    here.purge([slot("a")])
    redis.Redis.from_url(server.url).xtrim(STREAM, maxlen=1, approximate=False)
    again = machine("there")
    until(lambda: not again.is_allowed([slot(EVERYTHING)], since), "everything")


def test_without_redis_pages_are_kept_for_a_moment_only(machine, server: Server) -> None:
    here = machine("here")
    server.stop()
    since = here.now()
    until(lambda: not here.is_fresh([slot(EVERYTHING)], since), "blind")
    with pytest.raises(redis.RedisError):
        here.purge([slot("a")])
    assert not here.is_fresh([slot("a")], since), "this machine has purged all the same"
    server.start()
    # A Redis that lost everything: what others purged meanwhile is not known.
    until(lambda: here.is_allowed([slot(EVERYTHING)], here.now()), "it listens again")
    since = here.now()
    here.purge([slot("b")])
    until(lambda: not here.is_fresh([slot("b")], since), "purges are told again")


def test_one_process_listens_for_its_machine_and_another_takes_over(machine, server: Server) -> None:
    first = machine("here")
    second = SharedClock(FileClock(first.local.path), server.url)
    second.listen()
    first.close()
    there = machine("there")
    since = second.now()
    there.purge([slot("a")])
    until(lambda: not second.is_fresh([slot("a")], since), "the second process hears it")
    second.close()
