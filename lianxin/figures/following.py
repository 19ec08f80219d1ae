"""Every deed that changes what counts leaves a mark in its own transaction; what is hidden is off the lists at once."""

from typing import Any

from django.dispatch import receiver

from lianxin.casework.events import EventType
from lianxin.casework.models import Case, CaseEvent
from lianxin.casework.signals import recorded
from lianxin.figures import actions, tags
from lianxin.figures.counting import READ
from lianxin.foundation.pagestore import purge

_COUNTS = frozenset(READ)
# What makes a case public, or takes it away from the public.
_SHOWS = frozenset(
    {
        EventType.PUBLICITY_DECIDED,
        EventType.VISIBILITY_SET,
        EventType.REDACTED,
        EventType.SEALED,
        EventType.WITHDRAWN,
        EventType.ERASED,
        EventType.PETITIONER_FORGOTTEN,
    }
)


@receiver(recorded)
def case_changed(case: Case, events: list[CaseEvent], **kwargs: Any) -> None:
    """Within the deed's transaction: one row, whatever the deed."""
    types = {event.type for event in events}
    if types & _COUNTS:
        actions.mark(case)
    if types & _SHOWS:
        purge([tags.LISTS], hard=True)
