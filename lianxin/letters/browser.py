"""What a browser carries between the pages of this room: the key of a draft, the letter it follows. Nothing of it stands in an address."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from lianxin.casework.queries import by_number_and_secret
from lianxin.casework.rights import SecretHolder
from lianxin.foundation.middleware import client_address
from lianxin.identity.citizen_web import private
from lianxin.letters.actions import drafts

View = Callable[..., HttpResponse]
FOLLOW, FOLLOW_PATH = "letter_follow", "/follow/"
FOLLOWED_FOR = 2 * 3600
_SALT = "lianxin.letters.follow"


def address_of(request: HttpRequest) -> str:
    """The client's address, for the limits."""
    return client_address(request) or ""


def has_outbox(request: HttpRequest) -> bool:
    """Whether codes are shown at ``/my/outbox/`` instead of sent: on a developer's own machine."""
    return settings.DEVELOPMENT and settings.SMS_SERVICE == "outbox" and client_address(request) in ("127.0.0.1", "::1")


@dataclass(frozen=True)
class DraftCookie:
    """The draft that a browser writes below ``path``, by the key in its cookie ``name``. Each kind of form has one of its own."""

    name: str
    path: str

    def opened(self, view: View) -> View:
        """Decorator: the view, private, gets this browser's draft; with the first thing that is sent the browser gets its key."""

        @private
        @wraps(view)
        def with_draft(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            known = request.COOKIES.get(self.name, "")
            key = known if 20 <= len(known) <= 100 else secrets.token_urlsafe(24)
            draft = drafts.open_draft(key) if request.method == "POST" else drafts.find_draft(key)
            response = view(request, draft, *args, **kwargs)
            if self.name in response.cookies or draft.pk is None:
                return response
            return _set(response, self.name, key, self.path, int(drafts.KEPT_FOR.total_seconds()))

        return with_draft

    def forget(self, response: HttpResponse) -> HttpResponse:
        """The next one begins with an empty page."""
        response.delete_cookie(self.name, path=self.path, samesite="Lax")
        return response


LETTER = DraftCookie("letter_draft", "/write/")


def keep_followed(response: HttpResponse, number: str, secret: str) -> HttpResponse:
    """Let the browser follow a letter for two hours; signed, so that nobody guesses here."""
    return _set(response, FOLLOW, signing.dumps([number, secret], salt=_SALT), FOLLOW_PATH, FOLLOWED_FOR)


def forget_followed(response: HttpResponse) -> HttpResponse:
    """This browser follows no letter any more."""
    response.delete_cookie(FOLLOW, path=FOLLOW_PATH, samesite="Lax")
    return response


def followed(request: HttpRequest) -> SecretHolder | None:
    """Whoever opened a letter in this browser with its number and secret, asked for again each time."""
    try:
        number, secret = signing.loads(request.COOKIES.get(FOLLOW, ""), salt=_SALT, max_age=FOLLOWED_FOR)
    except (signing.BadSignature, ValueError):
        return None
    return by_number_and_secret(number, secret)


def _set(response: HttpResponse, name: str, value: str, path: str, seconds: int) -> HttpResponse:
    response.set_cookie(name, value, max_age=seconds, path=path, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax")
    return response
