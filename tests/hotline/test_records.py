"""Calls from a telephone system: once each whatever is repeated, refused in clear words, tied to the case; keys kept as hashes."""

import contextlib
import json
import logging
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxin.foundation.errors import Forbidden, Refused
from lianxin.hotline import actions, api, queries
from lianxin.hotline.errors import Conflict
from lianxin.hotline.models import Call, SystemKey
from lianxin.hotline.typed import Typed
from tests.hotline.conftest import NUMBER

pytestmark = pytest.mark.django_db

URL = "/api/v1/calls/"
CALL = {"id": "c-1", "telephone": NUMBER, "started_at": "2025-03-03T08:59:30+08:00", "agent": "operator-a"}


@pytest.fixture
def key(office) -> str:
    return actions.make_key(office.staff.admin, "话务平台")[1]


@pytest.fixture
def tell(client, key):
    def send(body=None, key=key, **given):
        content = body if isinstance(body, bytes | str) else json.dumps(CALL | given)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return client.post(URL, content, content_type="application/json", headers=headers)

    return send


def test_a_call_is_told_as_it_goes_on_and_is_one_row(tell) -> None:
    first = tell()
    assert first.status_code == 201 and first.json() == {"id": "c-1", "created": True, "case": None} and NUMBER not in first.content.decode()
    assert tell().status_code == 200
    assert tell(answered_at="2025-03-03T08:59:42+08:00").json()["created"] is False
    assert tell(ended_at="2025-03-03T09:04:00+08:00").status_code == 200
    row = Call.objects.get()
    assert (row.telephone, row.waited, row.agent, row.hidden) == (NUMBER, 12, "operator-a", False) and row.ended_at and row.answered_at
    # The same moment in another zone is the same moment.
    assert tell(started_at="2025-03-03T00:59:30Z").status_code == 200


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"telephone": "13900009999"}, "telephone"),
        ({"hidden": True}, "telephone"),
        ({"started_at": "2025-03-03T08:00:00+08:00"}, "started_at"),
        ({"agent": "operator-b"}, "agent"),
        ({"answered_at": "2025-03-03T08:59:59+08:00"}, "answered_at"),
    ],
)
def test_what_contradicts_is_refused_and_changes_nothing(tell, given, field) -> None:
    tell(answered_at="2025-03-03T08:59:42+08:00")
    before = Call.objects.values().get()
    answer = tell(**given)
    assert answer.status_code == 409 and answer.json()["error"]["field"] == field and Call.objects.values().get() == before


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": "有 空格"}, "id"),
        ({"id": 7}, "id"),
        ({"telephone": None}, "telephone"),
        ({"telephone": "abc"}, "telephone"),
        ({"telephone": 13900002222}, "telephone"),
        ({"hidden": "yes"}, "hidden"),
        ({"started_at": None}, "started_at"),
        ({"started_at": "2025-03-03 08:59:30"}, "started_at"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "started_at"),
        ({"started_at": "2025-03-03T10:00:00+08:00"}, "started_at"),
        ({"started_at": "2023-03-03T10:00:00+08:00"}, "started_at"),
        ({"answered_at": "2025-03-03T08:00:00+08:00"}, "answered_at"),
        ({"ended_at": "2025-03-03T08:00:00+08:00"}, "ended_at"),
        ({"agent": ["a"]}, "agent"),
        ({"agent": "a" * 41}, "agent"),
    ],
)
def test_what_is_wrong_is_said_with_its_field(tell, given, field) -> None:
    answer = tell(**given)
    assert answer.status_code == 422, answer.content.decode()
    error = answer.json()["error"]
    assert error["field"] == field and error["message"] and not Call.objects.exists()


def test_what_is_no_json_or_no_key_is_refused(tell, client, key) -> None:
    assert tell("{").status_code == 400 == tell("[]").status_code == tell(b"\xff\xfe").status_code == tell("[" * 8000).status_code
    assert tell(json.dumps({"id": "x" * 9000})).status_code == 413
    assert client.get(URL).status_code == 405
    assert client.post(URL, {"id": "c-1"}, headers={"Authorization": f"Bearer {key}"}).status_code == 415
    for wrong in ("", "lxk_wrong", key + "x"):
        answer = tell(key=wrong)
        assert answer.status_code == 401 and "WWW-Authenticate" in answer
    actions.revoke_key(_admin(), SystemKey.objects.get())
    assert tell().status_code == 401 and not Call.objects.exists()


