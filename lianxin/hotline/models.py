"""What the hotline keeps beside its cases: what an operator types, the answers that are read out, calls as the telephone system tells them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from lianxin.casework.models import Case
from lianxin.foundation.crypto import BlindIndexField, EncryptedTextField
from lianxin.organisations.models import Organisation


class Sheet(models.Model):
    """What one operator types while somebody is on the line. Its ``token`` goes with the case: sent twice, it is one case.

    Once sent only what the receipt needs stays, for as long as it is shown.
    """

    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    token = EncryptedTextField(help_text="Idempotency token of the submission; the case's secret follows from it.")
    content = EncryptedTextField("内容", default="{}", help_text="What was typed, as JSON.")
    telephone = EncryptedTextField("来电号码", blank=True, default="")
    telephone_index = BlindIndexField(source="telephone", purpose="telephone", db_index=True)
    call = models.ForeignKey("Call", null=True, on_delete=models.SET_NULL, related_name="sheets")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField("开始时间")
    changed_at = models.DateTimeField("更新时间")
    sent_at = models.DateTimeField("登记时间", null=True)
    texted_at = models.DateTimeField("短信发送时间", null=True)

    class Meta:
        verbose_name = "来电登记"
        verbose_name_plural = "来电登记"
        constraints = [models.UniqueConstraint(fields=["operator"], condition=Q(sent_at__isnull=True), name="hotline_one_open_sheet")]
        indexes = [models.Index(fields=["changed_at"], name="hotline_sheet_age")]

    def __str__(self) -> str:
        return f"来电登记 {self.pk}"


class Script(models.Model):
    """A question that callers ask, with the answer that operators read out (问答脚本)."""

    question = models.CharField("问题", max_length=100)
    words = models.CharField("来电人的说法", max_length=300, blank=True, help_text="来电人会用到的词，用空格隔开，例如：暖气 不热 停暖")
    answer = models.TextField("答复要点", max_length=5000)
    unit = models.ForeignKey(Organisation, verbose_name="需要派单时交给", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    active = models.BooleanField("在用", default=True)
    changed_at = models.DateTimeField("修改时间")
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "问答脚本"
        verbose_name_plural = "问答脚本"
        ordering = ["question", "pk"]
        constraints = [models.UniqueConstraint(fields=["question"], name="hotline_script_once")]

    def __str__(self) -> str:
        return self.question


class SystemKey(models.Model):
    """The key of a telephone system. Only its hash is kept; the key itself is shown once, when it is made."""

    name = models.CharField("名称", max_length=60)
    key_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the key.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("建立时间")
    used_at = models.DateTimeField("最近使用", null=True)
    revoked_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        verbose_name = "话务系统密钥"
        verbose_name_plural = "话务系统密钥"
        ordering = ["revoked_at", "-made_at"]

    def __str__(self) -> str:
        return self.name


class Call(models.Model):
    """One call as the telephone system told of it; what an operator makes of it is ``case``. The number goes after half a year."""

    system = models.ForeignKey(SystemKey, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField("话务系统编号", max_length=64)
    telephone = EncryptedTextField("来电号码", blank=True, default="")
    telephone_index = BlindIndexField(source="telephone", purpose="telephone", db_index=True)
    hidden = models.BooleanField("号码隐藏", default=False)
    agent = models.CharField("坐席", max_length=40, blank=True)
    started_at = models.DateTimeField("振铃时间")
    answered_at = models.DateTimeField("接听时间", null=True)
    ended_at = models.DateTimeField("挂断时间", null=True)
    waited = models.PositiveIntegerField("等待秒数", null=True, help_text="Seconds from the ring to the answer; empty: nobody answered (yet).")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+")
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "来电"
        verbose_name_plural = "来电"
        constraints = [models.UniqueConstraint(fields=["system", "reference"], name="hotline_call_once")]
        indexes = [models.Index(fields=["-started_at", "-id"], name="hotline_call_newest")]

    def __str__(self) -> str:
        return f"来电 {self.pk}"
