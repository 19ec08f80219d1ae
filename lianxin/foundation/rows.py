"""Rows of a written-out query as light tuples, for the few lists that every public page is made of; single rows by a statement that is
built once.

Building a query by the ORM costs ten times what running it costs there, and model instances five times what tuples do. The SQL is
portable and given whole; values are converted as the model's own fields convert them, on both databases.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from django.core.exceptions import MultipleObjectsReturned
from django.db import connection, models

Row = TypeVar("Row", bound=tuple[Any, ...])
M = TypeVar("M", bound=models.Model)


def fetch(model: type[models.Model], kind: type[Row], sql: str, parameters: Sequence[Any]) -> list[Row]:
    """Run ``sql`` and return its rows as the named tuple ``kind``, whose names are columns of ``model``; datetimes in ``parameters`` are adapted."""
    return [kind(*row) for row in _run(sql, parameters, _converters(((model, kind._fields),), connection.vendor))]  # type: ignore[attr-defined]


Wanted = tuple[tuple[type[models.Model], tuple[str, ...]], ...]


def fetch_together(wanted: Wanted, tail: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Read instances of several models from one joined query: ``wanted`` names each model with the fields to load, ``tail`` is the SQL from
    FROM on, in which tables keep their names. The primary key must be among the fields; where it is NULL the instance is None. Fields
    that were not asked for are deferred, as with ``only()``.
    """
    wanted = _in_order(wanted)
    selected = ", ".join(f'{field.model._meta.db_table}."{field.column}"' for field in _fields(wanted))
    found = []
    for row in _run(f"SELECT {selected} {tail}", parameters, _converters(wanted, connection.vendor)):
        values, made = iter(row), []
        for model, names in wanted:
            own = [next(values) for _ in names]
            missing = own[names.index(model._meta.pk.attname)] is None  # type: ignore[union-attr]
            made.append(None if missing else model.from_db(connection.alias, names, own))
        found.append(tuple(made))
    return found


def one(model: type[M], *only: str, lock: bool = False, **equal: Any) -> M | None:
    """The row whose attributes (``owner_id``) are ``equal`` to the given values, none of them None, or None; names that belong to one row.

    ``only`` names the attributes to load, the others are deferred; ``lock`` keeps the row for the caller's transaction, as
    ``select_for_update`` does. Values are prepared and converted as the ORM does it.
    """
    found = where(model, *only, lock=lock, **equal)
    if len(found) > 1:
        raise MultipleObjectsReturned(f"{len(found)} rows of {model.__name__} by {', '.join(equal)}")
    return found[0] if found else None


def where(model: type[M], *only: str, lock: bool = False, **equal: Any) -> list[M]:
    """As ``one``, all rows in the order of their keys."""
    query = _query(model, only, tuple(equal), lock and connection.features.has_select_for_update)
    given = [field.get_db_prep_value(equal[field.attname], connection) for field in query.fields]
    return [model.from_db(connection.alias, query.names, list(row)) for row in _run(query.sql, given, query.converters)]


@dataclass(frozen=True)
class _Query:
    sql: str
    fields: tuple[Any, ...]
    """By which rows are found."""
    names: tuple[str, ...]
    """What is loaded."""
    converters: list[tuple[int, Callable[[Any], Any]]]


@lru_cache(maxsize=256)
def _query(model: type[models.Model], only: tuple[str, ...], equal: tuple[str, ...], lock: bool) -> _Query:
    fields = list(model._meta.local_concrete_fields)
    assert len(fields) == len(model._meta.concrete_fields), "rows of one table only"
    quote, key = connection.ops.quote_name, model._meta.pk
    by_name = {field.attname: field for field in fields}
    names = tuple(field.attname for field in fields if not only or field.attname in only or field is key)
    columns = ", ".join(quote(str(by_name[name].column)) for name in names)
    sought = tuple(by_name[name] for name in equal)
    condition = " AND ".join(f"{quote(str(field.column))} = %s" for field in sought)
    sql = f"SELECT {columns} FROM {quote(model._meta.db_table)} WHERE {condition} ORDER BY {quote(str(key.column))}{' FOR UPDATE' if lock else ''}"
    return _Query(sql, sought, names, _converters(((model, names),), connection.vendor))


def _run(sql: str, parameters: Sequence[Any], converters: list[tuple[int, Callable[[Any], Any]]]) -> list[Sequence[Any]]:
    adapt = connection.ops.adapt_datetimefield_value
    given = [adapt(value) if hasattr(value, "tzinfo") else value for value in parameters]
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        found = cursor.fetchall()
    if not converters:
        return found
    rows: list[Sequence[Any]] = []
    for row in found:
        values = list(row)
        for place, convert in converters:
            values[place] = convert(values[place])
        rows.append(values)
    return rows


@lru_cache(maxsize=64)
def _in_order(wanted: Wanted) -> Wanted:
    # from_db takes values in the order of the model's fields, whatever the order of the names.
    return tuple((model, tuple(field.attname for field in model._meta.concrete_fields if field.attname in names)) for model, names in wanted)


@lru_cache(maxsize=64)
def _fields(wanted: Wanted) -> list[Any]:
    by_name = {model: {field.attname: field for field in model._meta.concrete_fields} for model, _ in wanted}
    return [by_name[model][name] for model, names in wanted for name in names]


@lru_cache(maxsize=64)
def _converters(wanted: Wanted, vendor: str) -> list[tuple[int, Callable[[Any], Any]]]:
    found = []
    for place, field in enumerate(_fields(wanted)):
        expression = field.get_col(field.model._meta.db_table)
        for converter in [*connection.ops.get_db_converters(expression), *expression.get_db_converters(connection)]:
            found.append((place, _bound(converter, expression)))
    return found


def _bound(converter: Callable[..., Any], expression: Any) -> Callable[[Any], Any]:
    return lambda value: converter(value, expression, connection)
