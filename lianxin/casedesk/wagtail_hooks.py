"""The menu 办件, the style sheet and the few lines of script of these screens."""

from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem

from lianxin.casedesk.queries import STAFF_ROLES
from lianxin.casework import kinds
from lianxin.casework.rights import Role
from lianxin.publishing.wagtail_hooks import RoleMenuItem, SubmenuForRoles


# After publishing's, whose tokens and classes it uses.
@hooks.register("insert_global_admin_css", order=10)
def style() -> SafeString:
    """What cases add to the desk's look."""
    return format_html('<link rel="stylesheet" href="{}">', static("casedesk/casedesk.css"))


@hooks.register("insert_global_admin_js", order=10)
def script() -> SafeString:
    """Panels by key, the reply kept on the server, the text checked while it is written."""
    return format_html('<script src="{}" defer></script>', static("casedesk/casedesk.js"))


@hooks.register("register_admin_menu_item")
def menu() -> MenuItem:
    """办件, for whoever holds a fitting post."""
    units, offices = [Role.CLERK, Role.HEAD], [Role.TRIAGE, Role.OPERATOR]
    # Supervisors too, where a kind lies with their office.
    screening = {kind.screened_by for kind in kinds.kinds() if kind.has_petitioner}
    items = [
        RoleMenuItem("分办", reverse("casedesk:triage"), name="casedesk-triage", icon_name="tasks", order=1, roles=screening),
        RoleMenuItem("裁定与公开", reverse("casedesk:office"), name="casedesk-office", icon_name="clipboard-list", order=2, roles=screening),
        RoleMenuItem("本单位办件", reverse("casedesk:unit"), name="casedesk-unit", icon_name="list-ul", order=3, roles=units),
        RoleMenuItem("待签发", reverse("casedesk:signing"), name="casedesk-sign", icon_name="check", order=4, roles=[Role.HEAD, *offices]),
        RoleMenuItem("领导批示", reverse("casedesk:leader"), name="casedesk-leader", icon_name="edit", order=5, roles=[Role.LEADER]),
        RoleMenuItem("期限与催办", reverse("casedesk:limits"), name="casedesk-limits", icon_name="time", order=6, roles=[Role.SUPERVISOR]),
        RoleMenuItem("答复模板", reverse("casedesk:templates"), name="casedesk-templates", icon_name="doc-full", order=7, roles=[*units, *offices]),
    ]
    return SubmenuForRoles("办件", Menu(items=items), name="casedesk", icon_name="mail", order=15, roles=STAFF_ROLES)
