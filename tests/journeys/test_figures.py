"""A clerk reports the day; a reader finds it in the ledger and opens a number down to its letter, at a desk and on a telephone."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from lianxin.casework import actions as casework
from lianxin.casework import moments
from lianxin.casework.models import Case
from lianxin.figures import jobs
from tests.casework.conftest import staff  # noqa: F401
from tests.figures.conftest import DONE
from tests.journeys.browser import screenshot, visit
from tests.portal.conftest import portal  # noqa: F401

TEXT = "走访学校八所，检查食堂卫生，三处问题当场整改。"


@pytest.fixture
def answered(portal, staff) -> SimpleNamespace:  # noqa: F811
    """A letter of yesterday, answered and public, and one that waits; counted by night."""
    city = portal.city
    morning = timezone.make_aware(datetime.combine(timezone.localdate() - timedelta(days=1), time(9)))
    found: list[Case] = []
    for number in range(2):
        petitioner = casework.PetitionerData(name="王小明", phone="13800001111", identity="telephone")
        words = {"subject": "校门口没有路灯", "text": "放学时天黑。", "visibility": "public", "lead": city.education}
        with moments.dated(morning):
            found.append(casework.submit(None, "board", token=f"token-of-the-form-{number}", petitioner=petitioner, **words).case)
    case = found[0]
    with moments.dated(morning + timedelta(hours=5)):
        casework.sign_for(staff.clerk, case, case.assignments.get())
        message = casework.approve_reply(staff.head, case, casework.draft_reply(staff.clerk, case, DONE, outcome="solved"))
        casework.publish_reply(staff.clerk, case, message)
        casework.decide_public(staff.triage, case, True)
    jobs.fold.call()
    return SimpleNamespace(case=case, staff=staff, day=morning.date())


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_from_the_report_to_the_letter(size: str, open_page: Callable[..., Page], answered: SimpleNamespace) -> None:
    touch = {"has_touch": True, "is_mobile": True} if size == "phone" else {}
    clerk = open_page(size, user=answered.staff.clerk, **touch)
    visit(clerk, "/desk/figures/report/", f"{size}-report")
    clerk.get_by_label("日期").fill(answered.day.isoformat())
    clerk.get_by_label("当天工作").fill(TEXT)
    clerk.get_by_label("接待群众（人次）").fill("12")
    clerk.get_by_role("button", name="发布日报").click()
    expect(clerk.get_by_text("的日报已经发布")).to_be_visible()
    reader = open_page(size, javascript=size == "desktop", **touch)
    visit_ = visit if size == "desktop" else (lambda page, address, name: page.goto(address))
    visit_(reader, "/ledger/", f"{size}-ledger")
    expect(reader.get_by_text(TEXT)).to_be_visible()
    reader.get_by_label("日报里的词").fill("食堂")
    reader.get_by_role("button", name="查找").click()
    expect(reader.get_by_text(TEXT)).to_be_visible()
    screenshot(reader, f"{size}-ledger-found")
    visit_(reader, f"/figures/{answered.day:%Y-%m}/", f"{size}-figures-month")
    reader.locator("section", has=reader.get_by_role("heading", name="各单位")).get_by_role("link", name="2").first.click()
    expect(reader.locator("#count")).to_have_text("2")
    expect(reader.locator("tbody tr")).to_have_count(2)
    reader.get_by_role("link", name="校门口没有路灯").click()
    expect(reader.get_by_text("路灯所已于今天上午更换线路和灯头")).to_be_visible()


def test_pages_of_figures(open_page: Callable[..., Page], answered: SimpleNamespace) -> None:
    page = open_page("phone", has_touch=True, is_mobile=True)
    year, month = f"{answered.day:%Y}", f"{answered.day:%Y-%m}"
    places = ["/figures/", f"/figures/{year}/", "/ledger/", f"/ledger/{month}/", f"/ledger/units/education/{month}/"]
    for place, address in enumerate([*places, f"/figures/list/?measure=received&period={year}"]):
        visit(page, address, f"phone-figures-{place}")
    watcher = open_page("desktop", user=answered.staff.supervisor)
    visit(watcher, "/desk/figures/export/", "figures-export")
