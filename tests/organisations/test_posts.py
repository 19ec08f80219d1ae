"""Posts, handovers, leaving: who may do it, what follows, what is refused."""

from datetime import date, timedelta

import pytest
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from lianxin.foundation import audit
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.foundation.models import AuditEntry
from lianxin.identity.models import User
from lianxin.organisations import actions, jobs, queries, registry
from lianxin.organisations.models import Handover, Post

pytestmark = pytest.mark.django_db
TODAY = date(2025, 3, 3)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _today(clock):
    """Monday 2025-03-03 09:00."""


@pytest.fixture
def administrator(person, city):
    return person("root-admin", "administrator", city.root, name="管理员")


@pytest.fixture
def hooks(monkeypatch):
    """Registries of their own for one test."""
    for name in ("_successions", "_mergers", "_posts_changed"):
        monkeypatch.setattr(registry, name, [])
    return registry


# --- appointing ------------------------------------------------------------------------------------------------------------------------


def test_a_unit_manager_appoints_own_people(people, city, person):
    newcomer = person("newcomer")
    post = actions.appoint(people.manager, newcomer, city.education, "editor", title="科员")
    assert queries.holds(newcomer, "editor", [city.education])
    assert post.starts_on == TODAY
    entry = AuditEntry.objects.get(deed="post.appointed")
    assert entry.actor == people.manager and "采编" in entry.summary
    assert audit.verify() == []


@pytest.mark.parametrize("role", sorted(queries.HIGHER_ROLES))
def test_higher_posts_are_given_by_administrators_only(people, city, person, administrator, role):
    newcomer = person("newcomer")
    with pytest.raises(Forbidden):
        actions.appoint(people.manager, newcomer, city.education, role)
    actions.appoint(administrator, newcomer, city.education, role)


def test_a_unit_manager_stays_within_the_unit(people, city, person):
    with pytest.raises(Forbidden):
        actions.appoint(people.manager, person("newcomer"), city.health, "editor")
    with pytest.raises(Forbidden, match="不由您管理"):
        actions.appoint(people.manager, people.other_editor, city.education, "editor")
    with pytest.raises(Forbidden):
        actions.appoint(people.editor, person("another"), city.education, "editor")
    with pytest.raises(Forbidden, match="自己"):
        actions.appoint(people.manager, people.manager, city.education, "chief")


def test_a_county_manager_looks_after_the_townships(city, person):
    manager = person("county-manager", "unit_manager", city.county)
    actions.appoint(manager, person("newcomer"), city.township, "clerk")
    assert queries.managed_units(manager).count() == 3


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"role": "nonsense"}, "没有这个岗位"),
        ({"ends_on": TODAY - DAY}, "不能早于"),
        ({"role": "partner"}, "合作"),
    ],
)
def test_posts_that_make_no_sense(people, city, administrator, fields, sentence):
    with pytest.raises(Refused, match=sentence):
        actions.appoint(administrator, people.editor, city.education, **{"role": "clerk", **fields})


def test_nobody_holds_the_same_post_twice_at_a_time(people, city, administrator):
    with pytest.raises(Refused, match="不用重复"):
        actions.appoint(administrator, people.editor, city.education, "editor")
    actions.end_post(administrator, people.editor.posts.get(), TODAY + DAY)
    actions.appoint(administrator, people.editor, city.education, "editor", starts_on=TODAY + 2 * DAY)


def test_citizens_and_ended_accounts_get_no_post(people, city, person, administrator):
    citizen = person("citizen", kind=User.Kind.CITIZEN)
    with pytest.raises(Refused, match="市民"):
        actions.appoint(administrator, citizen, city.education, "editor")
    actions.disable(administrator, people.editor, "测试")
    with pytest.raises(Refused, match="停用"):
        actions.appoint(administrator, people.editor, city.education, "clerk")


