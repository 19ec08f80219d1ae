"""Authenticator app, recovery codes, passkeys; who must have one."""

import json
import os
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth import get_user
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from lianxin.foundation import crypto
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import AuditEntry
from lianxin.identity import actions, queries
from lianxin.organisations import actions as organisations
from tests.conftest import PASSWORD
from tests.identity.conftest import SIGN_IN, code_of

pytestmark = pytest.mark.django_db
SECOND = "/desk/sign-in/second-factor/"
ORIGIN = "http://localhost"


def is_in(client: Client) -> bool:
    return get_user(client).is_authenticated


def test_the_code_is_asked_for_and_opens(client, people, sign_in, with_app, clock):
    secret = with_app(people.editor)
    assert sign_in("editor")["Location"] == SECOND
    assert not is_in(client)
    assert "第二重验证" in client.get(SECOND).content.decode()
    assert client.post(SECOND, {"code": code_of(secret)})["Location"] == "/desk/"
    assert is_in(client)
    assert "密码和验证器" in AuditEntry.objects.get(deed="identity.signed_in").summary


def test_a_code_works_once(client, people, sign_in, with_app, clock):
    secret = with_app(people.editor)
    code = code_of(secret)
    sign_in("editor")
    client.post(SECOND, {"code": code})
    clock.shift(seconds=31)
    other = Client(SERVER_NAME="localhost")
    sign_in("editor", PASSWORD, other)
    other.post(SECOND, {"code": code})
    assert not is_in(other)


def test_wrong_codes_lock_and_a_right_password_in_between_forgets_nothing(client, people, sign_in, with_app, clock):
    secret = with_app(people.editor)
    for _ in range(5):
        sign_in("editor")
        told = client.post(SECOND, {"code": "000000"}).content.decode()
        assert "没有通过" in told and "恢复码每个只能用一次" in told
        client.post("/desk/sign-out/")
    assert "之后再试" in sign_in("editor").content.decode()
    assert queries.locked_until(people.editor) is not None
    actions.unlock(people.admin, people.editor)
    sign_in("editor")
    client.post(SECOND, {"code": code_of(secret)})
    assert is_in(client)


def test_the_second_page_cannot_be_reached_without_the_first(client, people):
    assert client.get(SECOND)["Location"] == SIGN_IN
    assert client.post(SECOND, {"code": "123456"})["Location"] == SIGN_IN


@pytest.mark.django_db(transaction=True)
def test_whoever_must_have_one_is_led_to_it_and_nowhere_else(client, people, sign_in, clock):
    sign_in("chief")
    assert client.get("/desk/people/mine/")["Location"] == "/desk/second-factor/"
    page = client.get("/desk/second-factor/").content.decode()
    assert "您的岗位要求第二重验证" in page
    assert client.get("/desk/second-factor/app/remove/").status_code in (302, 404)
    setup = client.get("/desk/second-factor/app/")
    assert setup.status_code == 200, "who has just signed in is not asked for the password again"
    secret = setup.context["form"].secret
    answer = client.post("/desk/second-factor/app/", {"code": code_of(secret)})
    assert answer["Location"] == "/desk/second-factor/recovery-codes/"
    codes = client.get(answer["Location"])
    assert "只显示这一次" in codes.content.decode()
    assert "只显示这一次" not in client.get(answer["Location"]).content.decode()
    assert client.get("/desk/people/mine/").status_code == 200
    deeds = AuditEntry.objects.filter(deed="identity.second_factor_added").values_list("summary", flat=True)
    assert set(deeds) == {"启用验证器", "启用恢复码"}

    client.post("/desk/sign-out/")
    clock.shift(minutes=1)
    assert sign_in("chief")["Location"] == SECOND
    code = codes.context["unused_codes"][0]
    client.post(SECOND, {"code": code})
    assert is_in(client), "a recovery code opens"
    client.post("/desk/sign-out/")
    sign_in("chief")
    client.post(SECOND, {"code": code})
    assert not is_in(client), "once"


