"""What can be wrong with cases: a broken chain of events, rows that differ from what the events make."""

from collections.abc import Iterable, Iterator

from lianxin.casework import projections
from lianxin.casework.events import chain_faults
from lianxin.casework.models import Case, CaseEvent, CaseKey
from lianxin.foundation import health

_CHUNK = 200


def wrong_cases() -> Iterator[str]:
    """Every case is replayed from its events and compared with the rows that are stored; its chain is verified on the way."""
    for case in Case.objects.order_by("pk").iterator(chunk_size=_CHUNK):
        yield from faults(case)


def faults(case: Case) -> Iterable[str]:
    """What is wrong with one case, in Chinese."""
    events = list(CaseEvent.objects.filter(case=case).order_by("seq"))
    for fault in chain_faults(events, case.version, case.head):
        yield f"{case.number}：{fault}。请保留现场，复制数据目录，查明谁动过数据库。"
    key = CaseKey.objects.filter(pk=case.pk).values_list("key", flat=True).first()
    try:
        made = projections.replay(case.pk, events, key)
    except (KeyError, ValueError) as error:
        yield f"{case.number}：事件无法重放（{type(error).__name__}）。"
        return
    for difference in projections.differences(made, projections.stored(case)):
        yield f"{case.number}：{difference}。"


def unguarded() -> Iterator[str]:
    """The database must refuse changes to events by itself."""
    from lianxin.foundation import guards

    if not guards.guarded(CaseEvent._meta.db_table):
        yield "数据库没有禁止修改办件事件，请重新执行数据库升级，或联系维护人员恢复触发器。"


health.register("办件事件", unguarded)
health.register("办件与事件一致", wrong_cases)
