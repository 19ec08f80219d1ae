"""Deeds of the staff side that are more than one deed of the engine, and what the desk keeps for itself (templates, drafts)."""

from .keeping import forget_drafts, unit_merges
from .publicity import publish_version
from .replying import drop_draft, keep_draft, save_template, send_for_approval, sign_and_send
from .screening import answer_for_all, ask_leader, give, join, pass_on, rule, turn_away
from .watching import ask_extension, grant_extension, press, refuse_extension

__all__ = [
    "answer_for_all",
    "ask_extension",
    "ask_leader",
    "drop_draft",
    "forget_drafts",
    "give",
    "grant_extension",
    "join",
    "keep_draft",
    "pass_on",
    "press",
    "publish_version",
    "refuse_extension",
    "rule",
    "save_template",
    "send_for_approval",
    "sign_and_send",
    "turn_away",
    "unit_merges",
]
