"""Who sees which case. Everything that reads cases starts here."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from lianxin.casework import kinds, sealing
from lianxin.casework.events import EventType
from lianxin.casework.models import Assignment, Case, CaseEvent, EventVisibility, Instruction, Petitioner, Seal
from lianxin.casework.rights import SecretHolder, Standing, covers, standing_of, under
from lianxin.casework.vocabulary import PublicDecision, Stage, Visibility
from lianxin.foundation.once import once
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation


def visible_to(actor: Any, *, personal: bool = True) -> QuerySet[Case]:
    """The cases whose text ``actor`` may read: an account, the holder of a case's secret, or a stranger (None, AnonymousUser).

    The public reads what was made public; petitioners their own; units what was given to them, the office what it screens, leaders
    what belongs to their units or was laid before them, supervisors what they supervise. A sealed case is hidden from those it is
    about, whatever post they hold. Administrators and auditors read no case; with ``personal`` False, for lists of numbers and dates,
    they see that all of them are there.
    """
    shown = Case.objects.filter(_public())
    if isinstance(actor, SecretHolder):
        return Case.objects.filter(_public() | Q(pk=actor.case_id))
    standing = standing_of(actor)
    if standing.user is None:
        return shown
    # EXISTS and not IN: asked for one case, a database need not list all the others first.
    own = Q(Exists(Petitioner.objects.filter(user=standing.user, case=OuterRef("pk"))))
    if not standing.user.works_here:
        return Case.objects.filter(_public() | own)
    return Case.objects.filter(_public() | own | _official(standing, personal))


def _public() -> Q:
    # is_public says the same; whoever reads it alone relies on a copy.
    return Q(is_public=True, publicity=PublicDecision.OPEN, is_sealed=False) & ~Q(visibility=Visibility.PRIVATE) & ~Q(stage=Stage.WITHDRAWN)


def official_for(standing: Standing, *, personal: bool = True) -> QuerySet[Case]:
    """The cases a member of staff sees by post."""
    return Case.objects.filter(_official(standing, personal))


def _official(standing: Standing, personal: bool) -> Q:
    def build() -> Q:
        return _by_post(standing, personal) & _unhidden(standing)

    return build() if standing.user is None else once(("official", standing.user.pk, personal), build)


def unhidden(cases: QuerySet[Case], standing: Standing) -> QuerySet[Case]:
    """``cases`` without those that are hidden from a member of staff: sealed from him, or kept from him by their kind."""
    return cases.filter(_unhidden(standing))


def _unhidden(standing: Standing, to: str = "", case: str = "pk") -> Q:
    """What is asked of rows from which ``to`` leads to the case, whose key they call ``case``."""
    found = Q(**{f"{to}is_sealed": False}) | ~Q(Exists(seals_against(standing, case)))
    for codes, narrowed in _narrowed(standing):
        found &= ~Q(**{f"{to}kind__in": codes}) | Q(Exists(narrowed.filter(pk=OuterRef(case))))
    return found


def _narrowed(standing: Standing) -> Iterator[tuple[list[str], Any]]:
    """Kinds that keep cases from some of the staff by one rule, with the keys of those that it lets this person see."""
    if standing.user is None:
        return
    by_rule: dict[Any, list[str]] = defaultdict(list)
    for kind in kinds.kinds():
        if kind.visible is not None:
            by_rule[kind.visible].append(kind.code)
    for visible, codes in by_rule.items():
        yield codes, visible(Case.objects.filter(kind__in=codes), standing.user).values("pk")


def _by_post(standing: Standing, personal: bool) -> Q:
    if not personal and standing.looks_after_system:
        return Q()
    found = Q(pk__in=[])
    for paths in (standing.triage_paths, standing.operator_paths):
        if paths:
            found |= under("office", paths)
    if standing.units:
        found |= _given(Q(organisation__in=standing.units))
    for paths in (standing.supervised_paths, standing.portfolio_paths):
        if paths:
            found |= under("office", paths) | _given(under("organisation", paths))
    if standing.leader_posts:
        posts = [post.pk for post in standing.leader_posts]
        found |= Q(addressed_to__in=posts) | Q(Exists(Instruction.objects.filter(leader__in=posts, case=OuterRef("pk"))))
    return found


def _given(units: Q) -> Q:
    """A unit has a part in the case; one that was taken from it is its no longer."""
    return Q(Exists(Assignment.objects.filter(units, case=OuterRef("pk")).exclude(state=Assignment.State.ENDED)))


def unsealed_parts(parts: QuerySet[Assignment], standing: Standing) -> QuerySet[Assignment]:
    """``parts`` without those in cases that are hidden from a member of staff: sealed from him, or kept from him by their kind."""
    return parts.filter(_unhidden(standing, "case__", "case"))


def seals_against(standing: Standing, case: str = "pk") -> QuerySet[Seal]:
    """Seals that name the person, or a unit in or below which he holds a post, on the case that the outer query calls ``case``."""
    units = {path[:end] for path in standing.paths for end in range(Organisation.steplen, len(path) + 1, Organisation.steplen)}
    about = Q(user=standing.user) | Q(organisation__path__in=units)
    return Seal.objects.filter(about, case=OuterRef(case))


def by_number_and_secret(number: str, secret: str) -> SecretHolder | None:
    """The holder of a case's secret, or None; a wrong number and a wrong secret take the same way. The caller limits how often one may ask."""
    typed = sealing.secret_hash(secret)
    row = Case.objects.filter(number=number.strip().upper()[:40]).values_list("pk", "secret").first()
    known = row[1] if row is not None else sealing.secret_hash("")
    right = sealing.same(typed, known)
    return SecretHolder(row[0]) if row is not None and right and secret.strip() else None


