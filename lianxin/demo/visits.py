"""A year of invented visits for the invented city, the same ones each time: more on workdays, in winter and before holidays."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from lianxin.foundation import calendar
from lianxin.foundation.models import VisitCount
from lianxin.publishing.models import Listing, SiteProfile

Kind = VisitCount.Kind
DAYS, DETAILED = 365, 35
"""Days with totals, and of these the last ones with pages, words and the rest."""
READERS = {SiteProfile.Tier.CITY: 9_000, SiteProfile.Tier.COUNTY: 1_400, SiteProfile.Tier.DEPARTMENT: 2_100, SiteProfile.Tier.TOWNSHIP: 260}
# Parts in a thousand.
HOURS = (6, 4, 3, 2, 2, 4, 12, 30, 82, 96, 92, 70, 44, 42, 66, 86, 84, 66, 44, 42, 46, 40, 26, 11)
DEVICES = {"phone": 612, "desktop": 361, "tablet": 27}
REFERRERS = {
    **{"": 470, "www.baidu.com": 214, "m.baidu.com": 102, "weixin.qq.com": 96, "www.so.com": 41},
    **{"cn.bing.com": 33, "www.gov.cn": 24, "www.sogou.com": 20},
}
WORDS = {
    **{"供暖": 88, "医保缴费": 71, "公积金": 64, "小学入学": 52, "停水": 49, "社保": 41, "教师招聘": 33, "身份证": 28, "居住证": 22, "公交": 19},
    **{"老年卡": 16, "暖气费": 15, "落户": 13, "流感疫苗": 12, "限行": 9, "补贴": 8, "学区划分": 7, "营业执照": 6},
}
ENGINE_WORDS = {"和安市政府": 120, "和安市人民政府网站": 66, "和安停水通知": 31, "和安市医保局电话": 24, "和安教育局": 19}
SECTIONS = {"/news/": 420, "/convenience/": 240, "/open/": 190, "/": 150}


def build(today: date, seed: int) -> int:
    """Write the visits of every site up to yesterday; returns the number of rows."""
    rng = random.Random(seed)
    rows: list[VisitCount] = []
    together: dict[tuple[date, str], VisitCount] = {}
    for profile in SiteProfile.objects.select_related("site").order_by("pk"):
        for row in _of_site(profile, today, rng):
            rows.append(row)
            if row.kind in (Kind.TOTAL, Kind.ROBOTS):
                total = together.setdefault((row.day, row.kind), VisitCount(day=row.day, host="", kind=row.kind, key=""))
                total.views += row.views
                # Some readers visit several sites on one day.
                total.visitors += round(row.visitors * (1 if profile.tier == SiteProfile.Tier.CITY else 0.8))
    VisitCount.objects.bulk_create([*rows, *together.values()], batch_size=500)
    return len(rows) + len(together)


def _of_site(profile: SiteProfile, today: date, rng: random.Random) -> Iterator[VisitCount]:
    hrefs = Listing.objects.filter(column=profile.site.root_page_id).order_by("-published_at", "-article_id").values_list("href", flat=True)[:40]
    pages = {"/": 260} | {href: max(2, round(160 / (place + 2))) for place, href in enumerate(rng.sample(list(hrefs), len(hrefs)))}
    for back in range(DAYS, 0, -1):
        day = today - timedelta(days=back)
        visitors = round(READERS[SiteProfile.Tier(profile.tier)] * _liveliness(day) * rng.uniform(0.88, 1.12))
        views = round(visitors * rng.uniform(2.4, 3.1))

        def row(kind: str, number: float, key: str = "", visitors: int = 0, day: date = day) -> VisitCount:
            return VisitCount(day=day, host=profile.site.hostname, kind=kind, key=key, views=round(number), visitors=visitors)

        yield row(Kind.TOTAL, views, visitors=visitors)
        yield row(Kind.ROBOTS, views * rng.uniform(0.18, 0.3))
        if back > DETAILED:
            continue
        parts = {Kind.DEVICE: DEVICES, Kind.REFERRER: REFERRERS, Kind.PAGE: pages, Kind.SECTION: SECTIONS}
        parts[Kind.HOUR] = {f"{hour:02}": part for hour, part in enumerate(HOURS)}
        for kind, table in parts.items():
            yield from (row(kind, number, key) for key, number in _spread(views, table, rng).items() if number)
        searches = round(views * 0.06)
        yield from (row(Kind.WORDS, number, key) for key, number in _spread(searches, WORDS, rng).items() if number)
        yield from (row(Kind.ENGINE_WORDS, number, key) for key, number in _spread(round(searches * 0.4), ENGINE_WORDS, rng).items() if number)


def _liveliness(day: date) -> float:
    """How lively a day is: 1 on a workday of the quiet months."""
    season = {11: 1.25, 12: 1.2, 1: 1.1, 3: 1.12, 8: 1.18, 9: 1.1}.get(day.month, 1.0)
    return season if calendar.is_workday(day) else season * 0.45


def _spread(total: int, parts: dict[str, int], rng: random.Random) -> dict[str, int]:
    """``total`` divided by ``parts`` with some chance; the sum is kept."""
    weights = {key: part * rng.uniform(0.8, 1.2) for key, part in parts.items()}
    whole = sum(weights.values())
    found = {key: int(total * weight / whole) for key, weight in weights.items()}
    found[next(iter(found))] += total - sum(found.values())
    return found
