"""Promises without a date, and those with one. A promise without a date is no answer, and none that is kept in the ledger."""

import re
from collections.abc import Iterator
from datetime import date

from lianxin.triage.inspection import Finding, Kind

SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]*")
DATE = re.compile(
    r"\d{2,4}\s*年|\d{1,2}\s*月\s*(?:\d{1,2}\s*[日号]|底|初|中旬|上旬|下旬|份)|\d{1,2}\s*[日号](?:前|起|之前)|[一二三四五六七八九十]{1,3}月|"
    r"[〇零一二三四五六七八九]{4}年|[年月]底|[年月]内|本[月周]|下[月周]|[明今]年|[上下]半年|[一二三四]季度|"
    r"(?:\d+|[一二两三四五六七八九十]+)\s*个?(?:工作日|小时|天|日|周|星期|月|年)(?:内|之内|左右|后)?"
)
_SOON = re.compile(
    r"近期|近日内|尽快|尽早|早日|适时|择机|择日|不久|陆续|抓紧|(?<!立)即将|条件成熟|时机成熟|视情况|"
    r"(?:将|会|争取|计划)[^，。；]{0,16}(?:逐步|加快)"
)
# Somebody does it: us, or somebody whom we promise to move.
_DOES = re.compile(
    r"将|会|争取|力争|计划|拟|准备|予以|进行|解决|完成|启动|实施|整改|修复|建成|开工|开通|出台|推进|安排|处理|办理|落实|改造|安装|维修|研究|"
    r"查处|整治|清理|恢复|协调|组织|联系|答复|回复"
)
# Wishes and advice to the writer, policies quoted, and what has been done.
_NO_PROMISE = re.compile(
    r"(?:请|望|建议|希望|敬请|提醒|可以?)[^，。；]{0,12}(?:尽快|尽早|抓紧|及时|早日)|(?:尽快|抓紧|加快)[^，。；]{0,12}(?:的通知|的意见|若干)|"
    r"近期[^，。；]{0,8}已|近期线|(?:陆续|逐步|抓紧)[^，。；]{0,8}了|的加快|《[^》]*|已(?:经)?(?:尽快|抓紧|陆续|逐步|加快)|^[^，。；]{0,10}您?(?:反映|提出|建议|留言|来信)|近期(?:来|以来|的|有|收到|接到|因|由于)|"
    r"(?:祝|愿)[^，。；]{0,12}早日"
)
# 定于2026年12月10日前修好: a day named for what we do; not one by which the writer should come, nor one of a rule.
_BY = re.compile(
    r"(?:将|会|拟|计划|定于|预计|争取|力争|确保|保证|承诺|最迟|于)[^，,。！？!?；;\n]{0,10}?"
    r"(?:(?P<year>\d{4})\s*年)?\s*(?P<month>\d{1,2})\s*月\s*(?:(?P<day>\d{1,2})\s*[日号]|底)\s*(?:之?前|以前|内)"
)
_NOT_OURS = re.compile(r"请|您|应当|应于|须|规定|可以?在|截止|报名|申请人|《")
_CLAUSE = re.compile(r"[^，,。！？!?；;\n]+")


def promises(reply: str) -> Iterator[Finding]:
    """Sentences that promise something and neither say nor are followed by a day."""
    sentences = list(SENTENCE.finditer(reply))
    for at, sentence in enumerate(sentences):
        # The day may stand in the sentence after it: 工程即将开工。计划 6 月底完工。
        said = sentence.group() + (sentences[at + 1].group() if at + 1 < len(sentences) else "")
        if DATE.search(said):
            continue
        for clause in _CLAUSE.finditer(sentence.group()):
            word = _SOON.search(clause.group())
            if word and _DOES.search(clause.group()) and not _NO_PROMISE.search(clause.group()):
                start = sentence.start() + clause.start()
                advice = f"“{word.group()}”是什么时候？请写出日期，例如“9 月 30 日前”；确实定不下来的，写明哪一天再告知进展。"
                yield Finding(start, start + len(clause.group()), Kind.NO_DATE, advice)
                break


def dated(reply: str, today: date) -> Iterator[Finding]:
    """Clauses that promise something by a day after ``today``."""
    for clause in _CLAUSE.finditer(reply):
        found = _BY.search(clause.group())
        if found is None or _NOT_OURS.search(clause.group()):
            continue
        month = int(found["month"])
        # In December, 1 月 10 日 is next year's.
        year = int(found["year"] or today.year + (month < today.month - 6))
        # The last day of a month is not needed to know that it is not over.
        ahead = (year, month, int(found["day"] or 31)) > (today.year, today.month, today.day)
        if ahead and 1 <= month <= 12:
            advice = f"“{clause.group().strip()}”是承诺，请在“答复里的承诺”里登记：到期没有兑现会提醒，并重新办理。"
            yield Finding(clause.start(), clause.end(), Kind.NOT_KEPT, advice)
