"""Jobs that the tests enqueue; a module of its own, so that a real worker process can import them."""

import time
from pathlib import Path

from lianxin.foundation.jobs import job

done: list[object] = []
obstacles: list[Exception] = []


@job(queue="fast", retries=2, backoff=10)
def note(value: object) -> object:
    """Remember ``value``, or run into the next obstacle."""
    if obstacles:
        raise obstacles.pop(0)
    done.append(value)
    return value


@job(queue="fast", priority=50)
def note_at_once(value: object) -> None:
    """Remember ``value``, before others."""
    done.append(value)


@job(queue="slow")
def note_slowly(value: object) -> object:
    """Remember ``value``, on the other queue."""
    done.append(value)
    return object()


@job(queue="fast", retries=1)
def write_and_wait(path: str, seconds: float) -> None:
    """Append a line to the file, then take long."""
    with Path(path).open("a") as file:
        file.write("begun\n")
    time.sleep(seconds)


def daily() -> None:
    """For the timetable; each test registers it anew."""
    done.append("daily")
