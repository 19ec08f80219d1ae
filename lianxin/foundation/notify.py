"""Notifications: told once per event and recipient, on every channel that reaches the person, outside quiet hours.

Delivery is at least once: when a worker dies between the mail server's answer and the row's update, the mail goes out again
with the same Message-ID, which mail programs fold into one.

Settings (all optional):

* ``NOTIFY_CHANNELS``: dotted paths of channels; by default mail when ``EMAIL_HOST`` is set, otherwise the console. ``settings.py`` adds
  short messages for citizens (``identity.channels``).
* ``NOTIFY_QUIET_HOURS``: ``"21:00-07:30"``, local time; an empty text means none.
"""

import logging
import smtplib
from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from email.utils import formatdate
from functools import lru_cache
from typing import Any, Protocol

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.module_loading import import_string

from lianxin.foundation.jobs import job
from lianxin.foundation.models import Delivery, Notification

logger = logging.getLogger(__name__)

_DEFAULT_QUIET_HOURS = "21:00-07:30"
# A delivery that has been under way for longer belongs to a worker that died.
_ABANDONED_AFTER = timedelta(minutes=10)


class DeliveryFailed(Exception):
    """A channel did not take a notification; the job tries again."""


class Channel(Protocol):
    """A way to reach people."""

    name: str

    def serves(self, user: Any) -> bool:
        """Whether this way is meant for such a person at all; where it is not, nothing is noted of it."""

    def reaches(self, user: Any) -> bool:
        """Whether the person can be reached this way."""

    def send(self, delivery: Delivery) -> None:
        """Send; any exception means that it did not go out and is tried again."""


class ConsoleChannel:
    """Writes to the log that somebody was told something; the text may be private and is left out."""

    name = "console"

    def serves(self, user: Any) -> bool:
        """Everybody."""
        return True

    def reaches(self, user: Any) -> bool:
        """Everybody."""
        return True

    def send(self, delivery: Delivery) -> None:
        """Log recipient's account number, subject and link."""
        told = delivery.notification
        logger.info("notification to account %s: %s %s", told.recipient_id, told.subject, told.url)


class MailChannel:
    """Sends a mail through Django's mail settings (``EMAIL_BACKEND``, ``EMAIL_HOST`` …)."""

    name = "mail"

    def serves(self, user: Any) -> bool:
        """Everybody."""
        return True

    def reaches(self, user: Any) -> bool:
        """Whoever has left an address."""
        return bool(user.email)

    def send(self, delivery: Delivery) -> None:
        """Send one mail; the subject is the given one and nothing else, the text ends with the link."""
        told = delivery.notification
        body = f"{told.text}\n\n{_absolute(told.url)}" if told.url else told.text
        host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
        headers = {"Message-ID": f"<lianxin-{delivery.pk}-{told.pk}@{host}>", "Auto-Submitted": "auto-generated", "Date": formatdate()}
        EmailMessage(told.subject, body, settings.DEFAULT_FROM_EMAIL, [told.recipient.email], headers=headers, connection=get_connection()).send()


def _absolute(url: str) -> str:
    return settings.BASE_URL.rstrip("/") + url if url.startswith("/") else url


# --- Who and when ---------------------------------------------------------------------------------------------------------

_administrators: list[Callable[[], Iterable[Any]]] = []


def register_administrators(provider: Callable[[], Iterable[Any]]) -> Callable[[], Iterable[Any]]:
    """Let a room above name the administrators (holders of the post); usable as a decorator."""
    if provider not in _administrators:
        _administrators.append(provider)
    return provider


def administrators() -> list[Any]:
    """Return the active accounts to tell when the system itself needs attention: the named administrators and all superusers."""
    found = {user.pk: user for user in get_user_model().objects.filter(is_superuser=True, is_active=True)}
    for provider in _administrators:
        found.update({user.pk: user for user in provider() if user.is_active})
    return [found[key] for key in sorted(found)]


def quiet_until(moment: datetime) -> datetime | None:
    """Return when the quiet hours end in which ``moment`` lies, or None when it lies outside them."""
    span = _quiet_hours(getattr(settings, "NOTIFY_QUIET_HOURS", _DEFAULT_QUIET_HOURS))
    if span is None:
        return None
    begin, end = span
    local = timezone.localtime(moment)
    now = local.time()
    quiet = begin <= now < end if begin < end else now >= begin or now < end
    if not quiet:
        return None
    day = local.date() if now < end else local.date() + timedelta(days=1)
    return timezone.make_aware(datetime.combine(day, end))


@lru_cache(maxsize=8)
def _quiet_hours(text: str) -> tuple[time, time] | None:
    if not text:
        return None
    try:
        begin, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
    except ValueError as error:
        raise ImproperlyConfigured(f"NOTIFY_QUIET_HOURS must look like {_DEFAULT_QUIET_HOURS}, not {text!r}") from error
    return None if begin == end else (begin, end)


