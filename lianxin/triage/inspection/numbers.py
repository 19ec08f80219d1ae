"""What leads to a person: identity numbers, bank cards, telephones, plates, accounts, the door he lives behind."""

import re
from collections.abc import Iterator
from datetime import date

from stdnum import luhn
from stdnum.cn import ric

from lianxin.triage.inspection.findings import Finding, Kind
from lianxin.triage.inspection.view import View

# What people put between digits.
_GAP = r"[ \t\-.·•_—–]{0,2}"
_IDENTITY = re.compile(rf"(?=([1-9](?:{_GAP}\d){{16}}{_GAP}[\dXx]))")
_OLD_IDENTITY = re.compile(r"(?<![\d*])[1-6]\d{14}(?![\d*])")
_CARD = re.compile(rf"(?<![\d*])(?:62|60|4|5[1-5]|9558|3[57])(?:{_GAP}\d){{10,17}}(?![\d*])")
_MOBILE = re.compile(rf"(?<![\d*])(?:\+?86{_GAP})?(1{_GAP}[3-9](?:{_GAP}\d){{9}})(?![\d*])")
_LANDLINE = re.compile(r"(?<![\d*])[(]?(0(?:10|2\d|[3-9]\d{2}))[)]?[ \-—–]{0,2}(\d{7,8})(?![\d*])")
_LOCAL = re.compile(r"(?:电话|座机|[Tt]el)[号码是为:： .]{0,5}([2-8]\d{6,7})(?![\d*])")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Za-hj-np-z][ ·•.\-:：]{0,2}"
    r"(?=[A-Za-z]{0,4}\d)[A-HJ-NP-Za-hj-np-z\d]{4,6}[挂学警港澳]?(?![A-Za-z\d])"
)
_MAIL = re.compile(r"(?<![A-Za-z0-9._%+-])([A-Za-z0-9._%+-]{1,64})@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
_ACCOUNT = re.compile(r"(?:QQ|[Qq]{2}|微信|[Vv][信xX]|抖音)(?:号码?|账号)?[是为:： ]{0,3}([A-Za-z0-9_-]{5,20})(?![A-Za-z0-9_-])")
# A flat within a building; the building itself says where the matter is.
_HOME = re.compile(
    r"(?<=[栋幢楼座号])[ -]?(?:[\d一二三四五六七八九十]{1,3}单元[ -]?)?(\d{3,4})(?:室|号房?|房|户)(?![楼线产]|公交)|"
    r"(?<=单元)[ -]?(\d{3,4})(?![\d年])(?:室|号房?|房|户)?"
)
_PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82".split()  # noqa: SIM905
)
_NOT_DIGIT = re.compile(r"[^\dXx]")
_FIRST_YEAR = 1880


def numbers(plain: View, spelt: View) -> Iterator[Finding]:
    """All numbers in the view; ``spelt`` is the same view with Chinese digits as Arabic ones."""
    yield from _identities(spelt)
    yield from _cards(spelt)
    yield from _telephones(spelt)
    for match in _PLATE.finditer(plain.seen):
        start, end = plain.span(*match.span())
        yield Finding(start, end, Kind.PLATE, "公开前隐去车牌号，只留前两位。", f"{match.group()[:2].upper()}***")
    for match in _MAIL.finditer(plain.seen):
        yield Finding(*plain.span(*match.span(1)), Kind.ACCOUNT, "公开前隐去邮箱地址。", "***")
    for match in _ACCOUNT.finditer(plain.seen):
        yield Finding(*plain.span(*match.span(1)), Kind.ACCOUNT, "公开前隐去网络账号。", "***")
    for match in _HOME.finditer(plain.seen):
        yield Finding(*plain.span(*match.span(match.lastindex or 0)), Kind.HOME, "公开前隐去门牌号，留到楼栋即可。", "***")


def _identities(spelt: View) -> Iterator[Finding]:
    for match in _IDENTITY.finditer(spelt.seen):
        digits = _NOT_DIGIT.sub("", match[1]).upper()
        start, end = match.span(1)
        if _is_identity(digits):
            advice = "公开前必须隐去身份证号。"
        elif _stands_alone(spelt.seen, start, end) and _looks_like_identity(digits[:2], digits[6:14]):
            advice = "像是写错一位的身份证号，公开前同样隐去。"
        else:
            continue
        yield _identity(spelt, start, end, digits, advice)
    for match in _OLD_IDENTITY.finditer(spelt.seen):
        digits = match.group()
        if _looks_like_identity(digits[:2], f"19{digits[6:12]}"):
            yield _identity(spelt, *match.span(), digits, "像是十五位的旧身份证号，公开前隐去。")


def _is_identity(digits: str) -> bool:
    try:
        return bool(ric.is_valid(digits))
    except KeyError:
        # The library's list of regions has some without counties, over which it stumbles.
        return ric.calc_check_digit(digits) == digits[-1] and _looks_like_identity(digits[:2], digits[6:14])


def _identity(spelt: View, start: int, end: int, digits: str, advice: str) -> Finding:
    # The last places stay hidden too: with the region and the birthday they are all there is.
    return Finding(*spelt.span(start, end), Kind.IDENTITY, advice, f"{digits[:2]}{'*' * (len(digits) - 2)}")


def _stands_alone(seen: str, start: int, end: int) -> bool:
    # A star stands for digits that were hidden.
    return not re.match(r"[\d*]", seen[start - 1 : start]) and not re.match(r"[\d*]", seen[end : end + 1])


def _looks_like_identity(province: str, birthday: str) -> bool:
    try:
        born = date(int(birthday[:4]), int(birthday[4:6]), int(birthday[6:8]))
    except ValueError:
        return False
    return province in _PROVINCES and born.year >= _FIRST_YEAR and born <= date.today()


def _cards(spelt: View) -> Iterator[Finding]:
    for match in _CARD.finditer(spelt.seen):
        digits = _NOT_DIGIT.sub("", match.group())
        if len(digits) in (15, 16, 17, 18, 19) and luhn.is_valid(digits):
            yield Finding(*spelt.span(*match.span()), Kind.CARD, "公开前必须隐去银行卡号。", f"{'*' * (len(digits) - 4)}{digits[-4:]}")


def _telephones(spelt: View) -> Iterator[Finding]:
    for match in _MOBILE.finditer(spelt.seen):
        digits = _NOT_DIGIT.sub("", match[1])
        yield Finding(*spelt.span(*match.span(1)), Kind.PHONE, "公开前隐去手机号中间四位。", f"{digits[:3]}****{digits[-4:]}")
    for match in _LANDLINE.finditer(spelt.seen):
        hidden = "*" * (len(match[2]) - 2)
        yield Finding(*spelt.span(*match.span(2)), Kind.PHONE, "来信人自己的电话，公开前隐去；单位的公开电话可以保留。", f"{hidden}{match[2][-2:]}")
    for match in _LOCAL.finditer(spelt.seen):
        hidden = "*" * (len(match[1]) - 2)
        yield Finding(*spelt.span(*match.span(1)), Kind.PHONE, "来信人自己的电话，公开前隐去；单位的公开电话可以保留。", f"{hidden}{match[1][-2:]}")
