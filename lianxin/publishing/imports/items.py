"""What every reader makes of its source: entries that become items when loaded."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from lianxin.foundation.errors import Refused

Block = dict[str, Any]
EARLIEST = 1949
"""Official texts of the republic are no older; an earlier year is a cell that was left empty or filled wrongly (1900)."""


@dataclass(frozen=True)
class File:
    """A picture or attachment that came along: its name and its content."""

    name: str
    content: bytes


@dataclass
class Item:
    """An article as its source has it. ``fields`` are texts by the names of ``tables.HEADERS``; nothing is checked yet.

    Blocks of the types ``picture-file`` and ``attachment-files`` name files of ``files``; saving turns them into pictures and attachments.
    """

    title: str
    blocks: list[Block]
    fields: dict[str, Any] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """What was left out or supposed, in words for the operator."""
    modified: datetime | None = None
    """When the file was last changed: the last resort for a date."""


@dataclass(frozen=True)
class Entry:
    """One article to be: its place (“通知.csv 第 12 行”), and how to load it. Loading raises Refused when it cannot be read."""

    place: str
    load: Callable[[], Any]
    """Gives an ``Item``, or what the ``tables.Form`` makes of a row."""


_DATE = re.compile(
    r"^(\d{4})[-年./](\d{1,2})[-月./](\d{1,2})日?"
    r"(?:[\sT]+(\d{1,2})[:：时](\d{1,2})分?(?:[:：](\d{1,2})(?:\.\d+)?)?秒?)?\s*(Z|[+-]\d{2}:?\d{2})?$"
)
_PACKED = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_SERIAL = re.compile(r"^\d{5}(?:\.\d+)?$")


def moment(value: Any) -> datetime:
    """A date as people and Excel write it, in the deployment's time zone. Raises Refused with what is wrong."""
    if isinstance(value, datetime):
        found = value
    else:
        text = str(value).strip()
        match = _DATE.match(text) or _PACKED.match(text)
        try:
            if match:
                found = _from_match(match)
            elif _SERIAL.match(text):
                # Excel's count of days; its first is the last of 1899, as it believes in a 29 February 1900.
                found = datetime(1899, 12, 30) + timedelta(days=float(text))
            else:
                raise ValueError(text)
        except (ValueError, OverflowError) as error:
            raise Refused(f"日期“{text[:30]}”看不懂。请写成 2008-06-12 或 2008年6月12日，可以带时间 09:30。") from error
    if found.year < EARLIEST:
        raise Refused(f"日期 {found:%Y-%m-%d} 早于 {EARLIEST} 年，多半是表格里的空日期。请填写原来的日期。")
    aware = timezone.make_aware(found) if timezone.is_naive(found) else found
    if aware > timezone.now():
        raise Refused(f"日期 {found:%Y-%m-%d} 在将来。请核对原来的日期。")
    return aware


def _from_match(match: re.Match[str]) -> datetime:
    parts = [int(part or 0) for part in match.groups()[:6]]
    found = datetime(*parts)  # type: ignore[arg-type]
    if match.re is _DATE and match[7]:
        offset = "+00:00" if match[7] == "Z" else match[7]
        return datetime.fromisoformat(f"{found.isoformat()}{offset}")
    return found
