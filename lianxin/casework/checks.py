"""What can be wrong with cases: a broken chain of events, rows that differ from what the events make."""

from collections.abc import Iterator

from lianxin.casework.actions.rebuilding import CHUNK, rebuild
from lianxin.casework.models import Case, CaseEvent
from lianxin.casework.projections.replaying import told
from lianxin.foundation import health


def wrong_cases() -> Iterator[str]:
    """Every case is replayed from its events and compared with the rows that are stored; its chain is verified on the way."""
    last = 0
    while chunk := list(Case.objects.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        last = chunk[-1].pk
        yield from faults(*chunk)


def faults(*cases: Case) -> Iterator[str]:
    """What is wrong with these cases, in Chinese."""
    for one in told(cases):
        number = one.case.number
        for fault in one.chain:
            yield f"{number}：{fault}。请保留现场，复制数据目录，查明谁动过数据库。"
        if one.keys_are_lost:
            yield f"{number}：解密的密钥不见了，而没有删除的记录。请从备份恢复这件的密钥。"
        for difference in one.differences:
            yield f"{number}：{difference}。"


def unguarded() -> Iterator[str]:
    """The database must refuse changes to events by itself."""
    from lianxin.foundation import guards

    if not guards.guarded(CaseEvent._meta.db_table):
        yield "数据库没有禁止修改办件事件，请重新执行数据库升级，或联系维护人员恢复触发器。"


health.register("办件事件", unguarded)
health.register("办件与事件一致", wrong_cases, repair=rebuild)
