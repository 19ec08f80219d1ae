"""What everybody reads: public letters, boards, the feed. Kept by the page store, except what was searched for."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_safe

from lianxin.casework.models import Attachment
from lianxin.foundation.pagestore import keeps, tag
from lianxin.foundation.search import folder
from lianxin.letters import channels, queries
from lianxin.letters.following_views import send_file
from lianxin.organisations.models import Organisation
from lianxin.publishing.queries import navigation_tag, site_profile

ENTRIES = 30
_LONGEST_QUESTION = 100
_FILTERS = ("kind", "unit", "category", "state")


@require_safe
@keeps("kind", "unit", "category", "state", "after")
def letters(request: HttpRequest) -> HttpResponse:
    """The list, narrowed down by kind, unit, category and state, or by words."""
    given = {name: request.GET.get(name, "")[:60] for name in _FILTERS}
    filters = queries.chosen(given)
    words = " ".join(request.GET.get("q", "").split())[:_LONGEST_QUESTION]
    shown: dict[str, Any] = {"is_down": False, "older": ""}
    if words:
        try:
            found = queries.search_letters(words, filters)
            shown |= {"rows": found.rows, "found": found}
        except folder.NotBuilt:
            shown |= {"rows": [], "is_down": True}
    else:
        page = queries.letters(filters, request.GET.get("after", "")[:60])
        kept = {name: value for name, value in given.items() if value}
        shown |= {"rows": page.rows, "older": "?" + urlencode({**kept, "after": page.older}) if page.older else ""}
    choices = {
        "names": queries.kind_names(channels.read_here()),
        "states": queries.STATES,
        "units": list(queries.boards()),
        "categories": queries.top_categories(),
    }
    return render(request, "letters/letters.html", {**shown, **choices, "words": words, "filters": filters, "first": not request.GET.get("after")})


@require_safe
@keeps()
def letter(request: HttpRequest, number: str) -> HttpResponse:
    """One letter: question and answer, as the public may see them."""
    found = queries.letter(number)
    if found is None:
        raise Http404
    shown, case = found
    names = queries.category_names([shown.category])
    return render(request, "letters/letter.html", {"letter": shown, "category": names.get(shown.category, ""), "leader": case.addressed_to})


@require_safe
def letter_file(request: HttpRequest, number: str, seq: int) -> HttpResponse:
    """A file that was made public with its letter, under a name that says nothing of its sender."""
    found = queries.letter(number)
    row: Attachment | None = next((one for one in found[0].attachments if one.seq == seq), None) if found is not None else None
    if row is None:
        raise Http404
    return send_file(row, f"{number}-{seq}.{str(row.file.name).rpartition('.')[2]}")


@require_safe
@keeps()
def boards(request: HttpRequest) -> HttpResponse:
    """All boards, each with its record."""
    groups: dict[str, list[queries.BoardRow]] = {}
    for row in queries.board_rows():
        groups.setdefault(Organisation.Kind(row.unit.kind).label, []).append(row)
    return render(request, "letters/boards.html", {"groups": list(groups.items()), "yesterday": _yesterday()})


@require_safe
@keeps("after")
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """A unit's board: its record, its public letters, the way to write."""
    unit = queries.boards().filter(slug=slug).first()
    if unit is None:
        raise Http404
    page = queries.letters(queries.Filters(unit=unit), request.GET.get("after", "")[:60])
    limit = queries.limit_words("board")
    words = {"unit": unit, "record": queries.record_of(unit), "rows": page.rows, "older": f"?after={page.older}" if page.older else ""}
    return render(request, "letters/board.html", {**words, "limit": limit, "yesterday": _yesterday(), "first": not request.GET.get("after")})


@require_safe
@keeps()
def feed(request: HttpRequest) -> HttpResponse:
    """The letters made public last, for readers of feeds."""
    profile = site_profile(request)
    # The site comes with its root page.
    tag(navigation_tag(profile.site.root_page.path))
    made = Atom1Feed(
        title=f"来信答复 - {profile.name}",
        link=request.build_absolute_uri("/letters/"),
        description="公开的来信和答复",
        language="zh-Hans",
        feed_url=request.build_absolute_uri(),
        author_name=profile.organiser,
    )
    for row in queries.letters(queries.Filters(), count=ENTRIES).rows:
        address = request.build_absolute_uri(row.href)
        made.add_item(
            title=row.subject,
            link=address,
            description=row.reply,
            unique_id=address,
            author_name=row.unit,
            pubdate=row.public_at,
            updateddate=row.replied_at or row.public_at,
        )
    return HttpResponse(made.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


@require_safe
@keeps()
def sitemap(request: HttpRequest) -> HttpResponse:
    """``/letters/sitemap.xml``: public letters for search engines."""
    root = request.build_absolute_uri("/")[:-1]
    rows = queries.sitemap_rows(20_000)
    entries = [(f"{root}/letters/{number}/", f"{timezone.localtime(at):%Y-%m-%d}") for number, at in rows]
    return render(request, "portal/sitemap.xml", {"entries": entries}, content_type="application/xml; charset=utf-8")


def _yesterday() -> date:
    return timezone.localdate() - timedelta(days=1)
