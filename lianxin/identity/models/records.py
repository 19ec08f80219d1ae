"""What is kept about personal data themselves: consents, readings, exports, deletions."""

from django.db import models
from django.utils import timezone

from lianxin.foundation.crypto import EncryptedTextField
from lianxin.identity.models.accounts import User


class Consent(models.Model):
    """One consent: to which version of which text (``identity.consents``), when given, when withdrawn. Kept for three years (PIPL §56)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="consents")
    kind = models.CharField("事项", max_length=40)
    version = models.CharField("文本版本", max_length=20)
    text_digest = models.CharField("文本摘要", max_length=64)
    given_at = models.DateTimeField("同意时间", default=timezone.now)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)

    class Meta:
        verbose_name = "同意记录"
        verbose_name_plural = "同意记录"
        ordering = ["-given_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], condition=models.Q(withdrawn_at__isnull=True), name="identity_one_consent_in_force")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class GuardianConsent(models.Model):
    """A guardian's consent for a child below fourteen. The guardian's number was compared and is not kept."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="guardian_consents")
    consent = models.OneToOneField(Consent, on_delete=models.PROTECT, related_name="guardian")
    guardian_name = EncryptedTextField("监护人姓名", blank=True)
    guardian_telephone = EncryptedTextField("监护人手机号", blank=True)
    relationship = models.CharField("与孩子的关系", max_length=20)
    checked_by = models.CharField("核验方式", max_length=20)

    class Meta:
        verbose_name = "监护人同意"
        verbose_name_plural = "监护人同意"

    def __str__(self) -> str:
        return f"监护人同意 {self.pk}"


class Reading(models.Model):
    """One reading of somebody's personal data. Rows are only added; the person sees them at ``/my/readings/``."""

    subject = models.ForeignKey(User, verbose_name="本人", on_delete=models.PROTECT, related_name="readings")
    reader = models.ForeignKey(User, verbose_name="查看人", null=True, on_delete=models.PROTECT, related_name="+", help_text="空表示系统")
    reader_label = models.CharField("单位和姓名", max_length=150)
    at = models.DateTimeField("时间", default=timezone.now)
    purpose = models.CharField("目的", max_length=200)
    about = models.CharField("事项", max_length=100, blank=True)
    fields = models.JSONField("内容")
    address = models.GenericIPAddressField("来源地址", null=True)

    class Meta:
        verbose_name = "查看记录"
        verbose_name_plural = "查看记录"
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["subject", "-at"]), models.Index(fields=["reader", "-at"])]

    def __str__(self) -> str:
        return f"{self.reader_label} {self.at:%Y-%m-%d %H:%M}"


class DataExport(models.Model):
    """A copy of somebody's data that waits to be fetched; its file is sealed with the person's key."""

    class State(models.TextChoices):
        WAITING = "waiting", "正在准备"
        READY = "ready", "可以下载"
        EXPIRED = "expired", "已过期"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="data_exports")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    file_name = models.CharField(max_length=60, blank=True)
    size = models.PositiveBigIntegerField("大小", default=0)
    requested_at = models.DateTimeField("申请时间", default=timezone.now)
    ready_at = models.DateTimeField("完成时间", null=True)
    expires_at = models.DateTimeField("有效期至", null=True)
    downloaded_at = models.DateTimeField("下载时间", null=True)

    class Meta:
        verbose_name = "数据导出"
        verbose_name_plural = "数据导出"
        ordering = ["-requested_at", "-id"]

    def __str__(self) -> str:
        return f"{self.requested_at:%Y-%m-%d} {self.get_state_display()}"


class DeletedAccount(models.Model):
    """That an account was deleted at its holder's wish, and what the law made us keep: what, why, until when."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="deleted_account")
    at = models.DateTimeField("注销时间", default=timezone.now)
    kept = models.JSONField("保留的内容")

    class Meta:
        verbose_name = "已注销账号"
        verbose_name_plural = "已注销账号"

    def __str__(self) -> str:
        return f"已注销账号 {self.pk}"
