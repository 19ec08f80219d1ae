"""Days that differ from the plain week: holidays and make-up workdays."""

from django.db import models


class CalendarDay(models.Model):
    """A day on which the State Council's yearly notice overrules the week: a day off, or a workday made up on a weekend."""

    class Source(models.TextChoices):
        PACKAGE = "package", "软件包"
        NOTICE = "notice", "放假通知"

    date = models.DateField("日期", primary_key=True)
    is_workday = models.BooleanField("上班")
    name = models.CharField("名称", max_length=60)
    source = models.CharField("来源", max_length=10, choices=Source.choices)
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    class Meta:
        verbose_name = "工作日历"
        verbose_name_plural = "工作日历"
        ordering = ["date"]
        # The version check of lianxin.foundation.calendar reads the newest time only.
        indexes = [models.Index(fields=["updated_at"])]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.name}（{'上班' if self.is_workday else '休息'}）"
