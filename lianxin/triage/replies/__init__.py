"""What a reply lacks, before it is sent. Every finding is advice: whoever approves decides, and may send the reply as it is.

::

    for finding in inspect_reply(letter, reply):
        show(finding.kind.label, finding.advice, reply[finding.start : finding.end])
"""

from collections.abc import Callable

from lianxin.triage.inspection import Finding, Kind, inspect, is_land_line
from lianxin.triage.replies.answers import has_substance, passed_on, refusals, unanswered
from lianxin.triage.replies.promises import SENTENCE, dated, promises
from lianxin.triage.replies.uniform import missing_parts

__all__ = ["dated", "inspect_reply", "is_effective"]

# So many earlier replies that are as good as this one make it boilerplate.
COPIES = 3
_PRIVATE = {
    Kind.IDENTITY: "答复里不要写身份证号。",
    Kind.CARD: "答复里不要写银行卡号。",
    Kind.PLATE: "答复公开时隐去车牌号。",
    Kind.HOME: "答复公开时隐去门牌号，留到楼栋即可。",
    Kind.PERSON: "答复公开时隐去当事人的姓名；联系人可以写“李科长”。",
    Kind.PHONE: "这是手机号码。联系电话请用办公电话，来信人的号码请隐去。",
    Kind.INSULT: "请改用得体的说法。",
    Kind.UNSEEN: "含看不见的字符，多半是从别处粘贴带来的，请删去。",
    Kind.HTML: "含网页代码，请删去，只留文字。",
}


def inspect_reply(question: str, reply: str, *, copies: Callable[[str], int] | None = None) -> list[Finding]:
    """Everything to look at in ``reply`` to the letter ``question`` before it is sent, by place.

    ``copies(reply)`` says how many earlier replies to other letters are nearly the same; without it boilerplate is not looked for.
    What is missing altogether is found at the end of the reply, an unanswered question in the letter (``of_question``).
    """
    found = [*_private(reply), *promises(reply), *passed_on(reply), *missing_parts(reply), *refusals(reply)]
    # Whoever only passes on has answered nothing; one finding says it.
    if not any(finding.kind == Kind.PASSED_ON for finding in found):
        found += unanswered(question, reply)
    if copies is not None and (count := copies(reply)) >= COPIES:
        advice = f"与此前 {count} 件答复几乎相同。请写明这一件的调查和处理情况。"
        found.append(Finding(0, len(reply), Kind.BOILERPLATE, advice))
    return sorted(found, key=lambda finding: (finding.of_question, finding.start, finding.end))


def is_effective(reply: str) -> bool:
    """Whether a reply counts as an answer: it says something, does not only pass the letter on, and is no bare promise.

    A bare promise promises something without a day and says little else; an account of what was done that ends with one still answers.
    """
    if not reply.strip() or any(passed_on(reply)):
        return False
    starts = [finding.start for finding in promises(reply)]
    if not starts:
        return True
    rest = [found.group() for found in SENTENCE.finditer(reply) if not any(found.start() <= start < found.end() for start in starts)]
    return has_substance("".join(rest))


def _private(reply: str) -> list[Finding]:
    found = []
    for finding in inspect(reply):
        if finding.kind in _PRIVATE and not is_land_line(finding):
            found.append(Finding(finding.start, finding.end, finding.kind, _PRIVATE[finding.kind], finding.replacement))
    return found
