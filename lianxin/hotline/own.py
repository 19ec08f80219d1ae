"""Calls in a person's own data, and at a deletion; the cases made of them are the business of ``letters``."""

from django.utils import timezone

from lianxin.hotline import actions, queries
from lianxin.identity.actions import read_personal_data
from lianxin.identity.models import User
from lianxin.identity.registry import Eraser, ExportPart


def export(user: User) -> ExportPart:
    """What the telephone system told of calls from the person's telephone."""
    number = read_personal_data(user, user, ["telephone"], "导出我的数据").telephone
    records = [
        {
            "来电时间": f"{timezone.localtime(call.started_at):%Y-%m-%d %H:%M}",
            "接听": "已接听" if call.answered_at is not None else "没有接听",
            "登记的编号": call.case.number if call.case is not None else "",
        }
        for call in queries.calls_from(number)
    ]
    return ExportPart("calls", "我打的热线电话", records)


class Calls(Eraser):
    """The number goes from the telephone system's records; that somebody called stays for the figures."""

    name = "calls"

    def erase(self, user: User) -> None:
        """Blank the number."""
        actions.forget_calls_of(user)
