"""A year of calls: every story, no two alike, work for the operator today, and a log that the rows agree with."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.utils import timezone

from lianxin.casework import checks, queries
from lianxin.casework.models import Assignment, Case, FollowUp
from lianxin.demo.hotline import STORIES, read
from lianxin.hotline import queries as hotline
from lianxin.hotline.models import Call, Script
from lianxin.identity.models import User
from lianxin.triage.models import Category
from tests.demo.test_letters import like


def test_texts_are_whole() -> None:
    scripts, calls = read()
    assert len(calls) >= 60 and {one.story for one in calls} == set(STORIES) and len(scripts) >= 10
    assert like([one.text for one in calls]) == [] == like([one.reply for one in calls if one.reply])
    for one in calls:
        assert one.sort in ("enquiry", "help", "complaint") and not set("{}[]|") & set(one.text + one.reply), one.text
        assert bool(one.reply) == (one.story not in ("handling", "late", "assigned", "returned", "web")), one.text


def test_categories_are_those_of_the_tree(db: None) -> None:
    used = {one.category for one in read()[1] if one.category}
    assert used <= set(Category.objects.values_list("code", flat=True))


def test_the_city_has_calls_in_every_state(demo: None) -> None:
    cases = Case.objects.filter(kind="hotline")
    assert cases.count() == len(read()[1])
    stages = Counter(cases.values_list("stage", flat=True))
    assert stages["closed"] >= 40 and stages["replied"] >= 5 and stages["submitted"] == 2, stages
    assert stages["assigned"] >= 3 and stages["handling"] >= 3, stages
    results = Counter(FollowUp.objects.values_list("result", flat=True))
    assert results["satisfied"] >= 20 and results["dissatisfied"] >= 5 and results["unreached"] >= 9, results
    assert cases.filter(breached=True, is_open=True).exists() and cases.filter(is_public=True).count() >= 30
    assert Assignment.objects.filter(case__kind="hotline", state="returned").exists()
    assert list(checks.wrong_cases()) == []
    _the_operator_has_work(User.objects.get(username="operator"))


def _the_operator_has_work(operator: User) -> None:
    assert len(queries.triage_queue(operator)) == 2 and len(queries.returns_to_rule(operator)) == 1
    due = hotline.callbacks(operator)
    assert len(due) >= 5 and hotline.without_number(operator) == 1
    (ringing,) = hotline.ringing(operator)
    assert ringing.is_mine and len(hotline.callers(operator, ringing.call.telephone)) == 3
    days = hotline.days_of_calls()
    assert len(days) >= 13 and any(day.falls_short for day in days) and any(not day.falls_short for day in days)
    assert Call.objects.filter(case__isnull=False).exists() and not Call.objects.filter(started_at__gt=timezone.now()).exists()
    assert Script.objects.count() >= 10


def test_nothing_of_it_leads_to_a_real_number(demo: Any) -> None:
    numbers = {row.telephone for row in Call.objects.all()} - {""}
    assert numbers and all(number.startswith("1990010") and len(number) == 11 for number in numbers)
