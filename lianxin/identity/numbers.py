"""Telephones, identity numbers and codes of enterprises: how they are typed, checked by rule, and shown in part."""

import re
import unicodedata
from datetime import date

from stdnum import numdb
from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidChecksum, InvalidComponent, ValidationError

from lianxin.foundation.errors import Refused

ADULT, ACTS_ALONE = 18, 14  # 民法典 §17; 个人信息保护法 §31
_MOBILE = re.compile(r"1[3-9]\d{9}")
_HAN = r"[\u3400-\u9fff\U00020000-\U0003134f"
_NAME = re.compile(rf"{_HAN}]{_HAN}·]{{0,48}}{_HAN}]|[A-Z][A-Z .'-]{{1,58}}[A-Z]")
_ENTERPRISE_NAME = re.compile(r"[\w（）()·&.,，\- ]{4,100}")


def _typed(text: str) -> str:
    """What was meant: full-width signs evened out, blanks and hyphens between groups dropped."""
    return re.sub(r"[\s\-—\u200b-\u200f\u202a-\u202e\u2060\ufeff]", "", unicodedata.normalize("NFKC", text))


def telephone(text: str) -> str:
    """Return a mainland mobile number as eleven digits, however it was typed. Raises Refused."""
    digits = _typed(text)
    for prefix in ("+86", "0086", "86"):
        if digits.startswith(prefix) and len(digits) == 11 + len(prefix):
            digits = digits.removeprefix(prefix)
    if not _MOBILE.fullmatch(digits) or not digits.isascii():
        raise Refused("手机号应是 1 开头的 11 位数字，请检查后再输入。")
    return digits


def code(text: str) -> str:
    """Return six digits as they were meant. Raises Refused."""
    digits = _typed(text)
    if not re.fullmatch(r"[0-9]{6}", digits):
        raise Refused("验证码是 6 位数字，请按短信里的数字输入。")
    return digits


def person_name(text: str) -> str:
    """Return a person's name as it stands on the identity card. Raises Refused."""
    name = unicodedata.normalize("NFC", text).strip()
    name = name.upper() if name.isascii() else re.sub("[•・.．]", "·", name)
    if not _NAME.fullmatch(name):
        raise Refused("请填写身份证上的姓名，例如“王小明”；名字里的间隔号请用“·”。")
    return name


def identity_number(text: str, today: date) -> str:
    """Return an identity number of eighteen signs whose province, date and check digit are right. Raises Refused.

    Not ``ric.validate``: it wants the county to have existed in the year of birth, but the code is that of the place and time of
    registration. Everybody in 阿图什 who was born before 1986 would be refused, as would children of counties newer than its table.
    """
    number = _typed(text).upper()
    try:
        born = _parts_agree(number)
    except ValidationError:
        raise Refused("身份证号不对：应是 18 位，最后一位可以是 X。请对照身份证再输入一遍。") from None
    if born > today:
        raise Refused("身份证号里的出生日期还没有到，请对照身份证再输入一遍。")
    return number


def _parts_agree(number: str) -> date:
    """The date of birth of a number whose form, check digit, province and date are right. Raises stdnum's ValidationError."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number) or ric.calc_check_digit(number) != number[-1]:
        raise InvalidChecksum
    if not any("province" in properties for _, properties in numdb.get("cn/loc").info(number[:2])):
        raise InvalidComponent
    return ric.get_birth_date(number)


def enterprise_name(text: str) -> str:
    """Return an enterprise's full name. Raises Refused."""
    name = unicodedata.normalize("NFC", text).strip()
    if not _ENTERPRISE_NAME.fullmatch(name):
        raise Refused("请填写营业执照上的企业全称。")
    return name


def enterprise_code(text: str) -> str:
    """Return a unified social credit code (GB 32100) whose check digit is right. Raises Refused."""
    try:
        return uscc.validate(_typed(text).upper())
    except ValidationError:
        raise Refused("统一社会信用代码不对：应是 18 位数字或大写字母。请对照营业执照再输入一遍。") from None


def age(number: str, today: date) -> int:
    """The age in years on ``today`` of the holder of a checked identity number."""
    born = ric.get_birth_date(number)
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def masked_telephone(number: str) -> str:
    """``199****0001``."""
    return f"{number[:3]}****{number[-4:]}" if number else ""


def masked_name(name: str) -> str:
    """``王*明`` → the family name and stars, as public pages show names: ``王**``."""
    return name[:1] + "*" * (len(name) - 1)


def masked_number(number: str) -> str:
    """``1****************2``: the first and the last sign."""
    return f"{number[0]}{'*' * (len(number) - 2)}{number[-1]}" if number else ""
