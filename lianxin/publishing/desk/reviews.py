"""The one review queue of all sites, and the screen on which a stage is read and decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from wagtail.models import Page

from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations.models import Post
from lianxin.publishing import actions, pictures, queries
from lianxin.publishing.desk.common import article_for
from lianxin.publishing.desk.compare import compare
from lianxin.publishing.desk.hints import hints
from lianxin.publishing.forms import BASIS_PRESETS, OPINION_PRESETS, REJECTION_PRESETS, DecisionForm, SecurityForm
from lianxin.publishing.models import ArticlePage, Placement, Review, ReviewStage, SiteProfile

# How many waiting stages one screen shows; the rest follow as these are decided.
SHOWN = 100


@dataclass(frozen=True)
class Place:
    """Where an article stands: its column and the site's name."""

    column: str
    site: str


@dataclass
class QueueLine:
    """One waiting stage as the list shows it."""

    stage: ReviewStage
    place: Place
    go_live_at: datetime | None


def places(articles: list[ArticlePage]) -> dict[int, Place]:
    """Column and site of many articles in two queries."""
    steplen = Page.steplen
    wanted = {article.path[:-steplen] for article in articles} | {article.path[: 2 * steplen] for article in articles}
    titles = dict(Page.objects.filter(path__in=wanted).values_list("path", "title"))
    names = dict(SiteProfile.objects.values_list("site__root_page__path", "name"))
    return {a.pk: Place(titles.get(a.path[:-steplen], ""), names.get(a.path[: 2 * steplen], "")) for a in articles}


