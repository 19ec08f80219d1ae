"""Daily reports (日报) of units over some weeks: what each did, with its own numbers, its own days without a report and its corrections."""

from __future__ import annotations

import random
import tomllib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from lianxin.casework import moments
from lianxin.casework.rights import Role
from lianxin.demo import catalogue
from lianxin.demo.articles import SHANGHAI
from lianxin.demo.grammar import Expander
from lianxin.figures.actions import write_report
from lianxin.foundation import calendar
from lianxin.organisations.models import Organisation, Post

DAYS = 60
"""Workdays with reports."""
_TRIES = 200
_WEEKDAYS = (1.22, 1.02, 0.96, 0.94, 0.9, 0.55, 0.5)
"""How lively a day is; most people come on Mondays."""


@dataclass(frozen=True)
class Told:
    """One unit of the data file. The ranges are those of a usual day."""

    slug: str
    visitors: tuple[int, int]
    matters: tuple[int, int]
    calls: tuple[int, int]
    keeps: float
    lines: tuple[str, ...]
    days: int = DAYS
    """The last workdays for which it reports; some began later."""


@dataclass(frozen=True)
class Written:
    """A report as it is written; ``first`` is its text before it was put right, "" when it never was."""

    day: date
    at: datetime
    text: str
    visitors: int
    matters: int
    calls: int
    first: str = ""


@cache
def read() -> tuple[Told, ...]:
    """The units of the data file."""
    book = tomllib.loads((catalogue.DATA / "reports.toml").read_text(encoding="utf-8"))
    return tuple(_told(row) for row in book["unit"])


def _told(row: dict[str, Any]) -> Told:
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Told(**fields)


def workdays(now: datetime, count: int = DAYS) -> list[date]:
    """The last workdays that are over, the earliest first."""
    day = now.astimezone(SHANGHAI).date()
    found: list[date] = []
    while len(found) < count:
        day -= timedelta(days=1)
        if calendar.is_workday(day):
            found.append(day)
    return found[::-1]


def reports_of(told: Told, days: list[date], now: datetime, seed: int) -> Iterator[Written]:
    """A unit's reports; the same arguments give the same ones. No sentence stands in two reports running, no text comes twice."""
    rng = random.Random(f"{seed}-{told.slug}")
    said: set[str] = set()
    lately: deque[frozenset[int]] = deque(maxlen=3)
    for day in days[-told.days :]:
        lively = _WEEKDAYS[day.weekday()] * rng.uniform(0.9, 1.1)
        if rng.random() > told.keeps:
            continue
        text = _text(told, rng, lately, said)
        visitors, matters, calls = (max(1, round(rng.randint(*span) * lively)) for span in (told.visitors, told.matters, told.calls))
        evening = datetime.combine(day, time(17, rng.randint(5, 55), rng.randint(0, 59)), SHANGHAI)
        # Some write on the next morning.
        at = evening if rng.random() < 0.9 else evening + timedelta(hours=16)
        first = text[: text.index("。") + 1] if rng.random() < 0.04 else ""
        yield Written(day, min(at, now - timedelta(minutes=5)), text, visitors, matters, calls, first)


def _text(told: Told, rng: random.Random, lately: deque[frozenset[int]], said: set[str]) -> str:
    """Two sentences, of many-sided units sometimes three: none of the report before, nor the same ones together as in those before it."""
    before = lately[-1] if lately else frozenset()
    left = [place for place in range(len(told.lines)) if place not in before]
    for _ in range(_TRIES):
        places = rng.sample(left, 3 if len(told.lines) > 6 and rng.random() < 0.3 else 2)
        text = "".join(Expander(rng, {}, _no_fact).text(told.lines[place]) for place in places)
        if text not in said and not any(len(one.intersection(places)) > 1 for one in lately):
            said.add(text)
            lately.append(frozenset(places))
            return text
    raise ValueError(f"the sentences of {told.slug} are too few")


def _no_fact(name: str) -> str:
    raise KeyError(name)


def build(units: dict[str, Organisation], now: datetime, seed: int) -> int:
    """Write the reports, one day after the other as they came in; returns how many. Called within the transaction that makes the city."""
    days = workdays(now)
    clerks = {post.organisation.slug: post.user for post in Post.objects.filter(role=Role.CLERK).select_related("user", "organisation")}
    rows = [(row, told.slug) for told in read() for row in reports_of(told, days, now, seed)]
    rows.sort(key=lambda one: (one[0].at, one[1]))
    for row, slug in rows:
        counts = {"visitors": row.visitors, "matters": row.matters, "calls": row.calls}
        with moments.dated(row.at):
            write_report(clerks[slug], units[slug], row.day, row.first or row.text, **counts)
        if row.first:
            with moments.dated(min(row.at + timedelta(hours=2), now)):
                write_report(clerks[slug], units[slug], row.day, row.text, **counts)
    return len(rows)
