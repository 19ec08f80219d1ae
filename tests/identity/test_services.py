"""The real protocols, against a server of our own: short messages and the two-element check of Tencent Cloud; what is said of settings."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured

from lianxin.foundation import sms, tencent
from lianxin.identity import checks, realname
from tests.identity.citizens import NAME, NUMBER, TELEPHONE


@pytest.fixture
def cloud(settings):
    """A server that verifies the signature as the documentation tells and answers as it is told."""
    seen: list[SimpleNamespace] = []
    answer = {"Response": {}}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            expected = tencent.authorization(
                "id", "key", self.headers["Host"].split(".")[0], self.headers["Host"], body, int(self.headers["X-TC-Timestamp"])
            )
            seen.append(SimpleNamespace(headers=dict(self.headers), body=json.loads(body), genuine=expected == self.headers["Authorization"]))
            content = answer.get("raw", json.dumps(answer).encode())
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    settings.TENCENT_ENDPOINT = f"http://127.0.0.1:{server.server_port}/"
    settings.TENCENT_SECRET_ID, settings.TENCENT_SECRET_KEY = "id", "key"
    settings.SMS_APP_ID, settings.SMS_SIGN_NAME = "1400000000", "和安市政府"
    settings.SMS_TEMPLATES = {"code": "111", "notice": "222"}
    settings.SMS_SERVICE = settings.REAL_NAME_SERVICE = "tencent"
    yield SimpleNamespace(seen=seen, answer=answer)
    server.shutdown()
    server.server_close()


def test_the_signature_is_that_of_the_documentation():
    payload = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    secret_id, secret_key = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******", "Gu5t9xGARNpq86cd98joQYCN3*******"
    header = tencent.authorization(secret_id, secret_key, "cvm", "cvm.tencentcloudapi.com", payload, 1551113065)
    assert header == (
        f"TC3-HMAC-SHA256 Credential={secret_id}/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, "
        "Signature=2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c"
    )


def test_a_message_is_sent_as_documented(cloud):
    cloud.answer["Response"] = {"SendStatusSet": [{"Code": "Ok", "SerialNo": "1"}], "RequestId": "r"}
    sms.gateway().send(TELEPHONE, sms.CODE, ["123456", "5"])
    (call,) = cloud.seen
    assert call.genuine and call.headers["Host"] == "sms.tencentcloudapi.com"
    assert (call.headers["X-TC-Action"], call.headers["X-TC-Version"], call.headers["X-TC-Region"]) == ("SendSms", "2021-01-11", "ap-guangzhou")
    assert call.body == {
        "PhoneNumberSet": ["+8619900000001"],
        "SmsSdkAppId": "1400000000",
        "SignName": "和安市政府",
        "TemplateId": "111",
        "TemplateParamSet": ["123456", "5"],
    }


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"SendStatusSet": [{"Code": "LimitExceeded.PhoneNumberDailyLimit", "PhoneNumber": "+8619900000001"}]}, "LimitExceeded"),
        ({"Error": {"Code": "AuthFailure.SignatureFailure", "Message": "19900000001"}}, "AuthFailure"),
        ({"SendStatusSet": []}, "no status"),
    ],
)
def test_a_message_that_is_not_taken_says_why_and_not_to_whom(cloud, answer, words):
    cloud.answer["Response"] = answer
    with pytest.raises(sms.NotSent, match=words) as refused:
        sms.gateway().send(TELEPHONE, sms.NOTICE, ["有了答复"])
    assert TELEPHONE not in str(refused.value)


def test_an_answer_that_is_none(cloud, settings):
    cloud.answer["raw"] = b"<html>gateway error</html>"
    with pytest.raises(sms.NotSent):
        sms.gateway().send(TELEPHONE, sms.CODE, ["1", "5"])
    settings.TENCENT_ENDPOINT = "http://127.0.0.1:9/"
    with pytest.raises(sms.NotSent, match="ConnectionError"):
        sms.gateway().send(TELEPHONE, sms.CODE, ["1", "5"])
    with pytest.raises(realname.Unavailable):
        realname.service().check(NAME, NUMBER)


def test_name_and_number_are_compared_as_documented(cloud):
    cloud.answer["Response"] = {"Result": "0", "Description": "姓名和身份证号一致"}
    realname.service().check(NAME, NUMBER)
    (call,) = cloud.seen
    assert call.genuine and call.headers["Host"] == "faceid.tencentcloudapi.com"
    assert (call.headers["X-TC-Action"], call.headers["X-TC-Version"]) == ("IdCardVerification", "2018-03-01")
    assert call.body == {"Name": NAME, "IdCard": NUMBER}


@pytest.mark.parametrize(
    ("result", "error"),
    [(code, realname.Mismatch) for code in ("-1", "-2", "-3", "-5")] + [(code, realname.Unavailable) for code in ("-4", "-6", "-7", "", "9")],
)
def test_every_other_result_is_a_refusal(cloud, result, error):
    cloud.answer["Response"] = {"Result": result}
    with pytest.raises(error) as refused:
        realname.service().check(NAME, NUMBER)
    assert NAME not in str(refused.value) and NUMBER not in str(refused.value)


# --- what is said of settings ----------------------------------------------------------------------------------------------------------


def _ids() -> list[str]:
    return [message.id for message in checks.citizens_services(None)]


def test_on_a_developers_machine_nothing_is_wrong(settings):
    settings.SMS_SERVICE, settings.REAL_NAME_SERVICE, settings.DEVELOPMENT = "outbox", "digits", True
    assert _ids() == []


def test_production_with_the_development_services_is_complained_of(settings):
    settings.SMS_SERVICE, settings.REAL_NAME_SERVICE, settings.DEVELOPMENT = "outbox", "digits", False
    assert _ids() == ["identity.W004", "identity.W005"]


def test_a_service_without_its_settings_is_an_error(settings):
    settings.DEVELOPMENT, settings.SMS_SERVICE, settings.REAL_NAME_SERVICE = False, "tencent", "tencent"
    settings.TENCENT_SECRET_ID = settings.TENCENT_SECRET_KEY = settings.SMS_APP_ID = ""
    assert _ids() == ["identity.E004", "identity.E005"]


def test_a_service_that_is_none(settings):
    settings.SMS_SERVICE, settings.REAL_NAME_SERVICE = "pigeon", "oracle"
    assert _ids()[:2] == ["identity.E002", "identity.E003"]
    for ask in (sms.gateway, realname.service):
        with pytest.raises(ImproperlyConfigured):
            ask()
