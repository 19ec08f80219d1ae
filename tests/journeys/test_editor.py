"""Editors and reviewers at work: writing and pasting, one key per decision, one thumb on a telephone, all of it without JavaScript too."""

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from lianxin.foundation.models import DeadLetter, Schedule
from lianxin.publishing import actions
from lianxin.publishing.models import ArticlePage, ColumnPage, Review, ReviewChain
from tests.journeys.browser import assert_accessible, assert_chinese, assert_fits, screenshot, settle

WORD = (
    "<p class=MsoNormal style='font-family:仿宋'>　　市直各部门：</p><p><b>一、总体要求</b></p>"
    "<table><tr><td>项目</td><td>时间</td></tr><tr><td>升温</td><td>今天</td></tr></table>"
)
PASTE = """(node, html) => {
    const data = new DataTransfer();
    data.setData('text/html', html);
    data.setData('text/plain', 'x');
    node.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
}"""


@pytest.mark.smoke
def test_an_article_is_written_reviewed_by_keys_and_published(open_page: Callable[..., Page], people: SimpleNamespace, column) -> None:
    page = open_page("desktop", user=people.editor)
    page.goto("/desk/")
    page.keyboard.press("w")
    page.get_by_label("标题", exact=False).first.fill("城区供热管网今起升温")
    area = page.locator("[data-lx-rich]")
    area.click()
    area.evaluate(PASTE, WORD)
    expect(area.locator("h2")).to_have_text("一、总体要求")
    expect(area.locator("table td").first).to_have_text("项目")
    assert "仿宋" not in area.inner_html()
    page.get_by_label("栏目*").select_option(label="部门动态")
    page.get_by_label("摘要").fill("今起升温。")
    screenshot(page, "desk-write")
    page.get_by_role("button", name="保存并送审").click()
    expect(page.get_by_text("正在等：二审（市政府）、保密审查（市政府）。")).to_be_visible()
    article = ArticlePage.objects.get()
    for who, opinion in ((people.reviewer, False), (people.chief, False), (people.security, True)):
        desk = open_page("desktop", user=who)
        desk.goto("/desk/review/")
        desk.keyboard.press("j")
        desk.keyboard.press("Enter")
        expect(desk.locator(".lx-paper-title")).to_have_text("城区供热管网今起升温")
        if opinion:
            desk.get_by_label("经审查，不涉及国家秘密").check()
            desk.get_by_label("《保守国家秘密法》").check()
            desk.locator("h1").evaluate("() => document.activeElement.blur()")
        settle(desk)
        desk.keyboard.press("a")
        expect(desk.get_by_text("都审完了")).to_be_visible()
    article.refresh_from_db()
    assert article.live and article.published_at


def test_a_rejection_by_key_and_thumb_reaches_the_author(open_page: Callable[..., Page], people: SimpleNamespace, make_article) -> None:
    review = actions.submit(people.editor, make_article(people.editor, title="甲稿"))
    actions.submit(people.editor, make_article(people.editor, title="乙稿"))
    page = open_page("phone", user=people.reviewer, has_touch=True, is_mobile=True)
    page.goto(f"/desk/review/{review.stages.get(role='reviewer').pk}/")
    for button in page.locator(".lx-decide .lx-button:visible").all():
        assert (button.bounding_box() or {})["height"] >= 44
    assert_fits(page)
    screenshot(page, "desk-review-phone")
    page.locator("summary", has_text="退回").tap()
    for button in page.locator(".lx-chips button").all():
        assert (button.bounding_box() or {})["height"] >= 44
    page.get_by_role("button", name="请核对文中的数字、人名和职务。").tap()
    page.get_by_role("button", name="确认退回").tap()
    expect(page.locator(".lx-paper-title")).to_have_text("乙稿")
    author = open_page("desktop", user=people.editor)
    author.goto("/desk/")
    expect(author.get_by_text("张建国：请核对文中的数字、人名和职务。")).to_be_visible()


def test_keys_are_still_while_one_types(open_page: Callable[..., Page], people: SimpleNamespace, make_article) -> None:
    review = actions.submit(people.editor, make_article(people.editor))
    page = open_page("desktop", user=people.reviewer)
    page.goto(f"/desk/review/{review.stages.get(role='reviewer').pk}/")
    settle(page)
    page.keyboard.press("r")
    page.keyboard.type("a j k r")
    assert page.locator("#id_reason").input_value() == "a j k r"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert Review.objects.get().state == "pending"


