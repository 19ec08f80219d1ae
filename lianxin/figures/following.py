"""Every deed that changes what counts leaves a mark in its own transaction."""

from typing import Any

from django.dispatch import receiver

from lianxin.casework.models import Case, CaseEvent
from lianxin.casework.signals import recorded
from lianxin.figures import actions
from lianxin.figures.counting import READ

_COUNTS = frozenset(READ)


@receiver(recorded)
def case_changed(case: Case, events: list[CaseEvent], **kwargs: Any) -> None:
    """Within the deed's transaction: one row, whatever the deed."""
    if any(event.type in _COUNTS for event in events):
        actions.mark(case)
