"""What happened to a case, event by event: only ever added, each sealed with a hash over itself and the one before."""

from typing import Any, NoReturn

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from lianxin.casework.models.case import Case
from lianxin.organisations.models import Organisation


class EventsAreAppendOnly(Exception):
    """Somebody tried to change or delete an event; a programming error, never shown to people."""


class EventVisibility(models.TextChoices):
    """Who may know that an event happened; never more than who may see the case."""

    PUBLIC = "public", "公众"
    PARTIES = "parties", "反映人"
    STAFF = "staff", "经办单位"
    INTERNAL = "internal", "本单位"


class CaseEventQuerySet(models.QuerySet["CaseEvent"]):
    """Events can be added and read, nothing else. The database's own triggers refuse changes that go round this class."""

    def update(self, **values: Any) -> NoReturn:
        raise EventsAreAppendOnly("events are never updated")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise EventsAreAppendOnly("events are never updated")

    def delete(self) -> NoReturn:
        raise EventsAreAppendOnly("events are never deleted")


class CaseEvent(models.Model):
    """One event. ``payload`` holds plain facts and keys of rows; whatever a person wrote or is, lies encrypted in ``sealed``."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField("序号")
    type = models.CharField("事件", max_length=40)
    deed = models.CharField("操作", max_length=40)
    stage = models.CharField("其后阶段", max_length=20)
    visibility = models.CharField("可见", max_length=10, choices=EventVisibility.choices)
    at = models.DateTimeField("时间")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="人员", null=True, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Organisation, verbose_name="单位", null=True, on_delete=models.PROTECT, related_name="+")
    payload = models.JSONField("内容", default=dict, encoder=DjangoJSONEncoder)
    sealed = models.TextField(blank=True, default="", help_text="JSON encrypted with the case's key (casework.sealing).")
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = CaseEventQuerySet.as_manager()

    class Meta:
        verbose_name = "事件"
        verbose_name_plural = "事件"
        ordering = ["case", "seq"]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="casework_event_seq_once")]
        indexes = [models.Index(fields=["type", "at"], name="casework_event_type")]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} {self.type}"

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise EventsAreAppendOnly("events are added in bulk by actions alone and never updated")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise EventsAreAppendOnly("events are never deleted")
