"""Lists follow publication whatever path caused it: these signals are sent by Wagtail for every page that appears, moves or goes."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver
from wagtail.models import ReferenceIndex, Site
from wagtail.signals import page_published, page_unpublished, post_page_move

from lianxin.publishing import cachebox, pictures
from lianxin.publishing.actions import lists
from lianxin.publishing.models import ArticlePage, Attachment, ColumnPage, SiteProfile


@receiver(page_published, sender=ArticlePage)
def list_article(instance: ArticlePage, **kwargs: Any) -> None:
    """Show a published article in its lists; cut its pictures where that was not done before."""
    from lianxin.publishing import jobs

    article = ArticlePage.objects.get(pk=instance.pk)
    lists.project(article)
    # Wagtail would do this by a job some time later; until then the article's attachments would not be found to be public.
    ReferenceIndex.create_or_update_for_object(article)
    if not pictures.is_ready(instance):
        jobs.make_pictures.enqueue(instance.pk)


@receiver(page_unpublished, sender=ArticlePage)
def unlist_article(instance: ArticlePage, **kwargs: Any) -> None:
    """Take a withdrawn article out of the lists."""
    lists.project(ArticlePage.objects.get(pk=instance.pk))


@receiver(post_page_move)
def relist_moved(instance: Any, **kwargs: Any) -> None:
    """Lists and addresses follow a move."""
    article_type = ContentType.objects.get_for_model(ArticlePage)
    if instance.content_type_id == article_type.pk:
        lists.project(ArticlePage.objects.get(pk=instance.pk))


@receiver([post_save, post_delete], sender=Site)
@receiver([post_save, post_delete], sender=SiteProfile)
@receiver([post_save, post_delete], sender=ColumnPage)
def forget_furniture(**kwargs: Any) -> None:
    """Navigation and footer are kept for a second; the process that changed them sees the change at once."""
    cachebox.forget()


@receiver(pre_save, sender=Attachment)
def note_size(instance: Attachment, **kwargs: Any) -> None:
    """Note a file's size when it is stored; Wagtail would write it when the first reader sees the page."""
    if instance.file and instance.file_size is None:
        instance.file_size = instance.file.size
