"""Writing quickly, and an article's life on the staff side: its record and every deed that may be done with it."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django.views.generic import View

from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation, Post
from lianxin.organisations.queries import posts_of, posts_today
from lianxin.publishing import actions, intake, queries
from lianxin.publishing.actions import media as media_actions
from lianxin.publishing.desk.common import DeedPage, article_for, attempt
from lianxin.publishing.desk.reviews import places
from lianxin.publishing.forms import EmergencyForm, MoveForm, ReasonForm, WriteForm
from lianxin.publishing.models import ArticlePage, Attachment, ColumnDuty, ColumnPage, Review, ReviewStage, SiteProfile
from lianxin.publishing.queries import WRITING_ROLES

WITHDRAWING_ROLES = (Post.Role.CHIEF, Post.Role.DUTY, Post.Role.SITE_MANAGER, Post.Role.ADMINISTRATOR)
# Revisions that the record page offers for comparing and restoring.
SHOWN_REVISIONS = 20


# --- writing -----------------------------------------------------------------------------------------------------------


def writable_columns(user: User) -> QuerySet[ColumnPage]:
    """The columns in which a person with an editor's post may write, in the order of their trees (see queries.may_write_in)."""
    columns = ColumnPage.objects.filter(live=True).order_by("path")
    units = [post.organisation for post in posts_today(user) if post.role in WRITING_ROLES]
    if user.is_superuser or any(queries.is_city(unit) for unit in units):
        return columns
    reach = Q(open_to_units=True)
    for path in ColumnDuty.objects.filter(organisation__in=units).values_list("column__path", flat=True):
        reach |= Q(path__startswith=path)
    for site in SiteProfile.objects.select_related("organisation", "site__root_page"):
        if any(site.organisation.path.startswith(unit.path) for unit in units):
            reach |= Q(path__startswith=site.site.root_page.path)
    return columns.filter(reach)


def own_units(user: User) -> QuerySet[Organisation]:
    """The units in whose name the person may write, the own ones first among equals of the tree."""
    return queries.units_under(user, [Post.Role.EDITOR]).filter(ended_on=None).order_by("path")


