"""Questions and answers. Queries are built from terms and phrases; what people type is never parsed as a query language."""

import itertools
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from django.utils import timezone

from lianxin.foundation.search import folder
from lianxin.foundation.search.analysis import Analyzer, finest, normal
from lianxin.foundation.search.sources import FACETS
from lianxin.foundation.search.vocabulary import Vocabulary
from lianxin.foundation.search.writing import LOTS

if TYPE_CHECKING:
    import tantivy

# Of what is typed so much is read; the rest tells nothing more and would only cost time.
LONGEST_QUESTION = 100
MOST_CLAUSES = 12
PAGE_SIZE = 15
# Nobody reads further, and every page costs the pages before it.
LAST_PAGE = 50
_VALUES_PER_FACET = 30
_BOOSTS = {"title": 3.0, "body": 1.0, "also": 1.5}
# Titles in which all words stand side by side, before those in which they are scattered.
_SIDE_BY_SIDE = 2.0
# A compound that so many documents hold is asked for as such: to compare the places of its parts would cost milliseconds and find
# hardly more.
_COMMON = 2000
# With fewer hits for all words together, those with most of the words are added below.
_FEW = 10
_ALL_WORDS = 50.0
_WHOLE_WORD = 2.0
# With more hits than the first, the values of facets are estimated from about as many as the second: to count them all takes longer than
# to find them.
_COUNTED, _SAMPLE = 10_000, 1_500
# So many readings of pinyin are tried.
_MOST_READINGS = 12
# Letters that spell nothing may be initials (gjj), or the beginning of a spelling (gongjij); so many words are tried.
_INITIALS = 3
_QUOTED = re.compile(r"“([^”]+)”|\"([^\"]+)\"|「([^」]+)」|『([^』]+)』")
_LATIN_RUN = re.compile(r"[a-z]+(?:['\s]+[a-z]+)*")

Sort = Literal["relevance", "date"]


@dataclass(frozen=True)
class Question:
    """What a reader asks. ``filters`` narrow down: facet → value; facets that do not exist narrow nothing."""

    text: str
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: Sort = "relevance"
    page: int = 1
    size: int = PAGE_SIZE


