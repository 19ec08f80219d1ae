"""What is hidden in a text before the public reads it: numbers that point to a person, and the petitioner's own name."""

import re

# An identity number, a bank card, a mobile or a land line; letters and digits beside it would make it another number.
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])(\d{6})\d{8}(\d{3}[0-9Xx])(?![0-9A-Za-z])")
_CARD = re.compile(r"(?<![0-9A-Za-z])(\d{4})[ -]?\d{4}[ -]?\d{4}[ -]?\d{0,4}[ -]?(\d{3,4})(?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<![0-9A-Za-z])(1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?![0-9A-Za-z])")
_MAIL = re.compile(r"\b[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4})\b")


def mask_numbers(text: str) -> str:
    """``text`` with identity numbers, cards, mobile numbers and mail addresses blanked in their middle."""
    text = _IDENTITY.sub(r"\1********\2", text)
    text = _MOBILE.sub(r"\1****\2", text)
    text = _CARD.sub(r"\1 **** **** \2", text)
    return _MAIL.sub(r"***@\1", text)


def mask_name(name: str) -> str:
    """A name with only its first sign: 王**."""
    return name[:1] + "*" * (len(name) - 1) if name else ""


def mask(text: str, name: str = "") -> str:
    """``text`` for the public: numbers blanked, and ``name`` wherever it stands."""
    text = mask_numbers(text)
    return text.replace(name, mask_name(name)) if len(name) >= 2 else text
