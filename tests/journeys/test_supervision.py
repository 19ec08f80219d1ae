"""The supervision office in a browser: a task ordered and handled by several units, the desk and its papers, the digest on a telephone; by axe."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from lianxin.casework import actions as engine
from lianxin.casework import moments
from lianxin.casework.actions import Order
from lianxin.casework.models import Assignment, Case, Supervision
from lianxin.foundation import calendar
from lianxin.organisations.models import OfficeFunction
from lianxin.supervision import actions
from tests.casedesk.conftest import staff, ways, write  # noqa: F401
from tests.journeys.browser import screenshot, visit

TOUCH = {"has_touch": True, "is_mobile": True}


@pytest.fixture
def office(city, staff):  # noqa: F811
    OfficeFunction.objects.create(function=OfficeFunction.Function.SUPERVISION_OFFICE, scope=city.root, organisation=city.office)
    return staff.supervisor


@pytest.fixture
def late(ways) -> list[Case]:  # noqa: F811
    """Two letters that should have been answered days ago, one of which the clock calls yellow, the other red."""
    with moments.dated(timezone.now() - timedelta(days=20)):
        found = [ways.handling(subject="校门口的路灯不亮"), ways.handling(subject="小区停水三天没人管")]
    for case, level, reason in zip(found, ("yellow", "red"), ("答复超期满 1 个工作日", "答复超期满 5 个工作日"), strict=True):
        engine.breach(case)
        engine.propose_supervision(case, level, reason)
    return found


@pytest.fixture
def task(office, city) -> Case:
    today = timezone.localdate()
    order = Order(
        source="instruction",
        basis="市长 11 月 24 日批示",
        quoted="此事关系群众出行，务必限期办结。",
        signer="督查室主任",
        progress_on=(today,),
    )
    return actions.order_task(
        office,
        token="token-of-the-task",
        subject="城区占道施工围挡清理",
        demands="一、两周内清理全部超期围挡。\n二、逐处公示责任人和拆除日期。",
        lead=actions.Part(city.education, calendar.add_workdays(today, 10)),
        co=[actions.Part(city.health, calendar.add_workdays(today, 1))],
        order=order,
    )


def test_a_task_from_the_order_to_what_came_of_it(open_page: Callable[..., Page], office, staff, city) -> None:  # noqa: F811
    desk = open_page("desktop", user=office)
    visit(desk, "/desk/supervision/new/", "supervision-new")
    desk.get_by_label("事项*").fill("老旧小区加装电梯")
    desk.get_by_label("督办要求*").fill("年内完成二十部。")
    desk.get_by_label("来源*").select_option(label="会议议定")
    desk.get_by_label("主办单位*").select_option(label=str(city.education))
    desk.get_by_label("协办单位 1", exact=True).select_option(label=str(city.health))
    desk.get_by_label("阶段报告日期 1").fill(str(timezone.localdate()))
    desk.get_by_role("button", name="编号并发出").click()
    expect(desk.get_by_text("已发出督〔")).to_be_visible()
    case = Case.objects.get(kind="task")
    for who, unit in ((staff.clerk, city.education), (staff.other_clerk, city.health)):
        clerk = open_page("desktop", user=who)
        clerk.goto(f"/desk/cases/{case.number}/")
        clerk.get_by_role("button", name="签收").click()
        panel = clerk.locator(f"#deed-report-{Assignment.objects.get(case=case, organisation=unit).seq}")
        panel.locator("summary").click()
        panel.get_by_label("办理情况").fill("已办结。")
        if who == staff.clerk:
            screenshot(clerk, "supervision-unit")
        panel.get_by_role("button", name="报结").click()
        expect(clerk.get_by_text("已报结，等待审核。")).to_be_visible()
    visit(desk, f"/desk/cases/{case.number}/", "supervision-accept")
    for _ in range(2):
        desk.get_by_role("button", name="同意报结").first.click()
        expect(desk.get_by_text("已同意报结。").first).to_be_visible()
    desk.get_by_text("其他办理").click()
    panel = desk.locator(f"#deed-close-order-{Supervision.objects.get(case=case).seq}")
    panel.locator("summary").click()
    panel.get_by_label("落实情况").fill("二十部电梯全部投入使用。")
    panel.get_by_role("button", name="督办销号").click()
    expect(desk.get_by_text("已销号。")).to_be_visible()
    assert Supervision.objects.get(case=case).outcome == "done" and Case.objects.get(pk=case.pk).stage == "closed"
    visit(desk, "/desk/supervision/orders/?show=closed", "supervision-closed")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_screen_is_accessible_and_fits(open_page: Callable[..., Page], office, staff, late, task, size) -> None:  # noqa: F811
    for person in (staff.head, staff.vice):
        actions.make_digest(person, timezone.localdate())
    order = Supervision.objects.get(case=task)
    screens = {
        "supervisor": [
            "/desk/",
            "/desk/supervision/",
            "/desk/supervision/cases/?age=late",
            "/desk/supervision/orders/",
            "/desk/supervision/new/",
            f"/desk/supervision/{late[0].number}/issue/",
            f"/desk/supervision/{task.number}/orders/{order.seq}/",
            f"/desk/supervision/{late[0].number}/sheet/",
            f"/desk/cases/{late[0].number}/",
        ],
        "vice": ["/desk/digest/"],
        "head": ["/desk/digest/", "/desk/", f"/desk/cases/{task.number}/"],
    }
    faults = []
    for who, addresses in screens.items():
        page = open_page(size, user=getattr(staff, who), **(TOUCH if size == "phone" else {}))
        for address in addresses:
            name = address.replace("/desk/", "").strip("/").replace("/", "-").replace("?", "-") or "today"
            try:
                visit(page, address, f"supervision-{size}-{who}-{name}")
            except AssertionError as fault:
                faults.append(str(fault))
    assert not faults, "\n\n".join(faults)
