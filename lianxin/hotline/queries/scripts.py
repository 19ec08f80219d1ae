"""Scripts, found by the words of the caller."""

from django.db.models import QuerySet

from lianxin.hotline.models import Script
from lianxin.triage.vocabulary import all_words

_SHOWN = 5


def scripts(*, active: bool = True) -> QuerySet[Script]:
    """All scripts in the order of their questions."""
    rows = Script.objects.select_related("unit", "changed_by")
    return rows.filter(active=True) if active else rows


def scripts_for(text: str, count: int = _SHOWN) -> list[Script]:
    """The scripts whose question or words share most with ``text``; none without a word in common."""
    wanted = set(all_words(text))
    if not wanted:
        return []
    found = []
    for row in scripts():
        listed = [word for word in row.words.split() if word in text]
        score = 2 * len(listed) + len(wanted & set(all_words(row.question)))
        if score:
            found.append((-score, row.question, row))
    return [row for *_, row in sorted(found, key=lambda entry: entry[:2])[:count]]
