"""What pages that show units and people are kept by, and the purges when these change, whatever path changed them."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from lianxin.foundation.pagestore import purge, tag_name
from lianxin.identity.models import User
from lianxin.organisations.models import Duty, FormerName, Leader, OfficeFunction, Organisation, Portfolio, Post, Section

PEOPLE = "people"
"""Who holds which post, who answers for what, and the leaders' own pages."""
UNITS = "units"
"""Which units there are, and their order."""
# What signing in writes; nothing of it is shown.
_UNSEEN = {"last_login", "password", "password_changed_at", "must_change_password", "session_generation"}


@receiver([post_save, post_delete], sender=Organisation)
def unit_changed(instance: Organisation, **kwargs: Any) -> None:
    """A unit was made, renamed, moved, ended."""
    purge([UNITS, tag_name(Organisation, instance.pk)])


@receiver([post_save, post_delete], sender=Duty)
@receiver([post_save, post_delete], sender=Section)
@receiver([post_save, post_delete], sender=FormerName)
def unit_described(instance: Any, **kwargs: Any) -> None:
    """Something that stands on a unit's page was changed."""
    purge([tag_name(Organisation, instance.organisation_id)])


@receiver([post_save, post_delete], sender=OfficeFunction)
def office_changed(instance: OfficeFunction, **kwargs: Any) -> None:
    """Another unit is the office of a flow: pages that name it had the one before."""
    purge([UNITS, tag_name(Organisation, instance.organisation_id)])


@receiver([post_save, post_delete], sender=Post)
@receiver([post_save, post_delete], sender=Portfolio)
@receiver([post_save, post_delete], sender=Leader)
def people_changed(**kwargs: Any) -> None:
    """A post, a portfolio or a leader's page was changed."""
    purge([PEOPLE])


@receiver(post_save, sender=User)
def name_changed(created: bool, update_fields: frozenset[str] | None = None, **kwargs: Any) -> None:
    """A person may be called otherwise, or may no longer sign in. A new account holds no post yet and is shown nowhere."""
    if created:
        return
    if update_fields is None or not update_fields <= _UNSEEN:
        purge([PEOPLE])
