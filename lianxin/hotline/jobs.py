"""Background work of this room."""

from datetime import timedelta

from lianxin.foundation.jobs import timetable
from lianxin.hotline import actions


@timetable("清理没有提交的接听单", every=timedelta(minutes=30))
def forget_old_sheets() -> None:
    """Sheets that nobody goes on with, and receipts that are shown no longer."""
    actions.forget_old_sheets()


@timetable("清理话务系统的来电号码", at="03:20")
def forget_numbers() -> None:
    """Numbers of calls that are over long since."""
    actions.forget_numbers()
