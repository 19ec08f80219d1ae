"""Everything that this room reads. Cases start from ``casework.queries``."""

from lianxin.hotline.queries.callbacks import Due, Satisfaction, callbacks, next_callback, replies_of, satisfaction, tries_of, without_number
from lianxin.hotline.queries.callers import Panels, answered, callers, colleagues_on, panels, registered_just_now
from lianxin.hotline.queries.office import office, require_operator, sheet_of, takes_calls, unit, web_column
from lianxin.hotline.queries.public import limits, newest_answers, public_office
from lianxin.hotline.queries.records import (
    SHOWN_FOR,
    DayOfCalls,
    Ringing,
    Standard,
    calls_from,
    colleague_with,
    days_of_calls,
    keys,
    ringing,
    standard,
)
from lianxin.hotline.queries.scripts import scripts, scripts_for

__all__ = [
    "SHOWN_FOR",
    "DayOfCalls",
    "Due",
    "Panels",
    "Ringing",
    "Satisfaction",
    "Standard",
    "answered",
    "callbacks",
    "callers",
    "calls_from",
    "colleague_with",
    "colleagues_on",
    "days_of_calls",
    "keys",
    "limits",
    "newest_answers",
    "next_callback",
    "office",
    "panels",
    "public_office",
    "registered_just_now",
    "replies_of",
    "require_operator",
    "ringing",
    "satisfaction",
    "scripts",
    "scripts_for",
    "sheet_of",
    "standard",
    "takes_calls",
    "tries_of",
    "unit",
    "web_column",
    "without_number",
]
