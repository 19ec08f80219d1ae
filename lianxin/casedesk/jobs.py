"""What the desk does by itself."""

from lianxin.casedesk import actions
from lianxin.foundation.jobs import timetable


@timetable("清理答复草稿", at="03:20")
def forget_drafts() -> None:
    """Delete what was typed in cases that are over."""
    actions.forget_drafts()
