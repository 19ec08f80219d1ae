"""Current rows as their events make them.

Every row is written by the one function that applies a type of event. A deed appends an event and applies it; a replay applies all
events to nothing. So both say the same by construction, and ``differences`` finds whatever was changed behind the engine's back.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from lianxin.casework import sealing
from lianxin.casework.models import Case, CaseEvent
from lianxin.casework.projections import case as case_projection
from lianxin.casework.projections import handling, messages, watching  # noqa: F401  (they register themselves)
from lianxin.casework.projections.registry import APPLIED, Fact
from lianxin.casework.projections.rows import PROJECTED, Rows, values_of

__all__ = ["APPLIED", "PROJECTED", "Fact", "Rows", "apply", "differences", "replay", "stored", "values_of"]


def apply(event: CaseEvent, private: dict[str, Any], rows: Rows) -> None:
    """Let ``rows`` follow one event."""
    fact = Fact(event, private)
    APPLIED[event.type](fact, rows)
    case_projection.settle(fact, rows)


def replay(case_id: int, events: Iterable[CaseEvent], keys: sealing.Keys) -> Rows:
    """The rows that ``events``, all those of a case in order, make of nothing; ``keys`` open their private parts."""
    rows = Rows(Case(pk=case_id), stored=False)
    for event in events:
        apply(event, sealing.unseal_event(event.sealed, keys, event.case_id, event.seq), rows)
    return rows


def stored(cases: Sequence[Case]) -> dict[int, Rows]:
    """All rows of some cases as the database has them, by case: one query for each table, however many cases."""
    found = {case.pk: Rows(case, stored=True) for case in cases}
    for model in PROJECTED[1:]:
        by_case: dict[int, list[Any]] = defaultdict(list)
        stored_rows: Iterable[Any] = model._default_manager.filter(case__in=found)
        for row in stored_rows:
            by_case[row.case_id].append(row)
        for case_id, rows in found.items():
            rows.take(by_case[case_id], whole=model)
    return found


def differences(made: Rows, found: Rows) -> list[str]:
    """Where the rows found differ from those that the events make, in Chinese, by table, row and column; never the values."""
    should, is_ = made.snapshot(), found.snapshot()
    said = []
    for model, key in sorted(should.keys() | is_.keys(), key=lambda entry: (entry[0].__name__, entry[1])):
        name = f"{model._meta.verbose_name}（{model.__name__} {key}）"
        if (model, key) not in is_:
            said.append(f"缺少{name}")
        elif (model, key) not in should:
            said.append(f"多出{name}")
        else:
            wrong = [column for column, value in should[model, key].items() if is_[model, key][column] != value]
            if wrong:
                said.append(f"{name}的 {'、'.join(wrong)} 与事件不一致")
    return said
