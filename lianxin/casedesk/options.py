"""Lists of several hundred options, written at once: a template takes some thirty milliseconds for all units and categories."""

from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from lianxin.organisations import queries as organisations
from lianxin.triage import queries as triage


def unit_options(chosen: Any = "") -> SafeString:
    """``<option>`` for each unit of today; ``chosen`` is a key, or several."""
    return _options(organisations.current_units().values_list("pk", "short_name"), chosen)


def category_options(chosen: Any = "") -> SafeString:
    """``<option>`` for each category in use that a letter may have, with the name above it; ``chosen`` is a code."""
    return _options(((leaf.code, "／".join((*leaf.above[:1], leaf.name))) for leaf in triage.leaves()), chosen)


def _options(rows: Iterable[tuple[Any, str]], chosen: Any) -> SafeString:
    taken = {str(one) for one in (chosen if isinstance(chosen, (list, tuple, set)) else [chosen])}
    plain = '<option value="{}">{}</option>'
    if not taken - {""}:
        return format_html_join("", plain, rows)
    marked = '<option value="{}" selected>{}</option>'
    return format_html_join("", "{}", ((format_html(marked if str(value) in taken else plain, value, name),) for value, name in rows))
