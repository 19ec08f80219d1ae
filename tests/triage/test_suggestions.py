"""Which unit and which category are suggested, with what reason, and how suggestions follow the decisions of people."""

from datetime import date

import pytest

from lianxin.organisations.models import Duty, Organisation
from lianxin.triage import actions, places
from lianxin.triage.models import Category, Lesson, WordCount
from lianxin.triage.suggestions import suggest_category, suggest_unit

pytestmark = pytest.mark.django_db

LAMP = "人民路路灯坏了\n路灯坏了三个月，晚上黑灯瞎火。"


@pytest.fixture
def units(city):
    """The city with duties, a bureau of city management and a transport bureau."""
    root = Organisation.objects.get(pk=city.root.pk)
    kind = Organisation.Kind.DEPARTMENT
    management = root.add_child(name="和安市城市管理局", short_name="市城管局", slug="management", kind=kind)
    transport = Organisation.objects.get(pk=root.pk).add_child(name="和安市交通运输局", short_name="市交通局", slug="transport", kind=kind)
    duties = {
        management: ["养护城市道路、人行道、路灯、窨井盖和排水管网", "查处占道经营、乱搭乱建"],
        transport: ["规划建设和养护国省干线、农村公路", "管理公交线路站点、出租汽车"],
        city.education: ["组织义务教育阶段划片招生和随迁子女入学", "监督学校收费和校园食堂"],
        city.county_bureau: ["组织全县义务教育阶段划片招生"],
        city.township: ["负责镇区道路、路灯和环境卫生的日常管理"],
    }
    for unit, texts in duties.items():
        Duty.objects.bulk_create(Duty(organisation=unit, order=order, text=text) for order, text in enumerate(texts, 1))
    city.management, city.transport = management, transport
    return city


def first(text: str, place: str = "") -> Organisation:
    return suggest_unit(text, place)[0].organisation


def test_the_unit_whose_duty_it_is_with_the_clause_and_the_words(units) -> None:
    suggestion = suggest_unit(LAMP)[0]
    assert suggestion.organisation == units.management
    assert suggestion.clause == "养护城市道路、人行道、路灯、窨井盖和排水管网"
    assert "路灯" in suggestion.why
    assert 0.5 < suggestion.score <= 1


def test_peoples_words_are_understood(units) -> None:
    assert first("等207路车等了四十分钟\n末班车太早，公交站台也破了") == units.transport
    assert first("幼升小没有学区怎么办") == units.education


def test_shares_make_one_and_fall(units) -> None:
    found = suggest_unit(LAMP, limit=100)
    assert sum(suggestion.score for suggestion in found) == pytest.approx(1)
    assert [suggestion.score for suggestion in found] == sorted((suggestion.score for suggestion in found), reverse=True)


def test_a_letter_that_says_nothing_gets_no_suggestion(units) -> None:
    assert suggest_unit("。。。") == []
    assert suggest_unit("") == []


def test_counties_and_townships_only_where_it_is(units) -> None:
    asked = "孩子入学问题\n划片招生怎么划"
    assert units.county_bureau not in [suggestion.organisation for suggestion in suggest_unit(asked)]
    assert first(asked, "青石县城关") == units.county_bureau
    assert first("青石县孩子入学\n划片招生怎么划") == units.county_bureau
    assert units.township in [suggestion.organisation for suggestion in suggest_unit(LAMP, "柳河镇")]
    assert units.township not in [suggestion.organisation for suggestion in suggest_unit(LAMP, "青石县")]


def test_the_place_itself_is_always_among_the_suggestions(units) -> None:
    found = suggest_unit("公交站台破了\n公交", "柳河镇", limit=2)
    assert [suggestion.organisation for suggestion in found] == [units.transport, units.township]
    assert "属地" in found[-1].why


