"""Staff home: what is due, what is late, what waits for me."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.views.decorators.http import require_GET

from lianxin.foundation import calendar
from lianxin.foundation.models import Notification
from lianxin.foundation.queries import dead_letters
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation, Post
from lianxin.organisations.queries import posts_today
from lianxin.publishing import queries
from lianxin.publishing.desk.blocks import Block, Line, blocks_of
from lianxin.publishing.desk.reviews import lines
from lianxin.publishing.models import DutyShift, ReviewStage

# Lines of a block; the link at its head leads to all of them.
SHOWN = 6
# Told already by the blocks above.
SHOWN_ELSEWHERE = ("publishing.to_review",)
NOTICES_FOR = timedelta(days=14)
LONGEST_NOTICE = 80


@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """The page."""
    user, day = request.user, timezone.localdate()
    posts = posts_today(user)
    roles = {post.role for post in posts}
    writes = Post.Role.EDITOR in roles
    work = [*blocks_of(user, {str(role) for role in roles}), owed(user), to_review(user), returned(user), scheduled(user)]
    if writes:
        work.append(drafts(user))
    beside = [stale(user, day), notices(user)]
    # What must not be overlooked stands always; the rest shows when there is something, or when it is the person's daily work.
    reviews = bool(roles & {Post.Role.REVIEWER, Post.Role.CHIEF, Post.Role.SECURITY})
    daily = {"review": reviews, "returned": writes, "drafts": writes, "stale": writes, "notices": True}
    context = {
        "page_title": "今天",
        "day": day,
        "weekday": "一二三四五六日"[day.weekday()],
        "is_workday": calendar.is_workday(day),
        "next_workday": None if calendar.is_workday(day) else calendar.next_workday(day),
        "greeting": _greeting(timezone.localtime()),
        "work": [block for block in work if block.lines or daily.get(block.name)],
        "beside": [block for block in beside if block.lines or daily.get(block.name)],
        "writes": writes,
        "all_clear": not any(block.lines for block in work),
        "alarms": alarms(day) if user.is_superuser or Post.Role.ADMINISTRATOR in roles else [],
        "shifts": list(DutyShift.objects.filter(date=day, organisation__in=_governments(posts)).select_related("person", "backup", "organisation")),
        "posts": list(dict.fromkeys(f"{post.organisation} {post.title or post.get_role_display()}" for post in posts))[:4],
    }
    return render(request, "desk/today.html", context)


def _greeting(now: datetime) -> str:
    if now.hour < 6:
        return "夜深了"
    if now.hour < 11:
        return "早上好"
    return "中午好" if now.hour < 14 else ("下午好" if now.hour < 18 else "晚上好")


def _governments(posts: list[Post]) -> QuerySet[Organisation]:
    """The units of the posts and all above them: whose roster concerns the person."""
    step = Organisation.steplen
    paths = {post.organisation.path[:end] for post in posts for end in range(step, len(post.organisation.path) + 1, step)}
    return Organisation.objects.filter(path__in=paths)


def minute(moment: datetime | None) -> str:
    """``11-21 09:30``, with the year when it is another one."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{local:%m-%d %H:%M}" if local.year == timezone.localdate().year else f"{local:%Y-%m-%d %H:%M}"


def to_review(user: User) -> Block:
    """等您审核."""
    waiting = list(queries.review_queue(user)[: SHOWN + 1])
    block = Block("review", "等您审核", "没有等您审核的稿件。", href=reverse("publishing_desk:queue"))
    block.count = len(waiting) if len(waiting) <= SHOWN else queries.review_queue(user).count()
    for line in lines(waiting[:SHOWN]):
        review = line.stage.review
        block.lines.append(
            Line(
                review.title,
                reverse("publishing_desk:review", args=[line.stage.pk]),
                f"{review.organisation}　{line.place.site} {line.place.column}",
                f"{minute(review.submitted_at)} 送审",
                "应急补审" if review.emergency else line.stage.label,
                "urgent" if review.emergency else "",
            )
        )
    return block


