"""Frames for replies: the uniform format 称谓、办理情况、依据、联系人、日期, filled in with what the system knows."""

from django.utils import timezone

from lianxin.casework.models import Case
from lianxin.organisations.models import Organisation

STANDARD = """您好！您反映的“{标题}”（编号 {编号}）收悉。现答复如下：

一、办理情况
经{单位}调查核实，……

二、依据
根据《……》第……条的规定，……

三、处理结果
……

如您对以上答复有疑问，可与我们联系。联系人：……，联系电话：{电话}。感谢您的关心和监督。

{单位}
{日期}"""
INTERIM = """您好！您反映的“{标题}”（编号 {编号}）收悉。现将目前的办理情况告诉您：

一、已经做的
经{单位}调查核实，……

二、为什么还没有办完
……

三、接下来
我们将在 ……年……月……日前答复您最终结果。

联系人：……，联系电话：{电话}。

{单位}
{日期}"""
FIELDS = ("标题", "编号", "单位", "电话", "日期")
UNFINISHED = "……"


def fill(body: str, case: Case, unit: Organisation | None) -> str:
    """``body`` with the fields of ``FIELDS`` in it; other braces are left as they are."""
    today = timezone.localdate()
    values = {
        "标题": case.subject,
        "编号": case.number,
        "单位": unit.name if unit else "",
        "电话": (unit.phone if unit else "") or UNFINISHED,
        "日期": f"{today.year}年{today.month}月{today.day}日",
    }
    for name in FIELDS:
        body = body.replace(f"{{{name}}}", values[name])
    return body
