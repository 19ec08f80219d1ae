"""Sites, columns, duties, roster, and what of them is left when people and units change."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from lianxin.foundation.errors import Forbidden, Refused
from lianxin.organisations import actions as organisation_actions
from lianxin.publishing import actions, queries
from lianxin.publishing.models import ArticlePage, ColumnDuty, Listing, ReviewChain

pytestmark = pytest.mark.django_db


def test_a_host_has_one_site(site, city):
    with pytest.raises(Refused, match="已经有一个站点"):
        actions.add_site(None, hostname="HEAN.localhost", port=80, name="又一个", tier="city", organisation=city.root, organiser="市政府")


def test_faults_are_reported_under_the_sites_code(site):
    site.site_code = "4199000001"
    assert site.fault_form == "https://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code=4199000001&url=http%3A%2F%2Fhean.localhost%2F"
    site.site_code = ""
    assert site.fault_form == "https://zfwzzc.www.gov.cn/"


def test_a_site_code_is_checked(site):
    with pytest.raises(Refused, match="标识码"):
        actions.change_site(None, site, site_code="12345")


def test_only_site_managers_open_columns(site, people):
    home = site.site.root_page.specific
    with pytest.raises(Forbidden):
        actions.open_column(people.editor, home, title="我的栏目", slug="mine", kind="news")
    assert actions.open_column(people.site_manager, home, title="通知公告", slug="announcements", kind="notices").live


@pytest.mark.parametrize("slug", ["search", "desk", "orgs"])
def test_addresses_of_the_system_are_not_given_to_columns(site, slug):
    with pytest.raises(Refused, match="系统页面"):
        actions.open_column(None, site.site.root_page.specific, title="占位", slug=slug, kind="news")


def test_two_columns_do_not_share_an_address(site, column):
    with pytest.raises(Refused, match="已经有地址"):
        actions.open_column(None, site.site.root_page.specific, title="另一个", slug=column.slug, kind="news")


def test_the_navigation_follows_at_once(site, column):
    assert [entry.title for entry in queries.navigation(site.site)] == ["部门动态"]
    actions.change_column(None, column, title="部门工作动态")
    assert [entry.title for entry in queries.navigation(site.site)] == ["部门工作动态"]
    assert queries.column_by_path(site.site, "departments").id == column.pk
    assert queries.column_by_path(site.site, "departments/none") is None


def test_a_unit_writes_in_its_own_columns_and_in_open_ones(make_article, people, column, other_column, city):
    assert make_article(people.other_editor, column).organisation == city.health
    with pytest.raises(Forbidden, match="不由您的单位保障"):
        make_article(people.other_editor, other_column)
    with pytest.raises(Forbidden, match="采编岗位"):
        make_article(people.other_editor, column, organisation=city.education)


def test_columns_warn_before_they_go_stale(make_article, publish_through_review, people, column, other_column, clock):
    publish_through_review(make_article(people.editor, other_column))
    assert queries.stale_columns(people.editor) == []
    clock.shift(days=23)
    (state,) = queries.stale_columns(people.editor)
    assert state.duty.column == other_column and state.days_left == 7 and not state.is_stale
    clock.shift(days=10)
    assert queries.stale_columns(people.editor)[0].is_stale
    assert queries.stale_columns(people.other_editor) == []


@pytest.mark.parametrize(("cadence", "ahead"), [(365, 14), (30, 7), (7, 1)])
def test_a_column_warns_in_the_last_quarter_of_its_cadence_and_two_weeks_ahead_at_most(people, other_column, clock, cadence, ahead):
    other_column.first_published_at, other_column.cadence_days = clock.now(), cadence
    other_column.save()
    clock.shift(days=cadence - ahead - 1)
    assert queries.stale_columns(people.editor) == []
    clock.shift(days=1)
    assert [state.days_left for state in queries.stale_columns(people.editor)] == [ahead]


def test_keeper_and_reviewer_of_a_column_are_two(column, city, people):
    with pytest.raises(Refused, match="同一个人"):
        actions.set_duty(None, column, organisation=city.education, person=people.editor, reviewer=people.editor)


def test_the_duty_table_follows_the_tree(site, column, other_column, city, people):
    actions.set_duty(None, column, organisation=city.office, person=people.second_editor)
    assert [duty.column.title for duty in queries.duty_table(site)] == ["部门动态", "教育信息"]


def test_chains_are_data_with_the_sites_own_first(site, chains):
    own = ReviewChain.objects.create(name="本站两审", site=site.site, kind="standard")
    assert queries.chain_for(site, "standard") == own
    assert queries.chain_for(site, "repost").name == "转载一审"


def test_someone_who_leaves_hands_on_what_is_kept(other_column, people, city):
    actions.set_shift(None, city.root, timezone.localdate() + timedelta(days=3), people.editor)
    with pytest.raises(Refused, match="教育信息"):
        organisation_actions.person_leaves(people.admin, people.editor, timezone.localdate())
    organisation_actions.person_leaves(people.admin, people.editor, timezone.localdate(), successor=people.second_editor)
    duty = ColumnDuty.objects.get(column=other_column)
    assert duty.person == people.second_editor
    (shift,) = queries.roster(city.root, date(2000, 1, 1), date(2100, 1, 1))
    assert shift.person == people.second_editor


def test_a_merged_unit_leaves_its_articles_to_the_successor(make_article, publish_through_review, people, other_column, city):
    article = publish_through_review(make_article(people.editor, other_column))
    draft = make_article(people.editor, other_column, title="合并前的草稿")
    organisation_actions.merge_units(people.admin, city.education, city.health, timezone.localdate())
    article = ArticlePage.objects.get(pk=article.pk)
    assert article.organisation == city.health and article.shown_source == "市教育局"
    assert {row.unit for row in Listing.objects.filter(article=article)} == {city.health}
    assert ColumnDuty.objects.get(column=other_column).organisation == city.health
    assert ArticlePage.objects.get(pk=draft.pk).get_latest_revision_as_object().organisation == city.health


def test_who_may_see_what(make_article, publish_through_review, people, column):
    public = publish_through_review(make_article(people.editor, column, title="公开的"))
    draft = make_article(people.editor, column, title="草稿")
    seen = {name: set(queries.visible_to(getattr(people, name, None)).values_list("pk", flat=True)) for name in ("editor", "other_editor", "chief")}
    assert seen["editor"] == seen["chief"] == {public.pk, draft.pk}
    assert seen["other_editor"] == {public.pk}
    assert set(queries.visible_to(None).values_list("pk", flat=True)) == {public.pk}


def test_rights_in_the_editor_follow_the_posts(people, site, column, other_column):
    assert other_column.permissions_for_user(people.editor).can_add_subpage()
    assert not other_column.permissions_for_user(people.other_editor).can_add_subpage()
    assert column.permissions_for_user(people.other_editor).can_add_subpage()
    people.editor.posts.update(ends_on="2020-02-01")
    actions.sync_user(people.editor)
    fresh = type(people.editor).objects.get(pk=people.editor.pk)
    assert not other_column.permissions_for_user(fresh).can_add_subpage()
