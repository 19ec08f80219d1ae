"""Half a year of letters: every text led through the engine at its own moments, so that events, clocks and breaches are as they would be."""

from __future__ import annotations

import random
from datetime import datetime

from lianxin.casework import actions, moments
from lianxin.casework.models import Case
from lianxin.demo import catalogue
from lianxin.demo.letters_stories import STORIES, handling
from lianxin.demo.letters_texts import all_letters
from lianxin.demo.letters_walk import Desk, Walk
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation

CLUSTER_TITLE = "翠湖花园供暖不热"


def build(units: dict[str, Organisation], people: dict[str, User], now: datetime, seed: int) -> list[Walk]:
    """Make all letters; returns their ways. Called within the transaction that makes the city."""
    rng = random.Random(seed)
    desk = Desk(units, people, now)
    walks = [Walk.begin(desk, letter, rng) for letter in all_letters(catalogue.organisations(), now, seed)]
    for walk in walks:
        if not walk.letter.cluster:
            STORIES[walk.letter.story](walk)
    _together([walk for walk in walks if walk.letter.cluster])
    for walk in walks:
        walk.until_now()
    return walks


def _together(walks: list[Walk]) -> None:
    """The first letter is handled, the others join it as they come, and all are answered at once."""
    main, *others = walks
    handling(main)
    main.later(0.2, 1).do(actions.open_cluster, main.desk.triage, CLUSTER_TITLE)
    for walk in others:
        walk.at = max(walk.at, main.at)
        walk.later(0.3, 2).do(actions.join_cluster, walk.desk.triage, main.case)
    main.at = max(main.at, min(max(walk.at for walk in others), main.desk.now))
    main.later(1, 3).answered()
    main.later(0.1, 0.5).do(actions.answer_cluster, main.desk.triage)
    for number, walk in enumerate(others):
        walk.at = max(walk.at, main.at)
        walk.run_out()
        with moments.dated(walk.at):
            walk.case = actions.answer_member(Case.objects.get(pk=walk.case.pk))
        walk.letter.score = (5, 4, 0, 4, 3, 0, 5, 2, 0, 1)[number % 10]
        walk.closed()
    main.closed()
