"""The search page and the suggestions while typing: the index answers, names and addresses are read when results are shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from lianxin.foundation.search import engine, folder
from lianxin.foundation.search.highlight import excerpt, marked
from lianxin.foundation.visits.queries import hot_words
from lianxin.letters import tags as letters
from lianxin.organisations.models import Organisation
from lianxin.portal.context import open_sites
from lianxin.publishing.models import ColumnPage, SiteProfile
from lianxin.publishing.queries import NavColumn, navigation, site_profile

# What a facet is called, and how many of its values are offered.
FACETS = {"site": "网站", "column": "栏目", "kind": "类型", "unit": "发布单位", "year": "年份"}
VALUES = 8
EXCERPT = 120
EVERY_SITE = "all"
SORTS = {"relevance": "按相关度", "date": "按时间"}
# Suggestions may be kept by the browser for as long as a person types.
SUGGESTIONS_FRESH = 60
_COLUMNS_TO_TRY = 8
# What is found and lies in no column, as its own pages call it.
_KINDS = {letters.SOURCE: "来信和答复"}


@dataclass(frozen=True)
class Choice:
    """A value of a facet, as a link that narrows down by it."""

    label: str
    count: int
    href: str
    chosen: bool


@dataclass(frozen=True)
class Group:
    """A facet with its values; ``undo`` is the link that lifts the choice."""

    name: str
    label: str
    choices: list[Choice]
    undo: str
    is_estimate: bool


@dataclass(frozen=True)
class Result:
    """A document found."""

    title: SafeString
    href: str
    text: SafeString
    unit: str
    column: str
    site: str
    number: str
    at: datetime


@dataclass
class SearchView:
    """Everything that the page shows."""

    typed: str = ""
    answer: engine.Answer | None = None
    results: list[Result] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    sorts: list[Choice] = field(default_factory=list)
    kept: list[tuple[str, str]] = field(default_factory=list)
    """Choices that a new search in the same box keeps."""
    elsewhere: int = 0
    """How many there are on the other sites, when this one has none."""
    everywhere: str = ""
    meant: str = ""
    newer: str = ""
    older: str = ""
    shorter: list[tuple[str, str]] = field(default_factory=list)
    columns: list[NavColumn] = field(default_factory=list)
    hot_words: list[str] = field(default_factory=list)
    """What readers of this site searched for most."""
    is_down: bool = False


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Results for ``?q=``, narrowed by the facets, sorted, in pages. Whatever is typed gets an answer that helps."""
    return render(request, "portal/search.html", {"view": view(request)})


@require_safe
def suggest(request: HttpRequest) -> JsonResponse:
    """Words and titles for what has been typed so far: at most five of each."""
    typed = request.GET.get("q", "")
    try:
        found = engine.suggest(typed)
    except folder.NotBuilt:
        found = engine.Suggestions([], [])
    roots = _roots()
    here = site_profile(request).site_id
    titles = [{"title": hit.title, "href": _href(hit, here, roots)} for hit in found.hits]
    response = JsonResponse({"words": found.words, "titles": titles})
    response["Cache-Control"] = f"public, max-age={SUGGESTIONS_FRESH}"
    return response


def view(request: HttpRequest) -> SearchView:
    """What the page shows for this request."""
    profile = site_profile(request)
    shown = SearchView(typed=" ".join(request.GET.get("q", "").split())[: engine.LONGEST_QUESTION])
    if not shown.typed:
        shown.hot_words = hot_words(profile.site)
        return shown
    chosen = {name: value for name in FACETS if (value := request.GET.get(name, "").strip()[:40])}
    sort: engine.Sort = "date" if request.GET.get("sort") == "date" else "relevance"
    filters = {"site": str(profile.site_id), **chosen}
    if filters["site"] == EVERY_SITE:
        del filters["site"]
    question = engine.Question(shown.typed, filters, sort, _page(request.GET.get("page", "")))
    try:
        answer = engine.search(question)
    except folder.NotBuilt:
        shown.is_down = True
        return shown
    link = _linker(shown.typed, chosen, sort)
    shown.answer = answer
    shown.results = _results(answer, profile)
    shown.groups = _groups(answer, filters, link)
    shown.sorts = [Choice(label, 0, link(sort=name), name == sort) for name, label in SORTS.items()]
    shown.kept = [(name, value) for name, value in (*chosen.items(), ("sort", sort)) if (name, value) != ("sort", "relevance")]
    shown.meant = link(q=answer.meant) if answer.meant else ""
    shown.newer = link(page=answer.page - 1) if answer.page > 1 else ""
    shown.older = link(page=answer.page + 1) if answer.page < answer.pages else ""
    if not answer.hits:
        _help(shown, question, profile, link)
    return shown


