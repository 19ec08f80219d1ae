"""A small site with everything on it that a public page can show."""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from wagtail.images.tests.utils import get_test_image_file

from lianxin.foundation.models import VisitCount
from lianxin.publishing import actions
from lianxin.publishing.models import ArticlePage, Attachment, ColumnPage, Picture, SiteProfile

# The fixtures of the publishing tests: a site, a column, the chains.
from tests.publishing.conftest import chains, column, site  # noqa: F401


@pytest.fixture
def full_body(db: None) -> list[dict[str, Any]]:
    """A body with every kind of block."""
    picture = Picture.objects.create(title="新馆效果图", file=get_test_image_file(size=(640, 480)))
    paper = Attachment.objects.create(title="选址方案", file=ContentFile(b"%PDF-1.4", "plan.pdf"))
    film = Attachment.objects.create(title="介绍短片", file=ContentFile(b"\x00\x00\x00\x18ftypmp42", "film.mp4"))
    table = {"data": [["方案", "票数"], ["河东", "98,204"], ["河西", "64,567"]], "first_row_is_table_header": True, "table_caption": "投票结果"}
    return [
        {"type": "text", "value": '<p>市图书馆新馆选址<b>今天</b>公布。</p><ol><li>河东</li><li>河西</li></ol><p><a href="/orgs/">各单位</a></p>'},
        {"type": "heading", "value": {"level": "2", "text": "一、投票结果"}},
        {"type": "heading", "value": {"level": "3", "text": "（一）票数"}},
        {"type": "table", "value": table},
        {"type": "picture", "value": {"image": picture.pk, "alt": "新馆临水而建", "caption": "新馆效果图"}},
        {"type": "quote", "value": {"text": "图书馆是城市的客厅。", "source": "市民王女士"}},
        {"type": "attachments", "value": [paper.pk]},
        {"type": "media", "value": {"file": film.pk, "title": "介绍短片", "poster": picture.pk, "transcript": "新馆临水而建。"}},
    ]


@pytest.fixture
def full_site(site: SiteProfile, column: ColumnPage, city: Any, people: SimpleNamespace, full_body: list) -> SimpleNamespace:  # noqa: F811
    """The city's site with leaders, articles in several columns (enough for a second page), and one article with every block."""
    from lianxin.organisations.models import Duty, Leader, Portfolio

    # With all that its foot can show.
    actions.change_site(people.admin, site, phone="0000-3763000", email="portal@hean.example", address="和安市人民路1号")
    post = people.leader.posts.get()
    Leader.objects.create(
        post=post, slug="lin-qinghe", brief="主持市政府全面工作。", resume="1970年生。\n2020年起任市长。", portfolio_text="财政、审计。"
    )
    Portfolio.objects.create(leader=post, organisation=city.education, starts_on=date(2020, 1, 1))
    Duty.objects.create(organisation=city.education, order=1, text="管理全市中小学教育。")
    home = site.site.root_page.specific
    notices = actions.open_column(None, home, title="通知公告", slug="notices-list", kind="notices", cadence_days=30)
    now = timezone.now()

    def article(where: ColumnPage, number: int, **fields: Any) -> ArticlePage:
        values = {
            "title": f"我市第{number}批民生实事项目开工建设",
            "body": full_body[:1],
            "summary": "惠及十万市民。",
            "organisation": city.education,
            **fields,
        }
        return actions.import_published(where, published_at=now - timedelta(hours=number), **values)

    for number in range(1, 23):
        article(column, number)
    article(notices, 30, title="关于征集2026年民生实事项目的公告", document_number="和政办〔2025〕18号")
    words = {"title": "市图书馆新馆选址公布：162,771位市民投票选定河东", "keywords": "图书馆 选址", "source": "和安日报", "author": "陈思远"}
    full = article(column, 40, body=full_body, **words)
    _visited(site.site.hostname)
    return SimpleNamespace(profile=site, column=column, notices=notices, article=full)


def _visited(host: str) -> None:
    kind, today = VisitCount.Kind, timezone.localdate()
    seen = [
        (kind.PAGE, "/"),
        (kind.REFERRER, "www.baidu.com"),
        (kind.WORDS, "供暖"),
        (kind.ENGINE_WORDS, "停水通知"),
        (kind.DEVICE, "phone"),
        (kind.HOUR, "09"),
    ]
    rows = [VisitCount(day=today, host=host, kind=name, key=key, views=1234) for name, key in seen]
    totals = [VisitCount(day=today - timedelta(days=back * 9), host=host, kind=kind.TOTAL, views=900 + back, visitors=300) for back in range(20)]
    VisitCount.objects.bulk_create([*rows, *totals])


@pytest.fixture
def public_addresses(full_site: SimpleNamespace) -> Callable[[], dict[str, int]]:
    """Every kind of public page: address → status."""

    def addresses() -> dict[str, int]:
        base = full_site.profile.site.root_page.url_path
        shown = ["/" + page.url_path.removeprefix(base) for page in (full_site.article, full_site.column, full_site.notices)]
        found = ["/", *shown, "/orgs/", "/orgs/education/", "/leaders/", "/leaders/lin-qinghe/", "/sitemap/", "/figures/visits/", "/tools/due-date/"]
        found += ["/accessibility/", "/privacy/", "/elder/", "/offline/", "/my/sign-in/", "/my/texts/privacy/"]
        found += ["/letters/", "/boards/", "/boards/education/", "/write/", "/follow/", "/hotline/"]
        found += ["/figures/", "/figures/2025/", "/figures/list/?measure=received&period=2025", "/ledger/", "/ledger/units/education/"]
        return {**dict.fromkeys(found, 200), "/there-is-no-such-page/": 404}

    return addresses
