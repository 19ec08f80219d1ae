"""What the information centre decides about a letter, each in one stroke."""

from django.db import transaction

from lianxin.casework import actions, kinds
from lianxin.casework.models import Assignment, Case, Cluster
from lianxin.casework.vocabulary import Stage
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation, Post
from lianxin.triage import actions as triage
from lianxin.triage.models import Category

_NEW = (Stage.SUBMITTED, Stage.SCREENED)


@transaction.atomic
def pass_on(
    actor: User,
    case: Case,
    lead: Organisation,
    *,
    co: tuple[Organisation, ...] = (),
    manner: str = Assignment.Manner.PASS,
    opinion: str = "",
    category: str = "",
    sort: str = "",
    version: int | None = None,
) -> Case:
    """Accept a letter with its category and give it to units (转办, or 交办 by ``manner``); what was decided is learned for later suggestions.

    ``sort``: what kinds with sorts ask for, as it sets the limit.
    """
    case = _accepted(actor, case, category, sort, version)
    case = give(actor, case, lead, co=co, manner=manner, opinion=opinion, version=case.version)
    if category:
        triage.learn(_words(case), category=Category.objects.filter(code=category).first())
    return case


@transaction.atomic
def give(
    actor: User,
    case: Case,
    lead: Organisation | None,
    *,
    co: tuple[Organisation, ...] = (),
    copies: tuple[Organisation, ...] = (),
    manner: str = Assignment.Manner.PASS,
    opinion: str = "",
    version: int | None = None,
) -> Case:
    """Give a letter to units (交给单位); which one leads is learned for later suggestions."""
    case = actions.assign(actor, case, lead, co=co, copies=copies, manner=manner, opinion=opinion, version=version)
    if lead is not None:
        triage.learn(_words(case), organisation=lead)
    return case


def _words(case: Case) -> str:
    return f"{case.subject}\n{case.text}"


def _accepted(actor: User, case: Case, category: str, sort: str, version: int | None) -> Case:
    """The letter as accepted; one that was accepted before, or is handled again, stays as it is."""
    kind = kinds.kind(case.kind, case.kind_version)
    if case.stage in _NEW and kind.moves(case.stage, "accept"):
        return actions.accept(actor, case, category=category or None, sub_state=sort or None, version=version)
    if version is not None:
        # The deed that follows refuses what has moved on since.
        case.version = version
    return case


@transaction.atomic
def rule(actor: User, case: Case, part: Assignment, to: Organisation | None, ruling: str, *, version: int | None = None) -> Case:
    """Rule on a return (裁定退单); the unit that it was wrong to suggest is forgotten, the one it goes to is learned."""
    case = actions.rule_on_return(actor, case, part, to=to, ruling=ruling, version=version)
    if to is not None:
        triage.forget(_words(case), organisation=part.organisation)
        triage.learn(_words(case), organisation=to)
    return case


def turn_away(actor: User, case: Case, reason: str, where_to: str, *, version: int | None = None) -> Case:
    """Decline a letter with the reason and where to go instead (不予受理)."""
    return actions.decline(actor, case, reason, where_to, version=version)


@transaction.atomic
def join(actor: User, case: Case, main: Case, title: str = "", *, version: int | None = None) -> Case:
    """Let a letter wait for the answer to another one about the same matter; that one becomes the main letter if it is none yet.

    With a ``title`` of the office's own, others who write about the same are shown the matter before they send.
    """
    if not Cluster.objects.filter(case=main).exists():
        actions.open_cluster(actor, main, title)
    return actions.join_cluster(actor, case, main, version=version)


def answer_for_all(actor: User, main: Case, *, version: int | None = None) -> Case:
    """Let the main letter's answer be the answer to all that joined it."""
    return actions.answer_cluster(actor, main, version=version)


@transaction.atomic
def ask_leader(actor: User, case: Case, leader: Post, reason: str, *, category: str = "", sort: str = "", version: int | None = None) -> Case:
    """Accept a letter and lay it before a leader (呈批)."""
    case = _accepted(actor, case, category, sort, version)
    return actions.ask_instruction(actor, case, leader, reason, version=case.version)
