"""What can be wrong with sign-in; shown by ``lianxin check`` and ``lianxin doctor``."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError


@register(Tags.security)
def presets_hold(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Settings weaker than 等保 level 3 are said aloud."""
    found: list[CheckMessage] = []
    if settings.SIGN_IN_TRIES < 1 or settings.SIGN_IN_LOCK_MINUTES < 1 or settings.SIGN_IN_IDLE_MINUTES < 1:
        found.append(Error("登录保护的次数和分钟数必须是正整数。", id="identity.E001"))
    if settings.SIGN_IN_TRIES > 5 or settings.SIGN_IN_LOCK_MINUTES < 30 or settings.SIGN_IN_IDLE_MINUTES > 15:
        found.append(Warning("登录锁定或空闲退出比等保三级的预设宽松（5 次、30 分钟、15 分钟）。", id="identity.W001"))
    if not settings.SECOND_FACTOR_ROLES:
        found.append(Warning("没有岗位要求第二重验证（LIANXIN_SECOND_FACTOR_ROLES 为空）。", id="identity.W002"))
    return found


@register(Tags.database, deploy=True)
def no_demo_accounts(app_configs: Any, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Demo accounts sign in without a second factor; a real city must not have them."""
    from lianxin.identity.queries import demo_accounts_exist

    if not databases:
        return []
    try:
        exist = demo_accounts_exist()
    except DatabaseError:
        return []
    if not exist:
        return []
    return [Warning("存在演示账号，它们不要求第二重验证；正式使用前请停用。", id="identity.W003")]


@register(Tags.security)
def citizens_services(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The services for short messages and real names exist, are not the development ones in production, and have what they need."""
    from lianxin.foundation import sms
    from lianxin.identity import realname

    found: list[CheckMessage] = []
    for ask, number in ((sms.gateway, "E002"), (realname.service, "E003")):
        try:
            ask()
        except ImproperlyConfigured as error:
            found.append(Error(str(error), id=f"identity.{number}"))
    if not settings.DEVELOPMENT:
        if settings.SMS_SERVICE == "outbox":
            found.append(Warning("没有接通短信服务，市民收不到验证码，不能登录。请设置 LIANXIN_SMS_SERVICE。", id="identity.W004"))
        if settings.REAL_NAME_SERVICE == "digits":
            found.append(Warning("实名核验只检查校验码，没有接通核验服务。请设置 LIANXIN_REAL_NAME_SERVICE。", id="identity.W005"))
    if "tencent" in (settings.SMS_SERVICE, settings.REAL_NAME_SERVICE) and not (settings.TENCENT_SECRET_ID and settings.TENCENT_SECRET_KEY):
        found.append(Error("使用腾讯云服务须设置 LIANXIN_TENCENT_SECRET_ID 和 LIANXIN_TENCENT_SECRET_KEY。", id="identity.E004"))
    needed = (settings.SMS_APP_ID, settings.SMS_SIGN_NAME, *(settings.SMS_TEMPLATES.get(name) for name in ("code", "notice")))
    if settings.SMS_SERVICE == "tencent" and not all(needed):
        found.append(Error("使用腾讯云短信须设置 LIANXIN_SMS_APP_ID、LIANXIN_SMS_SIGN_NAME 和两个模板编号。", id="identity.E005"))
    return found
