"""Units, offices, duties, portfolios, mergers, and what is read of them."""

from datetime import date, timedelta

import pytest
from wagtail.contrib.redirects.models import Redirect

from lianxin.foundation.errors import Forbidden, Refused
from lianxin.foundation.models import AuditEntry
from lianxin.organisations import actions, checks, queries, registry
from lianxin.organisations.models import Leader, OfficeFunction, Organisation, Portfolio, Post

pytestmark = pytest.mark.django_db
TODAY = date(2025, 3, 3)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _today(clock):
    """Monday 2025-03-03 09:00."""


@pytest.fixture
def deputy_mayor(person, city):
    return person("deputy-mayor", "leader", city.root, name="苏慧敏", title="副市长").posts.get()


@pytest.fixture
def mayor(people):
    return people.leader.posts.get()


# --- reading ---------------------------------------------------------------------------------------------------------------------------


def test_the_tree(city, django_assert_num_queries):
    with django_assert_num_queries(1):
        [root] = queries.units_tree()
    assert root.organisation == city.root
    county = next(node for node in root.children if node.organisation == city.county)
    assert {node.organisation for node in county.children} == {city.county_bureau, city.township}


def test_who_may_act_in_a_role(people, city):
    units = [city.education.pk, city.county.pk, city.root.pk]
    assert queries.actors("reviewer", units) == {city.county.pk: [people.county_reviewer], city.root.pk: [people.reviewer]}
    assert queries.actors("editor", units) == {city.education.pk: [people.editor, people.second_editor]}


def test_colleagues(people):
    assert set(queries.colleagues(people.editor)) == {people.second_editor, people.manager}


def test_offices_by_function(people, city):
    assert queries.office("government_office") == city.office
    assert queries.office("government_office", city.township) == city.office, "the city's, where the county has none"
    actions.set_office(people.admin, "government_office", city.county, city.county_bureau)
    assert queries.office("government_office", city.township) == city.county_bureau
    assert queries.office("government_office", city.education) == city.office
    actions.set_office(people.admin, "government_office", city.county, city.township)
    assert OfficeFunction.objects.filter(scope=city.county).count() == 1, "one office each"
    assert queries.office("petition_bureau") is None
    with pytest.raises(Forbidden):
        actions.set_office(people.manager, "government_office", city.root, city.education)
    with pytest.raises(Refused):
        actions.set_office(people.admin, "nonsense", city.root, city.education)


def test_names_of_units_are_words(city):
    assert {"市卫健委", "和安市教育局"} <= set(queries.words())


def test_misspelt_roles_are_an_error(settings):
    settings.SECOND_FACTOR_ROLES = ["chief", "cheif"]
    assert [message.id for message in checks.roles_exist(None)] == ["organisations.E001"]


def test_orphans_are_reported(people, city, mayor):
    Portfolio.objects.create(leader=mayor, organisation=city.health, starts_on=TODAY - DAY)
    Post.objects.filter(pk=mayor.pk).update(ends_on=TODAY - DAY)
    assert [message.id for message in checks.nothing_orphaned(None, databases=["default"])] == ["organisations.W001"]
    assert checks.nothing_orphaned(None) == []


# --- units -----------------------------------------------------------------------------------------------------------------------------


def test_administrators_enter_units(people, city):
    unit = actions.create_unit(people.admin, city.root, name="和安市体育局", short_name="市体育局", slug="sports", kind="department")
    assert unit.get_parent() == city.root
    root = actions.create_unit(people.admin, None, name="中共和安市委员会", short_name="市委", slug="party", kind="party")
    assert root.is_root()
    with pytest.raises(Forbidden):
        actions.create_unit(people.manager, city.education, name="甲", short_name="甲", slug="jia", kind="office")
    with pytest.raises(Refused):
        actions.create_unit(people.admin, city.root, name="又一个", short_name="市体育局", slug="sports-2", kind="department")


