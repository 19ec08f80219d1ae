"""Daily reports: units with days of their own, no two texts alike that stand beside each other, nothing that is refused, seen in the ledger."""

from __future__ import annotations

import random
from datetime import datetime
from itertools import pairwise

import pytest
from django.test import Client
from django.utils import timezone

from lianxin.demo import build
from lianxin.demo.articles import SHANGHAI
from lianxin.demo.catalogue import organisations
from lianxin.demo.grammar import Expander
from lianxin.demo.reports import DAYS, Written, read, reports_of, workdays
from lianxin.demo.variation import grams
from lianxin.figures.models import DailyReport
from lianxin.triage.inspection import inspect
from tests.demo.test_content import ALIKE
from tests.demo.test_letters import like

MOMENTS = (datetime(2026, 11, 25, 20, 50, tzinfo=SHANGHAI), datetime(2027, 2, 7, 0, 10, tzinfo=SHANGHAI), datetime(2027, 7, 5, 9, tzinfo=SHANGHAI))


@pytest.fixture(params=MOMENTS, ids=["winter", "spring-festival", "summer"])
def written(request: pytest.FixtureRequest, db: None) -> dict[str, list[Written]]:
    days = workdays(request.param)
    return {told.slug: list(reports_of(told, days, request.param, build.SEED)) for told in read()}


def test_sentences_are_whole() -> None:
    slugs = [told.slug for told in read()]
    assert len(slugs) == len(set(slugs)) >= 28 and set(slugs) <= {row.slug for row in organisations()}
    rng = random.Random(7)
    lines = {line: Expander(rng, {}, str).text(line) for told in read() for line in told.lines}
    assert like(list(lines.values())) == []
    assert all(text.endswith("。") and not set("{}[]|") & set(text) for text in lines.values())


def test_nothing_is_refused() -> None:
    """Whatever numbers and words are drawn, no sentence looks like somebody's data."""
    rng = random.Random(11)
    for line in (line for told in read() for line in told.lines):
        for text in {Expander(rng, {}, str).text(line) for _ in range(12)}:
            assert not [found for found in inspect(text, ()) if found.replacement is not None], text


def test_neighbours_are_not_alike(written: dict[str, list[Written]]) -> None:
    texts = [row.text for rows in written.values() for row in rows]
    assert len(texts) == len(set(texts)) > 1000
    for rows in written.values():
        for one, other in pairwise(grams(row.text) for row in rows):
            assert len(one & other) <= ALIKE * min(len(one), len(other))


def test_units_have_their_own_ways(written: dict[str, list[Written]]) -> None:
    kept = {slug: len(rows) for slug, rows in written.items()}
    assert kept["rexianban"] > DAYS * 0.9 and kept["tongjiju"] < DAYS * 0.2 and len(set(kept.values())) > 8, kept
    mean = {slug: sum(row.calls for row in rows) / len(rows) for slug, rows in written.items() if rows}
    assert mean["rexianban"] > 10 * mean["shuiliju"]
    assert sum(bool(row.first) for rows in written.values() for row in rows) >= 20


def test_the_ledger_shows_them(demo: None, client: Client) -> None:
    assert DailyReport.objects.count() > 1000 and DailyReport.objects.filter(changed_at__isnull=False).count() >= 20
    assert not DailyReport.objects.filter(written_at__gt=timezone.now()).exists()
    day = workdays(timezone.now(), 2)[0]
    report = DailyReport.objects.filter(day=day).select_related("unit").first()
    assert report is not None
    page = client.get(f"/ledger/{day}/").content.decode()
    assert report.text in page and "未报" in page
    own = client.get(f"/ledger/units/{report.unit.slug}/{day:%Y-%m}/")
    assert own.status_code == 200 and report.text in own.content.decode()
