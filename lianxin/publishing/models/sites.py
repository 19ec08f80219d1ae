"""Sites (站点): one row beside Wagtail's Site with everything that a government site must show and be."""

from urllib.parse import urlencode

from django.core.validators import RegexValidator
from django.db import models
from wagtail.models import Site

# 我为政府网站找错: the form that the footers of government sites open, told by the site's code; henan.gov.cn, www.miit.gov.cn and
# www.ccgp.gov.cn link to it, and the common script jiucuo.js builds the same address. A site without a code has the platform's front page.
FAULT_FORM = "https://zfwzgl.www.gov.cn/exposure/jiucuo.html"
FAULT_PLATFORM = "https://zfwzzc.www.gov.cn/"


class SiteProfile(models.Model):
    """A site of the cluster: whose it is, how it looks and the records its footer must show (rules W15–W18)."""

    class Tier(models.TextChoices):
        CITY = "city", "市"
        COUNTY = "county", "县市区"
        DEPARTMENT = "department", "部门"
        TOWNSHIP = "township", "乡镇街道"

    class Theme(models.TextChoices):
        RIVER = "river", "澄蓝"
        PINE = "pine", "松青"
        DUSK = "dusk", "暮紫"

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="profile")
    organisation = models.ForeignKey("organisations.Organisation", verbose_name="主管机构", on_delete=models.PROTECT, related_name="sites")
    parent = models.ForeignKey("self", verbose_name="上级站点", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    tier = models.CharField("层级", max_length=12, choices=Tier.choices)
    name = models.CharField("网站名称", max_length=60)
    slogan = models.CharField("副题", max_length=60, blank=True)
    theme = models.CharField("配色", max_length=12, choices=Theme.choices, default=Theme.RIVER)
    grey = models.BooleanField("灰色模式（哀悼日）", default=False)
    festive = models.BooleanField("节庆装饰", default=False)
    emblem = models.ImageField("国徽或单位标志文件", upload_to="emblems/", blank=True, help_text="只用官方标准文件；没有时留空，不得绘制替代图样")
    mark = models.ImageField("党政机关标志文件", upload_to="emblems/", blank=True, help_text="页脚显示；只用编制部门发放的标志文件")
    site_code = models.CharField(
        "网站标识码",
        max_length=10,
        blank=True,
        validators=[RegexValidator(r"^(\d{10}|bm\d{8})$", "网站标识码是 10 位数字，部委网站是 bm 加 8 位数字。")],
    )
    icp = models.CharField("ICP备案号", max_length=40, blank=True)
    police_record = models.CharField("公安备案号", max_length=60, blank=True)
    organiser = models.CharField("主办单位", max_length=60)
    contractor = models.CharField("承办单位", max_length=60, blank=True)
    phone = models.CharField("联系电话", max_length=40, blank=True)
    email = models.EmailField("联系邮箱", blank=True)
    address = models.CharField("地址", max_length=120, blank=True)
    description = models.CharField("网站描述", max_length=200, blank=True)
    hot_words = models.CharField("热搜词", max_length=120, blank=True, help_text="用空格隔开，最多 6 个")
    closed_at = models.DateTimeField("关停时间", null=True, blank=True)

    class Meta:
        verbose_name = "站点"
        verbose_name_plural = "站点"

    def __str__(self) -> str:
        return self.name

    @property
    def fault_form(self) -> str:
        """Where readers report a fault of this site (rule W17)."""
        if not self.site_code:
            return FAULT_PLATFORM
        return f"{FAULT_FORM}?{urlencode({'site_code': self.site_code, 'url': f'{self.site.root_url}/'})}"

    @property
    def hot_word_list(self) -> list[str]:
        """The hot words, at most six."""
        return self.hot_words.split()[:6]
