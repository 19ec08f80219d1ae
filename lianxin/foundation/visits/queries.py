"""What the counts say. A host is a site's host name; "" stands for all sites together, of which only totals are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, Q, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone
from wagtail.models import Site

from lianxin.foundation.models import VisitCount
from lianxin.foundation.visits.fold import OTHERS

Kind = VisitCount.Kind
SHOWN_FROM = 5
"""Words used less often are shown to nobody: they may be somebody's own."""


@dataclass(frozen=True)
class Day:
    """One day of a host: views and visitors of people, and the views of programs apart."""

    day: date
    views: int = 0
    visitors: int = 0
    robots: int = 0


@dataclass(frozen=True)
class Month:
    """One month of a host. Visitors cannot be added up over days (see the package), so only those of the best day are told."""

    first: date
    views: int
    robots: int
    most_visitors: int
    """Visitors on the day that had most."""
    is_peak: bool = False


def days(host: str, first: date, last: date) -> list[Day]:
    """Each day from ``first`` to ``last``, both included, oldest first; a day without visits has noughts."""
    rows = VisitCount.objects.filter(host=host, kind__in=(Kind.TOTAL, Kind.ROBOTS), day__range=(first, last))
    found = {(day, kind): (views, visitors) for day, kind, views, visitors in rows.values_list("day", "kind", "views", "visitors")}
    every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [Day(day, *found.get((day, Kind.TOTAL), (0, 0)), found.get((day, Kind.ROBOTS), (0, 0))[0]) for day in every]


def months(host: str, limit: int = 12) -> list[Month]:
    """The last ``limit`` months with visits, oldest first; the one with most views is marked as peak."""
    rows = (
        VisitCount.objects.filter(host=host, kind__in=(Kind.TOTAL, Kind.ROBOTS))
        .annotate(month=TruncMonth("day"))
        .values("month")
        .annotate(
            people=Sum("views", filter=Q(kind=Kind.TOTAL), default=0),
            programs=Sum("views", filter=Q(kind=Kind.ROBOTS), default=0),
            most=Max("visitors"),
        )
        .order_by("-month")[:limit]
    )
    found = [(row["month"], row["people"], row["programs"], row["most"]) for row in rows][::-1]
    peak = max((views for _, views, _, _ in found), default=0)
    return [Month(*row, is_peak=row[1] == peak > 0) for row in found]


def top(host: str, kind: str, first: date, last: date, limit: int, *, at_least: int = 1) -> list[tuple[str, int]]:
    """The most frequent keys of a kind in a span of days with their views; those under ``at_least`` stay hidden."""
    rows = VisitCount.objects.filter(host=host, kind=kind, day__range=(first, last)).exclude(key=OTHERS)
    counted = rows.order_by().values("key").annotate(sum=Sum("views")).filter(sum__gte=at_least)
    return list(counted.order_by("-sum", "key").values_list("key", "sum")[:limit])


def by_host(hosts: Sequence[str], first: date, last: date) -> dict[str, int]:
    """Views of people on each host in a span of days; hosts without any are left out."""
    rows = VisitCount.objects.filter(host__in=hosts, kind=Kind.TOTAL, day__range=(first, last))
    return dict(rows.order_by().values("host").annotate(sum=Sum("views")).values_list("host", "sum"))


def hot_words(site: Site, days: int = 30, limit: int = 8) -> list[str]:
    """What readers of a site searched for most in the last ``days`` days, the most frequent first; rare words are never told."""
    today = timezone.localdate()
    found = top(site.hostname, Kind.WORDS, today - timedelta(days=days - 1), today, limit, at_least=SHOWN_FROM)
    return [words for words, _ in found]
