"""What can be wrong with figures: entries that differ from the events, a fold that differs from the entries."""

from collections.abc import Iterator

from lianxin.casework.models import Case
from lianxin.figures import actions
from lianxin.figures.actions.folding import entries_of, folded
from lianxin.figures.models import DailyFigure, Day, Entry, Mark
from lianxin.foundation import health

CHUNK = 500
_ENTRY = [field.attname for field in Entry._meta.concrete_fields]
_FIGURE = [field.attname for field in DailyFigure._meta.concrete_fields if field.attname != "id"]


def wrong_entries() -> Iterator[str]:
    """Every case is counted anew and compared; those that wait to be counted are left out."""
    last = 0
    while cases := list(Case.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "number")[:CHUNK]):
        last = cases[-1][0]
        waiting = set(Mark.objects.filter(case__in=[pk for pk, _ in cases]).values_list("case_id", flat=True))
        numbers = {pk: number for pk, number in cases if pk not in waiting}
        stored = {row.pk: row for row in Entry.objects.filter(case__in=numbers)}
        made = {row.pk: row for row in entries_of(list(numbers), {key: row.effective for key, row in stored.items()})}
        wrong = {key for key in stored.keys() | made.keys() if _differ(stored.get(key), made.get(key), _ENTRY)}
        for case in sorted({(stored.get(key) or made[key]).case_id for key in wrong}):
            yield f"{numbers[case]}：计数与事件不一致。"


def wrong_folds() -> Iterator[str]:
    """Every folded day is folded anew and compared; days that wait for the night are left out."""
    for day in Day.objects.filter(stale=False).order_by("day").values_list("day", flat=True).iterator():
        made = [_row(row) for row in folded(day)]
        stored = [_row(row) for row in DailyFigure.objects.filter(day=day)]
        if sorted(made, key=repr) != sorted(stored, key=repr):
            yield f"{day}：每日数据与计数依据不一致。"


def _row(row: DailyFigure) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in _FIGURE)


def _differ(one: Entry | None, other: Entry | None, names: list[str]) -> bool:
    return one is None or other is None or any(getattr(one, name) != getattr(other, name) for name in names)


health.register("数据与事件一致", wrong_entries, repair=actions.recompute)
health.register("每日数据与计数依据一致", wrong_folds, repair=actions.recompute)
