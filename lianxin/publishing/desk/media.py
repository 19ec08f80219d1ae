"""The media library: Wagtail's own screens, with deleting done by a deed that knows what articles show."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from lianxin.foundation.errors import Refused
from lianxin.publishing.actions.media import articles_with, discard_media
from lianxin.publishing.desk.common import DeedPage
from lianxin.publishing.models import Attachment, Picture


class DiscardMediaPage(DeedPage):
    """Delete a picture or file."""

    title, button, danger, icon = "删除文件", "删除", True, "bin"
    done = "已删除。"
    model: type[Picture] | type[Attachment] = Picture
    index = "wagtailimages:index"

    def find(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The file."""
        return get_object_or_404(self.model, pk=next(iter(kwargs.values())))

    def back(self) -> str:
        """The shelf."""
        return reverse(self.index)

    def context(self, request: HttpRequest) -> dict[str, Any]:
        """Which articles show it."""
        users = articles_with(self.subject)
        explanation = f"正在使用它的稿件：{'、'.join(users[:5])}。" if users else "没有稿件使用这个文件，删除后不能找回。"
        return {"explanation": explanation}

    def do(self, request: HttpRequest, form: Any) -> None:
        """Delete it."""
        discard_media(request.user, self.subject)


class DiscardPicturePage(DiscardMediaPage):
    """A picture."""

    title = "删除图片"


class DiscardAttachmentPage(DiscardMediaPage):
    """A file."""

    title, model, index = "删除附件", Attachment, "wagtaildocs:index"


@require_POST
def take_back_picture(request: HttpRequest, image_id: int) -> HttpResponse:
    """The button beside a picture that was just uploaded with others."""
    return _take_back(request, get_object_or_404(Picture, pk=image_id), "image_id")


@require_POST
def take_back_attachment(request: HttpRequest, doc_id: int) -> HttpResponse:
    """The button beside a file that was just uploaded with others."""
    return _take_back(request, get_object_or_404(Attachment, pk=doc_id), "doc_id")


def _take_back(request: HttpRequest, media: Picture | Attachment, name: str) -> HttpResponse:
    pk = media.pk
    try:
        discard_media(request.user, media)
    except Refused as error:
        return JsonResponse({"success": False, "error_message": str(error)}, status=409)
    return JsonResponse({"success": True, name: pk})
