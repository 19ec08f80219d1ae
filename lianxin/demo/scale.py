"""The demo city grown to its full size: up to 273 sites and a million articles, for measurements.

Rows are written as an import of published articles would leave them (page, revision, lists, reference, log), but many at a time. The
n-th article is the same whenever it is made: time runs backwards from the week before the city was founded, some 280 articles a day, so
that a city of 200,000 articles has two years of them and a city of 1,000,000 the same two and eight before. A run that was cut short, or
that asks for more, goes on where the last one ended.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone
from tqdm import tqdm
from wagtail.models import Page, PageLogEntry, ReferenceIndex, Revision

from lianxin.demo import build, catalogue, variation
from lianxin.demo.articles import SHANGHAI, DemoArticle
from lianxin.foundation import bulk
from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation, Post
from lianxin.publishing import actions
from lianxin.publishing.models import ArticlePage, ColumnPage, Listing, Placement, SiteProfile

SEED = 20061121
FEWEST_SITES, MOST_SITES = 4, 273
MOST_ARTICLES = 2_000_000
"""A column holds 36⁴ children at most; beyond this the largest would be near it."""
DEPARTMENTS = 77
CHUNK = 2_000
"""Articles in one transaction: what a run that is cut short has to do again."""
DRAFTS = 40
"""Drafts of each pattern for each month; an article takes one of them, or parts of several."""
FIRST_KEY = UUID("5ca1e000-0000-4000-8000-000000000000")
"""Translation key of the first article; the n-th has the n-th after it, which tells how far an earlier run came."""
DAY_OF_WEEK = tuple(day for day, articles in ((6, 40), (5, 40), (4, 380), (3, 380), (2, 380), (1, 380), (0, 380)) for _ in range(articles))
"""The day (Monday 0) of each article of a week, the newest first."""
FULL_COLUMN = "news/announcements"
"""The column that gets exactly ``FULL`` articles, one of each twenty, and then no more: the same at 200,000 and at 1,000,000."""
FULL, ONE_OF = 10_000, 20
CITY_SHARE = 0.3
TIER_WEIGHTS: dict[str, float] = {SiteProfile.Tier.COUNTY: 5.0, SiteProfile.Tier.DEPARTMENT: 2.0, SiteProfile.Tier.TOWNSHIP: 0.7}
PLACED, PICTURED, DIGEST, MIXED = 0.05, 0.03, 0.15, 0.3
"""Shares of articles: in a further column, with a lead picture, put together of several reports; and of blocks taken from a sibling."""
# Which of the city's columns the texts of a small site's column are like.
LIKE = {
    "news": ("news/departments", "news/counties", "news/events"),
    "open": ("open/",),
    "notices-board": ("news/announcements", "convenience/outages"),
    "convenience": ("convenience/",),
    "guide": ("convenience/",),
    "about": ("news/pictures", "convenience/countryside"),
}
PAGE = (
    *("id", "path", "depth", "numchild", "translation_key", "locale_id", "latest_revision_id", "live", "has_unpublished_changes"),
    *("first_published_at", "last_published_at", "live_revision_id", "expired", "locked", "title", "draft_title", "slug", "content_type_id"),
    *("url_path", "owner_id", "seo_title", "show_in_menus", "search_description", "latest_revision_created_at"),
)
ARTICLE = (
    *("page_ptr_id", "organisation_id", "review_kind", "source", "source_url", "author", "summary", "keywords", "document_number"),
    *("lead_picture_id", "lead_picture_alt", "pinned", "importance", "correction_note", "body", "published_at"),
)
REVISION = ("id", "content_type_id", "base_content_type_id", "object_id", "created_at", "user_id", "object_str", "content")
LOG = ("id", "content_type_id", "label", "action", "data", "timestamp", "user_id", "content_changed", "deleted", "page_id")
REFERENCE = (
    *("content_type_id", "base_content_type_id", "object_id", "to_content_type_id", "to_object_id"),
    *("model_path", "content_path", "content_path_hash"),
)
PLACEMENT = ("id", "sort_order", "article_id", "column_id", "pinned")
LISTING = (
    *("column_id", "article_id", "direct", "title", "href", "summary", "unit_id", "unit_name", "home_column_title", "picture", "picture_alt"),
    *("pinned", "importance", "published_at"),
)

Say = Callable[[str], None]


def grow(articles: int, sites: int, say: Say = print, port: int | None = None) -> int:
    """Bring the demo city to ``sites`` sites and ``articles`` made articles beside its own; return how many were made now.

    A city that has as many already stays as it is.

    Raises Refused when the database holds another city than the demo, or for more sites than the city has units for.
    """
    if not FEWEST_SITES <= sites <= MOST_SITES:
        raise Refused(f"站点数应在 {FEWEST_SITES} 到 {MOST_SITES} 之间：1 个市、13 个县区、{DEPARTMENTS} 个部门、182 个乡镇街道。")
    if not 0 <= articles <= MOST_ARTICLES:
        raise Refused(f"稿件数应在 0 到 {MOST_ARTICLES} 之间。")
    if not build.accounts_file().exists():
        raise Refused("这里不是演示城市，不能加入生成的稿件。请换一个 LIANXIN_HOME。")
    open_sites(sites, port or settings.PORT, say)
    already = _made_already()
    if already >= articles:
        say(f"已经有 {already} 篇生成的稿件。")
        return 0
    with bulk.hurried():
        press = Press()
        with tqdm(total=articles, initial=already, unit="篇", desc="生成稿件", mininterval=1) as bar:
            for start in range(already, articles, CHUNK):
                numbers = range(start, min(start + CHUNK, articles))
                press.print(numbers)
                bar.update(len(numbers))
        bulk.settle(Page, Revision, PageLogEntry, ReferenceIndex, Listing, Placement)
    return articles - already


def _made_already() -> int:
    keys = Page.objects.filter(translation_key__gte=FIRST_KEY, translation_key__lt=UUID(int=FIRST_KEY.int + 10**9))
    last = keys.order_by("-translation_key").values_list("translation_key", flat=True).first()
    return 0 if last is None else last.int - FIRST_KEY.int + 1


# --- sites -----------------------------------------------------------------------------------------------------------------------


def open_sites(number: int, port: int, say: Say = print) -> None:
    """Open sites until there are ``number``: counties first, then departments, then townships below their counties' sites."""
    missing = number - SiteProfile.objects.count()
    if missing <= 0:
        return
    say(f"正在开设 {missing} 个站点……")
    having = set(SiteProfile.objects.values_list("organisation__slug", flat=True))
    plans = [plan for plan in _plans() if plan[0] not in having][:missing]
    for slug, tier, theme in tqdm(plans, unit="个", desc="开设站点", mininterval=1):
        _open_site(Organisation.objects.get(slug=slug), tier, theme, port)


