"""What is found in letters, and what the public version hides."""

import string
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric

from lianxin.triage.inspection import Kind, inspect, mask

INSULTS = ["王八蛋", "狗官", "傻B"]
# Made for the tests: the region and the check digit are right, the persons do not exist.
IDENTITIES = ["11010119900307109X", "410802198505152028", "440305200012310012"]


def _check_digit(first: str) -> str:
    return first + ric.calc_check_digit(first + "0")


IDENTITIES = [_check_digit(number[:17]) for number in IDENTITIES]


def kinds(text: str) -> list[Kind]:
    return [finding.kind for finding in inspect(text, INSULTS)]


def public(text: str) -> str:
    return mask(text, inspect(text, INSULTS))


def found(text: str, kind: Kind) -> list[str]:
    return [text[finding.start : finding.end] for finding in inspect(text, INSULTS) if finding.kind == kind]


def test_the_public_version_of_a_letter() -> None:
    text = (
        "我叫张建国，身份证号410802198505152025，电话13812341234，车牌豫H·A1234。\n"
        "清河市鑫源物业管理有限公司李梅经理收了我的钱不退，卡号6222 0202 0011 2233 344。请王局长管管这个狗官！"
    )
    number = _check_digit("41080219850515202")
    card = "622202020011223344"
    card += luhn.calc_check_digit(card)
    text = text.replace("410802198505152025", number).replace("6222 0202 0011 2233 344", card)
    assert public(text) == (
        "我叫张某某，身份证号41****************，电话138****1234，车牌豫H***。\n"
        f"某公司李某经理收了我的钱不退，卡号***************{card[-4:]}。请王局长管管这个＊＊！"
    )


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize(
    "disguise",
    [
        lambda number: number,
        lambda number: " ".join((number[:6], number[6:14], number[14:])),
        lambda number: "-".join((number[:6], number[6:14], number[14:])),
        lambda number: "\u200b".join(number),
        lambda number: number[:9] + "\u202e" + number[9:],
        lambda number: number[:9] + "<b>" + number[9:] + "</b>",
        lambda number: number[:9] + "<<i>b>" + number[9:],
        lambda number: number.translate({ord(digit): ord(digit) + 0xFEE0 for digit in string.digits}),
        lambda number: number.translate(dict(zip(map(ord, string.digits), "〇一二三四五六七八九", strict=True))),
        lambda number: number.lower(),
        lambda number: f"13900001111{number}",
    ],
)
def test_an_identity_number_is_found_however_it_is_written(identity: str, disguise) -> None:
    written = f"身份证{disguise(identity)}，请查收。"
    assert Kind.IDENTITY in kinds(written)
    assert identity[6:14] not in public(written)
    assert Kind.IDENTITY not in kinds(public(written))


def test_a_slip_in_an_identity_number_hides_it_all_the_same() -> None:
    wrong = IDENTITIES[0][:17] + ("1" if IDENTITIES[0][17] != "1" else "2")
    assert kinds(f"身份证{wrong}。") == [Kind.IDENTITY]
    assert kinds("流水号 999999999999999999。") == []


@pytest.mark.parametrize(
    ("text", "spans", "shown"),
    [
        ("请打13812341234", ["13812341234"], "请打138****1234"),
        ("请打138 1234 1234或+86 139-0000-5678。", ["138 1234 1234", "139-0000-5678"], "请打138****1234或+86 139****5678。"),
        ("电话0391-3569812", ["3569812"], "电话0391-*****12"),
        ("家里电话：3569812", ["3569812"], "家里电话：*****12"),
        ("一三八一二三四一二三四", ["一三八一二三四一二三四"], "138****1234"),
        ("拨打12345和110", [], "拨打12345和110"),
        ("面积13812341234567平方", [], "面积13812341234567平方"),
        ("国发〔2024〕13号，2024年12月31日", [], "国发〔2024〕13号，2024年12月31日"),
    ],
)
def test_telephones(text: str, spans: list[str], shown: str) -> None:
    assert found(text, Kind.PHONE) == spans
    assert public(text) == shown


@pytest.mark.parametrize(
    ("text", "plates"),
    [
        ("车牌豫A12345停在路口", ["豫A12345"]),
        ("新能源豫AD12345", ["豫AD12345"]),
        ("京 A·8F3K2闯红灯", []),
        ("豫h·9b123挂", ["豫h·9b123挂"]),
        ("豫A区块", []),
    ],
)
def test_plates(text: str, plates: list[str]) -> None:
    assert found(text, Kind.PLATE) == plates


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("邮箱zhang.san@example.com，谢谢", "邮箱***@example.com，谢谢"),
        ("QQ12345678或微信号：zhang_san88", "QQ***或微信号：***"),
        ("住在3栋2单元501室", "住在3栋2单元***室"),
        ("枫林小区12栋1602室漏水", "枫林小区12栋***室漏水"),
        ("A10栋三单元206号", "A10栋三单元***号"),
        ("人民路12号路灯坏了，7号楼前积水", "人民路12号路灯坏了，7号楼前积水"),
        ("微信群里有500人", "微信群里有500人"),
    ],
)
def test_accounts_and_doors(text: str, shown: str) -> None:
    assert public(text) == shown


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("请找王建国局长解决", ["王建国"]),
        ("我叫欧阳静，是东湖街道居民", ["欧阳静"]),
        ("投诉人：刘严联，电话见附件", ["刘严联"]),
        ("李局长说下周修好", []),
        ("尊敬的市长先生", []),
        ("高速公路收费站站长", []),
        ("业主都不同意", []),
        ("谢谢", []),
        ("周边居民", []),
        ("我是李梅女士的女儿。李梅今年八十岁。", ["李梅", "李梅"]),
    ],
)
def test_names_of_persons(text: str, names: list[str]) -> None:
    assert found(text, Kind.PERSON) == names