def test_whoever_watches_over_administrators_is_none(people, city, administrator):
    with pytest.raises(Refused, match="不同的人"):
        actions.appoint(administrator, people.auditor, city.root, "administrator")
    with pytest.raises(Refused, match="不同的人"):
        actions.hand_over(administrator, people.auditor.posts.get(), administrator, TODAY)


def test_sections_belong_to_their_unit(people, city, administrator):
    section = actions.save_section(people.manager, city.education, "基础教育科", "0000-1234567")
    post = actions.appoint(administrator, people.editor, city.education, "clerk", section=section)
    assert post.section == section
    with pytest.raises(Refused, match="不是"):
        actions.appoint(administrator, people.editor, city.health, "clerk", section=section)


def test_the_desk_opens_and_shuts_with_the_posts(people, city, person, administrator, client_for):
    newcomer = person("newcomer", is_staff=False)
    actions.appoint(administrator, newcomer, city.root, "deputy")
    newcomer.refresh_from_db()
    assert not newcomer.is_staff, "a deputy has no work at the desk"
    post = actions.appoint(administrator, newcomer, city.education, "clerk")
    newcomer.refresh_from_db()
    assert newcomer.is_staff
    actions.end_post(administrator, post, TODAY)
    newcomer.refresh_from_db()
    assert newcomer.is_staff, "through the last day"


def test_rights_turn_with_the_day(people, city, person, administrator, clock, hooks):
    changed: list[str] = []
    hooks.register_posts_changed(lambda user: changed.append(user.username))
    newcomer = person("newcomer", is_staff=False)
    post = actions.appoint(administrator, newcomer, city.education, "clerk", starts_on=TODAY + DAY, ends_on=TODAY + 2 * DAY)
    newcomer.refresh_from_db()
    assert not newcomer.is_staff and changed == ["newcomer"]
    clock.shift(days=1)
    jobs.posts_turn.call()
    newcomer.refresh_from_db()
    assert newcomer.is_staff and queries.holds(newcomer, "clerk") and changed == ["newcomer", "newcomer"]
    clock.shift(days=2)
    jobs.posts_turn.call()
    newcomer.refresh_from_db()
    assert not newcomer.is_staff and not queries.holds(newcomer, "clerk")
    assert queries.in_force().filter(pk=post.pk).count() == 0


# --- ending, leaving -------------------------------------------------------------------------------------------------------------------


def test_a_post_ends_with_its_last_day(people, clock):
    post = actions.end_post(people.manager, people.editor.posts.get())
    assert post.ends_on == TODAY and queries.holds(people.editor, "editor")
    clock.shift(days=1)
    assert not queries.holds(people.editor, "editor")
    with pytest.raises(Refused, match="已于"):
        actions.end_post(people.manager, post)


def test_a_post_to_come_is_taken_back(people, city, administrator):
    post = actions.appoint(administrator, people.editor, city.education, "clerk", starts_on=TODAY + DAY)
    actions.end_post(people.manager, post)
    assert not Post.objects.filter(role="clerk").exists()


def test_whoever_leaves_today_is_out_at_once(people, client_for):
    client = client_for(people.editor)
    actions.person_leaves(people.manager, people.editor, TODAY)
    assert not get_user(client).is_authenticated
    people.editor.refresh_from_db()
    assert not people.editor.is_active and people.editor.posts.get().ends_on == TODAY
    assert not queries.posts_of(people.editor).exists() and not queries.in_force().filter(user=people.editor).exists()
    assert queries.orphans() == []
    assert AuditEntry.objects.filter(deed="person.left", actor=people.manager).exists()


def test_whoever_leaves_later_works_until_then(people, client_for, clock, administrator, city):
    client = client_for(people.editor)
    actions.person_leaves(people.manager, people.editor, TODAY + DAY)
    assert get_user(client).is_authenticated and queries.holds(people.editor, "editor")
    with pytest.raises(Refused, match="为止"):
        actions.appoint(administrator, people.editor, city.education, "clerk")
    clock.set("2025-03-04 23:59")
    assert get_user(client).is_authenticated
    clock.set("2025-03-05 00:00")
    people.editor.refresh_from_db()
    assert not get_user(client).is_authenticated and not queries.posts_of(people.editor).exists()
    back = actions.enable(people.manager, people.editor)
    assert back.works_here and back.expires_at is None