def events_for(actor: Any, case: Case) -> QuerySet[CaseEvent]:
    """The events of a visible case that ``actor`` may know of: the public's, the petitioner's, the units', the own unit's inner ones."""
    events = CaseEvent.objects.filter(case=case).select_related("actor", "unit").order_by("seq")
    standing = standing_of(actor)
    if standing.user is not None and standing.user.works_here and official_for(standing).filter(pk=case.pk).exists():
        inner = Q(visibility=EventVisibility.INTERNAL, unit__in=_inner_units(standing, case))
        return events.filter(~Q(visibility=EventVisibility.INTERNAL) | inner)
    if is_petitioner(actor, case):
        return events.filter(visibility__in=(EventVisibility.PUBLIC, EventVisibility.PARTIES))
    return events.filter(visibility=EventVisibility.PUBLIC)


def _inner_units(standing: Standing, case: Case) -> set[int]:
    """Units whose inner steps somebody sees: the own ones, the office's for the office."""
    role = kinds.kind(case.kind, case.kind_version).screened_by
    office = {case.office_id} if covers(standing.screening(role), case.office) else set()
    return standing.units | office


def is_petitioner(actor: Any, case: Case) -> bool:
    """Whether ``actor`` brought the case, by account or by secret."""
    if isinstance(actor, SecretHolder):
        return actor.case_id == case.pk
    standing = standing_of(actor)
    return standing.user is not None and Petitioner.objects.filter(case=case, user=standing.user).exists()


def may_read_petitioner(actor: Any, case: Case) -> bool:
    """Whether a member of staff may know who brought the case: in a unit with an open part, in the office, taking its calls."""
    standing = standing_of(actor)
    if standing.user is None or not official_for(standing).filter(pk=case.pk).exists():
        return False
    screening = standing.screening(kinds.kind(case.kind, case.kind_version).screened_by)
    if covers([*screening, *standing.operator_paths], case.office):
        return True
    return Assignment.objects.filter(case=case, is_open=True, organisation__in=standing.units).exists()


def reading_rule(reader: User, subject: User, about: str) -> bool:
    """For identity: staff may read a person's data about a case (its number) that he brought and they handle."""
    case = Case.objects.select_related("office").filter(number=about, petitioner__user=subject).first()
    return case is not None and may_read_petitioner(reader, case)


def objection(case: Case) -> int | None:
    """The number of what the citizen said when he objected to the answer; None when he did not."""
    if not case.objected:
        return None
    return CaseEvent.objects.filter(case=case, type=EventType.OBJECTED).values_list("seq", flat=True).first()
