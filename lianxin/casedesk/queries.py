"""What the desk reads. Everything starts from the engine's own queries; nothing here widens what they let through."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from lianxin.casedesk.models import ReplyDraft, ReplyTemplate
from lianxin.casework import kinds, queries
from lianxin.casework.events import EventType
from lianxin.casework.models import Assignment, Case, CaseEvent, Cluster, Instruction, Message, Petitioner, Promise
from lianxin.casework.rights import Role, standing_of
from lianxin.casework.vocabulary import OPEN_STAGES, Stage
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Organisation, Post

STAFF_ROLES = frozenset({Role.CLERK, Role.HEAD, Role.TRIAGE, Role.OPERATOR, Role.LEADER, Role.SUPERVISOR})
"""Posts with work in letters."""
WORDS = (
    EventType.DRAFTED,
    EventType.REVIEWED,
    EventType.APPROVED,
    EventType.SENT_BACK,
    EventType.REPLIED,
    EventType.ANSWERED_WITH,
    EventType.INTERIM,
)
_WAITING = (Message.State.DRAFT, Message.State.REVIEWED, Message.State.APPROVED)
_DRAFTED = (Message.Kind.REPLY, Message.Kind.INTERIM)
_LOOK_THROUGH = 200


def official(user: User) -> QuerySet[Case]:
    """The cases that somebody sees by post: what a screen of the desk may show him."""
    return queries.official_for(standing_of(user))


def screened(user: User) -> QuerySet[Case]:
    """The cases that somebody's office screens, without those that are hidden from him."""
    standing = standing_of(user)
    return queries.unhidden(queries.screened_by(standing), standing)


def last_word(case: Case) -> int:
    """The number of the last event about replies; what a writer has seen when he begins."""
    found = CaseEvent.objects.filter(case=case, type__in=WORDS).order_by("-seq").values_list("seq", flat=True).first()
    return found or 0


# --- the information centre ------------------------------------------------------------------------------------------------------------


def to_triage(user: User, *, after: int = 0, count: int = 50) -> list[Case]:
    """Letters that wait for a decision of the information centre, the oldest first: without those that wait for a leader or an approval."""
    found: list[Case] = []
    while len(found) < count:
        batch = queries.triage_queue(user, after=after, count=count)
        found += _undecided(batch)
        if len(batch) < count:
            break
        after = batch[-1].pk
    return found[:count]


def _undecided(cases: list[Case]) -> list[Case]:
    pks = [case.pk for case in cases]
    written = Message.objects.filter(case__in=pks, kind__in=_DRAFTED, state__in=_WAITING).values_list("case", flat=True)
    asked = Instruction.objects.filter(case__in=pks, given_at__isnull=True).values_list("case", flat=True)
    # A co-handler without a lead answers for itself.
    given = Assignment.objects.filter(case__in=pks, is_open=True).values_list("case", flat=True)
    decided = {*written, *asked, *given}
    return [case for case in cases if case.pk not in decided]


def to_open(user: User, *, after: tuple[datetime, int] | None = None, count: int = 50) -> list[Case]:
    """Answered letters of the actor's office that are not finished yet, those answered first first."""
    cases = screened(user).filter(stage=Stage.REPLIED, replied_at__isnull=False)
    if after is not None:
        cases = cases.filter(Q(replied_at__gt=after[0]) | Q(replied_at=after[0], pk__gt=after[1]))
    return list(cases.select_related("lead").order_by("replied_at", "pk")[:count])


def to_answer(user: User, count: int = 30) -> list[Case]:
    """Letters on which the unit has reported and the office is content: it answers the citizen itself, the next to be due first."""
    leading = Assignment.objects.filter(case=OuterRef("pk"), role=Assignment.Role.LEAD, is_open=True)
    cases = screened(user).filter(stage=Stage.HANDLING, lead__isnull=False)
    written = Message.objects.filter(case=OuterRef("pk"), kind__in=_DRAFTED, state__in=_WAITING)
    # The keys first: with the unit in the same query PostgreSQL reads all units for every one of the office's thousands of open cases.
    keys = list(cases.exclude(Exists(leading)).exclude(Exists(written)).order_by("due_at", "pk").values_list("pk", flat=True)[:count])
    return list(Case.objects.filter(pk__in=keys).select_related("lead").order_by("due_at", "pk"))


