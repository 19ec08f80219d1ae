"""What readers see: publication at once or at its minute, withdrawal, moving. Nothing here can be reached without a review or a right."""

import secrets
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from wagtail.models import ReferenceIndex, Revision

from lianxin.foundation.audit import record as audit
from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations.models import Post
from lianxin.publishing import queries
from lianxin.publishing.actions import lists
from lianxin.publishing.actions.common import WITHDRAWING_ROLES, lock, messages, present, refuse_under_review, require
from lianxin.publishing.models import ArticlePage, ColumnPage, Correction, Placement


def publish(article: ArticlePage, revision: Revision) -> None:
    """Show exactly this revision to readers, now or at its minute. Called by the deeds above and below only."""
    from lianxin.publishing import jobs

    draft = revision.as_object()
    later = draft.go_live_at is not None and draft.go_live_at > timezone.now()
    if not later and article.published_at is None:
        ArticlePage.objects.filter(pk=article.pk).update(published_at=timezone.now())
    revision = Revision.objects.get(pk=revision.pk)
    revision.publish(skip_permission_checks=True)
    # At once, not by Wagtail's own background task: an attachment is public when the article that offers it is.
    ReferenceIndex.create_or_update_for_object(ArticlePage.objects.get(pk=article.pk))
    if later:
        jobs.publish_due.enqueue(revision.pk, run_after=draft.go_live_at, dedupe_key=f"publish-{revision.pk}")
    elif draft.correction_note and article.first_published_at:
        # The note stays in later drafts; it was said once.
        Correction.objects.get_or_create(article_id=article.pk, text=draft.correction_note, defaults={"at": timezone.now()})
    if draft.expire_at:
        jobs.withdraw_due.enqueue(article.pk, run_after=draft.expire_at, dedupe_key=f"expire-{article.pk}-{draft.expire_at:%s}")


@transaction.atomic
def publish_scheduled(revision_pk: int) -> bool:
    """Publish an approved revision whose minute has come; False when it was cancelled, replaced or is not due yet."""
    revision = Revision.objects.select_for_update().filter(pk=revision_pk, approved_go_live_at__lte=timezone.now()).first()
    if revision is None:
        return False
    article = ArticlePage.objects.select_for_update().get(pk=int(revision.object_id))
    publish(article, revision)
    audit(None, "publishing.publish_scheduled", article, f"按时发布“{article.title}”")
    return True


@transaction.atomic
def withdraw_expired(article_pk: int) -> bool:
    """Take down an article whose time is over; False when it is not live or its time was changed."""
    article = ArticlePage.objects.select_for_update().filter(pk=article_pk, live=True, expire_at__lte=timezone.now()).first()
    if article is None:
        return False
    article.unpublish(set_expired=True)
    audit(None, "publishing.expire", article, f"“{article.title}”到期下线")
    return True


@transaction.atomic
def withdraw(actor: User, article: ArticlePage, reason: str) -> ArticlePage:
    """Take a published article down at once, with a reason that stays on record. It can be mended and reviewed again."""
    locked = lock(article)
    require(queries.acts_for(actor, locked.organisation, *WITHDRAWING_ROLES), "撤下稿件须由终审、值班或站点管理人员办理。")
    reason = reason.strip()
    if len(reason) < 2:
        raise Refused("请写明撤下的理由。")
    if not locked.live:
        raise Refused("这篇稿件现在没有公开，不需要撤下。")
    take_down(locked)
    audit(actor, "publishing.withdraw", locked, f"撤下“{locked.title}”：{reason}")
    return ArticlePage.objects.get(pk=locked.pk)


def take_down(article: ArticlePage) -> None:
    current = ArticlePage.objects.get(pk=article.pk)
    current.revisions.update(approved_go_live_at=None)
    if current.live:
        current.unpublish()


@transaction.atomic
def cancel_schedule(actor: User, article: ArticlePage) -> ArticlePage:
    """Cancel an approved publication that waits for its minute; the article is a draft again."""
    locked = lock(article)
    require(queries.acts_for(actor, locked.organisation, Post.Role.EDITOR, *WITHDRAWING_ROLES), "取消定时须由本单位采编、终审或站点管理人员办理。")
    if not locked.revisions.filter(approved_go_live_at__isnull=False).exists():
        raise Refused("这篇稿件没有等待中的定时发布。")
    locked.revisions.update(approved_go_live_at=None)
    audit(actor, "publishing.cancel_schedule", locked, f"取消“{locked.title}”的定时发布")
    return ArticlePage.objects.get(pk=locked.pk)


@transaction.atomic
def move_article(actor: User, article: ArticlePage, column: ColumnPage) -> ArticlePage:
    """Move an article to another column of its site; a published one leaves a redirect at its old address."""
    locked = lock(article)
    require(queries.acts_for(actor, locked.organisation, *WITHDRAWING_ROLES), "移动稿件须由终审、值班或站点管理人员办理。")
    refuse_under_review(locked)
    if queries.site_of(column).pk != queries.site_of(locked).pk:
        raise Refused("不能移到别的站点。需要在别的站点显示，请用“同时放在其他栏目”或请对方转载。")
    if locked.get_parent().pk == column.pk:
        raise Refused("稿件已经在这个栏目里。")
    locked.placements.filter(column=column).delete()
    locked.move(present(column), pos="last-child")
    moved = ArticlePage.objects.get(pk=locked.pk)
    audit(actor, "publishing.move_article", moved, f"把“{moved.title}”移到栏目“{column.title}”")
    return moved


@transaction.atomic
def import_published(column: ColumnPage, *, published_at: datetime, owner: User | None = None, **fields: Any) -> ArticlePage:
    """Take over an article that was public before, with its original date; ``fields`` are those of ``write_article``.

    A deed of the operator's commands only, never of a view. Raises Refused for a date that lies ahead or for missing fields.
    """
    if published_at > timezone.now():
        raise Refused("导入的稿件，发布时间不能在将来。请核对日期。")
    also = fields.pop("also", ())
    fields.setdefault("slug", f"{timezone.localtime(published_at):%Y%m%d}-{secrets.randbelow(10**6):06d}")
    moments = dict.fromkeys(("published_at", "first_published_at", "last_published_at", "latest_revision_created_at"), published_at)
    article = ArticlePage(owner=owner, live=True, has_unpublished_changes=False, **moments, **fields)
    article.placements = [Placement(column=other, sort_order=order) for order, other in enumerate(also)]
    try:
        # Saved live in one go: to make a draft and publish it costs four times as much, and there is nothing to review.
        present(column).add_child(instance=article)
    except ValidationError as error:
        raise Refused(messages(error)) from error
    revision = article.save_revision(user=owner, clean=False, log_action=False)
    ArticlePage.objects.filter(pk=article.pk).update(live_revision=revision, has_unpublished_changes=False, draft_title=article.title)
    lists.project(article)
    return article
