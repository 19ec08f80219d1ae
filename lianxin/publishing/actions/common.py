"""What the deeds of publishing share: asking for a right, locking a row, turning validation errors into a refusal."""

from typing import Any

from django.core.exceptions import ValidationError
from wagtail.models import Page

from lianxin.foundation.errors import Forbidden, Refused
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation, Post
from lianxin.publishing import queries
from lianxin.publishing.models import ArticlePage, ColumnPage, Review

SITE_ROLES = (Post.Role.SITE_MANAGER, Post.Role.ADMINISTRATOR)
WITHDRAWING_ROLES = (Post.Role.CHIEF, Post.Role.DUTY, *SITE_ROLES)


def require(condition: bool, message: str) -> None:
    if not condition:
        raise Forbidden(message)


def may_manage(actor: User | None, organisation: Organisation) -> bool:
    return actor is None or actor.is_superuser or queries.acts_for(actor, organisation, *SITE_ROLES)


def may_write(actor: User | None, article_unit: Organisation, column: ColumnPage) -> None:
    if actor is None:
        return
    if not queries.acts_for(actor, article_unit, Post.Role.EDITOR):
        raise Forbidden(f"您没有“{article_unit}”的采编岗位，不能用它的名义写稿。请联系单位管理员。")
    if not queries.may_write_in(actor, column):
        raise Forbidden(f"栏目“{column.title}”不由您的单位保障。请改选本单位的栏目，或联系网站编辑部。")


def lock(article: ArticlePage) -> ArticlePage:
    """The article's current row, locked until the end of the transaction."""
    Page.objects.select_for_update().get(pk=article.pk)
    return ArticlePage.objects.select_related("organisation").get(pk=article.pk)


def present(parent: Page) -> Page:
    """The parent as its row is now, locked until the deed is done: the next child's place follows from the row and from its children.

    Without the lock two editors who write in one column at the same moment would be given the same place on PostgreSQL.
    """
    return Page.objects.select_for_update().get(pk=parent.pk)


def refuse_under_review(article: ArticlePage) -> None:
    if article.reviews.filter(state=Review.State.PENDING).exists():
        raise Refused("稿件正在审核。要修改请先“撤回送审”。")


def validate(instance: Any) -> None:
    try:
        instance.full_clean()
    except ValidationError as error:
        raise Refused(messages(error)) from error


def messages(error: ValidationError) -> str:
    return "；".join(error.messages)
