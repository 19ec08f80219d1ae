"""Units of the city, the posts people hold in them, who answers for what, and who stands in for whom."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from treebeard.mp_tree import MP_Node

from lianxin.foundation.pagestore import Tagged


class Organisation(Tagged, MP_Node):
    """A unit (机构) in the tree of city government, offices, departments, counties, townships and public institutions.

    A unit is never deleted: one that ends names its successor, so that articles and cases always belong somewhere.
    """

    class Kind(models.TextChoices):
        GOVERNMENT = "government", "人民政府"
        OFFICE = "office", "办事机构"
        DEPARTMENT = "department", "工作部门"
        PARTY = "party", "党委机构"
        CONGRESS = "congress", "人大机关"
        CPPCC = "cppcc", "政协机关"
        COURT = "court", "审判机关"
        PROCURATORATE = "procuratorate", "检察机关"
        COUNTY = "county", "县市区"
        TOWNSHIP = "township", "乡镇街道"
        INSTITUTION = "institution", "事业单位"
        ENTERPRISE = "enterprise", "公共企业"
        GROUP = "group", "群团组织"

    name = models.CharField("名称", max_length=100)
    short_name = models.CharField("简称", max_length=50, unique=True)
    slug = models.SlugField("地址", max_length=60, unique=True)
    kind = models.CharField("类别", max_length=20, choices=Kind.choices, db_index=True)
    code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    phone = models.CharField("电话", max_length=50, blank=True)
    hours = models.CharField("办公时间", max_length=100, blank=True)
    website = models.URLField("网站", blank=True)
    introduction = models.TextField("简介", blank=True)
    order = models.IntegerField("排序", default=0)
    board_open = models.BooleanField("开放留言版块", default=True)
    ended_on = models.DateField("撤并日期", null=True, blank=True)
    successor = models.ForeignKey("self", verbose_name="职能划入", null=True, blank=True, on_delete=models.PROTECT, related_name="predecessors")

    class Meta:
        verbose_name = "机构"
        verbose_name_plural = "机构"
        constraints = [
            models.CheckConstraint(condition=Q(ended_on__isnull=True) | Q(successor__isnull=False), name="organisations_ended_unit_has_successor"),
        ]

    def __str__(self) -> str:
        return self.short_name

    def get_absolute_url(self) -> str:
        """The unit's public page."""
        return reverse("portal:organisation", args=[self.slug])

    def lineage(self) -> list["Organisation"]:
        """The unit itself, then its ancestors from the nearest to the root: the order in which a post is looked for."""
        return [self, *reversed(list(self.get_ancestors()))]


class FormerName(models.Model):
    """A name that a unit had until a day; articles and documents of that time still bear it."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="former_names")
    name = models.CharField("原名称", max_length=100)
    short_name = models.CharField("原简称", max_length=50)
    until = models.DateField("用至")

    class Meta:
        ordering = ["-until", "-id"]

    def __str__(self) -> str:
        return self.short_name


class Duty(models.Model):
    """One clause of a unit's duties (职能), short enough for triage to quote."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="duties")
    order = models.PositiveSmallIntegerField("序号")
    text = models.CharField("职责", max_length=500)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["organisation", "order"], name="organisations_duty_order")]

    def __str__(self) -> str:
        return self.text