class WriteView(View):
    """The quick article, new or a draft that is simple enough."""

    article: ArticlePage | None = None
    draft: ArticlePage | None = None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find the draft to go on with."""
        super().setup(request, *args, **kwargs)
        if "pk" in kwargs:
            self.article = article_for(request.user, kwargs["pk"])
            self.draft = self.article.get_latest_revision_as_object()

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """An empty form, or the draft."""
        if self.draft is not None:
            if self.draft.reviews.filter(state=Review.State.PENDING).exists():
                messages.info(request, "稿件正在审核。要修改请先“撤回送审”。")
                return redirect("publishing_desk:record", pk=self.draft.pk)
            if not intake.is_simple(self.draft.body):
                messages.info(request, "这篇稿件的正文里有图片或站内链接，请在完整编辑器里修改。")
                return redirect("wagtailadmin_pages:edit", self.draft.pk)
        return self._show(request, self._form())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Save, and submit when that button was pressed. Whatever goes wrong, what was typed stays on the page."""
        form = self._form(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(request, form, status=422)
        try:
            article = self._save(request.user, form)
        except Refused as error:
            form.add_error(None, str(error))
            return self._show(request, form, status=422)
        if request.POST.get("action") == "submit":
            return _submit_and_tell(request, article)
        messages.success(request, "草稿已保存。写好后点“保存并送审”。")
        return redirect("publishing_desk:rewrite", pk=article.pk)

    def _form(self, data: Any = None, files: Any = None) -> WriteForm:
        initial: dict[str, Any] = {}
        user = self.request.user
        if self.draft is not None:
            names = [name for name in WriteForm.base_fields if hasattr(self.draft, name) and name not in ("column", "organisation")]
            initial = {name: getattr(self.draft, name) for name in names}
            initial["body_text"] = intake.text_from_body(self.draft.body)
            initial["base_revision"] = self.article.latest_revision_id if self.article else None
        else:
            mine = posts_of(user).filter(role=Post.Role.EDITOR).first()
            initial = {"organisation": mine.organisation_id if mine else None, "column": self.request.GET.get("column")}
        return WriteForm(data, files, initial=initial, columns=writable_columns(user), units=own_units(user), article=self.article)

    @transaction.atomic
    def _save(self, user: User, form: WriteForm) -> ArticlePage:
        cleaned = form.cleaned_data
        fields = form.fields_of_article()
        if cleaned["lead_picture_file"]:
            fields["lead_picture"] = media_actions.keep_picture(user, cleaned["lead_picture_file"], cleaned["lead_picture_alt"])
        elif cleaned.get("remove_lead_picture"):
            fields |= {"lead_picture": None, "lead_picture_alt": ""}
        body = form.blocks() + self._attachments(user, cleaned["attachments"])
        if self.article is None:
            column, unit = cleaned["column"], cleaned["organisation"]
            return actions.write_article(user, column, title=cleaned["title"], body=body, organisation=unit, **fields)
        actions.save_draft(user, self.article, base_revision=cleaned["base_revision"], title=cleaned["title"], body=body, **fields)
        return ArticlePage.objects.get(pk=self.article.pk)

    def _attachments(self, user: User, files: list[UploadedFile]) -> list[intake.Block]:
        kept = [document.pk for document in _attachments_of(self.draft) if str(document.pk) not in self.request.POST.getlist("drop_attachment")]
        pks = kept + [media_actions.keep_document(user, file).pk for file in files]
        return [{"type": "attachments", "value": pks}] if pks else []

    def _show(self, request: HttpRequest, form: WriteForm, status: int = 200) -> HttpResponse:
        rich = form.data.get("body_html") if form.is_bound else (intake.html_from_body(self.draft.body) if self.draft else "")
        if form.is_bound:
            # What comes back to the page was typed by a person, but goes through the same sieve as everything pasted.
            rich = intake.html_from_blocks(intake.blocks_from_html(rich or "")) or intake.html_from_blocks(
                intake.blocks_from_text(form.data.get("body_text", ""))
            )
        context = {
            "page_title": "写稿" if self.article is None else "修改稿件",
            "form": form,
            "article": self.article,
            "draft": self.draft,
            "rich": rich,
            "attachments": _attachments_of(self.draft),
            "returned": _last_rejection(self.article),
            "files_lost": form.is_bound and bool(request.FILES),
            "no_rights": not form.fields["column"].queryset.exists() if "column" in form.fields else False,
            "autosave_key": f"lianxin-write-{request.user.pk}-{self.article.pk if self.article else 'new'}",
        }
        return render(request, "publishing/desk/write.html", context, status=status)


def _submit_and_tell(request: HttpRequest, article: ArticlePage) -> HttpResponse:
    try:
        review = actions.submit(request.user, article)
    except Refused as error:
        messages.error(request, f"草稿已保存，但还没有送审：{error}")
        return redirect("publishing_desk:rewrite", pk=article.pk)
    messages.success(request, f"“{review.title}”已送审。{waiting_for(review)}")
    return redirect("publishing_desk:record", pk=article.pk)


def waiting_for(review: Review) -> str:
    """Who has to sign now, in a sentence."""
    stages = review.stages.filter(state=ReviewStage.State.OPEN).select_related("organisation")
    parts = [f"{stage.label}（{stage.organisation}）" for stage in stages]
    return f"正在等：{'、'.join(parts)}。" if parts else ""


def _attachments_of(draft: ArticlePage | None) -> list[Attachment]:
    if draft is None:
        return []
    return [document for block in draft.body if block.block_type == "attachments" for document in block.value if document]


def _last_rejection(article: ArticlePage | None) -> ReviewStage | None:
    """Why the article came back, while nothing newer was submitted."""
    if article is None:
        return None
    review = article.reviews.order_by("-submitted_at").first()
    if review is None or review.state != Review.State.REJECTED:
        return None
    return review.stages.filter(state=ReviewStage.State.REJECTED).select_related("signed_by").first()


@require_POST
def clean_paste(request: HttpRequest) -> HttpResponse:
    """What was pasted into the rich area, as it will be kept."""
    source = request.POST.get("html", "")
    if len(source) > intake.LONGEST:
        return JsonResponse({"error": "一次粘贴的内容太长，请分几次粘贴。"}, status=413)
    blocks = intake.blocks_from_html(source) if source.strip() else intake.blocks_from_text(request.POST.get("text", ""))
    return JsonResponse({"html": intake.html_from_blocks(blocks), "pictures": intake.pictures_in(source)})


# --- the record --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deed:
    """A deed that the record page offers."""

    label: str
    href: str
    danger: bool = False


def standing(article: ArticlePage) -> tuple[str, str]:
    """How an article stands, in words and as a tone for its label."""
    states = set(article.reviews.filter(state__in=[Review.State.PENDING, Review.State.OWED]).values_list("state", flat=True))
    waits = article.revisions.filter(approved_go_live_at__isnull=False).exists()
    if Review.State.OWED in states:
        return "已应急发布，待补审", "urgent"
    if article.live:
        if Review.State.PENDING in states:
            return "已发布，修改审核中", "busy"
        return ("已发布，另有未送审的修改", "busy") if article.has_unpublished_changes else ("已发布", "done")
    if Review.State.PENDING in states:
        return "审核中", "busy"
    if waits:
        return "已通过，等待定时发布", "busy"
    if article.expired:
        return "已到期下线", "quiet"
    return ("已撤下", "quiet") if article.first_published_at else ("草稿", "quiet")


def deeds(user: User, article: ArticlePage) -> list[Deed]:
    """What the person may do with the article now; each deed checks again by itself."""
    unit = article.organisation
    pending = article.reviews.filter(state=Review.State.PENDING).first()
    waits = article.revisions.filter(approved_go_live_at__isnull=False).exists()
    editor = queries.acts_for(user, unit, Post.Role.EDITOR)
    keeper = queries.acts_for(user, unit, *WITHDRAWING_ROLES)
    changed = pending is None and not waits and (article.has_unpublished_changes or not article.live)
    sent_back = article.reviews.filter(revision=article.latest_revision_id, state=Review.State.REJECTED).exists()
    seen = article.reviews.exists() or article.first_published_at is not None
    offers = [
        (editor and pending is None and not waits, "修改", "rewrite", False),
        (editor and changed, "送审", "submit", False),
        (changed and not sent_back and queries.on_duty(user, unit), "应急发布", "emergency", True),
        (pending is not None and (editor or pending.submitted_by_id == user.pk), "撤回送审", "recall", False),
        (waits and (editor or keeper), "取消定时", "cancel_schedule", False),
        (keeper and pending is None, "移到别的栏目", "move", False),
        (keeper and article.live, "撤下", "withdraw", True),
        (
            not seen and (article.owner_id == user.pk or queries.acts_for(user, unit, Post.Role.SITE_MANAGER, Post.Role.ADMINISTRATOR)),
            "删除草稿",
            "discard",
            True,
        ),
    ]
    return [Deed(label, reverse(f"publishing_desk:{name}", args=[article.pk]), danger) for shown, label, name, danger in offers if shown]


@require_GET
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """全过程记录: everything that ever happened to an article, and what can be done with it now."""
    article = article_for(request.user, pk)
    label, tone = standing(article)
    reviews = article.reviews.select_related("submitted_by", "chain").prefetch_related("stages__signed_by", "stages__organisation")
    revisions = list(article.revisions.select_related("user").order_by("-created_at")[:SHOWN_REVISIONS])
    mine = queries.review_queue(request.user).filter(review__article=article).first()
    waiting = article.revisions.filter(approved_go_live_at__isnull=False).first()
    context = {
        "page_title": article.title if article.live else article.get_latest_revision_as_object().title,
        "article": article,
        "place": places([article])[article.pk],
        "standing": label,
        "tone": tone,
        "deeds": deeds(request.user, article),
        "lines": queries.record(article)[::-1],
        "review": reviews.order_by("-submitted_at").first(),
        "revisions": revisions,
        "my_stage": mine,
        "go_live_at": waiting.approved_go_live_at if waiting else None,
        "may_restore": queries.acts_for(request.user, article.organisation, Post.Role.EDITOR)
        and not article.reviews.filter(state=Review.State.PENDING).exists(),
        "rejection": _last_rejection(article),
        "public_url": article.full_url if article.live else "",
        "now": timezone.now(),
    }
    return render(request, "publishing/desk/record.html", context)


# --- deeds -------------------------------------------------------------------------------------------------------------


class SubmitPage(DeedPage):
    """送审."""

    title, button, icon = "送审", "确认送审", "upload"
    explanation = "送审即由您签初审。审核期间任何人不能修改；要改可以随时撤回。"

    def do(self, request: HttpRequest, form: Any) -> None:
        """Submit and say whom it waits for."""
        review = actions.submit(request.user, self.subject)
        messages.success(request, f"“{review.title}”已送审。{waiting_for(review)}")


class RecallPage(DeedPage):
    """撤回送审."""

    title, done, icon = "撤回送审", "已撤回，可以继续修改。", "undo"
    explanation = "撤回后已有的签字作废，修改好再重新送审。"

    def do(self, request: HttpRequest, form: Any) -> None:
        """Recall the pending review."""
        review = self.subject.reviews.filter(state=Review.State.PENDING).first()
        if review is None:
            raise Refused("这篇稿件现在没有在审核。")
        actions.recall(request.user, review)


class WithdrawPage(DeedPage):
    """撤下."""

    title, button, done, danger, icon = "撤下稿件", "撤下", "已撤下，读者看不到了。修改后可以重新送审。", True, "download"
    explanation = "撤下后读者立刻看不到这篇稿件，理由和时间留在记录里。"
    form_class = ReasonForm

    def do(self, request: HttpRequest, form: Any) -> None:
        """Withdraw."""
        actions.withdraw(request.user, self.subject, form.cleaned_data["reason"])


class CancelSchedulePage(DeedPage):
    """取消定时."""

    title, done, icon = "取消定时发布", "已取消定时，稿件回到草稿。", "time"
    explanation = "取消后稿件不会发布。改好时间以后要重新送审。"

    def do(self, request: HttpRequest, form: Any) -> None:
        """Cancel."""
        actions.cancel_schedule(request.user, self.subject)


class MovePage(DeedPage):
    """移动."""

    title, done, icon = "移到别的栏目", "已移动，原来的网址会自动转到新网址。", "arrow-right-full"
    explanation = "只能移到本站的其他栏目。"

    def make_form(self, data: Any = None, files: Any = None) -> forms.BaseForm:
        """The columns of the article's site."""
        root = queries.site_of(self.subject).site.root_page.path
        parent = self.subject.get_parent()
        return MoveForm(data, columns=ColumnPage.objects.filter(path__startswith=root, live=True).exclude(pk=parent.pk).order_by("path"))

    def do(self, request: HttpRequest, form: Any) -> None:
        """Move."""
        actions.move_article(request.user, self.subject, form.cleaned_data["column"])


class EmergencyPage(DeedPage):
    """应急发布."""

    title, button, done, danger, icon = "应急发布", "马上发布", "已发布。请在补审期限前完成审核。", True, "warning"
    explanation = "由当值人员负责，马上公开；审核须在下一个工作日下班前补齐，补审不通过会自动撤下。"
    form_class = EmergencyForm

    def do(self, request: HttpRequest, form: Any) -> None:
        """Publish at once."""
        actions.publish_emergency(request.user, self.subject, form.cleaned_data["reason"])


class DiscardPage(DeedPage):
    """删除草稿."""

    title, button, done, danger, icon = "删除草稿", "删除", "草稿已删除。", True, "bin"
    explanation = "只有从未送审的草稿可以删除，删除后不能找回。"

    def do(self, request: HttpRequest, form: Any) -> None:
        """Delete."""
        actions.discard_draft(request.user, self.subject)

    def after(self) -> str:
        """The article is gone."""
        return reverse("desk:today")


class RestorePage(DeedPage):
    """恢复版本."""

    title, done, icon = "恢复这个版本", "已恢复为草稿。公开内容没有变，送审通过后才会改变。", "history"
    explanation = "这个版本会成为新的草稿，现有的版本都保留。"

    def find(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The article, with the revision beside it."""
        article = article_for(request.user, kwargs["pk"])
        self.revision = get_object_or_404(article.revisions, pk=kwargs["revision_pk"])
        return article

    def do(self, request: HttpRequest, form: Any) -> None:
        """Restore."""
        actions.restore_revision(request.user, self.subject, self.revision)


def submit_from_editor(request: HttpRequest, article: ArticlePage) -> HttpResponse | None:
    """After Wagtail's editor saved: submit when our button was pressed. The draft is safe whatever the answer is."""
    if "action-lianxin-submit" in request.POST:
        if attempt(request, actions.submit, article):
            messages.success(request, f"“{article.title}”已送审。")
            return redirect("publishing_desk:record", pk=article.pk)
        return redirect("wagtailadmin_pages:edit", article.pk)
    if "action-lianxin-emergency" in request.POST:
        return redirect("publishing_desk:emergency", pk=article.pk)
    return None
