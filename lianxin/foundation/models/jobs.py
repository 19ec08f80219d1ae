"""What jobs leave behind beside their row in the queue (django-tasks-db): workers, failed tries, dead letters, the timetable."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from lianxin.foundation.jobs import QUEUE_NAMES, title_of


class JobWorker(models.Model):
    """A worker process that is, or was until a moment ago, at work. Its row goes when it stops or is found dead."""

    id = models.CharField("编号", max_length=32, primary_key=True)
    queue = models.CharField("队列", max_length=32)
    machine = models.CharField(max_length=200, help_text="Host, boot and process namespace: where the process number means something.")
    pid = models.PositiveIntegerField("进程号")
    process_started = models.BigIntegerField(null=True, help_text="Clock ticks since boot: tells a process from a later one of the same number.")
    started_at = models.DateTimeField("启动时间")
    seen_at = models.DateTimeField("最近心跳")
    job_id = models.UUIDField("正在执行", null=True)

    class Meta:
        verbose_name = "工作进程"
        verbose_name_plural = "工作进程"

    def __str__(self) -> str:
        return f"{self.queue} {self.pid}"


class JobKey(models.Model):
    """The key under which a waiting job makes others of the same key superfluous."""

    job_id = models.UUIDField(primary_key=True)
    key = models.CharField(max_length=64, db_index=True, help_text="SHA-256 of the job's path and its dedupe_key.")

    def __str__(self) -> str:
        return f"{self.job_id}"


class FailedTry(models.Model):
    """One try of a job that ended in an exception or with the worker's death."""

    job_id = models.UUIDField(db_index=True)
    number = models.PositiveSmallIntegerField("第几次")
    worker = models.CharField(max_length=32)
    started_at = models.DateTimeField("开始时间")
    ended_at = models.DateTimeField("结束时间", db_index=True)
    error = models.CharField("错误", max_length=200)
    traceback = models.TextField("详情")

    class Meta:
        verbose_name = "失败记录"
        verbose_name_plural = "失败记录"
        ordering = ["ended_at", "id"]

    def __str__(self) -> str:
        return f"{self.error}（第 {self.number} 次）"


class DeadLetter(models.Model):
    """A job that failed on its last try and now waits for a person. The same work dying again counts up instead of adding a row."""

    class State(models.TextChoices):
        OPEN = "open", "待处理"
        RETRIED = "retried", "已重试"
        DISCARDED = "discarded", "已放弃"

    job_id = models.UUIDField(help_text="The job that died last.")
    task_path = models.CharField("任务", max_length=200)
    queue = models.CharField("队列", max_length=32)
    args_kwargs = models.JSONField("参数")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of path and arguments.")
    tries = models.PositiveSmallIntegerField("尝试次数")
    times = models.PositiveIntegerField("失败次数", default=1)
    error = models.CharField("错误", max_length=200)
    traceback = models.TextField("详情")
    first_died_at = models.DateTimeField("首次失败")
    died_at = models.DateTimeField("最近失败")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="处理人", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("处理时间", null=True, blank=True)
    reason = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = "失败任务"
        verbose_name_plural = "失败任务"
        ordering = ["-died_at", "-id"]
        indexes = [models.Index(fields=["state", "-died_at"])]
        constraints = [
            models.UniqueConstraint(fields=["fingerprint"], condition=Q(state="open"), name="foundation_one_open_dead_letter"),
        ]

    def __str__(self) -> str:
        return f"{self.title}：{self.error}"

    @property
    def title(self) -> str:
        """What people call the job."""
        return title_of(self.task_path)

    @property
    def queue_name(self) -> str:
        """What people call its queue."""
        return QUEUE_NAMES.get(self.queue, self.queue)


class Schedule(models.Model):
    """When a job of the timetable is due next. Workers claim a moment by moving ``next_at`` on, which only one of them can."""

    name = models.CharField("任务", max_length=200, primary_key=True)
    rule = models.CharField("时间", max_length=60)
    next_at = models.DateTimeField("下次执行", db_index=True)
    last_at = models.DateTimeField("上次安排", null=True)

    class Meta:
        verbose_name = "定时任务"
        verbose_name_plural = "定时任务"
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.title}（{self.rule}）"

    @property
    def title(self) -> str:
        """What people call the job."""
        return title_of(self.name)