def test_who_needs_one(people, city, settings):
    assert queries.needs_second_factor(people.chief) and queries.needs_second_factor(people.auditor) and queries.needs_second_factor(people.admin)
    assert not queries.needs_second_factor(people.editor)
    settings.SECOND_FACTOR_ROLES = ["editor"]
    assert queries.needs_second_factor(people.editor) and not queries.needs_second_factor(people.admin)


def test_demo_accounts_are_exempt_one_by_one(client, people, sign_in):
    actions.mark_as_demo(people.chief)
    sign_in("chief")
    assert client.get("/desk/people/mine/").status_code == 200
    assert queries.needs_second_factor(people.county_chief), "nobody else is"


def test_a_post_that_needs_one_ends_sessions_without(client, people, city, sign_in):
    sign_in("editor")
    organisations.appoint(people.admin, people.editor, city.education, "chief")
    assert not is_in(client)
    sign_in("editor")
    assert client.get("/desk/people/mine/")["Location"] == "/desk/second-factor/"


def test_the_last_one_stays_where_it_is_required(client, people, sign_in, with_app, clock):
    secret = with_app(people.chief)
    sign_in("chief")
    client.post(SECOND, {"code": code_of(secret)})
    assert "不能停用" in client.get("/desk/second-factor/app/remove/").content.decode()
    client.post("/desk/second-factor/app/remove/")
    assert queries.has_second_factor(people.chief)


def test_others_may_give_it_up_after_their_password(client, people, sign_in, with_app, clock):
    secret = with_app(people.editor)
    sign_in("editor")
    client.post(SECOND, {"code": code_of(secret)})
    clock.shift(minutes=6)
    answer = client.post("/desk/second-factor/app/remove/")
    assert answer["Location"].startswith("/desk/confirm/")
    client.get(answer["Location"])
    client.post(answer["Location"], {"password": PASSWORD})
    client.post("/desk/second-factor/app/remove/")
    assert not queries.has_second_factor(people.editor)
    assert AuditEntry.objects.filter(deed="identity.second_factor_removed").exists()


def test_a_lost_telephone(client, people, sign_in, with_app):
    with_app(people.chief)
    with pytest.raises(Refused):
        organisations.drop_second_factor(people.manager, people.chief)
    organisations.drop_second_factor(people.admin, people.chief)
    sign_in("chief")
    assert client.get("/desk/people/mine/")["Location"] == "/desk/second-factor/"
    with pytest.raises(Refused):
        organisations.drop_second_factor(people.admin, people.editor)


def test_secrets_follow_the_rotation_of_keys(people, with_app):
    secret = with_app(people.editor)
    before = Authenticator.objects.get().data["secret"]
    crypto.rotate()
    assert actions.reseal_second_factors() == 1
    after = Authenticator.objects.get().data["secret"]
    assert after != before and actions.unseal(after) == secret
    assert actions.reseal_second_factors() == 0


# --- passkeys --------------------------------------------------------------------------------------------------------------------------


