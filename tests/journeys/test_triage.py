"""Triage officers keep categories, words and directions, at a desk and on a telephone."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from lianxin.identity.models import User
from lianxin.organisations.models import Organisation, Post
from tests.journeys.browser import visit


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_books(size: str, open_page: Callable[..., Page], full_site: SimpleNamespace) -> None:
    officer = User.objects.create_user("officer", "officer@example.com", name="林分办", is_staff=True, kind=User.Kind.STAFF)
    Post.objects.create(user=officer, organisation=Organisation.objects.first(), role="triage", starts_on=date(2020, 1, 1))
    page = open_page(size, user=officer, has_touch=size == "phone", is_mobile=size == "phone")
    for name in ("categories", "words", "elsewhere"):
        visit(page, reverse("triage_desk:rows", args=[name]), f"{size}-triage-{name}")
    visit(page, reverse("triage_desk:new", args=["elsewhere"]), f"{size}-triage-new")
    page.get_by_label("代码").fill("heating")
    page.get_by_label("去处").fill("供热热线")
    page.get_by_label("说明").fill("供暖季停暖，请先拨打供热热线报修。")
    page.get_by_label("提示词").fill("停暖")
    page.get_by_role("button", name="保存").click()
    page.get_by_role("link", name="供热热线").wait_for()
