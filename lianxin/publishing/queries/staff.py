"""What the desk shows: what waits for whom, which columns go stale, what an article's record says."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from wagtail.models import Revision

from lianxin.foundation.audit import entries_for
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation, Post
from lianxin.organisations.queries import posts_today
from lianxin.publishing.models import ArticlePage, ColumnDuty, DutyShift, Listing, Review, ReviewStage, SiteProfile
from lianxin.publishing.queries.rights import units_under, visible_to

# A signature is told by its stage, with opinion and basis; the trail's own entry would say it twice.
TOLD_BY_STAGES = ("publishing.sign", "publishing.reject")
# Before every moment that anybody may have planned.
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
# Warn when this share of a column's cadence has passed without a new article, but never longer ahead than so many days.
STALE_WARNING_SHARE = 0.75
STALE_WARNING_DAYS = 14


def review_queue(user: User) -> QuerySet[ReviewStage]:
    """The stages that wait for ``user`` on all sites, oldest first; owed reviews after an emergency stand first."""
    mine = Q(pk__in=[])
    for post in posts_today(user):
        mine |= Q(role=post.role, organisation_id=post.organisation_id)
    signed = ReviewStage.objects.filter(review=OuterRef("review"), state=ReviewStage.State.SIGNED, signed_by=user, parallel=OuterRef("parallel"))
    return (
        ReviewStage.objects.filter(mine, state=ReviewStage.State.OPEN, review__state__in=[Review.State.PENDING, Review.State.OWED])
        .exclude(review__contributors=user)
        .filter(~Exists(signed))
        .select_related("review__article", "review__organisation", "review__submitted_by", "organisation")
        .order_by("-review__emergency", "review__submitted_at", "order")
    )


def returned_to(user: User) -> QuerySet[Review]:
    """Reviews of articles that ``user`` submitted and that came back, as long as nothing newer was submitted."""
    newer = Review.objects.filter(article=OuterRef("article")).order_by("-submitted_at").values("pk")[:1]
    return (
        Review.objects.filter(submitted_by=user, state=Review.State.REJECTED, pk=Subquery(newer))
        .select_related("article", "organisation")
        .prefetch_related("stages__signed_by")
        .order_by("-finished_at")
    )


def owed_reviews(user: User | None = None) -> QuerySet[Review]:
    """Emergency publications whose reviews are still owed; for ``user``: those of the units the person acts for."""
    owed = Review.objects.filter(state=Review.State.OWED).select_related("article", "organisation", "submitted_by").order_by("owed_by")
    if user is None or user.is_superuser:
        return owed
    return owed.filter(Q(organisation__in=units_under(user)) | Q(submitted_by=user))


def scheduled(user: User) -> QuerySet[Revision]:
    """Approved revisions that wait for their minute, in the units of ``user``, soonest first."""
    articles = visible_to(user).filter(revisions_waiting()).values("pk")
    return (
        Revision.objects.filter(approved_go_live_at__gt=LONG_AGO, object_id__in=[str(pk) for pk in articles.values_list("pk", flat=True)])
        .select_related("user")
        .order_by("approved_go_live_at")
    )


def revisions_waiting() -> Q:
    """A filter on articles: an approved revision of it waits to be published.

    Revisions are asked for by their moment alone, as all here are of pages: asked for pages' revisions, or for
    those that have a moment at all, SQLite reads every one of them.
    """
    waiting = Revision.objects.filter(approved_go_live_at__gt=LONG_AGO).values_list("object_id", flat=True)
    return Q(pk__in=[int(pk) for pk in waiting])


def drafts(user: User) -> QuerySet[ArticlePage]:
    """Unfinished articles of ``user``: written or last edited by the person, with changes that nobody was asked to review."""
    under_review = Review.objects.filter(state=Review.State.PENDING).values("article_id")
    return (
        ArticlePage.objects.filter(Q(owner=user) | Q(latest_revision__user=user), has_unpublished_changes=True)
        .exclude(pk__in=under_review)
        .exclude(revisions_waiting())
        .select_related("organisation", "latest_revision")
        .order_by("-latest_revision_created_at")
    )


@dataclass(frozen=True)
class ColumnState:
    """How a column stands against its cadence."""

    duty: ColumnDuty
    last: datetime | None
    due: date
    days_left: int

    @property
    def is_stale(self) -> bool:
        """Whether the cadence has run out."""
        return self.days_left < 0


def stale_columns(user: User | None, today: date | None = None) -> list[ColumnState]:
    """Columns that are stale or soon will be, the most urgent first; for ``user``: those the person or its units keep."""
    today = today or timezone.localdate()
    duties = ColumnDuty.objects.filter(column__cadence_days__isnull=False, column__live=True).select_related("column", "organisation", "person")
    if user is not None and not user.is_superuser:
        duties = duties.filter(Q(person=user) | Q(organisation__in=units_under(user, [Post.Role.EDITOR, Post.Role.SITE_MANAGER])))
    newest = dict(
        Listing.objects.filter(column_id__in=[duty.column_id for duty in duties])
        .values("column_id")
        .annotate(at=Max("published_at"))
        .values_list("column_id", "at")
    )
    states = [_column_state(duty, newest.get(duty.column_id), today) for duty in duties]
    urgent = [s for s in states if s.days_left <= min((s.duty.column.cadence_days or 0) * (1 - STALE_WARNING_SHARE), STALE_WARNING_DAYS)]
    return sorted(urgent, key=lambda state: state.days_left)


def _column_state(duty: ColumnDuty, last: datetime | None, today: date) -> ColumnState:
    since = timezone.localdate(last) if last else timezone.localdate(duty.column.first_published_at or timezone.now())
    due = since + timedelta(days=duty.column.cadence_days or 0)
    return ColumnState(duty, last, due, (due - today).days)


@dataclass(frozen=True)
class RecordLine:
    """One line of an article's record (全过程记录)."""

    at: datetime
    who: str
    what: str
    note: str = ""