class SoftKey:
    """A security key made of software: holds one credential and signs what a browser would sign."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(32)

    def create(self, options: dict, origin: str = ORIGIN) -> str:
        key = options["publicKey"]
        client_data = CollectedClientData.create("webauthn.create", key["challenge"], origin)
        credential = AttestedCredentialData.create(b"\0" * 16, self.id, ES256.from_cryptography_key(self.private.public_key()))
        flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
        data = AuthenticatorData.create(self._rp_hash(key["rp"]["id"]), flags, 0, credential)
        response = {"clientDataJSON": websafe_encode(client_data), "attestationObject": websafe_encode(AttestationObject.create("none", data, {}))}
        return self._answer(response)

    def get(self, options: dict, user_handle: str = "", origin: str = ORIGIN) -> str:
        key = options["publicKey"]
        client_data = CollectedClientData.create("webauthn.get", key["challenge"], origin)
        data = AuthenticatorData.create(self._rp_hash(key["rpId"]), AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV, 1)
        signature = self.private.sign(data + client_data.hash, ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            "userHandle": user_handle or None,
        }
        return self._answer(response)

    def _answer(self, response: dict) -> str:
        name = websafe_encode(self.id)
        extensions = {"credProps": {"rk": True}}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "clientExtensionResults": extensions, "response": response})

    @staticmethod
    def _rp_hash(rp_id: str) -> bytes:
        digest = hashes.Hash(hashes.SHA256())
        digest.update(rp_id.encode())
        return digest.finalize()


@pytest.fixture
def keyed(client, people, sign_in) -> SimpleNamespace:
    """The editor, with a passkey, signed out again."""
    sign_in("editor")
    page = client.get("/desk/second-factor/passkeys/add/")
    options = page.context["js_data"]["creation_options"]
    key = SoftKey()
    answer = client.post("/desk/second-factor/passkeys/add/", {"name": "办公室电脑", "passwordless": "on", "credential": key.create(options)})
    assert answer["Location"] == "/desk/second-factor/recovery-codes/"
    client.post("/desk/sign-out/")
    return SimpleNamespace(key=key, handle=options["publicKey"]["user"]["id"], rp=options["publicKey"]["rp"])


def _options(client: Client) -> dict:
    return client.get("/desk/sign-in/passkey/", headers={"accept": "application/json"}).json()["request_options"]


def test_a_passkey_opens_alone(client, people, keyed):
    assert keyed.rp == {"id": "localhost", "name": "连心工作台"}
    answer = client.post("/desk/sign-in/passkey/", {"credential": keyed.key.get(_options(client), keyed.handle)})
    assert answer["Location"] == "/desk/" and get_user(client) == people.editor
    assert "通行密钥" in AuditEntry.objects.filter(deed="identity.signed_in").latest("seq").summary
    assert "办公室电脑" in client.get("/desk/second-factor/passkeys/").content.decode()


def test_a_passkey_is_bound_to_the_desks_host(client, people, keyed):
    client.post("/desk/sign-in/passkey/", {"credential": keyed.key.get(_options(client), keyed.handle, "https://desk.evil.example")})
    assert not is_in(client)


def test_a_stranger_s_key_does_not_open(client, people, keyed):
    for credential in (SoftKey().get(_options(client), keyed.handle), "{}", "not json", '{"response": {"userHandle": "AAAA"}}'):
        client.post("/desk/sign-in/passkey/", {"credential": credential})
        assert not is_in(client)


def test_a_passkey_of_an_ended_account_does_not_open(client, people, keyed):
    actions.close_account(people.admin, people.editor, "测试")
    answer = client.post("/desk/sign-in/passkey/", {"credential": keyed.key.get(_options(client), keyed.handle)})
    assert answer["Location"] == "/desk/sign-in/ended/"
    assert "不能登录" in client.get(answer["Location"]).content.decode() and not is_in(client)


def test_a_passkey_is_a_second_factor_after_the_password(client, people, keyed, sign_in):
    assert sign_in("editor")["Location"] == SECOND
    options = client.get(SECOND).context["js_data"]["request_options"]
    client.post(SECOND, {"credential": keyed.key.get(options)})
    assert is_in(client)


def test_passkeys_are_renamed_and_removed(client, people, keyed, sign_in):
    client.post("/desk/sign-in/passkey/", {"credential": keyed.key.get(_options(client), keyed.handle)})
    key = Authenticator.objects.get(type="webauthn")
    client.post(f"/desk/second-factor/passkeys/{key.pk}/name/", {"name": "会议室"})
    assert "会议室" in client.get(f"/desk/second-factor/passkeys/{key.pk}/remove/").content.decode()
    client.post(f"/desk/second-factor/passkeys/{key.pk}/remove/")
    assert not Authenticator.objects.exists(), "recovery codes alone go too"


def test_the_last_required_passkey_stays(client, people, keyed, settings):
    client.post("/desk/sign-in/passkey/", {"credential": keyed.key.get(_options(client), keyed.handle)})
    settings.SECOND_FACTOR_ROLES = ["editor"]
    key = Authenticator.objects.get(type="webauthn")
    client.post(f"/desk/second-factor/passkeys/{key.pk}/remove/")
    assert Authenticator.objects.filter(pk=key.pk).exists()
