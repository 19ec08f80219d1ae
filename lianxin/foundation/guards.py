"""Triggers by which the database itself refuses to change or delete rows of an append-only table; used by migrations.

The audit trail has its own, made before this module (migration 0002).
"""

from typing import Any

from django.db import connection

_DEEDS = ("update", "delete")


def add(schema_editor: Any, table: str) -> None:
    """Guard ``table`` from now on."""
    message = f"{table} is append-only"
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END $$"
        )
        schema_editor.execute(f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_refuse()")
        return
    for deed in _DEEDS:
        schema_editor.execute(f"CREATE TRIGGER {table}_guard_{deed} BEFORE {deed.upper()} ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END")


def drop(schema_editor: Any, table: str) -> None:
    """Take the guard away."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER {table}_guard ON {table}")
        schema_editor.execute(f"DROP FUNCTION {table}_refuse()")
        return
    for deed in _DEEDS:
        schema_editor.execute(f"DROP TRIGGER {table}_guard_{deed}")


def guarded(table: str) -> bool:
    """Whether the database still refuses changes; on SQLite a migration that rebuilds the table would lose the triggers."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname = %s AND tgenabled <> 'D'", [f"{table}_guard"])
            return bool(cursor.fetchone()[0])
        names = [f"{table}_guard_{deed}" for deed in _DEEDS]
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name IN (%s, %s)", names)
        return cursor.fetchone()[0] == len(_DEEDS)
