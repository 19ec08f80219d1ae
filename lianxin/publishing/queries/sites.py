"""Sites, their columns and the navigation made of them."""

from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from wagtail.models import Page, Site

from lianxin.foundation.pagestore import tag
from lianxin.publishing import cachebox
from lianxin.publishing.models import ColumnPage, SiteProfile


@dataclass(frozen=True)
class NavColumn:
    """A column as navigation shows it."""

    id: int
    title: str
    href: str
    slug: str
    kind: str
    description: str
    children: list["NavColumn"] = field(default_factory=list)


def site_profile(request: HttpRequest) -> SiteProfile:
    """The profile of the site that the request's host belongs to; kept on the request."""
    kept = getattr(request, "_lianxin_profile", None)
    if kept is None:
        # The port is part of it: Wagtail tells sites apart by it, and a cluster on one machine may use several.
        key = ("profile", request.get_host())
        kept = cachebox.remember(key, lambda: _find_profile(request))
        request._lianxin_profile = kept  # type: ignore[attr-defined]
    return kept


def _find_profile(request: HttpRequest) -> SiteProfile:
    tag("sites")
    site = Site.find_for_request(request)
    return SiteProfile.objects.select_related("site__root_page", "organisation").get(site=site)


def site_of(page: Page) -> SiteProfile:
    """The profile of the site on which ``page`` lives; raises SiteProfile.DoesNotExist for a page outside every site."""
    steplen = Page.steplen
    paths = [page.path[:end] for end in range(steplen * 2, len(page.path) + 1, steplen)]
    return SiteProfile.objects.select_related("site__root_page", "organisation", "parent").get(site__root_page__path__in=paths)


def href_of(page: Page, root_url_path: str) -> str:
    """The address of ``page`` on its own site, computed from the tree's paths without a query."""
    return "/" + page.url_path[len(root_url_path) :]


def navigation_tag(path: str) -> str:
    """The tag of what all pages of a site show of its columns, by the tree path of any page of the site."""
    return f"navigation:{path[: Page.steplen * 2]}"


def is_site_address(host: str) -> bool:
    """Whether ``host`` (with its port, as browsers send it) is the address of a site, not another name for this machine."""
    return host in cachebox.remember("addresses", _site_addresses)


def _site_addresses() -> set[str]:
    tag("sites")
    found = {settings.DESK_HOST: {settings.PORT}}
    for hostname, port in Site.objects.values_list("hostname", "port"):
        found.setdefault(hostname, {settings.PORT}).add(port)
    return {*found, *(f"{hostname}:{port}" for hostname, ports in found.items() for port in ports)}


def navigation(site: Site) -> list[NavColumn]:
    """The tree of live columns of a site, in editors' order; kept for a second."""
    return cachebox.remember(("navigation", site.pk), lambda: _build_navigation(site))


def _build_navigation(site: Site) -> list[NavColumn]:
    root = site.root_page
    tag(navigation_tag(root.path))
    by_path: dict[str, NavColumn] = {}
    top: list[NavColumn] = []
    # By their type and sorted here: sorted by the database, all pages of the site were read to find its columns among them.
    kind = ContentType.objects.get_for_model(ColumnPage)
    columns = ColumnPage.objects.filter(content_type=kind, path__startswith=root.path, live=True).order_by()
    for column in sorted(columns, key=lambda column: column.path):
        entry = NavColumn(column.pk, column.title, href_of(column, root.url_path), column.slug, column.kind, column.search_description)
        by_path[column.path] = entry
        parent = by_path.get(column.path[: -Page.steplen])
        (parent.children if parent else top).append(entry)
    return top


def column_by_path(site: Site, path: str) -> NavColumn | None:
    """The column at ``news/headlines`` of a site, or None."""
    level, found = navigation(site), None
    for slug in path.strip("/").split("/"):
        found = next((column for column in level if column.slug == slug), None)
        if found is None:
            return None
        level = found.children
    return found
