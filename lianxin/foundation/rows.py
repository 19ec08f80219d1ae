"""Rows of a written-out query as light tuples, for the few lists that every public page is made of.

Building a query by the ORM costs ten times what running it costs there, and model instances five times what tuples do. The SQL is
portable and given whole; values are converted as the model's own fields convert them, on both databases.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=tuple[Any, ...])


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
