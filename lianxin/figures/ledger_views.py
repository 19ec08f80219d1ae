"""``/ledger/``: everybody reads, searches and takes away what every unit took in, answered and did."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from lianxin.figures import exports, queries
from lianxin.figures.links import to_list
from lianxin.figures.periods import Period, month_of, period, span, yesterday
from lianxin.figures.queries import DayRow, Ledger, ReportState, Sums
from lianxin.figures.queries.ledger import clean_span
from lianxin.foundation.pagestore import keeps
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Organisation

LONGEST_WORDS = 60
STATES = {ReportState.MISSING: "未报", ReportState.DUE: "待报"}
HEAD = ("日期", "单位", "说明", "收到", "答复", "有效答复", "按时", "超期", "用时（中位，分钟）", "不予受理")
REPORT_HEAD = ("日报", "接待群众（人次）", "办理事项（件）", "接听电话（个）")


@require_safe
@keeps()
def latest(request: HttpRequest) -> HttpResponse:
    """The last day that is over."""
    one = yesterday()
    return _by_unit(request, queries.ledger_day(span(one, one)), span(one, one))


@require_safe
@keeps()
def day(request: HttpRequest, text: str) -> HttpResponse:
    """All units on one day."""
    one = _known(text)
    return _by_unit(request, queries.ledger_day(one), one)


@require_safe
@keeps()
def month(request: HttpRequest, text: str) -> HttpResponse:
    """All units over a month."""
    one = _known(text)
    return _by_unit(request, queries.ledger_month(one), one)


@require_safe
@keeps()
def unit(request: HttpRequest, slug: str, text: str = "") -> HttpResponse:
    """One unit, day by day, over a month; the latest unless named."""
    found = get_object_or_404(Organisation, slug=slug)
    one = _known(text) if text else month_of(yesterday())
    return _by_day(request, queries.unit_month(one, found))


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """By unit, days and words of reports. What was typed is not kept."""
    words = " ".join(request.GET.get("q", "").split())[:LONGEST_WORDS]
    slug = request.GET.get("unit", "")[:60]
    chosen = Organisation.objects.filter(slug=slug).first() if slug else None
    one = clean_span(_date(request.GET.get("from", "")), _date(request.GET.get("to", "")))
    if words:
        found = queries.ledger_search(words, one.first, one.last, chosen)
        made = Ledger(one, chosen, found.rows, Sums())
        return _shown(request, made, {"by": "report", "words": words, "more": found.more}, "reports")
    if chosen is not None:
        return _by_day(request, queries.unit_month(one, chosen))
    return _by_unit(request, queries.ledger_month(one), one)


def _known(text: str) -> Period:
    found = period(text)
    if found is None:
        raise Http404
    return found


def _date(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _by_unit(request: HttpRequest, made: Ledger, one: Period) -> HttpResponse:
    is_day = one.first == one.last
    return _shown(request, made, {"by": "unit", "is_day": is_day}, f"ledger-{one.first}" if is_day else f"ledger-{one.first}-{one.last}")


def _by_day(request: HttpRequest, made: Ledger) -> HttpResponse:
    assert made.unit is not None
    return _shown(request, made, {"by": "day"}, f"ledger-{made.unit.slug}-{made.period.first}-{made.period.last}")


def _shown(request: HttpRequest, made: Ledger, more: dict[str, Any], name: str) -> HttpResponse:
    wanted = request.GET.get("format", "")
    if wanted in exports.FORMATS:
        return exports.download(wanted, name, [*HEAD, *REPORT_HEAD], [line for row in made.rows for line in _lines(row, made)])
    asked = {key: value for key in ("unit", "from", "to", "q") if (value := request.GET.get(key, "")[:60])}
    context = {
        "ledger": made,
        "units": list(organisations.current_units()),
        "to_list": to_list,
        "span": span,
        "download": {kind: "?" + urlencode({**asked, "format": kind}) for kind in exports.FORMATS},
        "asked": asked,
        "found": request.path.endswith("/find/"),
        "states": STATES,
        "day_before": made.period.first - timedelta(days=1),
        "day_after": _after(made.period.last),
        **more,
    }
    return render(request, "figures/ledger.html", context)


def _after(last: date) -> date | None:
    following = last + timedelta(days=1)
    return following if following <= timezone.localdate() else None


def _lines(row: DayRow, made: Ledger) -> list[list[exports.Value]]:
    """A line of the file for each line of the page, and for each report where there are several."""
    sums = row.sums
    when = row.day or f"{made.period.first} 至 {made.period.last}"
    numbers: list[exports.Value] = [sums.received, sums.answered, sums.effective, sums.on_time, sums.late, sums.median, sums.declined]
    if not row.reports:
        said = f"已报 {row.reported} 天，应报 {row.owed} 天" if row.day is None else STATES.get(row.state, "")
        return [[when, row.unit.short_name, row.note, *numbers, said, None, None, None]]
    blank: list[exports.Value] = [None] * len(numbers)
    lines: list[list[exports.Value]] = []
    for report in row.reports:
        # Numbers stand once, or a sum over the file would count them twice.
        told = numbers if not lines else blank
        lines.append([when, row.unit.short_name, row.note, *told, report.text, report.visitors, report.matters, report.calls])
    return lines
