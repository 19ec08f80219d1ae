"""An account closed at the counter: by whom, on which papers, what goes and stays, what is said and kept."""

import json

import pytest
from django.urls import reverse

from lianxin.foundation.errors import Forbidden, Refused
from lianxin.foundation.models import AuditEntry, SmsMessage
from lianxin.identity import actions as identity
from lianxin.identity import closing as rules
from lianxin.identity import queries as citizens
from lianxin.identity import registry
from lianxin.identity.actions import closing
from lianxin.identity.errors import TooOften
from lianxin.identity.models import CitizenSession, DeletedAccount, PersonalData, Reading, User
from lianxin.identity.registry import Eraser, Kept, OpenMatter
from lianxin.organisations import actions
from tests.identity.citizens import CODE, ENTERPRISE, NAME, NUMBER, OTHER_TELEPHONE, SENSITIVE, TELEPHONE, signed_up

pytestmark = pytest.mark.django_db
PAPERS = {"reason": "lost", "proof": "self", "word": rules.WORD, "papers_seen": True, "name": NAME, "number": NUMBER}
SECRETS = (NAME, NUMBER, TELEPHONE)


@pytest.fixture
def citizen(clock):
    """Somebody known by real name, signed in."""
    user = signed_up().user
    identity.verify_citizen(user, NAME, NUMBER, SENSITIVE)
    return user


@pytest.fixture
def one_letter(monkeypatch):
    """A room with one letter under way."""

    class Letters(Eraser):
        name = "letters"

        def open_matters(self, user):
            return [OpenMatter("信7 举报某某", "/letters/7/", "会继续办理")]

        def kept(self, user):
            return [Kept("正在办理的来信", "《条例》", "三年")]

    monkeypatch.setattr(registry, "_erasers", {"letters": Letters()})


def test_the_account_goes_and_everybody_is_told_what_he_should_know(citizen, people, one_letter):
    found = actions.find_citizen(people.admin, kind="citizen", telephone="199 0000 0001")
    deleted = actions.close_citizen(people.admin, found, **PAPERS)
    assert found == citizen and deleted.user == citizen and not User.objects.get(pk=citizen.pk).is_active
    assert not PersonalData.objects.filter(user=citizen).exists() and not CitizenSession.objects.filter(user=citizen).exists()
    assert citizens.account_with_telephone(TELEPHONE, "citizen") is None
    assert "正在办理的来信" in [one["what"] for one in deleted.kept]
    told = SmsMessage.objects.latest("pk")
    assert (told.number, told.template) == (TELEPHONE, "notice") and "在窗口注销" in json.loads(told.values)[0]
    entry = AuditEntry.objects.get(deed="identity.account_deleted")
    assert entry.actor == people.admin and "手机号不再使用" in entry.summary and entry.detail["proof"] == "self"
    looked = AuditEntry.objects.get(deed="identity.citizen_looked_for")
    assert not [secret for secret in SECRETS for one in (entry, looked) if secret in str(one.__dict__)]
    assert Reading.objects.filter(subject=citizen, reader=people.admin, purpose="窗口办理注销，核对证件").exists()


def test_the_counter_sees_parts_only_and_never_which_letter(citizen, people, one_letter):
    found = actions.look_at_citizen(people.admin, citizen)
    assert (found.name, found.telephone, found.level, found.open_matters) == ("林**", "199****0001", "实名已核验", 1)
    assert "举报" not in str(found) and not [secret for secret in SECRETS if secret in str(found)]
    reading = citizens.readings_of(citizen)[0]
    assert (reading.reader, reading.purpose, reading.about) == (people.admin, "窗口办理注销，核对是哪个账号", rules.ABOUT)


def test_administrators_alone(citizen, people):
    for actor in (people.manager, people.editor, people.auditor, citizen):
        with pytest.raises(Forbidden):
            actions.find_citizen(actor, kind="citizen", telephone=TELEPHONE)
        with pytest.raises(Forbidden):
            actions.look_at_citizen(actor, citizen)
        with pytest.raises(Forbidden):
            actions.close_citizen(actor, citizen, **PAPERS)
    with pytest.raises(Forbidden):
        identity.look_at_account(people.manager, citizen)


def test_for_another_matter_an_administrator_reads_nothing(citizen, people):
    with pytest.raises(Forbidden):
        identity.read_personal_data(people.admin, citizen, ["telephone"], "看看", "别的事")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": ""}, "注销的原因"),
        ({"reason": "ended"}, "注销的原因"),
        ({"proof": ""}, "哪一种证明"),
        ({"reason": "died"}, "死亡证明"),
        ({"proof": "relative"}, "下面一种证明"),
        ({"papers_seen": False}, "原件"),
        ({"proof": "court"}, "文书编号"),
        ({"document": "电话19900000001"}, "只填文书编号"),
        ({"word": "注销"}, "确认注销"),
        ({"name": "林大满"}, "不一致"),
        ({"number": "110101190001010137"}, "不一致"),
        ({"number": "1"}, "身份证号不对"),
        ({"name": ""}, "身份证上的姓名"),
    ],
)
def test_what_is_missing_or_does_not_agree_is_said_and_nothing_goes(citizen, people, fields, words):
    with pytest.raises(Refused, match=words):
        actions.close_citizen(people.admin, citizen, **(PAPERS | fields))
    assert PersonalData.objects.filter(user=citizen).exists() and not DeletedAccount.objects.exists()


