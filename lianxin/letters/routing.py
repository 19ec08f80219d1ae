"""Which box a letter goes to: the writer may choose, and need not know any."""

from dataclasses import dataclass

from django.conf import settings

from lianxin.foundation.errors import Refused
from lianxin.letters import channels, queries
from lianxin.letters.kinds import BOARD, MAILBOX
from lianxin.letters.writing import Written
from lianxin.organisations.models import Organisation, Post


@dataclass(frozen=True)
class Route:
    """The kind of case, with the leader or the unit it is for."""

    kind: str
    leader: Post | None = None
    unit: Organisation | None = None


def route(content: Written, is_real_name: bool) -> Route:
    """Where a letter goes. Without a choice the office finds the way: in the mailbox for real names, on the boards for guests.

    Raises Refused when the chosen leader or board is not there any more, or a leader is written to without a real name.
    """
    main = queries.joinable(content.join)
    if main is not None:
        if main.kind == MAILBOX and not is_real_name:
            raise Refused(f"这件在“{settings.MAILBOX_NAME}”办理，加入需要实名。请登录并完成实名核验，或者另写一封。")
        return Route(main.kind)
    if content.to == "leader":
        return _to_leader(content, is_real_name)
    if content.to == "unit":
        unit = queries.boards().filter(slug=content.unit).first()
        if unit is None:
            raise Refused("这个单位的留言板没有开放，请另选一个，或者交给我们转办。")
        return Route(BOARD, unit=unit)
    if content.to in channels.choices():
        return Route(content.to)
    return Route(MAILBOX if is_real_name else BOARD)


def needs_real_name(content: Written) -> bool:
    """Whether what was chosen asks for a real name."""
    main = queries.joinable(content.join)
    return main.kind == MAILBOX if main is not None else content.to == "leader"


def _to_leader(content: Written, is_real_name: bool) -> Route:
    leader = queries.leaders().filter(slug=content.leader).first()
    if leader is None:
        raise Refused("请选择写给哪位领导，或者交给我们转办。")
    if not is_real_name:
        raise Refused("写信给领导需要实名。请登录并完成实名核验，或者改选“我不确定，请帮我转给该管的单位”。")
    return Route(MAILBOX, leader=leader.post)
