"""Which unit should handle a letter, and what it is about: by clauses of duties, by words, and by what earlier assignments have taught.

A suggestion is for a person who decides. What he decides is learned (``actions.learn``), so that the suggestions follow the city's custom.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Duty, Organisation
from lianxin.triage import places, queries
from lianxin.triage.models import Category, Lesson, WordCount
from lianxin.triage.scoring import Fit, Passage, fits, shares
from lianxin.triage.vocabulary import Wanted, wanted

Kind = Organisation.Kind
# Whoever does not handle letters of citizens about matters of a field.
_NOT_SUGGESTED = (Kind.GOVERNMENT, Kind.CONGRESS, Kind.CPPCC)
# So even is the division of shares; at this value the first share says about how often the first suggestion is right.
_TEMPERATURE = 6.0
# What was learned counts as much as what the duties say; one word speaks for or against so much at most.
_AGAINST, _FOR = -1.0, 4.0
# A county's own bureau comes before the city's for a matter of that county.
_NEAR = 1.5
# Words of a letter that are looked up among the learned ones: enough to tell, few enough for a million letters.
_LOOKED_UP = 60
_MENTIONED = 4


@dataclass(frozen=True)
class Suggestion:
    """A unit that may be responsible."""

    organisation: Organisation
    score: float
    """Its share of the evidence, between 0 and 1; all units together make 1."""

    clause: str
    """The clause of its duties that fits best, as it stands; "" when it was suggested for other reasons."""

    why: str
    """The reason in Chinese, for the one who decides."""


@dataclass(frozen=True)
class CategorySuggestion:
    """A category that may fit."""

    category: Category
    score: float
    """Its share of the evidence, between 0 and 1."""

    why: str


def suggest_unit(text: str, place: str = "", limit: int = 5) -> list[Suggestion]:
    """The units that may be responsible for the letter ``text`` (subject in the first line), the likeliest first.

    ``place`` is where it is, as the writer gave it; it narrows counties and townships down to the one that is meant.
    Empty when nothing in the letter says anything.
    """
    units = {unit.pk: unit for unit in organisations.current_units()}
    where = places.find(place, text, units.values())
    candidates = {pk: unit for pk, unit in units.items() if _may_handle(unit, where, units.values())}
    letter = wanted(text)
    fitting = fits(letter, _passages(candidates))
    taught = _taught(Lesson.About.UNIT, letter, _successors(candidates))
    scores: dict[int, float] = defaultdict(float)
    for pk, fit in fitting.items():
        near = where.county is not None and candidates[pk].path.startswith(where.county.path)
        scores[pk] += fit.score * (_NEAR if near else 1.0)
    for pk, score in taught.scores.items():
        scores[pk] += score
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    share = shares(scores, _TEMPERATURE)
    found = []
    for pk, _ in ranked[:limit]:
        best = fitting.get(pk)
        found.append(Suggestion(candidates[pk], share[pk], best.passage.text if best else "", _why(best, taught.letters.get(pk, 0))))
    local = where.nearest
    if local is not None and local.pk not in {suggestion.organisation.pk for suggestion in found}:
        # Who lives there may know best; the office may give it to the county as well.
        found = [*found[: limit - 1], Suggestion(local, share.get(local.pk, 0.0), "", f"事情在{local}，可以交属地办理。")]
    return found


def suggest_category(text: str, limit: int = 3) -> list[CategorySuggestion]:
    """What the letter ``text`` (subject in the first line) may be about: leaves of the tree, the likeliest first."""
    leaves = queries.leaves()
    letter = wanted(text)
    # The leaf's name twice, as it tells most, then those above it.
    fitting = fits(letter, (Passage(leaf.pk, " ".join((leaf.name, leaf.name, *leaf.above))) for leaf in leaves))
    taught = _taught(Lesson.About.CATEGORY, letter, {leaf.pk: leaf.pk for leaf in leaves})
    scores: dict[int, float] = defaultdict(float)
    for pk, fit in fitting.items():
        scores[pk] += fit.score
    for pk, score in taught.scores.items():
        scores[pk] += score
    share = shares(scores, _TEMPERATURE)
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    rows = queries.categories().in_bulk([pk for pk, _ in ranked[:limit]])
    return [CategorySuggestion(rows[pk], share[pk], _why(fitting.get(pk), taught.letters.get(pk, 0))) for pk, _ in ranked[:limit]]


# --- duties ------------------------------------------------------------------------------------------------------------------------------


def _may_handle(unit: Organisation, where: places.Whereabouts, units: Iterable[Organisation]) -> bool:
    """City units always; of counties the one that is meant with its units, of townships only the one that is meant."""
    if unit.kind in _NOT_SUGGESTED:
        return False
    if unit.kind == Kind.TOWNSHIP:
        return where.township is not None and unit.pk == where.township.pk
    county = next((other for other in units if other.kind == Kind.COUNTY and unit.path.startswith(other.path)), None)
    return county is None or (where.county is not None and county.pk == where.county.pk)


def _passages(candidates: Mapping[int, Organisation]) -> list[Passage]:
    rows = Duty.objects.filter(organisation__in=candidates).order_by("organisation", "order").values_list("organisation", "text")
    passages = [Passage(unit, text) for unit, text in rows]
    return passages + [Passage(pk, unit.short_name) for pk, unit in candidates.items()]


def _why(fit: Fit | None, letters: int) -> str:
    reasons = []
    if fit is not None and fit.said:
        reasons.append(f"来信提到“{'、'.join(fit.said[:_MENTIONED])}”")
    if letters:
        reasons.append(f"归它的来信里有 {letters} 件也用了其中的词")
    return "；".join(reasons) + "。" if reasons else ""


# --- what was learned --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Taught:
    scores: dict[int, float]
    letters: dict[int, int]


def _successors(candidates: Mapping[int, Organisation]) -> dict[int, int]:
    """Who answers today for the units that letters were given to: themselves, or those they became part of."""
    ended = Organisation.objects.filter(ended_on__isnull=False).select_related("successor")
    found = {pk: pk for pk in candidates}
    for unit in ended:
        now = organisations.current(unit).pk
        if now in candidates:
            found[unit.pk] = now
    return found


def _taught(about: str, letter: Mapping[str, Wanted], subjects: Mapping[int, int]) -> _Taught:
    """What earlier assignments say for each subject: the logarithm of how much likelier its letters hold these words."""
    lessons = {
        pk: (subject, letters) for pk, subject, letters in Lesson.objects.filter(about=about, letters__gt=0).values_list("pk", "subject", "letters")
    }
    total = sum(letters for _, letters in lessons.values())
    if not total:
        return _Taught({}, {})
    words = sorted(letter, key=lambda word: (-letter[word].weight, word))[:_LOOKED_UP]
    counted: dict[str, dict[int, int]] = defaultdict(dict)
    used = WordCount.objects.filter(word__in=words, lesson__about=about, letters__gt=0).values_list("word", "lesson_id", "letters")
    for word, lesson, letters in used:
        counted[word][lesson] = letters
    size: dict[int, int] = defaultdict(int)
    for subject, letters in lessons.values():
        if subject in subjects:
            size[subjects[subject]] += letters
    scores = {subject: math.log(letters / total) for subject, letters in size.items()}
    for word, by_lesson in counted.items():
        everywhere = sum(by_lesson.values())
        if everywhere < 2:
            continue
        own: dict[int, int] = defaultdict(int)
        for lesson, letters in by_lesson.items():
            if lesson in lessons and lessons[lesson][0] in subjects:
                own[subjects[lessons[lesson][0]]] += letters
        heard = min(1 + math.log(max(letter[word].weight, 1.0)), 3.0)
        for subject in scores:
            likely = (own[subject] + 0.5 * everywhere / total) / (size[subject] + 0.5)
            scores[subject] += heard * min(_FOR, max(_AGAINST, math.log(likely * (total + 1) / (everywhere + 0.5))))
    return _Taught({subject: max(-10.0, score) for subject, score in scores.items()}, _near(counted, lessons, subjects))


def _near(counted: Mapping[str, Mapping[int, int]], lessons: Mapping[int, tuple[int, int]], subjects: Mapping[int, int]) -> dict[int, int]:
    """For each subject, how many letters hold its commonest of the words: what can be said of the past without keeping letters."""
    found: dict[int, int] = defaultdict(int)
    for by_lesson in counted.values():
        for lesson, letters in by_lesson.items():
            if lesson in lessons and lessons[lesson][0] in subjects:
                subject = subjects[lessons[lesson][0]]
                found[subject] = max(found[subject], letters)
    return dict(found)
