"""Sign-in over HTTP: who gets in, who is told what, and what is left in the rows."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user
from django.test import Client
from django.utils import timezone

from lianxin.foundation import audit
from lianxin.foundation.models import AuditEntry
from lianxin.identity import actions, queries
from lianxin.identity.errors import LockedOut
from lianxin.identity.models import Lockout, SignInAttempt, User
from tests.conftest import PASSWORD
from tests.identity.conftest import SIGN_IN

pytestmark = pytest.mark.django_db
WRONG = "Wrong-Word-2025"


def is_in(client: Client) -> bool:
    return get_user(client).is_authenticated


def test_the_page_is_chinese_and_needs_no_script(client):
    page = client.get(SIGN_IN)
    text = page.content.decode()
    assert page.status_code == 200
    assert "登录名" in text and "忘记密码" in text and 'lang="zh-CN"' in text
    assert "no-store" in page["Cache-Control"] or "no-cache" in page["Cache-Control"]
    assert "注册" not in text, "staff cannot sign themselves up"


def test_staff_get_in_by_name_and_password(client, people, sign_in, clock):
    answer = sign_in(" Editor ")
    assert answer.status_code == 302 and answer["Location"] == "/desk/"
    assert get_user(client) == people.editor
    assert SignInAttempt.objects.filter(user=people.editor, outcome="success", address="127.0.0.1").count() == 1
    assert AuditEntry.objects.filter(deed="identity.signed_in", actor=people.editor).exists()
    assert audit.verify() == []


def test_the_way_goes_on_to_where_one_wanted_to(client, people):
    assert client.post(f"{SIGN_IN}?next=/desk/people/mine/", {"login": "editor", "password": PASSWORD})["Location"] == "/desk/people/mine/"


def test_an_address_elsewhere_is_no_way_on(client, people):
    assert client.post(f"{SIGN_IN}?next=https://evil.example/", {"login": "editor", "password": PASSWORD})["Location"] == "/desk/"


@pytest.mark.parametrize("kind", [User.Kind.CITIZEN, User.Kind.ENTERPRISE])
def test_citizens_do_not_get_in_here(client, person, sign_in, kind):
    person("citizen", kind=kind, is_staff=False)
    answer = sign_in("citizen")
    assert answer.status_code == 200 and "不能登录工作台" in answer.content.decode()
    assert not is_in(client)


def test_an_expired_partner_is_told_so_and_stays_out(client, person, sign_in, clock):
    person("partner", kind=User.Kind.PARTNER, expires_at=timezone.now() + timedelta(days=1))
    assert sign_in("partner").status_code == 302 and is_in(client)
    clock.shift(days=1, minutes=1)
    assert not is_in(client), "the session ends with the account"
    answer = sign_in("partner")
    assert "已经到期" in answer.content.decode() and not is_in(client)
    assert SignInAttempt.objects.filter(outcome="ended").count() == 1


def test_a_closed_account_stays_out_and_its_session_ends(client, people, sign_in):
    sign_in("editor")
    actions.close_account(people.admin, people.editor, "测试")
    assert client.get("/desk/people/mine/")["Location"].startswith(SIGN_IN)
    assert "不能登录工作台" in sign_in("editor").content.decode()


def test_signing_out_asks_first_and_is_recorded(client, people, sign_in):
    sign_in("editor")
    assert "退出工作台" in client.get("/desk/sign-out/").content.decode() and is_in(client)
    assert client.post("/desk/sign-out/")["Location"] == SIGN_IN
    assert not is_in(client)
    assert AuditEntry.objects.filter(deed="identity.signed_out", actor=people.editor).exists()


# --- lock-out --------------------------------------------------------------------------------------------------------------------------


def test_five_wrong_passwords_lock_for_half_an_hour(client, people, sign_in, clock):
    for left in (4, 3, 2, 1):
        assert f"还可以再试 {left} 次" in sign_in("editor", WRONG).content.decode()
    assert "已暂停登录" in sign_in("editor", WRONG).content.decode()
    assert queries.locked_until(people.editor) == timezone.now() + timedelta(minutes=30)
    answer = sign_in("editor")
    assert "请在 09:30 之后再试" in answer.content.decode() and not is_in(client), "the right password does not open a locked account"
    clock.shift(minutes=29)
    sign_in("editor")
    assert not is_in(client)
    clock.shift(minutes=2)
    sign_in("editor")
    assert is_in(client)
    assert AuditEntry.objects.filter(deed="identity.sign_in_failed").count() == 5
    assert AuditEntry.objects.filter(deed="identity.locked").count() == 1


def test_names_that_do_not_exist_answer_alike(client, people, sign_in, clock):
    known = [sign_in("editor", WRONG).content.decode().count("还可以再试 4 次"), sign_in("editor", WRONG).content.decode().count("还可以再试 3 次")]
    other = Client(SERVER_NAME="localhost")
    unknown = [
        sign_in("nobody-here", WRONG, other).content.decode().count("还可以再试 4 次"),
        sign_in("nobody-here", WRONG, other).content.decode().count("还可以再试 3 次"),
    ]
    assert known == unknown == [1, 1]
    for _ in range(3):
        sign_in("nobody-here", WRONG, other)
    assert "之后再试" in sign_in("nobody-here", WRONG, other).content.decode()
    assert not SignInAttempt.objects.filter(account_key__contains="nobody-here").exists(), "names typed are kept as hashes"


def test_a_manager_unlocks_at_once(client, people, sign_in, clock):
    for _ in range(5):
        sign_in("editor", WRONG)
    actions.unlock(people.manager, people.editor)
    sign_in("editor")
    assert is_in(client)
    assert AuditEntry.objects.filter(deed="identity.unlocked", actor=people.manager).exists()


def test_success_forgets_the_failures_before(client, people, sign_in, clock):
    for _ in range(4):
        sign_in("editor", WRONG)
    sign_in("editor")
    client.post("/desk/sign-out/")
    assert "还可以再试 4 次" in sign_in("editor", WRONG).content.decode()


def test_old_failures_are_forgotten(client, people, sign_in, clock):
    for _ in range(4):
        sign_in("editor", WRONG)
    clock.shift(minutes=31)
    assert "还可以再试 4 次" in sign_in("editor", WRONG).content.decode()


def test_an_address_that_tries_many_names_is_locked(client, people, sign_in, clock, settings):
    settings.SIGN_IN_TRIES_PER_ADDRESS = 6
    for number in range(6):
        sign_in(f"name{number}", WRONG)
    assert "之后再试" in sign_in("editor").content.decode() and not is_in(client)
    elsewhere = Client(SERVER_NAME="localhost", REMOTE_ADDR="10.0.0.9")
    sign_in("editor", PASSWORD, elsewhere)
    assert is_in(elsewhere), "other addresses are not locked, and tries refused by address cost the account nothing"
    assert Lockout.objects.get(scope="address", locked_until__isnull=False).key == "127.0.0.1"


def test_parallel_guesses_are_charged_before_they_are_verified(people, clock):
    for _ in range(5):
        actions.begin_attempt("editor", "10.0.0.1")
    with pytest.raises(LockedOut):
        actions.begin_attempt("editor", "10.0.0.1")


def test_an_address_behind_our_proxy_is_the_last_one(client, people, sign_in, settings, clock):
    settings.USE_X_FORWARDED_HOST = True
    sign_in("editor", WRONG, HTTP_X_FORWARDED_FOR="1.1.1.1, 10.2.3.4")
    assert SignInAttempt.objects.get().address == "10.2.3.4"


def test_old_tries_are_forgotten_after_half_a_year(people, sign_in, clock):
    sign_in("editor", WRONG)
    clock.shift(days=181)
    assert actions.forget_old_attempts(200) == 0 and SignInAttempt.objects.count() == 1
    clock.shift(days=20)
    assert actions.forget_old_attempts(200) == 1


# --- the session -----------------------------------------------------------------------------------------------------------------------


def test_fifteen_idle_minutes_end_the_session(client, people, sign_in, clock):
    sign_in("editor")
    clock.shift(minutes=14)
    assert client.get("/desk/people/mine/").status_code == 200
    clock.shift(minutes=14)
    assert client.get("/desk/people/mine/").status_code == 200, "whoever works stays in"
    clock.shift(minutes=15)
    answer = client.get("/desk/people/mine/?a=1")
    assert answer["Location"] == f"{SIGN_IN}?next=%2Fdesk%2Fpeople%2Fmine%2F%3Fa%3D1"
    assert "15 分钟没有操作" in client.get(answer["Location"]).content.decode()
    assert not is_in(client)
    assert "长时间没有操作" in AuditEntry.objects.get(deed="identity.signed_out").summary


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("post", "/desk/editing-sessions/ping/publishing/articlepage/1/1/", {}),
        ("post", "/desk/pages/1/edit/preview/", {}),
        ("post", "/desk/pages/1/edit/", {"accept": "application/json"}),
        ("get", "/desk/jsi18n/", {}),
    ],
)
def test_what_the_browser_sends_by_itself_is_no_activity(client, people, sign_in, clock, method, path, headers):
    sign_in("editor")
    clock.shift(minutes=14)
    getattr(client, method)(path, headers=headers)
    clock.shift(minutes=2)
    assert client.get("/desk/people/mine/")["Location"].startswith(SIGN_IN)


def test_an_idle_editor_is_told_in_data_not_by_a_page(client, people, sign_in, clock):
    sign_in("editor")
    clock.shift(minutes=16)
    answer = client.post("/desk/pages/1/edit/", headers={"accept": "application/json"})
    assert answer.status_code == 403 and "重新登录" in answer.json()["detail"]


def test_the_desk_lives_on_one_host(client, people, settings):
    settings.DESK_HOST = "desk.hean.example"
    answer = client.get("/desk/sign-in/?next=/desk/", SERVER_NAME="localhost", SERVER_PORT="8123")
    assert answer.status_code == 302 and answer["Location"] == "http://desk.hean.example:8123/desk/sign-in/?next=/desk/"
    assert client.post("/desk/sign-in/", {"login": "editor"}).status_code == 302


def test_a_changed_password_ends_all_other_sessions(client, people, sign_in):
    other = Client(SERVER_NAME="localhost")
    sign_in("editor")
    sign_in("editor", PASSWORD, other)
    new = "Spring-Wind-2026"
    client.post("/desk/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert is_in(client) and not is_in(other)


def test_ended_sessions_are_gone_at_once(client, people, sign_in):
    sign_in("editor")
    actions.end_sessions(people.admin, people.editor, "测试")
    assert not is_in(client)


# --- Wagtail's own doors ---------------------------------------------------------------------------------------------------------------

DOORS = [
    "/desk/users/",
    "/desk/users/new/",
    "/desk/users/{pk}/",
    "/desk/users/edit/{pk}/",
    "/desk/users/delete/{pk}/",
    "/desk/groups/",
    "/desk/groups/new/",
    "/desk/bulk/identity/user/delete/?id={pk}",
    "/desk/bulk/identity/user/assign_role/?id={pk}",
    "/desk/bulk/identity/user/set_active_state/?id={pk}",
]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_wagtails_user_management_is_no_way_around(client_for, people, door, method):
    before = list(User.objects.order_by("pk").values())
    answer = getattr(client_for(people.admin), method)(
        door.format(pk=people.editor.pk), {"username": "ghost", "password1": PASSWORD, "password2": PASSWORD, "is_superuser": "on", "is_active": ""}
    )
    assert answer.status_code == 302 and answer["Location"] == "/desk/people/"
    assert list(User.objects.exclude(pk=people.admin.pk).order_by("pk").values()) == [row for row in before if row["id"] != people.admin.pk]


@pytest.mark.parametrize("door", ["/desk/login/", "/desk/password_reset/", "/desk/password_reset/confirm/MQ/abc-def/"])
def test_wagtails_sign_in_is_ours(client, people, door):
    assert client.get(door)["Location"] == SIGN_IN
    assert client.post(door, {"username": "editor", "password": PASSWORD})["Location"] == SIGN_IN
    assert not is_in(client)


def test_one_can_keep_ones_own_settings_but_not_ones_name(client_for, people):
    client = client_for(people.editor)
    page = client.get("/desk/account/").content.decode()
    assert "通知邮箱" in page and "first_name" not in page and "修改密码" in page
    profile = {"theme-theme": "system", "theme-contrast": "system", "theme-density": "default", "theme-keyboard_shortcuts": "on"}
    client.post("/desk/account/", {"email-email": "new@example.com", "name_email-first_name": "某某", **profile})
    people.editor.refresh_from_db()
    assert (people.editor.email, people.editor.name) == ("new@example.com", "王晓梅")


def test_whoever_has_no_post_is_not_let_into_the_desk(client, person, sign_in):
    person("deputy", is_staff=False)
    sign_in("deputy")
    assert client.get("/desk/people/").status_code == 302


def test_a_demo_says_so(client, people):
    assert "演示环境" not in client.get(SIGN_IN).content.decode()
    actions.mark_as_demo(people.editor)
    assert "演示环境" in client.get(SIGN_IN).content.decode()
