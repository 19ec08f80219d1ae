"""The address of the list behind a number; built in one place, so that page and list ask the same."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from lianxin.figures.periods import Period


def to_list(measure: str, period: Period, **narrowed: Any) -> str:
    """``/figures/list/?measure=…&period=…``; what is empty narrows nothing."""
    given = {"measure": measure, "period": period.text, **{key: str(value) for key, value in narrowed.items() if value}}
    return f"{reverse('figures:list')}?{urlencode(given)}"
