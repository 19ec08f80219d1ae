"""Every deed of the hotline: what is typed is kept, a call becomes a case once, callers are called back, telephone systems tell their calls."""

from lianxin.hotline.actions.callbacks import call_back
from lianxin.hotline.actions.calls import Way, answer_on_line, register
from lianxin.hotline.actions.records import CallData, forget_calls_of, forget_numbers, holder_of, make_key, record_call, revoke_key, take_call
from lianxin.hotline.actions.scripts import save_script
from lianxin.hotline.actions.sheets import clear_sheet, forget_old_sheets, keep_sheet, may_text, open_sheet, text_receipt

__all__ = [
    "CallData",
    "Way",
    "answer_on_line",
    "call_back",
    "clear_sheet",
    "forget_calls_of",
    "forget_numbers",
    "forget_old_sheets",
    "holder_of",
    "keep_sheet",
    "make_key",
    "may_text",
    "open_sheet",
    "record_call",
    "register",
    "revoke_key",
    "save_script",
    "take_call",
    "text_receipt",
]
