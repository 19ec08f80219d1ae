"""What this room adds to a person's own pages: letters in ``/my/``, in the export, at a deletion."""

from typing import Any

from lianxin.casework import queries as casework
from lianxin.casework.models import Case
from lianxin.casework.vocabulary import Stage
from lianxin.identity.models import User
from lianxin.identity.registry import Eraser, ExportPart, Kept, MyPlace, OpenMatter
from lianxin.letters import actions, channels, queries

_ALL = 10_000


def place(user: User) -> MyPlace | None:
    """The entry of ``/my/``."""
    newest = queries.own_letters(user, count=1)
    note = f"最近一件：{Stage(newest[0].stage).label}" if newest else "还没有写过"
    return MyPlace("我写的信", "/my/letters/", note)


def export(user: User) -> ExportPart:
    """Everything the person wrote, and the answers."""
    records = [_record(user, case) for case in casework.own_cases(user, count=_ALL) if case.kind in channels.followed()]
    return ExportPart("letters", "我写的信", records)


def _record(user: User, case: Case) -> dict[str, Any]:
    letter = queries.own_letter(user, case.number)
    said = letter.said if letter is not None else ()
    return {
        "编号": case.number,
        "提交时间": f"{case.submitted_at:%Y-%m-%d %H:%M}",
        "状态": Stage(case.stage).label,
        "标题": case.subject,
        "内容": case.text,
        "地点": case.place,
        "往来": [f"{one.who}：{one.body}" for one in said],
        "附件": [row.name for row in letter.files] if letter is not None else [],
    }


class Letters(Eraser):
    """Letters under way go on; what is over and not public is erased; what is public stays, without a name."""

    name = "letters"

    def open_matters(self, user: User) -> list[OpenMatter]:
        """Letters that wait for an answer."""
        rows = [case for case in casework.own_cases(user, count=_ALL) if case.kind in channels.followed() and case.is_open]
        words = "会继续办理，但不再通知您。请记下编号和查询码，注销后可在“查询来信”中查看；不想办了，可以先撤回。"
        return [OpenMatter(f"{case.number} {case.subject}", f"/my/letters/{case.number}/", words) for case in rows]

    def kept(self, user: User) -> list[Kept]:
        """Open letters, and answers that are public."""
        rows = [case for case in casework.own_cases(user, count=_ALL) if case.kind in channels.followed() and (case.is_open or case.is_public)]
        if not rows:
            return []
        return [Kept("正在办理的来信，和已经公开的问答（公开的内容里没有您的姓名和电话）", "《政府信息公开条例》和档案管理的规定", "按档案保管期限")]

    def erase(self, user: User) -> None:
        """Everything else."""
        actions.erase_letters(user)
