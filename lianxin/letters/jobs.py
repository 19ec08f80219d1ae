"""Background work of this room."""

from datetime import timedelta

from lianxin.foundation.jobs import timetable
from lianxin.letters import actions


@timetable("清理放下一周的来信草稿", every=timedelta(minutes=30))
def forget_old_drafts() -> None:
    """Drafts that nobody goes on with, and receipts that are shown no longer."""
    actions.forget_old_drafts()