def test_of_the_dead_by_a_relative_or_a_court(citizen, people):
    papers = PAPERS | {"reason": "died", "proof": "court", "document": "（2025）和0101民特3号"}
    actions.close_citizen(people.admin, citizen, **papers)
    assert AuditEntry.objects.get(deed="identity.account_deleted").detail["document"] == "（2025）和0101民特3号"


def test_an_enterprise_by_its_code(people, clock):
    user = signed_up(kind="enterprise").user
    identity.verify_enterprise(user, ENTERPRISE, CODE, NAME, NUMBER, SENSITIVE)
    papers = PAPERS | {"reason": "ended", "proof": "registry", "document": "登记内销字第7号"}
    with pytest.raises(Refused, match="社会信用代码"):
        actions.close_citizen(people.admin, user, **papers)
    assert actions.find_citizen(people.admin, kind="enterprise", account=user.username.upper()) == user
    actions.close_citizen(people.admin, user, **papers, enterprise_code=CODE)
    assert DeletedAccount.objects.get().user == user


def test_without_a_real_name_there_is_nothing_to_compare_and_closing_twice_is_refused(people, clock):
    user = signed_up().user
    actions.close_citizen(people.admin, user, **(PAPERS | {"name": "", "number": ""}))
    with pytest.raises(Refused, match="已经注销"):
        actions.close_citizen(people.admin, user, **PAPERS)


def test_no_account_of_staff_and_nobody_by_half_a_name(citizen, people):
    for typed in ({}, {"telephone": OTHER_TELEPHONE}, {"account": "editor"}, {"account": citizen.username[:6]}, {"account": people.admin.username}):
        with pytest.raises(Refused, match=r"没有找到|请填写"):
            actions.find_citizen(people.admin, kind="citizen", **typed)
    with pytest.raises(Refused, match="11 位"):
        actions.find_citizen(people.admin, kind="citizen", telephone="1990")
    with pytest.raises(Refused, match="没有找到"):
        actions.find_citizen(people.admin, kind="enterprise", telephone=TELEPHONE)
    with pytest.raises(Refused, match="人员"):
        actions.close_citizen(people.admin, people.editor, **PAPERS)


def test_nobody_finds_out_by_trying(citizen, people, monkeypatch):
    monkeypatch.setattr(closing, "LOOKED_FOR", ((86400, 3),))
    monkeypatch.setattr(closing, "COMPARED", ((86400, 2),))
    for _ in range(3):
        with pytest.raises(Refused, match="没有找到"):
            actions.find_citizen(people.admin, kind="citizen", telephone=OTHER_TELEPHONE)
    with pytest.raises(TooOften, match="查找市民账号太频繁"):
        actions.find_citizen(people.admin, kind="citizen", telephone=TELEPHONE)
    for _ in range(2):
        with pytest.raises(Refused, match="不一致"):
            actions.close_citizen(people.admin, citizen, **(PAPERS | {"name": "林大满"}))
    with pytest.raises(TooOften, match="核对证件太频繁"):
        actions.close_citizen(people.admin, citizen, **PAPERS)


def test_a_room_may_forbid_it_and_then_nobody_is_told(citizen, people, monkeypatch):
    class Forbids(Eraser):
        name = "bids"

        def erase(self, user):
            raise Refused("有一项竞买正在进行，请在结束后再注销。")

    monkeypatch.setattr(registry, "_erasers", {"bids": Forbids()})
    before = SmsMessage.objects.count()
    with pytest.raises(Refused, match="竞买"):
        actions.close_citizen(people.admin, citizen, **PAPERS)
    assert SmsMessage.objects.count() == before and PersonalData.objects.filter(user=citizen).exists()


def test_by_the_desks_pages(citizen, people, client_for):
    client = client_for(people.admin)
    first, second = (reverse(f"organisations_desk:{name}") for name in ("citizens_close", "citizens_close_found"))
    assert client_for(people.manager).get(first).status_code == 302 and first not in client_for(people.manager).get("/desk/").content.decode()
    assert client.get(second).headers["Location"] == first
    assert "请填写手机号" in client.post(first, {"kind": "citizen"}).content.decode()
    assert client.post(first, {"kind": "citizen", "telephone": TELEPHONE}).headers["Location"] == second
    page = client.get(second)
    assert "199****0001" in page.content.decode() and "林**" in page.content.decode() and "no-store" in page["Cache-Control"]
    assert not [secret for secret in SECRETS if secret in page.content.decode()]
    fields = {"reason": "lost", "proof": "self", "name": NAME, "number": NUMBER, "word": rules.WORD}
    answer = client.post(second, fields)
    assert answer.status_code == 422 and "原件，再勾选" in answer.content.decode()
    answer = client.post(second, fields | {"papers_seen": "on"}, follow=True)
    assert "账号已注销" in answer.content.decode()
    assert not User.objects.get(pk=citizen.pk).is_active
