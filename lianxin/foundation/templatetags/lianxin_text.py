"""Template filters for Chinese text."""

from django import template
from django.utils.safestring import SafeString

from lianxin.foundation import text

register = template.Library()


@register.filter
def breakable(title: object) -> SafeString:
    """``{{ article.title|breakable }}``: the title, escaped, that breaks between words only."""
    return text.breakable(title)


@register.filter
def plain(value: str) -> str:
    """``{{ article.body|plain }}``: the words without markup, on one line."""
    return text.plain(str(value))
