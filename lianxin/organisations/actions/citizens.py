"""What staff do for citizens' accounts at a counter."""

from typing import Any

from lianxin.foundation.errors import Forbidden
from lianxin.identity import actions as identity
from lianxin.identity import closing
from lianxin.identity.models import DeletedAccount, User
from lianxin.organisations import queries
from lianxin.organisations.actions.common import require_administrator


def _require_manager(actor: User) -> None:
    if not queries.managed_units(actor).exists():
        raise Forbidden("为市民更换手机号由单位管理员或系统管理员办理，请联系本单位管理员。")


def start_citizens_telephone(actor: User, telephone: str, *, address: str = "") -> identity.Started:
    """Send a code to the new telephone of a citizen at the counter. Unit managers and administrators do it."""
    _require_manager(actor)
    return identity.start_replacement(actor, telephone, address=address)


def change_citizens_telephone(
    actor: User, token: str, code: str, *, name: str, number: str, enterprise_code: str = "", card_seen: bool, address: str = ""
) -> User:
    """Put a citizen's account on the new telephone, after the card was looked at and the code read out. Raises what the deeds below do."""
    _require_manager(actor)
    if code:
        identity.confirm_verification(token, code, address=address)
    return identity.replace_telephone(actor, token, name=name, number=number, enterprise_code=enterprise_code, card_seen=card_seen)


# --- closing an account ----------------------------------------------------------------------------------------------------------------


def may_look(reader: User, subject: User, about: str) -> bool:
    """Rule of ``identity.registry``: an administrator reads, in part, whose account he is about to close."""
    return about == closing.ABOUT and queries.is_administrator(reader)


def find_citizen(actor: User, *, kind: str, telephone: str = "", account: str = "") -> User:
    """Find the one account that is to be closed. Administrators do it. Raises what ``identity.find_account`` does."""
    require_administrator(actor)
    return identity.find_account(actor, kind=kind, telephone=telephone, account=account)


def look_at_citizen(actor: User, user: User) -> identity.Found:
    """What the counter is shown of it; logged for the person."""
    require_administrator(actor)
    return identity.look_at_account(actor, user)


def close_citizen(actor: User, user: User, **papers: Any) -> DeletedAccount:
    """Close a citizen's account on papers that were looked at; fields and refusals as of ``identity.close_citizens_account``."""
    require_administrator(actor)
    return identity.close_citizens_account(actor, user, **papers)