def test_leaving_needs_a_right(people):
    for actor in (people.editor, people.other_editor, people.manager):
        with pytest.raises(Refused):
            actions.person_leaves(actor, people.manager)
    with pytest.raises(Forbidden):
        actions.person_leaves(people.manager, people.other_editor)


def test_what_has_no_keeper_refuses_with_a_list_and_nothing_changes(people, hooks):
    hooks.register_succession(lambda actor, user, posts, successor, on: [] if successor else ["栏目“部门动态”的责任人"])
    with pytest.raises(Refused, match="还有 1 项没有交接：栏目“部门动态”的责任人"):
        actions.person_leaves(people.manager, people.editor)
    people.editor.refresh_from_db()
    assert people.editor.is_active and people.editor.posts.get().ends_on is None
    actions.person_leaves(people.manager, people.editor, successor=people.second_editor)


def test_a_successor_works_here(people, administrator):
    for successor in (people.editor, actions.disable(administrator, people.second_editor, "测试")):
        with pytest.raises(Refused, match="仍在岗"):
            actions.person_leaves(people.manager, people.editor, successor=successor)


def test_hooks_hear_of_everything(people, city, hooks, administrator):
    heard = []
    hooks.register_succession(lambda *asked: heard.append(asked) or [])
    actions.person_leaves(administrator, people.editor, TODAY, people.second_editor)
    [(actor, user, posts, successor, on)] = heard
    assert (actor, user, successor, on) == (administrator, people.editor, people.second_editor, TODAY)
    assert [post.organisation for post in posts] == [city.education]


def test_the_last_administrator_stays(people, city, administrator, person):
    people.admin.delete()
    manager = person("second-admin", "administrator", city.root)
    actions.person_leaves(manager, administrator)
    post = manager.posts.get()
    with pytest.raises(Refused, match="最后一位"):
        actions.end_post(manager, post)


def test_leaving_ends_standing_in_both_ways(people, administrator):
    away = actions.hand_over(people.editor, people.editor.posts.get(), people.second_editor, TODAY + 9 * DAY)
    actions.hand_over(people.second_editor, people.second_editor.posts.get(), people.editor, TODAY + 9 * DAY)
    actions.person_leaves(people.manager, people.editor, TODAY)
    away.refresh_from_db()
    assert away.until == TODAY, "what the leaver handed over ends with the post"
    assert Handover.objects.filter(substitute=people.editor, cancelled_at__isnull=True).count() == 0
    assert queries.orphans() == []


# --- standing in -----------------------------------------------------------------------------------------------------------------------


def test_a_substitute_acts_until_the_day(people, city, clock):
    assert not queries.holds(people.second_editor, "reviewer")
    actions.hand_over(people.reviewer, people.reviewer.posts.get(), people.second_editor, TODAY + DAY, reason="出差")
    assert queries.holds(people.second_editor, "reviewer", [city.root])
    assert queries.actors("reviewer", [city.root.pk]) == {city.root.pk: [people.reviewer, people.second_editor]}
    assert queries.roles_of(people.second_editor) == {"editor", "reviewer"}
    clock.shift(days=1)
    assert queries.holds(people.second_editor, "reviewer")
    clock.shift(days=1)
    assert not queries.holds(people.second_editor, "reviewer")


