"""What this room does as days pass."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from lianxin.foundation.jobs import timetable
from lianxin.identity.models import User
from lianxin.organisations import actions

LOOK_BACK_DAYS = 7  # a worker that stood still for a week still catches up


@timetable("任职到期或开始", at="00:05")
def posts_turn() -> None:
    """Bring rights up to date for everybody whose post or handover began or ended in the last days."""
    today = timezone.localdate()
    days = (today - timedelta(days=LOOK_BACK_DAYS), today)
    turned = (
        Q(posts__starts_on__range=days)
        | Q(posts__ends_on__range=days)
        | Q(standing_in__starts_on__range=days)
        | Q(standing_in__until__range=days)
        | Q(expires_at__date__range=days)
    )
    for user in User.objects.filter(turned).distinct():
        actions.refresh_rights(user)
