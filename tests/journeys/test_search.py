"""A citizen looks for something: suggestions by keyboard, results that can be narrowed, on a desktop and on a telephone."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from lianxin.foundation.search import folder, rebuild
from tests.journeys.browser import assert_accessible, visit


@pytest.fixture(autouse=True)
def index(settings, tmp_path, full_site: SimpleNamespace) -> Iterator[None]:
    settings.HOME = tmp_path
    folder.forget()
    rebuild.rebuild()
    yield
    folder.forget()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_typing_suggests_and_results_are_accessible(size: str, open_page: Callable[..., Page]) -> None:
    page = open_page(size)
    page.goto("/")
    box = page.get_by_role("combobox", name="搜索")
    box.press_sequentially("minsheng")
    first = page.get_by_role("option").first
    expect(first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    assert_accessible(page)
    box.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    box.press("Escape")
    expect(first).to_be_hidden()
    box.fill("民生实事")
    box.press("Enter")
    page.wait_for_url("**/search/**")
    expect(page.locator(".results li").first).to_be_visible()
    visit(page, "/search/?q=民生实事", f"{size}-search")
    visit(page, "/search/?q=没有这样的词语", f"{size}-search-nothing")
    # What can be tried instead is seen to be a link.
    expect(page.locator(".nothing a").first).to_have_css("text-decoration-line", "underline")


def test_without_javascript_the_box_searches(plain_page: Page) -> None:
    plain_page.goto("/")
    plain_page.get_by_label("搜索", exact=True).fill("民生实事")
    plain_page.get_by_role("button", name="搜索").click()
    expect(plain_page.locator(".results li").first).to_be_visible()
