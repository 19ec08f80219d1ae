"""Pages: home, columns, articles. None of them can be published by hand; only ``actions`` publishes (see permissions)."""

import secrets
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils import timezone
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel, PageChooserPanel, PublishingPanel
from wagtail.fields import StreamField
from wagtail.locks import BaseLock
from wagtail.models import Orderable, Page

from lianxin.foundation.pagestore import Tagged
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation
from lianxin.publishing.blocks import ArticleBody
from lianxin.publishing.permissions import GovernedPermissionTester

# Addresses that belong to the portal's own pages; a top column may not take one of them.
RESERVED_SLUGS = frozenset(
    [
        "search",
        "elder",
        "privacy",
        "sw.js",
        "orgs",
        "leaders",
        "letters",
        "boards",
        "disclosure",
        "proposals",
        "services",
        "hearings",
        "surveys",
        "collections",
        "appraisals",
        "interviews",
        "photos",
        "archives",
        "notices",
        "data",
        "invest",
        "ledger",
        "figures",
        "account",
        "desk",
        "api",
        "open311",
        "feeds",
        "sitemap.xml",
        "robots.txt",
        "healthz",
        "readyz",
        "metrics",
        "static",
        "media",
        "documents",
        "zh-hant",
        "en",
        "offline",
        "accessibility",
        "sitemap",
    ]
)


class GovernedPage(Page):
    """The base of every page type here: publishing, withdrawing, moving and deleting are deeds of ours, never buttons of Wagtail's.

    A system check refuses page types that do not inherit from it.
    """

    # Wagtail's own index finds nothing in Chinese; without this every save would queue a task that does nothing.
    search_auto_update = False

    class Meta:
        abstract = True

    def permissions_for_user(self, user: User | AnonymousUser) -> GovernedPermissionTester:
        """What ``user`` may do with the page in Wagtail's screens, superusers included."""
        return GovernedPermissionTester(user, self)


class HomePage(GovernedPage):
    """The front door of a site. Made and changed by ``actions.add_site`` and its relatives, not in Wagtail's editor."""

    is_creatable = False
    template = "portal/home.html"
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["publishing.ColumnPage"]

    class Meta:
        verbose_name = "首页"
        verbose_name_plural = "首页"


class ColumnPage(GovernedPage):
    """A column (栏目): a kind, a cadence by which it must be kept up, and articles or further columns below."""

    class Kind(models.TextChoices):
        NEWS = "news", "动态要闻"
        NOTICES = "notices", "通知公告"
        POLICIES = "policies", "政策文件"
        DOCUMENTS = "documents", "政府文件"
        PERSONNEL = "personnel", "人事信息"
        PLANS = "plans", "规划计划"
        SPEECHES = "speeches", "领导讲话"
        DATA = "data", "数据"
        GUIDE = "guide", "指南"
        PICTURES = "pictures", "图片"
        TOPICS = "topics", "专题"
        INTERACTION = "interaction", "互动"
        ABOUT = "about", "概况"
        SECTION = "section", "频道"

    kind = models.CharField("类型", max_length=16, choices=Kind.choices, default=Kind.NEWS)
    open_to_units = models.BooleanField("各单位可供稿", default=False, help_text="部门动态、通知公告这样的公共栏目：所有单位的采编都可以写")
    cadence_days = models.PositiveSmallIntegerField(
        "更新周期（天）", null=True, blank=True, help_text="超过这个天数没有新内容即为逾期；留空表示不要求"
    )
    keywords = models.CharField("关键词", max_length=120, blank=True)

    is_creatable = False
    template = "portal/column.html"
    parent_page_types = ["publishing.HomePage", "publishing.ColumnPage"]
    subpage_types = ["publishing.ColumnPage", "publishing.ArticlePage"]

    class Meta:
        verbose_name = "栏目"
        verbose_name_plural = "栏目"


class ReviewLock(BaseLock):
    """While a review runs nobody edits, so that what was read is what is published."""

    def for_user(self, user: User) -> bool:
        """The lock holds for everybody."""
        return True

    def get_message(self, user: User) -> str:
        """What the editor reads above the locked form."""
        return "稿件正在审核，暂时不能修改。要修改请先在审核记录里“撤回送审”。"

    def get_locked_by(self, user: User) -> str:
        """Who locked it."""
        return "审核流程"

    def get_description(self, user: User) -> str:
        """Why it is locked."""
        return "审核期间任何人不能修改"


