"""Deeds on drafts: writing, saving, restoring, discarding."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from wagtail.models import Revision

from lianxin.foundation.audit import record as audit
from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation
from lianxin.publishing import queries
from lianxin.publishing.actions.common import SITE_ROLES, lock, may_write, messages, present, refuse_under_review, require, validate
from lianxin.publishing.models import ArticlePage, ColumnPage, Placement


@transaction.atomic
def write_article(
    actor: User | None,
    column: ColumnPage,
    *,
    title: str,
    body: Any,
    organisation: Organisation,
    also: Iterable[ColumnPage] = (),
    **fields: Any,
) -> ArticlePage:
    """Write a new draft in a column; ``body`` is stream data (a list of dicts with type and value).

    Raises Refused with every field's message when something is missing, Forbidden without an editor's post.
    """
    may_write(actor, organisation, column)
    article = ArticlePage(title=title.strip(), body=body, organisation=organisation, owner=actor, live=False, has_unpublished_changes=True, **fields)
    article.placements = [Placement(column=other, sort_order=order) for order, other in enumerate(also)]
    try:
        present(column).add_child(instance=article)
        article.save_revision(user=actor, log_action="wagtail.create")
    except ValidationError as error:
        raise Refused(messages(error)) from error
    return article


@transaction.atomic
def save_draft(actor: User | None, article: ArticlePage, *, base_revision: int | None = None, **fields: Any) -> Revision:
    """Save changes of an article as a new draft; what readers see stays.

    ``base_revision`` is the revision the editor had open: a newer one means that a colleague saved meanwhile, which is
    refused so that nobody's work is overwritten.
    """
    locked = lock(article)
    may_write(actor, locked.organisation, locked.get_parent().specific)
    refuse_under_review(locked)
    if base_revision is not None and locked.latest_revision_id != base_revision:
        who = locked.latest_revision.user if locked.latest_revision else None
        raise Refused(f"您编辑期间，{who or '同事'}保存了更新的内容。请先复制您的修改，刷新页面后再合并保存。")
    draft = locked.get_latest_revision_as_object()
    for key, value in fields.items():
        setattr(draft, key, value)
    validate(draft)
    return draft.save_revision(user=actor)


@transaction.atomic
def restore_revision(actor: User, article: ArticlePage, revision: Revision) -> Revision:
    """Make an earlier revision the draft again; it goes through the reviews like any change."""
    locked = lock(article)
    may_write(actor, locked.organisation, locked.get_parent().specific)
    refuse_under_review(locked)
    if revision.object_id != str(locked.pk):
        raise Refused("这个版本不属于这篇稿件。")
    restored = revision.as_object().save_revision(user=actor, previous_revision=revision)
    audit(actor, "publishing.restore_revision", locked, f"恢复 {timezone.localtime(revision.created_at):%Y-%m-%d %H:%M} 的版本为草稿")
    return restored


@transaction.atomic
def discard_draft(actor: User, article: ArticlePage) -> None:
    """Delete a draft that was never public and that no review has seen. Everything else stays on record."""
    locked = lock(article)
    require(locked.owner_id == actor.pk or queries.acts_for(actor, locked.organisation, *SITE_ROLES), "只能删除自己的草稿。")
    if locked.live or locked.first_published_at or locked.reviews.exists():
        raise Refused("这篇稿件已经送审或发布过，须留存记录，不能删除。已发布的可以“撤下”。")
    audit(actor, "publishing.discard_draft", None, f"删除草稿“{locked.title}”", {"article": locked.pk})
    locked.delete()
