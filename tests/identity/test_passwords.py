"""Rules for passwords, renewal, first passwords."""

import pytest
from django.contrib.auth import get_user
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from lianxin.foundation.errors import Refused
from lianxin.foundation.models import AuditEntry
from lianxin.identity import actions
from lianxin.identity.models import PasswordRecord, User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "Spring-Wind-2026"


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("Ab1-56789", "至少 10 个字符"),
        ("abcdefghij1", "至少用 3 类"),
        ("xx-Editor-2026", "不要出现登录名"),
        ("王晓梅-abc-2026", "不要出现登录名"),
        (PASSWORD, "最近用过"),
    ],
)
def test_weak_passwords_are_refused_with_what_to_do(people, password, sentence):
    with pytest.raises(ValidationError) as refusal:
        validate_password(password, people.editor)
    assert sentence in " ".join(refusal.value.messages)


@pytest.mark.parametrize("password", [NEW, "春风十里不如你2026a", "ABCDEF-123456"])
def test_good_passwords_pass(people, password):
    validate_password(password, people.editor)


def test_none_of_the_last_five_again(people):
    words = [f"Word-Number-{number}" for number in range(6)]
    for word in words:
        actions.change_password(people.editor, word)
    for word in words[1:]:
        with pytest.raises(ValidationError):
            validate_password(word, people.editor)
    validate_password(words[0], people.editor)
    assert PasswordRecord.objects.filter(user=people.editor).count() == 5


def test_drawn_passwords_satisfy_the_rules(people):
    drawn = {actions.draw_password() for _ in range(50)}
    assert len(drawn) == 50
    for password in drawn:
        validate_password(password, people.editor)


def test_the_first_password_is_changed_before_anything_else(client, people, sign_in):
    password = actions.issue_password(people.manager, people.editor)
    sign_in("editor", password)
    assert client.get("/desk/people/mine/")["Location"] == "/desk/password/"
    assert client.get("/desk/people/mine/", headers={"x-requested-with": "XMLHttpRequest"}).status_code == 403
    assert "初始密码" in client.get("/desk/password/").content.decode()
    answer = client.post("/desk/password/", {"oldpassword": password, "password1": NEW, "password2": NEW})
    assert answer["Location"] == "/desk/"
    assert client.get("/desk/people/mine/").status_code == 200
    assert set(AuditEntry.objects.values_list("deed", flat=True)) >= {"identity.password_reset", "identity.password_changed"}


def test_errors_are_said_at_the_field(client, people, sign_in):
    sign_in("editor")
    page = client.post("/desk/password/", {"oldpassword": "Wrong-1234-x", "password1": "short", "password2": "other"}).content.decode()
    assert "还可以再试 4 次" in page and "至少 10 个字符" in page
    page = client.post("/desk/password/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW + "x"}).content.decode()
    assert "两次输入的新密码不一样" in page


def test_guessing_the_old_password_locks_too(client, people, sign_in, clock):
    sign_in("editor")
    for _ in range(5):
        client.post("/desk/password/", {"oldpassword": "Wrong-1234-x", "password1": NEW, "password2": NEW})
    page = client.post("/desk/password/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}).content.decode()
    assert "之后再试" in page
    assert get_user(client).check_password(PASSWORD)


def test_passwords_are_renewed_after_ninety_days(client, people, sign_in, clock, settings):
    actions.change_password(people.editor, NEW)
    clock.shift(days=89)
    sign_in("editor", NEW)
    assert client.get("/desk/people/mine/").status_code == 200
    client.post("/desk/sign-out/")
    clock.shift(days=2)
    sign_in("editor", NEW)
    assert client.get("/desk/people/mine/")["Location"] == "/desk/password/"
    assert "90 天" in client.get("/desk/password/").content.decode()
    settings.PASSWORD_DAYS = 0
    assert client.get("/desk/people/mine/").status_code == 200


@pytest.mark.parametrize(
    ("username", "name"), [("王晓梅", "王晓梅"), ("1abc", "甲"), ("a", "甲"), ("editor", "甲"), ("fine.name", " "), ("a\nb", "甲")]
)
def test_accounts_that_cannot_be_opened(people, username, name):
    with pytest.raises(Refused):
        actions.draft_account(username, name)


def test_a_drafted_account_must_change_its_password(people):
    user, password = actions.draft_account(" Wang.XM ", "王小明")
    actions.open_account(people.manager, user)
    stored = User.objects.get(username="wang.xm")
    assert stored.check_password(password) and stored.must_change_password
    assert password not in str(list(AuditEntry.objects.values()))
