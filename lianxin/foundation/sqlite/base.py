"""Django's SQLite backend with a fair queue of writers: a lock file beside the database is held around each write transaction.

Measured in ``bench/sqlite_writers.py``; the queue itself is explained in ``gate.py``. (The stubs of Django leave out the methods
that are marked for mypy below.)
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.db.backends.sqlite3 import base, creation

from lianxin.foundation.sqlite.gate import Gate

# Statements that need no writer's place when they stand alone, outside a transaction.
_HARMLESS = re.compile(r"\s*(SELECT|PRAGMA|EXPLAIN|VALUES|SAVEPOINT|RELEASE|ROLLBACK|COMMIT|END|ATTACH|DETACH)\b", re.IGNORECASE)
_WITH = re.compile(r"\s*WITH\b", re.IGNORECASE)
_WRITING_WORD = re.compile(r"\b(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)


def writes(statement: str) -> bool:
    """Whether a statement may write; when in doubt it does, which costs a place in the queue and nothing else."""
    if _HARMLESS.match(statement):
        return False
    return not _WITH.match(statement) or _WRITING_WORD.search(statement) is not None


def lock_path(name: object) -> str | None:
    """The lock file beside the database ``name`` (a path or a ``file:`` address); None for a database in memory."""
    text = str(name)
    if not text or text == ":memory:" or "mode=memory" in text:
        return None
    if text.startswith("file:"):
        text = unquote(urlsplit(text).path)
    return f"{text}.writers"


class Cursor(base.SQLiteCursorWrapper):
    """Queues at the gate for statements that write on their own, outside a transaction."""

    def __init__(self, connection: sqlite3.Connection, wrapper: "DatabaseWrapper") -> None:
        super().__init__(connection)
        self._wrapper = wrapper
        self._kept: Iterator[Any] | None = None

    def execute(self, query: str, params: Any = None) -> "Cursor":
        """Run one statement; what an INSERT … RETURNING returns is fetched at once, because SQLite commits it after its last row."""
        self._kept = None
        if not self._stands_alone(query):
            super().execute(query, params)
            return self
        with self._wrapper.turn():
            super().execute(query, params)
            if self.description is not None:
                self._kept = iter(super().fetchall())
        return self

    def executemany(self, query: str, param_list: Any) -> "Cursor":
        """Run one statement for many rows."""
        self._kept = None
        if not self._stands_alone(query):
            super().executemany(query, param_list)
            return self
        with self._wrapper.turn():
            super().executemany(query, param_list)
        return self

    def executescript(self, script: str) -> "Cursor":
        """Run a script, which commits by itself."""
        with self._wrapper.turn():
            super().executescript(script)
        return self

    def _stands_alone(self, query: str) -> bool:
        return self._wrapper.gate is not None and not self.connection.in_transaction and writes(query)

    def fetchone(self) -> Any:
        """The next row, or None."""
        return super().fetchone() if self._kept is None else next(self._kept, None)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next ``size`` rows."""
        size = self.arraysize if size is None else size
        if self._kept is None:
            return super().fetchmany(size)
        return [row for _, row in zip(range(size), self._kept, strict=False)]

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        return super().fetchall() if self._kept is None else list(self._kept)

    def __next__(self) -> Any:
        return super().__next__() if self._kept is None else next(self._kept)


class DatabaseCreation(creation.DatabaseCreation):
    """Takes the lock file away with a test database."""

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        super()._destroy_test_db(test_database_name, verbosity)  # type: ignore[misc]
        path = lock_path(test_database_name)
        if path:
            Path(path).unlink(missing_ok=True)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that takes its turn at the gate before it writes and leaves when the transaction has ended, however it ended."""

    creation_class = DatabaseCreation

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gate: Gate | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        """Open the database; the tests change its name between two connections, so the gate is looked up each time."""
        path = lock_path(conn_params["database"])
        self.gate = Gate(path) if path else None
        with self.turn():  # journal_mode=WAL writes when the database is new
            return super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> Cursor:
        """A cursor that knows this connection's gate."""
        return self.connection.cursor(factory=partial(Cursor, wrapper=self))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the gate inside, and longer when a transaction was begun inside and goes on."""
        if self.gate is None:
            yield
            return
        self.gate.enter()
        try:
            yield
        finally:
            self._leave_when_ended()

    def _leave_when_ended(self) -> None:
        if self.gate is not None and not (self.connection and self.connection.in_transaction):
            self.gate.leave()

    def _start_transaction_under_autocommit(self) -> None:
        with self.turn():
            super()._start_transaction_under_autocommit()  # type: ignore[misc]

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self._leave_when_ended()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave_when_ended()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            if self.gate is not None:
                self.gate.close()
