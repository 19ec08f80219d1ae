"""Thirty mixed letters at one sitting, by keyboard alone: each gets the decision that it asks for, with as few keys as that takes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from lianxin.casedesk import queries
from lianxin.casework.models import Assignment, Case, Message
from lianxin.organisations.models import Duty
from lianxin.triage.similarity import index
from tests.casedesk.conftest import staff, write  # noqa: F401
from tests.journeys.browser import assert_accessible, screenshot

BUDGET = 100
"""Presses for thirty letters, those that write an answer or an address apart: whoever makes a decision longer has to say why."""
REASON = "没有说明具体事项，无法办理。"
ANSWER = (
    "您好！您问的办公时间收悉。经核实，市政府办事大厅工作日上午8:30至12:00、下午14:00至17:30办公。依据《和安市机关办公时间规定》第三条执行。"
    "如有疑问请联系李科长，电话0470-2280000。\n市信息中心"
)


@dataclass(frozen=True)
class Wanted:
    """A letter and the decision that it asks for."""

    subject: str
    text: str
    decision: str
    unit: str = ""
    """The attribute of the city; empty where no unit is asked for."""
    typed: str = ""
    """What an officer types to find a unit that was not suggested."""


LETTERS = (
    Wanted("校门口的路灯不亮", "实验小学校门口的路灯坏了三天，孩子晚上放学看不见路，校园安全谁来管？", "z", "education"),
    Wanted("社区医院夜里不接诊", "孩子发烧，社区医院夜里不接诊，请问哪家医院有儿科夜诊？", "z", "health"),
    Wanted("幼儿园什么时候招生", "请问公办幼儿园今年什么时候开始招生，要带哪些材料？", "z", "education"),
    Wanted("诊所给过期的药", "我家楼下的诊所开了过期的药，希望查一查这家诊所的监督管理。", "b", "health"),
    Wanted("实验小学门外路灯又坏", "实验小学校门口的路灯坏了，孩子放学看不见路，校园安全让人担心。", "m"),
    Wanted("办事大厅几点上班", "请问市政府办事大厅几点上班，中午休息吗？", "d"),
    Wanted("不服法院判决", "我和邻居的官司，法院判决以后我不服，请市长改判。", "n"),
    Wanted("小区旁的河水发臭", "我们小区旁边的小河又黑又臭，夏天开不了窗。", "u", "township", "lhz"),
    Wanted("中学食堂的饭菜", "市一中食堂的饭菜不新鲜，孩子吃了肚子疼，请中小学的主管部门查一查。", "z", "education"),
    Wanted("流感疫苗打不上", "传染病防控说要打流感疫苗，可是医院总说没有苗，请问什么时候有？", "z", "health"),
    Wanted("请你们看看", "请领导看看，谢谢。", "n!"),
    Wanted("转学需要什么手续", "孩子上小学三年级，从外地转学到和安，教学进度不同怎么办，招生转学找谁？", "z", "education"),
    Wanted("医院停车难", "市人民医院停车场总是满的，看病绕三圈，请医院想想办法。", "z", "health"),
    Wanted("网站打不开附件", "市政府网站上的附件点了没有反应，请修一修。", "u", "centre", "信息中心"),
    Wanted("学校周边的小摊", "小学门口的小摊卖过期零食，请关心校园安全。", "b", "education"),
    Wanted("传染病通报", "听说幼儿园有手足口病，请问医院有没有通报？", "z", "education"),
    Wanted("节假日上班吗", "请问五一期间市政府办事大厅上班吗？", "d"),
    Wanted("单位不赔偿", "单位把我辞退了，不给经济补偿金，请问劳动仲裁怎样申请？", "n"),
    Wanted("青石县的学校操场", "青石县第二小学的操场坑坑洼洼，体育教学没法上。", "u", "county_bureau", "qsxjyj"),
    Wanted("牙科诊所没有证", "街角的牙科诊所看起来没有许可证，请监督管理。", "z", "health"),
    Wanted("高中的补课费", "高中周末补课收费，请问中小学教学可以这样收费吗？", "z", "education"),
    Wanted("社区医院夜间没人", "孩子发烧，社区医院夜里不接诊，哪家医院有儿科夜诊？", "m"),
    Wanted("医院排队太久", "人民医院排队三小时，医院的监督管理是不是该加强？", "z", "health"),
    Wanted("放学路口没有人管", "小学放学时路口很乱，校园安全需要护学岗。", "z", "education"),
    Wanted("无标题", "测试一下。", "n!"),
    Wanted("办公楼的咨询窗口", "市政府咨询窗口星期六有人吗？", "d"),
    Wanted("村里的路", "村口的路下雨就是泥，老人出不了门。", "u", "township", "柳河"),
    Wanted("幼儿园的收费", "民办幼儿园一学期涨了两千，招生时没有说。", "b", "education"),
    Wanted("诊所半夜扰民", "楼下诊所半夜抽风机很响，请监督管理。", "z", "health"),
    Wanted("招生政策看不懂", "小学招生政策里的“五证”是哪五证？", "z", "education"),
)


@pytest.fixture
def compared(settings, tmp_path) -> Iterator[None]:
    """An index of matters of this test's own."""
    settings.HOME = tmp_path
    index.SHELF.forget()
    yield
    index.SHELF.forget()