@dataclass(frozen=True)
class Hit:
    """One document found, with the data that its source gave."""

    title: str
    summary: str
    body: str
    at: datetime
    shown: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What was found."""

    total: int
    hits: list[Hit]
    facets: dict[str, list[tuple[str, int]]]
    words: list[str]
    """What to mark in the texts."""
    page: int = 1
    pages: int = 1
    estimated: frozenset[str] = frozenset()
    """Facets whose numbers are estimates; the total never is one."""
    is_relaxed: bool = False
    """Not every document has all words."""
    read_as: str = ""
    """What was searched for instead, when what was typed found nothing: pinyin read, a slip mended."""
    meant: str = ""
    """What may have been meant, to be offered: it finds far more."""


@dataclass(frozen=True)
class Clause:
    """A word or phrase that is asked for."""

    text: str
    parts: tuple[str, ...]
    is_quoted: bool = False


def clauses(text: str, analyzer: Analyzer) -> list[Clause]:
    """The words and quoted phrases of what was typed; empty when there is nothing to look for. Every input is accepted."""
    text = normal(text[: LONGEST_QUESTION * 4])[:LONGEST_QUESTION]
    found: list[Clause] = []
    for match in _QUOTED.finditer(text):
        phrase = next(part for part in match.groups() if part is not None)
        found.append(Clause(phrase.strip(), tuple(analyzer.terms(phrase).fine), is_quoted=True))
    for word in analyzer.segment(_QUOTED.sub(" ", text)):
        found.append(Clause(word, finest(word)))
    return list({clause.parts: clause for clause in found if clause.parts}.values())[:MOST_CLAUSES]


def search(question: Question) -> Answer:
    """Answer a question. Raises folder.NotBuilt while there is no index."""
    opened = folder.reader()
    finder = Finder(opened)
    asked = clauses(question.text, opened.analyzer)
    if not asked:
        return Answer(0, [], {}, [])
    found = finder.look(finder.all_of(asked), question)
    read_as = meant = ""
    if found.total < _FEW:
        other, more = finder.otherwise(question)
        if found.total == 0 and more:
            read_as, asked = other, clauses(other, opened.analyzer)
            found = finder.look(finder.all_of(asked), question)
        elif more > 10 * found.total:
            meant = other
    return finder.answer(question, asked, found, read_as=read_as, meant=meant)


@dataclass(frozen=True)
class _Found:
    """What one query found: the number of all hits, and those of the page asked for."""

    base: "tantivy.Query"
    total: int
    addresses: list["tantivy.DocAddress"]


class Finder:
    """Builds and runs queries on one state of the index."""

    def __init__(self, opened: folder.Reader) -> None:
        import tantivy

        self.analyzer = opened.analyzer
        self.schema = opened.index.schema
        self.searcher = opened.searcher()
        self.vocabulary = Vocabulary(opened.path)
        self.query = tantivy.Query
        self.occur = tantivy.Occur

    # --- queries ---

    def words(self, name: str, clause: Clause) -> "tantivy.Query":
        """Documents that hold a clause in the field ``name``."""
        if len(clause.parts) == 1:
            return self.query.term_query(self.schema, name, clause.parts[0])
        compounds = f"{name}_compounds"
        if self.searcher.doc_freq(compounds, clause.text) > _COMMON:
            return self.query.term_query(self.schema, compounds, clause.text)
        return self.phrase(name, clause.parts)

    def phrase(self, name: str, parts: Iterable[str], slop: int = 0) -> "tantivy.Query":
        """Documents in which the words stand one after the other, or with ``slop`` others between them."""
        words: list[str | tuple[int, str]] = [*parts]
        return self.query.phrase_query(self.schema, name, words, slop)

    def anywhere(self, clause: Clause) -> "tantivy.Query":
        """Documents that hold a clause, in the title for more than elsewhere."""
        parts = [(self.occur.Should, self.query.boost_query(self.words(name, clause), boost)) for name, boost in _BOOSTS.items()]
        return self.query.boolean_query(parts)

    def all_of(self, asked: list[Clause]) -> "tantivy.Query":
        """Documents that hold all clauses; their standing side by side in the title counts more."""
        parts = [(self.occur.Must, self.anywhere(clause)) for clause in asked]
        if len(asked) > 1:
            beside = self.phrase("title", [part for clause in asked for part in clause.parts], slop=1)
            parts.append((self.occur.Should, self.query.boost_query(beside, _SIDE_BY_SIDE)))
        return self.query.boolean_query(parts)

    def most_of(self, asked: list[Clause]) -> "tantivy.Query":
        """Documents that hold half of the words or more, or parts of them; those with all first, then those with more whole words."""
        units = _units(asked)
        some = [(self.occur.Should, self.anywhere(unit)) for unit in units]
        options = [(self.occur.Must, self.query.boolean_query(some, minimum_number_should_match=math.ceil(len(units) / 2)))]
        options += [(self.occur.Should, self.query.boost_query(self.anywhere(clause), _WHOLE_WORD)) for clause in asked if clause not in units]
        options.append((self.occur.Should, self.query.const_score_query(self.all_of(asked), _ALL_WORDS)))
        return self.query.boolean_query(options)

    def public_now(self, query: "tantivy.Query", filters: Mapping[str, str]) -> "tantivy.Query":
        """``query`` without what has expired a moment ago, and narrowed by the filters."""
        import tantivy

        now = int(timezone.now().timestamp())
        over = self.query.range_query(self.schema, "expires", tantivy.FieldType.Integer, None, now)
        parts = [(self.occur.Must, query)]
        # Asked first, which costs microseconds: what has expired is soon taken down, so that there is hardly ever anything to leave out.
        if _total(self.searcher.search(over, 1)):
            parts.append((self.occur.MustNot, over))
        for name, value in filters.items():
            if name in FACETS:
                exact = self.query.const_score_query(self.query.term_query(self.schema, name, value[:100]), 0.0)
                parts.append((self.occur.Must, exact))
        return self.query.boolean_query(parts) if len(parts) > 1 else query

    # --- answers ---

    def count(self, asked: list[Clause], filters: Mapping[str, str]) -> int:
        """How many documents hold all clauses."""
        if not asked:
            return 0
        return _total(self.searcher.search(self.public_now(self.all_of(asked), filters), 1))

    def look(self, base: "tantivy.Query", question: Question) -> _Found:
        """The page of hits that was asked for."""
        size = _size(question)
        order: dict[str, Any] = {"order_by_field": "at"} if question.sort == "date" else {"weight_by_field": "weight"}
        found = self.searcher.search(self.public_now(base, question.filters), size, offset=(_page(question) - 1) * size, **order)
        return _Found(base, _total(found), [address for _, address in found.hits])

    def answer(self, question: Question, asked: list[Clause], found: _Found, *, read_as: str = "", meant: str = "") -> Answer:
        """The hits found, with the facets of all of them; where there are few, also documents that have most of the words."""
        exact = found.total
        if exact < _FEW and (len(asked) > 1 or _units(asked) != asked):
            found = self.look(self.most_of(asked), question)
        pages = min(max(1, math.ceil(found.total / _size(question))), LAST_PAGE)
        if _page(question) > pages:
            # The address of a page that was there, when more was found: the last one of today.
            question = replace(question, page=pages)
            found = self.look(found.base, question)
        totals = dict.fromkeys(FACETS, found.total)
        facets = self.facets(self.public_now(found.base, question.filters), found.total)
        for name in question.filters:
            if name in FACETS:
                others = self.without(found.base, question.filters, name)
                totals[name] = _total(self.searcher.search(others, 1))
                facets |= self.facets(others, totals[name], name)
        return Answer(
            total=found.total,
            hits=[self.hit(address) for address in found.addresses],
            facets=facets,
            words=_to_mark(asked),
            page=_page(question),
            pages=pages,
            estimated=frozenset(name for name, total in totals.items() if total > _COUNTED),
            is_relaxed=found.total > exact,
            read_as=read_as,
            meant=meant,
        )

    def without(self, base: "tantivy.Query", filters: Mapping[str, str], name: str) -> "tantivy.Query":
        """The query as if nothing had been chosen in the facet ``name``: its other values are worth a look too."""
        return self.public_now(base, {other: value for other, value in filters.items() if other != name})

    def facets(self, query: "tantivy.Query", total: int, *names: str) -> dict[str, list[tuple[str, int]]]:
        """The values of facets (all, unless some are named) with the number of documents among the ``total`` of ``query``, the most frequent
        first; estimates when there are many.
        """
        names = names or FACETS
        wanted = {name: {"terms": {"field": name, "size": _VALUES_PER_FACET}} for name in names}
        lots = LOTS if total <= _COUNTED else math.ceil(LOTS * _SAMPLE / total)
        counted = self.searcher.aggregate(query if lots == LOTS else self.sample(query, lots), wanted)
        return {name: [(str(bucket["key"]), _estimate(int(bucket["doc_count"]), lots)) for bucket in counted[name]["buckets"]] for name in names}

    def sample(self, query: "tantivy.Query", lots: int) -> "tantivy.Query":
        """The documents of ``query`` that lie in the first ``lots`` lots."""
        chosen = [(self.occur.Should, self.query.term_query(self.schema, "lot", str(lot))) for lot in range(lots)]
        return self.query.boolean_query([(self.occur.Must, self.query.boolean_query(chosen)), (self.occur.Must, query)])

    def hit(self, address: "tantivy.DocAddress") -> Hit:
        """The document at ``address``."""
        data = self.searcher.doc(address)["shown"][0]
        shown = json.loads(bytes(data))
        at = datetime.fromtimestamp(shown.pop("at"), UTC)
        return Hit(shown.pop("title"), shown.pop("summary"), shown.pop("body"), at, shown)

    # --- other readings ---

    def otherwise(self, question: Question) -> tuple[str, int]:
        """What was typed, with pinyin read and slips mended, in the reading that finds most, and how much that is; "" without any."""
        typed = " ".join(normal(question.text[: LONGEST_QUESTION * 4])[:LONGEST_QUESTION].split())
        readings = dict.fromkeys(self.vocabulary.mended(read) or read for read in self._readings(typed))
        counted = [(self.count(clauses(read, self.analyzer), question.filters), read) for read in readings if read != typed]
        found, best = max(counted, key=lambda pair: pair[0], default=(0, ""))
        return best, found

    def _readings(self, typed: str) -> list[str]:
        """``typed`` with its letters as the words that they may spell; some of them sound like several words."""
        runs = list(_LATIN_RUN.finditer(typed))
        choices = [self._spelt(run[0]) for run in runs]
        readings = []
        for chosen in itertools.islice(itertools.product(*choices), _MOST_READINGS):
            pieces, last = [], 0
            for run, words in zip(runs, chosen, strict=True):
                pieces += [typed[last : run.start()], words]
                last = run.end()
            readings.append("".join([*pieces, typed[last:]]))
        return readings

    def _spelt(self, letters: str) -> list[str]:
        """Letters as the words they may spell; those that documents use as they are stay."""
        pieces = letters.replace("'", " ").split()
        if any(self.searcher.doc_freq(name, piece) for piece in pieces for name in ("title", "body") if len(piece) > 1):
            return [letters]
        together = "".join(pieces)
        return self.vocabulary.read_pinyin(together) or self.vocabulary.beginning_with(together, _INITIALS) or [letters]

    # --- while typing ---

    def titles(self, typed: str, limit: int) -> list[Hit]:
        """Titles that hold all words typed so far, the last of which may be unfinished."""
        fine = self.analyzer.terms(typed).fine[:MOST_CLAUSES]
        if not fine:
            return []
        parts = [(self.occur.Must, self.query.term_query(self.schema, "title", part)) for part in fine[:-1]]
        parts.append((self.occur.Must, self.query.fuzzy_term_query(self.schema, "title", fine[-1], distance=0, prefix=True)))
        query = self.public_now(self.query.boolean_query(parts), {})
        return [self.hit(address) for _, address in self.searcher.search(query, limit, count=False, weight_by_field="weight").hits]


def _size(question: Question) -> int:
    return min(max(question.size, 1), 100)


def _page(question: Question) -> int:
    return min(max(question.page, 1), LAST_PAGE)


def _estimate(counted: int, lots: int) -> int:
    """The number among all lots, rounded to two digits when only some were counted."""
    if lots == LOTS:
        return counted
    number = counted * LOTS / lots
    return int(round(number, 1 - math.floor(math.log10(number))))


def _total(found: Any) -> int:
    # Tantivy's own description of its types leaves this attribute out.
    return int(found.count or 0)


def _units(asked: list[Clause]) -> list[Clause]:
    """What clauses can be looked for by when all of them together find too little: parts of two characters and more, where there are any."""
    units: list[Clause] = []
    for clause in asked:
        telling = [part for part in clause.parts if len(part) > 1 or part.isascii()]
        if telling and not clause.is_quoted:
            units += [Clause(part, (part,)) for part in telling]
        elif len(clause.text) > 1:
            units.append(clause)
    return list(dict.fromkeys(units)) or asked


def _to_mark(asked: Iterable[Clause]) -> list[str]:
    """Clauses as typed, and their parts of two characters and more where the text holds them apart."""
    marks = [clause.text for clause in asked]
    return marks + [part for clause in asked for part in clause.parts if len(part) > 1 and part not in marks]


@dataclass(frozen=True)
class Suggestions:
    """What a reader may be typing."""

    words: list[str]
    hits: list[Hit]


def suggest(typed: str, words: int = 5, titles: int = 5) -> Suggestions:
    """Words and titles for what has been typed so far: Chinese, full pinyin or initials. Raises folder.NotBuilt."""
    typed = normal(typed[:LONGEST_QUESTION]).strip()[:40]
    if not typed:
        return Suggestions([], [])
    finder = Finder(folder.reader())
    letters = re.sub(r"[\s']+", "", typed)
    found = finder.vocabulary.beginning_with(letters if letters.isascii() else typed, words)
    hits = finder.titles(typed, titles)
    if not hits and found and letters.isascii():
        hits = finder.titles(found[0], titles)
    return Suggestions(found, hits)
