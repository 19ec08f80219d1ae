"""The Jinja2 environment of the public pages: compiled templates, several times as quick as Django's own, which the desk keeps.

Templates lie in ``jinja2/`` folders of the rooms. They get what a page shows from functions named here, dates in the formats of
rule W19, and titles that break between words only.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeVar

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat, linebreaks_filter, linebreaksbr
from django.urls import reverse
from django.utils import timezone
from jinja2 import Environment
from markupsafe import Markup
from wagtail.templatetags.wagtailcore_tags import richtext

from lianxin.foundation import text
from lianxin.portal import articles, columns, home
from lianxin.publishing import pictures
from lianxin.publishing.models import ArticlePage, ColumnPage, HomePage, Picture, Rendition

View = TypeVar("View")


def environment(**options: Any) -> Environment:
    """Called once by Django's Jinja2 backend (``settings.TEMPLATES``)."""
    made = Environment(**options)
    made.globals |= {
        "url": _url,
        "static": static,
        "home_view": home_view,
        "column_view": column_view,
        "article_view": article_view,
        "shown_picture": shown_picture,
        "render_part": render_part,
    }
    made.filters |= {
        "breakable": text.breakable,
        "richtext": richtext,
        "signed": signed,
        "lined": lined,
        "paragraphs": lambda value: linebreaks_filter(value, autoescape=True),
        "day": day,
        "list_day": list_day,
        "minute": minute,
        "machine": machine,
        "plain_date": plain_date,
        "date_words": date_words,
        "month_day": month_day,
        "year_month": year_month,
        "number": number,
        "size": size,
        "dial": dial,
        "lines": lines,
        "stations": stations,
    }
    return made


# --- what a page shows ---------------------------------------------------------------------------------------------------


def _once(request: HttpRequest, page: Any, build: Callable[[HttpRequest, Any], View]) -> View:
    """Build what a page shows once per request, whichever template asks."""
    kept = getattr(request, "_portal_view", None)
    if kept is None or kept[0] is not page:
        kept = request._portal_view = (page, build(request, page))  # type: ignore[attr-defined]
    return kept[1]


def home_view(request: HttpRequest, page: HomePage) -> home.Home:
    """What the home page shows."""
    return _once(request, page, home.context)


def column_view(request: HttpRequest, page: ColumnPage) -> columns.ColumnView:
    """What the column's page shows."""
    return _once(request, page, columns.context)


def article_view(request: HttpRequest, page: ArticlePage) -> articles.ArticleView:
    """What the article's page shows beside its text."""
    return _once(request, page, articles.context)


def lined(value: object) -> str:
    """The text of a cell, with its line ends."""
    text = str(value or "").strip()
    return linebreaksbr(text, autoescape=True) if "\n" in text or "\r" in text else text


_NUMBER = "[0-9〇○零一二三四五六七八九十]"
_OPEN = "<p(?: [^>]*)?>"
# A date that stands alone at the end of a text, or before its last words in brackets (此件公开发布), and the lines before it that name who
# signs: short, and called as offices are called.
_SIGNATURE = re.compile(
    rf"((?:{_OPEN}[^<>。；！？：，（）]{{1,38}}[府局委会室院处厅部心司队社站校馆所团组行办]</p>\s*){{0,4}}"
    rf"{_OPEN}\s*{_NUMBER}{{4}}年{_NUMBER}{{1,2}}月{_NUMBER}{{1,3}}日\s*</p>)"
    rf"(?:\s*{_OPEN}\s*[（(][^<>]{{1,40}}[）)]\s*</p>)?\s*$"
)
_LONGEST_SIGNATURE = 600


def signed(value: object) -> Markup:
    """Rich text as HTML, its closing signature and date at the right, as official papers have them."""
    text = str(value)
    found = _SIGNATURE.search(text, max(0, len(text) - _LONGEST_SIGNATURE))
    if found is None:
        return Markup(text)
    return Markup(text[: found.start()] + found[1].replace("<p", '<p class="signature"') + text[found.end(1) :])


