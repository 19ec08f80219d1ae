"""The menu 来信办理, the style sheet and the few lines of script of these screens."""

from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem

from lianxin.casework.rights import Role
from lianxin.letters.desk.queries import STAFF_ROLES
from lianxin.publishing.wagtail_hooks import RoleMenuItem, SubmenuForRoles


# After publishing's, whose tokens and classes it uses.
@hooks.register("insert_global_admin_css", order=10)
def style() -> SafeString:
    """What letters add to the desk's look."""
    return format_html('<link rel="stylesheet" href="{}">', static("letters_desk/letters.css"))


@hooks.register("insert_global_admin_js", order=10)
def script() -> SafeString:
    """Panels by key, the reply kept on the server, the text checked while it is written."""
    return format_html('<script src="{}" defer></script>', static("letters_desk/letters.js"))


@hooks.register("register_admin_menu_item")
def menu() -> MenuItem:
    """来信办理, for whoever holds a fitting post."""
    units = [Role.CLERK, Role.HEAD]
    items = [
        RoleMenuItem("分办", reverse("letters_desk:triage"), name="letters-triage", icon_name="tasks", order=1, roles=[Role.TRIAGE]),
        RoleMenuItem("裁定与公开", reverse("letters_desk:office"), name="letters-office", icon_name="clipboard-list", order=2, roles=[Role.TRIAGE]),
        RoleMenuItem("本单位来信", reverse("letters_desk:unit"), name="letters-unit", icon_name="list-ul", order=3, roles=units),
        RoleMenuItem("待签发", reverse("letters_desk:signing"), name="letters-sign", icon_name="check", order=4, roles=[Role.HEAD, Role.TRIAGE]),
        RoleMenuItem("领导批示", reverse("letters_desk:leader"), name="letters-leader", icon_name="edit", order=5, roles=[Role.LEADER]),
        RoleMenuItem("期限与催办", reverse("letters_desk:limits"), name="letters-limits", icon_name="time", order=6, roles=[Role.SUPERVISOR]),
        RoleMenuItem(
            "答复模板", reverse("letters_desk:templates"), name="letters-templates", icon_name="doc-full", order=7, roles=[*units, Role.TRIAGE]
        ),
    ]
    return SubmenuForRoles("来信办理", Menu(items=items), name="letters", icon_name="mail", order=15, roles=STAFF_ROLES)