def test_what_was_typed_survives_a_closed_window(open_page: Callable[..., Page], people: SimpleNamespace, column) -> None:
    page = open_page("desktop", user=people.editor)
    page.goto("/desk/write/")
    page.get_by_label("标题", exact=False).first.fill("还没保存的标题")
    page.locator("[data-lx-rich]").click()
    page.keyboard.type("还没保存的正文")
    expect(page.get_by_text("已暂存在本机浏览器")).to_be_visible()
    page.goto("/desk/")
    page.goto("/desk/write/")
    page.get_by_role("button", name="恢复它").click()
    expect(page.get_by_label("标题", exact=False).first).to_have_value("还没保存的标题")
    expect(page.locator("[data-lx-rich]")).to_contain_text("还没保存的正文")
    page.get_by_label("栏目*").select_option(label="部门动态")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    page.goto("/desk/write/")
    expect(page.get_by_role("button", name="恢复它")).to_be_hidden()


def test_everything_works_without_javascript(open_page: Callable[..., Page], people: SimpleNamespace, column) -> None:
    page = open_page("desktop", user=people.editor, javascript=False)
    page.goto("/desk/")
    page.get_by_role("navigation", name="常用").get_by_role("link", name="写稿").click()
    page.get_by_label("标题", exact=False).first.fill("没有脚本也能写")
    page.get_by_role("textbox", name="正文").fill("## 小标题\n\n第一段。")
    page.get_by_label("栏目*").select_option(label="部门动态")
    page.get_by_role("button", name="保存并送审").click()
    expect(page.get_by_text("已送审")).to_be_visible()
    desk = open_page("desktop", user=people.reviewer, javascript=False)
    desk.goto("/desk/review/")
    desk.get_by_role("link", name="没有脚本也能写").click()
    desk.get_by_role("button", name="通过").click()
    expect(desk.get_by_text("都审完了")).to_be_visible()
    phone = open_page("phone", user=people.editor, javascript=False)
    phone.goto("/desk/")
    phone.get_by_role("navigation", name="常用").get_by_role("link", name="写稿").click()
    phone.get_by_label("标题", exact=False).first.fill("没有脚本的手机也能写")
    phone.get_by_label("栏目*").select_option(label="部门动态")
    phone.get_by_role("button", name="保存草稿").click()
    expect(phone.get_by_text("草稿已保存")).to_be_visible()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_screens_are_accessible_and_fit(
    size: str, open_page: Callable[..., Page], people: SimpleNamespace, make_article, publish_through_review, other_column
) -> None:
    article = publish_through_review(make_article(people.editor))
    actions.save_draft(people.editor, article, title="改过的标题")
    stage = actions.submit(people.editor, article).stages.get(role="security")
    draft = make_article(people.editor)
    chains = ReviewChain.objects.order_by("pk")
    shift = actions.set_shift(None, people.duty.posts.get().organisation, timezone.localdate(), people.duty)
    visits = {
        people.security: ["/desk/", "/desk/review/", f"/desk/review/{stage.pk}/"],
        people.editor: ["/desk/", "/desk/write/", f"/desk/articles/{article.pk}/record/", f"/desk/articles/{draft.pk}/discard/", "/desk/duties/"],
        people.site_manager: [
            "/desk/columns/",
            f"/desk/columns/{other_column.pk}/close/",
            f"/desk/columns/{other_column.pk}/duty/",
            f"/desk/roster/?day={shift.date}",
            f"/desk/roster/{shift.pk}/cancel/",
            "/desk/sites/",
            "/desk/chains/",
        ],
        people.admin: ["/desk/jobs/", "/desk/audit/", "/desk/redirects/", f"/desk/chains/{chains[0].pk}/", "/desk/columns/open/"],
    }
    for user, addresses in visits.items():
        page = open_page(size, user=user)
        page.watch.allow("status of 403")
        for address in addresses:
            page.goto(address)
            page.wait_for_timeout(200)
            assert_fits(page)
            assert_accessible(page, "#main")
            assert_chinese(page)
            screenshot(page, f"desk-{size}-{address.strip('/').replace('/', '-')}-{user.username}")


def test_people_are_looked_after_with_one_thumb(open_page: Callable[..., Page], people: SimpleNamespace) -> None:
    page = open_page("phone", user=people.manager, has_touch=True, is_mobile=True)
    post = people.editor.posts.get().pk
    for address in ("", "new-partner/", "mine/", f"{people.editor.pk}/", f"{people.editor.pk}/leave/", f"posts/{post}/hand-over/"):
        page.goto(f"/desk/people/{address}")
        assert_fits(page)
        assert_accessible(page, "main")
        assert_chinese(page)
        for button in page.locator("main .button:visible").all():
            assert (button.bounding_box() or {})["height"] >= 40, address


