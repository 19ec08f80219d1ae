"""Calls as the telephone system told of them: those on the line now, and how quickly they were answered (H01)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from lianxin.casework.queries import measure
from lianxin.foundation.crypto import blind_indexes
from lianxin.hotline.models import Call, Sheet, SystemKey
from lianxin.hotline.queries.callers import ON_THE_LINE_FOR
from lianxin.identity.models import User

SHOWN_FOR = timedelta(minutes=60)
"""So long a call that nobody registered is offered, and found by its number."""
_RINGS_FOR = timedelta(minutes=3)
ANSWERED, CONNECTED = "H01-ANSWERED", "H01-CONNECTED"
"""The rules of GB/T 33358: within how many seconds a call is answered; how many of a hundred calls of a day are connected."""


@dataclass(frozen=True)
class Standard:
    """What the rules in force ask of the hotline today."""

    seconds: int
    share: int


def standard() -> Standard:
    """As the administrator keeps it."""
    return Standard(measure(ANSWERED), measure(CONNECTED))


@dataclass(frozen=True)
class Ringing:
    """A call that nobody has registered yet."""

    call: Call
    taken_by: User | None
    is_mine: bool

    @property
    def state(self) -> str:
        """Where the call stands, as far as the system told."""
        if self.call.ended_at is not None:
            return "已挂断"
        if self.call.answered_at is not None:
            return "通话中"
        return "振铃" if self.call.started_at > timezone.now() - _RINGS_FOR else "没有接听记录"


def calls_from(telephone: str) -> list[Call]:
    """Calls from a number, in plain digits, as the telephone system told of them, the newest first; for the one whose number it is."""
    if not telephone:
        return []
    found = Call.objects.filter(telephone_index__in=blind_indexes(telephone, "telephone"))
    return list(found.select_related("case").order_by("-started_at", "-pk"))


@dataclass(frozen=True)
class DayOfCalls:
    """How the calls of one day were answered."""

    day: date
    calls: int
    connected: int
    quickly: int
    cases: int
    wanted: int
    """Of a hundred calls, so many are to be connected."""

    @property
    def share(self) -> int:
        """Connected, of a hundred; rounded down, so that nothing looks better than it is."""
        return 100 * self.connected // self.calls if self.calls else 0

    @property
    def quick_share(self) -> int:
        """Answered as quickly as the standard asks, of a hundred connected ones."""
        return 100 * self.quickly // self.connected if self.connected else 0

    @property
    def falls_short(self) -> bool:
        """Whether fewer were connected than the standard asks for."""
        return 100 * self.connected < self.wanted * self.calls


def colleague_with(operator: User, call: Call) -> User | None:
    """Another operator who has this call on his sheet."""
    since = timezone.now() - ON_THE_LINE_FOR
    rows = Sheet.objects.filter(call=call, sent_at=None, changed_at__gt=since).exclude(operator=operator).select_related("operator")
    found = rows.first()
    return found.operator if found is not None else None


def ringing(operator: User, count: int = 6) -> list[Ringing]:
    """Calls of the last hour that nobody registered: the operator's own first (``agent`` is his account), then the newest."""
    rows = Call.objects.filter(case=None, started_at__gt=timezone.now() - SHOWN_FOR).order_by("-started_at", "-pk")[: count * 2]
    found = [Ringing(row, colleague_with(operator, row), row.agent == operator.username) for row in rows]
    return sorted(found, key=lambda one: (not one.is_mine, one.taken_by is not None))[:count]


def days_of_calls(days: int = 14) -> list[DayOfCalls]:
    """The last days with calls, the latest first; a call belongs to the day on which it rang."""
    today, asked = timezone.localdate(), standard()
    since = timezone.make_aware(datetime.combine(today - timedelta(days=days - 1), datetime.min.time()))
    rows = (
        Call.objects.filter(started_at__gte=since)
        .annotate(day=TruncDate("started_at"))
        .values("day")
        .annotate(
            calls=Count("pk"),
            connected=Count("pk", filter=Q(answered_at__isnull=False)),
            quickly=Count("pk", filter=Q(waited__lte=asked.seconds)),
            cases=Count("pk", filter=Q(case__isnull=False)),
        )
        .order_by("-day")
    )
    return [DayOfCalls(row["day"], row["calls"], row["connected"], row["quickly"], row["cases"], asked.share) for row in rows]


def keys() -> list[SystemKey]:
    """The keys of telephone systems, those in use first."""
    found = list(SystemKey.objects.select_related("made_by"))
    return sorted(found, key=lambda row: row.revoked_at is not None)
