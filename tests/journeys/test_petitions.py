"""The petition bureau in a browser: a report about a unit from the counter to the delivered notice, and the unit that sees nothing of it."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from lianxin.casework.actions import PetitionerData
from lianxin.casework.models import Case, Delivery
from lianxin.organisations.models import OfficeFunction, Organisation
from lianxin.petitions import actions, queries
from tests.casework.conftest import staff  # noqa: F401
from tests.journeys.browser import screenshot, visit
from tests.portal.conftest import _fresh_furniture, portal  # noqa: F401

TOUCH = {"has_touch": True, "is_mobile": True}


@pytest.fixture
def officer(city, staff, person):  # noqa: F811
    """Who screens for the petition bureau."""
    root = Organisation.objects.get(pk=city.root.pk)
    unit = root.add_child(name="和安市信访局", short_name="市信访局", slug="petitions", kind=Organisation.Kind.DEPARTMENT)
    OfficeFunction.objects.create(organisation=unit, function="petition_bureau", scope=city.root)
    return person("petition", "triage", unit, name="信访办")


def test_a_report_from_the_counter_to_its_notice(open_page: Callable[..., Page], officer, staff, city) -> None:  # noqa: F811
    desk = open_page("desktop", user=officer)
    visit(desk, "/desk/petitions/new/", "petitions-register")
    desk.get_by_label("类别*").select_option(label="检举")
    desk.get_by_label("来的方式*").select_option(label="来信")
    desk.get_by_label("标题", exact=True).fill("学校食堂采购吃回扣")
    desk.get_by_label("内容*").fill("食堂采购的人每月收供货商的钱。")
    desk.get_by_label("检举的单位").select_option(label=str(city.education))
    desk.get_by_role("button", name="登记", exact=True).click()
    expect(desk.get_by_text("回执（请交给来信来访人）")).to_be_visible()
    screenshot(desk, "petitions-receipt")
    case = Case.objects.get(kind="report")
    visit(desk, f"/desk/cases/{case.number}/", "petitions-case")
    desk.locator(".ld-one button").click()
    expect(desk.get_by_text("已受理，办理期限从今天起算。")).to_be_visible()
    (notice,) = queries.notices(case)
    made = desk.context.request.get(f"/desk/petitions/{case.number}/notices/{notice.seq}/")
    assert made.status == 200 and made.body()[:5] == b"%PDF-"
    if not desk.locator(f"#deed-deliver-acceptance-{notice.seq}").is_visible():
        desk.get_by_text("其他办理").click()
    panel = desk.locator(f"#deed-deliver-acceptance-{notice.seq}")
    panel.locator("summary").click()
    panel.get_by_label("回执或单号").fill("挂号信 0470")
    panel.get_by_role("button", name="登记受理告知书送达").click()
    expect(desk.get_by_text("已登记送达。").first).to_be_visible()
    assert Delivery.objects.get(case=case).message == notice.seq
    target = open_page("desktop", user=staff.head)
    target.watch.allow("404")
    for address in (f"/desk/cases/{case.number}/", f"/desk/petitions/{case.number}/notices/{notice.seq}/"):
        assert target.goto(address).status == 404
    target.goto("/desk/")
    expect(target.get_by_text("回扣")).to_have_count(0)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_counter_is_accessible_and_fits(open_page: Callable[..., Page], officer, size) -> None:
    for number in range(3):
        given = {"subject": f"第 {number} 户的征地补偿款", "text": "还没有发。", "petitioner": PetitionerData(name="王大爷")}

        actions.register(officer, "petition", token=f"token-of-the-counter-{number}", channel="visit", received_on=timezone.localdate(), **given)
    page = open_page(size, user=officer, **(TOUCH if size == "phone" else {}))
    for address in ("/desk/petitions/", "/desk/petitions/?state=over", "/desk/petitions/new/", "/desk/"):
        visit(page, address, f"petitions-{address.strip('/').replace('/', '-').replace('?', '-').replace('=', '-')}-{size}")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_public_side_is_accessible_and_fits(open_page: Callable[..., Page], portal, officer, city, size) -> None:  # noqa: F811
    page = open_page(size, **(TOUCH if size == "phone" else {}))
    for address in ("/petitions/", "/petitions/write/", "/petitions/review/"):
        visit(page, address, f"public{address.strip('/').replace('/', '-')}-{size}")
    page.goto("/petitions/write/?kind=report")
    page.get_by_label("什么事，希望怎么解决？").fill("学校食堂采购吃回扣，供货商每月送钱。")
    page.get_by_label("检举谁（只有检举要选）").select_option(label="市教育局")
    page.get_by_label("不留名（只有检举可以）").check()
    page.get_by_role("button", name="提交", exact=True).click()
    if page.get_by_role("button", name="看过了，仍然提交").count():
        page.get_by_role("button", name="看过了，仍然提交").click()
    expect(page.get_by_role("heading", name="已经收到")).to_be_visible()
    screenshot(page, f"public-petitions-done-{size}")
    assert Case.objects.get(kind="report").is_sealed