def test_townships_of_one_name_are_told_apart_by_the_county(units) -> None:
    other = Organisation.objects.get(pk=units.root.pk).add_child(name="平川市人民政府", short_name="平川市", slug="pingchuan", kind="county")
    twin = Organisation.objects.get(pk=other.pk).add_child(name="柳河镇人民政府", short_name="平川柳河镇", slug="liuhe-2", kind="township")
    living = list(Organisation.objects.all())
    assert places.find("柳河镇", "", living).township is None
    assert places.find("平川市柳河镇", "", living).township == twin
    assert places.find("青石县柳河镇王庄", "", living).township == units.township


def test_a_bare_name_will_do_as_the_place_and_not_in_the_text(units) -> None:
    living = list(Organisation.objects.all())
    assert places.find("青石", "", living).county == units.county
    assert places.find("", "这块青石很滑", living).county is None


def test_a_merged_unit_is_not_suggested(units) -> None:
    units.management.ended_on, units.management.successor = date(2020, 1, 1), units.transport
    units.management.save()
    assert units.management not in [suggestion.organisation for suggestion in suggest_unit(LAMP)]


def test_what_people_decide_is_learned_and_taken_back(units) -> None:
    text = "充电桩太少\n小区里没有充电桩。"
    assert units.transport not in [suggestion.organisation for suggestion in suggest_unit(text)]
    for _ in range(4):
        actions.learn(text, organisation=units.transport)
    for other in ("学校收费太高", "食堂饭菜太贵", "路灯坏了", "井盖丢了"):
        actions.learn(other, organisation=units.education)
    found = suggest_unit(text)[0]
    assert found.organisation == units.transport
    assert "4 件" in found.why
    for _ in range(4):
        actions.forget(text, organisation=units.transport)
    assert units.transport not in [suggestion.organisation for suggestion in suggest_unit(text)]


def test_what_a_merged_unit_learned_speaks_for_its_successor(units) -> None:
    text = "充电桩太少\n小区里没有充电桩"
    for _ in range(3):
        actions.learn(text, organisation=units.management)
    actions.learn("食堂饭菜太贵", organisation=units.education)
    units.management.ended_on, units.management.successor = date(2020, 1, 1), units.transport
    units.management.save()
    assert first(text) == units.transport


def test_no_name_is_learned(units) -> None:
    actions.learn("张建国举报\n王小芳住在枫林绿洲12栋，电话13812341234", organisation=units.management)
    words = set(WordCount.objects.values_list("word", flat=True))
    assert not {word for word in words if word in ("张建国", "王小芳", "枫林绿洲")}
    assert not [word for word in words if any(sign.isdigit() for sign in word)]


def test_counts_never_fall_below_zero(units) -> None:
    actions.forget(LAMP, organisation=units.management)
    actions.learn(LAMP, organisation=units.management)
    assert Lesson.objects.get(subject=units.management.pk).letters == 1
    assert set(WordCount.objects.values_list("letters", flat=True)) == {1}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("207路公交车太少\n等了四十分钟公交车", "公共汽车"),
        ("冬天暖气不热\n供暖温度只有十五度，暖气不热", "冬季采暖"),
        ("天然气什么时候通\n小区天然气一直没有开通燃气", "燃气供应"),
    ],
)
def test_categories(text: str, path: str) -> None:
    assert path in [str(suggestion.category) for suggestion in suggest_category(text)]


def test_a_category_switched_off_is_not_suggested_and_one_learned_is(person, city) -> None:
    officer = person("officer", "triage", city.centre)
    leaf = Category.objects.get(name="冬季采暖")
    actions.save_category(officer, leaf, active=False)
    text = "冬天暖气不热\n供暖温度只有十五度"
    assert leaf not in [suggestion.category for suggestion in suggest_category(text, limit=50)]
    chosen = Category.objects.get(name="燃气供应")
    for _ in range(5):
        actions.learn(text, category=chosen)
    actions.learn("公交太少", category=Category.objects.get(name="公共汽车"))
    assert suggest_category(text)[0].category == chosen


def test_any_letter_is_read(units) -> None:
    """A very long letter, and one in another script, are read like any other."""
    assert suggest_unit(f"{LAMP}{'好' * 200_000}")[0].organisation == units.management
    assert suggest_unit("Hello, the lamp is broken") == []
