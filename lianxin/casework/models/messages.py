"""What is said in a case: replies and notes, redactions, files, promises, and how things reached people."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from lianxin.casework.models.base import CaseRow
from lianxin.casework.models.case import Case
from lianxin.foundation.crypto import EncryptedTextField
from lianxin.organisations.models import Organisation


class Message(CaseRow):
    """Something written in a case. A reply goes draft → reviewed → approved → published, signed by people other than its authors."""

    class Kind(models.TextChoices):
        REPLY = "reply", "答复"
        INTERIM = "interim", "阶段性答复"
        QUESTION = "question", "请反映人补充"
        ANSWER = "answer", "反映人补充"
        PROGRESS = "progress", "阶段报告"
        REPORT = "report", "报结"
        OPINION = "opinion", "协办意见"
        NOTE = "note", "内部备注"

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        REVIEWED = "reviewed", "已审核"
        APPROVED = "approved", "已批准"
        PUBLISHED = "published", "已发出"
        DROPPED = "dropped", "已作废"

    kind = models.CharField("类型", max_length=10, choices=Kind.choices)
    organisation = models.ForeignKey(Organisation, verbose_name="单位", null=True, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="起草人", null=True, on_delete=models.PROTECT, related_name="+")
    writers = models.JSONField(default=list, help_text="Accounts that wrote in it; none of them may sign.")
    signers = models.JSONField(default=list, help_text="Accounts that signed it since it was last written, in order.")
    body = EncryptedTextField("内容")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DRAFT)
    outcome = models.CharField("结果", max_length=40, blank=True)
    in_person = models.BooleanField("负责人亲自答复", default=False)
    returned_reason = EncryptedTextField("退回意见", blank=True, default="")
    created_at = models.DateTimeField("起草时间")
    published_at = models.DateTimeField("发出时间", null=True)
    round = models.PositiveSmallIntegerField("第几次办理", default=1)

    class Meta:
        verbose_name = "答复与备注"
        verbose_name_plural = "答复与备注"
        indexes = [
            models.Index(fields=["case", "seq"], name="casework_message_case"),
            models.Index(
                fields=["organisation", "created_at"],
                condition=Q(kind__in=("reply", "interim"), state__in=("draft", "reviewed", "approved")),
                name="casework_message_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.get_kind_display()}"


class Redaction(CaseRow):
    """A version for the public of the letter (``message`` empty) or of a message; the original is kept as it was written."""

    message = models.PositiveIntegerField("答复", null=True, help_text="seq of the message; empty for the letter itself")
    subject = models.CharField("标题", max_length=200, blank=True)
    text = models.TextField("内容")
    at = models.DateTimeField("时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "公开版本"
        verbose_name_plural = "公开版本"
        indexes = [models.Index(fields=["case", "seq"], name="casework_redaction_case")]

    def __str__(self) -> str:
        return f"{self.case_id} 公开版本"


class Attachment(CaseRow):
    """A private file of a case, checked by content, without the place where a picture was taken."""

    message = models.PositiveIntegerField("属于", null=True, help_text="seq of the message; empty for the letter itself")
    file = models.FileField(max_length=200)
    name = EncryptedTextField("文件名")
    size = models.PositiveBigIntegerField("大小")
    content_type = models.CharField("类型", max_length=100)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the stored content.")
    from_citizen = models.BooleanField("反映人提供", default=True)
    is_public = models.BooleanField("公开", default=False)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "附件"
        verbose_name_plural = "附件"
        indexes = [models.Index(fields=["case", "seq"], name="casework_attachment_case")]

    def __str__(self) -> str:
        return f"{self.case_id} 附件"


class Promise(CaseRow):
    """Something a reply promised, with its date. Missed, it reopens the case."""

    class State(models.TextChoices):
        OPEN = "open", "待兑现"
        KEPT = "kept", "已兑现"
        MISSED = "missed", "未兑现"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="promises")
    message = models.PositiveIntegerField("答复", help_text="seq of the message")
    organisation = models.ForeignKey(Organisation, verbose_name="单位", null=True, on_delete=models.PROTECT, related_name="+")
    text = EncryptedTextField("承诺")
    due_on = models.DateField("兑现日期")
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.OPEN)
    settled_at = models.DateTimeField("了结时间", null=True)

    class Meta:
        verbose_name = "承诺"
        verbose_name_plural = "承诺"
        indexes = [models.Index(fields=["due_on", "id"], condition=Q(state="open"), name="casework_promise_due")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.due_on}"


class Delivery(CaseRow):
    """How a message went to the petitioner beside the web: post, telephone, in person (paper replies are recorded here)."""

    class Way(models.TextChoices):
        POST = "post", "邮寄"
        TELEPHONE = "telephone", "电话告知"
        HAND = "hand", "当面送达"
        SMS = "sms", "短信"
        MAIL = "mail", "电子邮件"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="deliveries")
    message = models.PositiveIntegerField("答复", help_text="seq of the message")
    way = models.CharField("方式", max_length=10, choices=Way.choices)
    receipt = EncryptedTextField("回执", blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    delivered_on = models.DateField("送达日期")
    at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = "送达"
        verbose_name_plural = "送达"
        indexes = [models.Index(fields=["case", "seq"], name="casework_delivery_case")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.get_way_display()}"
