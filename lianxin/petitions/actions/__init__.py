"""What changes petitions beside the engine's own deeds: taken in, reviewed, notices handed over."""

from lianxin.petitions.actions.notices import deliver_notice, take_notice
from lianxin.petitions.actions.reviews import ask_review
from lianxin.petitions.actions.sending import send
from lianxin.petitions.actions.taking import register, take_in, take_list

__all__ = ["ask_review", "deliver_notice", "register", "send", "take_in", "take_list", "take_notice"]
