"""What the petition bureau takes in: petitions with their review and re-review, complaints, enquiries, and reports about a person or unit.

Petitions and reports never become public. All of them are the bureau's own business: whoever screens, takes calls or leads for the whole
city does not see them until they are given or laid before him.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from lianxin.casework.kinds import CaseKind, ClockSpec
from lianxin.casework.models import Assignment, Case, Instruction
from lianxin.casework.rights import Role, Standing, standing_of, under
from lianxin.casework.vocabulary import STANDARD, Identity, Publicity, Visibility
from lianxin.letters.kinds import Categories, link, public_link
from lianxin.organisations.models import OfficeFunction, Organisation

PETITION, REVIEW, RE_REVIEW = "petition", "petition_review", "petition_re_review"
COMPLAINT, ENQUIRY = "complaint", "enquiry"
REPORT, REPORT_ELSEWHERE = "report", "report_elsewhere"
PETITIONS = (PETITION, REVIEW, RE_REVIEW)
READ = (COMPLAINT, ENQUIRY)
"""Kinds that everybody may read once they were checked and masked."""
REPORTS = (REPORT, REPORT_ELSEWHERE)
ALL = (*PETITIONS, *READ, *REPORTS)
REVIEWED_AS: Mapping[str, str] = {PETITION: REVIEW, REVIEW: RE_REVIEW}
"""What may be asked for against the answer to a kind; the re-review is the last word."""

_UNDECIDED = ("submitted", "screened")
# Nothing is given to a unit, asked of a leader or answered before it was accepted.
_AFTER_ACCEPTANCE = frozenset(
    {"assign", "draft_reply", "review_reply", "approve_reply", "send_back_reply", "interim_reply", "publish_reply", "ask_instruction", "extend_clock"}
)
# Each is answered for itself; who is not content with a petition's answer asks for its review.
_TOGETHER = frozenset({"join_cluster", "answer_cluster", "answer_member"})
_ANSWERS = frozenset({"publish_reply", "decline"})
_AGAIN = frozenset({"object_once", "reopen", "miss_promise"})
_NEVER: frozenset[str] = frozenset()


def _table(*without: str) -> dict[tuple[str, str], str]:
    left_out = _TOGETHER | set(without)
    return {
        (stage, deed): after
        for (stage, deed), after in STANDARD.items()
        if deed not in left_out and not (stage in _UNDECIDED and deed in _AFTER_ACCEPTANCE)
    }


def _until_accepted() -> tuple[ClockSpec, ClockSpec]:
    """Fifteen days to register and pass on, fifteen to say in writing whether it is accepted; nobody extends or pauses them."""
    begin = frozenset({"submit"})
    told = frozenset({"accept", "decline"})
    register = ClockSpec("register", "登记转送", "X01", begin, told | {"screen"}, pauses=_NEVER, resumes=_NEVER, extendable=False)
    notice = ClockSpec("notice", "受理告知", "X02", begin, told, pauses=_NEVER, resumes=_NEVER, extendable=False)
    return register, notice


def _handled() -> ClockSpec:
    """Sixty days from acceptance; a leader extends them by thirty at most."""
    return ClockSpec("reply", "办理", "X03", starts=_AGAIN | {"accept"}, meets=_ANSWERS)


def _kind(code: str, name: str, prefix: str, **given: Any) -> CaseKind:
    """What all kinds of the bureau share."""
    shared: dict[str, Any] = {
        "office": OfficeFunction.Function.PETITION_BUREAU,
        "transitions": _table(),
        "approval": ("head",),
        "categories": Categories(),
        "return_rule": "X02-TRANSFER",
        "staffed_only": True,
        "visible": own_business,
        "link": link,
    }
    return CaseKind(code=code, name=name, prefix=prefix, **(shared | given))


def _private(code: str, name: str, prefix: str, **given: Any) -> CaseKind:
    """A kind that never becomes public."""
    hidden = {"default_visibility": Visibility.PRIVATE, "publicity": Publicity.NEVER, "transitions": _table("object_once", "decide_public")}
    return _kind(code, name, prefix, **(hidden | given))


def all_kinds() -> tuple[CaseKind, ...]:
    """Every kind of this room, in the order in which lists show them."""
    return (
        _private(PETITION, "信访事项", "XF", identity_floor=Identity.REAL_NAME, clocks=(*_until_accepted(), _handled())),
        _private(REVIEW, "信访复查", "FC", identity_floor=Identity.TELEPHONE, clocks=(ClockSpec("reply", "复查", "X04", meets=_ANSWERS),)),
        _private(RE_REVIEW, "信访复核", "FH", identity_floor=Identity.TELEPHONE, clocks=(ClockSpec("reply", "复核", "X04", meets=_ANSWERS),)),
        _open(COMPLAINT, "投诉", "TS"),
        _open(ENQUIRY, "咨询", "ZX"),
        _report(REPORT, "检举", "JB", office=OfficeFunction.Function.PETITION_BUREAU),
        # About the bureau itself, or a unit above it: the supervision office handles it, and the bureau never hears of it.
        _report(REPORT_ELSEWHERE, "检举（督查室办理）", "JD", office=OfficeFunction.Function.SUPERVISION_OFFICE, screened_by=Role.SUPERVISOR),
    )


def _open(code: str, name: str, prefix: str) -> CaseKind:
    """Answered in fifteen working days; public without names after a check for persons and firms named."""
    clock = ClockSpec("reply", "答复", "L03-COMPLAINT")
    return _kind(code, name, prefix, clocks=(clock,), default_visibility=Visibility.ANONYMISED, public_link=public_link)


def _report(code: str, name: str, prefix: str, **given: Any) -> CaseKind:
    """Taken without a name too; seen by whoever handles it and nobody else."""
    return _private(code, name, prefix, identity_floor=Identity.NONE, clocks=(*_until_accepted(), _handled()), visible=handlers_only, **given)


# --- who sees them ---------------------------------------------------------------------------------------------------------------------


def own_business(cases: QuerySet[Case], actor: Any) -> QuerySet[Case]:
    """``cases`` that the bureau's own officers, units with a part, leaders who were asked, and supervisors see; nobody else by any post."""
    standing = standing_of(actor)
    found = _handled_by(standing)
    if standing.supervised_paths:
        found |= under("office", standing.supervised_paths) | Q(
            pk__in=Assignment.objects.filter(under("organisation", standing.supervised_paths)).exclude(state=Assignment.State.ENDED).values("case")
        )
    return cases.filter(found)