def _page(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _linker(typed: str, chosen: dict[str, str], sort: str) -> Callable[..., str]:
    """Makes addresses of this search with something changed; None takes a choice away, and every change begins on the first page."""

    def link(**change: object) -> str:
        values: dict[str, object] = {"q": typed, **chosen, "sort": sort, **change}
        kept = {name: value for name, value in values.items() if value is not None and (name, value) not in (("sort", "relevance"), ("page", 1))}
        return "?" + urlencode(kept)

    return link


def _help(shown: SearchView, question: engine.Question, profile: SiteProfile, link: Callable[..., str]) -> None:
    """What to try when nothing was found: the other sites, fewer words, the columns of this site."""
    everywhere = engine.search(engine.Question(shown.typed, size=1))
    shown.elsewhere = everywhere.total if question.filters else 0
    shown.everywhere = "?" + urlencode({"q": shown.typed, "site": EVERY_SITE})
    words = [clause.text for clause in engine.clauses(shown.typed, folder.reader().analyzer)]
    shown.shorter = [(word, link(q=word)) for word in words] if len(words) > 1 else []
    shown.columns = [column for top in navigation(profile.site) for column in (top.children or [top])][:_COLUMNS_TO_TRY]


# --- names and addresses -----------------------------------------------------------------------------------------------------------------


def _roots() -> dict[int, SiteProfile]:
    return {profile.site_id: profile for profile in open_sites()}


def _href(hit: engine.Hit, here: int, roots: dict[int, SiteProfile]) -> str:
    """The address of a hit: with its host when it lies on another site."""
    site = hit.shown["site"]
    if site == here or site not in roots:
        return str(hit.shown["path"])
    return roots[site].site.root_url + str(hit.shown["path"])


def _results(answer: engine.Answer, profile: SiteProfile) -> list[Result]:
    roots = _roots()
    units = _unit_names({value for hit in answer.hits for value in hit.shown["facets"].get("unit", [])})
    columns = _own_columns(answer.hits, roots)
    made = []
    for hit in answer.hits:
        # A letter that was answered together with others may have no unit of its own.
        unit = next(iter(hit.shown["facets"].get("unit", [])), "")
        site = roots.get(hit.shown["site"])
        text = excerpt(hit.body or hit.summary, answer.words, EXCERPT)
        made.append(
            Result(
                title=marked(hit.title, answer.words),
                href=_href(hit, profile.site_id, roots),
                text=marked(text, answer.words),
                unit=units.get(unit, ""),
                column=columns.get(hit.shown["number"], "") or _KINDS.get(next(iter(hit.shown["facets"].get("kind", [])), ""), ""),
                site=site.name if site is not None and site.pk != profile.pk else "",
                number=hit.shown.get("document_number", ""),
                at=hit.at,
            )
        )
    return made


def _unit_names(keys: set[str]) -> dict[str, str]:
    rows = Organisation.objects.filter(pk__in=[int(key) for key in keys if key.isdigit()]).values_list("pk", "short_name")
    return {str(pk): name for pk, name in rows}


def _own_columns(hits: list[engine.Hit], roots: dict[int, SiteProfile]) -> dict[int, str]:
    """The title of the column in which each hit lies, found by its address."""
    titles: dict[int, str] = {}
    for hit in hits:
        site = roots.get(hit.shown["site"])
        level, found = (navigation(site.site) if site is not None else []), None
        while step := next((column for column in level if hit.shown["path"].startswith(column.href)), None):
            level, found = step.children, step
        if found is not None:
            titles[hit.shown["number"]] = found.title
    return titles


def _groups(answer: engine.Answer, filters: dict[str, str], link: Callable[..., str]) -> list[Group]:
    labels = _labels(answer)
    groups = []
    for name, label in FACETS.items():
        values = [(value, count) for value, count in answer.facets.get(name, []) if value in labels[name]]
        if name == "year":
            values.sort(reverse=True)
        chosen = filters.get(name)
        choices = [Choice(labels[name][value], count, link(**{name: value}), value == chosen) for value, count in values[:VALUES]]
        if len(choices) > 1 or any(choice.chosen for choice in choices):
            undo = (link(site=EVERY_SITE) if name == "site" else link(**{name: None})) if chosen else ""
            groups.append(Group(name, label, choices, undo, name in answer.estimated))
    return groups


def _labels(answer: engine.Answer) -> dict[str, dict[str, str]]:
    def keys(name: str) -> set[str]:
        return {value for value, _ in answer.facets.get(name, [])}

    columns = ColumnPage.objects.filter(pk__in=[int(key) for key in keys("column") if key.isdigit()], live=True).values_list("pk", "title")
    return {
        "site": {str(pk): profile.name for pk, profile in _roots().items()},
        "column": {str(pk): title for pk, title in columns},
        "kind": dict(ColumnPage.Kind.choices) | _KINDS,
        "unit": _unit_names(keys("unit")),
        "year": {year: f"{year} 年" for year in keys("year")},
    }
