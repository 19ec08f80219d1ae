"""The demo city's registers, read from `data/*.toml`: organisations, leaders and columns."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"

#: The kinds that make up the 69 departments and offices; institutions come on top of them.
DEPARTMENT_KINDS = frozenset({"office", "department", "enterprise", "group"})

_YEAR = re.compile(r"\{\{\s*year\s*([+-]\s*\d+)?\s*\}\}")


@dataclass(frozen=True)
class Organisation:
    """One unit of the city, from the government down to a township."""

    slug: str
    name: str
    short_name: str
    kind: str
    parent: str
    code: str
    address: str
    phone: str
    hours: str
    duties: tuple[str, ...]
    sections: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    head: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Leader:
    """A leader of the city with the portfolio (organisation slugs) he or she answers for."""

    slug: str
    name: str
    title: str
    organisation: str
    order: int
    gender: str
    birth: str
    brief: str
    portfolio_text: str
    portfolio: tuple[str, ...]
    resume: tuple[dict[str, str], ...] = field(hash=False)


@dataclass(frozen=True)
class Column:
    """A column of the city portal with who keeps it and how often it must move."""

    key: str
    title: str
    kind: str
    cadence_days: int
    description: str
    keywords: tuple[str, ...]
    unit: str
    section: str
    expectation: str


def fill_years(text: str, year: int) -> str:
    """Replace `{{year}}`, `{{year-1}}` … by the years they stand for."""
    return _YEAR.sub(lambda m: str(year + int((m[1] or "0").replace(" ", ""))), text)


@lru_cache
def organisations() -> tuple[Organisation, ...]:
    """All units, parents before children."""
    return tuple(Organisation(**row) for row in _rows("organisations.toml", "organisation"))


def leaders(year: int) -> tuple[Leader, ...]:
    """The leaders, their years counted back from `year`."""
    return tuple(Leader(**_dated(row, year)) for row in _rows("leaders.toml", "leader"))


@lru_cache
def columns() -> tuple[Column, ...]:
    """The column tree in menu order, each top column before its children."""
    return tuple(Column(**row) for row in _rows("columns.toml", "column"))


def _rows(name: str, key: str) -> list[dict[str, Any]]:
    """The table array `key` of a data file; lists become tuples, because the rows are shared and must not change."""
    with (DATA / name).open("rb") as file:
        rows = tomllib.load(file)[key]
    return [{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()} for row in rows]


def _dated(value: Any, year: int) -> Any:
    """`value` with the year placeholders of every string in it filled."""
    if isinstance(value, str):
        return fill_years(value, year)
    if isinstance(value, dict):
        return {key: _dated(item, year) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_dated(item, year) for item in value)
    return value
