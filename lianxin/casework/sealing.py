"""What hides in a case: the keys of personal parts, the access secret, the idempotency token."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE_BYTES = 12
_PERSON = "person"
# Without letters that look like digits; 16 of 32 signs are 80 bits.
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SECRET_LENGTH = 16
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "-": "", " ": "", "—": "", "－": ""})


def new_key() -> str:
    """A key for the personal parts of one case's events."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def seal(private: dict[str, Any], key: str, case_id: int, seq: int) -> str:
    """``private`` encrypted with the case's key and bound to its event; "" for nothing."""
    if not private:
        return ""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    content = json.dumps(private, ensure_ascii=False).encode("utf-8", "surrogatepass")
    sealed = AESGCM(base64.b64decode(key)).encrypt(nonce, content, f"{case_id}/{seq}".encode())
    return base64.b64encode(nonce + sealed).decode()


def unseal(sealed: str, key: str | None, case_id: int, seq: int) -> dict[str, Any]:
    """Open what ``seal`` made; without the key (destroyed) there is nothing left to read. Raises ValueError when it does not open."""
    if not sealed or key is None:
        return {}
    raw = base64.b64decode(sealed)
    try:
        opened = AESGCM(base64.b64decode(key)).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], f"{case_id}/{seq}".encode())
    except InvalidTag as error:
        raise ValueError(f"event {seq} of case {case_id} does not open") from error
    return json.loads(opened.decode("utf-8", "surrogatepass"))


@dataclass(frozen=True)
class Keys:
    """The keys of one case; None once destroyed."""

    words: str | None
    person: str | None


def seal_event(private: dict[str, Any], personal: dict[str, Any], keys: Keys, case_id: int, seq: int) -> str:
    """What an event keeps encrypted: the words with one key, and inside them who somebody is with another."""
    if keys.words is None:
        return ""
    inner = {_PERSON: seal(personal, keys.person, case_id, seq)} if personal and keys.person else {}
    return seal(private | inner, keys.words, case_id, seq)


def unseal_event(sealed: str, keys: Keys, case_id: int, seq: int) -> dict[str, Any]:
    """Open what ``seal_event`` made, as far as keys are left. Raises ValueError when it does not open."""
    opened = unseal(sealed, keys.words, case_id, seq)
    return opened | unseal(opened.pop(_PERSON, ""), keys.person, case_id, seq)


def token_hash(token: str) -> str:
    """Under which the idempotency token of a submission is kept."""
    return _keyed("token", token)


def access_secret(token: str) -> str:
    """The secret that belongs to a token: 80 bits, the same whenever the submission is repeated, known from nothing that is stored."""
    digest = hmac.new(settings.CASE_KEY.encode(), f"secret\0{token}".encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest[:10], "big")
    return "".join(_SIGNS[(number >> 5 * place) & 31] for place in range(_SECRET_LENGTH))


def shown(secret: str) -> str:
    """A secret as people copy it: in groups of four."""
    return "-".join(secret[place : place + 4] for place in range(0, len(secret), 4))


def secret_hash(typed: str) -> str:
    """The keyed hash of a secret as somebody typed it; a password's hash would be too slow and is not needed for 80 random bits."""
    return _keyed("access", typed[:64].upper().translate(_READ_AS))


def same(one: str, other: str) -> bool:
    """Compare without telling by time how much agrees."""
    return hmac.compare_digest(one.encode(), other.encode())


def _keyed(purpose: str, value: str) -> str:
    return hmac.new(settings.CASE_KEY.encode(), f"{purpose}\0{value}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
