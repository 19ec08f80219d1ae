"""What the staff side keeps beside the cases: a unit's templates of replies, and what somebody has typed and not yet sent for approval."""

from django.conf import settings
from django.db import models

from lianxin.casework.models import Case
from lianxin.foundation.crypto import EncryptedTextField
from lianxin.organisations.models import Organisation


class ReplyTemplate(models.Model):
    """A frame in which a unit writes its replies; ``{…}`` is filled in when a reply is begun (see ``desk.frames``)."""

    organisation = models.ForeignKey(Organisation, verbose_name="单位", on_delete=models.PROTECT, related_name="+")
    name = models.CharField("名称", max_length=40)
    body = models.TextField("内容", max_length=5000)
    order = models.PositiveSmallIntegerField("排序", default=0)
    active = models.BooleanField("在用", default=True)
    updated_at = models.DateTimeField("修改时间", auto_now=True)

    class Meta:
        verbose_name = "答复模板"
        verbose_name_plural = "答复模板"
        ordering = ["organisation", "order", "pk"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="letters_template_once")]

    def __str__(self) -> str:
        return self.name


class ReplyDraft(models.Model):
    """What a person has typed as a reply: his own until it goes to approval, then what belongs to that message (its promises)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    message = models.PositiveIntegerField(null=True, help_text="seq of the message that was made of it; empty while it is only typed")
    body = EncryptedTextField("内容", blank=True, default="")
    kind = models.CharField("类型", max_length=10, default="reply")
    outcome = models.CharField("结果", max_length=40, blank=True)
    in_person = models.BooleanField("亲自答复", default=False)
    promises = EncryptedTextField(blank=True, default="", help_text='JSON [["what", "YYYY-MM-DD"], …]')
    base = models.PositiveIntegerField(default=0, help_text="The last event about replies that the writer had seen.")
    updated_at = models.DateTimeField("保存时间", auto_now=True)

    class Meta:
        verbose_name = "未送审的答复"
        verbose_name_plural = "未送审的答复"
        # Two, as SQLite cannot take two empty ones for the same.
        constraints = [
            models.UniqueConstraint(fields=["case", "user"], condition=models.Q(message=None), name="letters_draft_once"),
            models.UniqueConstraint(fields=["case", "user", "message"], name="letters_draft_of_message_once"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} 草稿"
