"""The home page of any site, composed from the columns that the site has; a block without articles is left out."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.http import HttpRequest

from lianxin.casework.queries import PublicHeading
from lianxin.figures import queries as figures
from lianxin.letters import queries as letters
from lianxin.organisations.models import Leader, Organisation
from lianxin.portal import queries
from lianxin.publishing import cachebox
from lianxin.publishing.models import HomePage, SiteProfile
from lianxin.publishing.queries import NavColumn, Row, navigation, newest, recommended, site_profile

TABS = ("news/headlines", "news/state-council", "news/departments", "news/counties")
NOTICES = ("convenience/outages", "convenience/traffic", "convenience/environment")
KEYS = ("open/guide", "open/system", "open/annual-reports", "open/work-reports")
# Where the city's blocks stand and how many rows each shows; the place names are those of the template.
BLOCKS: dict[str, tuple[tuple[str, ...], int]] = {
    "announcements": (("news/announcements",), 7),
    "documents": (("open/documents", "open/normative", "open/measures"), 6),
    "interpretation": (("open/interpretation",), 6),
    "personnel": (("open/personnel", "party/candidates"), 6),
    "party": (("party/affairs", "party"), 5),
    "discipline": (("party/discipline",), 3),
    "listening": (("talk/listening", "talk"), 5),
    "solicitations": (("talk/solicitations",), 4),
    "letters": (("talk/selected-letters",), 4),
    "investment": (("investment/projects", "investment"), 5),
    "incentives": (("investment/incentives",), 4),
    "counties": (("news/counties",), 6),
    "livelihood": (("open/livelihood",), 5),
    "indicators": (("open/indicators",), 4),
    "tourism": (("about/tourism", "about"), 4),
    "pictures": (("news/pictures", "about/new-look"), 8),
}
# The three doors: (title, top column, words shown below it).
DOORS = (("政务公开", "open"), ("便民服务", "convenience"), ("互动交流", "talk"))
SERVICES = "convenience"
ROWS_IN_A_TAB = 8
ROWS_IN_A_SIMPLE_BLOCK = 6
ROWS_OF_NOTICES = 4
SIMPLE_BLOCKS = 8
PICTURES = 4
LETTERS = 5
HEADLINE = 2
ENOUGH_FOR_A_BAND = 6


@dataclass(frozen=True)
class Block:
    """A column and its newest articles."""

    column: NavColumn
    items: list[Row]


@dataclass
class Home:
    """Everything that a home page shows."""

    headline: Row | None = None
    also: list[Row] = field(default_factory=list)
    tabs: list[Block] = field(default_factory=list)
    doors: list[NavColumn] = field(default_factory=list)
    notices: list[tuple[NavColumn, Row]] = field(default_factory=list)
    notices_column: NavColumn | None = None
    blocks: dict[str, Block] = field(default_factory=dict)
    disclosure: NavColumn | None = None
    keys: list[NavColumn] = field(default_factory=list)
    services: list[Block] = field(default_factory=list)
    services_column: NavColumn | None = None
    simple: list[Block] = field(default_factory=list)
    pictures: list[Row] = field(default_factory=list)
    leaders: list[Leader] = field(default_factory=list)
    counties: list[Organisation] = field(default_factory=list)
    takes_letters: bool = False
    answered: list[PublicHeading] = field(default_factory=list)
    """The letters whose answers were made public last, on the city's own site."""
    record: figures.Short | None = None
    """How cases were answered in the last ninety days, there too."""

    @property
    def shows_disclosure(self) -> bool:
        """Whether there is enough under 政务公开 for a band of its own; a township's few columns stand in the blocks."""
        return self.disclosure is not None and len(self.disclosure.children) >= ENOUGH_FOR_A_BAND


def context(request: HttpRequest, page: HomePage) -> Home:
    """What the home page ``page`` shows on the site of ``request``: five queries at most, whatever the number of blocks."""
    profile = site_profile(request)
    columns = navigation(profile.site)
    by_path = dict(_paths(columns))
    plan = _Plan(by_path, profile.tier == SiteProfile.Tier.CITY)
    rows = newest(plan.limits)
    home = plan.fill(rows)
    home.headline, home.also = _headline(page, home.tabs)
    if home.headline is not None:
        home.tabs = [_without(block, home.headline) for block in home.tabs]
    home.leaders = queries.leaders(profile)
    home.counties = queries.counties(profile)
    home.takes_letters = profile.tier == SiteProfile.Tier.CITY
    home.answered = letters.newest(LETTERS) if home.takes_letters else []
    home.record = cachebox.remember("brief", figures.brief) if home.takes_letters else None
    return home


