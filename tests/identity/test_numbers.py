"""Numbers by rule: what is typed is understood or refused, a single wrong digit is always found, masks show ends only."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from lianxin.foundation.errors import Refused
from lianxin.identity import numbers

TODAY = date(2026, 11, 25)
DIGITS = "0123456789"


@st.composite
def identity_numbers(draw) -> tuple[str, date]:
    """Numbers with a right check digit, and when their holders were born."""
    region = draw(st.sampled_from(["110101", "410802", "653001", "310115"]))
    born = draw(st.dates(date(1900, 1, 1), TODAY))
    body = f"{region}{born:%Y%m%d}{draw(st.integers(0, 999)):03}"
    return body + ric.calc_check_digit(body + "0"), born


@given(identity_numbers(), st.integers(0, 17), st.sampled_from(DIGITS))
def test_every_single_wrong_digit_is_found(made, place, digit):
    number, _ = made
    assert numbers.identity_number(f" {number[:6]} {number[6:14]} {number[14:].lower()} ", TODAY) == number
    if number[place] != digit:
        with pytest.raises(Refused):
            numbers.identity_number(number[:place] + digit + number[place + 1 :], TODAY)


@given(identity_numbers())
def test_age_counts_birthdays(made):
    number, born = made
    age = numbers.age(number, TODAY)
    assert 0 <= age <= 126
    try:
        assert born.replace(year=born.year + age) <= TODAY
    except ValueError:  # the 29th of February
        assert born.month == 2
    eve = TODAY.replace(year=TODAY.year) - timedelta(days=1)
    assert numbers.age(number, eve) in (age, age - 1)


def test_whoever_was_registered_in_a_younger_county_has_a_right_number():
    """阿图什 became a city in 1986: numbers of people born before carry its code all the same."""
    body = "65300119850101001"
    number = body + ric.calc_check_digit(body + "0")
    assert numbers.identity_number(number, TODAY) == number


def test_a_child_is_fourteen_on_the_birthday():
    body = "11010120121125001"
    number = body + ric.calc_check_digit(body + "0")
    assert numbers.age(number, date(2026, 11, 24)) == 13 and numbers.age(number, date(2026, 11, 25)) == 14


def test_nobody_is_born_tomorrow():
    body = "11010120261126001"
    with pytest.raises(Refused):
        numbers.identity_number(body + ric.calc_check_digit(body + "0"), TODAY)


@given(st.text(alphabet="0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17), st.integers(0, 17))
def test_codes_of_enterprises(body, place):
    try:
        code = body + uscc.calc_check_digit(body)
        valid = uscc.is_valid(code)
    except Exception:
        valid = False
    if not valid:
        return
    assert numbers.enterprise_code(code.lower()) == code
    other = "0" if code[place] != "0" else "1"
    with pytest.raises(Refused):
        numbers.enterprise_code(code[:place] + other + code[place + 1 :])


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_number_or_refused(typed):
    for rule in (numbers.telephone, numbers.code, numbers.person_name, numbers.enterprise_name, numbers.enterprise_code):
        try:
            assert rule(typed)
        except Refused as refusal:
            assert str(refusal).endswith("。")
    try:
        found = numbers.telephone(typed)
    except Refused:
        return
    assert len(found) == 11 and found.isascii() and found.isdigit()


@given(identity_numbers())
def test_masks_show_the_ends_only(made):
    number, _ = made
    masked = numbers.masked_number(number)
    assert len(masked) == 18 and set(masked[1:-1]) == {"*"}
    assert numbers.masked_telephone("19912345678") == "199****5678"
    assert (numbers.masked_name("欧阳娜娜"), numbers.masked_name(""), numbers.masked_telephone(""), numbers.masked_number("")) == (
        "欧***",
        "",
        "",
        "",
    )
