"""What the processes do that read and cut beside a rebuild. They start anew and import this before Django is set up; so it imports nothing."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lianxin.foundation.search.analysis import Analyzer

_analyzer: "Analyzer | None" = None


def begin(words: Iterable[str]) -> None:
    """Make a new process ready to cut with these own words."""
    global _analyzer
    import os

    import django

    from lianxin.foundation.processes import die_with

    # A rebuild that is killed leaves no readers behind that wait for ever.
    die_with(os.getppid())
    django.setup()
    from lianxin.foundation.search.analysis import Analyzer

    _analyzer = Analyzer(words)


def read(source: str, numbers: list[int]) -> list[dict[str, Any]]:
    """The entries of a batch, in a process that began."""
    from django.db import connections

    assert _analyzer is not None
    try:
        return entries(source, numbers, _analyzer)
    finally:
        connections.close_all()


def entries(source: str, numbers: list[int], analyzer: "Analyzer") -> list[dict[str, Any]]:
    """The entries of a batch."""
    from lianxin.foundation.search import sources, writing

    return [writing.entry(source, document, analyzer) for document in sources.registered()[source].documents(numbers)]