def owed(user: User) -> Block:
    """Reviews owed after an emergency: shown until the last signature, to all whom they concern."""
    block = Block("owed", "应急发布，待补审", "", tone="urgent")
    reviews = list(queries.owed_reviews(user).prefetch_related("stages__organisation")[: SHOWN * 2])
    block.count = len(reviews)
    for review in reviews:
        waits = "、".join(f"{stage.label}（{stage.organisation}）" for stage in review.stages.all() if stage.state == ReviewStage.State.OPEN)
        late = review.owed_by is not None and review.owed_by < timezone.now()
        block.lines.append(
            Line(
                review.title,
                reverse("publishing_desk:record", args=[review.article_id]),
                f"{review.organisation}　还差 {waits}",
                f"限 {minute(review.owed_by)} 前",
                "已超期" if late else "待补审",
                "urgent",
                f"应急理由：{review.reason}",
            )
        )
    return block


def returned(user: User) -> Block:
    """退回给您."""
    block = Block("returned", "退回给您", "没有退回的稿件。")
    reviews = list(queries.returned_to(user)[: SHOWN * 2])
    block.count = len(reviews)
    for review in reviews:
        stage = next((stage for stage in review.stages.all() if stage.state == ReviewStage.State.REJECTED), None)
        reason = f"{stage.signed_by}：{stage.opinion}" if stage else ""
        href = reverse("publishing_desk:rewrite", args=[review.article_id])
        block.lines.append(Line(review.title, href, str(review.organisation), f"{minute(review.finished_at)} 退回", note=reason))
    return block


def scheduled(user: User) -> Block:
    """定时发布."""
    block = Block("scheduled", "等待定时发布", "")
    waiting = list(queries.scheduled(user)[: SHOWN + 1])
    block.count = len(waiting)
    for revision in waiting[:SHOWN]:
        href = reverse("publishing_desk:record", args=[revision.object_id])
        block.lines.append(Line(revision.content.get("title", revision.object_str), href, "", f"{minute(revision.approved_go_live_at)} 发布"))
    return block


def drafts(user: User) -> Block:
    """我的草稿."""
    block = Block("drafts", "我的草稿", "没有没写完的稿件。")
    # What came back stands in its own block, with the reason.
    came_back = list(queries.returned_to(user).values_list("article_id", flat=True))
    unfinished = queries.drafts(user).exclude(pk__in=came_back)
    found = list(unfinished[: SHOWN + 1])
    block.count = len(found) if len(found) <= SHOWN else unfinished.count()
    for article in found[:SHOWN]:
        title = article.latest_revision.content.get("title", article.title) if article.latest_revision else article.title
        meta = "已发布，修改还没有送审" if article.live else str(article.organisation)
        href = reverse("publishing_desk:rewrite", args=[article.pk])
        block.lines.append(Line(title, href, meta, f"{minute(article.latest_revision_created_at)} 保存"))
    return block


def stale(user: User, day: date) -> Block:
    """栏目该更新了: before they go stale, not after."""
    block = Block("stale", "栏目该更新了", "您保障的栏目都按时更新了。", href=reverse("publishing_desk:duties"))
    states = queries.stale_columns(user, day)
    block.count = len(states)
    for state in states[:SHOWN]:
        if state.is_stale:
            tag, tone = f"已超 {-state.days_left} 天", "urgent"
        else:
            tag, tone = ("今天到期", "urgent") if state.days_left == 0 else (f"还有 {state.days_left} 天", "soon")
        who = f"{state.duty.organisation} {state.duty.person or ''}".strip()
        last = f"上次 {timezone.localtime(state.last):%m-%d}" if state.last else "还没有内容"
        href = f"{reverse('publishing_desk:write')}?column={state.duty.column_id}"
        block.lines.append(Line(state.duty.column.title, href, who, last, tag, tone))
    return block


def notices(user: User) -> Block:
    """系统通知."""
    block = Block("notices", "通知", "最近没有通知。")
    since = timezone.now() - NOTICES_FOR
    found = Notification.objects.filter(recipient=user, created_at__gte=since).exclude(event__in=SHOWN_ELSEWHERE)[:SHOWN]
    for notice in found:
        tone = "urgent" if notice.urgent else ""
        # The subject is the same for every occurrence; of a long text its beginning tells them apart.
        about = Truncator(notice.text.partition("\n")[0]).chars(LONGEST_NOTICE)
        block.lines.append(Line(notice.subject, notice.url or reverse("desk:today"), about, minute(notice.created_at), tone=tone))
    return block


def alarms(day: date) -> list[dict[str, Any]]:
    """What whoever keeps the system must know first."""
    found = [{"text": text, "href": ""} for text in calendar.warnings(day)]
    dead = dead_letters().count()
    if dead:
        found.append({"text": f"有 {dead} 项后台任务失败，等您处理。", "href": reverse("desk:jobs")})
    return found
