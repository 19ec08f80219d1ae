"""What a writer may choose: leaders, boards, a matter that is being handled already."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from lianxin.casework.models import Case, Cluster
from lianxin.casework.vocabulary import OPEN_STAGES, Visibility
from lianxin.foundation.pagestore import tag
from lianxin.letters.kinds import BOARD, MAILBOX
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Leader, Organisation
from lianxin.organisations.tags import PEOPLE, UNITS
from lianxin.triage.vocabulary import terms

_LOOKED_AT = 300
_SHOWN = 3


def boards() -> QuerySet[Organisation]:
    """Units whose board is open, in their order."""
    tag(UNITS)
    return organisations.current_units().filter(board_open=True)


def leaders() -> QuerySet[Leader]:
    """Leaders in office who have a page: whom one may write to."""
    tag(PEOPLE)
    return Leader.objects.filter(post__in=organisations.in_force()).select_related("post__user", "post__organisation").order_by("order", "pk")


@dataclass(frozen=True)
class OpenMatter:
    """A matter that several people have written about and that is being handled. Only the office's own words about it are shown."""

    number: str
    title: str
    letters: int


def open_matters(text: str) -> list[OpenMatter]:
    """Matters under way that ``text`` may be about.

    Letters are not public before they are answered: what is compared and shown is the title that the office gave the matter.
    """
    wanted = set(terms(text))
    if not wanted:
        return []
    rows = _open_clusters().annotate(others=Count("case__members")).order_by("-opened_at")[:_LOOKED_AT]
    found = []
    for row in rows:
        words = set(terms(row.title))
        shared = len(words & wanted)
        if words and shared >= min(2, len(words)) and shared * 2 >= len(words):
            found.append((shared / len(words), OpenMatter(row.case.number, row.title, row.others + 1)))
    found.sort(key=lambda pair: -pair[0])
    return [matter for _, matter in found[:_SHOWN]]


def joinable(number: str) -> Case | None:
    """The letter of this number, when others may join it now."""
    if not number:
        return None
    row = _open_clusters().filter(case__number=number.strip().upper()[:40]).first()
    return row.case if row is not None else None


def _open_clusters() -> QuerySet[Cluster]:
    shown = Q(case__kind__in=(MAILBOX, BOARD), case__stage__in=OPEN_STAGES, case__is_sealed=False) & ~Q(case__visibility=Visibility.PRIVATE)
    return Cluster.objects.filter(shown, answered_at=None).exclude(title="").select_related("case")