def _paths(columns: list[NavColumn], prefix: str = "") -> Iterator[tuple[str, NavColumn]]:
    for column in columns:
        path = f"{prefix}{column.slug}"
        yield path, column
        yield from _paths(column.children, f"{path}/")


class _Plan:
    """Decides once which column stands where and how many rows it needs, so that one query can bring them all."""

    def __init__(self, by_path: dict[str, NavColumn], is_city: bool) -> None:
        self.by_path = by_path
        self.limits: dict[int, int] = {}
        leaves = {path: column for path, column in by_path.items() if not column.children}
        self.tabs = self._wanted([by_path[path] for path in TABS if path in by_path] or _of_kind(leaves, "news")[:4], ROWS_IN_A_TAB + 1)
        self.notices = self._wanted([by_path[path] for path in NOTICES if path in by_path], 3)
        self.blocks = {name: column for name, (paths, _) in BLOCKS.items() if (column := self._first(paths))}
        if "announcements" not in self.blocks and (found := _of_kind(leaves, "notices")):
            self.blocks["announcements"] = found[0]
        for name, column in self.blocks.items():
            self._wanted([column], BLOCKS[name][1])
        services = by_path.get(SERVICES)
        self.services = self._wanted(services.children if services else [], 1)
        placed = set(self.limits)
        others = [] if is_city else [column for column in leaves.values() if column.id not in placed]
        self.simple = self._wanted(others[:SIMPLE_BLOCKS], ROWS_IN_A_SIMPLE_BLOCK)

    def _first(self, paths: tuple[str, ...]) -> NavColumn | None:
        return next((self.by_path[path] for path in paths if path in self.by_path), None)

    def _wanted(self, columns: list[NavColumn], rows: int) -> list[NavColumn]:
        for column in columns:
            self.limits[column.id] = max(rows, self.limits.get(column.id, 0))
        return columns

    def fill(self, rows: dict[int, list[Row]]) -> Home:
        """The home page with the rows that were found."""
        home = Home()
        home.tabs = [Block(column, rows[column.id]) for column in self.tabs if rows[column.id]]
        home.notices = _mixed([(column, row) for column in self.notices for row in rows[column.id]])
        home.notices_column = self.by_path.get(SERVICES)
        home.blocks = {name: Block(column, rows[column.id][: BLOCKS[name][1]]) for name, column in self.blocks.items() if rows[column.id]}
        home.doors = [self.by_path[path] for _, path in DOORS if path in self.by_path]
        home.disclosure = self.by_path.get("open")
        home.keys = [self.by_path[path] for path in KEYS if path in self.by_path]
        home.services = [Block(column, rows[column.id][:1]) for column in self.services if rows[column.id]]
        home.services_column = self.by_path.get(SERVICES)
        home.simple = [Block(column, rows[column.id]) for column in self.simple if rows[column.id]]
        shown = home.blocks.get("pictures")
        tourism = home.blocks.get("tourism")
        with_picture = [row for block in (shown, tourism) if block for row in block.items if row.picture]
        home.pictures = with_picture[:PICTURES]
        return home


def _mixed(found: list[tuple[NavColumn, Row]]) -> list[tuple[NavColumn, Row]]:
    """The newest of each kind, then the newest of all: environment reports come daily and would hide the power cuts."""
    by_age = sorted(found, key=lambda pair: pair[1].published_at, reverse=True)
    first: dict[int, tuple[NavColumn, Row]] = {}
    for pair in by_age:
        first.setdefault(pair[0].id, pair)
    rest = [pair for pair in by_age if pair not in first.values()]
    shown = [*first.values(), *rest][:ROWS_OF_NOTICES]
    return sorted(shown, key=lambda pair: pair[1].published_at, reverse=True)


def _of_kind(leaves: dict[str, NavColumn], kind: str) -> list[NavColumn]:
    return [column for column in leaves.values() if column.kind == kind]


def _headline(page: HomePage, tabs: list[Block]) -> tuple[Row | None, list[Row]]:
    """The newest article recommended as headline, else the newest of the first tab; and three more fit for the home page."""
    chosen = recommended(page.pk, 8)
    headline: Row | None = next((row for row in chosen if row.importance >= HEADLINE), None)
    if headline is None:
        headline = tabs[0].items[0] if tabs else None
    if headline is None:
        return None, []
    return headline, [row for row in chosen if row.article_id != headline.article_id][:3]


def _without(block: Block, headline: Row) -> Block:
    return Block(block.column, [row for row in block.items if row.article_id != headline.article_id][:ROWS_IN_A_TAB])
