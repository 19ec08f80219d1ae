"""Citizens' accounts: signing up and in, sessions, levels, real names, guardians, consents, another telephone."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from lianxin.foundation.errors import Forbidden, Refused
from lianxin.foundation.models import AuditEntry, SmsMessage
from lianxin.foundation.notify import notify
from lianxin.identity import actions, consents, queries, realname, registry
from lianxin.identity.actions import GuardianNeeded, Newcomer, read_personal_data
from lianxin.identity.errors import CodeOver, TooOften
from lianxin.identity.models import CitizenSession, Consent, Level, PersonalData, Reading, SignInAttempt, User
from tests.identity.citizens import (
    CHILD_NUMBER,
    CODE,
    ENTERPRISE,
    GUARDIAN,
    NAME,
    NUMBER,
    OTHER_TELEPHONE,
    PRIVACY,
    SENSITIVE,
    TELEPHONE,
    sent_code,
    signed_up,
    verified,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def citizen(clock) -> User:
    """Somebody who signed up a moment ago."""
    return signed_up().user


@pytest.fixture
def staff(person):
    """A clerk."""
    return person("clerk", name="王晓梅")


# --- signing up and in -----------------------------------------------------------------------------------------------------------------


def test_the_first_sign_in_opens_an_account_with_consent(clock):
    token = verified()
    with pytest.raises(Newcomer):
        actions.sign_in(token)
    signed_in = actions.sign_up(token, consent_version=PRIVACY, device="Chrome · 安卓", address="192.0.2.7")
    user = signed_in.user
    assert (user.kind, user.name, user.is_staff, user.has_usable_password(), user.email) == ("citizen", "市民", False, False, "")
    assert queries.level_of(user) == Level.TELEPHONE
    assert queries.session_for(actions.hash_token(signed_in.cookie)) == signed_in.session
    consent = user.consents.get()
    assert (consent.kind, consent.version, consent.text_digest) == ("privacy", PRIVACY, consents.text("privacy").digest)
    assert SignInAttempt.objects.get(user=user).outcome == "success"
    with pytest.raises(CodeOver):
        actions.sign_in(token)


def test_signing_in_again_finds_the_account(citizen, clock):
    clock.shift(minutes=2)
    again = actions.sign_in(verified(), device="Firefox · Windows")
    assert again.user == citizen and citizen.citizen_sessions.count() == 2


def test_a_telephone_has_one_account_of_each_kind(citizen, clock):
    clock.shift(minutes=2)
    token = verified()
    with pytest.raises(Newcomer):
        actions.sign_in(token, "enterprise")
    enterprise = actions.sign_up(token, "enterprise", consent_version=PRIVACY).user
    assert enterprise != citizen and enterprise.kind == "enterprise"
    clock.shift(minutes=2)
    with pytest.raises(Refused, match="直接登录"):
        actions.sign_up(verified(), "enterprise", consent_version=PRIVACY)


def test_sign_up_refuses(clock):
    token = verified()
    for fields, words in (
        ({"kind": "staff", "consent_version": PRIVACY}, "个人或企业"),
        ({"kind": "enterprise", "consent_version": PRIVACY, "is_minor": True}, "十四周岁"),
        ({"consent_version": "2020-01"}, "新版本"),
    ):
        with pytest.raises(Refused, match=words):
            actions.sign_up(token, **fields)
    assert not User.objects.exists()
    assert actions.sign_up(token, consent_version=PRIVACY).user.is_active, "a refused try uses up nothing"


def test_a_closed_account_does_not_sign_in_and_its_sessions_end(clock, person):
    signed_in = signed_up()
    actions.close_account(person("boss"), signed_in.user, "冒用他人手机号")
    assert queries.session_for(actions.hash_token(signed_in.cookie)) is None
    clock.shift(minutes=2)
    with pytest.raises(Refused, match="停用"):
        actions.sign_in(verified())
    assert queries.level_of(User.objects.get(pk=signed_in.user.pk)) == Level.NONE


def test_sessions_end_by_idleness_by_age_and_by_wish(clock, settings):
    signed_in = signed_up()
    key = actions.hash_token(signed_in.cookie)
    clock.shift(hours=23)
    actions.touch_session(queries.session_for(key))
    clock.shift(hours=23)
    assert queries.session_for(key)
    clock.shift(hours=2)
    assert queries.session_for(key) is None
    other = actions.sign_in(verified())
    for _ in range(29):
        clock.shift(hours=23)
        actions.touch_session(queries.session_for(actions.hash_token(other.cookie)))
    clock.shift(hours=60)
    assert queries.session_for(actions.hash_token(other.cookie)) is None
    third, fourth = actions.sign_in(verified()), actions.sign_in(_next_day(clock))
    actions.end_session(signed_up(OTHER_TELEPHONE).user, third.session.pk)
    assert CitizenSession.objects.filter(pk=third.session.pk).exists(), "not by somebody else"
    actions.end_citizen_sessions(third.user, but=fourth.session)
    assert not CitizenSession.objects.filter(pk=third.session.pk).exists()
    actions.end_citizen_sessions(third.user)
    assert queries.session_for(actions.hash_token(fourth.cookie)) is None


def _next_day(clock) -> str:
    clock.shift(minutes=2)
    return verified()


def test_the_cookie_is_kept_as_a_hash(clock):
    signed_in = signed_up()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM identity_citizensession")
        assert signed_in.cookie not in str(cursor.fetchall())


def test_a_session_is_noted_as_seen_every_five_minutes(clock):
    session = signed_up().session
    began = session.seen_at
    clock.shift(minutes=4)
    actions.touch_session(session)
    session.refresh_from_db()
    assert session.seen_at == began
    clock.shift(minutes=1)
    actions.touch_session(session)
    session.refresh_from_db()
    assert session.seen_at == began + timedelta(minutes=5)


# --- levels and real names -------------------------------------------------------------------------------------------------------------


def test_strangers_and_staff_have_no_level(staff):
    assert queries.level_of(None) == queries.level_of(staff) == Level.NONE
    assert queries.refusal_below(None, Level.TELEPHONE) == "请先用手机号登录。"


def test_a_real_name_is_verified_by_rule_with_separate_consent(citizen):
    assert "实名" in queries.refusal_below(citizen, Level.REAL_NAME)
    actions.verify_citizen(citizen, f" {NAME} ", "１１0101 19000101 0014", SENSITIVE)
    assert queries.level_of(citizen) == Level.REAL_NAME and queries.refusal_below(citizen, Level.REAL_NAME) == ""
    assert queries.consents_in_force(citizen) == {"privacy", "sensitive"}
    own = queries.own_data(citizen)
    assert (own.telephone, own.real_name, own.identity_number) == ("199****0001", "林**", "1****************4")
    citizen.citizen.refresh_from_db()
    assert citizen.citizen.real_name_by == "digits"
    entry = AuditEntry.objects.filter(deed="identity.real_name_verified").get()
    assert NAME not in str(entry.__dict__) and NUMBER not in str(entry.__dict__)


@pytest.mark.parametrize(
    ("name", "number", "words"),
    [
        (NAME, "110101190001010015", "身份证号不对"),
        (NAME, "990101190001010014", "身份证号不对"),
        (NAME, "11010119000101001", "身份证号不对"),
        (NAME, "", "身份证号不对"),
        ("", NUMBER, "姓名"),
        ("小", NUMBER, "姓名"),
        ("<b>王</b>", NUMBER, "姓名"),
        ("王小明123", NUMBER, "姓名"),
    ],
)
def test_what_cannot_be_is_refused_without_asking_anybody(citizen, name, number, words, monkeypatch):
    monkeypatch.setattr(realname, "service", lambda: pytest.fail("nobody is to be asked"))
    with pytest.raises(Refused, match=words):
        actions.verify_citizen(citizen, name, number, SENSITIVE)
    assert queries.level_of(citizen) == Level.TELEPHONE


@pytest.mark.parametrize("name", ["林小满", "买买提·吐尔逊", "买买提•吐尔逊", "JOHN SMITH", "㐁𠀀"])
def test_names_of_many_kinds_are_names(citizen, name):
    actions.verify_citizen(citizen, name, NUMBER, SENSITIVE)


def test_without_the_consent_in_force_nothing_is_verified(citizen):
    with pytest.raises(Refused, match="单独同意书"):
        actions.verify_citizen(citizen, NAME, NUMBER, "")
    assert queries.own_data(citizen).identity_number == ""


class Says:
    """A service that always says the same."""

    name = "tencent"

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.asked = error, 0

    def check(self, name: str, number: str) -> None:
        self.asked += 1
        if self.error:
            raise self.error


def test_a_mismatch_is_refused_and_five_a_day_are_all(citizen, monkeypatch, clock):
    service = Says(realname.Mismatch("对不上"))
    monkeypatch.setattr(realname, "service", lambda: service)
    for _ in range(5):
        with pytest.raises(realname.Mismatch):
            actions.verify_citizen(citizen, NAME, NUMBER, SENSITIVE)
    with pytest.raises(TooOften, match="实名核验太频繁"):
        actions.verify_citizen(citizen, NAME, NUMBER, SENSITIVE)
    assert service.asked == 5 and queries.level_of(citizen) == Level.TELEPHONE and "sensitive" not in queries.consents_in_force(citizen)
    clock.shift(days=1)
    service.error = None
    actions.verify_citizen(citizen, NAME, NUMBER, SENSITIVE)
    assert queries.level_of(citizen) == Level.REAL_NAME


def test_a_service_that_is_away_costs_no_try(citizen, monkeypatch):
    service = Says(realname.Unavailable("请稍后"))
    monkeypatch.setattr(realname, "service", lambda: service)
    for _ in range(7):
        with pytest.raises(realname.Unavailable):
            actions.verify_citizen(citizen, NAME, NUMBER, SENSITIVE)
    assert service.asked == 7


def test_one_number_is_one_citizen(citizen, clock):
    actions.verify_citizen(citizen, NAME, NUMBER, SENSITIVE)
    second = signed_up(OTHER_TELEPHONE).user
    with pytest.raises(Refused, match="另一个账号"):
        actions.verify_citizen(second, NAME, NUMBER, SENSITIVE)
    enterprise = signed_up("19900000003", "enterprise").user
    actions.verify_enterprise(enterprise, ENTERPRISE, CODE, NAME, NUMBER, SENSITIVE)
    assert queries.level_of(enterprise) == Level.REAL_NAME


def test_enterprises_are_verified_by_their_code(clock):
    user = signed_up(kind="enterprise").user
    for code in ("91419900MA0000000A", "91419900MA000000", "", "91419900MI0000000K"):
        with pytest.raises(Refused, match="统一社会信用代码不对"):
            actions.verify_enterprise(user, ENTERPRISE, code, NAME, NUMBER, SENSITIVE)
    with pytest.raises(Refused, match="企业全称"):
        actions.verify_enterprise(user, "食", CODE, NAME, NUMBER, SENSITIVE)
    with pytest.raises(Refused, match="经办人"):
        actions.verify_enterprise(user, ENTERPRISE, CODE, NAME, CHILD_NUMBER, SENSITIVE)
    with pytest.raises(Refused, match="企业账号"):
        actions.verify_citizen(user, NAME, NUMBER, SENSITIVE)
    actions.verify_enterprise(user, ENTERPRISE, f" {CODE.lower()} ", NAME, NUMBER, SENSITIVE)
    assert queries.own_data(user).enterprise_name == ENTERPRISE
    with pytest.raises(Refused, match="个人账号"):
        actions.verify_enterprise(signed_up(OTHER_TELEPHONE).user, ENTERPRISE, CODE, NAME, NUMBER, SENSITIVE)


# --- children --------------------------------------------------------------------------------------------------------------------------


def consent(child: User, **fields):
    values = {"name": NAME, "number": NUMBER, "relationship": "母亲", "consent_version": GUARDIAN, **fields}
    return actions.consent_as_guardian(child, verified(OTHER_TELEPHONE, "guardian", child), **values)


def test_a_child_acts_only_with_a_guardians_consent(clock):
    child = signed_up(is_minor=True).user
    assert queries.level_of(child) == Level.NONE and "监护人" in queries.refusal_below(child, Level.TELEPHONE)
    given = consent(child)
    assert queries.level_of(child) == Level.TELEPHONE and given.guardian_telephone == OTHER_TELEPHONE
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM identity_guardianconsent")
        row = str(cursor.fetchall())
    assert NAME not in row and OTHER_TELEPHONE not in row
    actions.withdraw_consent(child, "guardian")
    assert queries.level_of(child) == Level.NONE


def test_a_number_shows_the_child(citizen, clock):
    with pytest.raises(GuardianNeeded):
        actions.verify_citizen(citizen, NAME, CHILD_NUMBER, SENSITIVE)
    assert queries.level_of(citizen) == Level.NONE
    consent(citizen)
    actions.verify_citizen(citizen, NAME, CHILD_NUMBER, SENSITIVE)
    assert queries.level_of(citizen) == Level.REAL_NAME
    clock.set("2033-01-01 09:00")
    actions.verify_citizen(citizen, NAME, CHILD_NUMBER, SENSITIVE)
    citizen.citizen.refresh_from_db()
    assert not citizen.citizen.is_minor, "fifteen by now"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"number": CHILD_NUMBER}, "十八周岁"),
        ({"relationship": "同学"}, "关系"),
        ({"consent_version": "old"}, "新版本"),
        ({"name": "x"}, "姓名"),
    ],
)
def test_not_everybody_can_consent(clock, fields, words):
    child = signed_up(is_minor=True).user
    with pytest.raises(Refused, match=words):
        consent(child, **fields)
    assert queries.level_of(child) == Level.NONE


def test_adults_need_no_guardian(citizen):
    with pytest.raises(Refused, match="不需要"):
        consent(citizen)


# --- consents --------------------------------------------------------------------------------------------------------------------------


def test_withdrawing_takes_the_real_name_away(citizen):
    actions.verify_citizen(citizen, NAME, NUMBER, SENSITIVE)
    actions.withdraw_consent(citizen, "sensitive")
    assert queries.level_of(citizen) == Level.TELEPHONE
    row = PersonalData.objects.get(user=citizen)
    assert (row.real_name, row.identity_number, row.identity_index) == ("", "", None)
    ended = citizen.consents.get(kind="sensitive")
    assert ended.withdrawn_at == timezone.now()
    with pytest.raises(Refused, match="已经撤回"):
        actions.withdraw_consent(citizen, "sensitive")
    with pytest.raises(Refused, match="注销账号"):
        actions.withdraw_consent(citizen, "privacy")


def test_a_new_version_is_a_new_consent(citizen, monkeypatch):
    text = consents.text("privacy")
    monkeypatch.setitem(consents._texts, "privacy", consents.Text("privacy", "2099-01", text.title, ("新的。",), ""))
    actions.write_consent(citizen, "privacy", "2099-01")
    actions.write_consent(citizen, "privacy", "2099-01")
    assert [(row.version, row.withdrawn_at is None) for row in Consent.objects.order_by("pk")] == [(PRIVACY, False), ("2099-01", True)]


# --- another telephone -----------------------------------------------------------------------------------------------------------------


def test_another_telephone(clock):
    signed_in = signed_up()
    user = signed_in.user
    clock.shift(minutes=2)
    elsewhere = actions.sign_in(verified())
    actions.change_telephone(signed_in.session, verified(OTHER_TELEPHONE, "telephone", user))
    assert queries.account_with_telephone(OTHER_TELEPHONE, "citizen") == user
    assert queries.account_with_telephone(TELEPHONE, "citizen") is None
    assert not CitizenSession.objects.filter(pk=elsewhere.session.pk).exists()
    told = SmsMessage.objects.latest("pk")
    assert (told.number, told.template) == (TELEPHONE, "notice")


def test_another_telephone_needs_a_fresh_proof_of_the_old(clock):
    signed_in = signed_up()
    clock.shift(minutes=16)
    token = verified(OTHER_TELEPHONE, "telephone", signed_in.user)
    with pytest.raises(Refused, match="原来的手机号"):
        actions.change_telephone(signed_in.session, token)
    started = actions.start_own_verification(signed_in.user)
    assert started.masked == "199****0001"
    actions.confirm_session(signed_in.session, actions.confirm_verification(started.token, sent_code()).token)
    actions.change_telephone(signed_in.session, token)


def test_a_telephone_of_another_account_is_refused(clock):
    signed_in = signed_up()
    signed_up(OTHER_TELEPHONE)
    clock.shift(minutes=2)
    with pytest.raises(Refused, match="另一个账号"):
        actions.change_telephone(signed_in.session, verified(OTHER_TELEPHONE, "telephone", signed_in.user))
    with pytest.raises(Refused, match="不需要更换"):
        actions.change_telephone(signed_in.session, verified(TELEPHONE, "telephone", signed_in.user))


# --- the profile and notifications -----------------------------------------------------------------------------------------------------


def test_the_profile(citizen):
    actions.change_profile(citizen, display_name="  林  女士 ", sms_notices=False)
    assert queries.own_data(citizen).display_name == "林 女士"
    with pytest.raises(Refused, match="20 个字"):
        actions.change_profile(citizen, display_name="长" * 21, sms_notices=False)


def test_citizens_are_told_by_short_message_once_and_in_the_morning(citizen, clock, run_jobs):
    clock.set("2025-03-03 22:00")
    notify(citizen, "letter.answered", "7", "您的来信有了答复", "答复全文……", "/my/")
    notify(citizen, "letter.answered", "7", "您的来信有了答复", "再一次", "/my/")
    run_jobs()
    assert not SmsMessage.objects.filter(template="notice").exists()
    clock.set("2025-03-04 07:30")
    run_jobs()
    (message,) = SmsMessage.objects.filter(template="notice")
    assert (message.number, message.values, message.state) == (TELEPHONE, '["\\u60a8\\u7684\\u6765\\u4fe1\\u6709\\u4e86\\u7b54\\u590d"]', "sent")
    (reading,) = Reading.objects.filter(reader=None)
    assert (reading.subject, reading.reader_label, reading.fields, reading.purpose) == (citizen, "系统", ["手机号"], "发送短信通知")


def test_whoever_switched_messages_off_gets_none(citizen, run_jobs):
    actions.change_profile(citizen, display_name="", sms_notices=False)
    told = notify(citizen, "letter.answered", "7", "您的来信有了答复", "全文", "/my/")
    assert dict(told.deliveries.values_list("channel", "state"))["sms"] == "unreachable"


def test_staff_are_not_told_by_short_message(staff):
    told = notify(staff, "article.returned", "7", "退回", "请修改", "/desk/")
    assert "sms" not in told.deliveries.values_list("channel", flat=True)


# --- reading personal data -------------------------------------------------------------------------------------------------------------


def test_staff_read_what_a_rule_allows_and_the_person_sees_it(citizen, staff, monkeypatch):
    with pytest.raises(Forbidden, match="不承办"):
        read_personal_data(staff, citizen, ["telephone"], "回访", "信〔2025〕7号")
    monkeypatch.setattr(registry, "_reading_rules", [lambda reader, subject, about: about == "信〔2025〕7号"])
    monkeypatch.setattr(registry, "_describers", [lambda reader: f"市教育局 {reader.name}"])
    assert read_personal_data(staff, citizen, ["telephone"], "回访", "信〔2025〕7号").telephone == TELEPHONE
    with pytest.raises(Forbidden):
        read_personal_data(staff, citizen, ["telephone"], "回访", "信〔2025〕8号")
    (row,) = queries.readings_of(citizen)
    assert (row.reader_label, row.purpose, row.about, row.fields) == ("市教育局 王晓梅", "回访", "信〔2025〕7号", ["手机号"])
    assert AuditEntry.objects.filter(deed="identity.personal_data_read", actor=staff).count() == 1


def test_only_what_was_asked_for_is_given(citizen):
    own = read_personal_data(citizen, citizen, ["display_name"], "本人查看")
    assert own.telephone == ""
    with pytest.raises(KeyError):
        read_personal_data(citizen, citizen, ["password"], "本人查看")
    with pytest.raises(Refused, match="目的"):
        read_personal_data(citizen, citizen, ["telephone"], " ")


def test_other_citizens_and_partners_never_read(citizen, person, monkeypatch):
    monkeypatch.setattr(registry, "_reading_rules", [lambda reader, subject, about: True])
    other = signed_up(OTHER_TELEPHONE).user
    partner = person("partner", kind="partner", expires_at=timezone.now() + timedelta(days=9))
    for reader in (other, partner):
        with pytest.raises(Forbidden):
            read_personal_data(reader, citizen, ["telephone"], "好奇")
    assert not Reading.objects.filter(reader__in=[other, partner]).exists()


def test_nothing_lies_open_in_the_table(citizen):
    actions.verify_citizen(citizen, NAME, NUMBER, SENSITIVE)
    actions.change_profile(citizen, display_name="林女士", sms_notices=True)
    with connection.cursor() as cursor:
        for table in ("identity_personaldata", "identity_user", "identity_citizen", "foundation_auditentry", "identity_reading"):
            cursor.execute(f"SELECT * FROM {table}")
            text = str(cursor.fetchall())
            assert not [secret for secret in (TELEPHONE, NAME, NUMBER, "林女士") if secret in text], table


def test_the_telephone_is_found_before_and_after_a_rotation(citizen):
    from lianxin.foundation import crypto

    crypto.rotate()
    assert queries.account_with_telephone(TELEPHONE, "citizen") == citizen
    assert PersonalData.objects.get(user=citizen).telephone_index.split(":")[0] != "1"
    assert read_personal_data(citizen, citizen, ["telephone"], "核对").telephone == TELEPHONE
