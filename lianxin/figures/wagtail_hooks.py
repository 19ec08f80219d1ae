"""The menu 数据 of the desk."""

from django.urls import reverse
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem

from lianxin.casework.rights import UNIT_ROLES, Role
from lianxin.publishing.wagtail_hooks import RoleMenuItem, SubmenuForRoles

_WATCHERS = (Role.SUPERVISOR, Role.AUDITOR)


@hooks.register("register_admin_menu_item")
def menu() -> MenuItem:
    """工作日报 for units, 导出办件清单 for those who watch."""
    items = [
        RoleMenuItem("工作日报", reverse("figuresdesk:report"), name="figures-report", icon_name="edit", order=1, roles=UNIT_ROLES),
        RoleMenuItem("导出办件清单", reverse("figuresdesk:export"), name="figures-export", icon_name="download", order=2, roles=_WATCHERS),
    ]
    return SubmenuForRoles("数据", Menu(items=items), name="figures", icon_name="table", order=25, roles={*UNIT_ROLES, *_WATCHERS})