def _admin():
    from lianxin.identity.models import User

    return User.objects.get(username="casework-admin")


def test_guessing_keys_and_flooding_are_limited(tell, monkeypatch) -> None:
    answers = [tell(key=f"lxk_{number}").status_code for number in range(62)]
    assert answers[:60] == [401] * 60 and answers[60:] == [429, 429]
    assert tell().status_code == 201, "the right key is not shut out by another's guesses"
    monkeypatch.setattr(actions.records, "_CALLS", ((60, 3),))
    assert [tell().status_code for _ in range(3)][-1] == 429


def test_keys_are_made_by_administrators_shown_once_and_kept_as_hashes(office, client_for) -> None:
    with pytest.raises(Forbidden):
        actions.make_key(office.operator, "平台")
    assert client_for(office.operator).get("/desk/hotline/keys/").status_code == 302
    desk = client_for(office.staff.admin)
    page = desk.post("/desk/hotline/keys/", {"name": "话务平台"}).content.decode()
    key = page.split('<code class="lh-key">')[1].split("</code>")[0]
    row = SystemKey.objects.get()
    assert key.startswith("lxk_") and key not in str(vars(row)) and actions.holder_of(key, "10.0.0.1") == row
    assert key not in desk.get("/desk/hotline/keys/").content.decode()
    desk.post("/desk/hotline/keys/", {"revoke": row.pk})
    assert actions.holder_of(key, "10.0.0.1") is None
    assert desk.post("/desk/hotline/keys/", {"name": ""}).status_code == 422


def test_a_call_is_taken_registered_and_tied_to_its_case(tell, office, take) -> None:
    tell()
    (shown,) = queries.ringing(office.operator)
    assert shown.is_mine and not queries.ringing(office.colleague)[0].is_mine
    sheet = actions.take_call(office.operator, actions.open_sheet(office.operator), shown.call)
    assert Typed.unpacked(sheet.content).telephone == NUMBER
    assert queries.ringing(office.colleague)[0].taken_by == office.operator
    with pytest.raises(Refused, match="话务甲正在接"):
        actions.take_call(office.colleague, actions.open_sheet(office.colleague), shown.call)
    case = take().case
    row = Call.objects.get()
    assert (row.case_id, row.operator) == (case.pk, office.operator) and queries.ringing(office.colleague) == []
    with pytest.raises(Refused, match=case.number):
        actions.take_call(office.colleague, actions.open_sheet(office.colleague), row)
    assert tell().json()["case"] == case.number


def test_a_call_that_nobody_took_is_found_by_its_number(tell, take) -> None:
    tell(id="other", telephone="13900007777")
    tell()
    case = take().case
    assert list(Call.objects.filter(case=case).values_list("reference", flat=True)) == ["c-1"]


def test_a_call_is_not_mixed_into_another_one(tell, office) -> None:
    sheet = actions.keep_sheet(office.operator, actions.open_sheet(office.operator), Typed(telephone="13900008888", text="路灯不亮"))
    tell()
    with pytest.raises(Refused, match="手头这份登记还没有提交"):
        actions.take_call(office.operator, sheet, Call.objects.get())
    assert Typed.unpacked(queries.sheet_of(office.operator).content).telephone == "13900008888"


def test_the_number_goes_with_the_account(tell, person) -> None:
    from lianxin.hotline.own import Calls
    from tests.identity.citizens import signed_up

    tell()
    Calls().erase(signed_up(NUMBER).user)
    assert Call.objects.get().telephone == ""


def test_calls_are_in_the_data_of_the_one_who_called(tell, office) -> None:
    from lianxin.hotline.own import export
    from tests.identity.citizens import signed_up

    tell()
    tell(id="another", telephone="13900009999")
    part = export(signed_up(NUMBER).user)
    assert [row["登记的编号"] for row in part.records] == [""] and part.records[0]["来电时间"].startswith("2025-")


