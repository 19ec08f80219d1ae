"""Who is to be called back: answered by a unit, with a number, not reached yet and not tried three times."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from lianxin.casework import queries as casework
from lianxin.casework.actions.watching import FOLLOW_UP_TRIES
from lianxin.casework.models import Assignment, Case, FollowUp, Message
from lianxin.casework.rights import standing_of
from lianxin.casework.vocabulary import Stage
from lianxin.hotline.kinds import HOTLINE
from lianxin.identity.models import User

AGAIN_AFTER = timedelta(hours=2)
"""Whoever was not reached is tried again at another time of day."""
LOOKED_BACK = timedelta(days=60)
"""What was answered longer ago is not called about any more."""
COUNTED = 30
Result = FollowUp.Result


@dataclass(frozen=True)
class Due:
    """A case to call about, with the tries of this handling."""

    case: Case
    tries: int
    last_try: datetime | None

    @property
    def waits(self) -> bool:
        """Whether the last try was a moment ago."""
        return self.last_try is not None and self.last_try > timezone.now() - AGAIN_AFTER


@dataclass(frozen=True)
class Satisfaction:
    """What callers said within the last thirty days; those whom nobody reached stand apart."""

    satisfied: int
    dissatisfied: int
    unreached: int

    @property
    def share(self) -> int | None:
        """Satisfied, of a hundred who were reached."""
        reached = self.satisfied + self.dissatisfied
        return 100 * self.satisfied // reached if reached else None


def _answered(user: User) -> QuerySet[Case]:
    """Cases of the hotline that a unit has handled and that are answered now; what was answered on the line no unit handled."""
    handled = Assignment.objects.filter(case=OuterRef("pk")).exclude(role=Assignment.Role.COPY).exclude(state=Assignment.State.ENDED)
    cases = casework.official_for(standing_of(user)).filter(kind=HOTLINE, stage__in=(Stage.REPLIED, Stage.CLOSED), erased_at=None)
    return cases.filter(Exists(handled), replied_at__gt=timezone.now() - LOOKED_BACK)


def _tries() -> QuerySet[FollowUp]:
    return FollowUp.objects.filter(case=OuterRef("pk"), round=OuterRef("round"))


def callbacks(user: User, count: int = 50) -> list[Due]:
    """Cases to call about, those answered first first; whoever was tried within two hours comes last."""
    counted = Coalesce(Subquery(_tries().order_by().values("case").annotate(n=Count("pk")).values("n")), 0)
    cases = _answered(user).filter(petitioner__phone_index__isnull=False).exclude(Exists(_tries().exclude(result=Result.UNREACHED)))
    cases = cases.annotate(tried=counted, last_try=Subquery(_tries().order_by("-at").values("at")[:1])).filter(tried__lt=FOLLOW_UP_TRIES)
    rows = cases.select_related("lead").order_by("replied_at", "pk")[:count]
    return sorted((Due(case, case.tried, case.last_try) for case in rows), key=lambda one: one.waits)


def next_callback(user: User) -> Case | None:
    """The case to call about now."""
    return next((one.case for one in callbacks(user) if not one.waits), None)


def without_number(user: User) -> int:
    """How many answered callers hid their number: nobody can call them back."""
    return _answered(user).filter(petitioner__phone_index__isnull=True).count()


def satisfaction() -> Satisfaction:
    """What was said to the hotline lately, one word for each handling."""
    since = timezone.now() - timedelta(days=COUNTED)
    rows = FollowUp.objects.filter(case__kind=HOTLINE, at__gt=since)
    said = rows.aggregate(yes=Count("pk", filter=Q(result=Result.SATISFIED)), no=Count("pk", filter=Q(result=Result.DISSATISFIED)))
    missed = rows.filter(result=Result.UNREACHED).values("case", "round").annotate(n=Count("pk")).filter(n__gte=FOLLOW_UP_TRIES)
    return Satisfaction(said["yes"], said["no"], missed.count())


def tries_of(case: Case) -> list[FollowUp]:
    """All tries to call about a case, the latest first."""
    return list(FollowUp.objects.filter(case=case).select_related("by").order_by("-seq"))


def replies_of(case: Case) -> list[Message]:
    """What the caller was answered, the latest first."""
    sent = Message.objects.filter(case=case, kind=Message.Kind.REPLY, state=Message.State.PUBLISHED)
    return list(sent.select_related("organisation").order_by("-seq"))