@lru_cache(maxsize=8)
def _channels(paths: tuple[str, ...]) -> dict[str, Channel]:
    found = [import_string(path)() for path in paths]
    return {channel.name: channel for channel in found}


def channels() -> dict[str, Channel]:
    """Return the channels in use, by name."""
    default = f"{__name__}.MailChannel" if settings.EMAIL_HOST else f"{__name__}.ConsoleChannel"
    named = getattr(settings, "NOTIFY_CHANNELS", None)
    return _channels(tuple(named or (default, *settings.NOTIFY_MORE_CHANNELS)))


# --- Telling --------------------------------------------------------------------------------------------------------------


def notify(user: Any, event: str, key: str, subject: str, text: str, url: str = "", *, urgent: bool = False) -> Notification | None:
    """Tell ``user`` something, in the caller's transaction; return the new row, or None when it was told before.

    ``event`` names the kind (``article.returned``), ``key`` the occurrence (at most 128 characters); a second call with the
    same event, key and recipient does nothing. ``subject`` is seen on lock screens and in mail servers' logs: put nothing
    private there; ``text`` is stored encrypted. ``urgent`` passes the quiet hours. Inactive accounts are not told.
    """
    if not user.is_active:
        return None
    with transaction.atomic():
        told, is_new = Notification.objects.get_or_create(
            recipient=user,
            event=event,
            key=key,
            defaults={"subject": " ".join(subject.split())[:200], "text": text, "url": url, "urgent": urgent},
        )
        if not is_new:
            return None
        not_before = None if urgent else quiet_until(told.created_at)
        for channel in channels().values():
            if not channel.serves(user):
                continue
            state = Delivery.State.WAITING if channel.reaches(user) else Delivery.State.UNREACHABLE
            delivery = Delivery.objects.create(notification=told, channel=channel.name, state=state, not_before=not_before)
            if state == Delivery.State.WAITING:
                deliver.enqueue(delivery.pk, run_after=not_before)
    return told


def forget(user: Any) -> int:
    """Delete everything that ``user`` was told, when the account ends, in the caller's transaction; return how many notifications."""
    with transaction.atomic():
        return Notification.objects.filter(recipient=user).delete()[1].get(Notification._meta.label, 0)


@job("送出通知", queue="slow", retries=6, backoff=60)
def deliver(delivery_id: int) -> None:
    """Send one delivery. Safe to run twice; an exception means that it is to be tried again."""
    delivery = Delivery.objects.select_related("notification__recipient").filter(pk=delivery_id).first()
    if delivery is None:  # the account and what it was told are gone
        return
    told, now = delivery.notification, timezone.now()
    if not told.recipient.is_active:
        Delivery.objects.filter(pk=delivery_id, sent_at=None).update(state=Delivery.State.UNREACHABLE)
        return
    # A retry may fall into the night.
    quiet_end = None if told.urgent else quiet_until(now)
    if quiet_end and delivery.state in (Delivery.State.WAITING, Delivery.State.FAILED):
        with transaction.atomic():
            Delivery.objects.filter(pk=delivery_id).update(not_before=quiet_end)
            deliver.enqueue(delivery_id, run_after=quiet_end)
        return
    channel = channels().get(delivery.channel)
    if channel is None:
        return
    if not _claim(delivery_id, now):
        _look_again(delivery_id)
        return
    try:
        channel.send(delivery)
    except Exception as error:
        Delivery.objects.filter(pk=delivery_id).update(state=Delivery.State.FAILED, last_error=_kind(error))
        # The job keeps the traceback, and the original one may quote the address.
        raise DeliveryFailed(_kind(error)) from None
    Delivery.objects.filter(pk=delivery_id).update(state=Delivery.State.SENT, sent_at=timezone.now(), last_error="")


def _claim(delivery_id: int, now: datetime) -> bool:
    """Take the delivery for this worker; False when it is sent or under way elsewhere."""
    free = Q(state__in=(Delivery.State.WAITING, Delivery.State.FAILED)) | Q(state=Delivery.State.SENDING, claimed_at__lt=now - _ABANDONED_AFTER)
    changes = {"state": Delivery.State.SENDING, "claimed_at": now, "attempts": F("attempts") + 1}
    return bool(Delivery.objects.filter(free, pk=delivery_id).update(**changes))


def _look_again(delivery_id: int) -> None:
    """When another worker is at it, come back after the time in which it must be done or dead."""
    claimed_at = Delivery.objects.filter(pk=delivery_id, state=Delivery.State.SENDING).values_list("claimed_at", flat=True).first()
    if claimed_at:
        deliver.enqueue(delivery_id, run_after=claimed_at + _ABANDONED_AFTER + timedelta(seconds=1))


def _kind(error: Exception) -> str:
    """The error's class and the mail server's code, without its words, which may quote the address."""
    code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
    return (type(error).__name__ + code)[:100]
