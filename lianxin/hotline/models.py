"""What the hotline keeps beside its cases: what an operator is typing, and the answers that operators read out."""

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
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField("开始时间")
    changed_at = models.DateTimeField("更新时间")
    sent_at = models.DateTimeField("登记时间", null=True)

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
