"""A case as the public sees it: the version made for the public, masked, without internal steps and without the text of instructions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from lianxin.casework import kinds
from lianxin.casework.masking import mask, mask_name
from lianxin.casework.models import Attachment, Case, Instruction, Message, Petitioner, Rating, Redaction
from lianxin.casework.queries.visibility import visible_to
from lianxin.casework.vocabulary import Stage, Visibility
from lianxin.organisations.models import Organisation

PAGE = 20


@dataclass(frozen=True)
class PublicReply:
    """A sent answer. ``interim``: the work goes on; ``in_person``: the head of the unit wrote it himself."""

    unit: Organisation | None
    body: str
    at: datetime
    interim: bool
    in_person: bool
    seq: int


@dataclass(frozen=True)
class PublicCase:
    """All that the public may know of a case."""

    pk: int
    number: str
    kind: str
    kind_name: str
    subject: str
    text: str
    petitioner: str
    category: str
    unit: Organisation | None
    stage: str
    outcome: str
    submitted_at: datetime
    replied_at: datetime | None
    public_at: datetime
    breached: bool
    has_instruction: bool
    score: int | None
    replies: tuple[PublicReply, ...]
    attachments: tuple[Attachment, ...]


def public_case(number: str) -> PublicCase | None:
    """The public version of a case; None when there is none, whatever the reason."""
    case = visible_to(None).select_related("lead").filter(number=number.strip().upper()[:40]).first()
    return project(case) if case is not None else None


def project(case: Case) -> PublicCase:
    """The public version of a case that ``visible_to(None)`` has let through."""
    if not case.is_public or case.public_at is None:
        raise ValueError(f"case {case.pk} is not public")
    versions: dict[int | None, Redaction] = {row.message: row for row in Redaction.objects.filter(case=case).order_by("seq")}
    name = Petitioner.objects.get(pk=case.pk).name
    letter = versions.get(None)
    kind = kinds.kind(case.kind, case.kind_version)
    rating = Rating.objects.filter(case=case).order_by("-round").first()
    return PublicCase(
        pk=case.pk,
        number=case.number,
        kind=kind.code,
        kind_name=kind.name,
        subject=mask(letter.subject or case.subject if letter else case.subject, name),
        text=mask(letter.text if letter else case.text, name),
        petitioner=mask_name(name) if case.visibility == Visibility.PUBLIC else "",
        category=case.category,
        unit=case.lead,
        stage=Stage(case.stage).label,
        outcome=kind.outcomes.get(case.outcome, ""),
        submitted_at=case.submitted_at,
        replied_at=case.replied_at,
        public_at=case.public_at,
        breached=case.breached,
        has_instruction=Instruction.objects.filter(case=case, given_at__isnull=False).exists(),
        score=rating.score if rating else None,
        replies=tuple(_replies(case, versions, name)),
        attachments=tuple(Attachment.objects.filter(case=case, is_public=True).order_by("seq")),
    )


def _replies(case: Case, versions: dict[int | None, Redaction], name: str) -> list[PublicReply]:
    sent = Message.objects.filter(case=case, kind__in=("reply", "interim"), state=Message.State.PUBLISHED).select_related("organisation")
    found = []
    for message in sent.order_by("seq"):
        version = versions.get(message.seq)
        assert message.published_at is not None
        found.append(
            PublicReply(
                unit=message.organisation,
                body=mask(version.text if version else message.body, name),
                at=message.published_at,
                interim=message.kind == Message.Kind.INTERIM,
                in_person=message.in_person,
                seq=message.seq,
            )
        )
    return found


def public_list(
    *, unit: Organisation | None = None, kind: str = "", category: str = "", after: tuple[datetime, int] | None = None, count: int = PAGE
) -> list[Case]:
    """Public cases, those made public last first; ``after`` is ``(public_at, pk)`` of the last one. Show them through ``project``."""
    cases = visible_to(None)
    conditions: dict[str, Any] = {"lead": unit, "kind": kind, "category": category}
    cases = cases.filter(**{name: value for name, value in conditions.items() if value})
    if after is not None:
        cases = cases.filter(Q(public_at__lt=after[0]) | Q(public_at=after[0], pk__lt=after[1]), public_at__lte=after[0])
    return list(cases.select_related("lead").order_by("-public_at", "-pk")[:count])
