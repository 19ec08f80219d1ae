"""Codes on telephones: right once, within five minutes, within five tries; the same answer for everybody; limits in rows."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from lianxin.foundation import sms
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Notification, SmsMessage
from lianxin.identity import actions, numbers
from lianxin.identity.errors import CodeOver, TooOften, WrongCode
from lianxin.identity.models import Allowance, SignInAttempt, TelephoneVerification
from tests.identity.citizens import OTHER_TELEPHONE, TELEPHONE, sent_code, signed_up, verified, wrong

pytestmark = pytest.mark.django_db


def test_a_code_verifies_a_telephone_for_one_act(clock):
    started = actions.start_verification(" +86 199-0000 0001 ")
    assert (started.masked, started.expires_at) == ("199****0001", timezone.now() + timedelta(minutes=5))
    found = actions.confirm_verification(started.token, sent_code())
    assert (found.telephone, found.expires_at) == (TELEPHONE, timezone.now() + timedelta(minutes=30))
    assert actions.use_verification(found.token) == TELEPHONE
    with pytest.raises(CodeOver):
        actions.use_verification(found.token)


def test_a_code_is_accepted_once(clock):
    started = actions.start_verification(TELEPHONE)
    code = sent_code()
    actions.confirm_verification(started.token, code)
    with pytest.raises(CodeOver):
        actions.confirm_verification(started.token, code)


def test_a_code_ends_after_five_minutes(clock):
    started = actions.start_verification(TELEPHONE)
    clock.shift(minutes=5)
    with pytest.raises(CodeOver):
        actions.confirm_verification(started.token, sent_code())


def test_after_five_tries_the_right_code_is_wrong_too(clock):
    started = actions.start_verification(TELEPHONE)
    code = sent_code()
    left = []
    for _ in range(5):
        with pytest.raises(WrongCode) as refused:
            actions.confirm_verification(started.token, wrong(code))
        left.append(refused.value.left)
    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(CodeOver):
        actions.confirm_verification(started.token, code)


def test_what_are_no_six_digits_costs_no_try(clock):
    started = actions.start_verification(TELEPHONE)
    for typed in ("12345", "abcdef", "", "1234567"):
        with pytest.raises(Refused, match="6 位数字"):
            actions.confirm_verification(started.token, typed)
    code = sent_code()
    full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    assert actions.confirm_verification(started.token, f" {full_width[:3]} {full_width[3:]}").telephone == TELEPHONE


def test_a_new_code_ends_the_one_before(clock):
    first = actions.start_verification(TELEPHONE)
    code = sent_code()
    clock.shift(seconds=60)
    second = actions.start_verification(TELEPHONE)
    with pytest.raises(CodeOver):
        actions.confirm_verification(first.token, code)
    assert actions.confirm_verification(second.token, sent_code()).telephone == TELEPHONE


def test_the_token_of_one_does_not_fit_the_code_of_another(clock):
    mine = actions.start_verification(TELEPHONE)
    actions.start_verification(OTHER_TELEPHONE)
    theirs = sent_code()
    if theirs != json.loads(SmsMessage.objects.order_by("pk").first().values)[0]:
        with pytest.raises(WrongCode):
            actions.confirm_verification(mine.token, theirs)
    with pytest.raises(CodeOver):
        actions.confirm_verification("no such token", theirs)


def test_a_verification_serves_its_purpose_and_person_only(clock):
    someone = signed_up().user
    token = verified(OTHER_TELEPHONE, "guest")
    for purpose, user in (("sign_in", None), ("guest", someone)):
        with pytest.raises(CodeOver):
            actions.use_verification(token, purpose, user=user)
    clock.shift(minutes=30)
    with pytest.raises(CodeOver):
        actions.use_verification(token)


def test_known_and_unknown_numbers_are_answered_alike(clock):
    signed_up()
    clock.shift(days=1)
    known = actions.start_verification(TELEPHONE, "sign_in")
    unknown = actions.start_verification(OTHER_TELEPHONE, "sign_in")
    assert len(known.token) == len(unknown.token) and known.expires_at == unknown.expires_at
    rows = SmsMessage.objects.order_by("-pk")[:2]
    assert {row.number for row in rows} == {TELEPHONE, OTHER_TELEPHONE}


def test_a_number_gets_one_code_a_minute_five_an_hour_ten_a_day(clock):
    clock.set("2025-03-03 08:00")
    went_out = []
    for minute in range(60 * 15):
        try:
            actions.start_verification(TELEPHONE, address="192.0.2.1") if minute % 5 == 0 else None
        except TooOften:
            continue
        finally:
            clock.shift(minutes=1)
        if minute % 5 == 0:
            went_out.append(minute)
    assert went_out == [0, 5, 10, 15, 20, 60, 65, 70, 75, 80]


def test_the_second_code_within_a_minute_is_refused_with_the_seconds(clock):
    actions.start_verification(TELEPHONE)
    clock.shift(seconds=18)
    with pytest.raises(TooOften, match="42 秒后"):
        actions.start_verification(TELEPHONE)
    actions.start_verification(OTHER_TELEPHONE)


def test_an_address_gets_so_many_codes_an_hour(clock, settings):
    settings.CODES_PER_ADDRESS = 3
    for last in range(3):
        actions.start_verification(f"1990000001{last}", address="192.0.2.1")
    with pytest.raises(TooOften):
        actions.start_verification("19900000019", address="192.0.2.1")
    actions.start_verification("19900000019", address="192.0.2.2")
    assert "192.0.2" not in str(list(Allowance.objects.values_list("key", flat=True)))


def test_a_household_is_one_address(clock, settings):
    settings.CODES_PER_ADDRESS = 1
    actions.start_verification(TELEPHONE, address="2001:db8:1:2::1")
    with pytest.raises(TooOften):
        actions.start_verification(OTHER_TELEPHONE, address="2001:db8:1:2:ffff::9")
    actions.start_verification(OTHER_TELEPHONE, address="2001:db8:1:3::1")


def test_the_whole_city_gets_so_many_codes_an_hour_and_the_administrators_are_told(clock, settings, people):
    settings.CODES_PER_HOUR = 2
    for number in range(2):
        actions.start_verification(f"1990000002{number}")
    for number in range(2, 4):
        with pytest.raises(Refused, match="过一小时再试"):
            actions.start_verification(f"1990000002{number}")
    told = Notification.objects.get(event="identity.codes_spent")
    assert (told.recipient, told.urgent) == (people.admin, True)
    clock.shift(hours=1)
    actions.start_verification("19900000022")


def test_guessing_from_one_address_ends_whatever_the_numbers(clock, settings):
    settings.CODES_PER_ADDRESS = 1000
    refused = None
    for number in range(13):
        token = actions.start_verification(f"199000000{number:02}").token
        code = sent_code()
        for _ in range(5):
            try:
                actions.confirm_verification(token, wrong(code), address="192.0.2.1")
            except WrongCode:
                continue
            except TooOften as stop:
                refused = stop
                break
    assert refused is not None
    with pytest.raises(TooOften):
        actions.confirm_verification(token, code, address="192.0.2.1")


def test_right_codes_are_not_counted_against_an_address(clock, settings):
    settings.CODES_PER_ADDRESS = 1000
    for number in range(70):
        token = actions.start_verification(f"199000001{number:02}").token
        actions.confirm_verification(token, sent_code(), address="192.0.2.1")


def test_neither_number_nor_code_lies_open_in_the_rows(clock):
    actions.start_verification(TELEPHONE)
    code = sent_code()
    with connection.cursor() as cursor:
        for model in (TelephoneVerification, SmsMessage, Allowance):
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            text = str(cursor.fetchall())
            assert TELEPHONE not in text and f"'{code}'" not in text


def test_the_message_goes_out_by_a_job_and_is_forgotten(clock, run_jobs, caplog, settings):
    caplog.set_level(logging.INFO)
    actions.start_verification(TELEPHONE)
    code = sent_code()
    run_jobs()
    assert code in caplog.text and TELEPHONE not in caplog.text, "development only: the log shows the code, never the number"
    (shown,) = sms.outbox()
    assert (shown.number, shown.text[:10]) == (TELEPHONE, f"验证码 {code}")
    clock.shift(minutes=16)
    sms.deeds.forget_messages.call()
    message = SmsMessage.objects.get()
    assert (message.number, message.values, message.state) == ("", "", "sent") and sms.outbox() == []


def test_in_production_without_a_gateway_people_are_told_at_once(clock, settings):
    settings.DEVELOPMENT = False
    with pytest.raises(Refused, match="还没有接通"):
        actions.start_verification(TELEPHONE)
    assert not SmsMessage.objects.exists() and not Allowance.objects.exists()


def test_in_production_the_outbox_sends_and_shows_nothing(clock, run_jobs, caplog, settings):
    actions.start_verification(TELEPHONE)
    code = sent_code()
    settings.DEVELOPMENT = False
    run_jobs(failures="kept")
    assert sms.outbox() == [] and code not in caplog.text
    assert SmsMessage.objects.get().state == "failed"


def test_failures_stay_in_the_sign_in_log_without_the_number(clock):
    started = actions.start_verification(TELEPHONE, "sign_in")
    with pytest.raises(WrongCode):
        actions.confirm_verification(started.token, wrong(sent_code()), address="192.0.2.1")
    attempt = SignInAttempt.objects.get()
    assert (attempt.outcome, attempt.address, attempt.user) == ("wrong_code", "192.0.2.1", None)
    assert TELEPHONE not in str(attempt.__dict__)
    guest = actions.start_verification(OTHER_TELEPHONE)
    with pytest.raises(WrongCode):
        actions.confirm_verification(guest.token, wrong(sent_code()))
    assert SignInAttempt.objects.count() == 1, "a guest signs in nowhere"


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_gets_a_code_and_one_is_verified():
    """Really parallel, on connections of their own: the rows decide, not the order of a lucky process."""

    def at_once(deed, *errors):
        def one(_):
            try:
                return deed()
            except errors:
                return None
            finally:
                connection.close()

        with ThreadPoolExecutor(6) as pool:
            return [found for found in pool.map(one, range(6)) if found is not None]

    (started,) = at_once(lambda: actions.start_verification(TELEPHONE, address="192.0.2.1"), TooOften)
    code = sent_code()
    (found,) = at_once(lambda: actions.confirm_verification(started.token, code, address="192.0.2.1"), CodeOver)
    assert at_once(lambda: actions.use_verification(found.token), CodeOver) == [TELEPHONE]
    other = actions.start_verification(OTHER_TELEPHONE)
    wrong_code = wrong(sent_code())
    left = []

    def guess():
        try:
            actions.confirm_verification(other.token, wrong_code)
        except WrongCode as refused:
            left.append(refused.left)

    at_once(guess, CodeOver)
    assert sorted(left) == [0, 1, 2, 3, 4], "six guesses at once are five tries"


def test_a_code_that_is_over_is_not_sent(clock, run_jobs):
    actions.start_verification(TELEPHONE)
    clock.shift(minutes=6)
    run_jobs()
    message = SmsMessage.objects.get()
    assert (message.state, message.number) == ("expired", "")


@pytest.mark.parametrize("typed", ["", "1990000000", "29900000001", "199000000011", "12345678901", "一三八零零一三八零零零", "19900000001; DROP"])
def test_what_is_no_mobile_number_is_refused(typed):
    with pytest.raises(Refused, match="11 位数字"):
        actions.start_verification(typed)


def test_numbers_are_understood_however_they_are_typed():
    for typed in ("19900000001", "+86 19900000001", "0086-199 0000 0001", "１９９０００００００１", "８６19900000001"):
        assert numbers.telephone(typed).startswith("1990000000")
