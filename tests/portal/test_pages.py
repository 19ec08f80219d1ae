"""What readers see: home, columns, articles, by host, with the tags and the records that government sites must carry."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import engines
from django.utils import timezone

from lianxin.portal.jinja import dial, signed
from lianxin.publishing import actions, cachebox
from lianxin.publishing.models import Correction, Listing
from lianxin.publishing.queries import newest

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


def text(response) -> str:
    """The page without its places for line breaks."""
    return response.content.decode().replace("<wbr>", "")


def meta(response, name: str) -> str | None:
    marker = f'<meta name="{name}" content="'
    page = text(response)
    return page.partition(marker)[2].partition('"')[0] if marker in page else None


class TestHome:
    def test_a_new_site_says_what_will_be_there(self, portal, reader):
        response = reader.get("/")
        assert response.status_code == 200
        assert "网站正在筹备" in text(response)

    def test_headline_tabs_and_blocks(self, portal, publish, reader):
        publish("普通消息")
        publish("头条消息", importance=2)
        publish("停水通知", portal.columns["news/announcements"])
        publish("和政发一号文件", portal.columns["open/documents"])
        page = text(reader.get("/"))
        assert page.index("头条消息") < page.index("普通消息")
        assert page.count("头条消息</a>") == 1
        assert "停水通知" in page and "一号文件" in page

    def test_without_a_recommended_article_the_newest_leads(self, publish, reader):
        publish("较早")
        publish("最新", at=timezone.now())
        page = text(reader.get("/"))
        assert page.index("最新") < page.index("较早")

    def test_each_host_shows_its_own_site(self, portal, publish, reader, county_reader):
        publish("市里的事")
        publish("县里的事", portal.county_news, organisation=portal.city.county)
        assert "市里的事" in text(reader.get("/")) and "县里的事" not in text(reader.get("/"))
        page = text(county_reader.get("/"))
        assert "县里的事" in page and "市里的事" not in page
        assert 'data-theme="pine"' in page and "青石县人民政府" in page

    def test_sites_link_to_each_other(self, portal, reader, county_reader):
        assert 'href="http://qingshi.localhost/"' in text(reader.get("/"))
        assert 'href="http://localhost/"' in text(county_reader.get("/"))


class TestFurniture:
    def test_site_tags_and_footer(self, portal, reader):
        response = reader.get("/")
        tags = [meta(response, f"Site{part}") for part in ("Name", "Domain", "IDCode")]
        assert tags == ["和安市人民政府", "localhost", "4199000001"]
        for words in (
            "主办：和安市人民政府办公室",
            "承办：和安市信息中心",
            "4199000001",
            "和ICP备00000001号",
            "和公网安备00000000000001号",
            "0000-1234567",
            "我为政府网站找错",
        ):
            assert words in text(response)

    def test_no_emblem_is_imitated(self, portal, reader):
        assert '<a class="brand" href="/"><span>' in text(reader.get("/"))

    def test_grey_and_festive_are_switches(self, portal, reader):
        actions.change_site(None, portal.site, grey=True, festive=True)
        page = text(reader.get("/"))
        assert " data-grey" in page and " data-festive" in page

    def test_the_demo_says_so(self, portal, reader, settings):
        assert "演示站点" not in text(reader.get("/"))
        settings.LIANXIN_DEMO = True
        assert "演示站点：内容均为虚构" in text(reader.get("/"))

    def test_nothing_inline_and_a_strict_policy(self, publish, reader):
        href = f"/news/headlines/{publish().slug}/"
        for address in ("/", "/news/", "/news/headlines/", href, "/orgs/", "/leaders/", "/accessibility/"):
            response = reader.get(address)
            policy = response["Content-Security-Policy"]
            assert "script-src 'self'" in policy and "style-src 'self'" in policy and "unsafe" not in policy
            page = text(response)
            assert " style=" not in page and "<style" not in page and "onclick" not in page
            assert all(piece.startswith(" src=") for piece in page.split("<script")[1:])

    def test_reading_sets_no_cookie(self, publish, reader):
        assert not reader.get(f"/news/headlines/{publish().slug}/").cookies


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("0000-1234567", "0000-1234567"),
        ("12345", "12345"),
        ("（0000）1234567", "0000-1234567"),
        ("0000-1234567（工作日 8:30—17:30）", "0000-1234567"),
        ("1234567、1234568 转 8", "1234567"),
        ("见各科室", ""),
    ],
)
def test_a_telephone_dials_the_first_number(words, number):
    assert dial(words) == number


@pytest.mark.parametrize("address", ["/", "/privacy/", "/accessibility/"])
def test_the_telephone_of_the_site_is_called_by_a_touch(portal, reader, address):
    page = text(reader.get(address))
    assert page.count('<a href="tel:0000-1234567">0000-1234567</a>') == (1 if address == "/" else 2)
    actions.change_site(None, portal.site, phone="见各科室")
    assert "tel:" not in text(reader.get(address))


class TestColumns:
    def test_tags(self, publish, reader):
        publish()
        response = reader.get("/news/headlines/")
        assert [meta(response, f"Column{part}") for part in ("Name", "Description", "Keywords", "Type")] == [
            "政务要闻",
            "政务要闻栏目",
            "政务要闻,和安",
            "动态要闻",
        ]

    def test_list_shows_date_unit_and_summary(self, publish, reader):
        publish("供暖提前", at=datetime(2024, 11, 1, 9, 30, tzinfo=SHANGHAI))
        page = text(reader.get("/news/headlines/"))
        assert "供暖提前" in page
        assert "2024-11-01" in page and "市教育局" in page and "供暖提前的摘要。" in page

    def test_a_channel_shows_its_columns(self, portal, publish, reader):
        publish("甲")
        publish("乙", portal.columns["news/announcements"])
        page = text(reader.get("/news/"))
        assert "甲" in page and "乙" in page and "这里将发布图片新闻" in page

    def test_an_article_in_a_channel_itself_is_found_there(self, portal, publish, reader):
        """An editor may choose the channel, and a column full of articles becomes one when a column is opened in it."""
        publish("频道自己的消息", portal.columns["news"], at=datetime(2024, 1, 1, 8, tzinfo=SHANGHAI))
        for number in range(20):
            publish(f"第{number:02}号消息", at=datetime(2024, 1, 2, 8, tzinfo=SHANGHAI) + timedelta(days=number))
        page = text(reader.get("/news/"))
        assert "频道自己的消息" not in page and 'href="/news/?page=1"' in page
        first = text(reader.get("/news/?page=1"))
        older = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        second = text(reader.get(f"/news/{older}"))
        assert "频道自己的消息" in second and 'href="/news/?page=1"' in second
        publish("刚发的频道消息", portal.columns["news"], at=timezone.now())
        assert "刚发的频道消息" in text(reader.get("/news/"))

    def test_documents_show_their_numbers(self, portal, publish, reader):
        publish("关于供暖的通知", portal.columns["open/documents"], document_number="和政办〔2025〕18号")
        page = text(reader.get("/open/documents/"))
        assert "和政办〔2025〕18号" in page and "发文字号" in page

    def test_an_empty_column_says_what_will_come(self, portal, reader):
        assert "这里将发布政府文件" in text(reader.get("/open/documents/"))

    def test_pages_lead_to_every_article_once(self, publish, reader):
        for number in range(45):
            publish(f"第{number:02}号消息", at=datetime(2024, 1, 1, 8, tzinfo=SHANGHAI) + timedelta(days=number))
        seen, address, back = [], "/news/headlines/", []
        while address:
            page = text(reader.get(address))
            seen += [number for number in range(44, -1, -1) if f"story-{number + 1}/" in page]
            back.append(address)
            found = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0] if 'rel="next"' in page else ""
            address = f"/news/headlines/{found}" if found else ""
        assert seen == list(range(44, -1, -1))
        assert len(back) == 3
        assert 'rel="prev"' in text(reader.get(back[-1])) and 'rel="prev"' not in text(reader.get(back[0]))

    def test_jump_to_a_month(self, publish, reader):
        for month in (1, 2, 3):
            for day in range(1, 11):
                publish(f"{month}月{day}日的事", at=datetime(2024, month, day, 8, tzinfo=SHANGHAI))
        page = text(reader.get("/news/headlines/?month=2024-02"))
        assert "2024-02-10" in page and "2024-03-01" not in page
        assert "<option selected>2024-02</option>" in page and "<option>2024-03</option>" in page

    @pytest.mark.parametrize("query", ["page=%25%25", "page=abc", "month=2024-13", "month=0000-01", "month=9999-12", "month=x", "page="])
    def test_senseless_positions_show_the_first_page(self, publish, reader, query):
        publish("唯一的消息")
        response = reader.get(f"/news/headlines/?{query}")
        assert response.status_code == 200
        assert "唯一" in text(response)


class TestArticles:
    def test_tags(self, portal, publish, reader):
        article = publish("图书馆开放", at=datetime(2024, 11, 1, 9, 30, tzinfo=SHANGHAI), author="陈思远", source="和安日报", keywords="图书馆 开放")
        response = reader.get(f"/news/headlines/{article.slug}/")
        wanted = {
            "ArticleTitle": "图书馆开放",
            "PubDate": "2024-11-01 09:30",
            "ContentSource": "和安日报",
            "Keywords": "图书馆,开放",
            "Author": "陈思远",
            "Description": "图书馆开放的摘要。",
            "Image": "",
            "Url": f"http://localhost/news/headlines/{article.slug}/",
            "ColumnName": "政务要闻",
        }
        assert {name: meta(response, name) for name in wanted} == wanted

    def test_the_page_shows_where_it_comes_from(self, publish, reader):
        page = text(reader.get(f"/news/headlines/{publish(author='陈思远', source='和安日报').slug}/"))
        for words in ("来源：和安日报", "作者：陈思远", "市教育局", "凭身份证入馆", "二维码", "BreadcrumbList", "<svg"):
            assert words in page

    def test_title_is_escaped_everywhere(self, publish, reader):
        article = publish('<script>alert("1")</script>的消息')
        for address in ("/", "/news/headlines/", f"/news/headlines/{article.slug}/", "/feeds/news/headlines/"):
            assert "<script>alert" not in text(reader.get(address))

    def test_body_blocks(self, publish, reader):
        body = [
            {"type": "heading", "value": {"level": "2", "text": "一、范围"}},
            {"type": "text", "value": "<p>甲。</p><ul><li>乙</li></ul>"},
            {"type": "quote", "value": {"text": "丙", "source": "丁"}},
            {
                "type": "table",
                "value": {"data": [["项目", "数"], ["戊", "1"], ["己", None]], "first_row_is_table_header": True, "table_caption": "表一"},
            },
        ]
        page = text(reader.get(f"/news/headlines/{publish(body=body).slug}/"))
        for part in ("<h2>一、", "<li>乙</li>", "<blockquote>", "——丁", '<th scope="col">项目</th>', "<caption>表一</caption>", ">戊</td>"):
            assert part in page

    def test_corrections_stay_visible(self, publish, reader):
        article = publish()
        Correction.objects.create(article=article, at=datetime(2025, 1, 2, 10, tzinfo=SHANGHAI), text="日期更正为十二月二日")
        page = text(reader.get(f"/news/headlines/{article.slug}/"))
        assert "日期更正为十二月二日" in page and "2025-01-02 10:00" in page

    def test_neighbours_and_related(self, publish, reader):
        old = publish("前一篇", at=datetime(2024, 1, 1, tzinfo=SHANGHAI))
        middle = publish("中间一篇", at=datetime(2024, 1, 2, tzinfo=SHANGHAI))
        new = publish("后一篇", at=datetime(2024, 1, 3, tzinfo=SHANGHAI))
        page = text(reader.get(f"/news/headlines/{middle.slug}/"))
        neighbours = page.partition('class="neighbours"')[2].partition("</nav>")[0]
        assert old.slug in neighbours and new.slug in neighbours
        related = page.partition("<h2>相关内容</h2>")[2].partition("</section>")[0]
        assert "市教育局　<time" in related

    def test_an_article_is_found_in_its_own_column_only(self, portal, publish, reader):
        article = publish(also=[portal.columns["news/announcements"]])
        assert reader.get(f"/news/headlines/{article.slug}/").status_code == 200
        assert reader.get(f"/news/announcements/{article.slug}/").status_code == 404

    def test_withdrawn_is_gone(self, publish, reader):
        article = publish()
        address = f"/news/headlines/{article.slug}/"
        assert reader.get(address).status_code == 200
        article.unpublish()
        response = reader.get(address)
        assert response.status_code == 404 and "没有找到这个页面" in text(response)

    def test_drafts_are_not_found(self, portal, reader):
        draft = actions.write_article(
            None,
            portal.columns["news/headlines"],
            title="草稿",
            slug="draft",
            body=[{"type": "text", "value": "<p>草稿</p>"}],
            organisation=portal.city.education,
        )
        assert reader.get(f"/news/headlines/{draft.slug}/").status_code == 404

    def test_another_host_does_not_have_it(self, publish, county_reader):
        assert county_reader.get(f"/news/headlines/{publish().slug}/").status_code == 404


class TestQueries:
    """Reading is nearly all of the load: the number of queries may not grow with what is shown."""

    @pytest.fixture
    def warm(self, portal, publish):
        for number in range(30):
            publish(f"消息{number}", keywords="图书馆 开放", importance=1)
            publish(f"文件{number}", portal.columns["open/documents"], document_number=f"和政办〔2025〕{number + 1}号")

    @pytest.mark.parametrize(
        ("address", "most"),
        [("/", 6), ("/news/", 4), ("/news/headlines/", 7), ("/open/documents/", 8), ("/news/headlines/story-1/", 10), ("/orgs/", 4)],
    )
    def test_few_queries(self, warm, reader, django_assert_max_num_queries, address, most, monkeypatch):
        monkeypatch.setattr(cachebox, "SECONDS", 1000.0)
        reader.get(address)
        with django_assert_max_num_queries(most):
            assert reader.get(address).status_code == 200

    def test_home_reads_no_more_with_more_columns(self, portal, warm, reader, django_assert_max_num_queries, monkeypatch):
        monkeypatch.setattr(cachebox, "SECONDS", 1000.0)
        for slug in ("departments", "counties", "state-council"):
            actions.open_column(None, type(portal.columns["news"]).objects.get(slug="news"), title=slug, slug=slug, kind="news")
        cachebox.forget()
        reader.get("/")
        with django_assert_max_num_queries(6):
            reader.get("/")


def test_blocks_of_several_columns_come_in_one_query(publish, portal, django_assert_num_queries):
    """Pinned first, then by time; a column without articles is there and empty."""
    headlines, documents = portal.columns["news/headlines"], portal.columns["open/documents"]
    for number in range(4):
        publish(f"要闻 {number}")
    publish("要闻 4", pinned=True)
    with django_assert_num_queries(1):
        found = newest({headlines.pk: 3, documents.pk: 3})
    assert [row.title for row in found[headlines.pk]] == ["要闻 4", "要闻 0", "要闻 1"]
    assert found[headlines.pk][0].published_at == Listing.objects.get(title="要闻 4", column=headlines).published_at
    assert found[documents.pk] == []


def test_a_running_site_does_not_read_its_templates_again():
    # After an upgrade on the disk, templates of the new code would be rendered by the old.
    assert engines["jinja2"].env.auto_reload is False


def test_an_article_is_read_with_what_its_page_shows_and_no_more(publish, reader, django_assert_num_queries):
    """A field that is missing from ``SHOWN`` would be asked for by a query of its own."""
    for number in range(3):
        publish(f"文章 {number}", source="新华社", author="记者", keywords="供暖 停水", document_number="和政发〔2026〕3号")
    reader.get("/news/headlines/story-2/")
    # The article; its columns, those around it; its corrections.
    with django_assert_num_queries(4):
        assert reader.get("/news/headlines/story-2/").status_code == 200


@pytest.mark.parametrize(
    ("text", "signed_by"),
    [
        ("<p>特此通知。</p><p>和安市人民政府办公室</p><p>2026年3月5日</p>", ["和安市人民政府办公室", "2026年3月5日"]),
        (
            '<p data-block-key="a">和安市教育局</p>\n<p data-block-key="b">和安市财政局</p>\n<p>二〇〇七年十月二十五日</p>\n',
            ["和安市教育局", "和安市财政局", "二〇〇七年十月二十五日"],
        ),
        ("<p>特此通知</p><p>2026年3月5日</p>", ["2026年3月5日"]),
        ("<p>请遵照执行。</p><p>和安市财政局</p><p>2026年3月5日</p><p>（此件公开发布）</p>", ["和安市财政局", "2026年3月5日"]),
        ("<p>通知如下：</p><p>2026年3月5日起施行。</p>", []),
        ("<p>2026年3月5日</p><p>全市道路恢复通行。</p>", []),
        (f"<p>{'很长的正文。' * 300}</p><p>和安市水利局</p><p>2026年3月5日</p>", ["和安市水利局", "2026年3月5日"]),
    ],
)
def test_a_closing_signature_stands_at_the_right(text: str, signed_by: list[str]) -> None:
    shown = signed(text)
    assert re.findall(r'<p class="signature"[^>]*>([^<]+)</p>', shown) == signed_by
    assert re.sub(r' class="signature"', "", shown) == text


def test_an_article_ends_with_its_signature(publish, reader):
    body = [{"type": "text", "value": "<p>现将放假安排通知如下。</p><p>和安市人民政府办公室</p><p>2026年3月5日</p>"}]
    article = publish("放假通知", body=body)
    page = reader.get(article.get_url().partition("localhost")[2] or article.get_url()).content.decode()
    assert page.count('class="signature"') == 2 and "现将放假安排通知如下。" in page
