"""Template tags of the public side: what each kind of page shows, and dates without the price of the stock filter."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from lianxin.portal import articles, columns, home
from lianxin.publishing import pictures
from lianxin.publishing.models import Picture, Rendition

register = template.Library()


View = TypeVar("View")


def _once(context: dict[str, Any], build: Callable[[HttpRequest, Any], View]) -> View:
    """Build what a page shows once per request; title, meta tags and content stand in template blocks that share nothing else."""
    request = context["request"]
    kept = getattr(request, "_portal_view", None)
    if kept is None or kept[0] is not context["page"]:
        kept = request._portal_view = (context["page"], build(request, context["page"]))
    return kept[1]


@register.simple_tag(takes_context=True, name="home")
def home_tag(context: dict[str, Any]) -> home.Home:
    """``{% home as home %}``: what the home page shows."""
    return _once(context, home.context)


@register.simple_tag(takes_context=True, name="column")
def column_tag(context: dict[str, Any]) -> columns.ColumnView:
    """``{% column as view %}``: what the column's page shows."""
    return _once(context, columns.context)


@register.simple_tag(takes_context=True, name="article")
def article_tag(context: dict[str, Any]) -> articles.ArticleView:
    """``{% article as view %}``: what the article's page shows beside its text."""
    return _once(context, articles.context)


@register.simple_tag
def stylesheet(name: str) -> str:
    """The address of a static file, and of a plausible one when the manifest is missing: error pages must not fail themselves."""
    try:
        return staticfiles_storage.url(name)
    except ValueError:
        return f"/static/{name}"


@register.simple_tag
def shown_picture(picture: Picture | None) -> Rendition | None:
    """``{% shown_picture value.image as shown %}``: the size shown in articles, or None while it is not made yet."""
    return pictures.existing(picture, pictures.WIDE)


@register.filter
def day(moment: datetime | None) -> str:
    """``2026-11-21``, in the city's time."""
    return f"{timezone.localtime(moment):%Y-%m-%d}" if moment else ""


@register.filter
def list_day(moment: datetime) -> SafeString:
    """``2026-11-21``; the style sheet leaves the year out on a telephone where it is the current one."""
    local = timezone.localtime(moment)
    if local.year == timezone.localdate().year:
        return format_html('<span class="y">{}-</span>{}', local.year, f"{local:%m-%d}")
    return mark_safe(f"{local:%Y-%m-%d}")


@register.filter
def minute(moment: datetime | None) -> str:
    """``2026-11-21 09:30``, in the city's time (rule W19)."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


@register.filter
def machine(moment: datetime | None) -> str:
    """The moment for ``<time datetime>``."""
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M:%S+08:00}" if moment else ""


@register.filter
def size(number: int | None) -> str:
    """The size of a file in words: ``1.2 MB``."""
    return filesizeformat(number or 0).replace("\xa0", " ")


@register.filter
def lines(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


# 1998.07—2004, 2019年3月至今: years and months up to the first word.
_PERIOD = re.compile(r"^([\d.年月]+\s*(?:[—–~～-]+|至)?\s*(?:[\d.年月]+|至今|今)?)[\s　，,:：]+(.+)$")


@register.filter
def stations(resume: str) -> list[tuple[str, str]]:
    """The stations of a résumé, one a line, each parted in when and what; when is empty where a line begins with no date."""
    found = []
    for line in lines(resume):
        match = _PERIOD.match(line)
        found.append((match[1].strip(), match[2]) if match else ("", line))
    return found
