"""The portal's own record: ``/figures/visits/``, how much the site is read. Every number is a row that the worker folded."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from markupsafe import Markup

from lianxin.figures.charts import columns
from lianxin.foundation.models import VisitCount
from lianxin.foundation.visits import queries as visits
from lianxin.foundation.visits.queries import Day, Month
from lianxin.portal import queries
from lianxin.publishing.models import SiteProfile
from lianxin.publishing.queries import site_profile

Kind = VisitCount.Kind
SPAN = timedelta(days=30)
PAGES, SOURCES, WORDS, SITES = 15, 10, 20, 10
DEVICES = {"phone": "手机", "desktop": "电脑", "tablet": "平板"}
# How a reader knows where others came from; hosts that are not named here are shown as they are.
SOURCE_NAMES = {
    "": "直接打开或未说明",
    "baidu.": "百度",
    "so.com": "360搜索",
    "sogou.com": "搜狗",
    "bing.com": "必应",
    "google.": "谷歌",
    "sm.cn": "神马",
    "weixin.": "微信",
    "www.gov.cn": "中国政府网",
}


@dataclass(frozen=True)
class Share:
    """One line of a ranking: its number and its part of the largest one, in per cent."""

    label: str
    views: int
    percent: int
    href: str = ""


@dataclass
class Visits:
    """Everything that the page shows of one site."""

    today: Day
    yesterday: Day
    days: list[Day]
    months: list[Month]
    days_chart: Markup
    months_chart: Markup
    hours_chart: Markup
    pages: list[Share] = field(default_factory=list)
    sources: list[Share] = field(default_factory=list)
    words: list[Share] = field(default_factory=list)
    engine_words: list[Share] = field(default_factory=list)
    devices: list[Share] = field(default_factory=list)
    sites: list[Share] = field(default_factory=list)
    """Of the city's page: the most read sites of the cluster."""
    all_sites: list[Day] = field(default_factory=list)

    @property
    def views(self) -> int:
        """Views of the last thirty days."""
        return sum(day.views for day in self.days)

    @property
    def visitors_a_day(self) -> int:
        """Visitors on an average day of the thirty; those of today, which is not over, left out."""
        over = self.days[:-1]
        return round(sum(day.visitors for day in over) / len(over))

    @property
    def robots(self) -> int:
        """Views by programs in the last thirty days."""
        return sum(day.robots for day in self.days)

    @property
    def views_of_all_sites(self) -> int:
        """Views of the whole cluster in the last thirty days."""
        return sum(day.views for day in self.all_sites)


@require_safe
def visits_page(request: HttpRequest) -> HttpResponse:
    """``/figures/visits/``."""
    return render(request, "portal/visits.html", {"visits": read(site_profile(request))})


def read(profile: SiteProfile) -> Visits:
    """The visits of a site: a dozen queries over some thousand rows, whatever was visited."""
    host, today = profile.site.hostname, timezone.localdate()
    first = today - SPAN + timedelta(days=1)
    days, months = visits.days(host, first, today), visits.months(host)
    hours = dict(visits.top(host, Kind.HOUR, first, today, 24))
    found = Visits(
        *(days[-1], days[-2], days, months),
        days_chart=columns(
            "近 30 天每天的浏览次数和访客人数，数字见下表",
            [f"{day.day.month}-{day.day.day:02}" for day in days],
            [("浏览次数", [day.views for day in days]), ("访客人数", [day.visitors for day in days])],
            marked=[place for place, day in enumerate(days) if day.day.weekday() > 4],
            every=5,
        ),
        months_chart=columns(
            "近 12 个月每月的浏览次数，数字见下表",
            [f"{month.first.month}月" for month in months],
            [("浏览次数", [month.views for month in months])],
            marked=[place for place, month in enumerate(months) if month.is_peak],
        ),
        hours_chart=columns(
            "近 30 天各个钟点的浏览次数",
            [f"{hour}时" for hour in range(24)],
            [("浏览次数", [hours.get(f"{hour:02}", 0) for hour in range(24)])],
            every=4,
        ),
    )
    pages = visits.top(host, Kind.PAGE, first, today, PAGES)
    titles = queries.titles(profile, [path for path, _ in pages])
    found.pages = _shares([(titles.get(path, path), views, path) for path, views in pages])
    found.sources = _shares(_named(visits.top(host, Kind.REFERRER, first, today, SOURCES * 5)))[:SOURCES]
    found.words = _words(host, Kind.WORDS, profile)
    found.engine_words = _words(host, Kind.ENGINE_WORDS, profile)
    found.devices = _devices(visits.top(host, Kind.DEVICE, first, today, 9))
    if profile.tier == SiteProfile.Tier.CITY:
        found.all_sites = visits.days("", first, today)
        found.sites = _sites(visits.by_host(queries.hosts(), first, today))
    return found


def _shares(rows: list[tuple[str, int, str]]) -> list[Share]:
    largest = max((views for _, views, _ in rows), default=0)
    return [Share(label, views, max(1, round(100 * views / largest)), href) for label, views, href in rows]


def _words(host: str, kind: str, profile: SiteProfile) -> list[Share]:
    today = timezone.localdate()
    found = visits.top(host, kind, today - SPAN + timedelta(days=1), today, WORDS, at_least=visits.SHOWN_FROM)
    return _shares([(words, views, "") for words, views in found])


def _named(rows: list[tuple[str, int]]) -> list[tuple[str, int, str]]:
    """Referrers by the names that people know; the hosts of one search engine together."""
    sums: dict[str, int] = {}
    for host, views in rows:
        name = SOURCE_NAMES[""] if not host else next((name for part, name in SOURCE_NAMES.items() if part and part in host), host)
        sums[name] = sums.get(name, 0) + views
    return [(name, views, "") for name, views in sorted(sums.items(), key=lambda row: -row[1])]


def _devices(rows: list[tuple[str, int]]) -> list[Share]:
    """Shares of the whole, not of the largest: they add up to a hundred, as nearly as whole numbers do."""
    total = sum(views for _, views in rows)
    return [Share(DEVICES[kind], views, round(100 * views / total)) for kind, views in rows if total]


def _sites(views: dict[str, int]) -> list[Share]:
    most = sorted(views.items(), key=lambda row: -row[1])[:SITES]
    profiles = {profile.site.hostname: profile for profile in SiteProfile.objects.filter(site__hostname__in=dict(most)).select_related("site")}
    return _shares([(profiles[host].name, number, f"{profiles[host].site.root_url}/figures/visits/") for host, number in most])
