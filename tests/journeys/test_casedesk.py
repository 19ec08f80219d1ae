"""Letters at the desk in a browser: triage by keys alone, a clerk writes, the head signs, a leader instructs on a telephone; every screen by axe."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import Page, expect

from lianxin.casedesk.models import ReplyDraft
from lianxin.casework import actions, jobs, sealing
from lianxin.casework.models import Assignment, Instruction, Message, Promise
from lianxin.organisations.models import Duty, Organisation, Post
from lianxin.triage.similarity import index
from tests.casedesk.conftest import REPLY, staff, ways, write  # noqa: F401
from tests.journeys.browser import assert_accessible, assert_fits, screenshot, settle, visit

TOUCH = {"has_touch": True, "is_mobile": True}
TEXT = (
    "尊敬的市长：\n我是实验小学学生的家长。学校东门外到公交站的路灯坏了整整三天，孩子晚上放学要摸黑走两百米，前天已经有孩子摔倒。\n"
    "请问什么时候能修好？学校门口的校园安全由谁负责？我的电话是13912345678。"
)


@pytest.fixture
def duties(city) -> None:
    Duty.objects.create(organisation=city.education, order=1, text="负责中小学、幼儿园的招生、教学和校园安全管理。")
    Duty.objects.create(organisation=city.health, order=1, text="负责医院、诊所的监督管理和传染病防控。")


@pytest.mark.smoke
def test_a_letter_from_triage_to_the_answer(open_page: Callable[..., Page], staff, write, ways, city, duties) -> None:  # noqa: F811
    case, second = write(text=TEXT), write("孩子发烧医院不接诊", "社区医院夜里不接诊，请问哪家医院有儿科夜诊？")
    desk = open_page("desktop", user=staff.triage)
    desk.goto("/desk/cases/triage/")
    screenshot(desk, "case-triage", full=False)
    settle(desk)
    desk.keyboard.press("1")
    desk.keyboard.press("z")
    expect(desk.get_by_text(f"{case.number} 已转办市教育局。")).to_be_visible()
    expect(desk.locator(".lx-paper-title")).to_have_text(second.subject)
    # A key struck while somebody writes why is a letter, not a decision.
    desk.wait_for_load_state()
    desk.keyboard.press("p")
    desk.locator("#ask-reason").fill("涉及")
    desk.locator("#ask-reason").press_sequentially("zb")
    screenshot(desk, "case-triage-ask", full=False)
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_text("都分办完了。")).to_be_visible()
    assert Instruction.objects.get(case=second).given_at is None
    # --- the clerk ---
    clerk = open_page("desktop", user=staff.clerk)
    # A reply whose findings have not been looked at comes back once.
    clerk.watch.allow("422")
    clerk.goto(f"/desk/cases/{case.number}/")
    screenshot(clerk, "case-case-new")
    clerk.keyboard.press("a")
    expect(clerk.get_by_text("已签收")).to_be_visible()
    clerk.wait_for_load_state()
    clerk.keyboard.press("d")
    body = clerk.get_by_label("答复内容")
    body.fill(REPLY.replace("已于3月4日更换修好", "将尽快更换"))
    expect(clerk.locator("[data-ld-findings]").get_by_text("没有日期的承诺")).to_be_visible()
    expect(clerk.locator("[data-ld-saved]")).to_contain_text("已存草稿")
    assert ReplyDraft.objects.get(case=case).user == staff.clerk
    screenshot(clerk, "case-reply", full=False)
    clerk.reload()
    expect(body).to_have_value(REPLY.replace("已于3月4日更换修好", "将尽快更换"))
    body.fill(REPLY)
    clerk.get_by_label("办理结果").select_option(label="已解决")
    clerk.get_by_role("button", name="送审").click()
    if clerk.get_by_label("检查的提示我都看过").count():
        clerk.get_by_label("检查的提示我都看过").check()
        clerk.get_by_role("button", name="送审").click()
    expect(clerk.get_by_text("已送审")).to_be_visible()
    # --- the head ---
    head = open_page("desktop", user=staff.head)
    head.goto("/desk/cases/signing/")
    head.keyboard.press("j")
    head.keyboard.press("Enter")
    expect(head.locator(".ld-reply-paper")).to_contain_text("路灯线路老化")
    screenshot(head, "case-sign", full=False)
    settle(head)
    head.keyboard.press("a")
    expect(head.get_by_text("已发出，反映人会收到通知。")).to_be_visible()
    assert ways.now(case).stage == "replied"
    # --- the leader, one thumb ---
    phone = open_page("phone", user=staff.mayor, **TOUCH)
    phone.goto("/desk/cases/leader/")
    screenshot(phone, "case-leader-phone")
    waiting = Instruction.objects.get(case=second)
    if waiting.leader.user_id == staff.mayor.pk:
        phone.locator("[data-lx-item]").first.tap()
    else:
        phone = open_page("phone", user=staff.vice, **TOUCH)
        phone.goto(f"/desk/cases/leader/{second.number}/")
    for button in phone.locator(".lx-chips button:visible, .lx-bar .lx-button:visible").all():
        assert (button.bounding_box() or {})["height"] >= 44
    phone.get_by_role("button", name="请主要负责同志亲自过问。").tap()
    assert_accessible(phone)
    assert_fits(phone)
    screenshot(phone, "case-instruct-phone", full=False)
    phone.get_by_role("button", name="签批").tap()
    expect(phone.get_by_text("批示已转到分办岗位，由它交办。")).to_be_visible()
    waiting.refresh_from_db()
    assert waiting.text == "请主要负责同志亲自过问。"


def test_what_was_found_stays_in_sight_of_the_box_that_says_it_was_read(open_page: Callable[..., Page], staff, ways) -> None:  # noqa: F811
    case = ways.handling()
    clerk = open_page("desktop", user=staff.clerk)
    clerk.watch.allow("422")
    clerk.goto(f"/desk/cases/{case.number}/reply/")
    clerk.get_by_label("答复内容").fill("您好！路灯已于3月4日修好。\n" * 30)
    clerk.get_by_role("button", name="送审").click()
    expect(clerk.get_by_label("检查的提示我都看过")).to_be_in_viewport()
    expect(clerk.locator("[data-ld-findings]").get_by_text("缺联系人和电话")).to_be_in_viewport()
    screenshot(clerk, "case-reply-findings", full=False)


def test_a_promise_of_an_interim_reply_is_made_seen_and_missed(
    open_page: Callable[..., Page],
    site,
    staff,  # noqa: F811
    ways,  # noqa: F811
    run_jobs,
) -> None:
    case = ways.handling()
    due = timezone.localdate() + timedelta(days=1)
    clerk = open_page("desktop", user=staff.clerk)
    clerk.watch.allow("422")
    clerk.goto(f"/desk/cases/{case.number}/reply/?template=interim")
    clerk.get_by_label("答复内容").fill(
        "王先生：\n路灯坏在地下电缆，正在查找断点。修复方案定下来就告诉您。\n联系人：教育局基建科，电话 0799-6660011。"
    )
    clerk.get_by_label("承诺 1", exact=True).fill("定下修复方案")
    clerk.get_by_label("承诺 1 的日期").fill(due.isoformat())
    clerk.get_by_role("button", name="送审").click()
    seen = clerk.get_by_label("检查的提示我都看过")
    expect(seen.or_(clerk.get_by_text("已送审"))).to_be_visible()
    if seen.count():
        seen.check()
        clerk.get_by_role("button", name="送审").click()
    expect(clerk.get_by_text("已送审")).to_be_visible()
    head = open_page("phone", user=staff.head, **TOUCH)
    head.goto("/desk/cases/signing/")
    head.get_by_role("link", name=case.subject).click()
    expect(head.get_by_label("承诺 1", exact=True)).to_have_value("定下修复方案")
    screenshot(head, "case-sign-interim-phone")
    assert_accessible(head)
    assert_fits(head)
    head.get_by_role("button", name="签发并发出").click()
    expect(head.get_by_text("已发出")).to_be_visible()
    # --- the day passes; nobody said that it was kept ---
    with time_machine.travel(timezone.now() + timedelta(days=4)):
        jobs.sweep.call()
        run_jobs()
    assert Promise.objects.get(case=case).state == "missed" and ways.now(case).stage == "handling"
    clerk.goto(f"/desk/cases/{case.number}/")
    expect(clerk.locator("#h-promises + ul")).to_contain_text("未兑现")
    screenshot(clerk, "case-promise-missed")
    citizen = open_page("phone", **TOUCH)
    citizen.goto("/follow/")
    citizen.get_by_label("编号").fill(case.number)
    citizen.get_by_label("查询码").fill(sealing.access_secret("token-of-the-form-1"))
    citizen.get_by_role("button", name="查询").click()
    expect(citizen.locator(".promises")).to_contain_text("定下修复方案")
    screenshot(citizen, "letter-promise-missed-phone")
    assert_accessible(citizen)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_screen_is_accessible_and_fits(open_page: Callable[..., Page], staff, write, ways, city, duties, size) -> None:  # noqa: F811
    mayor = Post.objects.get(user=staff.mayor, role="leader")
    new = write(text=TEXT, addressed_to=mayor)
    write("路灯又不亮了", TEXT)
    actions.ask_instruction(staff.triage, write("校车停运"), mayor, "涉及多个部门，请批示。")
    offered, drafted, replied = ways.given(text=TEXT), ways.drafted(text=TEXT), ways.replied(text=TEXT)
    returned = ways.given(subject="医院门口堵车")
    actions.return_assignment(staff.clerk, returned, Assignment.objects.get(case=returned), "属于卫健委职责", suggested=city.health)
    message = Message.objects.get(case=drafted.case, kind="reply")
    actions.save_rule(staff.admin, "L01", timezone.localdate() + timedelta(days=30), threshold=2)
    screens = {
        "triage": ["/desk/", f"/desk/cases/triage/{new.number}/", "/desk/cases/office/", f"/desk/cases/{replied.number}/public/"],
        "clerk": [
            "/desk/cases/unit/",
            f"/desk/cases/{offered.number}/",
            f"/desk/cases/{drafted.case.number}/reply/",
            "/desk/cases/templates/new/",
            "/desk/cases/templates/",
        ],
        "head": ["/desk/", "/desk/cases/signing/", f"/desk/cases/{drafted.case.number}/sign/{message.seq}/"],
        "mayor": ["/desk/cases/leader/", f"/desk/cases/leader/{new.number}/", f"/desk/cases/{new.number}/"],
        "admin": ["/desk/cases/rules/", "/desk/cases/rules/L01/"],
        "supervisor": ["/desk/cases/limits/", f"/desk/cases/{offered.number}/"],
    }
    options = TOUCH if size == "phone" else {}
    faults = []
    for who, addresses in screens.items():
        page = open_page(size, user=getattr(staff, who), **options)
        for address in addresses:
            name = address.replace("/desk/", "").strip("/").replace("/", "-") or "today"
            try:
                visit(page, address, f"case-{size}-{who}-{name}")
            except AssertionError as fault:
                faults.append(str(fault))
    assert not faults, "\n\n".join(faults)


def test_triage_and_reply_without_javascript(open_page: Callable[..., Page], staff, write, ways, city, duties) -> None:  # noqa: F811
    case = write(text=TEXT)
    plain = open_page("desktop", user=staff.triage, javascript=False)
    plain.goto(f"/desk/cases/triage/{case.number}/")
    plain.get_by_role("button", name="转办").click()
    assert ways.now(case).lead == city.education
    clerk = open_page("desktop", user=staff.clerk, javascript=False)
    clerk.watch.allow("422")
    clerk.goto(f"/desk/cases/{case.number}/")
    clerk.get_by_role("button", name="签收").click()
    clerk.goto(f"/desk/cases/{case.number}/reply/")
    clerk.get_by_label("答复内容").fill("您好！已转有关部门。")
    clerk.get_by_role("button", name="送审").click()
    expect(clerk.get_by_text("只说已转").first).to_be_visible()
    expect(clerk.get_by_label("答复内容")).to_have_value("您好！已转有关部门。")


def test_a_reply_is_signed_on_a_telephone_without_javascript(open_page: Callable[..., Page], staff, ways, city, duties) -> None:  # noqa: F811
    case = ways.drafted().case
    head = open_page("phone", user=staff.head, javascript=False, **TOUCH)
    head.goto("/desk/cases/signing/")
    head.get_by_role("link", name=case.subject).tap()
    head.get_by_role("button", name="签发并发出").tap()
    expect(head.get_by_text("已发出，反映人会收到通知。")).to_be_visible()
    # What is transparent counts as visible; Wagtail lets messages in by a script.
    expect(head.locator(".messages > ul")).to_have_css("opacity", "1")
    expect(head.locator(".messages > ul")).to_be_in_viewport()
    screenshot(head, "case-signed-phone-plain")
    assert ways.now(case).stage == "replied"


@pytest.fixture
def compared(settings, tmp_path) -> Iterator[None]:
    """An index of matters of this test's own."""
    settings.HOME = tmp_path
    index.SHELF.forget()
    yield
    index.SHELF.forget()


