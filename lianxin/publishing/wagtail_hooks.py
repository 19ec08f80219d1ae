"""What publishing changes in Wagtail's admin: the menu, the editor's buttons, the explorer's buttons, and how files are served."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.admin.action_menu import ActionMenuItem
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.admin.ui.menus.pages import PageMenuItem
from wagtail.admin.viewsets.pages import PageViewSet
from wagtail.models import Page
from wagtail.signals import init_new_page

from lianxin.identity.models import User
from lianxin.organisations.models import Post
from lianxin.organisations.queries import posts_of, roles_of
from lianxin.publishing import queries
from lianxin.publishing.desk.articles import submit_from_editor
from lianxin.publishing.desk.common import MANAGING_ROLES
from lianxin.publishing.desk.explorer import explorer_of_pages
from lianxin.publishing.models import ArticlePage, Attachment

REVIEWING = {Post.Role.REVIEWER, Post.Role.CHIEF, Post.Role.SECURITY}


# --- the look ----------------------------------------------------------------------------------------------------------


@hooks.register("insert_global_admin_css")
def own_style() -> SafeString:
    """One look for our screens and Wagtail's."""
    return format_html('<link rel="stylesheet" href="{}">', static("publishing/desk.css"))


@hooks.register("insert_global_admin_js")
def own_keys() -> SafeString:
    """Keys, the rich area and the draft kept in the browser."""
    return format_html('<script src="{}" defer></script>', static("publishing/desk.js"))


# --- the menu ----------------------------------------------------------------------------------------------------------


