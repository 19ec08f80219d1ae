"""What a letter consists of while it is written."""

from dataclasses import dataclass

from lianxin.casework.vocabulary import Visibility


@dataclass(frozen=True)
class Written:
    """What was typed so far. ``to`` is ``office``, ``leader``, ``unit`` or the kind of a channel that may be chosen;
    ``join`` the number of the letter that this one joins."""

    subject: str = ""
    text: str = ""
    place: str = ""
    to: str = "office"
    leader: str = ""
    unit: str = ""
    visibility: str = Visibility.ANONYMISED.value
    name: str = ""
    join: str = ""
