"""``python -m bench.sqlite_writers``: many processes write one SQLite file, with Django's own backend and with ours, side by side.

Each writer does what a deed does: one transaction with a look and two rows written, as often as it can. What counts is the worst
wait, since somebody sits before it. The folder should lie on the disk that the product will use (``--folder``).
"""

import argparse
import multiprocessing
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import django
from django.conf import settings

BACKENDS = {"without the queue": "django.db.backends.sqlite3", "with the queue": "lianxin.foundation.sqlite"}
COMMANDS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-20000; PRAGMA journal_size_limit=67108864"


def configure(engine: str, path: Path) -> None:
    """The database settings of the product, on this file."""
    options = {"transaction_mode": "IMMEDIATE", "timeout": 60, "init_command": COMMANDS}
    settings.configure(DATABASES={"default": {"ENGINE": engine, "NAME": path, "OPTIONS": options}})
    django.setup()


def write(engine: str, path: Path, seconds: float, together: Any, waits: Any) -> None:
    """One writer; puts the time of each transaction, in seconds, into ``waits``."""
    configure(engine, path)
    from django.db import connection, transaction

    connection.ensure_connection()
    mine: list[float] = []
    together.wait()
    end = time.monotonic() + seconds
    while (begun := time.monotonic()) < end:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM entry WHERE who = %s", [os.getpid()])
            cursor.execute("INSERT INTO entry (who, text) VALUES (%s, %s)", [os.getpid(), "字" * 200])
            cursor.execute("UPDATE total SET entries = entries + 1")
        mine.append(time.monotonic() - begun)
    waits.put(mine)


def prepare(engine: str, path: Path) -> None:
    """An empty file with its tables."""
    configure(engine, path)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE entry (id INTEGER PRIMARY KEY, who INTEGER, text TEXT)")
        cursor.execute("CREATE INDEX entry_who ON entry (who)")
        cursor.execute("CREATE TABLE total (entries INTEGER)")
        cursor.execute("INSERT INTO total VALUES (0)")


def one_round(engine: str, path: Path, writers: int, seconds: float) -> list[list[float]]:
    """Let the writers loose; the times of each writer's transactions."""
    context = multiprocessing.get_context("spawn")
    first = context.Process(target=prepare, args=(engine, path))
    first.start()
    first.join()
    together, waits = context.Barrier(writers), context.Queue()
    processes = [context.Process(target=write, args=(engine, path, seconds, together, waits)) for _ in range(writers)]
    for process in processes:
        process.start()
    per_writer = [waits.get() for _ in processes]
    for process in processes:
        process.join()
    return per_writer


def summed_up(per_writer: list[list[float]], seconds: float) -> dict[str, float]:
    """The figures of all rounds, times in milliseconds."""
    every = sorted(wait * 1000 for waits in per_writer for wait in waits)
    return {
        "transactions per second": len(every) / seconds,
        "median ms": every[len(every) // 2],
        "p99 ms": every[int(len(every) * 0.99)],
        "p99.9 ms": every[int(len(every) * 0.999)],
        "worst ms": every[-1],
        "fewest of a writer": min(map(len, per_writer)),
        "most of a writer": max(map(len, per_writer)),
    }


def main() -> None:
    """Measure both and print them side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4, help="length of a round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each, in turn, so that both meet the same machine")
    parser.add_argument("--folder", type=Path, default=None, help="where the files are written; default: the temporary folder")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="lianxin-writers-", dir=options.folder))
    seen: dict[str, list[list[float]]] = {name: [] for name in BACKENDS}
    try:
        for number in range(options.rounds):
            for name, engine in BACKENDS.items():
                seen[name] += one_round(engine, folder / f"{engine}.{number}", options.writers, options.seconds)
    finally:
        shutil.rmtree(folder)
    columns = {name: summed_up(per_writer, options.seconds * options.rounds) for name, per_writer in seen.items()}
    cores, load = os.cpu_count(), os.getloadavg()[0]
    print(
        f"{options.writers} writers, {options.rounds} rounds of {options.seconds:g} s, synchronous FULL, {cores} cores, load {load:.1f} at the end\n"
    )
    print(f"| | {' | '.join(columns)} |")
    print(f"|---|{'---:|' * len(columns)}")
    for row in next(iter(columns.values())):
        print(f"| {row} | {' | '.join(f'{column[row]:.1f}' for column in columns.values())} |")


if __name__ == "__main__":
    main()
