"""Notifications: once, in time, on every channel, and never at night."""

import smtplib
import traceback
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from lianxin.foundation import checks, notify
from lianxin.foundation.jobs import registered
from lianxin.foundation.models import Delivery, Notification

pytestmark = pytest.mark.django_db
State = Delivery.State


class Broken:
    """A channel whose server refuses."""

    name = "broken"

    def serves(self, user) -> bool:
        return True

    def reaches(self, user) -> bool:
        return True

    def send(self, delivery) -> None:
        raise smtplib.SMTPDataError(451, b"try later, 138@example.com")


@pytest.fixture(autouse=True)
def by_mail(settings):
    """Mail is the channel."""
    settings.NOTIFY_CHANNELS = ["lianxin.foundation.notify.MailChannel"]


@pytest.fixture
def user(django_user_model):
    """Somebody with an address."""
    return django_user_model.objects.create_user("told", "told@example.com", name="李文")


@pytest.fixture
def queued(monkeypatch):
    """What was put into the queue: (delivery, not before)."""
    calls: list[tuple[int, object]] = []
    stand_in = SimpleNamespace(enqueue=lambda pk, run_after=None: calls.append((pk, run_after)), call=notify.deliver.call)
    monkeypatch.setattr(notify, "deliver", stand_in)
    return calls


def test_somebody_is_told_once_per_event(user, clock, queued, django_user_model):
    other = django_user_model.objects.create_user("other", "other@example.com")
    assert notify.notify(user, "article.returned", "7", "稿件被退回", "请修改后重新提交。", "/desk/7/") is not None
    assert notify.notify(user, "article.returned", "7", "稿件被退回", "再说一遍") is None
    assert notify.notify(user, "article.returned", "8", "稿件被退回", "另一篇") is not None
    assert notify.notify(other, "article.returned", "7", "稿件被退回", "另一人") is not None
    assert (Notification.objects.count(), len(queued)) == (3, 3)
    notify.deliver.call(queued[0][0])
    (message,) = mail.outbox
    assert (message.subject, message.to) == ("稿件被退回", ["told@example.com"])
    assert message.body == "请修改后重新提交。\n\nhttp://localhost:8000/desk/7/"
    assert message.extra_headers["Message-ID"].startswith("<lianxin-")
    delivery = Delivery.objects.get(pk=queued[0][0])
    assert (delivery.state, delivery.attempts, delivery.sent_at) == (State.SENT, 1, timezone.now())


def test_a_delivery_run_twice_sends_once(user, clock, queued):
    notify.notify(user, "e", "1", "标题", "文")
    notify.deliver.call(queued[0][0])
    notify.deliver.call(queued[0][0])
    assert len(mail.outbox) == 1


def test_a_subject_cannot_smuggle_headers(user, clock, queued):
    told = notify.notify(user, "e", "1", "标题\r\nBcc: x@example.com\n" + "长" * 300, "文")
    assert "\n" not in told.subject and len(told.subject) == 200
    notify.deliver.call(queued[0][0])
    assert mail.outbox[0].message()["Bcc"] is None


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2025-03-03 20:59", None),
        ("2025-03-03 21:00", "2025-03-04 07:30"),
        ("2025-03-04 00:10", "2025-03-04 07:30"),
        ("2025-03-04 07:29", "2025-03-04 07:30"),
        ("2025-03-04 07:30", None),
    ],
)
def test_quiet_hours(user, clock, queued, now, end):
    clock.set(now)
    notify.notify(user, "e", "1", "标题", "文")
    ((pk, run_after),) = queued
    expected = run_after and timezone.localtime(run_after).strftime("%Y-%m-%d %H:%M")
    assert expected == end
    assert Delivery.objects.get(pk=pk).not_before == run_after
    notify.notify(user, "e", "2", "险情", "立即到岗", urgent=True)
    assert queued[1][1] is None


def test_a_retry_at_night_waits_for_the_morning(user, clock, queued):
    clock.set("2025-03-03 20:58")
    notify.notify(user, "e", "1", "标题", "文")
    clock.shift(minutes=10)
    notify.deliver.call(queued[0][0])
    assert mail.outbox == []
    assert timezone.localtime(queued[1][1]).strftime("%d %H:%M") == "04 07:30"
    clock.set("2025-03-04 07:30")
    notify.deliver.call(queued[1][0])
    assert len(mail.outbox) == 1