def test_what_is_read_for_a_page_is_what_the_orm_finds(people, city, clock, person) -> None:
    """Posts that were, are and will be; own ones and those stood in for, now, later, no more and cancelled."""
    deputy, leaver = person("deputy", "editor", city.office), person("leaver", "editor", city.office)
    for offset, until in ((-20, -1), (-3, 0), (0, None), (2, None)):
        ends = None if until is None else TODAY + until * DAY
        Post.objects.create(user=deputy, organisation=city.health, role="clerk", starts_on=TODAY + offset * DAY, ends_on=ends)
    own = Post.objects.create(user=leaver, organisation=city.education, role="head", starts_on=date(2025, 1, 1))
    for start, until, cancelled in ((0, 5, False), (-9, -2, False), (1, 4, False), (0, 9, True)):
        Handover.objects.create(
            post=own,
            substitute=deputy,
            starts_on=TODAY + start * DAY,
            until=TODAY + until * DAY,
            cancelled_at=timezone.now() if cancelled else None,
        )
    for _ in range(6):
        for user in (deputy, leaver, people.editor, AnonymousUser()):
            read, found = queries.posts_today(user), list(queries.posts_of(user).order_by("pk"))
            assert [(post, post.organisation, post.role, post.starts_on, post.ends_on, post.title) for post in read] == [
                (post, post.organisation, post.role, post.starts_on, post.ends_on, post.title) for post in found
            ]
        clock.shift(days=1)


def test_cancelling_ends_it_now(people, clock):
    handover = actions.hand_over(people.reviewer, people.reviewer.posts.get(), people.second_editor, TODAY + DAY)
    with pytest.raises(Forbidden):
        actions.cancel_handover(people.other_editor, handover)
    actions.cancel_handover(people.second_editor, handover)
    assert not queries.holds(people.second_editor, "reviewer")
    with pytest.raises(Refused, match="已经结束"):
        actions.cancel_handover(people.reviewer, handover)


def test_handovers_that_are_refused(people, city, administrator, person):
    post = people.editor.posts.get()
    with pytest.raises(Forbidden):
        actions.hand_over(people.other_editor, post, people.other_editor, TODAY)
    with pytest.raises(Refused, match="本人"):
        actions.hand_over(people.editor, post, people.editor, TODAY)
    with pytest.raises(Refused, match="不能早于"):
        actions.hand_over(people.editor, post, people.second_editor, TODAY - DAY)
    with pytest.raises(Refused, match="最长一年"):
        actions.hand_over(people.editor, post, people.second_editor, TODAY + 400 * DAY)
    with pytest.raises(Refused, match="上下级"):
        actions.hand_over(people.editor, post, people.other_editor, TODAY)
    with pytest.raises(Refused, match="上下级"):
        actions.hand_over(people.editor, post, people.nobody, TODAY)
    actions.hand_over(people.manager, post, people.second_editor, TODAY + 5 * DAY)
    with pytest.raises(Refused, match="先取消"):
        actions.hand_over(people.editor, post, people.reviewer, TODAY + 9 * DAY)
    actions.end_post(people.manager, people.second_editor.posts.get(), TODAY + 3 * DAY)
    with pytest.raises(Refused, match="任期"):
        actions.hand_over(people.second_editor, people.second_editor.posts.get(), people.reviewer, TODAY + 5 * DAY)


def test_an_administrator_by_standing_in_is_one_only_so_long(people, administrator, city, clock, person):
    colleague = person("colleague", "clerk", city.root)
    actions.hand_over(administrator, administrator.posts.get(), colleague, TODAY)
    assert queries.is_administrator(colleague) and queries.role_needs_second_factor(colleague)
    clock.shift(days=1)
    assert not queries.is_administrator(colleague)


def test_a_manager_cannot_take_over_whoever_stands_in_for_a_higher_post(people, administrator, city):
    actions.hand_over(people.chief, people.chief.posts.get(), people.editor, TODAY + DAY)
    with pytest.raises(Forbidden):
        actions.reset_password(people.manager, people.editor)


# --- accounts --------------------------------------------------------------------------------------------------------------------------


def test_a_manager_opens_an_account(people, city):
    opened = actions.create_account(people.manager, "Wang.Fang", "王芳", city.education, "clerk", email="wf@example.com")
    assert opened.user.username == "wang.fang" and opened.user.must_change_password and opened.user.check_password(opened.password)
    assert queries.holds(User.objects.get(pk=opened.user.pk), "clerk", [city.education])
    assert opened.password not in str(list(AuditEntry.objects.values()))