def record(article: ArticlePage) -> list[RecordLine]:
    """Everything that ever happened to an article: revisions, reviews with each signature, deeds; oldest first."""
    began = article.first_published_at
    lines: list[RecordLine] = []
    for revision in article.revisions.select_related("user").order_by("created_at", "pk"):
        # What was taken over from elsewhere was public before anybody here saved it.
        first = not lines and (began is None or revision.created_at <= began)
        lines.append(RecordLine(revision.created_at, str(revision.user or "系统"), "写成初稿" if first else "保存修改"))
    for review in article.reviews.select_related("revision").prefetch_related("stages__signed_by", "stages__in_place_of"):
        lines += [_stage_line(stage) for stage in review.stages.all() if stage.signed_by_id]
        lines += _outcome(review)
    lines += [RecordLine(entry.at, entry.actor_name or "系统", entry.summary) for entry in entries_for(article) if entry.deed not in TOLD_BY_STAGES]
    return sorted(lines, key=lambda line: line.at)


def _outcome(review: Review) -> list[RecordLine]:
    """What followed the last signature: no deed of a person's own, and so no entry of the trail says it."""
    if review.state != Review.State.APPROVED or review.finished_at is None:
        return []
    planned = parse_datetime(review.revision.content.get("go_live_at") or "")
    if review.emergency:
        what = "补审完成"
    elif planned is not None and planned > review.finished_at:
        what = f"审核完成，定于 {timezone.localtime(planned):%Y-%m-%d %H:%M} 发布"
    else:
        what = "审核完成，发布"
    return [RecordLine(review.finished_at, "系统", what)]


def _stage_line(stage: ReviewStage) -> RecordLine:
    who = f"{stage.signed_by}（代{stage.in_place_of}）" if stage.in_place_of_id else str(stage.signed_by)
    basis = f"依据：{stage.basis}" if stage.basis else ""
    # An opinion that is a whole sentence needs no further stop.
    between = "；" if basis and stage.opinion and stage.opinion[-1] not in "。！？；" else ""
    note = stage.opinion + between + basis
    assert stage.signed_at is not None
    return RecordLine(stage.signed_at, who, f"{stage.label}{stage.get_state_display()}", note)


def duty_table(profile: SiteProfile) -> list[ColumnDuty]:
    """The table of column duties of a site in the order of its tree."""
    root = profile.site.root_page.path
    duties = ColumnDuty.objects.filter(column__path__startswith=root)
    return list(duties.select_related("column", "organisation", "person", "reviewer").order_by("column__path"))


def roster(organisation: Organisation, first: date, last: date) -> list[DutyShift]:
    """The duty roster of a government from a day to a day, both included."""
    return list(DutyShift.objects.filter(organisation=organisation, date__range=(first, last)).select_related("person", "backup"))
