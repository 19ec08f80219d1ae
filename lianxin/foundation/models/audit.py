"""The audit trail: rows that are only ever added, each sealed with a hash over itself and the row before."""

from typing import Any, NoReturn

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


class TrailIsAppendOnly(Exception):
    """Somebody tried to change or delete an entry of the audit trail; a programming error, never shown to people."""


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Entries can be read, nothing else. The database's own triggers refuse changes that go round this class."""

    def update(self, **values: Any) -> NoReturn:
        raise TrailIsAppendOnly("audit entries are never updated")

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TrailIsAppendOnly("audit entries are written by audit.record() alone")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TrailIsAppendOnly("audit entries are never updated")

    def delete(self) -> NoReturn:
        raise TrailIsAppendOnly("audit entries are never deleted")


class AuditEntry(models.Model):
    """One deed: who did what to which object, when and from where. Written by ``lianxin.foundation.audit.record`` alone."""

    seq = models.BigIntegerField("序号", primary_key=True)
    at = models.DateTimeField("时间")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="人员", null=True, on_delete=models.PROTECT, related_name="+", help_text="空表示系统"
    )
    actor_name = models.CharField("姓名", max_length=100, help_text="当时的姓名，以后改名不影响记录")
    deed = models.CharField("操作", max_length=60)
    # The label of the topmost model and the key as text, so that a page is found whether it was recorded as Page or as Article.
    subject_type = models.CharField("对象类型", max_length=80, blank=True)
    subject_id = models.CharField("对象编号", max_length=64, blank=True)
    subject_label = models.CharField("对象", max_length=200, blank=True)
    summary = models.TextField("摘要")
    detail = models.JSONField("详情", default=dict, encoder=DjangoJSONEncoder)
    address = models.GenericIPAddressField("来源地址", null=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "审计记录"
        verbose_name_plural = "审计记录"
        ordering = ["-seq"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-seq"]),
            models.Index(fields=["actor", "-seq"]),
            models.Index(fields=["deed", "-seq"]),
            models.Index(fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name}：{self.summary}"

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TrailIsAppendOnly("audit entries are written by audit.record() alone and never updated")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TrailIsAppendOnly("audit entries are never deleted")


class AuditHead(models.Model):
    """The single row that holds the chain's end; whoever adds an entry locks it first, so that the chain never forks."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    seq = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="foundation_one_audit_head")]