def _plans() -> Iterator[tuple[str, str, str]]:
    tier, theme = SiteProfile.Tier, SiteProfile.Theme
    rows = catalogue.organisations()
    departments = sorted(
        (row for row in rows if row.kind in catalogue.DEPARTMENT_KINDS | {"institution", "party"}),
        key=lambda row: (row.kind not in catalogue.DEPARTMENT_KINDS, row.kind != "institution"),
    )
    yield from ((row.slug, tier.COUNTY, theme.PINE) for row in rows if row.kind == "county")
    yield from ((row.slug, tier.DEPARTMENT, theme.RIVER) for row in departments[:DEPARTMENTS])
    yield from ((row.slug, tier.TOWNSHIP, theme.DUSK) for row in rows if row.kind == "township")


@transaction.atomic
def _open_site(unit: Organisation, tier: str, theme: str, port: int) -> None:
    city = SiteProfile.objects.get(tier=SiteProfile.Tier.CITY)
    above = SiteProfile.objects.filter(organisation=unit.get_parent()).first() if tier == SiteProfile.Tier.TOWNSHIP else None
    build.small_site(unit, tier, theme, unit.slug, above or city, SiteProfile.objects.count() + 1, port)
    if not Post.objects.filter(organisation=unit, role=Post.Role.EDITOR).exists():
        editor = User(username=f"{unit.slug}-editor", name=f"{unit.short_name}信息员"[:30], email=f"{unit.slug}@hean.example", is_staff=True)
        editor.set_unusable_password()
        editor.save()
        Post.objects.create(user=editor, organisation=unit, role=Post.Role.EDITOR, title="信息员", starts_on=build.SINCE)
        actions.sync_user(editor)