def test_a_manager_keeps_the_facts_of_the_unit(people, city):
    actions.edit_unit(people.manager, city.education, phone="0000-7654321", board_open=False)
    assert Organisation.objects.get(pk=city.education.pk).phone == "0000-7654321"
    assert "电话" in AuditEntry.objects.get(deed="unit.edited").summary
    with pytest.raises(Forbidden):
        actions.edit_unit(people.manager, city.education, kind="group")
    with pytest.raises(Forbidden):
        actions.edit_unit(people.manager, city.health, phone="1")
    with pytest.raises(Refused):
        actions.edit_unit(people.manager, Organisation.objects.get(pk=city.education.pk), website="javascript:alert(1)")
    with pytest.raises(ValueError, match="path"):
        actions.edit_unit(people.admin, city.education, path="0001")


def test_duties_are_clauses(people, city):
    actions.set_duties(people.manager, city.education, ["负责义务教育招生。", " ", "负责校园安全。"])
    actions.set_duties(people.manager, city.education, ["负责校园安全。", "负责教师资格认定。"])
    assert [duty.text for duty in city.education.duties.all()] == ["负责校园安全。", "负责教师资格认定。"]
    with pytest.raises(Refused, match="500"):
        actions.set_duties(people.manager, city.education, ["长" * 501])
    with pytest.raises(Forbidden):
        actions.set_duties(people.editor, city.education, [])


def test_renaming_keeps_the_former_name(people, city):
    actions.rename_unit(people.manager, city.education, "和安市教育和体育局", "市教体局")
    former = city.education.former_names.get()
    assert (former.short_name, former.until) == ("市教育局", TODAY - DAY)
    assert Organisation.objects.get(pk=city.education.pk).short_name == "市教体局"
    with pytest.raises(Refused, match="没有变化"):
        actions.rename_unit(people.manager, city.education, "和安市教育和体育局", "市教体局")
    with pytest.raises(Refused):
        actions.rename_unit(people.admin, Organisation.objects.get(pk=city.health.pk), "又一个", "市教体局")
    with pytest.raises(Forbidden):
        actions.rename_unit(people.manager, city.health, "甲", "甲")


# --- portfolios ------------------------------------------------------------------------------------------------------------------------


def test_a_unit_has_one_leader_in_charge(people, city, mayor, deputy_mayor, clock):
    actions.change_portfolio(people.admin, mayor, [city.education, city.health])
    assert queries.leader_in_charge(city.education) == mayor
    actions.change_portfolio(people.admin, deputy_mayor, [city.education], TODAY + DAY)
    assert queries.leader_in_charge(city.education) == mayor
    assert queries.leader_in_charge(city.education, TODAY + DAY) == deputy_mayor
    assert queries.leader_in_charge(city.health, TODAY + DAY) == mayor
    clock.shift(days=1)
    actions.change_portfolio(people.admin, mayor, [city.education, city.health])
    assert queries.leader_in_charge(city.education) == mayor, "taken back on its first day"
    assert Portfolio.objects.filter(organisation=city.education).count() == 2


def test_leaders_of_units_above_count(people, city, mayor):
    actions.change_portfolio(people.admin, mayor, [city.county])
    assert queries.leader_in_charge(city.township) == mayor
    assert queries.leader_in_charge(city.health) is None


def test_a_unit_is_never_dropped(people, city, mayor, deputy_mayor):
    actions.change_portfolio(people.admin, mayor, [city.education, city.health])
    with pytest.raises(Refused, match="市卫健委将没有分管领导"):
        actions.change_portfolio(people.admin, mayor, [city.education])
    with pytest.raises(Forbidden):
        actions.change_portfolio(people.manager, mayor, [city.education])
    with pytest.raises(Refused, match="只有“领导”"):
        actions.change_portfolio(people.admin, people.editor.posts.get(), [city.education])


def test_the_past_is_not_rewritten(people, city, mayor, deputy_mayor, clock):
    actions.change_portfolio(people.admin, mayor, [city.education], TODAY - 30 * DAY)
    with pytest.raises(Refused, match="须晚于"):
        actions.change_portfolio(people.admin, deputy_mayor, [city.education], TODAY - 60 * DAY)
    actions.change_portfolio(people.admin, deputy_mayor, [city.education], TODAY - 10 * DAY)
    assert queries.leader_in_charge(city.education, TODAY - 11 * DAY) == mayor


