"""What the desk lets go of, and what it takes along when units merge."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lianxin.casedesk.models import ReplyDraft, ReplyTemplate
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation

KEPT = timedelta(days=30)
"""So long somebody may still want what he had typed when another's reply went out."""


def forget_drafts() -> int:
    """Delete what was typed in cases that are over for a while, or whose persons' data were deleted; return how many. Done by the system."""
    over = Q(case__is_open=False, case__updated_at__lt=timezone.now() - KEPT)
    return ReplyDraft.objects.filter(over | Q(case__erased_at__isnull=False)).delete()[0]


@transaction.atomic
def unit_merges(actor: User, unit: Organisation, into: Organisation, on: date) -> list[str]:
    """Hook of ``organisations``: templates of replies go along; one whose name is taken there gets the old unit's name beside it."""
    taken = set(ReplyTemplate.objects.filter(organisation=into).values_list("name", flat=True))
    for row in ReplyTemplate.objects.filter(organisation=unit):
        if row.name in taken:
            row.name = f"{row.name[:28]}（{unit.short_name[:10]}）"
        row.organisation = into
        row.save()
    return []
