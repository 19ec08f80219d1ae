"""The reviews (三审): submission, signatures, rejection, the emergency lane. The last signature publishes."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from wagtail.models import Revision

from lianxin.foundation import calendar
from lianxin.foundation.audit import record as audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.notify import notify
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation, Post
from lianxin.organisations.queries import posts_of
from lianxin.publishing import queries
from lianxin.publishing.actions.common import lock, refuse_under_review, require, validate
from lianxin.publishing.actions.publication import publish, take_down
from lianxin.publishing.models import ArticlePage, ChainStep, Review, ReviewChain, ReviewStage, SiteProfile

# A publication planned further ahead is a slip of the keyboard.
FURTHEST_SCHEDULE = timedelta(days=366)
CLOSE_OF_BUSINESS = time(17, 30)


@transaction.atomic
def submit(actor: User, article: ArticlePage) -> Review:
    """Send the latest draft into its chain; where the chain says so, the submitter thereby signs the first review.

    Raises Refused naming the missing post when a stage would have nobody to sign it, so that nothing waits for ever.
    """
    locked = lock(article)
    require(queries.acts_for(actor, locked.organisation, Post.Role.EDITOR), f"送审须由“{locked.organisation}”的采编人员办理，您没有这个岗位。")
    draft, revision = _draft_for_review(locked)
    require(
        queries.acts_for(actor, draft.organisation, Post.Role.EDITOR),
        f"发布单位改成了“{draft.organisation}”，您没有这个单位的采编岗位。请改回本单位，或请该单位的采编送审。",
    )
    if draft.go_live_at and draft.go_live_at > timezone.now() + FURTHEST_SCHEDULE:
        raise Refused("定时发布的时间在一年以后，请核对日期。")
    chain, contributors = _chain(locked, draft), _contributors(locked, revision)
    _refuse_without_signers(chain, draft.organisation, contributors | {actor.pk})
    review = _start(actor, locked, draft, revision, chain, contributors)
    audit(actor, "publishing.submit", locked, f"送审“{draft.title}”（{chain.name}）")
    _notify_signers(review)
    return review


def _draft_for_review(article: ArticlePage) -> tuple[ArticlePage, Revision]:
    refuse_under_review(article)
    revision = article.get_latest_revision()
    if revision is None or (article.live and not article.has_unpublished_changes):
        raise Refused("没有需要审核的修改：先编辑并保存，再送审。")
    if revision.approved_go_live_at:
        raise Refused("这一版已经通过审核、等待定时发布。要改动请先“取消定时”。")
    draft = revision.as_object()
    validate(draft)
    if not len(draft.body):
        raise Refused("正文还是空的，写好正文再送审。")
    return draft, revision


def _chain(article: ArticlePage, draft: ArticlePage) -> ReviewChain:
    chain = queries.chain_for(queries.site_of(article), draft.review_kind)
    if chain is None:
        raise Refused("本站还没有设置这类稿件的审核流程，请联系系统管理员。")
    return chain


def _contributors(article: ArticlePage, revision: Revision) -> set[int]:
    """Everyone whose hand is in the text since readers last saw it; the owner too when they never did."""
    since = article.live_revision.created_at if article.live and article.live_revision else None
    revisions = article.revisions.filter(pk__lte=revision.pk)
    if since:
        revisions = revisions.filter(created_at__gt=since)
    people = set(revisions.exclude(user=None).values_list("user_id", flat=True))
    if since is None and article.owner_id:
        people.add(article.owner_id)
    return people


def _refuse_without_signers(chain: ReviewChain, organisation: Organisation, exclude: set[int]) -> None:
    """Check before anything moves that every stage has an eligible person and that the stages in sequence have different ones."""
    taken: list[set[int]] = []
    for step in chain.steps.all():
        if step.by_submitter:
            continue
        unit, people = queries.signers(organisation, step.role, step.reach, exclude)
        if unit is None:
            raise Refused(
                f"“{step.label}”没有人可以签：{organisation}及其上级都没有可用的“{step.get_role_display()}”岗位"
                "（写稿人不能审自己的稿）。请联系单位管理员设岗后再送审。"
            )
        if not step.parallel:
            taken.append(set(people))
    if not _distinct_people(taken):
        raise Refused("审核各步需要不同的人，现有岗位人员不够分。请联系单位管理员增设审核或终审岗位。")


def _distinct_people(choices: list[set[int]], chosen: frozenset[int] = frozenset()) -> bool:
    if not choices:
        return True
    return any(_distinct_people(choices[1:], chosen | {person}) for person in choices[0] - chosen)


def _start(
    actor: User, article: ArticlePage, draft: ArticlePage, revision: Revision, chain: ReviewChain, contributors: set[int], **emergency: Any
) -> Review:
    now = timezone.now()
    review = Review.objects.create(
        article=article,
        revision=revision,
        chain=chain,
        organisation=draft.organisation,
        title=draft.title,
        submitted_by=actor,
        submitted_at=now,
        **emergency,
    )
    review.contributors.set(contributors | {actor.pk})
    for step in chain.steps.all():
        signature = {"state": ReviewStage.State.SIGNED, "signed_by": actor, "signed_at": now, "organisation": draft.organisation}
        ReviewStage.objects.create(
            review=review,
            order=step.order,
            label=step.label,
            role=step.role,
            reach=step.reach,
            parallel=step.parallel,
            **(signature if step.by_submitter else {}),
        )
    _open_stages(review)
    return review


def _open_stages(review: Review) -> None:
    """Open every parallel stage and the first of the others that is not signed; look anew for who can sign it."""
    waiting = [stage for stage in review.stages.all() if stage.state in (ReviewStage.State.WAITING, ReviewStage.State.OPEN)]
    sequential = [stage for stage in waiting if not stage.parallel]
    for stage in [stage for stage in waiting if stage.parallel] + sequential[:1]:
        unit, _ = queries.signers(review.organisation, stage.role, stage.reach, _barred(review, stage))
        stage.organisation = unit or stage.organisation
        stage.state = ReviewStage.State.OPEN
        stage.save(update_fields=["organisation", "state"])


def _barred(review: Review, stage: ReviewStage) -> set[int]:
    signed = review.stages.filter(state=ReviewStage.State.SIGNED, parallel=stage.parallel).values_list("signed_by_id", flat=True)
    return set(review.contributors.values_list("pk", flat=True)) | set(signed)


@transaction.atomic
def sign(actor: User, stage: ReviewStage, *, opinion: str = "", basis: str = "") -> ReviewStage:
    """Sign a stage. The last signature publishes exactly the revision that was read, or keeps it for its minute."""
    review, stage = _lock_stage(stage)
    reason = queries.why_not_sign(actor, stage)
    require(reason is None, reason or "")
    if stage.role == Post.Role.SECURITY and not (opinion.strip() and basis.strip()):
        raise Refused("保密审查须写明意见和依据，例如：“不涉及国家秘密和工作秘密，可以公开”，依据“保密法、本单位定密事项目录”。")
    if review.state == Review.State.PENDING and review.article.latest_revision_id != review.revision_id:
        raise Refused("送审后稿件又有了新的版本，请退回后重新送审。")
    stage.state, stage.signed_by, stage.signed_at = ReviewStage.State.SIGNED, actor, timezone.now()
    stage.opinion, stage.basis, stage.in_place_of = opinion.strip(), basis.strip(), _absent_holder(actor, stage)
    stage.save()
    audit(actor, "publishing.sign", review.article, f"“{review.title}”{stage.label}通过", {"stage": stage.pk})
    _open_stages(review)
    if review.stages.exclude(state=ReviewStage.State.SIGNED).exists():
        _notify_signers(review)
    else:
        _complete(review)
    return stage


def _absent_holder(actor: User, stage: ReviewStage) -> User | None:
    """The colleague in whose place ``actor`` signs, or None when the post is the actor's own."""
    post = posts_of(actor).filter(role=stage.role, organisation=stage.organisation).order_by("pk")
    if post.filter(user=actor).exists():
        return None
    held = post.select_related("user").first()
    return held.user if held else None


