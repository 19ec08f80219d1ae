"""What the desk does by itself."""

from lianxin.foundation.jobs import timetable
from lianxin.letters.desk import actions


@timetable(at="03:20")
def forget_drafts() -> None:
    """Delete what was typed in cases that are over."""
    actions.forget_drafts()
