"""Who watches over a case and what came of it: leaders, reminders, supervision, calls back, ratings; and how cases hang together."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from lianxin.casework.models.base import CaseRow
from lianxin.casework.models.case import Case
from lianxin.foundation.crypto import EncryptedTextField
from lianxin.organisations.models import Organisation, Post


class Instruction(CaseRow):
    """A leader's instruction (批示), asked for or given unasked. The public sees only that one was given."""

    leader = models.ForeignKey(Post, verbose_name="领导", on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("呈送时间", null=True)
    reason = EncryptedTextField("呈送意见", blank=True, default="")
    text = EncryptedTextField("批示", blank=True, default="")
    given_at = models.DateTimeField("批示时间", null=True)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "批示"
        verbose_name_plural = "批示"
        indexes = [
            models.Index(fields=["leader", "asked_at"], condition=Q(given_at__isnull=True), name="casework_instruction_asked"),
            models.Index(fields=["leader", "given_at"], name="casework_instruction_given"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} 批示"


class Reminder(CaseRow):
    """A unit was reminded (催办): by a person, or by the clock once per threshold."""

    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    clock = models.PositiveIntegerField(null=True, help_text="seq of the clock, for a reminder by the system")
    threshold = models.CharField("节点", max_length=20, blank=True)
    text = EncryptedTextField("内容", blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "催办"
        verbose_name_plural = "催办"
        constraints = [
            models.UniqueConstraint(
                fields=["case", "clock", "threshold"], condition=Q(clock__isnull=False), name="casework_reminder_once_per_threshold"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} 催办"


class Supervision(CaseRow):
    """Supervision (督办): proposed by the clock, ordered by the supervision office alone."""

    class Level(models.TextChoices):
        YELLOW = "yellow", "黄牌"
        RED = "red", "红牌"

    class State(models.TextChoices):
        PROPOSED = "proposed", "系统提示"
        ORDERED = "ordered", "已发督办单"
        CLOSED = "closed", "已销号"

    class Source(models.TextChoices):
        """Where an order comes from."""

        MEETING = "meeting", "会议议定"
        INSTRUCTION = "instruction", "领导批示"
        REPORT = "report", "政府工作报告"
        BRIEF = "brief", "简报、信息"
        CLOCK = "clock", "超期督办"

    class Outcome(models.TextChoices):
        """What came of it; a proposal that was set aside was dropped."""

        DONE = "done", "已落实"
        PARTLY = "partly", "部分落实"
        UNDONE = "undone", "未落实"
        DROPPED = "dropped", "不予督办"

    level = models.CharField("级别", max_length=8, choices=Level.choices)
    state = models.CharField("状态", max_length=10, choices=State.choices)
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("缘由", max_length=200, blank=True)
    demands = EncryptedTextField("要求", blank=True, default="")
    number = models.CharField("文号", max_length=40, blank=True)
    source = models.CharField("来源", max_length=12, choices=Source.choices, blank=True)
    basis = EncryptedTextField("依据", blank=True, default="")
    quoted = EncryptedTextField("批示原文", blank=True, default="")
    signer = models.CharField("签发人", max_length=60, blank=True)
    due_on = models.DateField("办结日期", null=True)
    progress_on = models.JSONField("阶段报告日期", default=list, help_text="Days on which each unit reports how far it is, as ISO dates.")
    outcome = models.CharField("结果", max_length=10, choices=Outcome.choices, blank=True)
    result = EncryptedTextField("落实情况", blank=True, default="")
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField("提示时间", null=True)
    ordered_at = models.DateTimeField("督办时间", null=True)
    closed_at = models.DateTimeField("销号时间", null=True)

    class Meta:
        verbose_name = "督办"
        verbose_name_plural = "督办"
        indexes = [models.Index(fields=["state", "-id"], name="casework_supervision_state")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.get_level_display()}"


class FollowUp(CaseRow):
    """One try to ask the petitioner afterwards (回访); never by the unit that handled."""

    class Result(models.TextChoices):
        SATISFIED = "satisfied", "满意"
        DISSATISFIED = "dissatisfied", "不满意"
        UNREACHED = "unreached", "未联系上"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="follow_ups")
    round = models.PositiveSmallIntegerField("第几次办理")
    result = models.CharField("结果", max_length=12, choices=Result.choices)
    note = EncryptedTextField("记录", blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "回访"
        verbose_name_plural = "回访"

    def __str__(self) -> str:
        return f"{self.case_id} 回访"


class Rating(CaseRow):
    """The petitioner's rating (评价), one per handling: 1 (very dissatisfied) to 5."""

    round = models.PositiveSmallIntegerField("第几次办理")
    score = models.PositiveSmallIntegerField("评分")
    comment = EncryptedTextField("意见", blank=True, default="")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "评价"
        verbose_name_plural = "评价"
        constraints = [
            models.UniqueConstraint(fields=["case", "round"], name="casework_one_rating_per_handling"),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="casework_rating_one_to_five"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.score}"


class CaseLink(CaseRow):
    """One case has to do with another."""

    class Relation(models.TextChoices):
        SAME_MATTER = "same_matter", "同一事项"
        FOLLOW_UP = "follow_up", "后续"
        APPEAL_OF = "appeal_of", "复查"
        SPLIT_FROM = "split_from", "拆分自"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="links")
    other = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="linked_from")
    relation = models.CharField("关系", max_length=12, choices=Relation.choices)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "关联"
        verbose_name_plural = "关联"
        constraints = [
            models.UniqueConstraint(fields=["case", "other", "relation"], name="casework_link_once"),
            models.CheckConstraint(condition=~Q(case=models.F("other")), name="casework_link_to_another"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} → {self.other_id}"


class Cluster(CaseRow):
    """Letters about one matter: ``case`` is handled, its members (``Case.cluster``) are answered with it, each person for himself."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="led_cluster")
    title = models.CharField("事项", max_length=100)
    opened_at = models.DateTimeField("建立时间")
    answered_at = models.DateTimeField("答复时间", null=True)

    class Meta:
        verbose_name = "同类件"
        verbose_name_plural = "同类件"

    def __str__(self) -> str:
        return self.title
