"""Lists for staff, paged by key: each reads one index, however many cases there are."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from lianxin.casework import approval, kinds
from lianxin.casework.models import Assignment, Case, Instruction, Message
from lianxin.casework.queries.visibility import official_for, unhidden, unsealed_parts
from lianxin.casework.rights import Standing, standing_of, under
from lianxin.casework.vocabulary import Stage
from lianxin.foundation.crypto import blind_indexes
from lianxin.identity.models import User
from lianxin.organisations.models import Post

PAGE = 50
Key = tuple[datetime | None, int]
"""Where a page ends: the date it is ordered by (None: none) and the case."""


@dataclass(frozen=True)
class Page:
    """Some cases of a list, and the key after which the next page begins (None: this is the last)."""

    cases: list[Case]
    after: Key | None


def unit_queue(actor: User, *, after: Key | None = None, count: int = PAGE, handler: User | None = None, late: bool = False) -> Page:
    """Open parts of the actor's units, the next to be due first; those without a date (waiting for the citizen) last."""
    parts = unit_parts(actor)
    if handler is not None:
        parts = parts.filter(handler=handler)
    return by_due(parts, after=after, count=count, late=late)


def unit_parts(actor: User) -> QuerySet[Assignment]:
    """Open parts of the actor's units in cases that are not hidden from him; to be counted, narrowed down and paged by ``by_due``."""
    standing = standing_of(actor)
    return unsealed_parts(Assignment.objects.filter(organisation__in=standing.units, is_open=True), standing)


def by_due(parts: QuerySet[Assignment], *, after: Key | None = None, count: int = PAGE, late: bool = False) -> Page:
    """A page of the cases of ``parts``, each with its part as ``case.part``; by due date, those without a date last."""
    dated = parts.filter(due_at__isnull=False).order_by("due_at", "case")
    undated = parts.filter(due_at__isnull=True).order_by("case")
    found: list[Assignment] = []
    if after is None or after[0] is not None:
        if late:
            dated = dated.filter(case__breached=True)
        rows = dated if after is None else dated.filter(Q(due_at__gt=after[0]) | Q(due_at=after[0], case__gt=after[1]), due_at__gte=after[0])
        found += rows.select_related("case", "organisation", "handler")[: count + 1]
        after = None
    if len(found) <= count and not late:
        rows = undated if after is None else undated.filter(case__gt=after[1])
        found += rows.select_related("case", "organisation", "handler")[: count + 1 - len(found)]
    more = len(found) > count
    found = found[:count]
    cases = []
    for part in found:
        part.case.part = part  # type: ignore[attr-defined]
        cases.append(part.case)
    return Page(cases, (found[-1].due_at, found[-1].case_id) if more else None)


def triage_queue(actor: User, *, after: int = 0, count: int = PAGE) -> list[Case]:
    """Open cases that the actor's office has still to give to somebody, the oldest first; ``after`` is the last one's key."""
    standing = standing_of(actor)
    stages = (Stage.SUBMITTED, Stage.SCREENED, Stage.ACCEPTED, Stage.REOPENED, Stage.HANDLING)
    cases = screened_by(standing).filter(stage__in=stages, lead=None, cluster=None, is_open=True, pk__gt=after)
    # A list shows no letters: nothing is decrypted for it but their subjects.
    return list(unhidden(cases, standing).defer("text", "place").order_by("pk")[:count])


def returns_to_rule(actor: User, *, count: int = PAGE) -> list[Assignment]:
    """Returns that the actor's office has to rule on, the oldest first."""
    standing = standing_of(actor)
    parts = Assignment.objects.filter(state=Assignment.State.RETURNED, case__in=screened_by(standing).filter(is_open=True))
    return list(unsealed_parts(parts, standing).select_related("case", "organisation", "suggested").order_by("returned_at")[:count])


def reports_to_accept(actor: User, *, count: int = PAGE) -> list[Assignment]:
    """Reports (报结) that wait for the actor's office, the oldest first."""
    standing = standing_of(actor)
    parts = Assignment.objects.filter(state=Assignment.State.REPORTED, case__in=screened_by(standing).filter(is_open=True))
    return list(unsealed_parts(parts, standing).select_related("case", "organisation").order_by("pk")[:count])


def screens(standing: Standing) -> bool:
    """Whether somebody acts for an office that screens what citizens bring."""
    return any(standing.screening(kind.screened_by) for kind in kinds.kinds() if kind.has_petitioner)


