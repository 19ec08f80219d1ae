"""The menu 热线 of the desk, the style sheet and the few lines of script of its screens."""

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
    """What the hotline adds to the desk's look."""
    return format_html('<link rel="stylesheet" href="{}">', static("hotline/desk.css"))


@hooks.register("insert_global_admin_js", order=20)
def script() -> SafeString:
    """What was typed is kept, and what stands beside it follows."""
    return format_html('<script src="{}" defer></script>', static("hotline/desk.js"))


@hooks.register("register_admin_menu_item")
def menu() -> MenuItem:
    """热线, for operators; keys of telephone systems, for administrators."""
    only = {"roles": [Role.OPERATOR]}
    items = [
        RoleMenuItem("接听来电", reverse("hotline:call"), name="hotline-call", icon_name="comment", order=1, **only),
        RoleMenuItem("回访", reverse("hotline:callbacks"), name="hotline-callbacks", icon_name="repeat", order=2, **only),
        RoleMenuItem("接听情况", reverse("hotline:figures"), name="hotline-figures", icon_name="table", order=4, **only),
        RoleMenuItem("话务系统接入", reverse("hotline:keys"), name="hotline-keys", icon_name="key", order=6, roles=[Role.ADMINISTRATOR]),
        RoleMenuItem("问答脚本", reverse("hotline:scripts"), name="hotline-scripts", icon_name="help", order=5, **only),
    ]
    return SubmenuForRoles("热线", Menu(items=items), name="hotline", icon_name="comment", order=14, roles=[Role.OPERATOR, Role.ADMINISTRATOR])
