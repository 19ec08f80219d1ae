"""Everything that changes a case: one function for each deed, one transaction each.

A deed checks rights, asks the kind's table whether it may be done now, records events (which write the current rows), lets clocks
follow and enqueues notices. ``version`` is the case's version the actor decided on; when it has moved on the deed is refused. A deed
returns the case as it is now, or the message it is about.
"""

from lianxin.casework.actions.assignments import (
    accept_report,
    assign,
    finish_part,
    hand_to_section,
    report_back,
    report_progress,
    return_assignment,
    rule_on_return,
    send_back_report,
    sign_for,
)
from lianxin.casework.actions.citizens import object_once, rate, withdraw
from lianxin.casework.actions.limits import breach, extend_clock, remind
from lianxin.casework.actions.past import Past, take_over
from lianxin.casework.actions.publicity import (
    decide_public,
    erase,
    finish,
    forget_petitioner,
    keep_promise,
    miss_promise,
    read_petitioner,
    record_delivery,
    redact,
    seal,
    set_visibility,
)
from lianxin.casework.actions.rebuilding import rebuild
from lianxin.casework.actions.recomputing import recompute
from lianxin.casework.actions.replies import (
    add_information,
    add_note,
    approve_reply,
    ask_citizen,
    citizen_answered,
    draft_reply,
    interim_reply,
    publish_reply,
    review_reply,
    send_back_reply,
)
from lianxin.casework.actions.rulebook import save_rule, withdraw_rule
from lianxin.casework.actions.screening import accept, decline, screen
from lianxin.casework.actions.submission import PetitionerData, Receipt, submit
from lianxin.casework.actions.succession import transfer_to_unit
from lianxin.casework.actions.together import answer_cluster, answer_member, join_cluster, link_cases, miss_shared_promise, open_cluster
from lianxin.casework.actions.watching import (
    Order,
    ask_instruction,
    close_supervision,
    follow_up,
    instruct,
    propose_supervision,
    reopen,
    supervise,
)

__all__ = [
    "Order",
    "Past",
    "PetitionerData",
    "Receipt",
    "accept",
    "accept_report",
    "add_information",
    "add_note",
    "answer_cluster",
    "answer_member",
    "approve_reply",
    "ask_citizen",
    "ask_instruction",
    "assign",
    "breach",
    "citizen_answered",
    "close_supervision",
    "decide_public",
    "decline",
    "draft_reply",
    "erase",
    "extend_clock",
    "finish",
    "finish_part",
    "follow_up",
    "forget_petitioner",
    "hand_to_section",
    "instruct",
    "interim_reply",
    "join_cluster",
    "keep_promise",
    "link_cases",
    "miss_promise",
    "miss_shared_promise",
    "object_once",
    "open_cluster",
    "propose_supervision",
    "publish_reply",
    "rate",
    "read_petitioner",
    "rebuild",
    "recompute",
    "record_delivery",
    "redact",
    "remind",
    "reopen",
    "report_back",
    "report_progress",
    "return_assignment",
    "review_reply",
    "rule_on_return",
    "save_rule",
    "screen",
    "seal",
    "send_back_reply",
    "send_back_report",
    "set_visibility",
    "sign_for",
    "submit",
    "supervise",
    "take_over",
    "transfer_to_unit",
    "withdraw",
    "withdraw_rule",
]