def render_part(part: Any) -> Markup:
    """One block of an article's body."""
    return Markup(part.render())


def shown_picture(picture: Picture | None) -> Rendition | None:
    """The size shown in articles, or None while it is not made yet."""
    return pictures.existing(picture, pictures.WIDE)


# --- addresses -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _url(name: str, *arguments: object) -> str:
    return reverse(name, args=arguments)


def static(name: str) -> str:
    """The address of a static file, and of a plausible one when the manifest is missing: error pages must not fail themselves."""
    try:
        return _static(name)
    except ValueError:
        return f"/static/{name}"


@lru_cache(maxsize=256)
def _static(name: str) -> str:
    # The manifest stays as long as the process.
    return str(staticfiles_storage.url(name))


# --- dates and sizes -----------------------------------------------------------------------------------------------------


def _local(moment: datetime) -> datetime:
    # Not timezone.localtime, which asks a thread's own zone first: a site shows the city's time to everybody.
    return moment.astimezone(timezone.get_default_timezone())


@lru_cache(maxsize=16384)
def day(moment: datetime | None) -> str:
    """``2026-11-21``, in the city's time."""
    return f"{_local(moment):%Y-%m-%d}" if moment else ""


def list_day(moment: datetime) -> Markup:
    """``2026-11-21``; the style sheet leaves the year out on a telephone where it is the current one."""
    year, _, rest = day(moment).partition("-")
    if year == day(timezone.now())[:4]:
        return Markup(f'<span class="y">{year}-</span>{rest}')
    return Markup(f"{year}-{rest}")


@lru_cache(maxsize=16384)
def minute(moment: datetime | None) -> str:
    """``2026-11-21 09:30``, in the city's time (rule W19)."""
    return f"{_local(moment):%Y-%m-%d %H:%M}" if moment else ""


@lru_cache(maxsize=16384)
def machine(moment: datetime | None) -> str:
    """The moment for ``<time datetime>``."""
    return f"{_local(moment):%Y-%m-%dT%H:%M:%S}+08:00" if moment else ""


def plain_date(value: date) -> str:
    """``2026-11-21``."""
    return f"{value:%Y-%m-%d}"


def date_words(value: date) -> str:
    """``2026年11月2日``."""
    return f"{value.year}年{value.month}月{value.day}日"


def month_day(value: date) -> str:
    """``11-02``."""
    return f"{value:%m-%d}"


def year_month(value: date) -> str:
    """``2026年11月``."""
    return f"{value.year}年{value.month}月"


def number(value: int) -> str:
    """``12,345``."""
    return f"{value:,}"


def size(number: int | None) -> str:
    """The size of a file in words: ``1.2 MB``."""
    return filesizeformat(number or 0).replace("\xa0", " ")


# (0000)1234567: the brackets belong to the number.
_AREA_CODE = re.compile(r"[(（](0\d{2,3})[)）]\s*-?")
_TELEPHONE = re.compile(r"\d[\d-]{1,18}\d")


def dial(words: str) -> str:
    """What a telephone dials of what stands on paper: the first number without remarks and extension; "" where there is none."""
    found = _TELEPHONE.search(_AREA_CODE.sub(r"\1-", words))
    return found[0] if found else ""


# --- texts ---------------------------------------------------------------------------------------------------------------


def lines(value: str) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in value.splitlines() if line.strip()]


# 1998.07—2004, 2019年3月至今: years and months up to the first word.
_PERIOD = re.compile(r"^([\d.年月]+\s*(?:[—–~～-]+|至)?\s*(?:[\d.年月]+|至今|今)?)[\s　，,:：]+(.+)$")


def stations(resume: str) -> list[tuple[str, str]]:
    """The stations of a résumé, one a line, each parted in when and what; when is empty where a line begins with no date."""
    found = []
    for line in lines(resume):
        match = _PERIOD.match(line)
        found.append((match[1].strip(), match[2]) if match else ("", line))
    return found