class ArticlePage(Tagged, GovernedPage):
    """An article (稿件): a leaf of the tree. It reaches readers only through a review and ``actions.publish``."""

    class ReviewKind(models.TextChoices):
        STANDARD = "standard", "原创稿件"
        REPOST = "repost", "转载上级信息"

    organisation = models.ForeignKey("organisations.Organisation", verbose_name="发布单位", on_delete=models.PROTECT, related_name="articles")
    review_kind = models.CharField("稿件性质", max_length=12, choices=ReviewKind.choices, default=ReviewKind.STANDARD)
    source = models.CharField("来源", max_length=60, blank=True, help_text="转载必填；留空则显示发布单位")
    source_url = models.URLField("原文地址", max_length=500, blank=True)
    author = models.CharField("作者", max_length=60, blank=True)
    summary = models.TextField("摘要", blank=True, validators=[MaxLengthValidator(300)], help_text="一两句话说清内容，显示在列表、搜索和分享里")
    keywords = models.CharField("关键词", max_length=120, blank=True, help_text="用空格隔开")
    document_number = models.CharField("发文字号", max_length=60, blank=True)
    lead_picture = models.ForeignKey("publishing.Picture", verbose_name="题图", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    lead_picture_alt = models.CharField("题图替代文字", max_length=200, blank=True)
    pinned = models.BooleanField("置顶", default=False)
    importance = models.PositiveSmallIntegerField("推荐", default=0, choices=[(0, "普通"), (1, "推荐到首页"), (2, "推荐为头条")])
    correction_note = models.CharField("更正说明", max_length=300, blank=True, help_text="改正已发布的错误时填写，发布后公开显示")
    body = StreamField(ArticleBody(), verbose_name="正文", blank=True)
    # Set by actions.publish at the first publication; imports carry the original date. Never edited: forged dates are a veto finding (W08).
    published_at = models.DateTimeField("发布时间", null=True, blank=True, editable=False, db_index=True)

    template = "portal/article.html"
    parent_page_types = ["publishing.ColumnPage"]
    subpage_types: list[str] = []
    show_in_menus_default = False

    content_panels = [
        FieldPanel("title"),
        FieldPanel("body"),
        FieldPanel("summary"),
        MultiFieldPanel([FieldPanel("lead_picture"), FieldPanel("lead_picture_alt")], heading="题图"),
        MultiFieldPanel(
            [
                FieldPanel("organisation"),
                FieldPanel("review_kind"),
                FieldRowPanel([FieldPanel("source"), FieldPanel("author")]),
                FieldPanel("source_url"),
                FieldRowPanel([FieldPanel("keywords"), FieldPanel("document_number")]),
            ],
            heading="来源",
        ),
        FieldPanel("correction_note"),
    ]
    promote_panels = [
        FieldRowPanel([FieldPanel("pinned"), FieldPanel("importance")]),
        InlinePanel("placements", heading="同时放在其他栏目", label="栏目"),
    ]
    settings_panels = [PublishingPanel()]

    class Meta:
        verbose_name = "稿件"
        verbose_name_plural = "稿件"

    def clean(self) -> None:
        """Wagtail's checks (the address is free) and ours."""
        super().clean()
        self.refuse_nonsense()

    def refuse_nonsense(self) -> None:
        """Refuse what would reach readers broken: a repost without its source, a picture without words, an impossible time."""
        errors: dict[str, str] = {}
        if self.review_kind == self.ReviewKind.REPOST and not self.source:
            errors["source"] = "转载的稿件请填写来源，例如：中国政府网。"
        if self.lead_picture_id and not self.lead_picture_alt:
            errors["lead_picture_alt"] = "请为题图写一句替代文字，说明图上有什么。"
        if self.go_live_at and not self.live and self.go_live_at <= timezone.now() and not self.approved_schedule:
            errors["go_live_at"] = "定时发布的时间已经过去，请改为将来的时间；要尽快发布就留空。"
        if self.expire_at and self.expire_at <= timezone.now() and not self.expired:
            errors["expire_at"] = "下线时间已经过去，请改为将来的时间或留空。"
        if errors:
            raise ValidationError(errors)

    @property
    def shown_source(self) -> str:
        """The source as readers see it."""
        return self.source or self.organisation.short_name

    @property
    def keyword_list(self) -> list[str]:
        """The keywords one by one, whatever the editor parted them with."""
        return self.keywords.replace("，", " ").replace("、", " ").replace(",", " ").split()

    def _get_autogenerated_slug(self, base_slug: str) -> str:
        """Wagtail asks for an address that fits ``base_slug``; ours is the day and six digits, whatever the title is or becomes."""
        return super()._get_autogenerated_slug(f"{timezone.localdate():%Y%m%d}-{secrets.randbelow(10**6):06d}")

    def with_content_json(self, content: dict[str, Any]) -> "ArticlePage":
        """As Wagtail does, but the date of publication belongs to the article, never to a revision (W08: no forged dates)."""
        article = super().with_content_json(content)
        article.published_at = self.published_at
        article.organisation_id = _present_unit(article.organisation_id)
        return article

    def get_lock(self) -> BaseLock | None:
        """Locked for everybody while a review runs."""
        if self.pk and self.reviews.filter(state="pending").exists():
            return ReviewLock(self)
        return super().get_lock()

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The stock context under the name ``article`` as well."""
        return {**super().get_context(request, *args, **kwargs), "article": self}


def _present_unit(organisation_id: int) -> int:
    """The unit that a revision names, or the one that took it over since."""
    successor = Organisation.objects.filter(pk=organisation_id).values_list("successor_id", flat=True).first()
    return _present_unit(successor) if successor else organisation_id


class Placement(Orderable):
    """One article shown in a further column (一稿多栏); part of the draft, so it is reviewed like the text."""

    article = ParentalKey(ArticlePage, on_delete=models.CASCADE, related_name="placements")
    column = models.ForeignKey(ColumnPage, verbose_name="栏目", on_delete=models.CASCADE, related_name="placements")
    pinned = models.BooleanField("在该栏目置顶", default=False)

    panels = [PageChooserPanel("column", "publishing.ColumnPage"), FieldPanel("pinned")]

    class Meta(Orderable.Meta):
        constraints = [models.UniqueConstraint(fields=["article", "column"], name="publishing_placement_once")]


class Correction(models.Model):
    """A published error put right (更正): shown below the article with its date, never removed."""

    article = models.ForeignKey(ArticlePage, on_delete=models.CASCADE, related_name="corrections")
    at = models.DateTimeField("更正时间")
    text = models.CharField("说明", max_length=300)

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return self.text
