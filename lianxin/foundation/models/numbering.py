"""Series of numbers and what was given out of them."""

from django.db import models


class NumberSeries(models.Model):
    """A series, such as the letters of one year, and the last number given."""

    name = models.CharField("序列", max_length=100, unique=True)
    last = models.BigIntegerField("最后编号", default=0)

    class Meta:
        verbose_name = "编号序列"
        verbose_name_plural = "编号序列"

    def __str__(self) -> str:
        return f"{self.name}：{self.last}"


class IssuedNumber(models.Model):
    """A number given for a token; the same token gets the same number for ever."""

    series = models.ForeignKey(NumberSeries, on_delete=models.PROTECT, related_name="issued")
    token = models.CharField(max_length=128)
    number = models.BigIntegerField("编号")
    issued_at = models.DateTimeField("发放时间", auto_now_add=True)

    class Meta:
        verbose_name = "已发编号"
        verbose_name_plural = "已发编号"
        constraints = [
            models.UniqueConstraint(fields=["series", "token"], name="foundation_one_number_per_token"),
            models.UniqueConstraint(fields=["series", "number"], name="foundation_number_given_once"),
        ]

    def __str__(self) -> str:
        return f"{self.series_id}/{self.number}"
