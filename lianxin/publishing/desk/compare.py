"""What changed between two versions of an article, paragraph by paragraph, in words."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from lianxin.foundation.text import plain, segment
from lianxin.publishing.models import ArticlePage

# Two paragraphs less alike than this are shown as one gone and one come.
ALIKE = 0.35
# Words of a paragraph longer than this are not compared one by one.
LONGEST_PARAGRAPH = 4000


@dataclass(frozen=True)
class Change:
    """One line of the comparison: ``kind`` is same, added, removed or changed."""

    kind: str
    text: SafeString


def paragraphs(article: ArticlePage) -> list[str]:
    """The text that readers see, one paragraph a line: title and fields first, then the body."""
    lines = [f"标题：{article.title}"]
    fields = [("摘要", article.summary), ("来源", article.source), ("作者", article.author), ("题图", article.lead_picture_alt)]
    lines += [f"{label}：{value}" for label, value in fields if value]
    for block in article.body:
        lines += _lines(block.block_type, block.value)
    return lines


def _lines(kind: str, value: Any) -> list[str]:
    if kind == "text":
        parts = re.split(r"(?i)</(?:p|li|ul|ol)>", value.source)
        return [line for line in (plain(part) for part in parts) if line]
    if kind == "heading":
        return [value["text"]]
    if kind == "table":
        return ["　｜　".join(str(cell or "") for cell in row) for row in value["data"]]
    if kind == "quote":
        return [f"“{value['text']}”{value['source']}"]
    if kind == "picture":
        return [f"［图片］{value['alt']}　{value['caption']}".strip()]
    if kind == "attachments":
        return [f"［附件］{document.title}" for document in value if document]
    return [f"［音视频］{value['title']}"]


def compare(old: ArticlePage, new: ArticlePage) -> list[Change]:
    """The changes from ``old`` to ``new``; unchanged paragraphs are kept, so that a change is read in its place."""
    before, after = paragraphs(old), paragraphs(new)
    changes: list[Change] = []
    for what, a1, a2, b1, b2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            changes += [Change("same", format_html("{}", line)) for line in before[a1:a2]]
        else:
            changes += _replaced(before[a1:a2], after[b1:b2])
    return changes


def _replaced(gone: list[str], come: list[str]) -> list[Change]:
    changes: list[Change] = []
    for old, new in zip(gone, come, strict=False):
        if SequenceMatcher(None, old, new).quick_ratio() >= ALIKE and max(len(old), len(new)) <= LONGEST_PARAGRAPH:
            changes.append(Change("changed", _words(old, new)))
        else:
            changes += [Change("removed", format_html("{}", old)), Change("added", format_html("{}", new))]
    shorter = min(len(gone), len(come))
    changes += [Change("removed", format_html("{}", line)) for line in gone[shorter:]]
    changes += [Change("added", format_html("{}", line)) for line in come[shorter:]]
    return changes


def _words(old: str, new: str) -> SafeString:
    before, after = segment(old), segment(new)
    parts = []
    for what, a1, a2, b1, b2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, come = "".join(before[a1:a2]), "".join(after[b1:b2])
        if what == "equal":
            parts.append(format_html("{}", gone))
            continue
        if gone:
            parts.append(format_html("<del>{}</del>", gone))
        if come:
            parts.append(format_html("<ins>{}</ins>", come))
    return format_html_join("", "{}", ((part,) for part in parts))
