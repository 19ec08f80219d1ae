"""Very many rows at once: as statements that the database prepares once, without the ORM's work for each row.

For makers of whole data sets (the demo city's scale). It runs no signals, no defaults and no validation: what is inserted is exactly
what the caller gives, primary keys included.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import Max

Convert = Callable[[Any], Any]


def insert(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert ``rows`` into the model's own table; ``names`` are attribute names (``owner_id``) in the order of the values.

    Values are Python's own (datetime, UUID, bool, str); JSON is given as text.
    """
    fields = {field.attname: field for field in model._meta.local_concrete_fields}
    columns = ", ".join(connection.ops.quote_name(str(fields[name].column)) for name in names)
    table = connection.ops.quote_name(model._meta.db_table)
    converters = [_converter(fields[name]) for name in names]
    converted = (tuple(value if convert is None else convert(value) for value, convert in zip(row, converters, strict=True)) for row in rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in converted:
                    copy.write_row(row)
        else:
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(names))})", list(converted))


def add(row: models.Model) -> None:
    """Insert one row by a statement that is built once for each model; Django builds one for each row. Without a key it gets one.

    Values are prepared as ``save`` prepares them; no signals.
    """
    has_key = row.pk is not None
    statement, fields = _insertion(type(row), has_key)
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        if not has_key:
            (row.pk,) = cursor.fetchone()
    row._state.adding, row._state.db = False, connection.alias


@cache
def _insertion(model: type[models.Model], has_key: bool) -> tuple[str, list[models.Field]]:
    quote, key = connection.ops.quote_name, model._meta.pk
    fields: list[models.Field] = [field for field in model._meta.local_concrete_fields if has_key or field is not key]
    columns = ", ".join(quote(str(field.column)) for field in fields)
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({', '.join(['%s'] * len(fields))})"
    return statement if has_key else f"{statement} RETURNING {quote(str(key.column))}", fields  # type: ignore[union-attr]


def update(names: Sequence[str], rows: Sequence[models.Model]) -> None:
    """Write the attributes ``names`` of rows of one model by one prepared statement; ``bulk_update`` builds a CASE for each row."""
    if not rows:
        return
    meta = rows[0]._meta
    by_name = {field.attname: field for field in meta.local_concrete_fields}
    fields = [by_name[name] for name in names]
    quote = connection.ops.quote_name
    settings = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    statement = f"UPDATE {quote(meta.db_table)} SET {settings} WHERE {quote(str(meta.pk.column))} = %s"  # type: ignore[union-attr]
    values = [[*(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields), row.pk] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


def _converter(field: models.Field) -> Convert | None:
    """How this database takes a field's values; None where it takes them as they are."""
    if connection.vendor == "postgresql":
        return None
    if isinstance(field, models.DateTimeField):
        return _sqlite_moment
    if isinstance(field, models.UUIDField):
        return _sqlite_uuid
    if isinstance(field, models.TimeField):
        return connection.ops.adapt_timefield_value
    return None


def _sqlite_moment(value: datetime | None) -> str | None:
    return None if value is None else connection.ops.adapt_datetimefield_value(value)


def _sqlite_uuid(value: UUID | None) -> str | None:
    return None if value is None else value.hex


def next_key(model: type[models.Model]) -> int:
    """The first primary key that no row has."""
    return (model._default_manager.aggregate(last=Max("pk"))["last"] or 0) + 1


def reserve(model: type[models.Model], count: int) -> range | list[int]:
    """``count`` primary keys that nobody else will be given, in rising order; to be called in the transaction that inserts the rows.

    PostgreSQL's sequence hands them out; on SQLite the transaction holds the write lock, and the table itself counts on from them.
    """
    table, column = model._meta.db_table, str(model._meta.pk.column)  # type: ignore[union-attr]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [f'"{table}"', column, count])
            return [key for (key,) in cursor.fetchall()]
    with connection.cursor() as cursor:
        # AUTOINCREMENT: the key of a deleted row is not given again.
        cursor.execute(
            f'SELECT MAX(COALESCE((SELECT MAX(seq) FROM sqlite_sequence WHERE name = %s), 0), COALESCE((SELECT MAX("{column}") FROM "{table}"), 0))',
            [table],
        )
        first = cursor.fetchone()[0] + 1
    return range(first, first + count)


def settle(*tables: type[models.Model]) -> None:
    """After rows with given keys: let the database count on from there; PostgreSQL learns at once how the rows are spread, and that all
    transactions see them, which its own housekeeping would find out some minutes later."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for table in tables:
            _count_on(cursor, table)
        cursor.execute("ANALYZE" if connection.in_atomic_block else "VACUUM (ANALYZE)")


def _count_on(cursor: Any, table: type[models.Model]) -> None:
    """Never back: a key beyond the largest one may be in the hands of somebody who has not committed yet."""
    if not isinstance(table._meta.pk, models.AutoField):
        return
    name, column = connection.ops.quote_name(table._meta.db_table), connection.ops.quote_name(str(table._meta.pk.column))
    cursor.execute(
        f"SELECT setval(counter, largest) FROM (SELECT MAX({column}) AS largest FROM {name}) kept,"
        " CAST(pg_get_serial_sequence(%s, %s) AS regclass) counter"
        " WHERE largest > COALESCE(pg_sequence_last_value(counter), 0)",
        [name, table._meta.pk.column],
    )


@contextmanager
def hurried() -> Iterator[None]:
    """While a data set is made that can be made again: SQLite does not wait for the disk and keeps more in memory.

    A power cut in between may cost the whole file. PostgreSQL's settings are its administrator's; within a transaction SQLite's stay.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        kept = [(name, cursor.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("synchronous", "cache_size")]
        cursor.execute("PRAGMA synchronous = OFF")
        cursor.execute("PRAGMA cache_size = -600000")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for name, value in kept:
                cursor.execute(f"PRAGMA {name} = {value}")
