"""A case as the public sees it: the version made for the public, masked, without internal steps and without the text of instructions."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from lianxin.casework import kinds
from lianxin.casework.masking import mask, mask_name
from lianxin.casework.models import Attachment, Case, Instruction, Message, Petitioner, Rating, Redaction
from lianxin.casework.models.base import CaseRow
from lianxin.casework.queries.visibility import visible_to
from lianxin.casework.vocabulary import Stage, Visibility
from lianxin.organisations.models import Organisation

PAGE = 20
Row = TypeVar("Row", bound=CaseRow)


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


@dataclass(frozen=True)
class PublicHeading:
    """What a list on a busy page says of a case: its title and where it stands, nothing of its text."""

    pk: int
    number: str
    kind_name: str
    subject: str
    unit: Organisation | None
    stage: str
    outcome: str
    submitted_at: datetime
    replied_at: datetime | None
    public_at: datetime


_OF_A_HEADING = (
    *("number", "kind", "kind_version", "subject", "stage", "outcome", "is_public", "submitted_at", "replied_at", "public_at"),
    *("lead__name", "lead__short_name", "lead__slug"),
)


def headings(cases: QuerySet[Case]) -> list[PublicHeading]:
    """The headings of cases that ``visible_to(None)`` has let through, in their order, by three queries; no text is read or opened, and of a unit
    no more than its names and address."""
    rows = list(cases.select_related("lead").only(*_OF_A_HEADING))
    _require_public(rows)
    pks = [case.pk for case in rows]
    names = _names(pks)
    titles = dict(Redaction.objects.filter(case__in=pks, message=None).order_by("seq").values_list("case", "subject"))
    return [_heading(case, mask(titles.get(case.pk) or case.subject, names[case.pk])) for case in rows]


def texts(cases: Sequence[Case]) -> dict[int, str]:
    """Subject and text of the public version of each case, a line each, by the case's key; for comparing them with others."""
    _require_public(cases)
    pks = [case.pk for case in cases]
    names = _names(pks)
    versions = {row.case_id: row for row in Redaction.objects.filter(case__in=pks, message=None).order_by("seq")}
    return {case.pk: "\n".join(_letter(case, versions.get(case.pk), names[case.pk])) for case in cases}


def _letter(case: Case, version: Redaction | None, name: str) -> tuple[str, str]:
    """The public version of what the petitioner wrote: subject and text."""
    subject, text = (version.subject or case.subject, version.text) if version is not None else (case.subject, case.text)
    return mask(subject, name), mask(text, name)


def _require_public(cases: Sequence[Case]) -> None:
    for case in cases:
        if not case.is_public or case.public_at is None:
            raise ValueError(f"case {case.pk} is not public")


def _heading(case: Case, subject: str) -> PublicHeading:
    assert case.public_at is not None
    kind = kinds.kind(case.kind, case.kind_version)
    return PublicHeading(
        pk=case.pk,
        number=case.number,
        kind_name=kind.name,
        subject=subject,
        unit=case.lead,
        stage=Stage(case.stage).label,
        outcome=kind.outcomes.get(case.outcome, ""),
        submitted_at=case.submitted_at,
        replied_at=case.replied_at,
        public_at=case.public_at,
    )


def masker(case: Case) -> Callable[[str], str]:
    """Hides in a text numbers of persons and the petitioner's name, for whoever may read the case and not who brought it."""
    name = Petitioner.objects.get(pk=case.pk).name
    return lambda text: mask(text, name)


def project(case: Case) -> PublicCase:
    """The public version of a case that ``visible_to(None)`` has let through."""
    (shown,) = project_all([case])
    return shown


def project_all(cases: Sequence[Case]) -> list[PublicCase]:
    """The public versions of cases that ``visible_to(None)`` has let through, in their order; as many queries for a page as for one."""
    _require_public(cases)
    pks = [case.pk for case in cases]
    known = _Known(
        names=_names(pks),
        versions=_by_case(Redaction.objects.filter(case__in=pks).order_by("seq")),
        sent=_by_case(_sent(pks)),
        files=_by_case(Attachment.objects.filter(case__in=pks, is_public=True).order_by("seq")),
        scores=dict(Rating.objects.filter(case__in=pks).order_by("round").values_list("case", "score")),
        instructed=set(Instruction.objects.filter(case__in=pks, given_at__isnull=False).values_list("case", flat=True)),
    )
    return [_project(case, known) for case in cases]


@dataclass(frozen=True)
class _Known:
    """What belongs to the cases of a page, each by the case's key."""

    names: dict[int, str]
    versions: dict[int, list[Redaction]]
    sent: dict[int, list[Message]]
    files: dict[int, list[Attachment]]
    scores: dict[int, int]
    instructed: set[int]


def _names(pks: list[int]) -> dict[int, str]:
    return dict(Petitioner.objects.filter(pk__in=pks).values_list("pk", "name"))


def _by_case(rows: QuerySet[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.case_id].append(row)
    return found


def _sent(pks: list[int]) -> QuerySet[Message]:
    sent = Message.objects.filter(case__in=pks, kind__in=("reply", "interim"), state=Message.State.PUBLISHED)
    return sent.select_related("organisation").order_by("seq")


def _project(case: Case, known: _Known) -> PublicCase:
    versions = {row.message: row for row in known.versions[case.pk]}
    name = known.names[case.pk]
    subject, text = _letter(case, versions.get(None), name)
    heading = _heading(case, subject)
    return PublicCase(
        pk=case.pk,
        number=case.number,
        kind=case.kind,
        kind_name=heading.kind_name,
        subject=subject,
        text=text,
        petitioner=mask_name(name) if case.visibility == Visibility.PUBLIC else "",
        category=case.category,
        unit=case.lead,
        stage=heading.stage,
        outcome=heading.outcome,
        submitted_at=case.submitted_at,
        replied_at=case.replied_at,
        public_at=heading.public_at,
        breached=case.breached,
        has_instruction=case.pk in known.instructed,
        score=known.scores.get(case.pk),
        replies=tuple(_reply(message, versions, name) for message in known.sent[case.pk]),
        attachments=tuple(known.files[case.pk]),
    )


def _reply(message: Message, versions: dict[int | None, Redaction], name: str) -> PublicReply:
    version = versions.get(message.seq)
    assert message.published_at is not None
    return PublicReply(
        unit=message.organisation,
        body=mask(version.text if version else message.body, name),
        at=message.published_at,
        interim=message.kind == Message.Kind.INTERIM,
        in_person=message.in_person,
        seq=message.seq,
    )


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
