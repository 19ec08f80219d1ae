"""Who carries a short message: the interface, the development outbox, Tencent Cloud."""

import logging
from collections.abc import Sequence
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from lianxin.foundation import tencent

logger = logging.getLogger(__name__)

CODE, NOTICE, RECEIPT, FOLLOW = "code", "notice", "receipt", "follow"
_WORDING = {
    CODE: "验证码 {0}，{1} 分钟内有效。请不要告诉任何人，工作人员也不会向您索要。",
    NOTICE: "您有一条新消息：{0}。请登录网站在“我的”中查看。",
    RECEIPT: "您的来电已登记，编号 {0}，查询码 {1}。凭编号和查询码可在网站“查询来信”中看进展，请勿转发。",
    FOLLOW: "{0}，编号 {1}。请凭编号和查询码在网站“查询来信”中查看。",
}


class NotSent(Exception):
    """The gateway did not take a message; says the kind of failure only, never the number or the text."""


class Gateway(Protocol):
    """A carrier of short messages."""

    name: str
    keeps: bool
    """Whether the message stays readable in its row for some minutes after sending (the outbox)."""

    def send(self, number: str, template: str, values: Sequence[str]) -> None:
        """Send one message to a mainland number of eleven digits. Raises ``NotSent``."""


class Outbox:
    """For development: the log and the outbox page. Refuses anywhere else."""

    name = "outbox"
    keeps = True

    def send(self, number: str, template: str, values: Sequence[str]) -> None:
        """Write the text to the log; of the number its last four digits."""
        if not settings.DEVELOPMENT:
            raise NotSent("the outbox is for development only; set LIANXIN_SMS_SERVICE")
        logger.info("short message to …%s: %s", number[-4:], text_of(template, values))


class Tencent:
    """Tencent Cloud SMS, action SendSms of 2021-01-11 (https://cloud.tencent.com/document/api/382/55981)."""

    name = "tencent"
    keeps = False

    def send(self, number: str, template: str, values: Sequence[str]) -> None:
        """One number, one approved template."""
        parameters = {
            "PhoneNumberSet": [f"+86{number}"],
            "SmsSdkAppId": settings.SMS_APP_ID,
            "SignName": settings.SMS_SIGN_NAME,
            "TemplateId": settings.SMS_TEMPLATES[template],
            "TemplateParamSet": list(values),
        }
        try:
            answer = tencent.call("sms", "SendSms", "2021-01-11", parameters, region=settings.TENCENT_REGION)
        except tencent.CallFailed as failure:
            raise NotSent(failure.code) from None
        states = answer.get("SendStatusSet") or [{}]
        if states[0].get("Code") != "Ok":
            raise NotSent(str(states[0].get("Code", "no status"))[:80])


_GATEWAYS: dict[str, type[Outbox] | type[Tencent]] = {"outbox": Outbox, "tencent": Tencent}


def gateway() -> Gateway:
    """The gateway in use. Raises ``ImproperlyConfigured`` for a name that is none."""
    try:
        return _GATEWAYS[settings.SMS_SERVICE]()
    except KeyError:
        raise ImproperlyConfigured(f"LIANXIN_SMS_SERVICE 只能是 {'、'.join(_GATEWAYS)}，不能是 {settings.SMS_SERVICE!r}") from None


def available() -> bool:
    """Whether messages can go out at all: the outbox alone, in production, carries none."""
    return settings.DEVELOPMENT or settings.SMS_SERVICE != "outbox"


def may_send(template: str) -> bool:
    """Whether messages of this template can go out: some are only offered where the city has had them approved."""
    return available() and (settings.SMS_SERVICE == "outbox" or bool(settings.SMS_TEMPLATES.get(template)))


def text_of(template: str, values: Sequence[str]) -> str:
    """The message as people read it; the gateway's approved template should say the same."""
    return _WORDING[template].format(*values)