# --- texts -----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Draft:
    """One text by the demo's grammar."""

    group: tuple[str, int]
    """Pattern and scenario: texts of one group are about the same kind of thing and may lend each other blocks."""
    article: DemoArticle
    blocks: tuple[dict[str, Any], ...]


class Texts:
    """The drafts of one month."""

    def __init__(self, writer: variation.Writer, year: int, month: int) -> None:
        self.by_column: dict[str, list[Draft]] = defaultdict(list)
        self.by_group: dict[tuple[str, int], list[Draft]] = defaultdict(list)
        writer.rng.seed(f"{SEED}-{year}-{month}")
        for pattern in variation.patterns():
            for draft in self._drafts(writer, pattern, date(year, month, 1)):
                self.by_column[pattern.column].append(draft)
                self.by_group[draft.group].append(draft)
        self._fitting: dict[str, list[Draft]] = {}

    @staticmethod
    def _drafts(writer: variation.Writer, pattern: variation.Pattern, first: date) -> Iterator[Draft]:
        fitting = [index for index, scenario in enumerate(pattern.scenarios) if first.month in scenario.get("months", range(1, 13))]
        for _ in range(DRAFTS if fitting else 0):
            index = writer.rng.choice(fitting)
            day = first + timedelta(days=writer.rng.randrange(28))
            article = writer.draft(variation.Slot(pattern, day), pattern.scenarios[index])
            yield Draft((pattern.key, index), article, tuple(build.stream(article.body)))

    def fitting(self, likes: tuple[str, ...]) -> list[Draft]:
        """The drafts for a column: of the columns it is like, or of all where the season has none."""
        key = "|".join(likes)
        if key not in self._fitting:
            found = [draft for column, drafts in self.by_column.items() if column.startswith(likes) for draft in drafts]
            self._fitting[key] = found or self.by_column["news/departments"]
        return self._fitting[key]


@dataclass
class Text:
    """What an article says, in the name of its unit."""

    unit: str
    """Short name of the unit that says it."""
    title: str
    summary: str
    keywords: str
    author: str
    source: str
    document_number: str
    body: str
    """The stream field as JSON."""


def compose(rng: random.Random, texts: Texts, drafts: Sequence[Draft], unit: str | None) -> Text:
    """One article: a draft, some of its blocks from its siblings, sometimes further reports behind it; ``unit`` takes the draft's place."""
    chosen = rng.choice(drafts)
    siblings = texts.by_group[chosen.group]
    blocks = [_lent(rng, block, place, siblings) for place, block in enumerate(chosen.blocks)]
    if rng.random() < DIGEST:
        for other in rng.sample(drafts, min(len(drafts), rng.randint(1, 5))):
            blocks += [{"type": "heading", "value": {"level": "2", "text": other.article.title[:80]}}, *other.blocks]
    body = json.dumps([{**block, "id": _identifier(rng)} for block in blocks], ensure_ascii=False)
    article = chosen.article
    own = unit or article.unit

    def named(text: str) -> str:
        return text.replace(article.unit, own) if own != article.unit else text

    return Text(
        own,
        named(article.title)[:200],
        named(article.summary)[:300],
        " ".join(article.keywords)[:120],
        article.author,
        "" if article.source == article.unit else article.source,
        article.document_number if own == article.unit else "",
        named(body),
    )


def _lent(rng: random.Random, block: dict[str, Any], place: int, siblings: Sequence[Draft]) -> dict[str, Any]:
    if rng.random() > MIXED:
        return block
    other = rng.choice(siblings).blocks
    return other[place] if place < len(other) and other[place]["type"] == block["type"] else block


