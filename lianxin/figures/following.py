"""Every deed that changes what counts leaves a mark in its own transaction; what is hidden is off the lists at once."""

from typing import Any

from django.dispatch import receiver

from lianxin.casework.events import PUBLICITY, EventType
from lianxin.casework.models import Case, CaseEvent
from lianxin.casework.signals import recorded
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
