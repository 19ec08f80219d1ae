"""Pictures and attachments; every picture says in words what it shows."""

import secrets
from pathlib import PurePosixPath

from django.db import models
from wagtail.documents.models import AbstractDocument
from wagtail.images.models import AbstractImage, AbstractRendition

from lianxin.foundation.pagestore import Tagged


class Picture(Tagged, AbstractImage):
    """A picture; ``description`` is the alternative text and is required by its form (WCAG 1.1.1)."""

    credit = models.CharField("作者或来源", max_length=100, blank=True)

    admin_form_fields = ("title", "file", "description", "credit", "collection", "tags")

    class Meta(AbstractImage.Meta):
        verbose_name = "图片"
        verbose_name_plural = "图片"

    @property
    def default_alt_text(self) -> str:
        """What the picture shows, for those who do not see it."""
        return self.description or self.title

    def get_upload_to(self, filename: str) -> str:
        """A folder nobody can guess, so that pictures of unpublished articles are not found by trying names."""
        path = PurePosixPath(super().get_upload_to(filename))
        return str(path.with_name(f"{secrets.token_hex(6)}-{path.name[-60:]}"))


class Rendition(AbstractRendition):
    """A picture cut to a size, made when its article is published, never while somebody reads."""

    image = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "filter_spec", "focal_point_key"], name="publishing_rendition_once")]


class Attachment(Tagged, AbstractDocument):
    """A file for download; readable by the public only while a published article offers it (see queries.attachment_is_public)."""

    admin_form_fields = ("title", "file", "collection", "tags")

    class Meta(AbstractDocument.Meta):
        verbose_name = "附件"
        verbose_name_plural = "附件"
