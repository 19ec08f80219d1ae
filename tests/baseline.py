"""Puts the test database back to what the migrations left in it, after a test that really commits.

Django's own flush empties every table, the rows that migrations wrote included (the root page, the first site, the roles), and then makes
content types and rights anew, which takes longer than most stories. Here the rows are copied aside once and brought back.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
from pathlib import Path
from typing import TextIO

from django.conf import settings
from django.db import connection, transaction

_turn: TextIO | None = None
"""The lock of the run that migrates; let go with the file, or with the process."""


class _SqliteBaseline:
    def __init__(self) -> None:
        self._copy = sqlite3.connect(":memory:", check_same_thread=False)
        connection.ensure_connection()
        connection.connection.backup(self._copy)

    def restore(self) -> None:
        connection.close()
        connection.ensure_connection()
        self._copy.backup(connection.connection)


class _PostgresBaseline:
    def __init__(self) -> None:
        self._tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        self._tables = sorted({*self._tables, "django_migrations"})
        with transaction.atomic(), connection.cursor() as cursor:
            self._filled = self._tables_with_rows(cursor)
            # A reused database has the schema of an earlier run.
            cursor.execute("DROP SCHEMA IF EXISTS baseline CASCADE")
            cursor.execute("CREATE SCHEMA baseline")
            for table in self._filled:
                cursor.execute(f'CREATE TABLE baseline."{table}" AS TABLE public."{table}"')

    def _tables_with_rows(self, cursor) -> list[str]:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM public.\"{table}\")" for table in self._tables))
        return [row[0] for row in cursor.fetchall()]

    def restore(self) -> None:
        connection.close()
        with transaction.atomic(), connection.cursor() as cursor:
            soiled = ", ".join(f'public."{table}"' for table in self._tables_with_rows(cursor))
            if soiled:
                cursor.execute(f"TRUNCATE {soiled} CASCADE")
            # Foreign keys are checked at the end of the transaction, so the order does not matter.
            for table in self._filled:
                cursor.execute(f'INSERT INTO public."{table}" SELECT * FROM baseline."{table}"')


def take_baseline() -> "_SqliteBaseline | _PostgresBaseline":
    """Copy the rows of the freshly migrated database aside; ``restore()`` on the result brings exactly these back."""
    return _SqliteBaseline() if connection.vendor == "sqlite" else _PostgresBaseline()


def migrated_database() -> Path | None:
    """Where the migrated SQLite file is kept between runs, named after all that it is made from; None on PostgreSQL."""
    if connection.vendor != "sqlite":
        return None
    top = Path(__file__).resolve().parent.parent
    made_from = hashlib.sha256(repr(settings.INSTALLED_APPS).encode())
    for path in sorted([*top.glob("lianxin/**/migrations/*.py"), top / "requirements" / "base.txt"]):
        made_from.update(path.name.encode() + path.read_bytes())
    return top / "build" / "migrated" / f"{made_from.hexdigest()[:16]}.sqlite3"


def begin_migrated(name: str) -> bool:
    """On SQLite, begin with the file that an earlier run migrated, as long as nothing that it was made from has changed.

    Of several runs that begin at once the first migrates, until ``keep_migrated_database``; the others wait for its file.
    """
    global _turn
    ready = migrated_database()
    if ready is None:
        return False
    ready.parent.mkdir(parents=True, exist_ok=True)
    turn = (ready.parent / "turn").open("w")
    fcntl.flock(turn, fcntl.LOCK_EX)
    if ready.exists():
        shutil.copyfile(ready, name)
        turn.close()
    else:
        _turn = turn
    return True


def keep_migrated_database() -> None:
    """Keep the freshly migrated SQLite file for the next run; files made from older migrations go."""
    if _turn is None:
        return
    with _turn:
        _keep(migrated_database())


def _keep(kept: Path) -> None:
    for outdated in kept.parent.glob("*.sqlite3"):
        outdated.unlink(missing_ok=True)
    draft = kept.with_suffix(f".{os.getpid()}")
    copy = sqlite3.connect(draft)
    connection.ensure_connection()
    connection.connection.backup(copy)
    copy.close()
    draft.replace(kept)