def test_a_leaving_leader_passes_the_portfolio_on(people, city, mayor, deputy_mayor):
    actions.change_portfolio(people.admin, deputy_mayor, [city.education, city.health])
    with pytest.raises(Refused, match="分管市教育局；分管市卫健委"):
        actions.person_leaves(people.admin, deputy_mayor.user)
    with pytest.raises(Refused, match="分管市教育局"):
        actions.person_leaves(people.admin, deputy_mayor.user, successor=people.editor)
    actions.person_leaves(people.admin, deputy_mayor.user, TODAY + 9 * DAY, people.leader)
    assert queries.leader_in_charge(city.education, TODAY + 9 * DAY) == deputy_mayor
    assert queries.leader_in_charge(city.education, TODAY + 10 * DAY) == mayor
    deputy_mayor.refresh_from_db()
    with pytest.raises(Refused, match="离任"):
        actions.change_portfolio(people.admin, deputy_mayor, [city.county])


def test_leaving_again_sooner_passes_on_what_is_still_to_come(people, city, mayor, deputy_mayor, person, clock):
    third = person("third", "leader", city.root, name="丁海涛").posts.get()
    actions.change_portfolio(people.admin, deputy_mayor, [city.education])
    actions.person_leaves(people.admin, deputy_mayor.user, TODAY + 9 * DAY, people.leader)
    actions.person_leaves(people.admin, deputy_mayor.user, TODAY + 2 * DAY, third.user)
    assert queries.leader_in_charge(city.education, TODAY + 3 * DAY) == third
    assert queries.leader_in_charge(city.education, TODAY + 10 * DAY) == mayor
    clock.shift(days=5)
    assert queries.orphans() == []


def test_leaders_have_pages(people, city, mayor):
    page = actions.save_leader_page(people.admin, mayor, slug="lin-qinghe", born="1970-05", brief="市长")
    actions.save_leader_page(people.admin, mayor, brief="市委副书记、市长")
    assert Leader.objects.get() == page and Leader.objects.get().brief == "市委副书记、市长"
    with pytest.raises(Refused):
        actions.save_leader_page(people.admin, mayor, born="1970年")
    with pytest.raises(Refused):
        actions.save_leader_page(people.admin, people.editor.posts.get(), slug="x")
    with pytest.raises(Forbidden):
        actions.save_leader_page(people.manager, mayor, brief="")


# --- mergers ---------------------------------------------------------------------------------------------------------------------------


def test_nothing_is_left_behind_by_a_merger(people, city, mayor, clock, client):
    actions.change_portfolio(people.admin, mayor, [city.health], TODAY - 5 * DAY)
    actions.set_duties(people.admin, city.health, ["负责医疗机构管理。", "负责托育服务。"])
    actions.set_duties(people.admin, city.education, ["负责托育服务。"])
    actions.save_section(people.admin, city.health, "办公室")
    actions.save_section(people.admin, city.education, "办公室")
    actions.set_office(people.admin, "hotline_office", city.root, city.health)
    handover = actions.hand_over(people.admin, people.other_editor.posts.get(), people.reviewer, TODAY + 9 * DAY)
    child = actions.create_unit(people.admin, city.health, name="和安市疾控中心", short_name="市疾控中心", slug="cdc", kind="institution")

    into = actions.merge_units(people.admin, city.health, city.education)

    assert into == city.education
    assert queries.holds(people.other_editor, "editor", [city.education]) and not queries.holds(people.other_editor, "editor", [city.health])
    assert list(people.other_editor.posts.order_by("starts_on").values_list("organisation", "ends_on")) == [
        (city.health.pk, TODAY - DAY),
        (city.education.pk, None),
    ]
    assert queries.holds(people.reviewer, "editor", [city.education]), "who stood in still does"
    handover.refresh_from_db()
    assert handover.post.organisation == city.education
    assert queries.leader_in_charge(city.education) == mayor
    assert queries.leader_in_charge(city.health, TODAY - DAY) == mayor
    assert queries.office("hotline_office") == city.education
    assert [duty.text for duty in city.education.duties.all()] == ["负责托育服务。", "负责医疗机构管理。"]
    assert {section.name for section in city.education.sections.all()} == {"办公室", "办公室（原市卫健委）"}
    assert Organisation.objects.get(pk=child.pk).get_parent() == city.education
    ended = Organisation.objects.get(pk=city.health.pk)
    assert ended.ended_on == TODAY and queries.current(ended) == city.education
    assert Redirect.objects.get(old_path="/orgs/health").redirect_link == "/orgs/education/"
    assert queries.orphans() == [] and ended not in queries.current_units()
    assert Organisation.find_problems() == ([], [], [], [], [])