class RoleMenuItem(MenuItem):
    """Shown to holders of certain posts, and to superusers."""

    def __init__(self, *args: Any, roles: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles = set(roles)

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether one of the posts is held."""
        return request.user.is_superuser or bool(self.roles & held(request))


def held(request: HttpRequest) -> set[str]:
    """The roles of the person, asked once per request."""
    kept = getattr(request, "_lianxin_roles", None)
    if kept is None:
        kept = request._lianxin_roles = roles_of(request.user)  # type: ignore[attr-defined]
    return kept


# After Wagtail's own, which it replaces.
@hooks.register("register_admin_viewset", order=10)
def explorer() -> PageViewSet:
    """The page explorer."""
    return explorer_of_pages


@hooks.register("register_admin_menu_item")
def review_item() -> MenuItem:
    """审核."""
    return RoleMenuItem("审核", reverse("publishing_desk:queue"), name="review", icon_name="check", order=20, roles=REVIEWING)


@hooks.register("register_admin_menu_item")
def write_item() -> MenuItem:
    """写稿."""
    return RoleMenuItem("写稿", reverse("publishing_desk:write"), name="write", icon_name="edit", order=30, roles=[Post.Role.EDITOR])


@hooks.register("register_admin_menu_item")
def media_item() -> MenuItem:
    """媒体库."""
    items = [
        MenuItem("图片", reverse("wagtailimages:index"), name="pictures", icon_name="image", order=1),
        MenuItem("附件", reverse("wagtaildocs:index"), name="files", icon_name="doc-full-inverse", order=2),
    ]
    return SubmenuForRoles("媒体库", Menu(items=items), name="media", icon_name="image", order=50, roles=queries.WRITING_ROLES)


@hooks.register("register_admin_menu_item")
def columns_item() -> MenuItem:
    """栏目与责任."""
    items = [
        RoleMenuItem("栏目", reverse("publishing_desk:columns"), name="columns", icon_name="list-ul", order=1, roles=MANAGING_ROLES),
        MenuItem("保障责任表", reverse("publishing_desk:duties"), name="duties", icon_name="table", order=2),
        MenuItem("值班表", reverse("publishing_desk:roster"), name="roster", icon_name="calendar", order=3),
        MenuItem("审核流程", reverse("publishing_desk:chains"), name="chains", icon_name="tasks", order=4),
    ]
    return SubmenuForRoles("栏目与责任", Menu(items=items), name="columns-duties", icon_name="list-ul", order=60, roles=Post.Role.values)


@hooks.register("register_admin_menu_item")
def sites_item() -> MenuItem:
    """站点."""
    return RoleMenuItem("站点", reverse("publishing_desk:sites"), name="portals", icon_name="site", order=70, roles=MANAGING_ROLES)


class SubmenuForRoles(SubmenuMenuItem):
    """A submenu shown to holders of certain posts."""

    def __init__(self, *args: Any, roles: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles = set(roles)

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether one of the posts is held."""
        return request.user.is_superuser or bool(self.roles & held(request))


# --- Wagtail's editor --------------------------------------------------------------------------------------------------


class SubmitItem(ActionMenuItem):
    """保存并送审."""

    name = "action-lianxin-submit"
    label = "保存并送审"
    icon_name = "upload"
    classname = "action-lianxin-submit"


class EmergencyItem(ActionMenuItem):
    """保存，接着应急发布: shown to those on duty; it leads to a page that asks for the reason."""

    name = "action-lianxin-emergency"
    label = "应急发布…"
    icon_name = "warning"


KEPT = {"action-save-draft", "action-page-locked"}


@hooks.register("construct_page_action_menu")
def our_buttons(items: list[ActionMenuItem], request: HttpRequest, context: dict[str, Any]) -> None:
    """Save, submit, and for duty officers the emergency lane; nothing else."""
    items[:] = [item for item in items if item.name in KEPT]
    if not items or items[0].name != "action-save-draft":
        return
    if Post.Role.EDITOR in held(request):
        items.append(SubmitItem())
    page = context.get("page")
    if isinstance(page, ArticlePage) and page.pk and queries.on_duty(request.user, page.organisation):
        items.append(EmergencyItem())


@hooks.register("after_create_page")
@hooks.register("after_edit_page")
def after_saving(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Submit when our button was pressed."""
    return submit_from_editor(request, page) if isinstance(page, ArticlePage) else None


WORKFLOW_BUTTONS = ("action-workflow-action", "action-restart-workflow", "action-cancel-workflow", "action-submit")


@hooks.register("before_edit_page")
def no_workflow_of_wagtail(request: HttpRequest, page: Page) -> None:
    """Wagtail's workflow is off; its buttons can only have been made up, and it would stumble over them."""
    if any(name in request.POST for name in WORKFLOW_BUTTONS):
        raise PermissionDenied


@receiver(init_new_page)
def give_new_articles_their_unit(page: Page, **kwargs: Any) -> None:
    """A new article belongs to the unit of whoever writes it, unless another is chosen."""
    post = posts_of(page.owner).filter(role=Post.Role.EDITOR).first() if isinstance(page, ArticlePage) and page.owner else None
    if post is not None:
        page.organisation = post.organisation


# --- the explorer ------------------------------------------------------------------------------------------------------


class RecordButton(PageMenuItem):
    """全过程记录 of an article."""

    label = "全过程记录"
    icon_name = "history"
    url_name = "publishing_desk:record"

    def is_shown(self, user: User) -> bool:
        """Articles have a record."""
        return self.page.specific_class is ArticlePage


@hooks.register("register_page_listing_more_buttons")
def record_in_listing(page: Page, user: User, next_url: str | None = None) -> Iterable[PageMenuItem]:
    """The record, beside Wagtail's own buttons."""
    yield RecordButton(page=page, priority=5)


@hooks.register("register_page_header_buttons")
def record_in_header(page: Page, user: User, view_name: str, next_url: str | None = None) -> Iterable[PageMenuItem]:
    """The same in the page's header."""
    yield RecordButton(page=page, priority=5)


@hooks.register("before_delete_page")
def discard_by_our_deed(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Deleting a draft is a deed with an entry in the record."""
    return redirect("publishing_desk:discard", pk=page.pk) if page.specific_class is ArticlePage else None


# --- files -------------------------------------------------------------------------------------------------------------


@hooks.register("before_serve_document")
def serve_only_what_is_public(document: Attachment, request: HttpRequest) -> HttpResponse | None:
    """A file is for everybody while a published article offers it, before that for staff only."""
    if request.user.is_authenticated and request.user.works_here and request.user.has_perm("wagtailadmin.access_admin"):
        return None
    if queries.attachment_is_public(document):
        return None
    # As if it did not exist: that a file of this name waits for publication is nobody's business.
    return HttpResponse("没有这个文件，或者它还没有公开。", status=404, content_type="text/plain; charset=utf-8")
