"""What a petition, complaint, enquiry or report consists of while it is written.

The draft itself, its files and the code for a guest's telephone are those of ``letters``; the cookie is this room's own.
"""

from dataclasses import dataclass

from lianxin.identity.models import User
from lianxin.letters import queries as choices
from lianxin.letters.models import Draft
from lianxin.letters.writing import read_content
from lianxin.organisations.models import Organisation
from lianxin.petitions.kinds import PETITION


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
    return read_content(draft.content, Content)


def target(content: Content) -> Organisation | User | None:
    """Whom a report is about; None when nobody was chosen, or who was chosen is not there any more."""
    what, _, slug = content.about.partition(":")
    if what == "leader":
        found = choices.leaders().filter(slug=slug).first()
        return found.post.user if found is not None else None
    return Organisation.objects.filter(slug=slug, ended_on__isnull=True).first() if what == "unit" else None
