"""The digest of a day is made and told."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from lianxin.foundation.notify import notify
from lianxin.identity.models import User
from lianxin.supervision.models import Digest
from lianxin.supervision.queries import digest


def make_digest(user: User, day: date, *, tell: bool = True) -> Digest:
    """Work out what ``user`` is told on ``day``, and tell it once, however often it is made. A day with nothing to tell sends no mail.

    The mail has numbers and names of units; the page shows the rest to whoever may see it.
    """
    content = digest.content(user, day)
    with transaction.atomic():
        row, _ = Digest.objects.update_or_create(day=day, user=user, defaults={"content": content, "made_at": timezone.now()})
        text = digest.summary(content)
        if tell and text:
            notify(user, "digest", str(day), f"民情日报 {day.month}月{day.day}日", text, f"/desk/digest/?day={day}")
    return row
