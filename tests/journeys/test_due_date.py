"""By when must it be done? Asked on a desktop and on a telephone, and without JavaScript."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import visit

ASKED = "/tools/due-date/?rule=L01&day=2025-09-29"


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_way_to_the_last_day(size: str, open_page: Callable[..., Page], full_site: SimpleNamespace) -> None:
    page = open_page(size, has_touch=size == "phone", is_mobile=size == "phone")
    visit(page, "/tools/due-date/", f"{size}-due-date")
    visit(page, ASKED, f"{size}-due-date-answer")


def test_asked_without_javascript(plain_page: Page, full_site: SimpleNamespace) -> None:
    plain_page.goto("/tools/due-date/")
    plain_page.get_by_label("什么事").select_option("L01")
    plain_page.get_by_label("哪一天收到").fill("2025-09-29")
    plain_page.get_by_role("button", name="计算").click()
    expect(plain_page.get_by_text("2025年10月10日").first).to_be_visible()
    expect(plain_page.get_by_text("放假，不计").first).to_be_visible()
