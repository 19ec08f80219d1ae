"""Every kind of public page, as citizens meet it: on a desktop, on a telephone, in the dark, without JavaScript, in elder mode."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import assert_accessible, assert_fits, screenshot, visit_all


def _name(address: str, article: str) -> str:
    return "home" if address == "/" else "article" if article in address else address.strip("/").replace("/", "-")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_page(size: str, open_page: Callable[..., Page], full_site: SimpleNamespace, public_addresses: Callable[[], dict[str, int]]) -> None:
    page = open_page(size, has_touch=size == "phone", is_mobile=size == "phone")
    page.watch.allow("status of 404")
    visit_all(page, public_addresses(), lambda address: f"{size}-{_name(address, full_site.article.slug)}")


def test_the_tools_of_an_article_are_as_large_as_a_thumb(open_page: Callable[..., Page], full_site: SimpleNamespace) -> None:
    page = open_page("phone", has_touch=True, is_mobile=True)
    page.goto(full_site.article.url)
    tools = page.locator(".tools button:visible, .tools summary:visible").all()
    assert len(tools) >= 4
    for box in (tool.bounding_box() or {} for tool in tools):
        assert box["height"] >= 44 and box["width"] >= 44


def test_other_looks(open_page: Callable[..., Page], full_site: SimpleNamespace, public_addresses: Callable[[], dict[str, int]]) -> None:
    addresses = dict(list(public_addresses().items())[:6])
    for wish, value in {"color_scheme": "dark", "forced_colors": "active", "reduced_motion": "reduce"}.items():
        page = open_page("desktop", **{wish: value})
        visit_all(page, addresses, lambda address, look=value: f"{look}-{_name(address, full_site.article.slug)}")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_elder_mode(size: str, open_page: Callable[..., Page], full_site: SimpleNamespace, public_addresses: Callable[[], dict[str, int]]) -> None:
    page = open_page(size)
    page.goto("/elder/?to=elder&back=/")
    visit_all(page, dict(list(public_addresses().items())[:6]), lambda address: f"{size}-elder-{_name(address, full_site.article.slug)}")


def test_without_javascript_everything_can_be_read(
    plain_page: Page, full_site: SimpleNamespace, public_addresses: Callable[[], dict[str, int]]
) -> None:
    plain_page.watch.allow("status of 404")
    for address, status in public_addresses().items():
        answer = plain_page.goto(address)
        assert answer is not None and answer.status == status, address
        assert plain_page.locator("h1").count() == 1, address
    plain_page.goto("/")
    plain_page.get_by_role("link", name=full_site.column.title).first.click()
    plain_page.get_by_role("link", name="第1批民生实事").first.click()
    expect(plain_page.locator("article").get_by_text("市图书馆新馆选址").first).to_be_visible()


def test_at_four_hundred_percent_nothing_is_lost(open_page: Callable[..., Page], full_site: SimpleNamespace) -> None:
    """WCAG 1.4.10: 1366 pixels at 400 % are a window of 341."""
    page = open_page("desktop")
    page.set_viewport_size({"width": 341, "height": 600})
    for address in ("/", f"/{full_site.column.slug}/"):
        page.goto(address)
        assert_fits(page)
        assert_accessible(page)
        screenshot(page, f"zoomed-{address.strip('/') or 'home'}")
