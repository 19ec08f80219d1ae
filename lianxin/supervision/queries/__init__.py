"""Everything that reads here, starting from what the reader may see."""

from lianxin.supervision.queries import digest
from lianxin.supervision.queries.orders import (
    RULES,
    OrderState,
    Owed,
    Proposal,
    ToPropose,
    handlers_of,
    may_order,
    may_take_papers,
    open_with_progress,
    orders,
    parts_of,
    progress_owed,
    proposals,
    reports_waiting,
    state_of,
    to_propose,
)
from lianxin.supervision.queries.watching import AGES, Row, Watch, by_leader, by_unit, watched, without_unit

__all__ = [
    "AGES",
    "RULES",
    "OrderState",
    "Owed",
    "Proposal",
    "Row",
    "ToPropose",
    "Watch",
    "by_leader",
    "by_unit",
    "digest",
    "handlers_of",
    "may_order",
    "may_take_papers",
    "open_with_progress",
    "orders",
    "parts_of",
    "progress_owed",
    "proposals",
    "reports_waiting",
    "state_of",
    "to_propose",
    "watched",
    "without_unit",
]
