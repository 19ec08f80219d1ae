"""A year of the petition bureau: every story, work for its account today, nothing of it for others, and a log that the rows agree with."""

from __future__ import annotations

from collections import Counter

from lianxin.casework import checks
from lianxin.casework import queries as casework
from lianxin.casework.models import Assignment, Case, Clock, Delivery
from lianxin.demo.petitions import STORIES, read
from lianxin.identity.models import User
from lianxin.petitions import queries
from lianxin.petitions.kinds import ALL, REPORTS
from tests.demo.test_letters import like


def test_texts_are_whole() -> None:
    rows = read()
    assert len(rows) >= 40 and {one.story for one in rows} == set(STORIES)
    assert like([one.text for one in rows]) == [] == like([one.reply for one in rows if one.reply])
    answered = ("closed", "open", "answered", "declined", "reviewed", "reviewed_twice")
    assert all(bool(one.reply) == (one.story in answered) for one in rows)


def test_the_bureau_has_cases_in_every_state(demo: None) -> None:
    cases = Case.objects.filter(kind__in=ALL)
    stages = Counter(cases.values_list("stage", flat=True))
    assert stages["submitted"] >= 6 and stages["handling"] >= 5 and stages["closed"] >= 15 and stages["declined"] == 2, stages
    assert {"petition_review", "petition_re_review", "report_elsewhere"} <= set(cases.values_list("kind", flat=True))
    assert cases.filter(breached=True, is_open=True).count() >= 2 and Delivery.objects.filter(case__in=cases).count() >= 20
    assert Clock.objects.filter(case__in=cases).exclude(extensions=[]).exists()
    assert Assignment.objects.filter(case__in=cases, state="returned").exists()
    assert not cases.filter(kind__in=REPORTS, is_public=True).exists() and cases.filter(is_public=True).count() >= 5
    assert list(checks.wrong_cases()) == []
    officer = User.objects.get(username="petition")
    assert queries.counter(officer, queries.Filters()).count() >= 6 and len(casework.returns_to_rule(officer)) == 1
    hidden = cases.filter(kind__in=REPORTS)
    for other in ("triage", "operator", "mayor", "auditor"):
        assert not casework.visible_to(User.objects.get(username=other)).filter(pk__in=hidden.values("pk")).exists(), other
