"""What the tests of citizens share: invented people, and the code that went out."""

import json

from lianxin.foundation.models import SmsMessage
from lianxin.identity import actions, consents
from lianxin.identity.models import User

TELEPHONE, OTHER_TELEPHONE = "19900000001", "19900000002"
NAME, NUMBER = "林小满", "110101190001010014"  # born 1900-01-01: nobody's
CHILD_NUMBER = "110101201801010013"
ENTERPRISE, CODE = "和安市示例食品有限公司", "91419900MA0000000K"
PRIVACY = consents.text(consents.PRIVACY).version
SENSITIVE = consents.text(consents.SENSITIVE).version
GUARDIAN = consents.text(consents.GUARDIAN).version


def sent_code() -> str:
    """The digits of the code that was sent last."""
    message = SmsMessage.objects.filter(template="code").latest("pk")
    return json.loads(message.values)[0]


def wrong(code: str) -> str:
    """Six other digits."""
    return f"{(int(code) + 1) % 10**6:06}"


def verified(telephone: str = TELEPHONE, purpose: str = "sign_in", user: User | None = None) -> str:
    """A token whose code was typed."""
    token = actions.start_verification(telephone, purpose, user=user).token
    return actions.confirm_verification(token, sent_code()).token


def signed_up(telephone: str = TELEPHONE, kind: str = "citizen", **fields) -> actions.SignedIn:
    """A new account and its first session."""
    return actions.sign_up(verified(telephone), kind, **{"consent_version": PRIVACY, **fields})