def handlers_only(cases: QuerySet[Case], actor: Any) -> QuerySet[Case]:
    """``cases`` that the actor handles: in the office they lie with, in a unit with a part, or as a leader who was asked.

    Of those that lie with the supervision office its supervisors are the officers; of the others supervisors see none.
    """
    standing = standing_of(actor)
    found = _handled_by(standing)
    if standing.supervised_paths:
        found |= Q(kind=REPORT_ELSEWHERE) & under("office", standing.supervised_paths)
    return cases.filter(found)


def _handled_by(standing: Standing) -> Q:
    posts = [post.pk for post in standing.leader_posts]
    found = Q(office__in=_offices(standing)) | Q(addressed_to__in=posts)
    found |= Q(Exists(Instruction.objects.filter(leader__in=posts, case=OuterRef("pk"))))
    parts = Assignment.objects.filter(organisation__in=standing.units, case=OuterRef("pk")).exclude(state=Assignment.State.ENDED)
    return found | Q(Exists(parts))


def _offices(standing: Standing) -> set[int]:
    """Units in which somebody screens or signs by a post of that very unit (not of one above it), with those that were merged into it."""
    own = {post.organisation_id for post in standing.holding(Role.TRIAGE, Role.HEAD)}
    merged = set(own)
    while own:
        own = set(Organisation.objects.filter(successor__in=own).values_list("pk", flat=True)) - merged
        merged |= own
    return merged
