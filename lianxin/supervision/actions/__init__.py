"""Everything that changes something here: orders, what becomes of proposals, papers that are taken, digests.

Orders are deeds on cases and done by ``casework``; what stands here is their number, and what belongs together in one deed.
"""

from lianxin.supervision.actions.digests import make_digest
from lianxin.supervision.actions.orders import Part, close_order, drop_proposal, order_case, order_task
from lianxin.supervision.actions.papers import take_order, take_sheet

__all__ = ["Part", "close_order", "drop_proposal", "make_digest", "order_case", "order_task", "take_order", "take_sheet"]
