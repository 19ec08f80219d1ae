"""A letter from a telephone to its public answer and its rating; by keyboard, without JavaScript, in elder mode."""

import io
import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from lianxin.casework import actions as casework
from lianxin.casework.models import Case
from lianxin.foundation.jobs.worker import run_due
from lianxin.foundation.search import folder, rebuild
from tests.identity.citizens import sent_code
from tests.journeys.browser import assert_accessible, assert_chinese, assert_fits, assert_titles_whole, screenshot, visit

TEXT = "和安一小校门口没有路灯，放学时天已经黑了，孩子们看不清路。希望装两盏灯。"


def look(page: Page, name: str) -> None:
    """Keep a picture and require what holds for every page."""
    screenshot(page, name)
    assert_accessible(page)
    assert_fits(page)
    assert_titles_whole(page)
    assert_chinese(page)


@pytest.fixture
def staff(full_site: SimpleNamespace, city, person) -> SimpleNamespace:
    """Who answers."""
    rebuild.rebuild()
    folder.forget()
    return SimpleNamespace(
        triage=person("triage", "triage", city.centre, name="分办员"),
        clerk=person("clerk", "clerk", city.education, name="承办员"),
        head=person("head", "head", city.education, name="局长"),
        city=city,
    )


def picture() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (200, 120), "gray").save(content, "JPEG")
    return content.getvalue()


def code_and_send(page: Page, name: str = "") -> tuple[str, str]:
    """Who one is, the code, the receipt: number and secret."""
    page.get_by_label("您的手机号").fill("19900000001")
    page.get_by_label("怎么称呼您").fill("王女士")
    page.get_by_label("我已阅读并同意").check()
    page.get_by_role("button", name="获取验证码").click()
    if name:
        look(page, f"{name}-4-code")
    page.get_by_label("验证码").fill(sent_code())
    page.get_by_role("button", name="提交").click()
    if name:
        look(page, f"{name}-5-receipt")
    receipt = page.locator(".receipt").inner_text()
    number, secret = re.search(r"[A-Z]{4}\d{10}", receipt), re.search(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", receipt)
    assert number is not None and secret is not None
    return number[0], secret[0]


def answered(number: str, staff: SimpleNamespace) -> Case:
    """The bureau asks, then answers; the office makes it public."""
    case = Case.objects.get(number=number)
    case = casework.finish(staff.triage, casework_reply(case, staff))
    case = casework.decide_public(staff.triage, case, True)
    run_due(None)
    return case


def casework_reply(case: Case, staff: SimpleNamespace) -> Case:
    body = "王女士，您好！\n校门口的两盏路灯已于今日装好。\n联系人：基建科李老师，电话 0000-1234567。"
    message = casework.draft_reply(staff.clerk, case, body, outcome="solved")
    return casework.publish_reply(staff.clerk, case, casework.approve_reply(staff.head, case, message))


def asked(number: str, staff: SimpleNamespace) -> None:
    case = Case.objects.get(number=number)
    if case.lead is None:
        case = casework.assign(staff.triage, case, staff.city.education)
    casework.sign_for(staff.clerk, case, case.assignments.get())
    casework.ask_citizen(staff.clerk, case, "请问是东门还是西门？")


@pytest.mark.parametrize("size", ["desktop", pytest.param("phone", marks=pytest.mark.smoke)])
def test_from_the_first_word_to_the_rating(size: str, open_page: Callable[..., Page], staff: SimpleNamespace) -> None:
    page = open_page(size, has_touch=size == "phone", is_mobile=size == "phone")
    name = f"{size}-letter"
    visit(page, "/", f"{name}-0-home")
    page.get_by_role("link", name="我要反映").first.click()
    look(page, f"{name}-1-write")
    page.get_by_role("button", name="下一步").click()
    look(page, f"{name}-2-faults")
    page.get_by_label("您要反映什么事").fill(TEXT)
    page.get_by_label("地点").fill("和安一小东门")
    page.get_by_label("照片或文件").set_input_files({"name": "路口.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    page.get_by_label("写给一个单位").check()
    page.get_by_label("哪个单位").select_option("education")
    page.get_by_role("button", name="下一步").click()
    look(page, f"{name}-3-check")
    expect(page.locator(".sheet")).to_contain_text("路口.jpg")
    number, secret = code_and_send(page, name)
    page.go_back()
    page.goto("/write/")
    expect(page.locator(".receipt")).to_contain_text(number)
    asked(number, staff)

    page.goto("/follow/")
    look(page, f"{name}-6-follow")
    page.get_by_label("编号").fill(number)
    page.get_by_label("查询码").fill("AAAA BBBB CCCC DDDD")
    page.get_by_role("button", name="查询").click()
    look(page, f"{name}-7-wrong")
    page.get_by_label("查询码").fill(secret)
    page.get_by_role("button", name="查询").click()
    look(page, f"{name}-8-asked")
    page.get_by_label("内容").first.fill("东门。")
    page.get_by_role("button", name="回答").click()
    answered(number, staff)
    page.goto("/follow/letter/")
    look(page, f"{name}-9-answered")
    page.get_by_text("很满意", exact=True).click()
    page.get_by_role("button", name="评价").click()
    expect(page.locator("main")).to_contain_text("您的评价：很满意")

    visit(page, f"/letters/{number}/", f"{name}-10-public")
    shown = page.locator("main").inner_text()
    assert "很满意" in shown and "已于今日装好" in shown and "19900000001" not in shown and "王女士" not in shown.split("王女士，您好")[0]
    for address in ("/letters/", "/letters/?q=路灯", "/boards/", "/boards/education/", "/orgs/education/", "/"):
        visit(page, address, f"{name}-11-{address.strip('/').replace('/', '-').partition('?')[0] or 'home'}{'-found' if '?' in address else ''}")
    assert number in page.goto("/letters/?q=路灯").text()


def test_without_javascript_and_by_keyboard(open_page: Callable[..., Page], staff: SimpleNamespace) -> None:
    page = open_page("desktop", javascript=False)
    page.goto("/write/")
    page.get_by_label("您要反映什么事").focus()
    page.keyboard.type("校门口没有路灯。")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.textContent.trim()") == "下一步：看一遍":
            break
    page.keyboard.press("Enter")
    number, _ = code_and_send(page)
    assert Case.objects.get(number=number).lead is None


def test_what_is_typed_survives_a_closed_page(open_page: Callable[..., Page], staff: SimpleNamespace) -> None:
    page = open_page("phone", has_touch=True, is_mobile=True)
    page.goto("/write/")
    page.get_by_label("您要反映什么事").fill("写了一半的信")
    page.get_by_text("已自动保存。").wait_for()
    page.goto("/")
    page.context.clear_cookies()
    page.goto("/write/")
    expect(page.get_by_label("您要反映什么事")).to_have_value("写了一半的信")


@pytest.mark.parametrize("look_of", ["elder", "dark"])
def test_other_looks(look_of: str, open_page: Callable[..., Page], staff: SimpleNamespace) -> None:
    page = open_page("phone", **({"color_scheme": "dark"} if look_of == "dark" else {}))
    if look_of == "elder":
        page.goto("/elder/?to=elder&back=/")
    for address in ("/write/", "/follow/", "/letters/", "/boards/"):
        visit(page, address, f"phone-{look_of}-{address.strip('/')}")