def test_the_last_button_of_every_screen_lies_above_the_places_under_the_thumb(
    open_page: Callable[..., Page], people: SimpleNamespace, make_article
) -> None:
    article = make_article(people.editor)
    page = open_page("phone", user=people.editor, has_touch=True, is_mobile=True)
    for address, name in ((f"/desk/pages/{article.pk}/edit/", "保存草稿"), ("/desk/account/", "保存"), ("/desk/images/add/", "上传")):
        page.goto(address)
        expect(page.locator(".lx-thumbs")).to_be_visible()
        button = page.locator("#main").get_by_role("button", name=name, exact=True).last
        button.scroll_into_view_if_needed()
        page.locator("#main").evaluate("(main) => main.scrollTo({ top: main.scrollHeight, behavior: 'instant' })")
        foot, thumbs = button.bounding_box() or {}, page.locator(".lx-thumbs").bounding_box() or {}
        assert foot["y"] + foot["height"] <= thumbs["y"], address


def test_the_desk_is_chinese_and_readable_in_the_dark(
    open_page: Callable[..., Page], people: SimpleNamespace, make_article, publish_through_review, column
) -> None:
    article = publish_through_review(make_article(people.editor))
    draft = make_article(people.editor, title="还没送审的稿件")
    root = column.get_parent()
    visits = {
        people.editor: [
            "/desk/",
            "/desk/write/",
            f"/desk/articles/{article.pk}/record/",
            "/desk/pages/",
            f"/desk/pages/{root.pk}/",
            f"/desk/pages/{draft.pk}/edit/",
            f"/desk/pages/{article.pk}/history/",
            "/desk/images/",
            "/desk/images/multiple/add/",
            "/desk/documents/",
            "/desk/account/",
            "/desk/people/mine/",
        ],
        people.reviewer: ["/desk/review/"],
        people.admin: ["/desk/people/", "/desk/people/units/", f"/desk/people/{people.editor.pk}/", "/desk/people/leaders/", "/desk/jobs/"],
    }
    for user, addresses in visits.items():
        page = open_page("desktop", user=user, color_scheme="dark")
        for address in addresses:
            page.goto(address)
            page.wait_for_load_state("networkidle")
            assert_chinese(page)
            assert_accessible(page, "main")


def test_a_long_table_of_duties_is_printed_to_its_end(open_page: Callable[..., Page], people: SimpleNamespace, site) -> None:
    home = site.site.root_page.specific
    for number in range(1, 61):
        actions.open_column(None, home, title=f"第{number}个栏目", slug=f"column-{number}", kind="news")
    column = ColumnPage.objects.get(slug="column-1")
    unit, expectation = people.editor.posts.get().organisation, "每周不少于两条，重大活动当日发布，逾期前由责任人补齐。" * 5
    actions.set_duty(None, column, organisation=unit, section="办公室", person=people.editor, reviewer=people.reviewer, expectation=expectation)
    page = open_page("desktop", user=people.admin)
    page.goto("/desk/duties/")
    # A name is not torn, however much is expected of its bearer.
    pieces = "(cell) => { const text = document.createRange(); text.selectNodeContents(cell); return text.getClientRects().length; }"
    assert page.get_by_role("cell", name=str(people.editor), exact=True).evaluate(pieces) == 1
    sheets = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheets)) >= 3
    page.emulate_media(media="print")
    boxes = "() => [...document.querySelectorAll('html, body, body *')].filter(e => e.contains(document.querySelector('.lx-table')))"
    assert page.evaluate(f"({boxes})().filter(e => e.scrollHeight > e.clientHeight + 1 && getComputedStyle(e).overflowY !== 'visible').length") == 0


def test_a_failed_job_with_a_long_name_fits_a_telephone(open_page: Callable[..., Page], people: SimpleNamespace, clock) -> None:
    name = "lianxin.foundation.search.updates.forget_done_updates_of_a_very_long_name"
    DeadLetter.objects.create(
        job_id="0" * 32,
        task_path=name,
        queue="slow",
        args_kwargs={},
        fingerprint="x",
        tries=6,
        error="E",
        first_died_at=clock.now(),
        died_at=clock.now(),
    )
    Schedule.objects.create(name=name, rule="每 1 小时", next_at=clock.now())
    page = open_page("phone", user=people.admin)
    page.goto("/desk/jobs/")
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    assert page.locator("#main").evaluate("main => main.scrollWidth <= main.clientWidth")
