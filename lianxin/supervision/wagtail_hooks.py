"""The menu 督查 of the desk, the style sheet of its screens."""

from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem

from lianxin.casework.rights import Role
from lianxin.publishing.wagtail_hooks import RoleMenuItem, SubmenuForRoles


@hooks.register("insert_global_admin_css", order=20)
def style() -> SafeString:
    """What supervision adds to the desk's look."""
    return format_html('<link rel="stylesheet" href="{}">', static("supervision/supervision.css"))


@hooks.register("register_admin_menu_item")
def menu() -> MenuItem:
    """督查, for the supervision office."""
    items = [
        RoleMenuItem("督查台", reverse("supervision:desk"), name="supervision-desk", icon_name="warning", order=1, roles=[Role.SUPERVISOR]),
        RoleMenuItem("督办单", reverse("supervision:orders"), name="supervision-orders", icon_name="form", order=2, roles=[Role.SUPERVISOR]),
        RoleMenuItem("新建督查事项", reverse("supervision:new"), name="supervision-new", icon_name="plus", order=3, roles=[Role.SUPERVISOR]),
    ]
    return SubmenuForRoles("督查", Menu(items=items), name="supervision", icon_name="warning", order=16, roles=[Role.SUPERVISOR])


@hooks.register("register_admin_menu_item")
def digest_item() -> MenuItem:
    """民情日报, for whom it is made."""
    return RoleMenuItem("民情日报", reverse("digest"), name="digest", icon_name="mail", order=17, roles=[Role.LEADER, Role.HEAD])