def test_a_hidden_caller_is_taken_from_the_list(tell, office, client_for) -> None:
    tell(hidden=True, telephone=None)
    desk = client_for(office.operator)
    sheet = actions.open_sheet(office.operator)
    assert "号码隐藏" in desk.get("/desk/hotline/ringing/").content.decode()
    desk.post("/desk/hotline/", {"sheet": sheet.pk, "take": Call.objects.get().pk})
    assert Typed.unpacked(queries.sheet_of(office.operator).content).hidden == "on"
    sent = {"sheet": sheet.pk, "deed": "order", "hidden": "on", "sort": "help", "text": "路灯不亮", "unit": office.city.education.pk}
    desk.post("/desk/hotline/", sent)
    assert Call.objects.get().case is not None
    assert desk.post("/desk/hotline/", {"take": "999"}).status_code == 404


def test_figures_of_a_day(tell, office, client_for, clock) -> None:
    clock.set("2025-03-04 12:00")
    waits = [3, 15, 16, None, 40]
    for number, wait in enumerate(waits):
        start = datetime.fromisoformat("2025-03-03T10:00:00+08:00") + timedelta(minutes=number)
        told = {"answered_at": (start + timedelta(seconds=wait)).isoformat()} if wait is not None else {}
        assert tell(id=f"d-{number}", started_at=start.isoformat(), **told).status_code == 201
    (day,) = queries.days_of_calls()
    assert (str(day.day), day.calls, day.connected, day.quickly, day.share, day.quick_share) == ("2025-03-03", 5, 4, 2, 80, 50)
    assert day.falls_short
    page = client_for(office.operator).get("/desk/hotline/figures/").content.decode()
    assert "80%" in page and "低于 95%" in page and NUMBER not in page


def test_numbers_are_forgotten_after_half_a_year_and_told_again_change_nothing(tell, clock) -> None:
    tell()
    clock.shift(days=181)
    actions.forget_numbers()
    row = Call.objects.get()
    assert row.telephone == "" and row.telephone_index is None and not row.hidden
    assert tell().status_code == 200 and Call.objects.get().telephone == ""


def test_the_number_is_in_no_log(tell, caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        tell()
        tell(telephone="13900009999")
        tell(key="lxk_wrong")
    assert NUMBER not in caplog.text and "13900009999" not in caplog.text and "lxk_wrong" not in caplog.text


_MOMENTS = st.integers(0, 300)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(tellings=st.lists(st.tuples(st.sampled_from("ab"), _MOMENTS, st.none() | _MOMENTS, st.none() | _MOMENTS), max_size=8))
def test_whatever_is_told_in_whatever_order_facts_once_known_stay(office, tellings) -> None:
    system, _ = actions.make_key(office.staff.admin, "平台")
    base = timezone.now() - timedelta(hours=1)
    known: dict[str, dict] = {}
    for name, start, answered, ended in tellings:
        given = {"id": name, "telephone": NUMBER, "started_at": (base + timedelta(seconds=start)).isoformat()}
        given |= {"answered_at": (base + timedelta(seconds=answered)).isoformat()} if answered is not None else {}
        given |= {"ended_at": (base + timedelta(seconds=ended)).isoformat()} if ended is not None else {}
        with contextlib.suppress(Conflict, api.Problem):
            actions.record_call(system, api.parse(given))
        for row in Call.objects.filter(system=system):
            now = {"started": row.started_at, "answered": row.answered_at, "ended": row.ended_at}
            before = known.get(row.reference, {})
            assert all(now[field] == value for field, value in before.items() if value is not None)
            assert row.started_at <= (row.answered_at or row.started_at) <= (row.ended_at or row.answered_at or row.started_at)
            assert row.waited == (int((row.answered_at - row.started_at).total_seconds()) if row.answered_at else None)
            known[row.reference] = now
    assert Call.objects.filter(system=system).count() == len(known) <= 2
