"""Who keeps which column, and who is on duty at weekends and holidays."""

from django.conf import settings
from django.db import models

from lianxin.publishing.models.pages import ColumnPage


class ColumnDuty(models.Model):
    """A column's duty (栏目保障责任): unit, section, person, reviewer and what is expected; the cadence is the column's own."""

    column = models.OneToOneField(ColumnPage, verbose_name="栏目", on_delete=models.CASCADE, related_name="duty")
    organisation = models.ForeignKey("organisations.Organisation", verbose_name="责任单位", on_delete=models.PROTECT, related_name="column_duties")
    section = models.CharField("责任科室", max_length=60, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="责任人", null=True, blank=True, on_delete=models.PROTECT, related_name="column_duties"
    )
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="审核人", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    expectation = models.CharField("保障要求", max_length=200, blank=True)

    class Meta:
        verbose_name = "栏目保障责任"
        verbose_name_plural = "栏目保障责任"

    def __str__(self) -> str:
        return f"{self.column}：{self.organisation}"


class DutyShift(models.Model):
    """One day of the duty roster (值班表) of a government; the person may publish in an emergency on that day."""

    organisation = models.ForeignKey("organisations.Organisation", verbose_name="机构", on_delete=models.PROTECT, related_name="duty_shifts")
    date = models.DateField("日期")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="值班人", on_delete=models.PROTECT, related_name="duty_shifts")
    backup = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="带班领导", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    phone = models.CharField("值班电话", max_length=40, blank=True)

    class Meta:
        verbose_name = "值班"
        verbose_name_plural = "值班表"
        ordering = ["date"]
        constraints = [models.UniqueConstraint(fields=["organisation", "date", "person"], name="publishing_duty_shift_once")]

    def __str__(self) -> str:
        return f"{self.date} {self.person}"
