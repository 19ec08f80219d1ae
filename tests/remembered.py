"""Rows that a fixture wrote once, written again for later tests without doing its deeds again.

A city with its people, sites and columns takes half a second to make by deeds, and a thousand tests ask for one. The first test makes it;
what that added to the tables, changed in them and took from them is kept, and later tests get the same rows with the same keys.

It holds as long as a test starts from the same rows. Outside the transaction that a test rolls back, and where one of the tables that
the deeds touched does not have as many rows as it had then (a test made somebody before it asked for the city), the deeds are done again;
what was made at another hour, or on top of something else, is kept apart.
"""

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date, time
from typing import Any, TypeVar

import time_machine
from django.db import connection
from django.utils import timezone

Answer = TypeVar("Answer")
Rows = dict[Any, Any]


@dataclass
class _Made:
    answer: Any
    sizes: dict[str, int]
    added: dict[str, list[Any]]
    changed: dict[str, list[Any]]
    gone: dict[str, list[Any]]


class Remembered:
    """``remembered("city", make)`` returns what ``make()`` returned when it was first called, and sees to it that its rows are there.

    One for each test: what it brings back rests on what it brought back before, with the keys that those rows have.
    """

    def __init__(self, kept: dict[Hashable, _Made], tables: "_Tables") -> None:
        self._kept, self._tables = kept, tables
        self._brought: tuple[Hashable, ...] = ()
        self._holds = True

    def __call__(self, name: str, make: Callable[[], Answer]) -> Answer:
        """What ``make`` returns must be rows, or plain values with rows in them; each test gets a copy."""
        if not (self._holds and connection.in_atomic_block):
            return make()
        self._brought = (*self._brought, name, _frozen())
        made = self._kept.get(self._brought)
        if made is None:
            made = self._kept[self._brought] = self._record(make)
        elif self._tables.sizes(made.sizes) == made.sizes:
            self._tables.write(made)
        else:
            self._holds = False
            return make()
        return copy.deepcopy(made.answer)

    def _record(self, make: Callable[[], Answer]) -> _Made:
        before = self._tables.all_rows()
        answer = make()
        after = self._tables.all_rows()
        made = _Made(copy.deepcopy(answer), {}, {}, {}, {})
        for table, rows in after.items():
            known = before[table]
            if rows == known:
                continue
            made.sizes[table] = len(known)
            made.added[table] = [row for pk, row in rows.items() if pk not in known]
            made.changed[table] = [(pk, row) for pk, row in rows.items() if pk in known and known[pk] != row]
            made.gone[table] = [pk for pk in known if pk not in rows]
        return made


def _frozen() -> float | None:
    """What the clock shows when a test moved it."""
    return timezone.now().timestamp() if time_machine.escape_hatch.is_travelling() else None


def tables() -> "_Tables":
    """The tables of the database at hand."""
    return _Postgres() if connection.vendor == "postgresql" else _Sqlite()


class _Tables(ABC):
    """Every table's rows by their primary keys, read and written as the database has them."""

    def __init__(self) -> None:
        self._columns: dict[str, list[str]] = {}
        self._keys: dict[str, str] = {}
        with connection.cursor() as cursor:
            for table in sorted(connection.introspection.django_table_names(only_existing=True, include_views=False)):
                key = connection.introspection.get_primary_key_column(cursor, table)
                # Without one are only the search's own tables, which triggers fill.
                if key:
                    self._keys[table] = key
                    self._columns[table] = [column.name for column in connection.introspection.get_table_description(cursor, table)]

    def sizes(self, tables: Iterable[str]) -> dict[str, int]:
        """How many rows these tables have."""
        if not tables:
            return {}
        counts = ", ".join(f'(SELECT COUNT(*) FROM "{table}")' for table in tables)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {counts}")
            return dict(zip(tables, cursor.fetchone(), strict=True))

    def all_rows(self) -> dict[str, Rows]:
        """What all tables hold."""
        with connection.cursor() as cursor:
            return {table: self._rows(cursor, table) for table in self._columns}

    def write(self, made: _Made) -> None:
        """Bring the tables from where ``made`` began to where it ended."""
        with connection.cursor() as cursor:
            for table, keys in made.gone.items():
                if keys:
                    cursor.executemany(f'DELETE FROM "{table}" WHERE CAST("{self._keys[table]}" AS text) = %s', [(str(key),) for key in keys])
            for table, changed in made.changed.items():
                self._update(cursor, table, changed)
            for table, rows in made.added.items():
                self._insert(cursor, table, rows)

    @abstractmethod
    def _rows(self, cursor: Any, table: str) -> Rows:
        """A table's rows by their keys."""

    @abstractmethod
    def _insert(self, cursor: Any, table: str, rows: list[Any]) -> None:
        """Write rows that were added."""

    @abstractmethod
    def _update(self, cursor: Any, table: str, changed: list[Any]) -> None:
        """Write rows anew that were changed, with their keys before."""


class _Sqlite(_Tables):
    def _rows(self, cursor: Any, table: str) -> Rows:
        key = self._columns[table].index(self._keys[table])
        cursor.execute(f'SELECT * FROM "{table}"')
        # The driver reads moments and has no way to write them; as text they stand in the file.
        return {row[key]: tuple(str(value) if isinstance(value, (date, time)) else value for value in row) for row in cursor.fetchall()}

    def _insert(self, cursor: Any, table: str, rows: list[Any]) -> None:
        if rows:
            cursor.executemany(f'INSERT INTO "{table}" VALUES ({", ".join(["%s"] * len(self._columns[table]))})', rows)

    def _update(self, cursor: Any, table: str, changed: list[Any]) -> None:
        if changed:
            sets = ", ".join(f'"{name}" = %s' for name in self._columns[table])
            cursor.executemany(f'UPDATE "{table}" SET {sets} WHERE "{self._keys[table]}" = %s', [(*row, key) for key, row in changed])


class _Postgres(_Tables):
    """Whole rows as text, which brings back every type as it was."""

    def _rows(self, cursor: Any, table: str) -> Rows:
        cursor.execute(f'SELECT "{self._keys[table]}"::text, kept::text FROM "{table}" kept')
        return dict(cursor.fetchall())

    def _insert(self, cursor: Any, table: str, rows: list[Any]) -> None:
        if rows:
            cursor.execute(f'INSERT INTO "{table}" SELECT (kept::"{table}").* FROM unnest(%s::text[]) kept', [rows])

    def _update(self, cursor: Any, table: str, changed: list[Any]) -> None:
        if changed:
            sets = ", ".join(f'"{name}" = (kept.line::"{table}")."{name}"' for name in self._columns[table])
            keys, lines = zip(*changed, strict=True)
            kept = f'unnest(%s::text[], %s::text[]) AS kept(key, line) WHERE "{table}"."{self._keys[table]}"::text = kept.key'
            cursor.execute(f'UPDATE "{table}" SET {sets} FROM {kept}', [list(keys), list(lines)])
