"""The menu 信访 of the desk, for whoever screens for the petition bureau."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from lianxin.petitions import queries


class _BureauItem(MenuItem):
    """Shown to the bureau's own officers."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether the person screens for the bureau."""
        kept: Any = getattr(request, "_lianxin_bureau", None)
        if kept is None:
            kept = request._lianxin_bureau = queries.is_bureau(request.user)
        return bool(kept)


@hooks.register("register_admin_menu_item")
def menu() -> MenuItem:
    """信访."""
    return _BureauItem("信访", reverse("petitions:counter"), name="petitions", icon_name="mail", order=15)
