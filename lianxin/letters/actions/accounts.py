"""What becomes of letters when their writer deletes his account."""

from lianxin.casework import actions as casework
from lianxin.casework.models import Case
from lianxin.identity.models import User
from lianxin.letters import channels


def erase_letters(user: User) -> None:
    """In the transaction of the deletion: what was written in letters that are over and not public goes, by destroying their keys."""
    finished = Case.objects.filter(petitioner__user=user, kind__in=channels.followed(), is_open=False, is_public=False, erased_at=None)
    for case in finished.order_by("pk"):
        casework.erase(None, case, "来信人注销账号")
