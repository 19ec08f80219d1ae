"""A citizen's ways through the site: with the keyboard, with the aids, without scripts (the pages one by one: ``test_public_pages``)."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from lianxin.publishing import cachebox
from tests.journeys.browser import assert_accessible


@pytest.fixture
def article(full_site: SimpleNamespace) -> str:
    """The address of the article with everything in it."""
    cachebox.forget()
    return f"/{full_site.column.slug}/{full_site.article.slug}/"


def test_everything_by_keyboard(browser_page: Page, article: str) -> None:
    page = browser_page
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.get_by_role("button", name="无障碍").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="放大")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-size", "1")
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="无障碍")).to_be_focused()


def test_the_aids_are_remembered(browser_page: Page, article: str) -> None:
    page = browser_page
    page.goto("/")
    page.get_by_role("button", name="无障碍").click()
    page.get_by_role("button", name="高对比").click()
    expect(page.get_by_role("button", name="高对比")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="阅读辅助线").click()
    page.goto(article)
    expect(page.locator("html")).to_have_attribute("data-contrast", "on")
    expect(page.locator(".ruler")).to_be_attached()
    expect(page.get_by_role("button", name="打印")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="无障碍").click()
    page.get_by_role("button", name="恢复标准").click()
    expect(page.locator(".ruler")).not_to_be_attached()
    expect(page.locator("html:not([data-contrast])")).to_be_attached()


@pytest.mark.smoke
def test_elder_mode_and_sharing_without_scripts(open_page: Callable[..., Page], article: str) -> None:
    page = open_page("phone", javascript=False)
    page.goto(article)
    title = page.get_by_role("heading", level=1).inner_text()
    expect(page.locator("article").get_by_role("button")).to_have_count(0)
    page.get_by_text("二维码分享").click()
    expect(page.get_by_role("img", name="本页二维码，用手机扫码打开")).to_be_visible()
    page.get_by_role("link", name="长者版").click()
    expect(page.locator("html")).to_have_attribute("data-mode", "elder")
    assert page.get_by_role("heading", level=1).inner_text() == title
    page.get_by_role("link", name="标准版").click()
    expect(page.locator("html:not([data-mode])")).to_be_attached()