def test_the_keyboard_alone_is_enough_for_every_decision(
    open_page: Callable[..., Page],
    staff,  # noqa: F811
    write,  # noqa: F811
    ways,  # noqa: F811
    city,
    duties,
    compared,
    run_jobs,
) -> None:
    lamp = "学校东门外的路灯坏了三天，孩子放学摸黑走路。"
    letters = [write("路灯不亮", lamp), write("东门路灯不亮", lamp), write("医院夜诊"), write("法院判决不服"), write("新建小学"), write("几点上班")]
    run_jobs()
    page = open_page("desktop", user=staff.triage)
    page.watch.allow("422")
    keys = page.keyboard
    page.goto("/desk/cases/triage/")
    for case, decision in zip(letters, "zmbnpd", strict=True):
        expect(page.locator(".lx-paper-title")).to_have_text(case.subject)
        settle(page)
        if decision == "z":
            keys.press("1")
        keys.press(decision)
        if decision == "n":
            keys.insert_text("您反映的事项正在诉讼中。")
            for _ in range(2):
                keys.press("Tab")
            keys.insert_text("市中级人民法院")
        if decision == "p":
            keys.insert_text("反映的问题比较重大，请批示。")
        if decision == "d":
            expect(page.get_by_label("答复内容")).to_be_focused()
            keys.press("Control+A")
            keys.insert_text(REPLY)
            keys.press("Shift+Tab")
            keys.press("ArrowDown")
        if decision in "mnpd":
            keys.press("Control+Enter")
        if decision == "d" and page.get_by_label("检查的提示我都看过").count():
            page.get_by_label("检查的提示我都看过").press("Space")
            keys.press("Control+Enter")
    expect(page.get_by_text("都分办完了。")).to_be_visible()
    now = [ways.now(case) for case in letters]
    assert (now[0].lead, now[1].cluster, now[3].stage, now[3].where_to) == (city.education, now[0], "declined", "市中级人民法院")
    assert Assignment.objects.get(case=now[2]).manner == "report"
    assert Instruction.objects.filter(case=now[4]).exists() and Message.objects.filter(case=now[5], state="draft").exists()


