"""What can be wrong with publishing: a page type that escapes the reviews, a chain that lets one person publish."""

from collections.abc import Iterable
from typing import Any

from django.core.checks import Error, register
from wagtail.models import get_page_models

from lianxin.foundation import health
from lianxin.publishing.actions import lists
from lianxin.publishing.models import Review, ReviewStage
from lianxin.publishing.models.pages import GovernedPage


@register()
def every_page_type_is_governed(app_configs: Any, **kwargs: Any) -> Iterable[Error]:
    """Refuse to start with a page type that Wagtail's own buttons could publish."""
    return [
        Error(
            f"{model.__name__} must inherit from GovernedPage, otherwise it can be published without review.",
            id="publishing.E001",
        )
        for model in get_page_models()
        if not issubclass(model, GovernedPage) and model._meta.label != "wagtailcore.Page"
    ]


def wrong_lists() -> Iterable[str]:
    """Articles whose Listing rows are not what they must be."""
    for article in lists.wrong():
        yield f"稿件“{article.title}”在栏目列表里的内容与稿件不一致。"


def stuck_reviews() -> Iterable[str]:
    """Reviews that nobody can sign any more."""
    for stage in ReviewStage.objects.filter(state=ReviewStage.State.OPEN, organisation=None).select_related("review"):
        yield f"“{stage.review.title}”的{stage.label}没有人可以签：请为“{stage.get_role_display()}”岗位设人。"
    for review in Review.objects.filter(state=Review.State.PENDING).exclude(stages__state=ReviewStage.State.OPEN):
        yield f"“{review.title}”的审核没有待签的步骤，请退回后重新送审。"


health.register("栏目列表", wrong_lists, repair=lists.rebuild)
health.register("审核流程", stuck_reviews)
