"""Sending and forgetting short messages."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from lianxin.foundation.jobs import job, timetable
from lianxin.foundation.models import SmsMessage
from lianxin.foundation.sms.gateways import NotSent, gateway, text_of

_READABLE = timedelta(minutes=15)
_KEPT = timedelta(days=200)  # the bare fact that a message went out: 网络安全法 §21


@dataclass(frozen=True)
class Shown:
    """A message in the development outbox."""

    at: datetime
    number: str
    text: str


def send(
    number: str, template: str, values: Sequence[str], not_after: datetime, *, not_before: datetime | None = None, once: str | None = None
) -> SmsMessage:
    """Send a message soon, or from ``not_before`` on, in the caller's transaction; after ``not_after`` it is worthless and is dropped.

    ``once`` names the occurrence (at most 128 characters): the same asked for again sends nothing more.
    """
    fields = {"number": number, "template": template, "values": json.dumps(list(values)), "not_after": not_after}
    with transaction.atomic():
        if once is None:
            message, is_new = SmsMessage.objects.create(**fields), True
        else:
            message, is_new = SmsMessage.objects.get_or_create(once=once, defaults=fields)
        if is_new:
            send_message.enqueue(message.pk, run_after=not_before)
    return message


@job("发送短信", queue="fast", retries=3, backoff=5, priority=50)
def send_message(pk: int) -> None:
    """Hand one message to the gateway. Run twice it sends once, unless the worker died between the gateway's answer and the note of it."""
    message = SmsMessage.objects.filter(pk=pk, state__in=(SmsMessage.State.WAITING, SmsMessage.State.FAILED)).first()
    if message is None:
        return
    if message.not_after <= timezone.now():
        _settle(message, SmsMessage.State.EXPIRED, wipe=True)
        return
    carrier = gateway()
    try:
        carrier.send(message.number, message.template, json.loads(message.values))
    except NotSent as failure:
        message.last_error = str(failure)[:100]
        _settle(message, SmsMessage.State.FAILED, wipe=False)
        raise
    message.sent_at = timezone.now()
    _settle(message, SmsMessage.State.SENT, wipe=not carrier.keeps)


def _settle(message: SmsMessage, state: str, *, wipe: bool) -> None:
    message.state = state
    if wipe:
        message.number, message.values, message.readable = "", "", False
    message.save()


@timetable("抹去已发短信的号码和内容", every=timedelta(minutes=5))
def forget_messages() -> None:
    """Wipe numbers and texts that are no longer on their way, and at last the rows."""
    now = timezone.now()
    with transaction.atomic():
        for message in SmsMessage.objects.filter(readable=True, created_at__lt=now - _READABLE, not_after__lt=now):
            state = SmsMessage.State.EXPIRED if message.state == SmsMessage.State.WAITING else message.state
            _settle(message, state, wipe=True)
        SmsMessage.objects.filter(created_at__lt=now - _KEPT).delete()


def outbox() -> list[Shown]:
    """The messages of the last minutes, the newest first; nothing unless this is a developer's machine with the outbox."""
    if not (settings.DEVELOPMENT and settings.SMS_SERVICE == "outbox"):
        return []
    rows = SmsMessage.objects.filter(state=SmsMessage.State.SENT, readable=True, created_at__gt=timezone.now() - _READABLE).order_by("-pk")[:50]
    return [Shown(row.created_at, row.number, text_of(row.template, json.loads(row.values))) for row in rows]