def _complete(review: Review) -> None:
    made_good = review.state == Review.State.OWED
    review.state, review.finished_at = Review.State.APPROVED, timezone.now()
    review.save(update_fields=["state", "finished_at"])
    if made_good:
        return
    for owed in review.article.reviews.filter(state=Review.State.OWED):
        _close(owed, Review.State.RECALLED)
        audit(None, "publishing.supersede", review.article, "应急发布的补审由后来的完整审核代替", {"review": owed.pk})
    publish(review.article, review.revision)
    _notify_author(review, "已通过审核", f"“{review.title}”已通过全部审核。")


@transaction.atomic
def reject(actor: User, stage: ReviewStage, reason: str) -> Review:
    """Send an article back with a reason. A review owed after an emergency, when refused, takes the article down at once."""
    review, stage = _lock_stage(stage)
    why_not = queries.why_not_sign(actor, stage)
    require(why_not is None, why_not or "")
    reason = reason.strip()
    if len(reason) < 2:
        raise Refused("请写明退回的理由，让作者知道怎样修改。")
    was_owed = review.state == Review.State.OWED
    stage.state, stage.signed_by, stage.signed_at, stage.opinion = ReviewStage.State.REJECTED, actor, timezone.now(), reason
    stage.in_place_of = _absent_holder(actor, stage)
    stage.save()
    _close(review, Review.State.REJECTED)
    audit(actor, "publishing.reject", review.article, f"“{review.title}”{stage.label}退回：{reason}", {"stage": stage.pk})
    if was_owed:
        take_down(review.article)
        audit(actor, "publishing.withdraw", review.article, "补审未通过，稿件已撤下")
    _notify_author(review, "稿件被退回", f"“{review.title}”在{stage.label}被退回：{reason}")
    return review


