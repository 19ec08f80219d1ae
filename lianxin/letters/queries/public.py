"""Public letters, in lists and one by one. All of it starts from ``visible_to(None)`` and is shown through ``project``."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from lianxin.casedesk import matters
from lianxin.casework import kinds
from lianxin.casework import queries as casework
from lianxin.casework.models import Case
from lianxin.casework.queries import PublicCase, PublicHeading
from lianxin.casework.vocabulary import Stage
from lianxin.foundation.pagestore import tag
from lianxin.foundation.search import engine
from lianxin.letters import channels, tags
from lianxin.organisations.models import Organisation
from lianxin.organisations.tags import PEOPLE
from lianxin.triage import similarity
from lianxin.triage.models import Category

PAGE = 20
FOUND_AT_MOST = 60
ALIKE = 0.3
STATES = {"answered": "已答复", "again": "重新办理中"}
_STAGES = {"answered": (Stage.REPLIED, Stage.CLOSED), "again": (Stage.REOPENED, Stage.ASSIGNED, Stage.HANDLING, Stage.AWAITING)}

# The uniform format opens every reply alike; what a reply says comes after it.
_OPENING = re.compile(r"\A[^\n]{0,200}?(?:答复如下|告诉您|回复如下)[：:]\s*(?=\S)")


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed down to; empty values narrow nothing."""

    kind: str = ""
    unit: Organisation | None = None
    category: Category | None = None
    state: str = ""


@dataclass(frozen=True)
class Row:
    """A public letter in a list."""

    number: str
    href: str
    subject: str
    kind_name: str
    unit: str
    state: str
    outcome: str
    asked_at: datetime
    replied_at: datetime | None
    public_at: datetime
    in_person: bool
    reply: str
    """The beginning of the last reply."""
    alike: int = 0
    """Public letters about the same that were answered with it and do not stand in lists beside it."""


@dataclass(frozen=True)
class PublicPage:
    """A page of a list; ``older`` is the key of the next one."""

    rows: list[Row]
    older: str


def visible() -> QuerySet[Case]:
    """The letters that everybody may read."""
    return casework.visible_to(None).filter(kind__in=channels.read_here())


def listed() -> QuerySet[Case]:
    """The letters that stand in lists: of those that were answered together the one that the others joined, where it is public."""
    return visible().filter(Q(cluster=None) | Q(cluster__is_public=False))


def letters(filters: Filters, after: str = "", count: int = PAGE) -> PublicPage:
    """Public letters, those made public last first; ``after`` is the ``older`` of the page before."""
    tag(tags.LIST)
    cases = listed()
    if filters.kind:
        cases = cases.filter(kind=filters.kind)
    if filters.unit is not None:
        cases = cases.filter(lead=filters.unit)
    if filters.category is not None:
        cases = cases.filter(category__startswith=filters.category.code)
    if filters.state in _STAGES:
        cases = cases.filter(stage__in=_STAGES[filters.state])
    key = _key(after)
    if key is not None:
        cases = cases.filter(Q(public_at__lt=key[0]) | Q(public_at=key[0], pk__lt=key[1]), public_at__lte=key[0])
    found = list(cases.select_related("lead").order_by("-public_at", "-pk")[: count + 1])
    older = _cursor(found[count - 1]) if len(found) > count else ""
    return PublicPage(_rows(found[:count]), older)


def newest(count: int) -> list[PublicHeading]:
    """The headings of letters whose answers were made public last; for home pages."""
    tag(tags.LIST)
    return casework.headings(listed().order_by("-public_at", "-pk")[:count])


def letter(number: str) -> tuple[PublicCase, Case] | None:
    """A public letter as the public sees it, with its case for what the projection does not hold; None whatever the reason."""
    case = visible().select_related("lead").filter(number=number).first()
    if case is None:
        return None
    tag(tags.of(case.pk), PEOPLE)
    return casework.project(case), case


@dataclass(frozen=True)
class Found:
    """Letters by words, the best first, and what a reader has to know of how they were found."""

    rows: list[Row]
    read_as: str
    """What was searched for instead, as nothing has what was typed."""
    is_relaxed: bool
    """Some hold a part of the words only."""


