"""What the desk itself changes in Wagtail's admin: the first and last items of the menu, and what is taken out of it."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem

from lianxin.desk.system import may_audit
from lianxin.organisations.wagtail_hooks import AdministratorsItem

# Wagtail's own items that have no place here, or that our items replace.
REMOVED = {"reports", "help", "settings", "images", "documents", "snippets"}
ORDER = {"explorer": 40}
LABELS = {"explorer": "稿件"}


class AuditItem(MenuItem):
    """Shown to auditors as well."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Auditors and those who keep the system."""
        return may_audit(request.user)


class SystemMenu(SubmenuMenuItem):
    """系统."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whoever finds something in it."""
        return may_audit(request.user)


@hooks.register("register_admin_menu_item")
def today_item() -> MenuItem:
    """今天."""
    return MenuItem("今天", reverse("desk:today"), name="today", icon_name="home", order=10)


@hooks.register("register_admin_menu_item")
def system_item() -> MenuItem:
    """系统."""
    items = [
        AdministratorsItem("后台任务", reverse("desk:jobs"), name="jobs", icon_name="cogs", order=1),
        AdministratorsItem("时限规定", reverse("casedesk:rules"), name="casedesk-rules", icon_name="time", order=3),
        AuditItem("审计记录", reverse("desk:audit"), name="audit", icon_name="history", order=2),
    ]
    return SystemMenu("系统", Menu(items=items), name="system", icon_name="cogs", order=900)


@hooks.register("construct_main_menu")
def our_menu(request: HttpRequest, items: list[MenuItem]) -> None:
    """Our order, our words, nothing that leads to a shut door."""
    items[:] = [item for item in items if item.name not in REMOVED]
    for item in items:
        item.order = ORDER.get(item.name, item.order)
        item.label = LABELS.get(item.name, item.label)
    items.sort(key=lambda item: item.order)


@hooks.register("construct_homepage_panels")
def no_panels(request: HttpRequest, panels: list[Any]) -> None:
    """今天 replaces Wagtail's home."""
    panels.clear()