@pytest.mark.parametrize(
    ("text", "firms"),
    [
        ("投诉清河市鑫源置业有限公司不交房", ["清河市鑫源置业有限公司"]),
        ("物业是北京大地物业管理有限公司清河分公司", ["北京大地物业管理有限公司清河分公司"]),
        ("与清河房产经营（集团）有限公司签了合同", ["清河房产经营（集团）有限公司"]),
        ("我们有限公司没有名字", []),
        ("青山农机专业合作社欠钱", ["青山农机专业合作社"]),
    ],
)
def test_firms(text: str, firms: list[str]) -> None:
    assert found(text, Kind.FIRM) == firms


def test_insults_are_found_in_pieces_and_held_not_dropped() -> None:
    for written in ("狗官", "狗\u200b官", "狗<b>官</b>", "傻b", "傻Ｂ"):
        text = f"你这个{written}！"
        [finding] = [finding for finding in inspect(text, INSULTS) if finding.kind == Kind.INSULT]
        assert "人工查看" in finding.advice
        assert "＊＊" in public(text)


def test_emoji_flags_and_joined_scripts_stay_as_they_are() -> None:
    for text in ("👍🏽 谢谢", "👨‍👩‍👧 一家人", "❤️ 1️⃣", "مي‌خواهم", "🏳️‍🌈"):
        assert public(text) == text
        assert kinds(text) == []


@pytest.mark.parametrize("sign", ["\u200b", "\u200e", "\u202e", "\u2066", "\ufeff", "\x00", "\x07", "\U000e0041"])
def test_hidden_signs_are_found_and_taken_out(sign: str) -> None:
    assert kinds(f"道路{sign}维修") == [Kind.UNSEEN]
    assert public(f"道路{sign}维修") == "道路维修"


def test_html_goes_and_its_words_stay() -> None:
    assert public('<a href="javascript:x">点<b>我</b></a><!-- x -->') == "点我"
    assert public("温度<5 且 b>3，<某小区>的规定") == "温度<5 且 b>3，<某小区>的规定"


def test_findings_of_another_text_are_refused() -> None:
    with pytest.raises(ValueError):
        mask("短", inspect("请打13812341234", []))


# --- properties ------------------------------------------------------------------------------------------------------------------------

_birthdays = st.dates(min_value=date(1930, 1, 1), max_value=date(2020, 1, 1))
_identities = st.builds(
    lambda region, day, order: _check_digit(f"{region}{day:%Y%m%d}{order:03}"),
    st.sampled_from(["110101", "410802", "440305", "653001"]),
    _birthdays,
    st.integers(0, 999),
)
_mobiles = st.builds(lambda second, rest: f"1{second}{rest:09}", st.sampled_from("3456789"), st.integers(0, 10**9 - 1))
_plates = st.builds(lambda p, c, n: f"{p}{c}{n:05}", st.sampled_from("豫京沪"), st.sampled_from("ABHK"), st.integers(0, 99999))
_noise = st.text(
    alphabet=st.one_of(
        st.sampled_from("的我路灯坏了张王李先生女士局长有限公司，。！ \n电话姓名叫<>b/&*-－0123456789Xx一二〇\u200b\u200d\u202e\ufe0f😀❤狗官"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=30,
)
_texts = st.lists(st.one_of(_noise, _identities, _mobiles, _plates), max_size=8).map("".join)


@given(_texts)
def test_masking_is_done_once_and_for_all(text: str) -> None:
    masked = public(text)
    again = inspect(masked, INSULTS)
    assert Kind.IDENTITY not in {finding.kind for finding in again}
    assert Kind.PHONE not in {finding.kind for finding in again}
    settled = public(masked)
    assert public(settled) == settled


@given(_texts)
def test_spans_lie_in_the_text_and_apart(text: str) -> None:
    last = 0
    for finding in inspect(text, INSULTS):
        assert last <= finding.start < finding.end <= len(text)
        last = finding.end


@given(_noise, _identities, _noise)
def test_no_identity_number_is_left(before: str, identity: str, after: str) -> None:
    assume(not before[-1:].isdigit())
    text = f"{before}，{identity}，{after}"
    masked = public(text)
    assert identity not in masked
    digits = "".join(sign for sign in masked if sign.isascii() and sign.isalnum())
    assert not any(digits[at : at + 18].upper() == identity.upper() for at in range(len(digits)))


@given(st.text(alphabet="路灯坏了请修，。", max_size=20), _mobiles, st.text(alphabet="路灯坏了请修，。", max_size=20))
def test_a_span_is_the_number_itself(before: str, mobile: str, after: str) -> None:
    text = f"{before}{mobile}{after}"
    [finding] = [finding for finding in inspect(text, []) if finding.kind == Kind.PHONE]
    assert text[finding.start : finding.end] == mobile
    assert mask(text, [finding]) == f"{before}{mobile[:3]}****{mobile[-4:]}{after}"
