"""Every deed of the public side: drafts, sending, opening a letter by its secret, leaving."""

from lianxin.letters.actions.accounts import erase_letters
from lianxin.letters.actions.drafts import add_files, drop_file, find_draft, forget_draft, forget_old_drafts, open_draft, save_draft, written
from lianxin.letters.actions.following import limit_deeds, open_letter
from lianxin.letters.actions.importing import note_import, set_imported_limit, take_letters
from lianxin.letters.actions.sending import ask_again, ask_for_code, receipt_of, send, verify

__all__ = [
    "add_files",
    "ask_again",
    "ask_for_code",
    "drop_file",
    "erase_letters",
    "find_draft",
    "forget_draft",
    "forget_old_drafts",
    "limit_deeds",
    "note_import",
    "open_draft",
    "open_letter",
    "receipt_of",
    "save_draft",
    "send",
    "set_imported_limit",
    "take_letters",
    "verify",
    "written",
]
