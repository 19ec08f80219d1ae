"""Whatever is done to an article in whatever order: nothing is public without its reviews, and the lists say what is public."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxin.foundation.errors import Refused
from lianxin.publishing import actions
from lianxin.publishing.actions import lists
from lianxin.publishing.models import ArticlePage, Review, ReviewStage

pytestmark = pytest.mark.django_db

PEOPLE = ("editor", "second_editor", "reviewer", "chief", "security", "duty", "site_manager", "admin", "other_editor")
DEEDS = ("save", "submit", "sign", "reject", "recall", "withdraw", "emergency", "schedule", "cancel", "move", "sweep", "wait")


class _Rollback(Exception):
    pass


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(DEEDS)), min_size=4, max_size=16))
def test_nothing_is_public_without_its_reviews(steps, make_article, people, column, other_column, chains, clock):
    with pytest.raises(_Rollback), transaction.atomic():
        clock.set("2025-03-03 09:00")
        article = make_article(people.editor, column)
        for name, deed in steps:
            _try(deed, getattr(people, name), ArticlePage.objects.get(pk=article.pk), other_column, clock)
            _check(ArticlePage.objects.get(pk=article.pk))
        raise _Rollback


def _try(deed, person, article, other_column, clock):
    try:
        with transaction.atomic():
            _do(deed, person, article, other_column, clock)
    except Refused:
        pass


def _do(deed, person, article, other_column, clock):
    review = article.reviews.order_by("-pk").first()
    match deed:
        case "save":
            actions.save_draft(person, article, summary=f"改于 {timezone.now():%H%M%S}")
        case "submit":
            actions.submit(person, article)
        case "emergency":
            actions.publish_emergency(person, article, "情况紧急须马上发布")
        case "schedule":
            actions.save_draft(person, article, go_live_at=timezone.now() + timedelta(hours=2))
        case "withdraw":
            actions.withdraw(person, article, "内容有误")
        case "cancel":
            actions.cancel_schedule(person, article)
        case "move":
            actions.move_article(person, article, other_column)
        case "wait":
            clock.shift(hours=1)
        case "sweep":
            from lianxin.publishing import jobs

            jobs.sweep.call()
        case "recall" if review:
            actions.recall(person, review)
        case "sign" | "reject" if review:
            for stage in review.stages.filter(state=ReviewStage.State.OPEN):
                if deed == "sign":
                    actions.sign(person, stage, opinion="同意", basis="保密法")
                else:
                    actions.reject(person, stage, "需要补充材料")


def _check(article):
    assert not lists.differs(article)
    if not article.live:
        assert not article.listings.exists()
        return
    review = article.reviews.get(revision=article.live_revision, state__in=[Review.State.APPROVED, Review.State.OWED])
    signatures = list(review.stages.filter(state=ReviewStage.State.SIGNED))
    sequential = [stage.signed_by_id for stage in signatures if not stage.parallel]
    assert len(set(sequential)) == len(sequential)
    contributors = set(review.contributors.values_list("pk", flat=True))
    assert not any(stage.signed_by_id in contributors for stage in signatures if stage.role != "editor")
    if review.state == Review.State.APPROVED:
        assert not review.stages.exclude(state=ReviewStage.State.SIGNED).exists()
