"""An administrator closes a citizen's account at the counter: on a desktop and a telephone, by keyboard, without JavaScript; every screen by axe."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lianxin.identity import actions as identity
from lianxin.identity.models import DeletedAccount
from tests.identity.citizens import NAME, NUMBER, SENSITIVE, TELEPHONE, signed_up
from tests.journeys.browser import assert_accessible, assert_fits, screenshot, visit

FIRST, SECOND = "/desk/people/citizens/close/", "/desk/people/citizens/close/confirm/"


@pytest.fixture
def citizen(transactional_db):
    user = signed_up().user
    identity.verify_citizen(user, NAME, NUMBER, SENSITIVE)
    return user


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_an_account_is_closed_by_keyboard(open_page: Callable[..., Page], people, citizen, size) -> None:
    options = {"has_touch": True, "is_mobile": True} if size == "phone" else {}
    page = open_page(size, user=people.admin, **options)
    page.watch.allow("422")
    visit(page, FIRST, f"{size}-desk-closing-first")
    page.get_by_label("绑定的手机号").focus()
    page.keyboard.type(TELEPHONE)
    page.keyboard.press("Enter")
    expect(page.get_by_text("是这个账号吗")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, f"{size}-desk-closing-second")
    # The desk scrolls its main part: what sticks out of it is not seen by the page's own width.
    box = page.get_by_label("核对了哪种证明").bounding_box() or {}
    assert box["x"] + box["width"] <= page.viewport_size["width"]
    page.get_by_label("注销的原因").select_option(label="年老、患病等原因不再使用")
    page.get_by_label("核对了哪种证明").select_option(label="近亲属到场：核对死亡证明、亲属关系证明和来人身份证原件")
    page.get_by_label("账号本人的姓名").fill(NAME)
    page.get_by_label("账号本人的身份证号").fill(NUMBER)
    page.get_by_label("我已核对证明材料的原件").press("Space")
    page.get_by_label("请输入“确认注销”").fill("确认注销")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("要有下面一种证明")
    assert_accessible(page)
    screenshot(page, f"{size}-desk-closing-refused")
    page.get_by_label("核对了哪种证明").select_option(label="本人到场：核对身份证原件")
    page.get_by_label("请输入“确认注销”").press("Enter")
    expect(page.get_by_text("账号已注销")).to_be_visible()
    assert DeletedAccount.objects.get().user == citizen


def test_without_javascript(open_page: Callable[..., Page], people, citizen) -> None:
    page = open_page("desktop", user=people.admin, javascript=False)
    page.goto(FIRST)
    page.get_by_label("账号名").fill(citizen.username)
    page.get_by_role("button", name="查找").click()
    page.get_by_label("注销的原因").select_option(label="本人去世")
    page.get_by_label("核对了哪种证明").select_option(label="近亲属到场：核对死亡证明、亲属关系证明和来人身份证原件")
    page.get_by_label("账号本人的姓名").fill(NAME)
    page.get_by_label("账号本人的身份证号").fill(NUMBER)
    page.get_by_label("我已核对证明材料的原件").check()
    page.get_by_label("请输入“确认注销”").fill("确认注销")
    page.get_by_role("button", name="注销这个账号").click()
    expect(page.get_by_text("账号已注销")).to_be_visible()
    assert DeletedAccount.objects.get().user == citizen
