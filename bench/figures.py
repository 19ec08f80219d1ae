"""``python -m bench.figures SIZE…``: figures over as many cases in 150 units, at each size: counting, folding, pages; prints rows as JSON.

Sizes ascend. What is measured runs in this process, without HTTP.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from bench.casework_scale import fill, people
from bench.pages import measure, prepare

UNITS = 150
REQUESTS = 10


def units(who: dict[str, Any]) -> list[Any]:
    """A hundred and fifty units for the cases to be given to."""
    from lianxin.organisations.models import Organisation

    root = Organisation.get_root_nodes().first()
    found = list(who["units"])
    known = {unit.slug: unit for unit in Organisation.objects.filter(slug__startswith="figures-")}
    while len(found) < UNITS:
        slug = f"figures-{len(found)}"
        name = f"第{len(found)}单位"
        found.append(
            known.get(slug)
            or Organisation.objects.get(pk=root.pk).add_child(name=name, short_name=name, slug=slug, kind=Organisation.Kind.DEPARTMENT)
        )
    return found


def counted() -> list[dict[str, Any]]:
    """Every case counted from its events, every day folded."""
    from django.db import connection

    from lianxin.casework.models import Case
    from lianxin.figures.actions import folding
    from lianxin.figures.models import Day, Entry

    last, done, begun = Entry.objects.order_by("-case_id").values_list("case_id", flat=True).first() or 0, 0, time.perf_counter()
    while cases := list(Case.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[: folding.BATCH]):
        last = cases[-1]
        folding.recount(cases)
        done += len(cases)
    counting = time.perf_counter() - begun
    days, begun = Day.objects.filter(stale=True).count(), time.perf_counter()
    folding.fold()
    folding_time = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return [
        {"what": "a case counted from its events", "median": 1e6 * counting / max(done, 1), "unit": "µs"},
        {"what": "a day folded", "median": 1e3 * folding_time / max(days, 1)},
    ]


def from_cases(first: date, last: date) -> dict[Any, list[int]]:
    """Received, answered, late and content by unit and month from the rows of cases and clocks alone; nothing that was counted before."""
    from django.db.models import Count, Q
    from django.db.models.functions import Coalesce, TruncMonth

    from lianxin.casework.models import Case, Clock

    found: dict[Any, list[int]] = {}
    received = Case.objects.exclude(stage="withdrawn").filter(received_at__date__range=(first, last)).order_by()
    place = Coalesce("lead_id", "office_id")
    for row in received.annotate(where=place, month=TruncMonth("received_at")).values("where", "month").annotate(n=Count("pk")):
        found.setdefault((row["where"], row["month"]), [0, 0, 0])[0] = row["n"]
    met = Clock.objects.filter(state__in=("met", "met_late"), ended_at__date__range=(first, last)).order_by()
    summed = met.annotate(where=Coalesce("case__lead_id", "case__office_id"), month=TruncMonth("ended_at")).values("where", "month")
    for row in summed.annotate(n=Count("pk"), late=Count("pk", filter=Q(state="met_late"))):
        found.setdefault((row["where"], row["month"]), [0, 0, 0])[1:] = [row["n"], row["late"]]
    return found


def seconds(what: str, work: Callable[[], object], target: float | None = None) -> dict[str, Any]:
    """The better of two runs, in seconds."""
    taken = []
    for _ in range(2):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return {"what": what, "median": min(taken), "unit": "s", **({"target": target} if target else {})}


def read() -> list[dict[str, Any]]:
    """What pages and checks ask."""
    from lianxin.figures import queries
    from lianxin.figures.models import Entry
    from lianxin.figures.periods import month_of, period, yesterday
    from lianxin.figures.queries.sums import folded

    first, last = Entry.objects.order_by("day").values_list("day", flat=True)[0], yesterday()
    month = month_of(month_of(last).first - timedelta(days=1))
    year = period(str(last.year - 1))
    assert year is not None
    unit = queries.unit_rows(queries.sums_by(folded(month.first, month.last), "unit_id"))[0].unit
    return [
        seconds("all months of 150 units, from counted events", lambda: queries.by_sql(first, last, "unit_id", "month"), 3),
        seconds("one month of 150 units, from counted events", lambda: queries.by_sql(month.first, month.last, "unit_id"), 3),
        seconds("all months of 150 units, from cases and clocks", lambda: from_cases(first, last)),
        measure("page of a month, from the fold", 100, lambda: queries.summary(month), REQUESTS, 2),
        measure("page of a year, from the fold", 1000, lambda: queries.summary(year), REQUESTS, 2),
        measure("page of twelve months, from the fold", 1000, queries.overview, REQUESTS, 2),
        measure("the ledger of a day", 100, lambda: queries.ledger_day(period(last.isoformat())), REQUESTS, 2),
        measure("the ledger of a month", 200, lambda: queries.ledger_month(month), REQUESTS, 2),
        measure("the ledger of a unit's month", 100, lambda: queries.unit_month(month, unit), REQUESTS, 2),
        measure("a list of a year's answers", 100, lambda: queries.listed({"measure": "answered", "period": year.text}), REQUESTS, 2),
        measure("the home page's brief", 5, queries.brief, REQUESTS, 2),
    ]


def main() -> None:
    """Measure at each size."""
    prepare()
    who, rows = people(), []
    who["units"] = units(who)
    for size in map(int, sys.argv[1:] or ["100000"]):
        fill(size, who)
        rows += [{**row, "what": f"{row['what']}, at {size:,}"} for row in [*counted(), *read()]]
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
