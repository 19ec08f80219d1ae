"""Every deed on units, posts and the accounts of those who hold them. Nothing else changes them.

Rights: an administrator does everything; a unit manager looks after his own unit and those below it, and never gives or touches
a higher post (``queries.HIGHER_ROLES``).
"""

from lianxin.organisations.actions.accounts import (
    OpenedAccount,
    create_account,
    create_partner,
    disable,
    drop_second_factor,
    enable,
    extend_partner,
    reset_password,
    unlock,
    unlock_address,
)
from lianxin.organisations.actions.citizens import (
    change_citizens_telephone,
    close_citizen,
    find_citizen,
    look_at_citizen,
    start_citizens_telephone,
)
from lianxin.organisations.actions.common import refresh_rights
from lianxin.organisations.actions.handovers import cancel_handover, hand_over
from lianxin.organisations.actions.mergers import merge_units
from lianxin.organisations.actions.portfolios import change_portfolio, save_leader_page
from lianxin.organisations.actions.posts import appoint, end_post, person_leaves
from lianxin.organisations.actions.units import create_unit, edit_unit, rename_unit, save_section, set_duties, set_office
from lianxin.organisations.registry import register_merger, register_posts_changed, register_succession

__all__ = [
    "OpenedAccount",
    "appoint",
    "cancel_handover",
    "change_citizens_telephone",
    "change_portfolio",
    "close_citizen",
    "create_account",
    "create_partner",
    "create_unit",
    "disable",
    "drop_second_factor",
    "edit_unit",
    "enable",
    "end_post",
    "extend_partner",
    "find_citizen",
    "hand_over",
    "look_at_citizen",
    "merge_units",
    "person_leaves",
    "refresh_rights",
    "register_merger",
    "register_posts_changed",
    "register_succession",
    "rename_unit",
    "reset_password",
    "save_leader_page",
    "save_section",
    "set_duties",
    "set_office",
    "start_citizens_telephone",
    "unlock",
    "unlock_address",
]
