"""Codes on telephones, how often they may be asked for, and the sessions that come of them."""

from django.db import models
from django.utils import timezone

from lianxin.foundation.crypto import BlindIndexField, EncryptedTextField
from lianxin.identity.models.accounts import User


class TelephoneVerification(models.Model):
    """One code sent to one telephone for one purpose. ``token_hash`` is how the browser that asked names it."""

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in", "登录"
        GUEST = "guest", "不登录办一件事"
        TELEPHONE = "telephone", "换手机号"
        CONFIRM = "confirm", "再次确认身份"
        GUARDIAN = "guardian", "监护人同意"
        WINDOW = "window", "窗口换手机号"

    class State(models.TextChoices):
        OPEN = "open", "等待验证"
        CONFIRMED = "confirmed", "已验证"
        USED = "used", "已使用"
        SPENT = "spent", "次数用完"
        REPLACED = "replaced", "已重新获取"
        EXPIRED = "expired", "已过期"

    token_hash = models.CharField(max_length=64, unique=True)
    purpose = models.CharField("用途", max_length=12, choices=Purpose.choices)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+", help_text="已登录的人；登录和游客为空")
    telephone = EncryptedTextField("手机号", blank=True)
    telephone_index = BlindIndexField(source="telephone", purpose="telephone", db_index=True)
    code_hash = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField("已试次数", default=0)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField("发送时间", default=timezone.now, db_index=True)
    expires_at = models.DateTimeField("有效期至")
    confirmed_at = models.DateTimeField("验证时间", null=True)
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        verbose_name = "手机验证"
        verbose_name_plural = "手机验证"

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}：{self.get_state_display()}"


class Allowance(models.Model):
    """How often something was done in the running span of time, for a number, an address or an account; the key is a hash."""

    scope = models.CharField(max_length=20)
    key = models.CharField(max_length=64)
    span_began_at = models.DateTimeField()
    used = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "次数限制"
        verbose_name_plural = "次数限制"
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="identity_one_allowance_each")]
        indexes = [models.Index(fields=["span_began_at"])]

    def __str__(self) -> str:
        return f"{self.scope} {self.used}"


class CitizenSession(models.Model):
    """A citizen's sign-in on one device. The cookie's value is kept as a hash: whoever reads the table cannot sign in with it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="citizen_sessions")
    token_hash = models.CharField(max_length=64, unique=True)
    device = models.CharField("设备", max_length=60, blank=True)
    started_at = models.DateTimeField("登录时间", default=timezone.now)
    seen_at = models.DateTimeField("最近使用", default=timezone.now)
    confirmed_at = models.DateTimeField("最近确认身份", default=timezone.now)
    ends_at = models.DateTimeField("最迟有效至", db_index=True)

    class Meta:
        verbose_name = "市民登录"
        verbose_name_plural = "市民登录"
        ordering = ["-seen_at", "-id"]

    def __str__(self) -> str:
        return f"{self.device} {self.seen_at:%Y-%m-%d %H:%M}"
