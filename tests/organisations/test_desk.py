"""The staff side over HTTP: every page for every kind of reader, every deed through its form."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from lianxin.identity import actions as identity
from lianxin.identity.models import Lockout, User
from lianxin.organisations import actions, queries
from lianxin.organisations.models import Handover, Leader, Organisation, Portfolio, Post

pytestmark = pytest.mark.django_db


def address(name: str, *args) -> str:
    return reverse(f"organisations_desk:{name}", args=args)


def pages(city, people) -> list[tuple[str, tuple]]:
    post, leader = people.editor.posts.get().pk, people.leader.posts.get().pk
    person, unit = people.editor.pk, city.education.pk
    return [
        ("people", ()),
        ("mine", ()),
        ("units", ()),
        ("leaders", ()),
        ("unit", (unit,)),
        ("locks", ()),
        ("citizens_telephone", ()),
        ("citizens_close", ()),
        ("new_account", ()),
        ("new_partner", ()),
        ("person", (person,)),
        ("appoint", (person,)),
        ("leave", (person,)),
        ("reset_password", (person,)),
        ("drop_second_factor", (person,)),
        ("disable", (person,)),
        ("extend_partner", (person,)),
        ("end_post", (post,)),
        ("hand_over", (post,)),
        ("edit_unit", (unit,)),
        ("rename_unit", (unit,)),
        ("duties", (unit,)),
        ("new_section", (unit,)),
        ("new_unit", ()),
        ("office", (unit,)),
        ("merge", (unit,)),
        ("portfolio", (leader,)),
        ("leader_page", (leader,)),
    ]


FOR_ALL = {"people", "mine", "units", "leaders", "unit"}
FOR_ADMINISTRATORS = {"citizens_close", "new_unit", "office", "merge", "portfolio", "leader_page"}


def test_who_may_open_which_page(client_for, city, people):
    readers = {"admin": people.admin, "manager": people.manager, "other": people.other_editor}
    seen = {
        name: {page for page, args in pages(city, people) if client_for(user).get(address(page, *args)).status_code == 200}
        for name, user in readers.items()
    }
    everything = {page for page, _ in pages(city, people)}
    assert seen["admin"] == everything
    assert seen["manager"] == everything - FOR_ADMINISTRATORS
    assert seen["other"] == FOR_ALL


def test_work_is_not_handed_to_a_partner(client_for, city, people):
    actions.create_partner(
        people.manager, name="和安日报 李文", username="hean-daily", organisation=city.education, expires_on=timezone.localdate() + timedelta(days=30)
    )
    page = client_for(people.manager).get(address("leave", people.editor.pk)).content.decode()
    assert "没有要交接的" in page and "hean-daily" not in page


def test_the_list_tells_two_posts_of_one_title_apart(client_for, city, people):
    people.editor.posts.update(title="办公室干事")
    Post.objects.create(user=people.editor, organisation=city.education, role=Post.Role.CLERK, title="办公室干事", starts_on="2020-01-01")
    page = client_for(people.manager).get(address("people")).content.decode()
    assert "采编（办公室干事）" in page and "承办（办公室干事）" in page


def test_a_unit_manager_has_the_people_under_the_thumb(client_for, people):
    def thumbs(user):
        return client_for(user).get("/desk/").content.decode().partition('class="lx-thumbs"')[2].partition("</nav>")[0]

    assert "<span>人员</span>" in thumbs(people.manager)
    assert "<span>人员</span>" not in thumbs(people.editor)


def test_pages_of_others_lead_back_with_a_sentence(client_for, people):
    client = client_for(people.manager)
    answer = client.get(address("person", people.other_editor.pk), follow=True)
    assert answer.redirect_chain == [("/desk/people/", 302)]
    assert "单位管理员或系统管理员使用" in answer.content.decode()


def test_the_list_shows_own_people_only_and_finds_them(client_for, people):
    client = client_for(people.manager)
    text = client.get(address("people")).content.decode()
    assert "王晓梅" in text and "李文" not in text
    text = client.get(address("people"), {"q": "周小"}).content.decode()
    assert "周小雨" in text and "王晓梅" not in text
    assert "没有找到" in client.get(address("people"), {"q": "没这人"}).content.decode()
    actions.person_leaves(people.manager, people.editor)
    assert "王晓梅" in client.get(address("people"), {"show": "former"}).content.decode()
    assert "无岗" in client_for(people.admin).get(address("people"), {"show": "unplaced"}).content.decode()
    assert "无岗" not in client.get(address("people"), {"show": "unplaced"}).content.decode()


def test_an_account_is_opened_and_its_password_shown_once(client_for, city, people):
    client = client_for(people.manager)
    form = {"name": "王芳", "username": "wang.fang", "organisation": city.education.pk, "role": "clerk"}
    answer = client.post(address("new_account"), form)
    opened = User.objects.get(username="wang.fang")
    password = answer.context["password"]
    assert opened.check_password(password) and password in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert password not in client.get(address("person", opened.pk)).content.decode()


def test_refusals_stand_at_the_form(client_for, city, people):
    client = client_for(people.manager)
    form = {"name": "王芳", "username": "editor", "organisation": city.education.pk, "role": "clerk"}
    answer = client.post(address("new_account"), form)
    assert answer.status_code == 422 and "已有人使用" in answer.content.decode()
    answer = client.post(address("new_account"), {**form, "role": "administrator", "organisation": city.health.pk})
    assert {"role", "organisation"} <= set(answer.context["form"].errors), "what may not be chosen is not offered"
    answer = client.post(address("new_account"), {**form, "section": "没有的科"})
    assert "还没有登记科室" in answer.content.decode()


def test_a_partner_is_opened_and_extended(client_for, city, people):
    client = client_for(people.manager)
    until = timezone.localdate() + timedelta(days=30)
    client.post(address("new_partner"), {"name": "日报", "username": "daily", "organisation": city.education.pk, "expires_on": until})
    partner = User.objects.get(username="daily")
    client.post(address("extend_partner", partner.pk), {"expires_on": until + timedelta(days=30)})
    partner.refresh_from_db()
    assert partner.posts.get().ends_on == until + timedelta(days=30)
    assert client.post(address("extend_partner", partner.pk), {"expires_on": until + timedelta(days=900)}).status_code == 422


def test_the_deeds_on_a_person(client_for, city, people):
    client = client_for(people.manager)
    editor = people.editor
    client.post(address("appoint", editor.pk), {"organisation": city.education.pk, "role": "clerk", "starts_on": timezone.localdate()})
    assert queries.holds(editor, "clerk")
    answer = client.post(address("reset_password", editor.pk))
    assert User.objects.get(pk=editor.pk).check_password(answer.context["password"])
    client.post(address("disable", editor.pk), {"reason": "测试"})
    assert not User.objects.get(pk=editor.pk).is_active
    assert client.get(address("enable", editor.pk)).status_code == 405
    client.post(address("enable", editor.pk))
    assert User.objects.get(pk=editor.pk).is_active
    client.post(address("end_post", editor.posts.get(role="clerk").pk), {"on": timezone.localdate()})
    assert editor.posts.get(role="clerk").ends_on == timezone.localdate()
    client.post(address("leave", editor.pk), {"on": timezone.localdate(), "successor": people.second_editor.pk})
    assert not User.objects.get(pk=editor.pk).works_here


def test_locks_are_seen_and_lifted(client_for, people):
    for name in ("editor", "other-editor"):
        for _ in range(5):
            identity.settle_attempt(identity.begin_attempt(name, "10.0.0.7"), "wrong_password")
    client = client_for(people.manager)
    text = client.get(address("locks")).content.decode()
    assert "王晓梅" in text and "李文" not in text
    lock = Lockout.objects.get(user=people.editor)
    foreign = Lockout.objects.get(user=people.other_editor)
    client.post(address("unlock_row", lock.pk))
    client.post(address("unlock_row", foreign.pk))
    lock.refresh_from_db()
    foreign.refresh_from_db()
    assert lock.locked_until is None and foreign.locked_until is not None
    Lockout.objects.filter(scope="address").update(locked_until=timezone.now() + timedelta(minutes=5))
    row = Lockout.objects.get(scope="address")
    client.post(address("unlock_row", row.pk))
    row.refresh_from_db()
    assert row.locked_until is not None, "addresses are the administrator's"
    client_for(people.admin).post(address("unlock_row", row.pk))
    row.refresh_from_db()
    assert row.locked_until is None


def test_one_hands_over_and_takes_back(client_for, people):
    client = client_for(people.editor)
    post = people.editor.posts.get()
    today = timezone.localdate()
    form = {"substitute": people.second_editor.pk, "starts_on": today, "until": today + timedelta(days=3), "reason": "休假"}
    assert client.post(address("hand_over", post.pk), form)["Location"] == address("mine")
    assert "周小雨" in client.get(address("mine")).content.decode()
    assert "休假" in client_for(people.second_editor).get(address("mine")).content.decode()
    client.post(address("cancel_handover", Handover.objects.get().pk))
    assert Handover.objects.get().cancelled_at is not None


def test_a_unit_is_kept_by_its_manager(client_for, city, people):
    client = client_for(people.manager)
    unit = city.education
    client.post(address("edit_unit", unit.pk), {"phone": "0000-1", "address": "人民路 1 号", "hours": "9 点", "website": "", "introduction": ""})
    client.post(address("duties", unit.pk), {"texts": "负责招生。\n\n负责校园安全。"})
    client.post(address("new_section", unit.pk), {"name": "办公室", "phone": ""})
    client.post(address("section", unit.pk, unit.sections.get().pk), {"name": "综合科", "phone": "1"})
    client.post(address("rename_unit", unit.pk), {"name": "和安市教育和体育局", "short_name": "市教体局"})
    text = client.get(address("unit", unit.pk)).content.decode()
    for part in ("0000-1", "人民路 1 号", "负责校园安全。", "综合科", "和安市教育和体育局", "和安市教育局"):
        assert part in text


def test_an_administrator_shapes_the_city(client_for, city, people):
    client = client_for(people.admin)
    client.post(
        address("new_unit"), {"parent": city.root.pk, "name": "和安市体育局", "short_name": "市体育局", "slug": "sports", "kind": "department"}
    )
    sports = Organisation.objects.get(slug="sports")
    client.post(address("office", sports.pk), {"function": "hotline_office", "scope": city.root.pk})
    assert queries.office("hotline_office") == sports
    leader = Post.objects.get(user=people.leader)
    client.post(address("portfolio", leader.pk), {"organisations": [sports.pk], "on": timezone.localdate()})
    assert Portfolio.objects.get().organisation == sports
    client.post(address("leader_page", leader.pk), {"slug": "lin-qinghe", "order": 0, "brief": "市长"})
    assert Leader.objects.get().slug == "lin-qinghe"
    told = client.post(address("merge", sports.pk), {"into": city.education.pk, "on": timezone.localdate()}, follow=True).content.decode()
    assert "已撤并，人员、职责和网页都转到了接收的机构。" in told and "请先开设账号" not in told
    assert queries.current(Organisation.objects.get(pk=sports.pk)) == city.education
    assert "并入" in client.get(address("unit", sports.pk)).content.decode()


def test_the_auditor_and_superusers_pages_keep_working(client_for, people):
    assert client_for(people.auditor).get(address("units")).status_code == 200


def test_strangers_are_sent_to_sign_in(client):
    assert client.get(address("people"))["Location"].startswith("/desk/sign-in/")


def test_who_sits_beside_comes_first_among_those_who_may_stand_in(client_for, people):
    page = client_for(people.editor).get(address("hand_over", people.editor.posts.get().pk)).content.decode()
    names = re.findall(r"<option value=\"\d+\">([^<]+)</option>", page)
    assert {"周小雨（市教育局，second-editor）", "孙管理（市教育局，manager）"} == set(names[:2])
    assert "张建国（市政府，reviewer）" in names[2:]
