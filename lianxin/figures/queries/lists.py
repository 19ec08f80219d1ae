"""The list behind a number: its entries, one by one. What is public stands there by its title, everything else by kind, unit and date alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from lianxin.casework import kinds
from lianxin.casework import queries as casework
from lianxin.casework.rights import Role, standing_of
from lianxin.casework.vocabulary import Channel
from lianxin.figures import hidden, tags
from lianxin.figures.models import Entry
from lianxin.figures.periods import Period, period
from lianxin.figures.queries.pages import ANY, NONE, instructions, private_figures, top_of
from lianxin.figures.queries.sums import all_units, family, folded, open_kinds, private_kinds, sums_by, unit_rows
from lianxin.foundation.errors import Forbidden
from lianxin.foundation.pagestore import tag
from lianxin.foundation.text import duration
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation

PAGE = 50
MOST_EXPORTED = 100_000
Measure = Entry.Measure
ANSWER = Q(measure=Measure.ANSWERED)
NUMBERS: dict[str, tuple[str, Q]] = {
    "received": ("收到", Q(measure=Measure.RECEIVED)),
    "answered": ("答复", ANSWER),
    "effective": ("有效答复", ANSWER & Q(effective=True)),
    "on_time": ("按时答复", ANSWER & Q(on_time=True)),
    "late": ("超期答复", ANSWER & Q(on_time=False)),
    "in_person": ("负责人亲自答复", ANSWER & Q(in_person=True)),
    "declined": ("不予受理", Q(measure=Measure.DECLINED)),
    "rated": ("评价和回访", Q(measure=Measure.RATED)),
    "satisfied": ("满意", Q(measure=Measure.RATED, satisfied=True)),
    "unreached": ("回访未联系上", Q(measure=Measure.UNREACHED)),
    "instructed": ("领导批示", Q(measure=Measure.INSTRUCTED)),
}
_LOADED = ("unit_id", "kind", "channel", "category", "day", "minutes", "on_time", "effective", "satisfied", "measure")
PERSONAL = ("in_person", "instructed")


@dataclass(frozen=True)
class Asked:
    """What a list was asked for."""

    measure: str
    period: Period
    unit: Organisation | None = None
    only: bool = False
    """The unit alone, without those that became part of it."""
    without_unit: bool = False
    with_unit: bool = False
    kind: str = ""
    channel: str = ""
    category: str = ""
    leader: int | None = None


@dataclass(frozen=True)
class ListedRow:
    """One entry of a list; without title what is not public."""

    title: str
    href: str
    kind: str
    unit: str
    when: str
    note: str


@dataclass(frozen=True)
class Listed:
    """A page of a list with the number of all its entries."""

    asked: Asked
    label: str
    count: int
    rows: list[ListedRow]
    older: str
    names: list[str]
    """By what it is narrowed down, in words."""


def asked(given: Mapping[str, str]) -> Asked | None:
    """What an address asks for; None for what there is not, or what is not told."""
    days = period(given.get("period", "")[:22])
    measure = given.get("measure", "")
    if days is None or measure not in NUMBERS:
        return None
    slug, kind, leader = given.get("unit", "")[:60], given.get("kind", "")[:40], given.get("leader", "")[:18]
    unit = Organisation.objects.filter(slug=slug).first() if slug not in ("", NONE, ANY) else None
    known_kind = not kind or kind in open_kinds() or kind in private_kinds()
    if (slug not in ("", NONE, ANY) and unit is None) or not known_kind or (leader and not leader.isdecimal()):
        return None
    found = Asked(
        measure,
        days,
        unit,
        given.get("only") == "1",
        slug == NONE,
        slug == ANY,
        kind,
        given.get("channel", "")[:12],
        given.get("category", "")[:60],
        int(leader) if leader else None,
    )
    return found if _may_be_told(found) else None


def _may_be_told(one: Asked) -> bool:
    """Lists of what is hidden on the pages are not there either."""
    plain = not (one.unit or one.without_unit or one.with_unit or one.channel or one.category or one.leader)
    if one.kind in private_kinds():
        told = {row.key: {"received": row.received, "answered": row.answered} for row in private_figures(one.period)}
        return plain and told.get(one.kind, {}).get(one.measure) is not None
    if one.measure not in PERSONAL:
        return one.leader is None
    if not one.period.is_year or one.kind or one.channel or one.category or one.without_unit or one.with_unit or one.only:
        return False
    rows = folded(one.period.first, one.period.counted_to)
    if one.measure == "in_person":
        cells = {row.unit.pk: row.sums.in_person for row in unit_rows(sums_by(rows, "unit_id", with_minutes=False))}
        return one.leader is None and _cell_told(cells, one.unit.pk if one.unit else None)
    return one.unit is None and _cell_told({user: value for user, (_, value) in instructions(rows).items()}, one.leader)


def _cell_told(cells: dict[int, int], key: int | None) -> bool:
    if key is None:
        return sum(cells.values()) >= hidden.SHOWN_FROM
    return bool(cells.get(key)) and key not in hidden.hidden_cells(cells)


def entries(one: Asked) -> QuerySet[Entry]:
    """The entries of a list, the newest first."""
    rows = Entry.objects.filter(NUMBERS[one.measure][1], day__range=(one.period.first, one.period.counted_to))
    rows = rows.filter(kind=one.kind) if one.kind else rows.filter(kind__in=list(open_kinds()))
    if one.unit is not None:
        rows = rows.filter(unit=one.unit) if one.only else rows.filter(unit__in=family(one.unit))
    elif one.without_unit:
        rows = rows.filter(unit=None)
    elif one.with_unit or one.channel or one.category or one.measure in PERSONAL:
        rows = rows.filter(unit__isnull=False)
    if one.channel:
        rows = rows.filter(channel=one.channel)
    if one.category:
        rows = rows.filter(_category("" if one.category == NONE else one.category))
    if one.leader is not None:
        rows = rows.filter(leader__user=one.leader)
    return rows.order_by("-day", "-id")


def _category(top: str) -> Q:
    return Q(category=top) | Q(category__startswith=top) if top and top == top_of(top) and top.isdecimal() else Q(category=top)


def listed(given: Mapping[str, str]) -> Listed | None:
    """A page of the list behind a number; ``after`` is the ``older`` of the page before."""
    one = asked(given)
    if one is None:
        return None
    tag(tags.LISTS, *tags.of(one.period.first, one.period.last))
    rows, key = entries(one), _key(given.get("after", ""))
    count = rows.count()
    if key is not None:
        rows = rows.filter(Q(day__lt=key[0]) | Q(day=key[0], id__lt=key[1]))
    page = list(rows[: PAGE + 1])
    older = f"{page[PAGE - 1].day}_{page[PAGE - 1].pk}" if len(page) > PAGE else ""
    return Listed(one, NUMBERS[one.measure][0], count, _shown(page[:PAGE]), older, _names(one))


def _key(after: str) -> tuple[date, int] | None:
    day, _, pk = after.partition("_")
    try:
        return (date.fromisoformat(day), int(pk)) if pk.isdecimal() and len(pk) < 19 else None
    except ValueError:
        return None


def _names(one: Asked) -> list[str]:
    found = [kinds.kind(one.kind).name] if one.kind else []
    if one.unit is not None:
        found.append(f"{one.unit}（不含并入的单位）" if one.only else str(one.unit))
    if one.channel in Channel.values:
        found.append(str(Channel(one.channel).label))
    return found


def _shown(page: list[Entry]) -> list[ListedRow]:
    numbers = {row.case_id for row in page if row.unit_id is not None}
    public = {row.pk: row for row in casework.headings(casework.visible_to(None).filter(pk__in=numbers))}
    units, by_code = all_units(), {kind.code: kind for kind in kinds.kinds()}
    found = []
    for row in page:
        heading = public.get(row.case_id) if row.unit_id is not None else None
        kind = by_code.get(row.kind)
        found.append(
            ListedRow(
                heading.subject if heading else "",
                kind.public_link(heading.number) if heading and kind else "",
                kind.name if kind else "",
                units[row.unit_id].short_name if row.unit_id in units else "",
                # By day, small numbers of what is told in totals alone could be counted in the list.
                f"{row.day}" if row.unit_id is not None else f"{row.day:%Y-%m}",
                _note(row) if row.unit_id is not None else "",
            )
        )
    return found


def _note(row: Entry) -> str:
    if row.measure != Measure.ANSWERED:
        return ""
    parts = [f"用时 {duration(row.minutes)}" if row.minutes is not None else ""]
    parts += ["超期"] if row.on_time is False else []
    parts += [] if row.effective else ["不计有效"]
    return "，".join(filter(None, parts))


# --- for staff ---------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Detail:
    """A row of the list that supervisors and auditors take out: numbers and dates, never words."""

    number: str
    kind: str
    unit: str
    channel: str
    category: str
    day: date
    minutes: int | None
    on_time: bool | None
    effective: bool | None
    satisfied: bool | None


def may_export(actor: User) -> bool:
    """Whether somebody may take out lists of cases: the supervision office and auditors."""
    return bool(standing_of(actor).holding(Role.SUPERVISOR, Role.AUDITOR))


def detailed(actor: User, measure: str, days: Period) -> list[Detail]:
    """The entries of a measure that the actor may know of: a supervisor what he supervises, an auditor everything, nothing sealed from them.

    Raises Forbidden for other posts.
    """
    if not may_export(actor):
        raise Forbidden("导出办件清单限督查和审计岗位。需要时，请与督查室联系；公开的数字在“数据”页可以直接下载。")
    cases = casework.official_for(standing_of(actor), personal=False)
    rows = Entry.objects.filter(NUMBERS[measure][1], day__range=(days.first, days.counted_to), case__in=cases.values("pk"))
    units, names = all_units(), {kind.code: kind.name for kind in kinds.kinds()}
    return [
        Detail(
            row.case.number,
            names.get(row.kind, row.kind),
            units[row.unit_id].short_name if row.unit_id in units else "",
            row.channel,
            row.category,
            row.day,
            row.minutes,
            row.on_time,
            row.effective,
            row.satisfied,
        )
        for row in rows.select_related("case").only("case__number", *_LOADED).order_by("day", "id")[:MOST_EXPORTED]
    ]
