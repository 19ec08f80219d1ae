"""Numbers from which people call: mobiles, telephones of houses with their area code, short ones."""

import re
import unicodedata

from lianxin.foundation.errors import Refused
from lianxin.identity import numbers

_DIGITS = re.compile(r"[0-9]{5,15}")
_BETWEEN = re.compile(r"[\s\-—()（）\u200b-\u200f\u202a-\u202e\u2060\ufeff]")


def caller(text: str) -> str:
    """The digits of a caller's number, a mobile as citizens' accounts keep it, so that one finds the other. Raises Refused."""
    try:
        return numbers.telephone(text)
    except Refused:
        digits = _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).removeprefix("+")
    if not _DIGITS.fullmatch(digits):
        raise Refused("电话号码应是 5 至 15 位数字，固定电话带区号。来电人隐藏了号码的，请勾选“号码隐藏”。")
    return digits