class Officer:
    """Sits before the screen and has a keyboard: counts every key."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.presses = 0
        self.pressed: set[str] = set()
        self.looked = False

    def press(self, *keys: str) -> None:
        """One key after the other, as fast as they come."""
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed.add(key)
            self.presses += 1

    def find(self, text: str) -> None:
        """Write a few signs into a field; signs of an input method come at once, letters one by one."""
        self.presses += len(text)
        if text.isascii():
            self.page.keyboard.type(text)
        else:
            self.page.keyboard.insert_text(text)

    def write(self, text: str) -> None:
        """Write a text; what somebody has to say counts as no key."""
        self.page.keyboard.insert_text(text)

    def arrive(self, subject: str) -> None:
        """The next letter is there, with its scripts."""
        expect(self.page.locator(".lx-paper-title")).to_have_text(subject)
        self.page.wait_for_load_state()

    def look_around(self) -> None:
        """Once, with the list of units open: the picture, and what axe says of it."""
        if not self.looked:
            self.looked = True
            screenshot(self.page, "case-thirty-units", full=False)
            # The message of the letter before is still fading in.
            assert_accessible(self.page, ".ld-suggest")

    def hold_still(self) -> None:
        """Keys that pass a letter on sleep for a moment on a page that has just come: nobody decides what he has not seen."""
        self.page.wait_for_function("() => performance.now() - performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd > 850")


def decide(officer: Officer, letter: Wanted, city) -> None:
    """The keys of one decision."""
    if letter.decision in "zb":
        suggested = officer.page.locator(".ld-unit b").all_inner_texts()
        place = suggested.index(getattr(city, letter.unit).short_name) + 1
        # The first one is chosen already.
        if place > 1:
            officer.press(str(place))
        officer.hold_still()
        officer.press(letter.decision)
    elif letter.decision == "u":
        officer.press("u")
        officer.find(letter.typed)
        expect(officer.page.locator(".ld-found [aria-selected=true]")).to_have_text(getattr(city, letter.unit).short_name)
        officer.look_around()
        officer.press("Enter")
        officer.hold_still()
        officer.press("z")
    elif letter.decision == "m":
        officer.press("m", "Control+Enter")
    elif letter.decision == "n":
        officer.press("n", "Control+Enter")
    elif letter.decision == "n!":
        # The last of the ready sentences, then where to.
        officer.press("n", "Tab", "ArrowLeft", "Enter", "Tab", "Tab")
        officer.write("请写清时间、地点和事情，再寄一次")
        officer.press("Control+Enter")
    else:
        answer(officer)


def answer(officer: Officer) -> None:
    """Answer at once: the text over the frame, the result, and what was found confirmed where one arrives."""
    page = officer.page
    officer.press("d")
    body = page.get_by_label("答复内容")
    expect(body).to_be_focused()
    officer.press("Control+A")
    officer.write(ANSWER)
    officer.press("Shift+Tab", "ArrowDown", "Control+Enter")
    expect(page.locator("#seen, .ld-triage")).to_be_visible()
    if "/reply/" in page.url:
        expect(page.locator("#seen")).to_be_focused()
        page.wait_for_load_state()
        officer.press("Space", "Control+Enter")


def test_thirty_letters_by_keyboard_alone(
    open_page: Callable[..., Page],
    staff,  # noqa: F811
    write,  # noqa: F811
    city,
    person,
    compared,
    run_jobs,
) -> None:
    Duty.objects.create(organisation=city.education, order=1, text="负责中小学、幼儿园的招生、教学和校园安全管理。")
    Duty.objects.create(organisation=city.health, order=1, text="负责医院、诊所的监督管理和传染病防控。")
    for unit in ("centre", "township", "county_bureau"):
        person(f"{unit}-clerk", "clerk", getattr(city, unit))
    cases = [write(letter.subject, letter.text) for letter in LETTERS]
    run_jobs()
    page = open_page("desktop", user=staff.triage)
    page.watch.allow("422")
    officer = Officer(page)
    page.goto("/desk/cases/triage/")
    for letter in LETTERS:
        officer.arrive(letter.subject)
        decide(officer, letter, city)
    expect(page.get_by_text("都分办完了。")).to_be_visible()
    screenshot(page, "case-thirty-done", full=False)
    assert queries.to_triage(staff.triage) == []
    for letter, case in zip(LETTERS, cases, strict=True):
        stands(letter, Case.objects.get(pk=case.pk), city)
    print(f"{officer.presses} presses for {len(LETTERS)} letters")
    assert officer.presses <= BUDGET
    assert officer.pressed & {"2", "3"}, "some letter went to a unit that was not suggested first"


def stands(letter: Wanted, case: Case, city) -> None:
    """The case is where the letter asked for."""
    where = f"{letter.subject}: {case.stage}, {case.lead}"
    if letter.unit:
        part = Assignment.objects.get(case=case, is_open=True)
        assert part.organisation == getattr(city, letter.unit), where
        assert part.manner == ("report" if letter.decision == "b" else "pass"), where
    elif letter.decision == "m":
        assert case.cluster_id and case.cluster_id < case.pk, where
    elif letter.decision == "d":
        assert Message.objects.get(case=case, kind="reply").state == "draft", where
    else:
        assert case.stage == "declined" and case.where_to, where