def test_a_long_letter_is_read_to_its_end_by_keys(open_page: Callable[..., Page], staff, write, city, duties) -> None:  # noqa: F811
    case = write(text="路灯不亮，请修一修。\n" * 120)
    page = open_page("desktop", user=staff.triage)
    page.goto(f"/desk/cases/triage/{case.number}/")
    page.wait_for_load_state()
    moved = "() => document.querySelector('#main').scrollTop"
    for key, condition in (("PageDown", "> 300"), ("Space", "> 900"), ("End", "> 2000"), ("Home", "=== 0")):
        page.keyboard.press(key)
        page.wait_for_function(f"({moved})() {condition}")


def test_a_unit_is_found_by_what_people_call_it(open_page: Callable[..., Page], staff, write, city) -> None:  # noqa: F811
    for slug, name in (("weijian", "市卫生健康委"), ("jiwei", "市纪委监委"), ("shenji", "市审计局"), ("jiaotong", "市交通运输局")):
        Organisation.objects.get(pk=city.root.pk).add_child(name=f"和安{name}", short_name=name, slug=slug, kind=Organisation.Kind.DEPARTMENT)
    Organisation.objects.filter(pk=city.health.pk).update(short_name="市卫生监督所")
    write("哪里都不像", "请看看。")
    page = open_page("desktop", user=staff.triage)
    page.goto("/desk/cases/triage/")
    settle(page)
    page.keyboard.press("u")
    found = page.locator(".ld-found li")
    for typed, first in (
        ("wjw", "市卫生健康委"),
        ("卫健委", "市卫生健康委"),
        ("jw", "市纪委监委"),
        ("jyj", "市教育局"),
        ("sjj", "市审计局"),
        ("市教", "市教育局"),
    ):
        page.locator("[data-ld-find]").fill(typed)
        expect(found.first).to_have_text(first)
    page.locator("[data-ld-find]").fill("没有的单位")
    expect(found).to_have_count(0)
    expect(page.get_by_text("没有找到这样的单位。")).to_be_visible()
