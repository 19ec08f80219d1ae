"""What an article's page shows beside its text."""

from dataclasses import dataclass, field

from django.http import HttpRequest
from django.utils.safestring import SafeString

from lianxin.portal import qr
from lianxin.portal.columns import trail
from lianxin.publishing import pictures
from lianxin.publishing.models import ArticlePage, Rendition
from lianxin.publishing.queries import NavColumn, Near, Note, company, corrections, href_of, navigation, site_profile


@dataclass
class ArticleView:
    """Everything that an article's page shows beside its own fields."""

    trail: list[NavColumn]
    address: str
    code: SafeString
    lead: Rendition | None = None
    corrections: list[Note] = field(default_factory=list)
    previous: Near | None = None
    next: Near | None = None
    related: tuple[Near, ...] = ()

    @property
    def column(self) -> NavColumn | None:
        """The column the article lies in."""
        return self.trail[-1] if self.trail else None


def context(request: HttpRequest, article: ArticlePage) -> ArticleView:
    """What the page of ``article`` shows to this request; a draft in preview has neither neighbours nor corrections."""
    site = site_profile(request).site
    href = href_of(article, site.root_page.url_path)
    address = request.build_absolute_uri(href)
    view = ArticleView(trail(navigation(site), href), address, qr.svg(address, "本页二维码，用手机扫码打开"))
    view.lead = pictures.existing(article.lead_picture, pictures.LEAD) if article.lead_picture_id else None
    if article.live:
        view.corrections = corrections(article)
        beside = company(article, view.column.id if view.column else None)
        view.previous, view.next, view.related = beside.previous, beside.next, beside.related
    return view
