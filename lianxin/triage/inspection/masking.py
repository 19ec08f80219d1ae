"""The text as everybody may read it."""

from collections.abc import Iterable

from lianxin.triage.inspection.findings import Finding


def mask(text: str, findings: Iterable[Finding]) -> str:
    """``text`` with every finding replaced by what may stand in its place: 张某某, 138****1234.

    The findings must come from ``inspect(text)``; leave out those that a person has decided to keep. Masking a masked text changes nothing.
    """
    pieces: list[str] = []
    done = 0
    for finding in sorted(findings, key=lambda each: each.start):
        if finding.replacement is None or finding.of_question:
            continue
        if finding.start < done or finding.end > len(text):
            raise ValueError("the findings are not those of this text")
        pieces += [text[done : finding.start], finding.replacement]
        done = finding.end
    return "".join([*pieces, text[done:]])
