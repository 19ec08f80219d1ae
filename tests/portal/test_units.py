"""Units and leaders as the public sees them."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from lianxin.organisations.models import Duty, Leader, Portfolio, Post, Section
from lianxin.portal.jinja import stations

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return response.content.decode().replace("<wbr>", "")


@pytest.fixture
def mayor(portal, person):
    user = person("mayor", "leader", portal.city.root, name="林清和", title="市长")
    return Leader.objects.create(
        post=user.posts.get(),
        slug="lin-qinghe",
        brief="林清和，男，现任市长。",
        resume="1990—1994　省农业大学学生\n1994—至今　市长",
        portfolio_text="主持市政府全面工作。",
        order=1,
    )


class TestDirectory:
    def test_units_by_kind(self, portal, reader):
        page = text(reader.get("/orgs/"))
        for words in ("工作部门", "市教育局", "县（市、区）", "青石县", "柳河镇", "青石县的乡镇和街道（1）"):
            assert words in page

    def test_filter(self, portal, reader):
        page = text(reader.get("/orgs/", {"q": "教育"}))
        assert "市教育局" in page and "青石县教育局" in page and "市卫健委" not in page

    def test_filter_finds_townships(self, portal, reader):
        assert "柳河镇" in text(reader.get("/orgs/", {"q": "柳河"}))

    def test_nothing_found(self, portal, reader):
        page = text(reader.get("/orgs/", {"q": '没有<b>"'}))
        assert "没有找到" in page and "<b>" not in page.partition("没有找到")[2]

    def test_a_county_shows_its_own(self, portal, county_reader):
        page = text(county_reader.get("/orgs/"))
        assert "青石县教育局" in page and "市教育局" not in page.replace("青石县教育局", "")


class TestUnit:
    def test_everything_about_it(self, portal, publish, reader, person, mayor):
        unit = portal.city.education
        Duty.objects.create(organisation=unit, order=1, text="制定全市中小学布局规划")
        Section.objects.create(organisation=unit, name="基础教育科", phone="0000-7654321")
        person("head", "head", unit, name="蔡德琴", title="局长")
        Portfolio.objects.create(leader=mayor.post, organisation=unit, starts_on=date(2020, 1, 1))
        publish("教育局的消息")
        page = text(reader.get("/orgs/education/"))
        for words in ("制定全市中小学布局规划", "基础教育科", "0000-7654321", "局长", "蔡德琴", "分管领导", "林清和", "教育局的消息"):
            assert words in page

    def test_an_ended_unit_leads_to_its_successor(self, portal, reader):
        unit = portal.city.health
        unit.ended_on, unit.successor = date(2025, 1, 1), portal.city.education
        unit.save()
        response = reader.get("/orgs/health/")
        assert response.status_code == 301 and response["Location"] == "/orgs/education/"
        assert "市卫健委" not in text(reader.get("/orgs/"))

    def test_own_site_is_linked(self, portal, reader):
        assert 'href="http://qingshi.localhost/"' in text(reader.get("/orgs/qingshi/")).partition("<main")[2].partition("</main>")[0]

    def test_unknown(self, portal, reader):
        assert reader.get("/orgs/nobody/").status_code == 404


class TestLeaders:
    def test_page(self, portal, mayor, publish, reader):
        Portfolio.objects.create(leader=mayor.post, organisation=portal.city.health, starts_on=date(2020, 1, 1))
        publish("林清和调研供暖")
        assert "林清和" in text(reader.get("/leaders/"))
        page = text(reader.get("/leaders/lin-qinghe/"))
        for words in (
            "林清和，男，现任市长。",
            '<span class="when">1990—1994</span>',
            "省农业大学学生",
            "主持市政府全面工作。",
            "市卫健委",
            "林清和调研供暖",
        ):
            assert words in page

    def test_whoever_left_office_is_gone(self, mayor, reader):
        Post.objects.filter(pk=mayor.post_id).update(ends_on=timezone.localdate() - timedelta(days=1))
        assert reader.get("/leaders/lin-qinghe/").status_code == 404
        assert "林清和" not in text(reader.get("/leaders/"))

    def test_a_county_shows_its_own(self, mayor, county_reader, portal, person):
        user = person("head-of-county", "leader", portal.city.county, name="秦县长", title="县长")
        Leader.objects.create(post=user.posts.get(), slug="qin")
        page = text(county_reader.get("/leaders/"))
        assert "秦县长" in page and "林清和" not in page


@pytest.mark.parametrize(
    ("line", "station"),
    [
        ("1990—1994　和安大学学生", ("1990—1994", "和安大学学生")),
        ("2019.03—至今 市长", ("2019.03—至今", "市长")),
        ("2001年9月至2005年7月，市计委科员", ("2001年9月至2005年7月", "市计委科员")),
        ("曾在基层工作", ("", "曾在基层工作")),
    ],
)
def test_stations_of_a_resume(line, station):
    assert stations(line) == [station]
