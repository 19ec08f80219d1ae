"""Counting and folding by night."""

from lianxin.figures import actions
from lianxin.foundation.jobs import timetable


@timetable("汇总每日数据", at="00:20")
def fold() -> None:
    """Count what happened since the last night and fold all days that are over and have changed: yesterday, and what came late.

    Both at once, so that during the day every number on a page is that of the list behind it.
    """
    while actions.count():
        pass
    actions.fold()