def _identifier(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


# --- columns ---------------------------------------------------------------------------------------------------------------------


@dataclass
class Place:
    """A column that articles are put into."""

    pk: int
    title: str
    path: str
    url_path: str
    root_url_path: str
    likes: tuple[str, ...]
    unit: tuple[int, str] | None
    """Key and short name of the unit whose site it is; None on the city's site, where each text names its own."""
    above: tuple[int, ...]
    """The columns above and the home page."""
    weight: float
    siblings: list[Place] = field(default_factory=list)
    """Other columns of its site."""
    children: int = 0

    def next_path(self) -> str:
        """The path of one more child."""
        self.children += 1
        return Page._get_path(self.path, len(self.path) // Page.steplen + 1, self.children)


def places() -> list[Place]:
    """All columns without sub-columns, in the order of the tree, with their weights by site and cadence."""
    found: list[Place] = []
    for profile in SiteProfile.objects.filter(closed_at=None).select_related("site__root_page", "organisation").order_by("pk"):
        found += _places_of(profile)
    return found


def _places_of(profile: SiteProfile) -> list[Place]:
    root = profile.site.root_page
    columns = list(ColumnPage.objects.filter(path__startswith=root.path).order_by("path"))
    keys = {root.path: root.pk} | {column.path: column.pk for column in columns}
    city = profile.tier == SiteProfile.Tier.CITY
    steps = Page.steplen
    leaves = [column for column in columns if not any(other.path[:-steps] == column.path for other in columns)]
    share = {column.pk: 1 / (column.cadence_days or 60) for column in leaves}
    # Fixed by the site's name, so that one site has many articles and its neighbour few.
    weight = CITY_SHARE if city else TIER_WEIGHTS[profile.tier] * random.Random(profile.site.hostname).uniform(0.4, 1.6)
    made = []
    for column in leaves:
        key = column.url_path.removeprefix(root.url_path).strip("/")
        likes = _likes(key) if city else LIKE[column.slug]
        above = tuple(keys[column.path[:end]] for end in range(steps * 2, len(column.path), steps))
        unit = None if city else (profile.organisation_id, profile.organisation.short_name)
        last = column.get_last_child()
        made.append(
            Place(
                *(column.pk, column.title, column.path, column.url_path, root.url_path, likes, unit, above),
                weight=weight * share[column.pk] / sum(share.values()),
                children=Page._str2int(last.path[-steps:]) if last else 0,
            )
        )
    for place in made:
        place.siblings = [other for other in made if other is not place]
    return made


def _likes(key: str) -> tuple[str, ...]:
    """A column of the city is like itself; where no pattern is for it, like the others of its channel, or like the departments' news."""
    own = {pattern.column for pattern in variation.patterns()}
    channel = f"{key.partition('/')[0]}/"
    return (key,) if key in own else (channel,) if any(column.startswith(channel) for column in own) else ("news/departments",)


# --- printing --------------------------------------------------------------------------------------------------------------------


class Press:
    """Makes the articles of a range of numbers and writes their rows."""

    def __init__(self) -> None:
        self.places = places()
        self.full = next(place for place in self.places if place.likes == (FULL_COLUMN,) and place.unit is None)
        self.founded = timezone.localdate(User.objects.get(username="admin").date_joined)
        self.units = dict(Organisation.objects.values_list("short_name", "pk"))
        self.writer = variation.Writer(catalogue.organisations(), datetime.combine(self.founded, time(23), SHANGHAI), random.Random())
        self.owner = User.objects.get(username="editor").pk
        others = [place for place in self.places if place is not self.full]
        small = sum(place.weight for place in others if place.unit)
        self.others = others
        # The city's share is a share of the whole; the small sites have the rest.
        self.weights = list(accumulate(place.weight * ((1 - CITY_SHARE) / small if place.unit and small else 1) for place in others))
        self.pictures = self._pictures()
        self._month: tuple[int, int] = (0, 0)

    def _pictures(self) -> list[tuple[int, str, str]]:
        """Key, address in lists and words of each picture that some article of the demo leads with."""
        rows = (
            Listing.objects.exclude(picture="").values_list("article__lead_picture_id", "picture", "picture_alt").order_by("article__lead_picture_id")
        )
        return list(dict.fromkeys(rows))

    def _texts(self, day: date) -> Texts:
        if self._month != (day.year, day.month):
            self._month, self._kept = (day.year, day.month), Texts(self.writer, day.year, day.month)
        return self._kept

    def _moment(self, number: int, rng: random.Random) -> datetime:
        week, place = divmod(number, len(DAY_OF_WEEK))
        monday = self.founded - timedelta(days=self.founded.weekday() + 7 * (week + 1))
        day = monday + timedelta(days=DAY_OF_WEEK[place])
        return datetime.combine(day, time(8, 30), SHANGHAI) + timedelta(seconds=rng.randrange(9 * 3600))

    @transaction.atomic
    def print(self, numbers: range) -> None:
        """Write the articles with these numbers."""
        rng = random.Random(f"{SEED}:{numbers.start}")
        sheet = Sheet(self.owner)
        chosen = rng.choices(self.others, cum_weights=self.weights, k=len(numbers))
        for number, place in zip(numbers, chosen, strict=True):
            if number % ONE_OF == 0 and number < FULL * ONE_OF:
                place = self.full
            moment = self._moment(number, rng)
            texts = self._texts(moment.date())
            drafts = texts.fitting(place.likes)
            text = compose(rng, texts, drafts, place.unit[1] if place.unit else None)
            unit = place.unit or (self.units[text.unit], text.unit)
            picture = rng.choice(self.pictures) if self.pictures and rng.random() < PICTURED else None
            also = rng.choice(place.siblings) if place.siblings and rng.random() < PLACED else None
            sheet.add(number, place, unit, moment, text, picture, also, rng)
        sheet.write()


class Sheet:
    """The rows of one transaction, in the order in which they can be written."""

    def __init__(self, owner: int) -> None:
        self.owner = owner
        self.now = timezone.now()
        # One by one: of several asked for at once, those that are known already come first.
        models = (Page, ArticlePage, Organisation, ArticlePage._meta.get_field("lead_picture").related_model)
        self.page_type, self.article_type, self.unit_type, self.picture_type = (ContentType.objects.get_for_model(model).pk for model in models)
        self.locale = Page.get_first_root_node().locale_id
        self.first = {model: bulk.next_key(model) for model in (Page, Revision, PageLogEntry, Placement)}
        self.rows: dict[Any, list[tuple[Any, ...]]] = {
            model: [] for model in (Page, Revision, ArticlePage, PageLogEntry, ReferenceIndex, Placement, Listing)
        }
        self.children: dict[int, int] = {}

    def _next(self, model: Any) -> int:
        return self.first[model] + len(self.rows[model])

    def add(
        self,
        number: int,
        place: Place,
        unit: tuple[int, str],
        moment: datetime,
        text: Text,
        picture: tuple[int, str, str] | None,
        also: Place | None,
        rng: random.Random,
    ) -> None:
        """All rows of one article."""
        pk, revision = self._next(Page), self._next(Revision)
        slug = f"{moment:%Y%m%d}-{number % 10**6:06d}"
        page = {
            **dict.fromkeys(("expired", "locked", "has_unpublished_changes", "show_in_menus"), False),
            **dict.fromkeys(("first_published_at", "last_published_at"), moment),
            **dict.fromkeys(("title", "draft_title"), text.title),
            **dict.fromkeys(("latest_revision_id", "live_revision_id"), revision),
            **dict.fromkeys(("seo_title", "search_description"), ""),
            **{"id": pk, "path": place.next_path(), "depth": len(place.path) // Page.steplen + 1, "numchild": 0, "live": True},
            **{"translation_key": UUID(int=FIRST_KEY.int + number), "locale_id": self.locale, "content_type_id": self.article_type},
            **{"slug": slug, "url_path": f"{place.url_path}{slug}/", "owner_id": self.owner, "latest_revision_created_at": self.now},
        }
        article = {
            **{"page_ptr_id": pk, "organisation_id": unit[0], "review_kind": "standard", "source": text.source, "source_url": ""},
            **{"author": text.author, "summary": text.summary, "keywords": text.keywords, "document_number": text.document_number},
            **{"lead_picture_id": picture[0] if picture else None, "lead_picture_alt": picture[2] if picture else "", "pinned": False},
            **{"importance": 1 if rng.random() < 0.02 else 0, "correction_note": "", "body": text.body, "published_at": moment},
        }
        placement = self._next(Placement)
        self.rows[Page].append(tuple(page[name] for name in PAGE))
        self.rows[ArticlePage].append(tuple(article[name] for name in ARTICLE))
        content = _content(page, article, [(placement, also.pk)] if also else [])
        types = (self.article_type, self.page_type)
        self.rows[Revision].append((revision, *types, str(pk), self.now, self.owner, text.title, json.dumps(content, ensure_ascii=False)))
        log = (self._next(PageLogEntry), self.article_type, text.title, "wagtail.create", "{}", self.now, self.owner, True, False, pk)
        self.rows[PageLogEntry].append(log)
        self._refer(pk, "organisation", "organisation", self.unit_type, unit[0])
        if picture:
            self._refer(pk, "lead_picture", "lead_picture", self.picture_type, picture[0])
        if also:
            self.rows[Placement].append((placement, 0, pk, also.pk, False))
            self._refer(pk, "placements.item.column", f"placements.{placement}.column", self.page_type, also.pk)
        self._list(page, article, place, unit, picture, also)
        self.children[place.pk] = self.children.get(place.pk, 0) + 1

    def _refer(self, pk: int, model_path: str, content_path: str, to_type: int, to: int) -> None:
        hashed = ReferenceIndex._get_content_path_hash(content_path)
        self.rows[ReferenceIndex].append((self.article_type, self.page_type, str(pk), to_type, str(to), model_path, content_path, hashed))

    def _list(
        self,
        page: dict[str, Any],
        article: dict[str, Any],
        place: Place,
        unit: tuple[int, str],
        picture: tuple[int, str, str] | None,
        also: Place | None,
    ) -> None:
        """What ``publishing.actions.lists.rows`` says of the article (a test compares)."""
        direct = {place.pk} | ({also.pk} if also else set())
        href = "/" + page["url_path"].removeprefix(place.root_url_path)
        common = (
            *(page["title"], href, article["summary"], *unit, place.title, picture[1] if picture else "", article["lead_picture_alt"]),
            *(False, article["importance"], article["published_at"]),
        )
        for column in direct | set(place.above) | (set(also.above) if also else set()):
            self.rows[Listing].append((column, page["id"], column in direct, *common))

    def write(self) -> None:
        """Insert everything; the tree's columns learn how many children they have now."""
        names = {Page: PAGE, Revision: REVISION, ArticlePage: ARTICLE, PageLogEntry: LOG, ReferenceIndex: REFERENCE, Placement: PLACEMENT}
        for model, rows in self.rows.items():
            bulk.insert(model, names.get(model, LISTING), rows)
        for pk, more in self.children.items():
            Page.objects.filter(pk=pk).update(numchild=models.F("numchild") + more)


def _content(page: dict[str, Any], article: dict[str, Any], placements: list[tuple[int, int]]) -> dict[str, Any]:
    """The article as its revision holds it: Wagtail's serialised form, taken before the revision had its own key."""
    moment = article["published_at"].astimezone(UTC).isoformat().replace("+00:00", "Z")
    own = {name.removesuffix("_id"): value for name, value in (page | article).items() if name not in ("id", "page_ptr_id", "published_at")}
    return own | {
        **dict.fromkeys(("go_live_at", "expire_at", "locked_at", "locked_by", "alias_of", "latest_revision", "live_revision")),
        **dict.fromkeys(("first_published_at", "last_published_at", "latest_revision_created_at", "published_at"), moment),
        **{"pk": page["id"], "translation_key": str(page["translation_key"]), "wagtail_admin_comments": []},
        "placements": [{"pk": None, "sort_order": 0, "article": page["id"], "column": column, "pinned": False} for _, column in placements],
    }
