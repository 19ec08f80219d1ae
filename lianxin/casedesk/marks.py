"""Texts with what was found in them marked."""

import re
from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from lianxin.triage.inspection import Finding

_LINE = re.compile(r"\s*\n\s*")


def marked(text: str, findings: Iterable[Finding]) -> SafeString:
    """``text`` as escaped HTML for ``linebreaks``, each line a paragraph, findings in ``<mark>`` with what to do; overlapping ones count once."""
    pieces: list[SafeString] = []
    done = 0
    for finding in sorted(findings, key=lambda one: (one.start, -one.end)):
        if finding.start < done or finding.end <= finding.start or finding.of_question:
            continue
        pieces.append(format_html("{}", text[done : finding.start]))
        pieces.append(
            format_html('<mark class="ld-mark" title="{}：{}">{}</mark>', finding.kind.label, finding.advice, text[finding.start : finding.end])
        )
        done = finding.end
    pieces.append(format_html("{}", text[done:]))
    return mark_safe(_LINE.sub("\n\n", format_html_join("", "{}", ((piece,) for piece in pieces))))
