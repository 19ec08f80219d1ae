"""What a table of letters looks like: its headers, in Chinese and English, and its rows as plain values."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from lianxin.publishing.imports import sources, tables
from lianxin.publishing.imports.items import Entry

HEADERS: dict[str, tuple[str, ...]] = {
    "subject": ("标题", "主题", "题目", "来信标题", "subject", "title"),
    "text": ("内容", "正文", "来信内容", "诉求内容", "body", "text", "content"),
    "at": ("来信时间", "来信日期", "提交时间", "留言时间", "写信时间", "sent at", "received at", "date"),
    "name": ("姓名", "来信人", "写信人", "反映人", "留言人", "用户", "name", "user"),
    "phone": ("电话", "手机", "手机号", "联系电话", "phone", "telephone"),
    "place": ("地点", "事发地点", "place"),
    "category": ("分类", "类别", "来信分类", "category"),
    "unit": ("承办单位", "主办单位", "答复单位", "单位", "unit"),
    "state": ("状态", "办理状态", "state", "status"),
    "reply": ("答复", "答复内容", "回复", "回复内容", "reply", "answer"),
    "replied_at": ("答复时间", "答复日期", "回复时间", "回复日期", "replied at", "answered at"),
    "outcome": ("办理结果", "结果", "outcome"),
    "withdrawn_at": ("撤回时间", "withdrawn at"),
    "score": ("评分", "评价", "满意度", "score", "rating"),
    "comment": ("评价意见", "comment"),
    "rated_at": ("评价时间", "评价日期", "rated at"),
    "public": ("是否公开", "公开", "public"),
}
REQUIRED = ("subject", "text", "at")
FORM = tables.Form(HEADERS, REQUIRED, lambda row, find: row)
Row = dict[str, Any]


def entries(where: sources.Source) -> Iterator[Entry]:
    """Every letter of the source as a row by the names of ``HEADERS``; files that are no tables are entries that are refused."""
    for name, reason in where.faults:
        yield sources.refused(name, reason)
    for name, size, _ in where.files:
        if PurePosixPath(name).suffix.lstrip(".").lower() in sources.TABLES:
            yield from sources.table_entries(where, name, size, FORM)
        else:
            yield sources.refused(name, "来信从 JSON Lines（.jsonl）、CSV 和 XLSX 导入。请另存为其中一种。")


def plain(row: Row, key: str) -> str:
    """A value as text on one line."""
    value = row.get(key)
    return " ".join(str(value if value is not None else "").split())
