"""What somebody is to a case: all rights follow from posts in force, from having brought the case, or from its secret."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q

from lianxin.foundation.once import once
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import OfficeFunction, Organisation, Post

Role = Post.Role
UNIT_ROLES = frozenset({Role.CLERK, Role.HEAD})
"""Posts that handle cases inside a unit."""


@dataclass(frozen=True)
class SecretHolder:
    """Somebody who has shown number and secret of a case; made by ``queries.by_number_and_secret`` alone."""

    case_id: int


Actor = User | SecretHolder | None
"""Who does or asks: an account, the holder of a secret, or (None) the system; an anonymous reader is None or Django's AnonymousUser."""


def account(actor: Any) -> User | None:
    """The account behind an actor; None for strangers, holders of a secret and the system."""
    return actor if isinstance(actor, User) and actor.is_authenticated else None


class Standing:
    """The posts an account may act in today, read once, and what follows from them."""

    def __init__(self, actor: Any) -> None:
        self.user = account(actor)
        self.actor = actor

    @cached_property
    def posts(self) -> list[Post]:
        """Posts in force, own ones and those stood in for; none for whoever does not work here."""
        return organisations.posts_today(self.user) if self.user is not None else []

    def holding(self, *roles: str) -> list[Post]:
        """The posts in one of these roles."""
        return [post for post in self.posts if post.role in roles]

    @cached_property
    def units(self) -> set[int]:
        """Units in which cases are handled by this person, with those that became part of them."""
        own = {post.organisation_id for post in self.holding(*UNIT_ROLES)}
        return own | {unit for unit, _ in self._predecessors(own)}

    @cached_property
    def triage_paths(self) -> list[str]:
        """Subtrees whose offices' cases this person screens, with those of units that became part of his."""
        posts = self.holding(Role.TRIAGE)
        merged = self._predecessors({post.organisation_id for post in posts})
        return [post.organisation.path for post in posts] + [path for _, path in merged]

    def screening(self, role: str) -> list[str]:
        """Subtrees whose offices' cases this person screens, for kinds that ``role`` screens."""
        if role == Role.OPERATOR:
            return self.operator_paths
        return self.supervised_paths if role == Role.SUPERVISOR else self.triage_paths

    def _predecessors(self, units: set[int]) -> set[tuple[int, str]]:
        """Units that were merged into these, or into ones that were: their finished cases stay under the old name."""
        found: set[tuple[int, str]] = set()
        latest = units
        while latest:
            rows = set(Organisation.objects.filter(successor__in=latest).values_list("pk", "path")) - found
            found |= rows
            latest = {unit for unit, _ in rows}
        return found

    @cached_property
    def operator_paths(self) -> list[str]:
        """Subtrees for whose offices this person takes calls."""
        return [post.organisation.path for post in self.holding(Role.OPERATOR)]

    @cached_property
    def supervised_paths(self) -> list[str]:
        """Subtrees this person supervises: what an office works for, otherwise the unit's own subtree."""
        posts = self.holding(Role.SUPERVISOR)
        if not posts:
            return []
        scopes = OfficeFunction.objects.filter(organisation__in=[post.organisation_id for post in posts]).values_list("organisation", "scope__path")
        by_unit: dict[int, set[str]] = {}
        for unit, path in scopes:
            by_unit.setdefault(unit, set()).add(path)
        return sorted({path for post in posts for path in by_unit.get(post.organisation_id, {post.organisation.path})})

    @cached_property
    def leader_posts(self) -> list[Post]:
        """The leader's posts this person acts in."""
        return self.holding(Role.LEADER)

    @cached_property
    def portfolio_paths(self) -> list[str]:
        """Subtrees this leader answers for."""
        if not self.leader_posts:
            return []
        rows = organisations.portfolios_in_force().filter(leader__in=[post.pk for post in self.leader_posts])
        return list(rows.values_list("organisation__path", flat=True))

    @cached_property
    def paths(self) -> list[str]:
        """The units of all posts, for what is hidden from a unit's own people."""
        return sorted({post.organisation.path for post in self.posts})

    @cached_property
    def looks_after_system(self) -> bool:
        """Administrators and auditors: they see that cases are there, never what persons wrote."""
        if self.user is None:
            return False
        return bool(self.holding(Role.ADMINISTRATOR, Role.AUDITOR)) or organisations.is_administrator(self.user)


def standing_of(actor: Any) -> Standing:
    """The standing of whoever looks at a page, the same for all that the page asks; deeds ask for one of their own."""
    user = account(actor)
    return Standing(actor) if user is None else once(("standing", user.pk), lambda: Standing(actor))


def under(field: str, paths: list[str]) -> Q:
    """Rows whose organisation (``field``) lies in one of the subtrees; everything when one of them is the whole city."""
    if any(len(path) == Organisation.steplen for path in paths):
        # Not an empty Q, which adds nothing to what it is or-ed with.
        return Q(pk__isnull=False)
    found = Q(pk__in=[])
    for path in paths:
        found |= Q(**{f"{field}__path__startswith": path})
    return found


def covers(paths: list[str], organisation: Organisation | None) -> bool:
    """Whether a unit lies in one of the subtrees."""
    return organisation is not None and any(organisation.path.startswith(path) for path in paths)
