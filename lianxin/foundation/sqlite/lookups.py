"""``startswith`` as a range of the index.

Django writes it as ``LIKE … ESCAPE``, for which SQLite never uses an index of ours: a tree of 200,000 pages was read from end to end for
the children of one page. As a range it is also what ``startswith`` means, and what PostgreSQL answers: large and small letters differ.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import lookups
from django.db.models.sql.compiler import SQLCompiler

# No text sorts after it, in UTF-8 as SQLite compares it.
LAST = "\U0010ffff"


class StartsWith(lookups.StartsWith):
    """The stock lookup, but on SQLite ``column >= 'abc' AND column < 'abc\U0010ffff'`` for a plain prefix."""

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """The condition and its parameters."""
        prefix = self.rhs
        if self.bilateral_transforms or not isinstance(prefix, str) or not prefix:
            return self.as_sql(compiler, connection)
        column, parameters = self.process_lhs(compiler, connection)
        return f"({column} >= %s AND {column} < %s)", (*parameters, prefix, *parameters, prefix + LAST)
