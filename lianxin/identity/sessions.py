"""What a session of staff keeps about itself: when it began, when it was last used, what is still due."""

import time

from django.conf import settings
from django.http import HttpRequest

_STARTED = "identity.started"
_ACTIVE = "identity.active"
_SECOND_FACTOR_DUE = "identity.second_factor_due"
_WRITE_EVERY = 30  # seconds: an act is noted at most twice a minute, so that reading pages writes no session


def begin(request: HttpRequest, *, second_factor_due: bool) -> None:
    """Note that somebody has just signed in."""
    request.session[_STARTED] = request.session[_ACTIVE] = int(time.time())
    request.session[_SECOND_FACTOR_DUE] = second_factor_due


def started_at(request: HttpRequest) -> int | None:
    """When the session began (seconds since 1970), or None for one that did not come through the sign-in page."""
    return request.session.get(_STARTED)


def has_gone_idle(request: HttpRequest) -> bool:
    """Whether nothing was done for longer than allowed."""
    last = request.session.get(_ACTIVE)
    return last is not None and time.time() - last >= settings.SIGN_IN_IDLE_MINUTES * 60


def touch(request: HttpRequest) -> None:
    """Note that the person did something."""
    now = int(time.time())
    if now - request.session.get(_ACTIVE, 0) >= _WRITE_EVERY:
        request.session[_ACTIVE] = now


def second_factor_due(request: HttpRequest) -> bool:
    """Whether the person must set up a second factor before working."""
    return bool(request.session.get(_SECOND_FACTOR_DUE))


def set_second_factor_due(request: HttpRequest, due: bool) -> None:
    """Note whether a second factor is still to be set up."""
    request.session[_SECOND_FACTOR_DUE] = due