@transaction.atomic
def recall(actor: User, review: Review) -> Review:
    """Take a submission back before it is decided, to change the article."""
    review = Review.objects.select_for_update().get(pk=review.pk)
    if review.state != Review.State.PENDING:
        raise Refused("这次送审已经有了结果，不能再撤回。")
    require(
        review.submitted_by_id == actor.pk or queries.acts_for(actor, review.organisation, Post.Role.EDITOR), "只有送审人或本单位采编可以撤回送审。"
    )
    _close(review, Review.State.RECALLED)
    audit(actor, "publishing.recall", review.article, f"撤回送审“{review.title}”")
    return review


def _close(review: Review, state: str) -> None:
    review.stages.filter(state__in=[ReviewStage.State.WAITING, ReviewStage.State.OPEN]).update(state=ReviewStage.State.VOID)
    review.state, review.finished_at = state, timezone.now()
    review.save(update_fields=["state", "finished_at"])


@transaction.atomic
def publish_emergency(actor: User, article: ArticlePage, reason: str) -> Review:
    """Publish at once on the duty officer's own responsibility; the reviews are made good by the end of the next working day."""
    locked = lock(article)
    require(queries.on_duty(actor, locked.organisation), "应急发布只能由值班人员在当值日办理。")
    reason = reason.strip()
    if len(reason) < 4:
        raise Refused("请写明为什么必须马上发布，例如：暴雨红色预警，须立即告知市民。")
    draft, revision = _draft_for_review(locked)
    if draft.go_live_at and draft.go_live_at > timezone.now():
        raise Refused("应急发布是马上发布，请先去掉定时发布的时间。")
    chain, contributors = _chain(locked, draft), _contributors(locked, revision)
    _refuse_without_signers(chain, draft.organisation, contributors | {actor.pk})
    if locked.reviews.filter(revision=revision, state=Review.State.REJECTED).exists():
        raise Refused("这一版已被退回，不能应急发布。请先按退回的理由修改；有不同意见，请重新送审。")
    due = timezone.make_aware(datetime.combine(calendar.add_workdays(timezone.localdate(), 1), CLOSE_OF_BUSINESS))
    for earlier in locked.reviews.filter(state=Review.State.OWED):
        # Publishing again gives no more time: whoever does so each day would never have to be reviewed.
        due = min(due, earlier.owed_by or due)
        _close(earlier, Review.State.RECALLED)
    review = _start(actor, locked, draft, revision, chain, contributors, emergency=True, reason=reason, owed_by=due, state=Review.State.OWED)
    audit(actor, "publishing.emergency", locked, f"应急发布“{draft.title}”：{reason}", {"owed_by": due.isoformat()})
    publish(locked, revision)
    _notify_signers(review)
    return review


