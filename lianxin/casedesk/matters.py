"""What cases and answers are compared by: every text goes to triage's index as it changes, which keeps digests and no texts."""

from typing import Any

from django.dispatch import receiver

from lianxin.casework import queries as casework
from lianxin.casework.events import PUBLICITY, EventType
from lianxin.casework.models import Case, CaseEvent, Message
from lianxin.casework.rights import standing_of
from lianxin.casework.signals import recorded, taken_over
from lianxin.casework.vocabulary import Stage
from lianxin.identity.models import User
from lianxin.triage import actions as triage
from lianxin.triage import similarity

REPLY = "reply"
_ANSWERED = (Stage.REPLIED, Stage.CLOSED)
_GONE = (Stage.DECLINED, Stage.WITHDRAWN)
# From here on two texts are worth showing beside each other.
_ALIKE = 0.3
# So many likely ones are looked at, as some of them may not be seen by whoever asks.
_LOOKED_AT = 40


def matter(case_id: int) -> str:
    """Triage's name for the text of one case."""
    return f"case:{case_id}"


def case_of(ref: str) -> int:
    """The key of the case that ``matter`` named."""
    return int(ref.partition(":")[2])


@receiver(recorded)
def follow(case: Case, events: list[CaseEvent], **kwargs: Any) -> None:
    """A case changed: hand its texts over, or take them back."""
    types = {event.type for event in events}
    if EventType.SUBMITTED in types or types & PUBLICITY:
        _compare(case)
    if EventType.REPLIED in types or types & PUBLICITY:
        _compare_replies(case)


@receiver(taken_over)
def follow_all(cases: list[Case], **kwargs: Any) -> None:
    """Cases of the past came in: their texts and answers, as ``follow`` would have handed them over one by one."""
    shown = casework.texts([case for case in cases if case.is_public])
    texts = []
    for case in cases:
        if case.stage != Stage.WITHDRAWN:
            text = shown.get(case.pk) or f"{case.subject}\n{case.text}"
            texts.append(triage.New(matter(case.pk), case.kind, text, case.is_public, _facets(case)))
    answers = Message.objects.filter(case__in=cases, kind=Message.Kind.REPLY, state=Message.State.PUBLISHED, case__stage__in=_ANSWERED)
    for row in answers.filter(organisation__isnull=False).order_by("pk"):
        texts.append(triage.New(f"{REPLY}:{row.case_id}:{row.seq}", REPLY, row.body, False, {"unit": str(row.organisation_id)}))
    triage.put_new(texts)


def similar(user: User, case: Case, count: int = 5) -> list[Case]:
    """Cases of the same kind and office that ``user`` sees and that are about the same as ``case``, the likest first."""
    text = f"{case.subject}\n{case.text}"
    found = similarity.similar(text, [case.kind], public_only=False, limit=_LOOKED_AT, facets=_facets(case), without=matter(case.pk))
    numbers = [case_of(match.ref) for match in found if match.score >= _ALIKE]
    known = casework.official_for(standing_of(user)).exclude(stage__in=_GONE).select_related("lead", "cluster").in_bulk(numbers)
    return [known[pk] for pk in numbers if pk in known][:count]


def copies(case: Case, body: str) -> int:
    """How many answers of the lead unit to other cases have nearly the wording of ``body``."""
    if case.lead_id is None:
        return 0
    own = f"{REPLY}:{case.pk}:"
    return sum(not match.ref.startswith(own) for match in similarity.copies(body, [REPLY], facets={"unit": case.lead_id}))


def _facets(case: Case) -> dict[str, str]:
    return {"office": str(case.office_id)}


def _compare(case: Case) -> None:
    """The public's version once it is public, before that the original, which is compared for staff alone.

    What is hidden from some of the staff, was withdrawn or erased is compared with nothing.
    """
    if case.is_public and casework.visible_to(None).filter(pk=case.pk).exists():
        shown = casework.project(case)
        triage.put(matter(case.pk), case.kind, f"{shown.subject}\n{shown.text}", public=True, facets=_facets(case))
    elif case.is_sealed or case.erased_at is not None or case.stage == Stage.WITHDRAWN:
        triage.drop(matter(case.pk))
    else:
        triage.put(matter(case.pk), case.kind, f"{case.subject}\n{case.text}", public=False, facets=_facets(case))


def _compare_replies(case: Case) -> None:
    sent = Message.objects.filter(case=case, kind=Message.Kind.REPLY, state=Message.State.PUBLISHED, organisation__isnull=False)
    for row in sent:
        ref = f"{REPLY}:{case.pk}:{row.seq}"
        if case.erased_at is not None or case.is_sealed:
            triage.drop(ref)
        else:
            triage.put(ref, REPLY, row.body, public=False, facets={"unit": str(row.organisation_id)})
