"""The queue of writers before SQLite: connections of its own on a file, whatever database the suite runs on."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from lianxin.foundation.sqlite import base, gate
from lianxin.foundation.sqlite.base import DatabaseWrapper

COMMANDS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF"
JOIN = 30  # seconds after which a thread or process counts as hanging
WRITERS, SHARE = 16, 20


def connect(name: object, timeout: float = 20, mode: str | None = "IMMEDIATE") -> DatabaseWrapper:
    """A connection as the settings describe it."""
    options = {"transaction_mode": mode, "timeout": timeout, "init_command": COMMANDS}
    return DatabaseWrapper(
        {
            "ENGINE": "lianxin.foundation.sqlite",
            "NAME": name,
            "OPTIONS": options,
            "TIME_ZONE": None,
            "CONN_MAX_AGE": 0,
            "CONN_HEALTH_CHECKS": False,
            "AUTOCOMMIT": True,
            "ATOMIC_REQUESTS": False,
            "TEST": {"NAME": None},
        },
        alias="queue",
    )


@pytest.fixture
def path(tmp_path: Path, django_db_blocker) -> Iterator[Path]:
    """A database file with one empty table."""
    with django_db_blocker.unblock():
        path = tmp_path / "queue.sqlite3"
        first = connect(path)
        run(first, "CREATE TABLE entry (id INTEGER PRIMARY KEY, who TEXT)")
        first.close()
        yield path


@pytest.fixture
def opened(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., DatabaseWrapper]]:
    """``opened()``: a connection known to ``transaction.atomic(using=…)``, closed at the end."""
    made: list[DatabaseWrapper] = []

    def make(**options) -> DatabaseWrapper:
        wrapper = connect(path, **options)
        made.append(wrapper)
        return wrapper

    real = transaction.get_connection
    monkeypatch.setattr(transaction, "get_connection", lambda using=None: using if isinstance(using, DatabaseWrapper) else real(using))
    yield make
    for wrapper in made:
        wrapper.close()


def run(wrapper: DatabaseWrapper, statement: str, *params: object) -> list[tuple]:
    """Run one statement and return its rows."""
    with wrapper.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


def count(wrapper: DatabaseWrapper) -> int:
    """How many entries are committed, as this connection sees it."""
    return run(wrapper, "SELECT count(*) FROM entry")[0][0]


def gate_is_open(path: Path) -> bool:
    """Whether a newcomer would get its turn at once."""
    with open(base.lock_path(path), "a") as file:
        try:
            gate.fcntl.flock(file, gate.fcntl.LOCK_EX | gate.fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT 1", False),
        ("  select 1", False),
        ("PRAGMA table_info(entry)", False),
        ("EXPLAIN QUERY PLAN DELETE FROM entry", False),
        ("WITH t AS (SELECT 1) SELECT * FROM t", False),
        ("WITH t AS (SELECT 1) INSERT INTO entry SELECT * FROM t", True),
        ("INSERT INTO entry VALUES (1, 'a')", True),
        ("update entry set who = 'b'", True),
        ("CREATE TABLE other (id)", True),
        ("VACUUM", True),
    ],
)
def test_which_statements_queue(statement: str, expected: bool) -> None:
    assert base.writes(statement) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (":memory:", None),
        ("", None),
        ("file:memorydb_default?mode=memory&cache=shared", None),
        (Path("/srv/a b/city.sqlite3"), "/srv/a b/city.sqlite3.writers"),
        ("file:/srv/a%20b/city.sqlite3?mode=ro", "/srv/a b/city.sqlite3.writers"),
    ],
)
def test_where_the_lock_file_lies(name: object, expected: str | None) -> None:
    assert base.lock_path(name) == expected


def test_a_transaction_holds_the_gate_and_opens_it_when_it_ends(path, opened) -> None:
    wrapper = opened()
    with transaction.atomic(using=wrapper):
        assert not gate_is_open(path)
        with transaction.atomic(using=wrapper):
            run(wrapper, "INSERT INTO entry (who) VALUES ('a')")
        assert not gate_is_open(path), "an inner block gave the gate away"
    assert gate_is_open(path)
    assert count(wrapper) == 1


def test_rollback_and_exceptions_open_the_gate(path, opened) -> None:
    wrapper = opened()
    with pytest.raises(ZeroDivisionError), transaction.atomic(using=wrapper):
        run(wrapper, "INSERT INTO entry (who) VALUES ('a')")
        1 / 0  # noqa: B018
    assert gate_is_open(path)
    with transaction.atomic(using=wrapper):
        run(wrapper, "INSERT INTO entry (who) VALUES ('b')")
        with pytest.raises(ZeroDivisionError), transaction.atomic(using=wrapper):
            1 / 0  # noqa: B018
        assert not gate_is_open(path), "an inner rollback gave the gate away"
        wrapper.set_rollback(True)
    assert gate_is_open(path)
    assert count(wrapper) == 0


def test_closing_in_a_transaction_opens_the_gate(path, opened) -> None:
    wrapper = opened()
    with transaction.atomic(using=wrapper):
        run(wrapper, "INSERT INTO entry (who) VALUES ('a')")
        wrapper.close()
        assert gate_is_open(path)
    assert count(wrapper) == 0


def test_hooks_after_commit_run_with_the_gate_open(path, opened) -> None:
    wrapper = opened()
    seen = []
    with transaction.atomic(using=wrapper):
        wrapper.on_commit(lambda: seen.append(gate_is_open(path)))
    assert seen == [True]


def test_a_statement_on_its_own_takes_its_turn(path, opened, monkeypatch) -> None:
    wrapper = opened()
    turns = []
    monkeypatch.setattr(gate.Gate, "enter", lambda self, enter=gate.Gate.enter: (turns.append(1), enter(self))[1])
    wrapper.ensure_connection()
    turns.clear()
    run(wrapper, "INSERT INTO entry (who) VALUES ('a')")
    assert (len(turns), gate_is_open(path)) == (1, True)
    run(wrapper, "SELECT * FROM entry")
    assert len(turns) == 1, "a reader queued"
    with wrapper.cursor() as cursor:
        cursor.executemany("INSERT INTO entry (who) VALUES (%s)", [("b",), ("c",)])
    assert (len(turns), gate_is_open(path)) == (2, True)
    with pytest.raises(OperationalError):
        run(wrapper, "INSERT INTO nothing VALUES (1)")
    assert (len(turns), gate_is_open(path)) == (3, True)
    assert count(wrapper) == 3


def test_rows_returned_by_a_statement_on_its_own_are_all_there(path, opened) -> None:
    wrapper = opened()
    many = "INSERT INTO entry (who) VALUES ('a'), ('b'), ('c') RETURNING who"
    with wrapper.cursor() as cursor:
        cursor.execute(many)
        assert gate_is_open(path)
        assert not wrapper.connection.in_transaction
        assert cursor.fetchone() == ("a",)
        assert cursor.fetchmany(1) == [("b",)]
        assert cursor.fetchall() == [("c",)]
        assert cursor.fetchone() is None
        cursor.execute(many)
        assert [row for row in cursor] == [("a",), ("b",), ("c",)]
        cursor.execute("SELECT count(*) FROM entry")
        assert cursor.fetchone() == (6,)
    with transaction.atomic(using=wrapper):
        assert run(wrapper, many) == [("a",), ("b",), ("c",)]


def test_a_transaction_without_atomic_keeps_the_gate_until_it_ends(path, opened) -> None:
    wrapper = opened()
    wrapper.set_autocommit(False)
    run(wrapper, "INSERT INTO entry (who) VALUES ('a')")
    assert not gate_is_open(path)
    wrapper.commit()
    assert gate_is_open(path)
    run(wrapper, "INSERT INTO entry (who) VALUES ('b')")
    wrapper.rollback()
    assert gate_is_open(path)
    wrapper.set_autocommit(True)
    assert count(wrapper) == 1


def test_a_thread_never_waits_for_itself_through_a_second_connection(path, opened) -> None:
    first, second = opened(), opened(timeout=0.05)
    with transaction.atomic(using=first):
        run(first, "INSERT INTO entry (who) VALUES ('a')")
        assert count(second) == 0, "a reader waited"
        with pytest.raises(OperationalError, match="locked"), transaction.atomic(using=second):
            pass
        assert not gate_is_open(path), "the second connection gave the first one's turn away"
    with transaction.atomic(using=second):
        run(second, "INSERT INTO entry (who) VALUES ('b')")
    assert count(first) == 2


def test_a_transaction_that_takes_too_long_loses_the_gate_and_keeps_the_database(path, opened, monkeypatch) -> None:
    monkeypatch.setattr(gate, "LONGEST_TURN", 0.05)
    monkeypatch.setattr(gate, "_keeper", gate._Keeper())
    first = opened()
    answers: list[str] = []

    def other() -> None:
        wrapper = connect(path, timeout=0.05)
        try:
            with transaction.atomic(using=wrapper):
                answers.append("wrote")
        except OperationalError as error:
            answers.append(str(error))
        wrapper.close()

    with transaction.atomic(using=first):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(JOIN)
        assert answers == ["database is locked"], "the second writer hung or went in beside the first"
        run(first, "INSERT INTO entry (who) VALUES ('a')")
    assert count(first) == 1
    assert gate_is_open(path)


def test_a_database_in_memory_needs_no_gate(django_db_blocker) -> None:
    with django_db_blocker.unblock():
        wrapper = connect(":memory:")
        run(wrapper, "CREATE TABLE entry (id INTEGER PRIMARY KEY, who TEXT)")
        assert run(wrapper, "INSERT INTO entry (who) VALUES ('a') RETURNING who") == [("a",)]
        assert wrapper.gate is None
        assert count(wrapper) == 1


def test_queries_are_logged_as_ever(opened) -> None:
    wrapper = opened()
    with CaptureQueriesContext(wrapper) as captured, transaction.atomic(using=wrapper):
        run(wrapper, "INSERT INTO entry (who) VALUES (%s)", "100% 甲")
    assert "100% 甲" in captured[1]["sql"]
    assert run(wrapper, "SELECT who FROM entry") == [("100% 甲",)]


# --- many writers ----------------------------------------------------------------------------------------------------------------------


def write_entries(path: Path, who: str, turns: int) -> None:
    """Half in transactions, half on their own."""
    wrapper = connect(path)
    for turn in range(turns):
        if turn % 2:
            run(wrapper, "INSERT INTO entry (who) VALUES (%s)", who)
            continue
        wrapper.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        run(wrapper, "INSERT INTO entry (who) VALUES (%s)", who)
        wrapper.commit()
        wrapper.set_autocommit(True)
    wrapper.close()


def test_sixteen_threads_and_no_one_is_turned_away(path, opened) -> None:
    threads = [threading.Thread(target=write_entries, args=(path, str(number), 12)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(JOIN)
        assert not thread.is_alive()
    wrapper = opened()
    assert run(wrapper, "SELECT DISTINCT count(*) FROM entry GROUP BY who") == [(12,)]
    assert count(wrapper) == 16 * 12


def test_sixteen_processes_and_no_one_is_turned_away(path, opened) -> None:
    """Each comes to its share and none is told that the database is locked. How even the turns are is measured: ``bench.sqlite_writers``."""
    context = multiprocessing.get_context("fork")
    everyone = context.Barrier(WRITERS)
    processes = [context.Process(target=_write_share, args=(path, number, everyone)) for number in range(WRITERS)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(JOIN)
        assert process.exitcode == 0
    assert run(opened(), "SELECT count(*) FROM entry GROUP BY who") == [(SHARE,)] * WRITERS


def _write_share(path: Path, number: int, everyone) -> None:
    everyone.wait(JOIN)
    write_entries(path, str(number), SHARE)
    # Without the parent's exit handlers.
    os._exit(0)


def test_a_writer_killed_in_the_middle_holds_nobody_up(path, opened) -> None:
    context = multiprocessing.get_context("fork")
    begun = context.Event()
    process = context.Process(target=_hold_for_ever, args=(path, begun))
    process.start()
    assert begun.wait(JOIN)
    assert not gate_is_open(path)
    process.kill()
    process.join(JOIN)
    wrapper = opened()
    with transaction.atomic(using=wrapper):
        run(wrapper, "INSERT INTO entry (who) VALUES ('a')")
    assert count(wrapper) == 1


def _hold_for_ever(path: Path, begun) -> None:
    wrapper = connect(path)
    wrapper.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    run(wrapper, "INSERT INTO entry (who) VALUES ('never')")
    begun.set()
    threading.Event().wait(JOIN)


# --- startswith --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["0001", "a", "和安", "100%", "a_b", "\\", "'"])
def test_startswith_is_what_python_says(db, prefix):
    from lianxin.foundation.models import NumberSeries

    names = ["0001", "00010001", "0002", "a", "ab", "Ab", "a_b", "axb", "和安", "和安市", "和", "100%", "1000", "\\n", "'x", "b"]
    NumberSeries.objects.bulk_create(NumberSeries(name=name) for name in names)
    found = set(NumberSeries.objects.filter(name__startswith=prefix).values_list("name", flat=True))
    assert found == {name for name in names if name.startswith(prefix)}
    assert NumberSeries.objects.exclude(name__startswith=prefix).count() == len(names) - len(found)


def test_startswith_of_another_column(db):
    from django.db.models import F

    from lianxin.foundation.models import NumberSeries

    NumberSeries.objects.create(name="a")
    assert NumberSeries.objects.filter(name__startswith=F("name")).count() == 1
    assert NumberSeries.objects.filter(name__startswith="").count() == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite's plan")
def test_a_subtree_is_found_by_the_index_of_paths(db):
    from wagtail.models import Page

    assert "SEARCH wagtailcore_page USING" in Page.objects.filter(path__startswith="0001").order_by("path").explain()
