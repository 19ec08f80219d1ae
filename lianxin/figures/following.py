"""Every deed that changes what counts leaves a mark in its own transaction; what is hidden is off the lists at once."""

from typing import Any

from django.dispatch import receiver

from lianxin.casework.events import PUBLICITY, EventType
from lianxin.casework.models import Case, CaseEvent
from lianxin.casework.signals import recorded, taken_over
from lianxin.figures import actions, tags
from lianxin.figures.counting import READ
from lianxin.foundation.pagestore import purge

_COUNTS = frozenset(READ)


@receiver(recorded)
def case_changed(case: Case, events: list[CaseEvent], **kwargs: Any) -> None:
    """Within the deed's transaction: one row, whatever the deed."""
    types = {event.type for event in events}
    if types & _COUNTS:
        actions.mark(case)
    if types & PUBLICITY or EventType.PETITIONER_FORGOTTEN in types:
        purge([tags.LISTS], hard=True)


@receiver(taken_over)
def cases_taken_over(cases: list[Case], **kwargs: Any) -> None:
    """Cases of the past came in: counted like all others, on their own days."""
    actions.mark(*cases)
    purge([tags.LISTS])
