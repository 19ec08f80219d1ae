"""Letters like this one: by the words they share, among the latest of the same office. Nothing is stored; texts stay encrypted."""

from dataclasses import dataclass

import rjieba

from lianxin.casedesk import queries
from lianxin.casework.models import Case
from lianxin.casework.vocabulary import Stage
from lianxin.identity.models import User

# So many of the latest letters are compared; a matter that moves many people comes in within days.
AMONG = 300
LIKE = 0.18
_TAGS = ("n", "v", "a", "i", "l", "j")


@dataclass(frozen=True)
class Similar:
    """A letter that may be about the same matter, and how much of the words they share (0 to 1)."""

    case: Case
    score: float

    @property
    def percent(self) -> int:
        """Of a hundred."""
        return round(100 * self.score)


def similar(user: User, case: Case, count: int = 5) -> list[Similar]:
    """The letters most like ``case`` that ``user`` may see, the likest first."""
    gone = (Stage.DECLINED, Stage.WITHDRAWN)
    latest = queries.official(user).filter(office=case.office_id, kind=case.kind).exclude(pk=case.pk).exclude(stage__in=gone)
    own = _words(case)
    found = []
    for other in latest.select_related("lead", "cluster").order_by("-pk")[:AMONG]:
        words = _words(other)
        if own and words and (score := len(own & words) / len(own | words)) >= LIKE:
            found.append(Similar(other, score))
    return sorted(found, key=lambda one: -one.score)[:count]


def _words(case: Case) -> frozenset[str]:
    """What a letter is about: its longer words, those of the subject and the beginning."""
    text = f"{case.subject} {case.place} {case.text[:600]}"
    return frozenset(word for word, tag in rjieba.tag(text) if len(word) > 1 and tag.startswith(_TAGS))