def test_a_chain_of_mergers_leads_to_the_end(people, city):
    actions.merge_units(people.admin, city.health, city.education)
    actions.merge_units(people.admin, city.education, city.centre)
    assert queries.current(Organisation.objects.get(pk=city.health.pk)) == city.centre
    assert set(Redirect.objects.values_list("redirect_link", flat=True)) == {"/orgs/centre/"}
    assert queries.holds(people.other_editor, "editor", [city.centre])
    assert people.other_editor.posts.count() == 2, "the day in between leaves no post behind"


def test_whoever_held_the_post_in_both_holds_it_once(people, city):
    actions.appoint(people.admin, people.editor, city.health, "editor")
    actions.merge_units(people.admin, city.health, city.education)
    assert queries.in_force().filter(user=people.editor, role="editor").count() == 1


def test_a_county_that_merges_takes_its_leaders_and_offices_along(people, city, person):
    head = person("county-head", "leader", city.county, name="县长").posts.get()
    actions.save_leader_page(people.admin, head, slug="county-head")
    actions.change_portfolio(people.admin, head, [city.township])
    actions.set_office(people.admin, "government_office", city.county, city.county_bureau)
    second = actions.create_unit(people.admin, city.root, name="永宁县人民政府", short_name="永宁县", slug="yongning", kind="county")
    actions.merge_units(people.admin, city.county, second)
    moved = Leader.objects.get(slug="county-head").post
    assert moved.organisation == second and queries.leader_in_charge(Organisation.objects.get(pk=city.township.pk)) == moved
    assert queries.office("government_office", Organisation.objects.get(pk=city.township.pk)) == city.county_bureau
    assert queries.orphans() == []


def test_mergers_that_are_refused(people, city, monkeypatch):
    with pytest.raises(Forbidden):
        actions.merge_units(people.manager, city.education, city.health)
    for into in (city.county, city.township):
        with pytest.raises(Refused, match="自己"):
            actions.merge_units(people.admin, city.county, into)
    with pytest.raises(Refused, match="当天或之后"):
        actions.merge_units(people.admin, city.health, city.education, TODAY + DAY)
    monkeypatch.setattr(registry, "_mergers", [lambda actor, unit, into, on: ["3 篇稿件正在审核"]])
    with pytest.raises(Refused, match="3 篇稿件正在审核"):
        actions.merge_units(people.admin, city.health, city.education)
    assert Organisation.objects.get(pk=city.health.pk).ended_on is None and queries.holds(people.other_editor, "editor", [city.health])


def test_a_unit_that_ended_takes_nobody_in(people, city, person):
    actions.merge_units(people.admin, city.health, city.education)
    ended = Organisation.objects.get(pk=city.health.pk)
    for deed in (
        lambda: actions.appoint(people.admin, person("newcomer"), ended, "editor"),
        lambda: actions.merge_units(people.admin, ended, city.centre),
        lambda: actions.merge_units(people.admin, city.centre, ended),
        lambda: actions.create_unit(people.admin, ended, name="甲", short_name="甲", slug="jia", kind="office"),
        lambda: actions.edit_unit(people.admin, ended, phone="1"),
        lambda: actions.set_office(people.admin, "petition_bureau", city.root, ended),
    ):
        with pytest.raises(Refused, match="撤并"):
            deed()
