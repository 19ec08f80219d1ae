"""What becomes of calls when the one who called deletes his account; the cases made of them are the business of ``letters``."""

from lianxin.hotline import actions
from lianxin.identity.models import User
from lianxin.identity.registry import Eraser


class Calls(Eraser):
    """The number goes from the telephone system's records; that somebody called stays for the figures."""

    name = "calls"

    def erase(self, user: User) -> None:
        """Blank the number."""
        actions.forget_calls_of(user)
