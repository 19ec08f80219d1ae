"""The menu entry 分类与用语 and the addresses behind it."""

from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lianxin.triage import queries
from lianxin.triage.desk import urls as desk_urls


@hooks.register("register_admin_urls")
def urls() -> list[URLResolver]:
    """Below /desk/triage-books/; Wagtail lets in only those who may enter the desk."""
    return [path("triage-books/", include(desk_urls, namespace="triage_desk"))]


class _BooksMenuItem(MenuItem):
    """For those who keep the books."""

    def is_shown(self, request: HttpRequest) -> bool:
        return queries.keeps(request.user)


@hooks.register("register_admin_menu_item")
def menu() -> MenuItem:
    """Categories, words and directions."""
    return _BooksMenuItem("分类与用语", reverse("triage_desk:rows", args=["categories"]), name="triage-books", icon_name="list-ul", order=690)