def laid_before(user: User, *, count: int = 30) -> list[Instruction]:
    """Instructions that the actor's office has asked for and waits for, the oldest first."""
    waiting = Instruction.objects.filter(given_at__isnull=True, case__in=screened(user).filter(is_open=True))
    return list(waiting.select_related("case", "leader__user").order_by("asked_at")[:count])


def same_writer(case: Case, user: User, count: int = 5) -> list[Case]:
    """Other letters of the same account or telephone, the newest first; nobody's name or number is read for it."""
    row = Petitioner.objects.filter(pk=case.pk).values("user", "phone_index").first()
    if row is None or not (row["user"] or row["phone_index"]):
        return []
    same = Q(pk__in=[])
    if row["user"]:
        same |= Q(petitioner__user=row["user"])
    if row["phone_index"]:
        same |= Q(petitioner__phone_index=row["phone_index"])
    return list(official(user).filter(same).exclude(pk=case.pk).select_related("lead").order_by("-pk")[:count])


# --- units -----------------------------------------------------------------------------------------------------------------------------


def returned_replies(user: User, count: int = 30) -> list[Message]:
    """Replies that the actor has written and that came back to be mended, the oldest first."""
    standing = standing_of(user)
    units = standing.units | {post.organisation_id for post in standing.holding(Role.TRIAGE, Role.OPERATOR)}
    rows = Message.objects.filter(organisation__in=units, kind__in=_DRAFTED, state=Message.State.DRAFT).select_related("case", "organisation")
    mine = [row for row in rows.order_by("created_at")[:_LOOK_THROUGH] if row.returned_reason and user.pk in row.writers]
    return _seen(user, mine)[:count]


def approved_replies(user: User, count: int = 30) -> list[Message]:
    """Approved replies of the actor's units that wait to be sent, the oldest first."""
    standing = standing_of(user)
    units = standing.units | {post.organisation_id for post in standing.holding(Role.TRIAGE, Role.OPERATOR)}
    rows = Message.objects.filter(organisation__in=units, kind__in=_DRAFTED, state=Message.State.APPROVED).select_related(
        "case", "organisation", "author"
    )
    return _seen(user, list(rows.order_by("created_at")[:_LOOK_THROUGH]))[:count]


def _seen(user: User, messages: list[Message]) -> list[Message]:
    """Those in cases that are not hidden from the actor."""
    pks = set(official(user).filter(pk__in=[row.case_id for row in messages]).values_list("pk", flat=True))
    return [row for row in messages if row.case_id in pks]


def promises_due(user: User, until: date, count: int = 30) -> list[Promise]:
    """What the actor's units have promised for ``until`` or earlier and nobody has noted as done, the next day first.

    Missed, a promise has its case handled again: a unit must see it while there is still time.
    """
    standing = standing_of(user)
    offices = [post.organisation_id for post in standing.holding(Role.TRIAGE, Role.OPERATOR)]
    own = Q(case__lead__in=standing.units) | Q(case__lead__isnull=True, organisation__in=offices)
    rows = Promise.objects.filter(own, state=Promise.State.OPEN, due_on__lte=until).select_related("case").order_by("due_on", "pk")
    waiting = list(rows[:_LOOK_THROUGH])
    seen = set(official(user).filter(pk__in=[row.case_id for row in waiting]).values_list("pk", flat=True))
    return [row for row in waiting if row.case_id in seen][:count]


def joined_waiting(user: User, count: int = 30) -> list[Case]:
    """Answered letters of the actor's units, or of his office, that others have joined whose turn has not come: they wait for one more press.

    The oldest answer first.
    """
    standing = standing_of(user)
    offices = [post.organisation_id for post in standing.holding(Role.TRIAGE, Role.OPERATOR)]
    own = Q(lead__in=standing.units) | Q(lead__isnull=True, office__in=offices)
    waiting = Case.objects.filter(cluster=OuterRef("pk"), is_open=True)
    cases = official(user).filter(own, pk__in=Cluster.objects.values("case"), stage__in=(Stage.REPLIED, Stage.CLOSED))
    return list(cases.filter(Exists(waiting)).order_by("replied_at", "pk")[:count])


