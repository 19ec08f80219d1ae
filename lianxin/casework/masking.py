"""What is hidden in every text before the public reads it: numbers that lead to a person, and the petitioner's own name."""

from lianxin.triage import inspection


def mask_name(name: str) -> str:
    """A name with only its first sign: 王**."""
    return name[:1] + "*" * (len(name) - 1) if name else ""


def mask(text: str, name: str = "") -> str:
    """``text`` for the public: personal numbers hidden as triage hides them, and ``name`` wherever it stands.

    The last line behind the person who decides on publicity, who sees all findings and not only these.
    """
    text = inspection.mask(text, inspection.personal_numbers(text))
    return text.replace(name, mask_name(name)) if len(name) >= 2 else text
