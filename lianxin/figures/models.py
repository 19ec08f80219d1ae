"""What figures are made of: entries counted from events, their daily fold, and the units' own daily reports."""

from django.conf import settings
from django.db import models

from lianxin.casework.models import Case
from lianxin.organisations.models import Organisation, Post


class Mark(models.Model):
    """A case whose events have to be counted anew. Only ever added by deeds; a mark is seen together with the events that it is about."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.case_id}"


class Entry(models.Model):
    """One event that counts, with everything by which it is counted; its key is the event's row key.

    A number on a page is a number of entries, and the list behind it shows these. What must not be told by unit (private kinds, sealed
    cases) has neither unit nor category nor leader here.
    """

    class Measure(models.TextChoices):
        RECEIVED = "received", "收到"
        ANSWERED = "answered", "答复"
        DECLINED = "declined", "不予受理"
        RATED = "rated", "评价"
        UNREACHED = "unreached", "回访未联系上"
        INSTRUCTED = "instructed", "领导批示"

    id = models.BigIntegerField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    measure = models.CharField("数据项", max_length=10, choices=Measure.choices)
    day = models.DateField("日期")
    unit = models.ForeignKey(Organisation, verbose_name="单位", null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("类别", max_length=40)
    channel = models.CharField("渠道", max_length=12)
    category = models.CharField("分类", max_length=60, blank=True)
    leader = models.ForeignKey(Post, verbose_name="领导", null=True, on_delete=models.PROTECT, related_name="+")
    minutes = models.PositiveIntegerField("用时（分钟）", null=True)
    effective = models.BooleanField("有效答复", null=True, help_text="Judged once, when the answer is first counted.")
    on_time = models.BooleanField("按时", null=True)
    in_person = models.BooleanField("负责人亲自答复", default=False)
    satisfied = models.BooleanField("满意", null=True)

    class Meta:
        verbose_name = "计数依据"
        verbose_name_plural = "计数依据"
        indexes = [
            models.Index(fields=["measure", "day", "unit"], name="figures_entry_measure"),
            models.Index(fields=["unit", "measure", "day"], name="figures_entry_unit"),
            models.Index(fields=["day"], name="figures_entry_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.get_measure_display()}"


class Day(models.Model):
    """A day that has figures, and whether entries have changed since it was folded. Its row is the lock of its fold."""

    day = models.DateField(primary_key=True)
    stale = models.BooleanField(default=True)
    folded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["day"], condition=models.Q(stale=True), name="figures_day_stale")]

    def __str__(self) -> str:
        return f"{self.day}"


class DailyFigure(models.Model):
    """The entries of a day, folded: one row for each combination of unit, kind, channel, category (and leader, for instructions)."""

    day = models.DateField("日期")
    unit = models.ForeignKey(Organisation, verbose_name="单位", null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("类别", max_length=40)
    channel = models.CharField("渠道", max_length=12)
    category = models.CharField("分类", max_length=60, blank=True)
    leader = models.ForeignKey(Post, verbose_name="领导", null=True, on_delete=models.PROTECT, related_name="+")
    received = models.PositiveIntegerField("收到", default=0)
    answered = models.PositiveIntegerField("答复", default=0)
    effective = models.PositiveIntegerField("有效答复", default=0)
    on_time = models.PositiveIntegerField("按时", default=0)
    late = models.PositiveIntegerField("超期", default=0)
    in_person = models.PositiveIntegerField("负责人亲自答复", default=0)
    declined = models.PositiveIntegerField("不予受理", default=0)
    rated = models.PositiveIntegerField("评价", default=0)
    satisfied = models.PositiveIntegerField("满意", default=0)
    unreached = models.PositiveIntegerField("回访未联系上", default=0)
    instructed = models.PositiveIntegerField("领导批示", default=0)
    minutes = models.TextField("各件用时", blank=True, help_text="Minutes of each answer, in order, with commas: medians over months are exact.")

    class Meta:
        verbose_name = "每日数据"
        verbose_name_plural = "每日数据"
        indexes = [
            models.Index(fields=["day"], name="figures_daily_day"),
            models.Index(fields=["unit", "day"], name="figures_daily_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}"


class Brief(models.Model):
    """The last ninety days in one row, of the city (key 0) and of each unit, for pages that everybody opens."""

    key = models.BigIntegerField(primary_key=True, help_text="The unit's key; 0 for the city.")
    until = models.DateField("截至")
    received = models.PositiveIntegerField("收到")
    answered = models.PositiveIntegerField("答复")
    effective = models.PositiveIntegerField("有效答复")
    on_time = models.PositiveIntegerField("按时")
    late = models.PositiveIntegerField("超期")
    minutes = models.FloatField("用时中位（分钟）", null=True)

    def __str__(self) -> str:
        return f"{self.key} {self.until}"


class DailyReport(models.Model):
    """What a unit says it did on a day (工作日报): words and counts, typed in by its clerk, read by everybody."""

    unit = models.ForeignKey(Organisation, verbose_name="单位", on_delete=models.PROTECT, related_name="+")
    day = models.DateField("日期")
    text = models.TextField("当天工作")
    visitors = models.PositiveIntegerField("接待群众（人次）", null=True, blank=True)
    matters = models.PositiveIntegerField("办理事项（件）", null=True, blank=True)
    calls = models.PositiveIntegerField("接听电话（个）", null=True, blank=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="填报人", on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField("填报时间")
    changed_at = models.DateTimeField("更正时间", null=True)

    class Meta:
        verbose_name = "工作日报"
        verbose_name_plural = "工作日报"
        constraints = [models.UniqueConstraint(fields=["unit", "day"], name="figures_one_report_a_day")]
        indexes = [models.Index(fields=["day"], name="figures_report_day")]

    def __str__(self) -> str:
        return f"{self.unit} {self.day}"
