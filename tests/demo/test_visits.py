"""The invented city's visits are the same each time and hang together."""

from datetime import date
from typing import Any

import pytest
from django.db.models import Sum

from lianxin.demo import visits
from lianxin.foundation.models import VisitCount
from lianxin.publishing import actions

TODAY = date(2025, 3, 3)
Kind = VisitCount.Kind


@pytest.fixture
def built(city: Any) -> int:
    actions.add_site(None, hostname="own.example", port=80, name="和安市", tier="city", organisation=city.root, organiser="市政府")
    return visits.build(TODAY, 1)


def test_a_year_that_hangs_together(built: int) -> None:
    assert VisitCount.objects.count() == built
    totals = VisitCount.objects.filter(kind=Kind.TOTAL).exclude(host="")
    assert totals.values("day").distinct().count() == visits.DAYS
    assert not totals.filter(day__gte=TODAY).exists()
    assert all(0 < row.visitors < row.views for row in totals)
    day = totals.latest("day")
    for kind in (Kind.HOUR, Kind.DEVICE, Kind.PAGE, Kind.REFERRER, Kind.SECTION):
        assert VisitCount.objects.filter(day=day.day, host=day.host, kind=kind).aggregate(sum=Sum("views"))["sum"] == day.views


def test_the_same_each_time(built: int) -> None:
    def rows() -> list[tuple[object, ...]]:
        return list(VisitCount.objects.order_by("day", "host", "kind", "key").values_list("day", "host", "kind", "key", "views", "visitors"))

    first = rows()
    VisitCount.objects.all().delete()
    visits.build(TODAY, 1)
    assert rows() == first