def lines(stages: list[ReviewStage]) -> list[QueueLine]:
    """Stages with what the list says about each."""
    found = places([stage.review.article for stage in stages])
    return [QueueLine(stage, found[stage.review.article_id], stage.review.article.go_live_at) for stage in stages]


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Everything that waits for this person's signature, on all sites."""
    waiting = queries.review_queue(request.user)
    shown = lines(list(waiting[:SHOWN]))
    context = {
        "page_title": "审核",
        "lines": shown,
        "more": waiting.count() - len(shown) if len(shown) == SHOWN else 0,
        "has_security": any(line.stage.role == Post.Role.SECURITY for line in shown),
        "opinion_presets": OPINION_PRESETS,
        "basis_presets": BASIS_PRESETS,
        "owed": [review for review in queries.owed_reviews(request.user)[:20]],
        "now": timezone.now(),
    }
    return render(request, "publishing/desk/review_queue.html", context)


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Sign several stages: the same deed for each, and a word on every one that was refused."""
    pks = [int(pk) for pk in request.POST.getlist("stage") if pk.isdigit()][:SHOWN]
    stages = ReviewStage.objects.filter(pk__in=pks).select_related("review", "organisation").order_by("review__submitted_at")
    signed = 0
    for stage in stages:
        security = {"opinion": request.POST.get("opinion", ""), "basis": request.POST.get("basis", "")} if stage.role == Post.Role.SECURITY else {}
        try:
            actions.sign(request.user, stage, **security)
        except Refused as error:
            messages.warning(request, f"“{stage.review.title}”没有通过：{error}")
        else:
            signed += 1
    if signed:
        messages.success(request, f"已通过 {signed} 篇。")
    if not pks:
        messages.warning(request, "还没有勾选稿件。")
    return redirect("publishing_desk:queue")


@require_http_methods(["GET", "POST"])
def screen(request: HttpRequest, pk: int) -> HttpResponse:
    """Read one submission as readers will see it, and sign it or send it back."""
    stage = get_object_or_404(ReviewStage.objects.select_related("review__article", "review__chain", "review__submitted_by", "organisation"), pk=pk)
    why_not = queries.why_not_sign(request.user, stage)
    if why_not is not None:
        # Whoever may not sign sees it only as one of those whom the article concerns.
        article_for(request.user, stage.review.article_id)
    form_class = SecurityForm if stage.role == Post.Role.SECURITY else DecisionForm
    form = form_class(request.POST or None)
    if request.method == "POST" and form.is_valid() and _decide(request, stage, form):
        return _onwards(request, stage)
    return render(request, "publishing/desk/review.html", _context(request, stage, form, why_not), status=200 if request.method == "GET" else 422)


def _decide(request: HttpRequest, stage: ReviewStage, form: DecisionForm) -> bool:
    """Do what the pressed button says; False, with the reason in the form, when it was refused."""
    title, answer = stage.review.title, form.cleaned_data
    try:
        if answer["decision"] == "reject":
            actions.reject(request.user, stage, answer["reason"])
            messages.success(request, f"“{title}”已退回给{stage.review.submitted_by}。")
        else:
            actions.sign(request.user, stage, opinion=answer["opinion"], basis=answer.get("basis", ""))
            messages.success(request, f"“{title}”{stage.label}已通过。{_what_next(stage)}")
    except Refused as error:
        form.add_error(None, str(error))
        return False
    return True


def _what_next(stage: ReviewStage) -> str:
    review = Review.objects.get(pk=stage.review_id)
    if review.state == Review.State.APPROVED:
        waits = review.article.go_live_at and review.article.go_live_at > timezone.now()
        return "全部审核完成，将按时发布。" if waits else "全部审核完成，已经发布。"
    open_labels = [s.label for s in review.stages.filter(state=ReviewStage.State.OPEN)]
    return f"接下来：{'、'.join(open_labels)}。" if open_labels else ""


def _onwards(request: HttpRequest, stage: ReviewStage) -> HttpResponse:
    """The next waiting item in the order in which the person saw the queue."""
    seen = [int(pk) for pk in request.POST.get("queue", "").split(",") if pk.isdigit()]
    left = list(queries.review_queue(request.user).values_list("pk", flat=True)[:SHOWN])
    following = seen[seen.index(stage.pk) + 1 :] if stage.pk in seen else []
    upcoming = next((pk for pk in following if pk in left), left[0] if left else None)
    if upcoming is None:
        messages.success(request, "都审完了，没有等您审核的稿件。")
        return redirect("publishing_desk:queue")
    return redirect("publishing_desk:review", pk=upcoming)


def _context(request: HttpRequest, stage: ReviewStage, form: DecisionForm, why_not: str | None) -> dict[str, Any]:
    review = stage.review
    draft, live = review.revision.as_object(), review.article
    _make_visible(draft)
    waiting = list(queries.review_queue(request.user).values_list("pk", flat=True)[:SHOWN])
    position = waiting.index(stage.pk) if stage.pk in waiting else -1
    changes = compare(live, draft) if live.live and review.state == Review.State.PENDING else None
    return {
        "page_title": f"{stage.label}：{draft.title}",
        "stage": stage,
        "review": review,
        "draft": draft,
        "lead": pictures.existing(draft.lead_picture, pictures.LEAD) if draft.lead_picture_id else None,
        "live": live if live.live else None,
        "place": places([live])[live.pk],
        "also": _also(draft),
        "stages": list(review.stages.select_related("signed_by", "in_place_of", "organisation")),
        "changes": changes,
        "change_count": sum(change.kind != "same" for change in changes) if changes else 0,
        "hints": hints(draft),
        "form": form,
        "why_not": why_not,
        "reasons": REJECTION_PRESETS,
        "queue": ",".join(map(str, waiting)),
        "position": position + 1,
        "count": len(waiting),
        "previous": waiting[position - 1] if position > 0 else None,
        "next": waiting[position + 1] if 0 <= position < len(waiting) - 1 else (waiting[0] if position < 0 and waiting else None),
        "record_url": reverse("publishing_desk:record", args=[live.pk]),
        "earlier": _earlier_rejections(review),
        "now": timezone.now(),
    }


def _make_visible(draft: ArticlePage) -> None:
    """Cut the pictures now, as a reviewer must see them; readers find them made when the article is published."""
    if not pictures.is_ready(draft):
        pictures.prepare(draft)


def _also(draft: ArticlePage) -> list[str]:
    placements: list[Placement] = list(draft.placements.all())
    return list(Page.objects.filter(pk__in=[placement.column_id for placement in placements]).values_list("title", flat=True))


def _earlier_rejections(review: Review) -> list[ReviewStage]:
    """Why earlier submissions of the same article came back: whoever reads it again looks there first."""
    earlier = ReviewStage.objects.filter(review__article=review.article_id, state=ReviewStage.State.REJECTED).exclude(review=review)
    return list(earlier.select_related("signed_by").order_by("-signed_at")[:3])


def waits_for(user: User) -> int:
    """How many stages wait for the person."""
    return queries.review_queue(user).count()
