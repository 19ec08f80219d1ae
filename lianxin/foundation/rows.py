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
    adapt = connection.ops.adapt_datetimefield_value
    given = [adapt(value) if hasattr(value, "tzinfo") else value for value in parameters]
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        found = cursor.fetchall()
    converted = _converters(model, kind, connection.vendor)
    if not converted:
        return [kind(*row) for row in found]
    rows = []
    for raw in found:
        row = list(raw)
        for place, convert in converted:
            row[place] = convert(row[place])
        rows.append(kind(*row))
    return rows


@lru_cache(maxsize=64)
def _converters(model: type[models.Model], kind: type, vendor: str) -> list[tuple[int, Callable[[Any], Any]]]:
    columns = {field.column: field for field in model._meta.concrete_fields}
    found = []
    for place, name in enumerate(kind._fields):  # type: ignore[attr-defined]
        expression = columns[name].get_col(model._meta.db_table)
        for converter in connection.ops.get_db_converters(expression):
            found.append((place, _bound(converter, expression)))
    return found


def _bound(converter: Callable[..., Any], expression: Any) -> Callable[[Any], Any]:
    return lambda value: converter(value, expression, connection)
