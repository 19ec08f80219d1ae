"""Cases told anew from their events, beside what is stored of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.core.exceptions import ObjectDoesNotExist

from lianxin.casework.events import EventType, chain_faults
from lianxin.casework.models import Case, CaseEvent, CaseKey
from lianxin.casework.projections import Rows, differences, replay, stored
from lianxin.casework.sealing import Keys

NO_KEYS = Keys(None, None)


@dataclass(frozen=True)
class Told:
    """A case by its events: the rows they make (None: they cannot be replayed), those that are stored, what is wrong."""

    case: Case
    made: Rows | None
    found: Rows
    chain: tuple[str, ...]
    differences: tuple[str, ...]
    keys_are_lost: bool
    """A key is gone, and no event says that it was destroyed."""

    @property
    def is_certain(self) -> bool:
        """Whether the events can be trusted more than the rows."""
        return self.made is not None and not self.chain and not self.keys_are_lost


def told(cases: Sequence[Case]) -> Iterator[Told]:
    """Replay some cases; a few queries for all of them together."""
    ids = [case.pk for case in cases]
    events: dict[int, list[CaseEvent]] = {case_id: [] for case_id in ids}
    for event in CaseEvent.objects.filter(case__in=ids).order_by("case", "seq"):
        events[event.case_id].append(event)
    keys = {row.pk: Keys(row.key, row.person) for row in CaseKey.objects.filter(pk__in=ids)}
    rows = stored(cases)
    for case in cases:
        yield _told(case, events[case.pk], keys.get(case.pk, NO_KEYS), rows[case.pk])


def _told(case: Case, events: list[CaseEvent], keys: Keys, found: Rows) -> Told:
    chain = tuple(chain_faults(events, case.version, case.head))
    lost = _are_lost(keys, {event.type for event in events})
    try:
        made = replay(case.pk, events, keys)
    except (KeyError, ValueError, ObjectDoesNotExist) as error:
        return Told(case, None, found, chain, (f"事件无法重放（{type(error).__name__}）",), lost)
    return Told(case, made, found, chain, tuple(differences(made, found)), lost)


def _are_lost(keys: Keys, types: set[str]) -> bool:
    if keys.words is None:
        return EventType.ERASED not in types
    return keys.person is None and EventType.PETITIONER_FORGOTTEN not in types
