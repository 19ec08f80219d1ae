"""What allauth and Django tell us: second factors set up and taken away, sign-outs."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from lianxin.identity import actions, queries, sessions
from lianxin.identity.models import User


@receiver(authenticator_added, dispatch_uid="identity.second_factor_added")
def second_factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Record it; the middleware sees that what was due is done."""
    actions.record_second_factor(user, authenticator, "added")


@receiver(authenticator_removed, dispatch_uid="identity.second_factor_removed")
def second_factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Whoever needs one sets up another before going on."""
    actions.record_second_factor(user, authenticator, "removed")
    sessions.set_second_factor_due(request, queries.lacks_second_factor(user))


@receiver(authenticator_reset, dispatch_uid="identity.second_factor_reset")
def second_factor_reset(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """New recovery codes."""
    actions.record_second_factor(user, authenticator, "reset")


@receiver(user_logged_out, dispatch_uid="identity.signed_out")
def signed_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    """A session ended because the person said so or did nothing for too long."""
    if user is not None:
        actions.signed_out(user, getattr(request, "sign_out_reason", "本人退出"))
