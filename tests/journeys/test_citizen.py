"""A citizen, from the first code to the deletion of the account: on a desktop, on a telephone, by keyboard, without JavaScript, in elder mode."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from lianxin.foundation.jobs.worker import run_due
from lianxin.identity import actions, queries, registry
from lianxin.identity.models import User
from tests.identity.citizens import CODE, ENTERPRISE, NAME, NUMBER, OTHER_TELEPHONE, SENSITIVE, TELEPHONE, sent_code, signed_up
from tests.journeys.browser import assert_accessible, assert_chinese, assert_fits, assert_titles_whole, screenshot, visit

SMALLEST_TARGET = 44


def look(page: Page, name: str) -> None:
    """Keep a picture and require what holds for every page; targets are as large as a thumb."""
    screenshot(page, name)
    assert_accessible(page)
    assert_fits(page)
    assert_titles_whole(page)
    assert_chinese(page)
    for target in page.locator(
        ".errand .button:visible, .own .button:visible, .own .menu a:visible, .own .menu button:visible, .field input:visible"
    ).all():
        box = target.bounding_box() or {"height": 0, "width": 0}
        is_choice = target.get_attribute("type") in ("radio", "checkbox")
        # A choice is chosen by its words as well, which stand in a row of that height.
        height = (target.locator("xpath=..").bounding_box() or box)["height"] if is_choice else box["height"]
        assert height >= SMALLEST_TARGET, f"{name}: {target.evaluate('e => e.outerHTML')[:120]} is {height} high"


def enter(page: Page, telephone: str, who: str = "个人", name: str = "") -> None:
    """From the home page to the question of a newcomer."""
    page.goto("/")
    page.get_by_role("link", name="我的", exact=True).click()
    if who != "个人":
        page.get_by_role("link", name=who, exact=True).click()
    if name:
        look(page, f"{name}-1-telephone")
    page.get_by_label("手机号").fill(telephone)
    page.get_by_role("button", name="获取验证码").click()
    if name:
        look(page, f"{name}-2-code")
    page.get_by_label("验证码").fill(sent_code())
    page.get_by_role("button", name="登录").click()


@pytest.mark.parametrize("size", ["desktop", pytest.param("phone", marks=pytest.mark.smoke)])
def test_a_citizens_whole_way(size: str, open_page: Callable[..., Page], full_site: SimpleNamespace, monkeypatch) -> None:
    matter = registry.OpenMatter("信〔2025〕7号 路灯不亮", "/letters/", "会继续办理，结果不再通知您")
    eraser = type("Letters", (registry.Eraser,), {"name": "letters", "open_matters": lambda self, user: [matter]})()
    monkeypatch.setattr(registry, "_erasers", {"letters": eraser})
    monkeypatch.setattr(registry, "_places", [lambda user: registry.MyPlace("我的来信", "/my/", "1 件正在办理")])
    page = open_page(size, has_touch=size == "phone", is_mobile=size == "phone")
    prefix = f"{size}-my"
    enter(page, TELEPHONE, name=prefix)
    look(page, f"{prefix}-3-welcome")
    page.get_by_role("button", name="同意并登录").click()
    look(page, f"{prefix}-3-welcome-faults")
    page.get_by_label("已满 14 周岁").check()
    page.get_by_label("我已阅读并同意").check()
    page.get_by_role("button", name="同意并登录").click()
    look(page, f"{prefix}-4-overview")
    page.get_by_role("link", name="去核验").click()
    page.get_by_label("姓名").fill(NAME)
    page.get_by_label("身份证号", exact=True).fill(NUMBER[:-1] + "5")
    page.get_by_label("我单独同意").check()
    page.get_by_role("button", name="核验").click()
    look(page, f"{prefix}-5-real-name-faults")
    expect(page.get_by_label("姓名"), "nothing typed is lost").to_have_value(NAME)
    page.get_by_label("身份证号", exact=True).fill(NUMBER)
    page.get_by_role("button", name="核验").click()
    page.get_by_text("实名核验已通过").wait_for()
    user = User.objects.get(kind="citizen")
    actions.read_personal_data(None, user, ["telephone"], "发送短信通知", "信〔2025〕7号")
    actions.change_profile(user, display_name="林女士", sms_notices=True)
    page.goto("/my/")
    look(page, f"{prefix}-6-overview-verified")
    page.goto("/my/export/")
    page.get_by_role("button", name="导出我的数据").click()
    while run_due():
        pass
    for number, (address, name) in enumerate(
        [
            ("profile", "profile"),
            ("real-name", "real-name"),
            ("readings", "readings"),
            ("consents", "consents"),
            ("sessions", "sessions"),
            ("export", "export"),
        ],
        7,
    ):
        page.goto(f"/my/{address}/")
        look(page, f"{prefix}-{number}-{name}")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载").first.click()
    assert download.value.suggested_filename == "my-data.zip"
    page.goto("/my/outbox/")
    look(page, f"{prefix}-outbox")
    page.goto("/my/telephone/")
    page.get_by_label("新手机号").fill(OTHER_TELEPHONE)
    page.get_by_role("button", name="获取验证码").click()
    look(page, f"{prefix}-13-new-telephone-code")
    page.get_by_label("验证码").fill(sent_code())
    page.get_by_role("button", name="更换").click()
    page.get_by_text("手机号已更换").wait_for()
    page.goto("/my/delete/")
    look(page, f"{prefix}-14-delete")
    page.get_by_label("我明白注销后不能恢复").check()
    page.get_by_role("button", name="注销账号").click()
    look(page, f"{prefix}-15-deleted")
    page.goto("/my/")
    page.get_by_role("heading", name="用手机号登录").wait_for()


def test_a_child_with_the_guardian_without_javascript(open_page: Callable[..., Page], full_site: SimpleNamespace) -> None:
    page = open_page("desktop", javascript=False)
    enter(page, TELEPHONE)
    page.get_by_label("不满 14 周岁").check()
    page.get_by_label("我已阅读并同意").check()
    page.get_by_role("button", name="同意并登录").click()
    page.get_by_label("监护人的手机号").fill(OTHER_TELEPHONE)
    page.get_by_role("button", name="获取验证码").click()
    screenshot(page, "plain-my-guardian")
    page.get_by_label("验证码").fill(sent_code())
    page.get_by_label("监护人姓名").fill(NAME)
    page.get_by_label("监护人身份证号").fill(NUMBER)
    page.get_by_label("母亲").check()
    page.get_by_label("我是孩子的监护人").check()
    page.get_by_role("button", name="同意", exact=True).click()
    page.get_by_text("监护人同意已登记").wait_for()
    page.get_by_role("button", name="退出登录").click()
    page.goto("/my/")
    page.get_by_role("heading", name="用手机号登录").wait_for()


def test_an_enterprise_by_keyboard_alone(browser_page: Page, full_site: SimpleNamespace) -> None:
    page = browser_page
    page.goto("/my/sign-in/?who=enterprise")
    page.get_by_label("手机号").focus()
    page.keyboard.type(TELEPHONE)
    page.keyboard.press("Enter")
    page.get_by_label("验证码").focus()
    page.keyboard.type(sent_code())
    page.keyboard.press("Enter")
    page.get_by_label("我已阅读并同意").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/")
    page.goto("/my/real-name/")
    page.get_by_label("企业名称").focus()
    for text in (ENTERPRISE, CODE, NAME, NUMBER):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    screenshot(page, "desktop-my-enterprise")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/?done=real-name")
    look(page, "desktop-my-enterprise-overview")


@pytest.mark.parametrize("wish", [{"color_scheme": "dark"}, {"forced_colors": "active"}])
def test_other_looks(wish: dict[str, str], open_page: Callable[..., Page], full_site: SimpleNamespace) -> None:
    page = open_page("phone", **wish)
    look_name = next(iter(wish.values()))
    enter(page, TELEPHONE, name=f"{look_name}-my")
    page.get_by_role("button", name="同意并登录").click()
    look(page, f"{look_name}-my-welcome")


def test_elder_mode(open_page: Callable[..., Page], full_site: SimpleNamespace) -> None:
    page = open_page("phone")
    page.goto("/elder/?to=elder&back=/")
    enter(page, TELEPHONE, name="elder-my")
    page.get_by_label("已满 14 周岁").check()
    page.get_by_label("我已阅读并同意").check()
    page.get_by_role("button", name="同意并登录").click()
    look(page, "elder-my-overview")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_lost_telephone_at_the_counter(size: str, open_page: Callable[..., Page], full_site: SimpleNamespace, people: SimpleNamespace) -> None:
    citizen = signed_up().user
    actions.verify_citizen(citizen, NAME, NUMBER, SENSITIVE)
    page = open_page(size, user=people.manager)
    visit(page, "/desk/people/citizens/", f"{size}-desk-citizens-telephone")
    page.get_by_label("新手机号").fill(OTHER_TELEPHONE)
    page.get_by_role("button", name="发送验证码").click()
    page.get_by_label("验证码").fill(sent_code())
    page.get_by_label("姓名").fill(NAME)
    page.get_by_label("身份证号").fill(NUMBER)
    page.get_by_label("我已核对身份证原件").check()
    screenshot(page, f"{size}-desk-citizens-card")
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="更换").click()
    page.get_by_text("手机号已更换").first.wait_for()
    assert queries.account_with_telephone(OTHER_TELEPHONE, "citizen") == citizen
