"""A citizen who lost the telephone, at the counter: the card, the new telephone, and what is said and kept."""

import pytest
from django.urls import reverse

from lianxin.foundation.errors import Forbidden, Refused
from lianxin.foundation.models import AuditEntry, SmsMessage
from lianxin.identity import actions as identity
from lianxin.identity import queries as citizens
from lianxin.identity.actions import window
from lianxin.identity.errors import CodeOver, TooOften, WrongCode
from lianxin.identity.models import CitizenSession
from lianxin.organisations import actions
from tests.identity.citizens import CODE, ENTERPRISE, NAME, NUMBER, OTHER_TELEPHONE, SENSITIVE, TELEPHONE, sent_code, signed_up, wrong

pytestmark = pytest.mark.django_db
CARD = {"name": NAME, "number": NUMBER, "card_seen": True}


@pytest.fixture
def citizen(clock):
    """Somebody known by real name, signed in on a lost telephone."""
    user = signed_up().user
    identity.verify_citizen(user, NAME, NUMBER, SENSITIVE)
    return user


def change(actor, telephone: str = OTHER_TELEPHONE, **fields):
    started = actions.start_citizens_telephone(actor, telephone)
    return actions.change_citizens_telephone(actor, started.token, sent_code(), **(CARD | fields))


def test_the_account_moves_to_the_new_telephone(citizen, people):
    assert change(people.manager) == citizen
    assert citizens.account_with_telephone(OTHER_TELEPHONE, "citizen") == citizen
    assert citizens.account_with_telephone(TELEPHONE, "citizen") is None
    assert not CitizenSession.objects.filter(user=citizen).exists(), "whoever found the telephone is out"
    told = SmsMessage.objects.latest("pk")
    assert (told.number, told.template) == (TELEPHONE, "notice")
    (reading,) = citizens.readings_of(citizen)
    assert (reading.reader_label, reading.purpose) == ("市教育局 孙管理", "窗口更换手机号，核对身份证")
    entry = AuditEntry.objects.get(deed="identity.telephone_replaced")
    assert entry.actor == people.manager and not [secret for secret in (NAME, NUMBER, TELEPHONE) if secret in str(entry.__dict__)]


def test_editors_and_citizens_do_not(citizen, people):
    for actor in (people.editor, citizen):
        with pytest.raises(Forbidden):
            actions.start_citizens_telephone(actor, OTHER_TELEPHONE)
        with pytest.raises(Forbidden):
            actions.change_citizens_telephone(actor, "token", "123456", **CARD)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"card_seen": False}, "身份证原件"),
        ({"name": "林大满"}, "没有找到"),
        ({"number": "110101190001010137"}, "没有找到"),
        ({"enterprise_code": CODE}, "没有找到"),
        ({"number": "1"}, "身份证号不对"),
    ],
)
def test_what_does_not_agree_is_refused_alike_and_moves_nothing(citizen, people, fields, words):
    with pytest.raises(Refused, match=words):
        change(people.manager, **fields)
    assert citizens.account_with_telephone(TELEPHONE, "citizen") == citizen
    assert citizen.citizen_sessions.exists()


def test_a_wrong_code_moves_nothing_and_the_card_need_not_be_typed_twice_for_a_right_one(citizen, people):
    started = actions.start_citizens_telephone(people.manager, OTHER_TELEPHONE)
    code = sent_code()
    with pytest.raises(WrongCode):
        actions.change_citizens_telephone(people.manager, started.token, wrong(code), **CARD)
    with pytest.raises(Refused, match="没有找到"):
        actions.change_citizens_telephone(people.manager, started.token, code, **(CARD | {"name": "林大满"}))
    assert actions.change_citizens_telephone(people.manager, started.token, "", **CARD) == citizen
    with pytest.raises(CodeOver):
        actions.change_citizens_telephone(people.manager, started.token, "", **CARD)


def test_a_code_that_a_colleague_asked_for_is_no_proof(citizen, people):
    started = actions.start_citizens_telephone(people.manager, OTHER_TELEPHONE)
    with pytest.raises(CodeOver):
        actions.change_citizens_telephone(people.admin, started.token, sent_code(), **CARD)


def test_a_telephone_with_an_account_is_refused(citizen, people, clock):
    signed_up(OTHER_TELEPHONE)
    clock.shift(minutes=2)
    with pytest.raises(Refused, match="已有账号"):
        change(people.manager)


def test_an_enterprise_by_its_code(people, clock):
    user = signed_up(kind="enterprise").user
    identity.verify_enterprise(user, ENTERPRISE, CODE, NAME, NUMBER, SENSITIVE)
    assert change(people.admin, enterprise_code=CODE.lower()) == user


def test_nobody_finds_out_who_has_an_account_by_trying(citizen, people, monkeypatch):
    monkeypatch.setattr(window, "PER_DAY", ((86400, 3),))
    started = actions.start_citizens_telephone(people.manager, OTHER_TELEPHONE)
    identity.confirm_verification(started.token, sent_code())
    for _ in range(3):
        with pytest.raises(Refused, match="没有找到"):
            actions.change_citizens_telephone(people.manager, started.token, "", **(CARD | {"name": "林大满"}))
    with pytest.raises(TooOften, match="窗口换手机号太频繁"):
        actions.change_citizens_telephone(people.manager, started.token, "", **CARD)


def test_by_the_desks_pages(citizen, people, client_for):
    client = client_for(people.manager)
    first, second = (reverse(f"organisations_desk:{name}") for name in ("citizens_telephone", "citizens_code"))
    assert client.get(second).headers["Location"] == first
    assert "11 位数字" in client.post(first, {"telephone": "1"}).content.decode()
    assert client.post(first, {"telephone": OTHER_TELEPHONE}).headers["Location"] == second
    page = client.get(second)
    assert "199****0002" in page.content.decode() and "no-store" in page["Cache-Control"]
    fields = {"code": sent_code(), "name": NAME, "number": NUMBER}
    answer = client.post(second, fields)
    assert answer.status_code == 422 and "身份证原件" in answer.content.decode() and NAME in answer.content.decode()
    answer = client.post(second, fields | {"card_seen": "on"}, follow=True)
    assert "手机号已更换" in answer.content.decode()
    assert citizens.account_with_telephone(OTHER_TELEPHONE, "citizen") == citizen
