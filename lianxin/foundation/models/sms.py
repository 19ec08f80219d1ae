"""Short messages on their way."""

from django.db import models
from django.utils import timezone

from lianxin.foundation.crypto import EncryptedTextField


class SmsMessage(models.Model):
    """One short message. Number and values are wiped when it is out, so that only the fact remains."""

    class State(models.TextChoices):
        WAITING = "waiting", "待发送"
        SENT = "sent", "已发送"
        FAILED = "failed", "发送失败"
        EXPIRED = "expired", "已过时"

    number = EncryptedTextField("号码", blank=True)
    template = models.CharField("模板", max_length=20)
    values = EncryptedTextField("内容", blank=True, help_text="JSON 数组，按模板的顺序")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField("时间", default=timezone.now, db_index=True)
    not_after = models.DateTimeField("最迟发送时间")
    readable = models.BooleanField(default=True, help_text="号码和内容还没有清除")
    sent_at = models.DateTimeField("发送时间", null=True)
    once = models.CharField(max_length=128, null=True, unique=True, help_text="哪一件事的通知；同一件事只发一次")
    last_error = models.CharField("最近错误", max_length=100, blank=True)

    class Meta:
        verbose_name = "短信"
        verbose_name_plural = "短信"

    def __str__(self) -> str:
        return f"{self.template}：{self.get_state_display()}"
