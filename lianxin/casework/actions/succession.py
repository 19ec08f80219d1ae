"""When a unit becomes part of another, or somebody leaves: what they had in hand goes on with somebody. No case is orphaned."""

from datetime import date

from django.db.models import Q, QuerySet

from lianxin.casework.actions.common import working
from lianxin.casework.events import EventType
from lianxin.casework.models import Assignment, Case, Instruction, Message
from lianxin.casework.rights import UNIT_ROLES, Role
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Organisation, Post


def transfer_to_unit(actor: User | None, case: Case, unit: Organisation, into: Organisation) -> Case:
    """Let everything that ``unit`` has in a case be ``into``'s: its part, its drafts, its screening. Clocks run on."""
    with working(actor, case, "transfer") as work:
        work.record(EventType.TRANSFERRED, {"from": unit.pk, "to": into.pk, "organisation": into.pk})
    return work.case


def unit_merges(actor: User, unit: Organisation, into: Organisation, on: date) -> list[str]:
    """Hook of organisations: every open case in which the unit has a part, or which it screens. Finished ones move when they are reopened."""
    parts = Assignment.objects.filter(organisation=unit, is_open=True).values("case")
    drafts = Message.objects.filter(organisation=unit, kind__in=("reply", "interim"), state__in=("draft", "reviewed", "approved")).values("case")
    mine = Q(pk__in=parts) | Q(office=unit, is_open=True) | Q(pk__in=drafts)
    for case in Case.objects.filter(mine).only("pk").order_by("pk"):
        transfer_to_unit(actor, case, unit, into)
    for post in Post.objects.filter(organisation=unit, role=Role.LEADER):
        heir = organisations.in_force(on).filter(user=post.user_id, role=Role.LEADER, organisation=into).exclude(pk=post.pk).first()
        if heir is not None:
            _pass_to_leader(actor, post, heir)
    return []


def post_ends(actor: User, person: User, posts: list[Post], successor: User | None, on: date) -> list[str]:
    """Hook of organisations: a leader's letters and open instructions, a clerk's work at hand. What nobody takes refuses the deed."""
    left = []
    for post in posts:
        if post.role == Role.LEADER:
            left += _leader_leaves(actor, post, successor)
        elif post.role in UNIT_ROLES:
            _handler_leaves(actor, post, successor)
    return left


def _leader_leaves(actor: User, post: Post, successor: User | None) -> list[str]:
    count = _waiting_for(post).count()
    if not count:
        return []
    heir = _leader_post(post, successor)
    if heir is None:
        return [f"{post}有 {count} 件写给他或等他批示的来信（请选择在任的领导接手）"]
    _pass_to_leader(actor, post, heir)
    return []


def _waiting_for(post: Post) -> QuerySet[Case]:
    """Open cases written to a leader, and those laid before him."""
    asked = Instruction.objects.filter(leader=post, given_at__isnull=True).values("case")
    return Case.objects.filter(Q(addressed_to=post, is_open=True) | Q(pk__in=asked)).order_by("pk")


def _pass_to_leader(actor: User, post: Post, heir: Post) -> None:
    for case in _waiting_for(post).only("pk"):
        with working(actor, case, "transfer") as work:
            work.record(EventType.TRANSFERRED, {"leader_from": post.pk, "leader_to": heir.pk, "leader": heir.pk})


def _leader_post(post: Post, successor: User | None) -> Post | None:
    """The leader's post of whoever takes over: in the same unit if there is one."""
    if successor is None:
        return None
    posts = organisations.in_force().filter(user=successor, role=Role.LEADER).exclude(pk=post.pk)
    return posts.filter(organisation=post.organisation_id).first() or posts.first()


def _handler_leaves(actor: User, post: Post, successor: User | None) -> None:
    """Work at hand goes to the successor, when he handles cases in the unit too, otherwise back to the unit; it never hangs on a person."""
    takes = successor if successor is not None and _handles(successor, post.organisation) else None
    held = Assignment.objects.filter(organisation=post.organisation_id, handler=post.user_id, is_open=True).values("case")
    for case in Case.objects.filter(pk__in=held).only("pk").order_by("pk"):
        with working(actor, case, "transfer") as work:
            work.record(EventType.TRANSFERRED, {"person_from": post.user_id, "person_to": takes.pk if takes else None})


def _handles(person: User, unit: Organisation) -> bool:
    return any(organisations.holds(person, role, [unit]) for role in UNIT_ROLES)
