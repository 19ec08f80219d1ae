"""Lists follow publication whatever path caused it: these signals are sent by Wagtail for every page that appears, moves or goes."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.dispatch import receiver
from wagtail.models import ReferenceIndex, Site
from wagtail.signals import page_published, page_unpublished, post_page_move

from lianxin.foundation.pagestore import purge, tag_name, tag_of
from lianxin.organisations.models import Organisation
from lianxin.publishing import cachebox, pictures, search
from lianxin.publishing.actions import lists
from lianxin.publishing.actions.bulk import articles_imported
from lianxin.publishing.models import ArticlePage, Attachment, ColumnPage, Correction, HomePage, Listing, Picture, Rendition, SiteProfile
from lianxin.publishing.queries import navigation_tag


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
    purge([navigation_tag(instance.path)])
    article_type = ContentType.objects.get_for_model(ArticlePage)
    if instance.content_type_id == article_type.pk:
        lists.project(ArticlePage.objects.get(pk=instance.pk))


@receiver(pre_delete, sender=ArticlePage)
def purge_deleted(instance: ArticlePage, **kwargs: Any) -> None:
    """A deleted article must not be seen again, nor lists that name it."""
    lists.purge(instance, list(Listing.objects.filter(article=instance).values(*lists.PLACES)), hard=True)


@receiver(post_save, sender=ArticlePage)
def purge_saved(instance: ArticlePage, **kwargs: Any) -> None:
    """Whatever was changed of an article without publishing it again."""
    purge([tag_of(instance)])


@receiver([post_save, post_delete], sender=Correction)
def purge_corrected(instance: Correction, **kwargs: Any) -> None:
    """A correction stands on its article's page."""
    purge([tag_name(ArticlePage, instance.article_id)])


@receiver([post_save, post_delete], sender=Picture)
@receiver([post_save, post_delete], sender=Attachment)
def purge_file(instance: Picture | Attachment, **kwargs: Any) -> None:
    """A picture's credit, a file's title."""
    purge([tag_of(instance)])


@receiver([post_save, post_delete], sender=Rendition)
def purge_renditions(instance: Rendition, **kwargs: Any) -> None:
    """A size that a page wanted is there."""
    purge([pictures.renditions_tag(instance.image_id)])


@receiver(articles_imported)
def index_imported(article_ids: list[int], **kwargs: Any) -> None:
    """A batch that was taken over is found too: one job for all of it."""
    search.changed(article_ids)


@receiver(post_delete, sender=ArticlePage)
def unindex_deleted(instance: ArticlePage, **kwargs: Any) -> None:
    """What is deleted is found no more."""
    search.changed([instance.pk])


@receiver(pre_save, sender=ColumnPage)
def reindex_column(instance: ColumnPage, **kwargs: Any) -> None:
    """Articles are counted under the kind of their column; its title is read when results are shown."""
    if instance.pk and ColumnPage.objects.filter(pk=instance.pk).exclude(kind=instance.kind).exists():
        search.changed_below(instance)


@receiver(pre_save, sender=Organisation)
def reindex_renamed(instance: Organisation, **kwargs: Any) -> None:
    """Articles are found by the names of their unit."""
    if instance.pk and Organisation.objects.filter(pk=instance.pk).exclude(name=instance.name, short_name=instance.short_name).exists():
        search.changed_of_unit(instance)


@receiver(pre_save, sender=SiteProfile)
def reindex_closed(instance: SiteProfile, **kwargs: Any) -> None:
    """A site that is closed, or opened again, takes its articles with it."""
    if instance.pk and SiteProfile.objects.filter(pk=instance.pk, closed_at__isnull=instance.closed_at is not None).exists():
        search.changed_below(instance.site.root_page)


@receiver([post_save, post_delete], sender=Site)
@receiver([post_save, post_delete], sender=SiteProfile)
def forget_sites(**kwargs: Any) -> None:
    """The sites' names and records stand on every page; the process that changed them sees the change at once."""
    cachebox.forget()
    purge(["sites"])


@receiver([post_save, post_delete], sender=HomePage)
@receiver([post_save, post_delete], sender=ColumnPage)
def forget_columns(instance: HomePage | ColumnPage, **kwargs: Any) -> None:
    """The columns stand in the navigation of every page of their site."""
    cachebox.forget()
    purge([navigation_tag(instance.path)])


@receiver(pre_save, sender=Attachment)
def note_size(instance: Attachment, **kwargs: Any) -> None:
    """Note a file's size when it is stored; Wagtail would write it when the first reader sees the page."""
    if instance.file and instance.file_size is None:
        instance.file_size = instance.file.size