def own_draft(user: User, case: Case) -> ReplyDraft | None:
    """What the actor has typed and not sent for approval yet."""
    return ReplyDraft.objects.filter(case=case, user=user, message=None).first()


def planned(case: Case, message: Message) -> ReplyDraft | None:
    """What a reply that waits for approval promises."""
    return ReplyDraft.objects.filter(case=case, message=message.seq).first()


def template_units(user: User) -> QuerySet[Organisation]:
    """Units whose reply templates the actor keeps: those where he handles cases, writes for the office or manages people."""
    posts = standing_of(user).holding(Role.CLERK, Role.HEAD, Role.TRIAGE, Role.OPERATOR, Role.UNIT_MANAGER)
    return Organisation.objects.filter(pk__in=[post.organisation_id for post in posts]).order_by("path")


def templates(units: QuerySet[Organisation], *, active: bool = True) -> QuerySet[ReplyTemplate]:
    """Templates of units, in their order."""
    rows = ReplyTemplate.objects.filter(organisation__in=units).select_related("organisation")
    return rows.filter(active=True) if active else rows


# --- leaders ---------------------------------------------------------------------------------------------------------------------------


def addressed(user: User, *, after: tuple[datetime, int] | None = None, count: int = 20) -> list[Case]:
    """Open letters that citizens wrote to the actor's posts as a leader, the newest first."""
    posts = [post.pk for post in standing_of(user).leader_posts]
    cases = official(user).filter(addressed_to__in=posts, stage__in=OPEN_STAGES)
    if after is not None:
        cases = cases.filter(Q(submitted_at__lt=after[0]) | Q(submitted_at=after[0], pk__lt=after[1]))
    return list(cases.select_related("lead").order_by("-submitted_at", "-pk")[:count])


def given(user: User, *, before: datetime | None = None, count: int = 20) -> list[Instruction]:
    """Instructions that were given in the actor's posts as a leader, the latest first."""
    posts = [post.pk for post in standing_of(user).leader_posts]
    rows = Instruction.objects.filter(leader__in=posts, given_at__isnull=False, case__in=official(user))
    if before is not None:
        rows = rows.filter(given_at__lt=before)
    return list(rows.select_related("case__lead", "leader__user").order_by("-given_at", "-pk")[:count])


@dataclass(frozen=True)
class LeaderShare:
    """How many letters lay before a leader this year, and how many of them he answered with an instruction."""

    post: Post
    letters: int
    instructed: int

    @property
    def percent(self) -> int:
        """Of a hundred letters."""
        return round(100 * self.instructed / self.letters) if self.letters else 0


def shares(year: int | None = None) -> list[LeaderShare]:
    """For every leader in office: letters of ``year`` (default this one) written to him or laid before him, and instructions given in them.

    Figures only; no letter can be told from them.
    """
    start = timezone.make_aware(datetime.combine(date(year or timezone.localdate().year, 1, 1), datetime.min.time()))
    end = start.replace(year=start.year + 1)
    posts = list(
        organisations.in_force().filter(role=Role.LEADER).select_related("user", "organisation").order_by("organisation__path", "starts_on", "pk")
    )
    pks = [post.pk for post in posts]
    codes = [kind.code for kind in kinds.kinds()]
    span = {"case__submitted_at__gte": start, "case__submitted_at__lt": end, "case__kind__in": codes, "leader__in": pks}
    written = Case.objects.filter(addressed_to__in=pks, submitted_at__gte=start, submitted_at__lt=end, kind__in=codes)
    to = dict(written.values_list("addressed_to").annotate(Count("pk")).order_by())
    rows = Instruction.objects.filter(**span)
    # Null is unequal to nothing in SQL: a letter to nobody in particular must be asked for by itself.
    elsewhere = rows.filter(Q(case__addressed_to__isnull=True) | ~Q(case__addressed_to=F("leader")))
    laid = dict(elsewhere.values_list("leader").annotate(Count("case", distinct=True)).order_by())
    done = dict(rows.filter(given_at__isnull=False).values_list("leader").annotate(Count("case", distinct=True)).order_by())
    return [LeaderShare(post, to.get(post.pk, 0) + laid.get(post.pk, 0), done.get(post.pk, 0)) for post in posts]
