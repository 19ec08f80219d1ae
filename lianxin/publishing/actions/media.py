"""Deeds on pictures and files: what an article shows or waits to show is not taken away from under it."""

import json

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import TextField
from django.db.models.functions import Cast
from wagtail.models import Collection, Revision

from lianxin.foundation.audit import record as audit
from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations.models import Post
from lianxin.organisations.queries import posts_of
from lianxin.publishing.actions.common import SITE_ROLES, require
from lianxin.publishing.models import ArticlePage, Attachment, Picture


@transaction.atomic
def discard_media(actor: User, media: Picture | Attachment) -> None:
    """Delete a picture or file that no article uses, neither published nor in any kept version.

    Raises Refused naming the articles, Forbidden when it is somebody else's and the person keeps no site.
    """
    keeper = actor.is_superuser or posts_of(actor).filter(role__in=[*SITE_ROLES, Post.Role.CHIEF]).exists()
    require(keeper or media.uploaded_by_user_id == actor.pk, "只能删除自己上传的文件。别人上传的请联系站点管理员。")
    users = articles_with(media)
    if users:
        raise Refused(f"这个文件还在稿件里使用（{'、'.join(f'“{title}”' for title in users[:3])}），须留存，不能删除。")
    kind = media._meta.verbose_name
    audit(actor, "publishing.discard_media", None, f"删除{kind}“{media.title}”", {"id": media.pk, "file": media.file.name})
    media.delete()


def articles_with(media: Picture | Attachment) -> list[str]:
    """Titles of the articles one of whose versions shows the file; older versions are kept for the record and count as well."""
    found = dict.fromkeys(ArticlePage.objects.filter(pk__in=_referring(media)).values_list("title", flat=True))
    kind = "lead_picture" if isinstance(media, Picture) else "attachments"
    mentioning = Revision.page_revisions.annotate(text=Cast("content", TextField())).filter(text__contains=str(media.pk))
    for revision in mentioning.only("content", "object_str").iterator(chunk_size=200):
        if _shows(revision.content, media, kind):
            found[revision.object_str] = None
    return list(found)


def _referring(media: Picture | Attachment) -> set[int]:
    usage = media.get_usage()
    return {obj.pk for obj, _ in usage if isinstance(obj, ArticlePage)}


def _shows(content: dict, media: Picture | Attachment, kind: str) -> bool:
    if kind == "lead_picture" and content.get("lead_picture") == media.pk:
        return True
    body = content.get("body") or "[]"
    return any(_block_shows(block, media) for block in (json.loads(body) if isinstance(body, str) else body))


def _block_shows(block: dict, media: Picture | Attachment) -> bool:
    value = block.get("value")
    if isinstance(media, Picture):
        return isinstance(value, dict) and media.pk in (value.get("image"), value.get("poster"))
    if block.get("type") == "attachments":
        return media.pk in [item.get("value") if isinstance(item, dict) else item for item in value or []]
    if block.get("type") == "media":
        return isinstance(value, dict) and value.get("file") == media.pk
    return isinstance(value, str) and f'linktype="document" id="{media.pk}"' in value.replace("'", '"')


def keep_picture(user: User, file: UploadedFile, words: str) -> Picture:
    """Store an uploaded picture, whose content the form has checked, with the words that stand for it."""
    picture = Picture(
        title=(words or file.name or "题图")[:255],
        description=words[:255],
        file=file,
        uploaded_by_user=user,
        collection=Collection.get_first_root_node(),
    )
    picture._set_image_file_metadata()
    picture.save()
    return picture


def keep_document(user: User, file: UploadedFile) -> Attachment:
    """Store an uploaded file, whose content the form has checked, under its own name."""
    title = (file.name or "附件").rsplit(".", 1)[0][:255]
    document = Attachment(title=title, file=file, uploaded_by_user=user, collection=Collection.get_first_root_node())
    document._set_document_file_metadata()
    document.save()
    return document
