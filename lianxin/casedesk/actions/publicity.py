"""The version for the public, the decision on it, and the end, on one screen."""

from collections.abc import Sequence

from django.db import transaction

from lianxin.casework import actions
from lianxin.casework.models import Attachment, Case, Message
from lianxin.identity.models import User


@transaction.atomic
def publish_version(
    actor: User,
    case: Case,
    *,
    letter: tuple[str, str] | None = None,
    messages: Sequence[tuple[Message, str]] = (),
    opens: bool | None = None,
    attachments: Sequence[Attachment] = (),
    finish: bool = False,
    version: int | None = None,
) -> Case:
    """Keep public versions of the letter (subject and text) and of messages, decide whether they are shown, and finish the case: all or nothing.

    ``opens`` None leaves the decision open. Only what differs from before should be given.
    """
    if letter is not None:
        case = actions.redact(actor, case, letter[1], subject=letter[0], version=version)
        version = case.version
    for message, text in messages:
        case = actions.redact(actor, case, text, message=message, version=version)
        version = case.version
    if opens is not None:
        case = actions.decide_public(actor, case, opens, attachments=attachments, version=version)
        version = case.version
    if finish:
        case = actions.finish(actor, case, version=version)
    return case
