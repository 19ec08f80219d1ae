"""The case itself, its key, the petitioner apart, and from whom it is hidden."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from lianxin.casework.models.base import CaseRow
from lianxin.casework.vocabulary import Channel, Identity, PublicDecision, Stage, Visibility
from lianxin.foundation.crypto import BlindIndexField, EncryptedTextField
from lianxin.organisations.models import Organisation, Post


class Case(models.Model):
    """A matter that somebody brought before the city (件). The row is what its events make of it; see ``projections``.

    What the petitioner wrote (``subject``, ``text``, ``place``) is never changed, only blanked when the case is erased.
    """

    kind = models.CharField("类别", max_length=40)
    kind_version = models.PositiveSmallIntegerField(default=1)
    number = models.CharField("编号", max_length=40, unique=True)
    token = models.CharField(max_length=64, unique=True, help_text="Keyed hash of the idempotency token: the same submission is one case.")
    secret = models.CharField(max_length=64, help_text="Keyed hash of the access secret.")
    channel = models.CharField("渠道", max_length=12, choices=Channel.choices, default=Channel.WEB)
    subject = EncryptedTextField("标题")
    text = EncryptedTextField("内容")
    place = EncryptedTextField("地点", blank=True, default="")
    category = models.CharField("分类", max_length=60, blank=True)
    office = models.ForeignKey(Organisation, verbose_name="分办单位", on_delete=models.PROTECT, related_name="+")
    lead = models.ForeignKey(Organisation, verbose_name="主办单位", null=True, on_delete=models.PROTECT, related_name="+")
    addressed_to = models.ForeignKey(Post, verbose_name="写给", null=True, on_delete=models.PROTECT, related_name="+")
    cluster = models.ForeignKey("self", verbose_name="并入", null=True, on_delete=models.PROTECT, related_name="members")

    stage = models.CharField("阶段", max_length=20, choices=Stage.choices)
    sub_state = models.CharField("子状态", max_length=40, blank=True)
    outcome = models.CharField("结果", max_length=40, blank=True)
    where_to = models.CharField("去处", max_length=200, blank=True, help_text="不予受理时，可以向哪里反映")
    round = models.PositiveSmallIntegerField("第几次办理", default=1)
    objected = models.BooleanField("已提出异议", default=False)

    wish = models.CharField("反映人意愿", max_length=12, choices=Visibility.choices)
    visibility = models.CharField("公开方式", max_length=12, choices=Visibility.choices)
    publicity = models.CharField("公开决定", max_length=12, choices=PublicDecision.choices, default=PublicDecision.UNDECIDED)
    public_at = models.DateTimeField("公开时间", null=True)
    finished_at = models.DateTimeField("办结时间", null=True)
    satisfied = models.BooleanField("反映人满意", null=True)

    received_at = models.DateTimeField("收到时间")
    submitted_at = models.DateTimeField("登记时间")
    replied_at = models.DateTimeField("答复时间", null=True)
    updated_at = models.DateTimeField("更新时间")
    erased_at = models.DateTimeField("个人信息删除时间", null=True)

    # Worked out anew after every event (projections.case.settle), so that lists need no joins.
    is_open = models.BooleanField(default=True)
    is_public = models.BooleanField(default=False)
    is_sealed = models.BooleanField(default=False)
    due_at = models.DateTimeField("期限", null=True)
    breached = models.BooleanField("已超期", default=False)

    version = models.PositiveIntegerField("版本", default=0, help_text="Number of events; a deed names the version it was decided on.")
    head = models.CharField(max_length=64, default="", help_text="Hash of the last event.")

    class Meta:
        verbose_name = "件"
        verbose_name_plural = "件"
        indexes = [
            models.Index(fields=["office", "stage", "due_at", "id"], name="casework_case_office"),
            models.Index(fields=["due_at", "id"], condition=Q(is_open=True), name="casework_case_due"),
            models.Index(fields=["kind", "-submitted_at", "-id"], name="casework_case_kind"),
            models.Index(fields=["-submitted_at", "-id"], name="casework_case_newest"),
            models.Index(fields=["-public_at", "-id"], condition=Q(is_public=True), name="casework_case_public"),
            models.Index(fields=["lead", "-public_at", "-id"], condition=Q(is_public=True), name="casework_case_public_unit"),
            models.Index(fields=["kind", "-public_at", "-id"], condition=Q(is_public=True), name="casework_case_public_kind"),
            models.Index(fields=["addressed_to", "-submitted_at", "-id"], condition=Q(addressed_to__isnull=False), name="casework_case_addressed"),
            models.Index(fields=["replied_at", "id"], condition=Q(stage="replied"), name="casework_case_replied"),
        ]

    def __str__(self) -> str:
        return self.number


class CaseKey(models.Model):
    """The keys that the personal parts of a case's events are encrypted with. Destroying one deletes them; the chain still holds.

    ``key`` is for whatever was written, ``person`` for who the petitioner is: he can be forgotten while a public answer stays.
    """

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.PROTECT, related_name="key")
    key = EncryptedTextField(null=True)
    person = EncryptedTextField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.case_id}"


class Petitioner(models.Model):
    """Who brought the case (反映人): encrypted, apart, read only through ``actions.read_petitioner``, which leaves a trace."""

    class Kind(models.TextChoices):
        PERSON = "person", "个人"
        ENTERPRISE = "enterprise", "企业"

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.PROTECT, related_name="petitioner")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("类型", max_length=12, choices=Kind.choices, default=Kind.PERSON)
    identity = models.CharField("身份", max_length=12, choices=Identity.choices, default=Identity.NONE)
    name = EncryptedTextField("姓名", blank=True, default="")
    phone = EncryptedTextField("电话", blank=True, default="")
    phone_index = BlindIndexField(source="phone", purpose="telephone", db_index=True)
    email = EncryptedTextField("邮箱", blank=True, default="")
    address = EncryptedTextField("住址", blank=True, default="")
    id_number = EncryptedTextField("证件号码", blank=True, default="")

    class Meta:
        verbose_name = "反映人"
        verbose_name_plural = "反映人"
        indexes = [models.Index(fields=["user", "-case"])]

    def __str__(self) -> str:
        return f"{self.case_id}"


class Seal(CaseRow):
    """From whom a case is hidden: an organisation with everything below it, or a person. A report is never shown to its target."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="seals")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "回避"
        verbose_name_plural = "回避"
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=False, user__isnull=True) | Q(organisation__isnull=True, user__isnull=False),
                name="casework_seal_names_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} 回避"
