"""What is looked for in a reply before it is sent."""

import json
import os
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from lianxin.triage.inspection import Kind
from lianxin.triage.replies import dated, inspect_reply

pytestmark = pytest.mark.django_db

LETTER = "人民路路灯坏了三个月，晚上很黑。请问什么时候能修好？另外，请问路灯的电费由谁承担？"
GOOD = (
    "您好！您反映的人民路路灯不亮的问题收悉。经我局 3 月 1 日现场核实，是电缆被挖断所致。根据《城市照明管理规定》第二十条，"
    "由施工单位赔偿。3 月 10 日前修复。路灯的电费由市财政承担。联系人：市政科，电话 0391-3560000。\n市城市管理局\n2025年3月3日"
)


def kinds(reply: str, letter: str = LETTER, **how) -> set[Kind]:
    return {finding.kind for finding in inspect_reply(letter, reply, **how)}


def test_a_good_reply_passes() -> None:
    assert inspect_reply(LETTER, GOOD) == []


def test_a_promise_without_a_date() -> None:
    [finding] = [finding for finding in inspect_reply(LETTER, GOOD.replace("3 月 10 日前修复", "我局将尽快组织修复"))]
    assert finding.kind == Kind.NO_DATE
    assert GOOD.replace("3 月 10 日前修复", "我局将尽快组织修复")[finding.start : finding.end] == "我局将尽快组织修复"
    assert "日期" in finding.advice


@pytest.mark.parametrize(
    "sentence",
    [
        "请您尽快补交材料。",
        "近期来我市多雨。",
        "祝您早日康复！",
        "工程即将开工，计划 6 月底完工。",
        "工程即将开工。预计2025年9月通车。",
        "根据《关于加快推进社会保障卡应用的意见》办理。",
    ],
)
def test_what_is_no_promise(sentence: str) -> None:
    assert Kind.NO_DATE not in kinds(GOOD.replace("3 月 10 日前修复。", sentence))


@pytest.mark.parametrize(
    "reply",
    ["您好，您反映的问题已转交市城管局核实办理。感谢您的支持！2025年3月3日", "网友：您的留言已收悉，关于您反映的问题，已转相关部门调查处理。"],
)
def test_passed_on_is_no_answer(reply: str) -> None:
    assert Kind.PASSED_ON in kinds(reply)
    assert Kind.UNANSWERED not in kinds(reply)


def test_passed_on_with_what_came_of_it_is_an_answer() -> None:
    assert Kind.PASSED_ON not in kinds(f"您的来信已转交市政处。{GOOD}")


def test_a_question_passed_over() -> None:
    found = inspect_reply(LETTER, GOOD.replace("路灯的电费由市财政承担。", "").replace("路灯不亮", "照明"))
    [finding] = [finding for finding in found if finding.of_question]
    assert LETTER[finding.start : finding.end] == "另外，请问路灯的电费由谁承担？"


def test_a_when_without_any_time() -> None:
    reply = "您好！经现场核实，人民路路灯由市政科维修，电费由财政承担。联系人：市政科，电话 0391-3560000。"
    assert Kind.UNANSWERED in kinds(reply)


def test_anger_wants_no_answer() -> None:
    assert Kind.UNANSWERED not in kinds(GOOD, f"{LETTER}难道老百姓就该摸黑？天理何在？")


def test_a_refusal_names_the_remedy() -> None:
    refusal = GOOD.replace("3 月 10 日前修复。", "您的补偿申请不予受理。")
    assert Kind.NO_REMEDY in kinds(refusal)
    assert Kind.NO_REMEDY not in kinds(refusal.replace("不予受理。", "不予受理，不服可以在六十日内申请行政复议。"))
    assert Kind.NO_REMEDY not in kinds(GOOD.replace("3 月 10 日前修复。", "凡不符合条件的，3 月 10 日前清退。"))


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("您好！您反映的", Kind.NO_SALUTATION),
        ("根据《城市照明管理规定》第二十条，", Kind.NO_BASIS),
        ("联系人：市政科，电话 0391-3560000。", Kind.NO_CONTACT),
        ("\n2025年3月3日", Kind.NO_DAY),
    ],
)
def test_the_uniform_format(part: str, kind: Kind) -> None:
    assert kind in kinds(GOOD.replace(part, ""))


def test_a_reply_without_any_handling() -> None:
    assert Kind.NO_HANDLING in kinds("网友：您好！留言已收悉")


def test_private_data_in_a_reply() -> None:
    reply = GOOD.replace("由施工单位赔偿", "由张建国先生赔偿，他的手机是13812341234")
    assert {Kind.PERSON, Kind.PHONE} <= kinds(reply)


def test_boilerplate() -> None:
    assert Kind.BOILERPLATE not in kinds(GOOD, copies=lambda reply: 2)
    assert Kind.BOILERPLATE in kinds(GOOD, copies=lambda reply: 3)


def test_real_replies_are_not_flooded() -> None:
    """Over 1,713 real replies the findings that name a fault stay rare enough to be read, and do not vanish."""
    folder = Path(os.environ.get("LETTERS") or Path(__file__).resolve().parents[3] / "shared" / "data")
    file = folder / "letters_replied.jsonl"
    if not file.exists():
        pytest.skip(f"NO REAL REPLIES: {file} is not there; set LETTERS to the folder of the letters to run this test")
    counted: Counter[str] = Counter()
    total = 0
    for line in file.open(encoding="utf-8"):
        letter = json.loads(line)
        total += 1
        counted.update({str(finding.kind) for finding in inspect_reply(f"{letter['subject']}。\n{letter['body']}", letter["reply"])})
    shares = {kind: count / total for kind, count in counted.items()}
    assert 0.02 < shares["no_date"] < 0.12
    assert 0.04 < shares["passed_on"] < 0.15
    assert 0.03 < shares["unanswered"] < 0.15
    assert 0.005 < shares["no_remedy"] < 0.06
    assert shares.get("insult", 0) < 0.01


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("定于2025年3月20日前修好。", True),
        ("我局将在 4 月底前完成改造。", True),
        ("计划于12月1日前开通。", True),
        ("请您于3月20日前携带材料到窗口办理。", False),
        ("根据《条例》规定，应当于3月20日前公布。", False),
        ("已于2月20日前修好。", False),
        ("路面将加宽。", False),
    ],
)
def test_what_is_promised_by_a_day_to_come_is_found(sentence, found):
    assert bool(list(dated(f"您好！{sentence}", date(2025, 3, 3)))) is found
