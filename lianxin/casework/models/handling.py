"""Who handles a case, and until when."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from lianxin.casework.models.base import CaseRow
from lianxin.casework.models.case import Case
from lianxin.foundation.crypto import EncryptedTextField
from lianxin.organisations.models import Organisation, Section


class Assignment(CaseRow):
    """A unit's part in a case. Returned once at most (退单); the office's ruling on a return is final."""

    class Role(models.TextChoices):
        LEAD = "lead", "主办"
        CO = "co", "协办"
        COPY = "copy", "抄送"

    class Manner(models.TextChoices):
        PASS = "pass", "转办"
        """The unit answers the citizen."""
        REPORT = "report", "交办"
        """The unit reports to whoever assigned."""

    class State(models.TextChoices):
        OFFERED = "offered", "待签收"
        ACCEPTED = "accepted", "办理中"
        RETURNED = "returned", "申请退单"
        RULED = "ruled", "维持交办"
        REPORTED = "reported", "已报结"
        DONE = "done", "已完成"
        ENDED = "ended", "已撤销"

    class Step(models.TextChoices):
        """Where the work lies inside the unit."""

        OFFICE = "office", "待签收"
        UNIT = "unit", "待交科室"
        SECTION = "section", "科室办理"
        REVIEW = "review", "科室负责人审核"
        SIGN = "sign", "待签发"
        NONE = "none", "无"

    organisation = models.ForeignKey(Organisation, verbose_name="单位", on_delete=models.PROTECT, related_name="+")
    role = models.CharField("角色", max_length=8, choices=Role.choices)
    manner = models.CharField("方式", max_length=8, choices=Manner.choices)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.OFFERED)
    step = models.CharField("环节", max_length=10, choices=Step.choices, default=Step.OFFICE)
    opinion = EncryptedTextField("拟办意见", blank=True, default="")
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField("交办时间")
    return_by = models.DateTimeField("退单期限", null=True)
    accepted_at = models.DateTimeField("签收时间", null=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    section = models.ForeignKey(Section, verbose_name="科室", null=True, on_delete=models.PROTECT, related_name="+")
    handler = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="经办人", null=True, on_delete=models.PROTECT, related_name="+")
    returned_at = models.DateTimeField("退单时间", null=True)
    return_reason = EncryptedTextField("退单理由", blank=True, default="")
    suggested = models.ForeignKey(Organisation, verbose_name="建议单位", null=True, on_delete=models.PROTECT, related_name="+")
    ruled_at = models.DateTimeField("裁定时间", null=True)
    ruling = EncryptedTextField("裁定意见", blank=True, default="")
    done_at = models.DateTimeField("完成时间", null=True)
    is_open = models.BooleanField(default=True)
    due_at = models.DateTimeField("期限", null=True, help_text="The part's own or the case's, copied so that a unit's queue reads one index.")

    class Meta:
        verbose_name = "交办"
        verbose_name_plural = "交办"
        constraints = [models.UniqueConstraint(fields=["case"], condition=Q(role="lead") & ~Q(state="ended"), name="casework_one_lead")]
        indexes = [
            models.Index(fields=["organisation", "due_at", "case"], condition=Q(is_open=True), name="casework_assignment_queue"),
            models.Index(fields=["organisation", "-case"], name="casework_assignment_unit"),
            models.Index(fields=["state", "id"], name="casework_assignment_state"),
            models.Index(fields=["handler", "due_at", "case"], condition=Q(is_open=True), name="casework_assignment_handler"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.organisation} {self.get_role_display()}"


class Rule(models.Model):
    """A rule of the field that sets a limit, as data: editable, with its source, valid from and to. Cases keep the terms they began with."""

    class Unit(models.TextChoices):
        WORKDAYS = "WD", "个工作日"
        DAYS = "CD", "天"
        MONTHS = "MO", "个月"
        HOURS = "HO", "小时"
        SECONDS = "SE", "秒"
        PERCENT = "PC", "%"

    IN_DAYS = (Unit.WORKDAYS, Unit.DAYS, Unit.MONTHS)
    """The units of limits that end on a day; the others measure a service."""

    class Verified(models.TextChoices):
        FULL_TEXT = "v", "已核对原文"
        SECONDARY = "s", "见于转述"
        MEMORY = "m", "凭经验预设"

    code = models.CharField("编号", max_length=30)
    title = models.CharField("名称", max_length=60)
    text = models.TextField("规定")
    threshold = models.PositiveSmallIntegerField("期限")
    unit = models.CharField("单位", max_length=2, choices=Unit.choices)
    start = models.CharField("起算", max_length=200)
    pauses = models.CharField("不计入的时间", max_length=200, blank=True)
    closes = models.TimeField(
        "收件截止",
        null=True,
        blank=True,
        help_text="此后或休息日收到的，视为下一个工作日收到；不填则随时收到当天算收到",
    )
    extension = models.PositiveSmallIntegerField("最多延长", null=True, blank=True, help_text="与期限同一单位（按月的为天）；0 不可延长，不填不限")
    source = models.CharField("依据", max_length=200)
    verified = models.CharField("核对", max_length=1, choices=Verified.choices)
    valid_from = models.DateField("施行")
    valid_to = models.DateField("失效", null=True, blank=True)

    class Meta:
        verbose_name = "时限规定"
        verbose_name_plural = "时限规定"
        ordering = ["code", "valid_from"]
        constraints = [models.UniqueConstraint(fields=["code", "valid_from"], name="casework_rule_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}：{self.limit}"

    @property
    def limit(self) -> str:
        """The limit in words: 3 个工作日, 95%."""
        return f"{self.threshold}{'' if self.unit == self.Unit.PERCENT else ' '}{self.get_unit_display()}"


class Clock(CaseRow):
    """A limit that runs, ran or waits (时限), with the terms of its rule at the time it began."""

    class State(models.TextChoices):
        RUNNING = "running", "计时中"
        PAUSED = "paused", "暂停"
        MET = "met", "按时完成"
        MET_LATE = "met_late", "超期完成"
        STOPPED = "stopped", "终止"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="clocks")
    purpose = models.CharField("用途", max_length=30)
    assignment = models.PositiveIntegerField("交办", null=True, help_text="seq of the part it runs for; empty: for the whole case")
    label = models.CharField("名称", max_length=30)
    rule = models.CharField("规定", max_length=30, blank=True, help_text="Code of the Rule; empty where the day was ordered.")
    threshold = models.PositiveSmallIntegerField("期限")
    unit = models.CharField("单位", max_length=2, choices=Rule.Unit.choices)
    closes = models.TimeField(null=True)
    extension_limit = models.PositiveSmallIntegerField(null=True)
    started_at = models.DateTimeField("起算时间")
    pauses = models.JSONField("暂停", default=list, encoder=DjangoJSONEncoder, help_text='[{"from": …, "to": … or null, "seq": event}]')
    extensions = models.JSONField("延长", default=list, encoder=DjangoJSONEncoder, help_text='[{"days": …, "seq": event}]')
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.RUNNING)
    due_at = models.DateTimeField("到期", null=True, help_text="The end of the last day; empty while paused.")
    provisional = models.BooleanField("暂定", default=False)
    breached_at = models.DateTimeField("超期时间", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = "时限"
        verbose_name_plural = "时限"
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="running", breached_at__isnull=True), name="casework_clock_due"),
            models.Index(fields=["id"], condition=Q(state="running"), name="casework_clock_running"),
            models.Index(fields=["case"], condition=Q(state__in=("running", "paused")), name="casework_clock_open"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.label}"