def test_opening_is_all_or_nothing(people, city):
    for unit, role in ((city.health, "clerk"), (city.education, "administrator"), (city.education, "partner")):
        with pytest.raises(Refused):
            actions.create_account(people.manager, "wang.fang", "王芳", unit, role)
    with pytest.raises(Refused, match="已有人使用"):
        actions.create_account(people.manager, "editor", "王芳", city.education, "clerk")
    assert not User.objects.filter(name="王芳").exists()


def test_a_manager_resets_disables_and_reopens(people, client_for):
    client = client_for(people.editor)
    password = actions.reset_password(people.manager, people.editor)
    people.editor.refresh_from_db()
    assert people.editor.check_password(password) and people.editor.must_change_password
    assert not get_user(client).is_authenticated
    with pytest.raises(Refused, match="原因"):
        actions.disable(people.manager, people.editor, " ")
    actions.disable(people.manager, people.editor, "账号被盗")
    assert not queries.posts_of(people.editor).exists() and people.editor.posts.get().ends_on is None
    with pytest.raises(Refused, match="停用"):
        actions.reset_password(people.manager, people.editor)
    actions.enable(people.manager, people.editor)
    assert queries.holds(people.editor, "editor")


def test_a_disabled_colleague_stands_in_for_nobody(people):
    actions.hand_over(people.reviewer, people.reviewer.posts.get(), people.editor, TODAY + DAY)
    actions.disable(people.admin, people.editor, "测试")
    assert Handover.objects.get().cancelled_at is not None and queries.orphans() == []


@pytest.mark.parametrize("deed", ["reset_password", "unlock", "enable", "drop_second_factor"])
def test_managers_never_touch_higher_posts_or_other_units(people, administrator, deed):
    for target in (people.other_editor, people.chief, people.auditor, administrator, people.admin, people.nobody):
        with pytest.raises(Forbidden):
            getattr(actions, deed)(people.manager, target)
    with pytest.raises(Forbidden):
        actions.disable(people.manager, administrator, "测试")


def test_nobody_does_it_to_oneself(people):
    for deed in (actions.reset_password, actions.drop_second_factor):
        with pytest.raises(Refused, match="自己"):
            deed(people.manager, people.manager)
    with pytest.raises(Refused, match="自己"):
        actions.disable(people.manager, people.manager, "测试")


def test_partners_expire_within_a_year(people, city, clock):
    with pytest.raises(Refused, match="已经过去"):
        actions.create_partner(people.manager, "daily", "日报", city.education, TODAY - DAY)
    with pytest.raises(Refused, match="一年"):
        actions.create_partner(people.manager, "daily", "日报", city.education, date(2026, 3, 4))
    opened = actions.create_partner(people.manager, "daily", "日报", city.education, date(2026, 3, 3))
    assert opened.user.kind == "partner" and queries.holds(opened.user, "partner")
    with pytest.raises(Refused, match="合作"):
        actions.appoint(people.manager, opened.user, city.education, "editor")
    with pytest.raises(Refused, match="代理"):
        actions.hand_over(people.manager, opened.post, people.editor, TODAY)
    clock.set("2026-03-03 23:59")
    assert queries.holds(opened.user, "partner")
    clock.set("2026-03-04 00:00")
    assert not queries.holds(opened.user, "partner") and not opened.user.works_here
    with pytest.raises(Refused, match="延长"):
        actions.enable(people.manager, opened.user)
    actions.extend_partner(people.manager, opened.user, date(2026, 6, 1))
    assert queries.holds(opened.user, "partner")
    with pytest.raises(Refused, match="只有合作"):
        actions.extend_partner(people.manager, people.editor, date(2026, 6, 1))


def test_a_reader_is_named_with_the_unit(people) -> None:
    from lianxin.identity.registry import describe_reader

    assert describe_reader(people.editor) == "市教育局 王晓梅"
    assert describe_reader(people.nobody) == "无岗"
