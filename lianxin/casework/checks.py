"""What can be wrong with cases: a broken chain of events, rows that differ from what the events make."""

from collections.abc import Iterator

from django.core.exceptions import ObjectDoesNotExist

from lianxin.casework import projections, sealing
from lianxin.casework.events import chain_faults
from lianxin.casework.models import Case, CaseEvent, CaseKey
from lianxin.foundation import health

_CHUNK = 200
NO_KEYS = sealing.Keys(None, None)


def wrong_cases() -> Iterator[str]:
    """Every case is replayed from its events and compared with the rows that are stored; its chain is verified on the way."""
    last = 0
    while chunk := list(Case.objects.filter(pk__gt=last).order_by("pk")[:_CHUNK]):
        last = chunk[-1].pk
        yield from faults(*chunk)


def faults(*cases: Case) -> Iterator[str]:
    """What is wrong with these cases, in Chinese."""
    ids = [case.pk for case in cases]
    events: dict[int, list[CaseEvent]] = {case_id: [] for case_id in ids}
    for event in CaseEvent.objects.filter(case__in=ids).order_by("case", "seq"):
        events[event.case_id].append(event)
    keys = {row.pk: sealing.Keys(row.key, row.person) for row in CaseKey.objects.filter(pk__in=ids)}
    rows = projections.stored(cases)
    for case in cases:
        yield from _faults(case, events[case.pk], keys.get(case.pk, NO_KEYS), rows[case.pk])


def _faults(case: Case, events: list[CaseEvent], keys: sealing.Keys, found: projections.Rows) -> Iterator[str]:
    for fault in chain_faults(events, case.version, case.head):
        yield f"{case.number}：{fault}。请保留现场，复制数据目录，查明谁动过数据库。"
    try:
        made = projections.replay(case.pk, events, keys)
    except (KeyError, ValueError, ObjectDoesNotExist) as error:
        yield f"{case.number}：事件无法重放（{type(error).__name__}）。"
        return
    for difference in projections.differences(made, found):
        yield f"{case.number}：{difference}。"


def unguarded() -> Iterator[str]:
    """The database must refuse changes to events by itself."""
    from lianxin.foundation import guards

    if not guards.guarded(CaseEvent._meta.db_table):
        yield "数据库没有禁止修改办件事件，请重新执行数据库升级，或联系维护人员恢复触发器。"


health.register("办件事件", unguarded)
health.register("办件与事件一致", wrong_cases)
