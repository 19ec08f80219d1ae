"""Background work of publishing: minutes that come, pictures that must be cut."""

import logging
from datetime import timedelta

from django.utils import timezone
from wagtail.models import Revision

from lianxin.foundation.jobs import job, timetable
from lianxin.publishing import actions, pictures
from lianxin.publishing.models import ArticlePage

logger = logging.getLogger(__name__)


@job("定时发布一篇", queue="fast")
def publish_due(revision_pk: int) -> None:
    """Publish an approved revision at its minute."""
    actions.publish_scheduled(revision_pk)


@job("定时撤下一篇", queue="fast")
def withdraw_due(article_pk: int) -> None:
    """Take an article down when its time is over."""
    actions.withdraw_expired(article_pk)


@job("生成稿件图片的各种尺寸", queue="slow")
def make_pictures(article_pk: int) -> None:
    """Cut an article's pictures to size and let the lists show them."""
    article = ArticlePage.objects.filter(pk=article_pk, live=True).first()
    if article is not None and pictures.prepare(article):
        actions.project(article)


@timetable("补发漏掉的定时发布和撤下", every=timedelta(minutes=1))
def sweep() -> None:
    """Each minute: whatever is due and whose own job was lost. One bad article does not hold up the others."""
    now = timezone.now()
    for pk in Revision.objects.filter(approved_go_live_at__lte=now).values_list("pk", flat=True):
        _isolated(actions.publish_scheduled, pk)
    for pk in ArticlePage.objects.filter(live=True, expire_at__lte=now).order_by("expire_at").values_list("pk", flat=True):
        _isolated(actions.withdraw_expired, pk)


def _isolated(deed, pk: int) -> None:  # type: ignore[no-untyped-def]
    try:
        deed(pk)
    except Exception:
        logger.exception("%s failed for %s", deed.__name__, pk)
