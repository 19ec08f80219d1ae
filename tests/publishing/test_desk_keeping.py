"""Keeping a site: columns, duties, the roster, what the site shows, review chains."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from lianxin.foundation.errors import Forbidden, Refused
from lianxin.publishing import actions, queries
from lianxin.publishing.actions.chains import change_chain
from lianxin.publishing.models import ColumnDuty, ColumnPage, DutyShift, ReviewChain, SiteProfile

pytestmark = pytest.mark.django_db


def test_a_column_is_opened_and_leads_to_its_duty(client_for, people, site):
    client = client_for(people.site_manager)
    form = {"title": "通知公告", "slug": "announcements", "kind": "notices", "parent": site.site.root_page_id}
    form |= {"cadence_days": "14", "description": "各类通知", "site": site.pk}
    response = client.post(reverse("publishing_desk:open_column"), form)
    column = ColumnPage.objects.get()
    assert column.live and column.search_description == "各类通知" and response["Location"] == reverse("publishing_desk:duty", args=[column.pk])
    again = client.post(reverse("publishing_desk:open_column"), form)
    assert again.status_code == 422 and "已经有地址为“announcements”的栏目" in again.content.decode()


def test_a_column_with_a_reserved_address_is_refused(client_for, people, site):
    form = {"title": "搜索", "slug": "search", "kind": "news", "parent": site.site.root_page_id}
    response = client_for(people.site_manager).post(reverse("publishing_desk:open_column"), form)
    assert response.status_code == 422 and "系统页面用的" in response.content.decode()


def test_a_column_opened_by_mistake_is_closed_again(client_for, people, site, column, make_article):
    actions.set_duty(None, column, organisation=site.organisation, person=people.editor)
    address = reverse("publishing_desk:close_column", args=[column.pk])
    columns = reverse("publishing_desk:columns")
    assert f'href="{address}"' in client_for(people.site_manager).get(columns).content.decode()
    assert client_for(people.editor).post(address).status_code in (302, 403) and ColumnPage.objects.exists()
    draft = make_article(people.editor)
    assert f'href="{address}"' not in client_for(people.site_manager).get(columns).content.decode()
    refused = client_for(people.site_manager).post(address)
    assert refused.status_code == 422 and "还有下级栏目或稿件" in refused.content.decode()
    actions.discard_draft(people.editor, draft)
    client_for(people.site_manager).post(address)
    assert not ColumnPage.objects.exists() and not ColumnDuty.objects.exists()
    assert actions.open_column(None, site.site.root_page.specific, title="部门动态", slug=column.slug, kind="news").live


def test_a_column_in_which_an_article_is_placed_too_stays(people, site, column, other_column, make_article):
    make_article(people.editor, also=[other_column])
    with pytest.raises(Refused, match="同时放在"):
        actions.close_column(people.site_manager, other_column)


@pytest.mark.parametrize("slug", ["公告", "News", "open_guide", "-open", "open--guide"])
def test_a_columns_address_is_one_that_people_can_type(client_for, people, site, slug):
    form = {"title": "通知公告", "slug": slug, "kind": "news", "parent": site.site.root_page_id, "site": site.pk}
    response = client_for(people.site_manager).post(reverse("publishing_desk:open_column"), form)
    assert response.status_code == 422 and "小写字母、数字和连字符，例如 open-guide。" in response.content.decode()
    assert not ColumnPage.objects.exists()


def test_a_column_changes_but_not_its_address(client_for, people, column):
    url = reverse("publishing_desk:column", args=[column.pk])
    form = {"title": "部门要闻", "kind": "news", "cadence_days": "7", "slug": "other", "description": "", "keywords": ""}
    client_for(people.site_manager).post(url, form)
    column.refresh_from_db()
    assert (column.title, column.cadence_days, column.slug, column.open_to_units) == ("部门要闻", 7, "departments", False)


def test_a_circular_move_is_neither_offered_nor_done(client_for, people, column, other_column):
    url = reverse("publishing_desk:move_column", args=[column.pk])
    client = client_for(people.site_manager)
    assert client.post(url, {"parent": column.pk}).status_code == 422
    client.post(url, {"parent": other_column.pk})
    assert ColumnPage.objects.get(pk=column.pk).get_parent().pk == other_column.pk
    back = client.post(reverse("publishing_desk:move_column", args=[other_column.pk]), {"parent": column.pk})
    assert back.status_code == 422


def test_strangers_do_not_touch_columns(client_for, people, column):
    for name in ("column", "move_column", "duty"):
        assert client_for(people.editor).get(reverse(f"publishing_desk:{name}", args=[column.pk])).status_code == 302


def test_duties_are_set_and_printed(client_for, people, column, city):
    client = client_for(people.site_manager)
    url = reverse("publishing_desk:duty", args=[column.pk])
    same = {"organisation": city.education.pk, "person": people.editor.pk, "reviewer": people.editor.pk}
    assert "不能是同一个人" in client.post(url, same).content.decode()
    client.post(url, {**same, "reviewer": people.manager.pk, "section": "宣传科", "expectation": "每周至少一篇"})
    assert ColumnDuty.objects.get().section == "宣传科"
    table = client_for(people.editor).get(reverse("publishing_desk:duties")).content.decode()
    for part in ("栏目保障责任表", "部门动态", "市教育局", "宣传科", "王晓梅", "孙管理", "14 天", "每周至少一篇"):
        assert part in table


def test_the_roster_is_read_by_all_and_set_by_few(client_for, people, site, city):
    url = reverse("publishing_desk:roster")
    day = timezone.localdate() + timedelta(days=3)
    form = {"unit": city.root.pk, "date": day.isoformat(), "person": people.duty.pk, "backup": people.chief.pk, "phone": "0310-1234567"}
    client_for(people.editor).post(url, form)
    assert not DutyShift.objects.exists()
    client_for(people.chief).post(url, form)
    page = client_for(people.editor).get(url, {"unit": city.root.pk, "month": f"{day:%Y-%m}"}).content.decode()
    assert "赵值班" in page and "带班 刘志强" in page
    wrong = client_for(people.chief).post(url, {**form, "backup": people.duty.pk})
    assert wrong.status_code == 422 and "不能是同一个人" in wrong.content.decode()
    past = client_for(people.chief).post(url, {**form, "date": "2020-01-01"})
    assert "过去的日期不能再排班" in past.content.decode()


def test_a_shift_set_by_mistake_is_cancelled_and_opens_no_emergency_lane(client_for, people, site, city):
    shift = actions.set_shift(None, city.root, timezone.localdate(), people.editor)
    address = reverse("publishing_desk:cancel_shift", args=[shift.pk])
    assert client_for(people.editor).post(address).status_code in (302, 403) and queries.on_duty(people.editor, city.root)
    month = client_for(people.chief).get(reverse("publishing_desk:roster"), {"unit": city.root.pk, "day": shift.date.isoformat()})
    assert f'href="{address}"' in month.content.decode()
    client_for(people.chief).post(address)
    assert not DutyShift.objects.exists() and not queries.on_duty(people.editor, city.root)


def test_a_shift_that_is_over_stays_on_the_roster(people, site, city, clock):
    shift = actions.set_shift(None, city.root, timezone.localdate(), people.editor)
    clock.shift(days=1)
    with pytest.raises(Refused, match="留作记录"):
        actions.cancel_shift(people.chief, shift)


@pytest.mark.parametrize("month", ["2025-13", "x", "9999-99", "2024-02"])
def test_any_month_may_be_asked_for(client_for, people, site, month):
    assert client_for(people.editor).get(reverse("publishing_desk:roster"), {"month": month}).status_code == 200


def picture(name="emblem.png"):
    kept = BytesIO()
    Image.new("RGBA", (80, 80), "red").save(kept, "PNG")
    return SimpleUploadedFile(name, kept.getvalue())


def test_a_site_shows_what_its_manager_says(client_for, people, site, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    url = reverse("publishing_desk:site", args=[site.pk])
    client = client_for(people.site_manager)
    form = {"name": site.name, "theme": "pine", "organiser": site.organiser, "site_code": "123", "emblem": picture()}
    assert "网站标识码是 10 位数字" in client.post(url, form).content.decode()
    program = {**form, "site_code": "4100000000", "emblem": SimpleUploadedFile("emblem.png", b"MZ\x90")}
    assert client.post(url, program).status_code == 422
    assert client.post(url, {**form, "site_code": "4100000000", "emblem": picture()}).status_code == 302
    profile = SiteProfile.objects.get(pk=site.pk)
    assert profile.theme == "pine" and profile.site_code == "4100000000" and profile.emblem
    assert client.post(url, {**form, "site_code": "4100000000", "emblem": "", "phone": "0310-1"}).status_code == 302
    assert SiteProfile.objects.get(pk=site.pk).emblem
    assert client_for(people.editor).get(url).status_code == 302


# --- chains ------------------------------------------------------------------------------------------------------------


def step(label, role, *, mine=False, parallel=False, reach="lineage"):
    return {"label": label, "role": role, "reach": reach, "by_submitter": mine, "parallel": parallel}


OWN, SECOND, SECURITY = step("初审", "editor", mine=True), step("二审", "reviewer"), step("保密审查", "security", parallel=True)


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ([], "至少要有一步"),
        ([OWN, SECURITY], "还要有一步由别人审核内容"),
        ([OWN, SECOND], "必须有保密审查"),
        ([OWN, SECOND, step("保密审查", "security", mine=True)], "只能是第一步"),
        ([step("保密审查", "security", mine=True), SECOND], "不能由送审人自己签"),
        ([OWN, SECOND, SECURITY, step(" ", "chief")], "请给每一步写上名称"),
    ],
)
def test_a_chain_never_lets_one_person_publish(people, chains, steps, sentence):
    with pytest.raises(Refused, match=sentence):
        change_chain(people.admin, chains[0], steps)
    assert chains[0].steps.count() == 4


def test_a_chain_is_changed_by_administrators_only(people, chains):
    with pytest.raises(Forbidden):
        change_chain(people.site_manager, chains[0], [OWN, SECOND, SECURITY])
    change_chain(people.admin, chains[0], [OWN, SECOND, SECURITY])
    assert [s.label for s in chains[0].steps.all()] == ["初审", "二审", "保密审查"]


def test_the_form_changes_a_chain_and_keeps_what_was_typed_when_refused(client_for, people, site):
    chain = ReviewChain.objects.get(name="三审三校")
    url = reverse("publishing_desk:chain", args=[chain.pk])
    assert client_for(people.site_manager).get(url).status_code == 302
    client = client_for(people.admin)
    rows = [("初审", "editor", True, False), ("复审", "reviewer", False, False), ("保密审查", "security", False, True)]
    data = {"form-TOTAL_FORMS": "4", "form-INITIAL_FORMS": "4"}
    for number, (label, role, mine, parallel) in enumerate(rows):
        data |= {f"form-{number}-label": label, f"form-{number}-role": role, f"form-{number}-reach": "lineage"}
        data |= {f"form-{number}-by_submitter": "on"} if mine else {}
        data |= {f"form-{number}-parallel": "on"} if parallel else {}
    refused = client.post(url, {**data, "form-2-label": ""})
    assert refused.status_code == 422 and "必须有保密审查" in refused.content.decode() and "复审" in refused.content.decode()
    assert client.post(url, data).status_code == 302
    assert [s.label for s in chain.steps.all()] == ["初审", "复审", "保密审查"]
