"""The uniform format of replies: 称谓、办理情况、依据、联系人、日期."""

import re
from collections.abc import Iterator

from lianxin.triage.inspection import Finding, Kind

_HEAD, _TAIL = 60, 60
_SALUTATION = re.compile(r"您好|你好|尊敬的|网友|市民|同志|先生|女士|朋友|来信人|“?UU\d+|居民|业主|同学|家长")
_HANDLING = re.compile(
    r"经(?:查|核|调查|核实|了解|现场|向|与|研究|实地|初步|我|区|市|县|街道|办)|调查|核实|核查|现场|了解到|走访|约谈|处理情况|办理情况|"
    r"(?:情况|现将?|现就|问题)[^，。；]{0,30}(?:回复|答复|说明|汇报)|已(?:责令|要求|督促|安排|组织|完成|联系|对|于|将|经)"
)
_BASIS = re.compile(
    r"《[^》]{3,}》|[〔\[［﹝（(]\d{4}[〕\]］﹞）)]\s*第?\s*\d+\s*号|第[一二三四五六七八九十百\d]+条|"
    r"(?:根据|依据|按照|依照|按)[^，。；]{2,40}(?:法|条例|规定|办法|规划|政策|标准|细则|意见|通知|方案|要求|计划|规范|制度|协议|合同)"
)
_CONTACT = re.compile(
    r"(?:电话|联系人|热线|咨询|致电|拨打|联系方式|来电|手机|[Tt]el)[^。；]{0,30}?[\d*]{5,}|\d{3,4}[-—]\d{6,8}|[\d*]{3,4}[-—][\d*]{7,8}|"
    r"(?<!\d)1\d{10}(?!\d)|(?<!\d)12345(?!\d)"
)
_DAY = re.compile(
    r"(?:\d{4}|[〇零○Ｏ０一二三四五六七八九]{4})\s*年\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*月\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*[日号]|"
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}"
)


def missing_parts(reply: str) -> Iterator[Finding]:
    """What the format wants and the reply does not have; at its beginning or its end."""
    text = reply.rstrip()
    end = len(reply)
    if not _SALUTATION.search(text[:_HEAD]):
        yield Finding(0, 0, Kind.NO_SALUTATION, "开头没有称谓，请写“您好”或来信人的称呼。")
    if not _HANDLING.search(text):
        yield Finding(end, end, Kind.NO_HANDLING, "没有写办理情况：谁、怎样核实和处理，结果如何。")
    if not _BASIS.search(text):
        yield Finding(end, end, Kind.NO_BASIS, "没有写依据：按哪项法律、文件、规划或约定答复。")
    if not _CONTACT.search(text):
        yield Finding(end, end, Kind.NO_CONTACT, "没有写联系人和办公电话，来信人还有疑问时不知道找谁。")
    if not _DAY.search(text[-_TAIL:]):
        yield Finding(end, end, Kind.NO_DAY, "末尾没有答复日期。")
