"""What somebody is writing and has not sent yet. What was sent is a case of the engine."""

from django.db import models

from lianxin.casework.models import Case
from lianxin.foundation.crypto import EncryptedTextField


class Draft(models.Model):
    """A letter being written in one browser, found by the hash of its cookie.

    Its ``token`` goes with the letter: sent twice, it is one case with one receipt. Once sent, what was written is gone from here.
    """

    key_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the browser's cookie.")
    token = EncryptedTextField(help_text="Idempotency token of the submission; the case's secret follows from it.")
    content = EncryptedTextField("内容", default="{}", help_text="What was typed, as JSON.")
    verification = models.CharField(max_length=100, blank=True, help_text="Token of the telephone code that this letter waits for.")
    telephone = EncryptedTextField("已核实的手机号", blank=True, default="")
    verified_at = models.DateTimeField(null=True)
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField("更新时间")
    sent_at = models.DateTimeField("提交时间", null=True)

    class Meta:
        verbose_name = "草稿"
        verbose_name_plural = "草稿"
        indexes = [models.Index(fields=["changed_at"], name="letters_draft_age")]

    def __str__(self) -> str:
        return f"草稿 {self.pk}"


class DraftFile(models.Model):
    """A file of a draft: checked by content, a picture already without the place where it was taken."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="files")
    file = models.FileField(max_length=200)
    name = EncryptedTextField("文件名")
    size = models.PositiveBigIntegerField("大小")

    class Meta:
        verbose_name = "草稿附件"
        verbose_name_plural = "草稿附件"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"草稿附件 {self.pk}"