def rehome_stages(organisations: Iterable[Organisation] | None = None) -> int:
    """Look anew for who can sign the open stages, after people came, left or changed posts; returns how many moved."""
    moved = 0
    open_stages = ReviewStage.objects.filter(state=ReviewStage.State.OPEN).select_related("review__organisation")
    if organisations is not None:
        open_stages = open_stages.filter(organisation__in=list(organisations))
    for stage in open_stages:
        unit, _ = queries.signers(stage.review.organisation, stage.role, stage.reach, _barred(stage.review, stage))
        if unit is not None and unit.pk != stage.organisation_id:
            ReviewStage.objects.filter(pk=stage.pk).update(organisation=unit)
            moved += 1
    return moved


@transaction.atomic
def default_chains() -> list[ReviewChain]:
    """Lay down the chains of the domain: standard three, township two with the county, repost one; existing ones stay as they are."""
    collector: dict[str, Any] = {"label": "初审", "role": Post.Role.EDITOR, "by_submitter": True}
    security: dict[str, Any] = {"label": "保密审查", "role": Post.Role.SECURITY, "parallel": True}
    plans: list[tuple[str, str, str, list[dict[str, Any]]]] = [
        (
            "三审三校",
            "",
            "standard",
            [collector, {"label": "二审", "role": Post.Role.REVIEWER}, {"label": "终审", "role": Post.Role.CHIEF}, security],
        ),
        (
            "乡镇两审",
            SiteProfile.Tier.TOWNSHIP,
            "standard",
            [collector, {"label": "县级终审", "role": Post.Role.CHIEF, "reach": ChainStep.Reach.ABOVE}, security],
        ),
        ("转载一审", "", "repost", [{"label": "审核", "role": Post.Role.REVIEWER}]),
    ]
    chains = []
    for name, tier, kind, steps in plans:
        chain, created = ReviewChain.objects.get_or_create(site=None, tier=tier, kind=kind, defaults={"name": name})
        if created:
            ChainStep.objects.bulk_create([ChainStep(chain=chain, order=order, **step) for order, step in enumerate(steps, 1)])
        chains.append(chain)
    return chains


def _lock_stage(stage: ReviewStage) -> tuple[Review, ReviewStage]:
    review = Review.objects.select_for_update().get(pk=stage.review_id)
    current = ReviewStage.objects.select_related("organisation").get(pk=stage.pk)
    current.review = review
    return review, current


def _notify_signers(review: Review) -> None:
    for stage in review.stages.filter(state=ReviewStage.State.OPEN):
        _, people = queries.signers(review.organisation, stage.role, stage.reach, _barred(review, stage))
        for person in people.values():
            notify(
                person,
                event="publishing.to_review",
                key=f"stage-{stage.pk}",
                subject="有稿件等您审核" if not review.emergency else "有应急发布的稿件等您补审",
                text=f"“{review.title}”（{review.organisation}）等您{stage.label}。",
                url="/desk/review/",
            )


def _notify_author(review: Review, subject: str, text: str) -> None:
    url = f"/desk/articles/{review.article_id}/record/"
    notify(review.submitted_by, event="publishing.decided", key=f"review-{review.pk}-{review.state}", subject=subject, text=text, url=url)
