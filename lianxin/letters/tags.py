"""What pages with letters are kept by, and the purges and the index entries that follow every deed."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from lianxin.casework.events import PUBLICITY, EventType
from lianxin.casework.models import Case, CaseEvent
from lianxin.casework.signals import recorded, taken_over
from lianxin.foundation.pagestore import purge
from lianxin.foundation.search import updates
from lianxin.letters import channels
from lianxin.triage.models import Category

LIST = "letters"
"""Which letters are public, and what lists show of them."""
RECORDS = "letters:records"
"""What the records of units were until yesterday."""
CATEGORIES = "letters:categories"
"""The names of categories."""
SOURCE = "letter"
# What changes figures of days that are over: a part taken away, a letter gone, answered once more.
_REWRITES = frozenset(
    {EventType.RETURNED, EventType.RULED, EventType.TRANSFERRED, EventType.WITHDRAWN, EventType.ASSIGNED, EventType.DECLINED, EventType.ERASED}
)


def of(case_id: int) -> str:
    """The tag of one letter."""
    return f"letter:{case_id}"


@receiver(recorded)
def letter_changed(case: Case, events: list[CaseEvent], **kwargs: Any) -> None:
    """Within the deed's transaction: pages and index follow, where the letter is or was public."""
    if case.kind not in channels.read_here():
        return
    types = {event.type for event in events}
    hides = bool(types & PUBLICITY)
    if case.is_public or hides:
        purge([of(case.pk), LIST], hard=hides)
        updates.changed(SOURCE, [case.pk])
    if types & _REWRITES or (EventType.REPLIED in types and case.round > 1):
        purge([RECORDS])


@receiver(taken_over)
def letters_taken_over(cases: list[Case], **kwargs: Any) -> None:
    """Letters of the past came in: lists, records and the index follow."""
    read_here = [case for case in cases if case.kind in channels.read_here()]
    if read_here:
        purge([LIST, RECORDS])
        updates.changed(SOURCE, [case.pk for case in read_here if case.is_public])


@receiver([post_save, post_delete], sender=Category)
def category_changed(**kwargs: Any) -> None:
    """A category was named, moved or switched off."""
    purge([CATEGORIES])