def search_letters(words: str, filters: Filters) -> Found:
    """Public letters that hold ``words``. Raises ``folder.NotBuilt`` while there is no index."""
    asked = {"kind": "letter"}
    if filters.unit is not None:
        asked["unit"] = str(filters.unit.pk)
    numbers: list[int] = []
    for page in range(1, FOUND_AT_MOST // engine.PAGE_SIZE + 1):
        answer = engine.search(engine.Question(words, asked, page=page))
        numbers += [hit.shown["case"] for hit in answer.hits]
        if page >= answer.pages:
            break
    # The index may be a moment behind: what it finds is asked for again.
    rows = visible().filter(pk__in=numbers).select_related("lead")
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.category is not None:
        rows = rows.filter(category__startswith=filters.category.code)
    if filters.state in _STAGES:
        rows = rows.filter(stage__in=_STAGES[filters.state])
    known = {case.pk: case for case in rows}
    return Found(_rows([known[pk] for pk in numbers if pk in known]), answer.read_as, answer.is_relaxed)


def answered_like(text: str, count: int = 3) -> list[Row]:
    """Public letters with an answer that are about the same as ``text``, the likest first; none while the index is being built.

    Of letters that were answered together only the likest: the others would say the same once more.
    """
    matches = similarity.similar(text, channels.read_here(), public_only=True, limit=count * 8)
    numbers = [matters.case_of(match.ref) for match in matches if match.score >= ALIKE]
    known = {case.pk: case for case in visible().filter(pk__in=numbers, replied_at__isnull=False).select_related("lead")}
    likest: dict[int, Case] = {}
    for case in (known[pk] for pk in numbers if pk in known):
        likest.setdefault(case.cluster_id or case.pk, case)
    return _rows(list(likest.values())[:count])


def sitemap_rows(most: int) -> list[tuple[str, datetime]]:
    """Numbers of public letters with the day they were made public, the newest first."""
    tag(tags.LIST)
    return [(number, at) for number, at in visible().order_by("-public_at", "-pk").values_list("number", "public_at")[:most] if at]


def category_names(codes: Iterable[str]) -> dict[str, str]:
    """The names of these categories by code, those no longer used too."""
    tag(tags.CATEGORIES)
    return dict(Category.objects.filter(code__in=[code for code in codes if code]).values_list("code", "name"))


def top_categories() -> list[Category]:
    """The top of the tree of categories, for a list to choose from."""
    tag(tags.CATEGORIES)
    return list(Category.objects.filter(active=True, parent=None).order_by("code"))


def _rows(cases: list[Case]) -> list[Row]:
    joined = visible().filter(cluster__in=[case.pk for case in cases]).values_list("cluster__number")
    alike = dict(joined.annotate(Count("pk")).order_by())
    return [_row(shown, alike.get(shown.number, 0)) for shown in casework.project_all(cases)]


def _row(shown: PublicCase, alike: int) -> Row:
    last = shown.replies[-1].body if shown.replies else ""
    # What the office answered itself has no lead.
    unit = shown.unit or (shown.replies[-1].unit if shown.replies else None)
    return Row(
        number=shown.number,
        href=f"/letters/{shown.number}/",
        subject=shown.subject,
        kind_name=shown.kind_name,
        unit=unit.short_name if unit else "",
        state=shown.stage,
        outcome=shown.outcome,
        asked_at=shown.submitted_at,
        replied_at=shown.replied_at,
        public_at=shown.public_at,
        in_person=any(reply.in_person and not reply.interim for reply in shown.replies),
        reply=" ".join(_OPENING.sub("", last).split())[:120],
        alike=alike,
    )


def _cursor(case: Case) -> str:
    assert case.public_at is not None
    return f"{case.public_at.timestamp():.6f}-{case.pk}"


def _key(after: str) -> tuple[datetime, int] | None:
    moment, _, pk = after.partition("-")
    try:
        return datetime.fromtimestamp(float(moment), UTC), int(pk)
    except (ValueError, OverflowError, OSError):
        return None


def kind_names(codes: Iterable[str] | None = None) -> dict[str, str]:
    """Kinds by code, as they are called here: all that are followed, or only ``codes``."""
    return {code: kinds.kind(code).name for code in (channels.followed() if codes is None else codes)}


def chosen(values: dict[str, Any]) -> Filters:
    """Filters from an address: what does not exist narrows nothing."""
    unit = Organisation.objects.filter(slug=values.get("unit", "")[:60]).first() if values.get("unit") else None
    category = Category.objects.filter(code=values.get("category", "")[:12]).first() if values.get("category") else None
    kind, state = values.get("kind", ""), values.get("state", "")
    return Filters(kind if kind in channels.read_here() else "", unit, category, state if state in STATES else "")
