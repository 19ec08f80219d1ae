"""One look at a text: everything in it that a person should see, in the order of the text."""

import re
from collections.abc import Iterable, Iterator

from lianxin.triage.inspection.findings import Finding, Kind
from lianxin.triage.inspection.names import names
from lianxin.triage.inspection.numbers import numbers
from lianxin.triage.inspection.view import TAG, UNSEEN, View, is_unseen, view, with_digits

_PERSONAL = frozenset({Kind.IDENTITY, Kind.CARD, Kind.PHONE, Kind.ACCOUNT})
_MOBILE_DIGITS = 11

# What counts where two findings overlap: the earlier kind.
_WEIGHT = {kind: place for place, kind in enumerate(Kind)}


def inspect(text: str, insults: Iterable[str] | None = None) -> list[Finding]:
    """Everything in ``text`` that needs a person's eye, by place; no two findings overlap.

    ``insults`` are the words held for a person; by default those of the desk's list. A letter with such words is never refused.
    """
    if insults is None:
        from lianxin.triage.queries import insults as listed

        insults = listed()
    seen = view(text)
    found = [*numbers(seen, with_digits(seen)), *names(seen), *_insults(seen, insults), *_tags(text), *_unseen(text)]
    return _apart(found)


def personal_numbers(text: str) -> list[Finding]:
    """Numbers in ``text`` that lead to a person whoever wrote them: identity, bank card, mobile telephone, mail or account.

    Hidden in whatever the public reads, also where nobody has looked; without names and words, so that a list can afford it.
    """
    seen = view(text)
    return _apart([found for found in numbers(seen, with_digits(seen)) if found.kind in _PERSONAL and not is_land_line(found)])


def is_land_line(finding: Finding) -> bool:
    """A telephone that is no mobile one: whom to ask at a unit stays in a public answer."""
    return finding.kind == Kind.PHONE and len(finding.replacement or "") < _MOBILE_DIGITS


def _insults(seen: View, words: Iterable[str]) -> Iterator[Finding]:
    wanted = sorted({word for word in words if word}, key=len, reverse=True)
    if not wanted:
        return
    for match in re.finditer("|".join(map(re.escape, wanted)), seen.seen, re.IGNORECASE):
        hidden = "＊" * len(match.group())
        yield Finding(*seen.span(*match.span()), Kind.INSULT, "有不当用语，请人工查看。来信照常受理，公开时隐去这些字。", hidden)


def _tags(text: str) -> Iterator[Finding]:
    """Tags as they are read when what nobody sees is gone, the nested ones too."""
    places = [at for at in range(len(text)) if not UNSEEN.match(text[at])]
    while True:
        seen = "".join(text[at] for at in places)
        spans = [match.span() for match in TAG.finditer(seen)]
        if not spans:
            return
        for start, end in spans:
            yield Finding(places[start], places[end - 1] + 1, Kind.HTML, "含网页代码，公开时去掉，只留文字。", "")
        for start, end in reversed(spans):
            del places[start:end]


def _unseen(text: str) -> Iterator[Finding]:
    start = None
    for at in range(len(text) + 1):
        unseen = at < len(text) and is_unseen(text, at)
        if unseen and start is None:
            start = at
        elif not unseen and start is not None:
            advice = "含看不见的字符，可能用来躲避检查或颠倒文字顺序，公开时去掉。"
            yield Finding(start, at, Kind.UNSEEN, advice, "")
            start = None


def _apart(found: list[Finding]) -> list[Finding]:
    """The findings without those that overlap a weightier or longer one."""
    chosen: list[Finding] = []
    taken: set[int] = set()
    for finding in sorted(found, key=lambda each: (_WEIGHT[each.kind], each.start - each.end, each.start)):
        span = range(finding.start, finding.end)
        if taken.isdisjoint(span):
            chosen.append(finding)
            taken.update(span)
    return sorted(chosen, key=lambda each: each.start)
