"""Template tags of the desk's frame."""

from typing import Any

from django import template
from django.urls import reverse

from lianxin.casedesk.queries import STAFF_ROLES
from lianxin.organisations.models import Post
from lianxin.publishing.queries import WRITING_ROLES
from lianxin.publishing.wagtail_hooks import REVIEWING, held

register = template.Library()


@register.simple_tag(takes_context=True)
def thumb_places(context: dict[str, Any]) -> list[dict[str, str]]:
    """The few places that lie under the thumb on a telephone, and that stand in for the menu without JavaScript."""
    request = context.get("request")
    if request is None or not request.user.is_authenticated:
        return []
    roles = held(request)
    places = [("今天", reverse("desk:today"), "home", True)]
    places.append(("办件", reverse("casedesk:home"), "mail", bool(roles & STAFF_ROLES)))
    places.append(("审核", reverse("publishing_desk:queue"), "check", bool(roles & REVIEWING)))
    places.append(("写稿", reverse("publishing_desk:write"), "edit", Post.Role.EDITOR in roles))
    places.append(("稿件", reverse("wagtailadmin_explore_root"), "folder-open-inverse", bool(roles & set(WRITING_ROLES))))
    places.append(("人员", reverse("organisations_desk:people"), "group", Post.Role.UNIT_MANAGER in roles))
    places.append(("栏目责任", reverse("publishing_desk:duties"), "list-ul", len(roles & (REVIEWING | STAFF_ROLES | {Post.Role.EDITOR})) == 0))
    return [{"label": label, "href": href, "icon": icon, "here": request.path == href} for label, href, icon, shown in places if shown]
