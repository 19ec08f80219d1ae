"""Data under one person's own key, for places where nothing is ever deleted row by row: chained events, files, copies.

``actions.new_person_key()`` makes a key, with or without an account; ``actions.destroy_person_key`` ends it, and everything sealed with
it stays shut for ever, while hashes over the sealed text still hold. The key itself lies encrypted under the ring of ``foundation.crypto``
and is rotated with it.
"""

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lianxin.identity.models import PersonKey

_MARK = b"pk1"
_NONCE = 12


class KeyDestroyed(Exception):
    """The person's data were deleted: the key is gone and this can never be read again."""


class CannotUnseal(Exception):
    """Sealed with another key, moved from another place, or damaged."""


def draw() -> str:
    """A new key, as text for its row."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _cipher(key: PersonKey) -> AESGCM:
    if key.secret is None:
        raise KeyDestroyed(f"the key {key.pk} was destroyed")
    return AESGCM(base64.b64decode(key.secret))


def seal_bytes(key: PersonKey, content: bytes, context: str) -> bytes:
    """Encrypt ``content`` with the person's key, bound to ``context`` (any fixed name, such as ``case.text``)."""
    nonce = secrets.token_bytes(_NONCE)
    return _MARK + nonce + _cipher(key).encrypt(nonce, content, _MARK + context.encode())


def unseal_bytes(key: PersonKey, sealed: bytes, context: str) -> bytes:
    """Open what ``seal_bytes`` made. Raises KeyDestroyed or CannotUnseal."""
    cipher = _cipher(key)
    body = sealed[len(_MARK) :]
    try:
        if not sealed.startswith(_MARK):
            raise ValueError
        return cipher.decrypt(body[:_NONCE], body[_NONCE:], _MARK + context.encode())
    except (InvalidTag, ValueError):
        raise CannotUnseal(f"{context} does not open with the key {key.pk}") from None


def seal(key: PersonKey, text: str, context: str) -> str:
    """Encrypt a text with the person's key."""
    return base64.urlsafe_b64encode(seal_bytes(key, text.encode("utf-8", "surrogatepass"), context)).decode()


def unseal(key: PersonKey, token: str, context: str) -> str:
    """Open what ``seal`` made. Raises KeyDestroyed or CannotUnseal."""
    try:
        sealed = base64.urlsafe_b64decode(token)
    except ValueError:
        raise CannotUnseal(f"{context} is no sealed text") from None
    return unseal_bytes(key, sealed, context).decode("utf-8", "surrogatepass")
