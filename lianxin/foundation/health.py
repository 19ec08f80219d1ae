"""Consistency of the stored data: rooms register what can be looked at and, where it is safe, how it is put right.

::

    health.register("稿件列表", wrong_listings, repair=rebuild_listings)   # in the room's checks.py
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Check:
    """One thing to look at."""

    name: str
    look: Callable[[], Iterable[str]]
    """Returns what is wrong, one Chinese sentence each; nothing when all is well."""
    repair: Callable[[], object] | None
    """Puts it right from what is certain; None where a person must decide."""


@dataclass(frozen=True)
class Result:
    """What one check found."""

    name: str
    problems: list[str]
    """What is wrong now, after the repair if there was one."""
    repaired: int
    """How many problems the repair has put right."""
    can_repair: bool


_checks: dict[str, Check] = {}


def register(name: str, look: Callable[[], Iterable[str]], repair: Callable[[], object] | None = None) -> None:
    """Add a check for ``lianxin check``; ``name`` is shown. Registering a name again replaces it."""
    _checks[name] = Check(name, look, repair)


def examine(*, repair: bool = False) -> Iterator[Result]:
    """Look at everything, in the order of registration; with ``repair``, put right what can be and look again."""
    for check in list(_checks.values()):
        found = _look(check)
        left = found
        if found and repair and check.repair is not None:
            try:
                check.repair()
            except Exception as error:
                logger.exception("the repair of %s failed", check.name)
                left = [*found, f"修复时出错（{type(error).__name__}），详情见日志。"]
            else:
                left = _look(check)
        yield Result(check.name, left, max(0, len(found) - len(left)), check.repair is not None)


def _look(check: Check) -> list[str]:
    try:
        return list(check.look())
    except Exception as error:
        logger.exception("the check %s failed", check.name)
        return [f"检查时出错（{type(error).__name__}），详情见日志。"]


def _audit_trail() -> Iterable[str]:
    from lianxin.foundation import audit

    for broken in audit.verify():
        yield f"审计记录第 {broken.seq} 条：{broken.reason}。请保留现场，复制数据目录，查明谁动过数据库。"


def _foundation() -> Iterable[str]:
    from lianxin.foundation import checks

    return checks.findings()


def _jobs() -> Iterable[str]:
    from lianxin.foundation import queries

    count = queries.dead_letters().count()
    if count:
        yield f"有 {count} 项后台任务多次失败，等待处理：请到工作台的“系统”页重试或放弃。"


def _search_index() -> Iterable[str]:
    from lianxin.foundation.search import rebuild

    return rebuild.disagreement()


def _repair_search_index() -> None:
    from lianxin.foundation.search import rebuild

    rebuild.repair()


register("审计记录", _audit_trail)
register("基础设置与工作日历", _foundation)
register("后台任务", _jobs)
register("搜索索引", _search_index, repair=_repair_search_index)
