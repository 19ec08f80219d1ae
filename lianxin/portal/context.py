"""What every public page carries: the site, its navigation, its records for the footer, and how the reader wants it shown."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject, cached_property

from lianxin.foundation.pagestore import tag
from lianxin.publishing import cachebox
from lianxin.publishing.models import SiteProfile
from lianxin.publishing.queries import NavColumn, navigation, site_profile

ELDER_COOKIE = "lianxin_mode"
WEEKDAYS = "一二三四五六日"
# So many sites of a tier stand in the footer; sixteen county sites still do.
FAMILY_SHOWN = 16
TIERS = {
    SiteProfile.Tier.CITY: "市级网站",
    SiteProfile.Tier.COUNTY: "县市区网站",
    SiteProfile.Tier.DEPARTMENT: "部门网站",
    SiteProfile.Tier.TOWNSHIP: "乡镇街道网站",
}


class Furniture:
    """The frame of a page. Everything is read when a template first asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def profile(self) -> SiteProfile:
        """The site the reader is on."""
        return site_profile(self.request)

    @cached_property
    def columns(self) -> list[NavColumn]:
        """The top columns, for the main navigation."""
        return navigation(self.profile.site)

    @cached_property
    def here(self) -> int | None:
        """The top column that the address lies in."""
        return next((column.id for column in self.columns if self.request.path.startswith(column.href)), None)

    @cached_property
    def about(self) -> NavColumn | None:
        """The column that tells about the place or the unit."""
        return next((column for column in self.columns if column.kind == "about"), None)

    @cached_property
    def domain(self) -> str:
        """The host name as rule W15 wants it in SiteDomain."""
        return self.profile.site.hostname

    @cached_property
    def root_url(self) -> str:
        """Scheme, host and port of this site."""
        return self.request.build_absolute_uri("/")[:-1]

    @cached_property
    def address(self) -> str:
        """The page's own address without a query."""
        return self.root_url + self.request.path

    @cached_property
    def today(self) -> date:
        """The city's date."""
        return timezone.localdate()

    @property
    def weekday(self) -> str:
        """The day of the week in Chinese."""
        return f"星期{WEEKDAYS[self.today.weekday()]}"

    @property
    def elder(self) -> bool:
        """Whether the reader chose the larger and simpler pages (长者版)."""
        return self.request.COOKIES.get(ELDER_COOKIE) == "elder"

    @property
    def demo(self) -> bool:
        """Whether this is the invented city, which every page must say."""
        return bool(getattr(settings, "LIANXIN_DEMO", False)) or cachebox.remember("demo", lambda: (settings.HOME / "demo-accounts").exists())

    @cached_property
    def family(self) -> list[tuple[str, list[SiteProfile], int]]:
        """The other sites of the cluster by tier for the band above the footer: (tier, those shown, how many there are).

        Of a tier with many sites the nearest are shown, the others stand on the site map: a city of 273 sites would put thirty
        kilobytes of links below every page.
        """
        groups = []
        for label, members in self.whole_family:
            nearest = sorted(members, key=self._distance) if len(members) > FAMILY_SHOWN else members
            groups.append((label, nearest[:FAMILY_SHOWN], len(members)))
        return groups

    @cached_property
    def whole_family(self) -> list[tuple[str, list[SiteProfile]]]:
        """All other sites of the cluster by tier, in the order in which they were opened."""
        groups = [(label, [site for site in open_sites() if site.tier == tier and site.pk != self.profile.pk]) for tier, label in TIERS.items()]
        return [(label, members) for label, members in groups if members]

    def _distance(self, site: SiteProfile) -> int:
        """How near a site is: above or below this one, beside it under one parent, elsewhere."""
        if site.pk == self.profile.parent_id or site.parent_id == self.profile.pk:
            return 0
        return 1 if site.parent_id == self.profile.parent_id else 2

    @cached_property
    def built_at(self) -> datetime:
        """When this page was made."""
        return timezone.now()


def open_sites() -> list[SiteProfile]:
    """All sites of the cluster that are not closed; kept for a second."""
    return cachebox.remember("family", _read_open_sites)


def _read_open_sites() -> list[SiteProfile]:
    tag("sites")
    return list(SiteProfile.objects.filter(closed_at__isnull=True).select_related("site").order_by("pk"))


def site_furniture(request: HttpRequest) -> dict[str, Any]:
    """The context processor; lazy, because the desk's templates run through it too."""
    return {"portal": SimpleLazyObject(lambda: Furniture(request))}