def screened_by(standing: Standing) -> QuerySet[Case]:
    """The cases of citizens that somebody's office screens, each kind by the post that it names."""
    by_post: dict[str, list[str]] = defaultdict(list)
    for kind in kinds.kinds():
        if kind.has_petitioner and standing.screening(kind.screened_by):
            by_post[kind.screened_by].append(kind.code)
    found = Q(pk__in=[])
    for role, codes in by_post.items():
        found |= under("office", standing.screening(role)) & Q(kind__in=codes)
    return Case.objects.filter(found) if by_post else Case.objects.none()


def replies_to_sign(actor: User, *, count: int = PAGE) -> list[Message]:
    """Drafts of units where the actor holds a signing post and has neither written nor signed, the oldest first."""
    standing = standing_of(actor)
    posts = standing.holding(Post.Role.HEAD, Post.Role.LEADER, Post.Role.TRIAGE, Post.Role.OPERATOR)
    if not posts:
        return []
    units = under("organisation", [post.organisation.path for post in posts])
    waiting = Message.objects.filter(units, kind__in=("reply", "interim"), state__in=("draft", "reviewed"))
    found = waiting.select_related("case__office", "organisation", "author").order_by("created_at")[: count * 2]
    mine = [message for message in found if standing.user and standing.user.pk not in [*message.writers, *message.signers]]
    seen = set(official_for(standing).filter(pk__in=[message.case_id for message in mine]).values_list("pk", flat=True))
    return [message for message in _his_turn(standing, mine) if message.case_id in seen][:count]


def _his_turn(standing: Standing, messages: list[Message]) -> list[Message]:
    """Those whose next signature is his: a section's head comes before the unit's."""
    parts: dict[int, list[Assignment]] = defaultdict(list)
    for part in Assignment.objects.filter(case__in={message.case_id for message in messages}, is_open=True):
        parts[part.case_id].append(part)
    found = []
    for message in messages:
        kind = kinds.kind(message.case.kind, message.case.kind_version)
        step, _ = approval.next_step(kind, message, parts[message.case_id])
        if approval.holds(standing, message.case, message.organisation, step):
            found.append(message)
    return found


def supervisor_queue(actor: User, *, after: Key | None = None, count: int = PAGE) -> Page:
    """Open cases that the actor supervises, the next to be due first; those without a date are left out."""
    standing = standing_of(actor)
    if not standing.supervised_paths:
        return Page([], None)
    cases = unhidden(Case.objects.filter(under("office", standing.supervised_paths), is_open=True, due_at__isnull=False), standing)
    if after is not None:
        cases = cases.filter(Q(due_at__gt=after[0]) | Q(due_at=after[0], pk__gt=after[1]), due_at__gte=after[0])
    found = list(cases.select_related("lead").order_by("due_at", "pk")[: count + 1])
    return Page(found[:count], (found[count - 1].due_at, found[count - 1].pk) if len(found) > count else None)


def instructions_asked(actor: User, *, count: int = PAGE) -> list[Instruction]:
    """What waits for the actor's instruction, the oldest first."""
    standing = standing_of(actor)
    waiting = Instruction.objects.filter(leader__in=[post.pk for post in standing.leader_posts], given_at__isnull=True)
    found = list(waiting.select_related("case", "asked_by", "leader").order_by("asked_at")[:count])
    seen = set(official_for(standing).filter(pk__in=[row.case_id for row in found]).values_list("pk", flat=True))
    return [row for row in found if row.case_id in seen]


def own_cases(actor: User, *, after: int | None = None, count: int = PAGE) -> list[Case]:
    """Cases the actor brought, the newest first; ``after`` is the last one's key."""
    standing = standing_of(actor)
    if standing.user is None:
        return []
    cases = Case.objects.filter(petitioner__user=standing.user)
    if after is not None:
        cases = cases.filter(petitioner__case__lt=after)
    return list(cases.select_related("lead").order_by("-petitioner__case")[:count])


def by_telephone(actor: User, telephone: str, *, count: int = PAGE) -> list[Case]:
    """Cases of a petitioner with this telephone that the actor sees, the newest first; found by blind index."""
    standing = standing_of(actor)
    if standing.user is None or not telephone.strip():
        return []
    cases = official_for(standing).filter(petitioner__phone_index__in=blind_indexes(telephone, "telephone"))
    return list(cases.select_related("lead").order_by("-pk")[:count])
