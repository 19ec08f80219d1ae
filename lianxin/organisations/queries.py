"""Who holds which post, who stands in, which unit is which office. Everything that asks about rights starts here."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from lianxin.identity.models import User
from lianxin.organisations.models import Organisation, Post


def in_force(today: date | None = None) -> QuerySet[Post]:
    """Posts held on ``today`` (default: the city's today) by accounts that may still sign in."""
    today = today or timezone.localdate()
    return Post.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today),
        Q(user__expires_at__isnull=True) | Q(user__expires_at__gt=timezone.now()),
        starts_on__lte=today,
        user__is_active=True,
    )


def posts_of(user: User, today: date | None = None) -> QuerySet[Post]:
    """Posts that ``user`` may act in on ``today``: the own ones and those handed over by an absent colleague."""
    today = today or timezone.localdate()
    if not user.is_authenticated or not user.works_here:
        return Post.objects.none()
    standing_in = Q(
        handovers__substitute=user, handovers__starts_on__lte=today, handovers__until__gte=today, handovers__cancelled_at__isnull=True
    )
    held = Post.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today), starts_on__lte=today)
    return held.filter(Q(user=user) | standing_in).select_related("organisation").distinct()


def holds(user: User, role: str, organisations: Iterable[Organisation] | None = None) -> bool:
    """Whether ``user`` may act today in ``role``, in any unit or in one of ``organisations``."""
    posts = posts_of(user).filter(role=role)
    if organisations is not None:
        posts = posts.filter(organisation__in=list(organisations))
    return posts.exists()
