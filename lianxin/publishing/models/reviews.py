"""Reviews (三审) as rows: which chain holds where, one review per submission, one stage per signature."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from lianxin.organisations.models import Post
from lianxin.publishing.models.sites import SiteProfile


class ReviewChain(models.Model):
    """The chain that an article of a kind passes on a site, else on a tier, else anywhere. Data, edited by the administrator."""

    name = models.CharField("名称", max_length=60)
    site = models.ForeignKey("wagtailcore.Site", verbose_name="站点", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    tier = models.CharField("层级", max_length=12, choices=SiteProfile.Tier.choices, blank=True)
    kind = models.CharField("稿件性质", max_length=12, choices=[("standard", "原创稿件"), ("repost", "转载上级信息")])

    class Meta:
        verbose_name = "审核流程"
        verbose_name_plural = "审核流程"
        constraints = [
            models.UniqueConstraint(fields=["site", "kind"], condition=Q(site__isnull=False), name="publishing_chain_per_site"),
            models.UniqueConstraint(fields=["tier", "kind"], condition=Q(site__isnull=True), name="publishing_chain_per_tier"),
        ]

    def __str__(self) -> str:
        return self.name


class ChainStep(models.Model):
    """One step of a chain: which post signs and where its holder is looked for."""

    class Reach(models.TextChoices):
        LINEAGE = "lineage", "本单位，没有则逐级向上"
        ABOVE = "above", "上级单位"

    chain = models.ForeignKey(ReviewChain, on_delete=models.CASCADE, related_name="steps")
    order = models.PositiveSmallIntegerField("次序")
    label = models.CharField("名称", max_length=20)
    role = models.CharField("岗位", max_length=20, choices=Post.Role.choices)
    reach = models.CharField("范围", max_length=10, choices=Reach.choices, default=Reach.LINEAGE)
    by_submitter = models.BooleanField("送审人自己签", default=False, help_text="采编人员送审即签初审")
    parallel = models.BooleanField("与其他步骤并行", default=False, help_text="保密审查从送审起即可签，发布前必须签完")

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["chain", "order"], name="publishing_chain_step_order")]

    def __str__(self) -> str:
        return f"{self.order}. {self.label}"


class Review(models.Model):
    """One pass of one revision through a chain. Never deleted: it is the article's record."""

    class State(models.TextChoices):
        PENDING = "pending", "审核中"
        APPROVED = "approved", "已通过"
        REJECTED = "rejected", "已退回"
        RECALLED = "recalled", "已撤回送审"
        OWED = "owed", "已应急发布，待补审"

    article = models.ForeignKey("publishing.ArticlePage", on_delete=models.CASCADE, related_name="reviews")
    revision = models.ForeignKey("wagtailcore.Revision", on_delete=models.PROTECT, related_name="+")
    chain = models.ForeignKey(ReviewChain, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=255)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.PENDING)
    emergency = models.BooleanField("应急发布", default=False)
    reason = models.CharField("应急理由", max_length=300, blank=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="submitted_reviews")
    submitted_at = models.DateTimeField()
    owed_by = models.DateTimeField("补审期限", null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Everyone whose hand is in the text since it was last public; none of them may sign a later stage.
    contributors = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")

    class Meta:
        verbose_name = "审核"
        verbose_name_plural = "审核"
        indexes = [models.Index(fields=["state", "submitted_at"])]
        constraints = [
            models.UniqueConstraint(fields=["article"], condition=Q(state="pending"), name="publishing_one_review_at_a_time"),
            models.CheckConstraint(condition=Q(emergency=False) | Q(owed_by__isnull=False), name="publishing_emergency_has_a_deadline"),
        ]

    def __str__(self) -> str:
        return self.title


class ReviewStage(models.Model):
    """One stage of a review and, once somebody signed, the signature."""

    class State(models.TextChoices):
        WAITING = "waiting", "未到"
        OPEN = "open", "待审"
        SIGNED = "signed", "已签"
        REJECTED = "rejected", "已退回"
        VOID = "void", "已作废"

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="stages")
    order = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=20)
    role = models.CharField(max_length=20, choices=Post.Role.choices)
    reach = models.CharField(max_length=10, choices=ChainStep.Reach.choices, default=ChainStep.Reach.LINEAGE)
    parallel = models.BooleanField(default=False)
    # Where holders of the post were found; the queue filters on it. Empty while the stage waits.
    organisation = models.ForeignKey("organisations.Organisation", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    in_place_of = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)
    opinion = models.CharField("意见", max_length=500, blank=True)
    basis = models.CharField("保密审查依据", max_length=200, blank=True)

    class Meta:
        ordering = ["order"]
        indexes = [models.Index(fields=["state", "role", "organisation"])]
        constraints = [
            models.UniqueConstraint(fields=["review", "order"], name="publishing_stage_order"),
            models.CheckConstraint(
                condition=~Q(state__in=["signed", "rejected"]) | Q(signed_by__isnull=False, signed_at__isnull=False),
                name="publishing_signed_stage_has_a_signer",
            ),
            models.CheckConstraint(condition=~Q(state="rejected") | ~Q(opinion=""), name="publishing_rejection_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.review}：{self.label}"
