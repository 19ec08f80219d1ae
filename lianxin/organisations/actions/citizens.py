"""What staff do for citizens' accounts at a counter."""

from lianxin.foundation.errors import Forbidden
from lianxin.identity import actions as identity
from lianxin.identity.models import User
from lianxin.organisations import queries


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