def test_quiet_hours_are_a_setting(settings, clock):
    settings.NOTIFY_QUIET_HOURS = ""
    clock.set("2025-03-03 23:00")
    assert notify.quiet_until(timezone.now()) is None
    settings.NOTIFY_QUIET_HOURS = "12:00-14:00"
    assert notify.quiet_until(timezone.now()) is None
    clock.set("2025-03-03 13:00")
    assert notify.quiet_until(timezone.now()) == timezone.now() + timedelta(hours=1)
    settings.NOTIFY_QUIET_HOURS = "evening"
    with pytest.raises(ImproperlyConfigured):
        notify.quiet_until(timezone.now())
    assert [message.id for message in checks.notification_settings()] == ["foundation.E002"]


def test_a_failure_is_kept_and_tried_again(user, clock, queued, monkeypatch):
    monkeypatch.setattr(notify, "channels", lambda: {"broken": Broken()})
    notify.notify(user, "e", "1", "标题", "文")
    for attempt in (1, 2):
        with pytest.raises(notify.DeliveryFailed) as failure:
            notify.deliver.call(queued[0][0])
        assert "example.com" not in "".join(traceback.format_exception(failure.value))
        delivery = Delivery.objects.get()
        assert (delivery.state, delivery.attempts, delivery.last_error) == (State.FAILED, attempt, "SMTPDataError 451")


def test_a_delivery_of_a_dead_worker_is_taken_over(user, clock, queued):
    notify.notify(user, "e", "1", "标题", "文")
    Delivery.objects.update(state=State.SENDING, claimed_at=timezone.now())
    notify.deliver.call(queued[0][0])
    assert mail.outbox == [], "another worker is at it"
    assert queued[1] == (queued[0][0], timezone.now() + timedelta(minutes=10, seconds=1))
    clock.shift(minutes=11)
    notify.deliver.call(queued[0][0])
    assert len(mail.outbox) == 1


def test_who_has_no_address_or_left_is_not_told(clock, queued, django_user_model):
    silent = django_user_model.objects.create_user("silent")
    notify.notify(silent, "e", "1", "标题", "文")
    assert (Delivery.objects.get().state, queued) == (State.UNREACHABLE, [])
    gone = django_user_model.objects.create_user("gone", "gone@example.com", is_active=False)
    assert notify.notify(gone, "e", "1", "标题", "文") is None


def test_who_leaves_before_the_morning_is_not_told(user, clock, queued):
    notify.notify(user, "e", "1", "标题", "文")
    type(user).objects.update(is_active=False)
    notify.deliver.call(queued[0][0])
    assert (mail.outbox, Delivery.objects.get().state) == ([], State.UNREACHABLE)


def test_the_console_shows_no_private_text(user, clock, queued, settings, caplog):
    settings.NOTIFY_CHANNELS = []
    assert list(notify.channels()) == ["console", "sms"], "the second serves citizens only"
    notify.notify(user, "e", "1", "来信已办结", "身份证号 1234")
    with caplog.at_level("INFO"):
        notify.deliver.call(queued[0][0])
    assert "来信已办结" in caplog.text
    assert "1234" not in caplog.text
    settings.EMAIL_HOST = "mail.example.com"
    assert list(notify.channels()) == ["mail", "sms"]


def test_administrators_are_superusers_and_whoever_a_room_names(user, django_user_model, monkeypatch):
    monkeypatch.setattr(notify, "_administrators", [])
    root = django_user_model.objects.create_superuser("root")
    gone = django_user_model.objects.create_user("gone", is_active=False)
    assert notify.administrators() == [root]
    notify.register_administrators(lambda: [user, gone])
    assert notify.administrators() == [user, root]


def test_the_worker_delivers(user, clock, run_jobs):
    notify.notify(user, "e", "1", "标题", "文")
    assert run_jobs() == 1
    assert len(mail.outbox) == 1
    clock.set("2025-03-03 22:00")
    notify.notify(user, "e", "2", "夜里", "文")
    assert run_jobs() == 0
    clock.set("2025-03-04 07:31")
    assert run_jobs() == 1
    assert [message.subject for message in mail.outbox] == ["标题", "夜里"]


def test_the_calendars_alarm_is_on_the_timetable():
    assert "lianxin.foundation.calendar.ring_alarm" in registered()
