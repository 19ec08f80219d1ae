"""Everything that this room reads. Cases start from ``casework.queries``."""

from lianxin.hotline.queries.callers import Panels, answered, callers, colleagues_on, panels, registered_just_now
from lianxin.hotline.queries.office import all_categories, office, require_operator, sheet_of, takes_calls, unit
from lianxin.hotline.queries.scripts import scripts, scripts_for

__all__ = [
    "Panels",
    "all_categories",
    "answered",
    "callers",
    "colleagues_on",
    "office",
    "panels",
    "registered_just_now",
    "require_operator",
    "scripts",
    "scripts_for",
    "sheet_of",
    "takes_calls",
    "unit",
]
