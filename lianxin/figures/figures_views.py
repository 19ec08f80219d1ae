"""``/figures/``: how the city answers, every number leading to the list behind it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from markupsafe import Markup

from lianxin.figures import charts, exports, queries
from lianxin.figures.links import to_list
from lianxin.figures.periods import Period, period, year_of, yesterday
from lianxin.figures.queries import Sums
from lianxin.figures.queries.sums import open_kinds
from lianxin.foundation.pagestore import keeps
from lianxin.organisations.models import Organisation

HEAD = ("项目", "收到", "答复", "有效答复", "按时", "超期", "用时（中位，分钟）", "不予受理", "评价和回访", "满意", "回访未联系上")


@require_safe
@keeps()
def front(request: HttpRequest) -> HttpResponse:
    """The last twelve months."""
    shown = queries.overview()
    context = {"overview": shown, "chart": _chart(shown.months, "近 12 个月每月收到和答复的件数，数字见下表"), "year": year_of(shown.until)}
    return render(request, "figures/figures.html", context | {"to_list": to_list})


@require_safe
@keeps("unit", "kind")
def one_period(request: HttpRequest, text: str) -> HttpResponse:
    """A year or a month, narrowed down by unit and kind."""
    one, slug, kind = period(text), request.GET.get("unit", "")[:60], request.GET.get("kind", "")[:40]
    unit = Organisation.objects.filter(slug=slug).first() if slug else None
    if one is None or (slug and unit is None) or (kind and kind not in open_kinds()):
        raise Http404
    shown = queries.summary(one, unit, kind)
    wanted = request.GET.get("format", "")
    if wanted in exports.FORMATS:
        return exports.download(wanted, f"figures-{one.text}", HEAD, _lines(shown))
    narrowed = {"unit": unit.slug if unit else "", "kind": kind}
    context: dict[str, Any] = {
        "shown": shown,
        "narrowed": narrowed,
        "query": "".join(f"&{key}={value}" for key, value in narrowed.items() if value),
        "chart": _chart(shown.parts, f"{one.name}{'各月' if one.is_year else '每天'}收到和答复的件数，数字见下表"),
        "kinds": open_kinds(),
        "until": one.counted_to,
        "years": _years(),
        "to_list": to_list,
    }
    return render(request, "figures/period.html", context)


@require_safe
@keeps("measure", "period", "unit", "only", "kind", "channel", "category", "leader", "after")
def numbers(request: HttpRequest) -> HttpResponse:
    """The list behind a number."""
    shown = queries.listed(request.GET.dict())
    if shown is None:
        raise Http404
    older = request.GET.copy()
    older["after"] = shown.older
    first = not request.GET.get("after")
    start = request.GET.copy()
    start.pop("after", None)
    return render(request, "figures/list.html", {"listed": shown, "older": f"?{older.urlencode()}", "first": first, "start": f"?{start.urlencode()}"})


def _chart(parts: list[tuple[Period, Sums]], name: str) -> Markup:
    labels = [str(one.first.day if len(one.text) == 10 else f"{one.first.month}月") for one, _ in parts]
    return charts.columns(name, labels, [("收到", [one.received for _, one in parts]), ("答复", [one.answered for _, one in parts])])


def _years() -> list[Period]:
    last = yesterday().year
    return [found for year in range(last, last - 5, -1) if (found := period(str(year))) is not None]


def _lines(shown: queries.Summary) -> list[list[exports.Value]]:
    named: list[tuple[str, Sums]] = [("合计", shown.total)]
    named += [(row.unit.short_name, row.sums) for row in shown.units]
    named += [("不按单位公布", shown.apart)] if shown.apart else []
    named += [(line.name, line.sums) for group in (shown.kinds, shown.channels, shown.categories) for line in group]
    named += [(one.name, sums) for one, sums in shown.parts]
    return [[name, *_numbers(sums)] for name, sums in named]


def _numbers(one: Sums) -> list[exports.Value]:
    own = [one.received, one.answered, one.effective, one.on_time, one.late, one.median, one.declined, one.rated, one.satisfied, one.unreached]
    return list(own)
