"""Half a year of letters: every state, no two alike, work for each account today, and a log that the rows agree with."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from lianxin.casework import checks, queries
from lianxin.casework.models import Assignment, Case, CaseEvent, Clock, Cluster, Message, Promise, Rating
from lianxin.demo import build
from lianxin.demo.articles import SHANGHAI
from lianxin.demo.catalogue import organisations
from lianxin.demo.letters_stories import STORIES
from lianxin.demo.letters_texts import SPAN, Letter, all_letters
from lianxin.demo.variation import grams
from lianxin.foundation.models import Notification
from lianxin.identity.models import User
from tests.demo.test_content import ALIKE

DAYS = (datetime(2026, 11, 25, 20, 50, tzinfo=SHANGHAI), datetime(2027, 2, 7, 0, 10, tzinfo=SHANGHAI), datetime(2027, 7, 5, 9, tzinfo=SHANGHAI))


@pytest.fixture(scope="module", params=DAYS, ids=["winter", "spring-festival", "summer"])
def letters(request: pytest.FixtureRequest) -> list[Letter]:
    return all_letters(organisations(), request.param, build.SEED)


def like(texts: list[str]) -> list[tuple[str, str]]:
    """Pairs that share more than 40 % of the smaller one's 8-grams."""
    holders: dict[str, list[int]] = defaultdict(list)
    found, sizes = [], []
    for number, text in enumerate(texts):
        own = grams(text)
        shared = Counter(index for gram in own for index in holders[gram])
        found += [(texts[index], text) for index, count in shared.items() if count > ALIKE * min(len(own), sizes[index])]
        for gram in own:
            holders[gram].append(number)
        sizes.append(len(own))
    return found


def test_no_two_are_alike(letters: list[Letter]) -> None:
    assert like([letter.text for letter in letters]) == []
    assert like([letter.reply for letter in letters if letter.reply and not letter.cluster]) == []


def test_texts_are_whole(letters: list[Letter]) -> None:
    assert len(letters) >= 200 and {letter.story for letter in letters} == set(STORIES)
    for letter in letters:
        shown = f"{letter.subject}{letter.text}{letter.reply_at(letter.received_at)}{letter.comment}{letter.objection}{letter.report}"
        assert not set("{}[]|") & set(shown), shown
        assert len(letter.subject) <= 30 and letter.phone.startswith("199000")


def test_they_lie_in_half_a_year(letters: list[Letter]) -> None:
    moments = [letter.received_at for letter in letters]
    assert moments == sorted(moments)
    assert moments[-1] - moments[0] > timedelta(days=150) and moments[-1] - moments[0] <= timedelta(days=SPAN + 1)


def test_the_city_has_letters_in_every_state(demo: None, run_jobs: Callable[..., int]) -> None:
    stages = Counter(Case.objects.values_list("stage", flat=True))
    least = {"closed": 150, "replied": 8, "handling": 5, "assigned": 3, "screened": 2, "submitted": 3, "declined": 2, "reopened": 2}
    assert all(stages[stage] >= count for stage, count in least.items()), stages
    assert stages["accepted"] and stages["awaiting_citizen"] and stages["withdrawn"]
    _everything_happened()
    _each_has_work()
    run_jobs()
    assert not Notification.objects.exists(), "what is over is not told again"
    assert list(checks.wrong_cases()) == []


def _everything_happened() -> None:
    types = set(CaseEvent.objects.values_list("type", flat=True))
    wanted = "returned ruled interim clock_extended clock_paused clock_resumed breached reminded objected withdrawn answered_with"
    assert types >= set(f"{wanted} instructed reported report_sent_back report_accepted part_done promise_kept promise_missed".split())
    assert set(Assignment.objects.values_list("state", flat=True)) >= {"offered", "accepted", "returned", "reported", "done", "ended"}
    assert set(Rating.objects.values_list("score", flat=True)) == {1, 2, 3, 4, 5}
    assert set(Promise.objects.values_list("state", flat=True)) == {"open", "kept", "missed"}
    assert Message.objects.filter(state="published", in_person=True).count() == 2
    assert Case.objects.filter(visibility="private").exists() and Case.objects.filter(breached=True, is_open=True).exists()
    assert Cluster.objects.get().case.members.filter(stage__in=("replied", "closed")).count() == 39
    now = timezone.now()
    assert not CaseEvent.objects.filter(at__gt=now).exists()
    assert not Clock.objects.filter(state="running", due_at__lte=now, breached_at=None).exists()


def _each_has_work() -> None:
    person = {user.username: user for user in User.objects.filter(demo_account=True)}
    assert len(queries.own_cases(person["citizen"])) >= 4
    assert len(queries.triage_queue(person["triage"])) >= 5
    assert queries.returns_to_rule(person["triage"]) and queries.reports_to_accept(person["triage"])
    assert len(queries.instructions_asked(person["mayor"])) == 2
    assert len(queries.unit_queue(person["clerk"]).cases) >= 6
    assert len(queries.replies_to_sign(person["head"])) == 2
    # The Party secretary reads the mayor's mailbox; his work is what is laid before him.
    assert queries.instructions_asked(person["secretary"])
