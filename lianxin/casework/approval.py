"""Who signs a reply before it goes out: the head of the section that handles it, then the chain of the kind.

A section has a step of its own when the unit gave the case to it, when it has a head who did not write the reply himself, and when
somebody else is there to sign after him. A unit without sections signs as the kind says.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from lianxin.casework import kinds
from lianxin.casework.kinds import CaseKind
from lianxin.casework.models import Assignment, Case, Message
from lianxin.casework.rights import Role, Standing, covers
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Organisation, Post


@dataclass(frozen=True)
class Step:
    """A signature: by a post in the unit that wrote or above it; ``section``: by the head of this section of the unit."""

    role: str
    section: int | None = None


def steps(kind: CaseKind, message: Message, parts: Iterable[Assignment]) -> list[Step]:
    """All signatures that ``message`` needs, in their order; ``parts`` are the assignments of its case."""
    chain = [Step(role) for role in kind.approval]
    unit = message.organisation
    section = next((part.section_id for part in parts if part.is_open and part.section_id and part.organisation_id == message.organisation_id), None)
    if unit is None or section is None:
        return chain
    heads = set(_in_force(unit, Role.HEAD).filter(section=section).values_list("user", flat=True))
    after = _in_force(unit, kind.approval[0]).exclude(user__in=heads | set(message.writers))
    if not heads - set(message.writers) or not after.exists():
        return chain
    return [Step(Role.HEAD, section), *chain]


def next_step(kind: CaseKind, message: Message, parts: Iterable[Assignment]) -> tuple[Step, bool]:
    """The signature that comes next, and whether it is the last one. A head who left since takes his step with him."""
    needed = steps(kind, message, parts)
    at = min(len(message.signers), len(needed) - 1)
    return needed[at], at == len(needed) - 1


def holds(standing: Standing, case: Case, organisation: Organisation | None, step: Step) -> bool:
    """Whether somebody may sign this step for the unit that wrote; what an office wrote, a second one who screens may sign too."""
    if organisation is None:
        return False
    posts = [post for post in standing.holding(step.role) if organisation.path.startswith(post.organisation.path)]
    if step.section is not None:
        return any(post.section_id == step.section for post in posts)
    if any(_for_whole_unit(post) for post in posts):
        return True
    role = kinds.kind(case.kind, case.kind_version).screened_by
    return organisation.pk == case.office_id and covers(standing.screening(role), organisation)


def may_sign_some(standing: Standing, case: Case, kind: CaseKind, message: Message, parts: Iterable[Assignment]) -> bool:
    """Whether one of the signatures under ``message`` is somebody's to give, whoever comes next."""
    return any(holds(standing, case, message.organisation, step) for step in steps(kind, message, parts))


def _for_whole_unit(post: Post) -> bool:
    """A section's head signs for the whole unit only where nobody else heads it."""
    if post.role != Role.HEAD or post.section_id is None:
        return True
    return not organisations.in_force().filter(role=Role.HEAD, organisation=post.organisation_id, section=None).exists()


def _in_force(unit: Organisation, role: str) -> QuerySet[Post]:
    above = [unit.path[:end] for end in range(Organisation.steplen, len(unit.path) + 1, Organisation.steplen)]
    return organisations.in_force().filter(role=role, organisation__path__in=above)
