"""What a petition, complaint, enquiry or report consists of while it is written, and the browser that writes it.

The draft itself, its files and the code for a guest's telephone are those of ``letters``; the cookie is this room's own.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from lianxin.identity.citizen_web import private
from lianxin.identity.models import User
from lianxin.letters import actions as letters
from lianxin.letters import queries as choices
from lianxin.letters.actions.drafts import KEPT_FOR
from lianxin.letters.models import Draft
from lianxin.organisations.models import Organisation
from lianxin.petitions.kinds import PETITION

COOKIE, PATH = "petition_draft", "/petitions/"
View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Content:
    """What was typed so far. ``about`` is ``unit:<slug>`` or ``leader:<slug>``; ``nameless``: the writer of a report does not say who he is."""

    kind: str = PETITION
    subject: str = ""
    text: str = ""
    place: str = ""
    about: str = ""
    nameless: bool = False
    name: str = ""


def read(draft: Draft) -> Content:
    """What a draft holds."""
    known = json.loads(draft.content)
    return Content(**{name: known[name] for name in asdict(Content()) if name in known})


def target(content: Content) -> Organisation | User | None:
    """Whom a report is about; None when nobody was chosen, or who was chosen is not there any more."""
    what, _, slug = content.about.partition(":")
    if what == "leader":
        found = choices.leaders().filter(slug=slug).first()
        return found.post.user if found is not None else None
    return Organisation.objects.filter(slug=slug, ended_on__isnull=True).first() if what == "unit" else None


def with_draft(view: View) -> View:
    """The view gets this browser's draft; with the first thing that is sent the browser gets its key."""

    @private
    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        known = request.COOKIES.get(COOKIE, "")
        key = known if 20 <= len(known) <= 100 else secrets.token_urlsafe(24)
        draft = letters.open_draft(key) if request.method == "POST" else letters.find_draft(key)
        response = view(request, draft, *args, **kwargs)
        if COOKIE not in response.cookies and draft.pk is not None:
            seconds = int(KEPT_FOR.total_seconds())
            response.set_cookie(COOKIE, key, max_age=seconds, path=PATH, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax")
        return response

    return opened


def begin_anew(response: HttpResponse) -> HttpResponse:
    """The next one begins with an empty page."""
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")
    return response
