"""What people were told, and how the telling went on each channel."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from lianxin.foundation.crypto import EncryptedTextField


class Notification(models.Model):
    """One thing told to one person. The unique row is what keeps a retried deed from telling it twice."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="收件人", on_delete=models.PROTECT, related_name="notifications")
    event = models.CharField("事件", max_length=60)
    key = models.CharField("事件编号", max_length=128)
    subject = models.CharField("标题", max_length=200)
    text = EncryptedTextField("内容")
    url = models.CharField("链接", max_length=500, blank=True)
    urgent = models.BooleanField("紧急", default=False)
    created_at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        verbose_name = "通知"
        verbose_name_plural = "通知"
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["recipient", "-created_at"])]
        constraints = [models.UniqueConstraint(fields=["event", "key", "recipient"], name="foundation_told_once")]

    def __str__(self) -> str:
        return self.subject


class Delivery(models.Model):
    """The state of one notification on one channel."""

    class State(models.TextChoices):
        WAITING = "waiting", "待发送"
        SENDING = "sending", "发送中"
        SENT = "sent", "已发送"
        FAILED = "failed", "发送失败"
        UNREACHABLE = "unreachable", "没有联系方式"

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField("渠道", max_length=30)
    state = models.CharField("状态", max_length=12, choices=State.choices, default=State.WAITING, db_index=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    not_before = models.DateTimeField("最早发送时间", null=True)
    claimed_at = models.DateTimeField("开始发送时间", null=True)
    sent_at = models.DateTimeField("发送时间", null=True)
    # The kind of failure only: a mail server's answer may quote the address.
    last_error = models.CharField("最近错误", max_length=100, blank=True)

    class Meta:
        verbose_name = "通知发送"
        verbose_name_plural = "通知发送"
        constraints = [models.UniqueConstraint(fields=["notification", "channel"], name="foundation_one_delivery_per_channel")]

    def __str__(self) -> str:
        return f"{self.channel}：{self.get_state_display()}"
