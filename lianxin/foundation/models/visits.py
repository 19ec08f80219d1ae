"""Visits to public pages, by day. Only counts outlast a day: see ``foundation.visits``."""

from django.db import models


class VisitCount(models.Model):
    """How often one thing was seen on one day on one host; host "" stands for all sites together, where only totals are kept."""

    class Kind(models.TextChoices):
        TOTAL = "total", "合计"
        ROBOTS = "robots", "搜索引擎等程序"
        HOUR = "hour", "时段"
        DEVICE = "device", "设备"
        PAGE = "page", "页面"
        SECTION = "section", "频道"
        REFERRER = "referrer", "来源"
        WORDS = "words", "站内搜索词"
        ENGINE_WORDS = "engine", "搜索引擎带来的词"

    day = models.DateField("日期")
    host = models.CharField("域名", max_length=255, blank=True)
    kind = models.CharField("种类", max_length=8, choices=Kind.choices)
    key = models.CharField("名目", max_length=300, blank=True)
    views = models.PositiveBigIntegerField("浏览量", default=0)
    visitors = models.PositiveIntegerField("访客数", default=0, help_text="只在合计中有数：当天不同的访客")

    class Meta:
        verbose_name = "访问统计"
        verbose_name_plural = "访问统计"
        constraints = [models.UniqueConstraint(fields=["host", "kind", "day", "key"], name="foundation_visits_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.host} {self.get_kind_display()} {self.key}：{self.views}"


class VisitorOfDay(models.Model):
    """A visitor's mark until the day is closed, so that the visitor counts once; then the row is deleted."""

    day = models.DateField("日期")
    host = models.CharField("域名", max_length=255, blank=True)
    mark = models.CharField("标记", max_length=16)

    class Meta:
        verbose_name = "当日访客标记"
        verbose_name_plural = "当日访客标记"
        constraints = [models.UniqueConstraint(fields=["day", "host", "mark"], name="foundation_visitor_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.host}"


class FoldedVisits(models.Model):
    """A file whose visits are in the counts; written with them in one transaction, so that no file counts twice."""

    name = models.CharField("文件", max_length=80, unique=True)
    folded_at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "已汇总的访问文件"
        verbose_name_plural = "已汇总的访问文件"

    def __str__(self) -> str:
        return self.name
