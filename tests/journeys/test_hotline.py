"""The hotline in a browser, by keyboard alone: from the ring to the phone-back; every screen by axe, at the desk and on a telephone."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from lianxin.casework import actions as engine
from lianxin.casework.models import Assignment, Case, Petitioner
from lianxin.hotline import actions
from lianxin.hotline.models import Call, Script
from lianxin.hotline.typed import Typed
from lianxin.organisations import actions as organisations
from lianxin.organisations.models import OfficeFunction, Organisation
from tests.casedesk.conftest import staff  # noqa: F401
from tests.journeys.browser import screenshot, settle, visit
from tests.portal.conftest import _fresh_furniture, portal  # noqa: F401

TOUCH = {"has_touch": True, "is_mobile": True}
NUMBER = "13900002222"


@pytest.fixture
def office(city, staff, person) -> SimpleNamespace:  # noqa: F811
    root = Organisation.objects.get(pk=city.root.pk)
    unit = root.add_child(name="和安市12345热线办", short_name="市热线办", slug="hotline", kind="office")
    OfficeFunction.objects.create(organisation=unit, function="hotline_office", scope=city.root)
    organisations.set_duties(staff.admin, city.education, ["负责校园及周边照明、安全设施的建设和维护", "管理中小学招生"])
    operator, colleague = person("operator-a", "operator", unit, name="话务甲"), person("operator-b", "operator", unit, name="话务乙")
    actions.save_script(operator, None, question="放学时间是几点？", words="放学 下课", answer="小学下午四点半放学，有课后服务的到六点。")
    return SimpleNamespace(unit=unit, operator=operator, colleague=colleague)


def type_call(page: Page, text: str) -> None:
    """As an operator does: the hands never leave the keys."""
    page.keyboard.type(NUMBER)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("王女士")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type(text)


def test_a_call_is_taken_by_keyboard_alone_and_the_caller_is_called_back(open_page: Callable[..., Page], office, city, staff) -> None:  # noqa: F811
    desk = open_page("desktop", user=office.operator)
    visit(desk, "/desk/hotline/", "hotline-call-empty")
    type_call(desk, "校园门口照明的路灯坏了三天。放学时天黑，看不见路。")
    expect(desk.get_by_text("第一次来电")).to_be_visible()
    expect(desk.get_by_label("市教育局")).to_be_checked()
    expect(desk.get_by_text("放学时间是几点？", exact=True)).to_be_visible()
    screenshot(desk, "hotline-call-typed")
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_text("请读给来电人")).to_be_visible()
    screenshot(desk, "hotline-receipt")
    case = Case.objects.get()
    assert (case.lead, case.sub_state, Petitioner.objects.get(case=case).phone) == (city.education, "help", NUMBER)
    assert NUMBER not in desk.url
    # The next call: the cursor stands on the link, then in the number.
    desk.wait_for_load_state()
    desk.keyboard.press("Enter")
    expect(desk.get_by_label("来电号码")).to_be_focused()
    type_call(desk, "放学时间到底是几点？")
    expect(desk.locator("#beside").get_by_text(case.subject)).to_be_visible()
    desk.get_by_text("放学时间是几点？", exact=True).focus()
    desk.keyboard.press("Enter")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk.get_by_label("当场的答复")).to_have_value("小学下午四点半放学，有课后服务的到六点。")
    desk.keyboard.press("Control+Shift+Enter")
    expect(desk.get_by_text("请读给来电人")).to_be_visible()
    assert Case.objects.filter(stage="replied").count() == 1
    _phone_back(desk, _answered(case, staff), staff)


def _answered(case: Case, staff: SimpleNamespace) -> Case:  # noqa: F811
    """The bureau handles it and answers."""
    part = Assignment.objects.get(case=case, role="lead")
    case = engine.sign_for(staff.clerk, case, part)
    message = engine.draft_reply(staff.clerk, case, "您好！校门口的路灯已经修好。", outcome="solved")
    return engine.publish_reply(staff.clerk, case, engine.approve_reply(staff.head, case, message))


def _phone_back(desk: Page, case: Case, staff: SimpleNamespace) -> None:  # noqa: F811
    """Dissatisfied, handled once more, satisfied: all by key."""
    desk.watch.allow("422")
    visit(desk, "/desk/hotline/callbacks/", "hotline-callbacks")
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("打给谁")).to_be_visible()
    desk.wait_for_load_state()
    desk.keyboard.press("n")
    expect(desk.get_by_text(NUMBER)).to_be_visible()
    screenshot(desk, "hotline-callback-number")
    # What is held down or struck at once must not decide anything.
    settle(desk)
    desk.keyboard.press("2")
    expect(desk.get_by_text("请填写来电人不满意的地方。")).to_be_visible()
    expect(desk.get_by_text(NUMBER)).to_be_visible()
    desk.get_by_label("来电人怎么说").focus()
    desk.keyboard.type("只修了一盏，另一盏还是不亮。")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("重新办理；办完会再回访")).to_be_visible()
    case = _answered(Case.objects.get(pk=case.pk), staff)
    desk.goto(f"/desk/hotline/callbacks/{case.number}/")
    expect(desk.get_by_text("第 2 次办理")).to_be_visible()
    settle(desk)
    desk.keyboard.press("1")
    expect(desk.get_by_text("已登记满意。")).to_be_visible()
    case.refresh_from_db()
    assert case.satisfied and case.round == 2 and NUMBER not in desk.url


def test_a_ringing_call_is_taken_from_the_list(open_page: Callable[..., Page], office, city, staff) -> None:  # noqa: F811
    system, _ = actions.make_key(staff.admin, "话务平台")
    desk = open_page("desktop", user=office.operator)
    desk.goto("/desk/hotline/")
    actions.record_call(system, actions.CallData("c-1", timezone.now(), NUMBER, agent="operator-a"))
    # It appears by itself, within seconds.
    expect(desk.get_by_text("转给您")).to_be_visible(timeout=10_000)
    screenshot(desk, "hotline-ringing")
    desk.get_by_role("button", name="接这通").press("Enter")
    expect(desk.get_by_label("来电号码")).to_have_value(NUMBER)
    expect(desk.get_by_label("来电内容")).to_be_focused()
    desk.keyboard.type("校园门口照明的路灯坏了三天。")
    expect(desk.get_by_label("市教育局")).to_be_checked()
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_text("请读给来电人")).to_be_visible()
    assert Call.objects.get().case == Case.objects.get()


def test_everybody_reads_what_12345_is(open_page: Callable[..., Page], portal, office) -> None:  # noqa: F811
    sheet = actions.keep_sheet(office.operator, actions.open_sheet(office.operator), Typed(hidden="on", text="几点放学？", answer="四点半放学。"))
    engine.decide_public(office.operator, actions.register(office.operator, sheet, "answer").case, True)
    for size in ("desktop", "phone"):
        page = open_page(size)
        visit(page, "/hotline/", f"hotline-public-{size}")
        page.get_by_role("link", name="不方便打电话，写在这里").click()
        expect(page.get_by_label("写给12345热线")).to_be_checked()


def test_without_javascript_it_goes_step_by_step(open_page: Callable[..., Page], office, city) -> None:
    desk = open_page("desktop", user=office.operator, javascript=False)
    desk.goto("/desk/hotline/")
    desk.get_by_label("来电号码").fill(NUMBER)
    desk.get_by_label("来电内容").fill("校园门口照明的路灯坏了三天。")
    desk.get_by_role("button", name="查一查").click()
    expect(desk.get_by_label("市教育局")).to_be_checked()
    desk.get_by_role("button", name="派单").click()
    expect(desk.get_by_text("请读给来电人")).to_be_visible()
    assert Case.objects.get().lead == city.education


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_screen_is_accessible_and_fits(open_page: Callable[..., Page], office, city, staff, size) -> None:  # noqa: F811
    words = {"telephone": NUMBER, "sort": "help", "text": "校园门口照明的路灯坏了三天。", "unit": str(city.education.pk)}
    sheet = actions.keep_sheet(office.operator, actions.open_sheet(office.operator), Typed(**words))
    case = _answered(actions.register(office.operator, sheet, "order").case, staff)
    system, _ = actions.make_key(staff.admin, "话务平台")
    now = timezone.now()
    actions.record_call(system, actions.CallData("c-1", now, NUMBER, answered_at=now))
    actions.record_call(system, actions.CallData("c-2", now))
    for who in (office.operator, office.colleague):
        actions.keep_sheet(who, actions.open_sheet(who), Typed(**words | {"text": "家里着火了，路灯还是不亮"}))
    addresses = {
        "call": "/desk/hotline/",
        "receipt": f"/desk/hotline/registered/{case.number}/",
        "callbacks": "/desk/hotline/callbacks/",
        "callback": f"/desk/hotline/callbacks/{case.number}/",
        "figures": "/desk/hotline/figures/",
        "scripts": "/desk/hotline/scripts/",
        "script": f"/desk/hotline/scripts/{Script.objects.get().pk}/",
        "case": f"/desk/cases/{case.number}/",
        "today": "/desk/",
    }
    page = open_page(size, user=office.operator, **(TOUCH if size == "phone" else {}))
    faults = []
    for name, address in addresses.items():
        try:
            visit(page, address, f"hotline-{size}-{name}")
        except AssertionError as fault:
            faults.append(str(fault))
    visit(open_page(size, user=staff.admin), "/desk/hotline/keys/", f"hotline-{size}-keys")
    assert not faults, "\n\n".join(faults)