class Section(models.Model):
    """An inner section (科室) of a unit."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="sections")
    name = models.CharField("科室", max_length=60)
    phone = models.CharField("电话", max_length=50, blank=True)
    order = models.PositiveSmallIntegerField("排序", default=0)

    class Meta:
        ordering = ["order", "id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="organisations_section_name")]

    def __str__(self) -> str:
        return self.name


class OfficeFunction(models.Model):
    """Which unit is at present the government office, the hotline office … Flows look the unit up here, never by a fixed name."""

    class Function(models.TextChoices):
        GOVERNMENT_OFFICE = "government_office", "政府办公室"
        SUPERVISION_OFFICE = "supervision_office", "督查室"
        HOTLINE_OFFICE = "hotline_office", "热线办"
        PETITION_BUREAU = "petition_bureau", "信访局"
        DISCLOSURE_OFFICE = "disclosure_office", "政务公开办"
        DEPUTIES_COMMITTEE = "deputies_committee", "代表工委"
        PROPOSALS_COMMITTEE = "proposals_committee", "提案委"
        INFORMATION_CENTRE = "information_centre", "信息中心"
        PUBLICITY_DEPARTMENT = "publicity_department", "宣传部"

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="functions")
    function = models.CharField("职能", max_length=30, choices=Function.choices)
    scope = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", help_text="为哪一级政府履行：市政府、某县市区")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["function", "scope"], name="organisations_one_office_per_function")]

    def __str__(self) -> str:
        return f"{self.organisation}：{self.get_function_display()}"


class Post(models.Model):
    """A person's role in a unit, from a day to a day (inclusive). All rights of staff follow from posts in force."""

    class Role(models.TextChoices):
        EDITOR = "editor", "采编"
        REVIEWER = "reviewer", "审核"
        CHIEF = "chief", "终审"
        SECURITY = "security", "保密审查"
        DUTY = "duty", "值班"
        CLERK = "clerk", "承办"
        HEAD = "head", "负责人"
        LEADER = "leader", "领导"
        TRIAGE = "triage", "分办"
        OPERATOR = "operator", "话务"
        SUPERVISOR = "supervisor", "督查"
        DEPUTY = "deputy", "人大代表"
        MEMBER = "member", "政协委员"
        SITE_MANAGER = "site_manager", "站点管理"
        UNIT_MANAGER = "unit_manager", "单位管理"
        ADMINISTRATOR = "administrator", "系统管理"
        AUDITOR = "auditor", "审计"
        PARTNER = "partner", "合作"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="人员", on_delete=models.PROTECT, related_name="posts")
    organisation = models.ForeignKey(Organisation, verbose_name="机构", on_delete=models.PROTECT, related_name="posts")
    role = models.CharField("岗位", max_length=20, choices=Role.choices)
    title = models.CharField("职务", max_length=60, blank=True, help_text="如：局长、办公室主任")
    section = models.ForeignKey(Section, verbose_name="科室", null=True, blank=True, on_delete=models.SET_NULL)
    starts_on = models.DateField("任职日期")
    ends_on = models.DateField("离任日期", null=True, blank=True)

    class Meta:
        verbose_name = "岗位"
        verbose_name_plural = "岗位"
        indexes = [models.Index(fields=["user", "role"]), models.Index(fields=["organisation", "role"])]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="organisations_post_ends_after_start"),
            models.UniqueConstraint(fields=["user", "organisation", "role", "starts_on"], name="organisations_post_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user}（{self.organisation} {self.title or self.get_role_display()}）"


class Leader(models.Model):
    """A leader's public page (市长之窗): who it is and what he or she answers for. The rights come from the post."""

    post = models.OneToOneField(Post, on_delete=models.PROTECT, related_name="leader_page", limit_choices_to={"role": "leader"})
    slug = models.SlugField("地址", max_length=60, unique=True)
    portrait = models.ImageField("照片", upload_to="leaders/", blank=True)
    gender = models.CharField("性别", max_length=2, blank=True)
    born = models.CharField("出生年月", max_length=20, blank=True, validators=[RegexValidator(r"^\d{4}-\d{2}$", "请按 1970-05 的样子填写。")])
    brief = models.TextField("简介", blank=True)
    resume = models.TextField("履历", blank=True, help_text="每行一段")
    portfolio_text = models.TextField("分工", blank=True)
    order = models.PositiveSmallIntegerField("排序", default=0)

    class Meta:
        verbose_name = "领导"
        verbose_name_plural = "领导"
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return str(self.post.user)

    def get_absolute_url(self) -> str:
        """The leader's public page."""
        return reverse("portal:leader", args=[self.slug])


class Portfolio(models.Model):
    """A unit in the charge of a leader (分管), from a day to a day; a unit has at most one at a time."""

    leader = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="portfolio")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="portfolios")
    starts_on = models.DateField("起始")
    ends_on = models.DateField("截止", null=True, blank=True)

    class Meta:
        verbose_name = "分管"
        verbose_name_plural = "分管"
        constraints = [
            models.UniqueConstraint(fields=["organisation"], condition=Q(ends_on__isnull=True), name="organisations_one_leader_in_charge"),
            models.CheckConstraint(condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="organisations_portfolio_order"),
        ]

    def __str__(self) -> str:
        return f"{self.leader.user} 分管 {self.organisation}"


class Handover(models.Model):
    """The holder of a post lets a colleague act for it until a day (inclusive). The deeds are recorded under the one who did them."""

    post = models.ForeignKey(Post, verbose_name="岗位", on_delete=models.CASCADE, related_name="handovers")
    substitute = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="代理人", on_delete=models.PROTECT, related_name="standing_in")
    starts_on = models.DateField("起始")
    until = models.DateField("截止")
    reason = models.CharField("原因", max_length=200, blank=True)
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)

    class Meta:
        verbose_name = "交接"
        verbose_name_plural = "交接"
        constraints = [models.CheckConstraint(condition=Q(until__gte=F("starts_on")), name="organisations_handover_order")]

    def __str__(self) -> str:
        return f"{self.post} → {self.substitute}（至 {self.until}）"
