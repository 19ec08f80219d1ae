"""Letters of an older mailbox: they come in as they were, their clocks come out right, and what is wrong is said by its line."""

import csv
import io
import json
import os
import random
import signal
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.utils import timezone

from lianxin import cli
from lianxin.casework import actions as casework
from lianxin.casework import clocks, kinds, moments, projections, queries, sealing
from lianxin.casework.actions import Past
from lianxin.casework.events import chain_faults
from lianxin.casework.models import EVENTS_PER_CASE, Assignment, Case, CaseEvent, CaseKey, Clock, Message
from lianxin.casework.vocabulary import Identity
from lianxin.figures.models import Mark
from lianxin.foundation import calendar
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import AuditEntry, IndexChange
from lianxin.identity.models import User
from lianxin.letters import actions
from lianxin.letters.intake import desk as desks
from lianxin.letters.intake import run
from lianxin.letters.kinds import IMPORTED, IMPORTED_RULE
from lianxin.triage.models import Category, Matter
from tests.killed import run_killed

ROOT = Path(__file__).resolve().parents[2]
# Real letters are no part of the project: LETTERS names their folder, as for the benches.
REAL = Path(os.environ.get("LETTERS", ROOT.parent / "shared" / "data"))
LETTER = {"标题": "路灯不亮", "内容": "小区门口的路灯坏了三天。", "来信时间": "2019-04-25 09:32:09", "姓名": "王小明"}
ANSWERED = LETTER | {"答复": "您好，路灯已于今日修好。", "答复时间": "2019-05-06 10:00:00"}


@pytest.fixture
def plan(desk):
    """The mailbox as letters of the past have it."""
    kind = kinds.kind("mailbox", IMPORTED)

    def make(**given):
        return desks.Plan(kind, desk.city.centre, **given)

    return make


@pytest.fixture
def take(plan, tmp_path, monkeypatch):
    """``take(rows, …)``: import rows (or a file) as the command does; returns the report."""
    monkeypatch.setattr(settings, "HOME", tmp_path / "home")
    settings.HOME.mkdir()

    def make(rows, batch=3, **given):
        path = rows
        if isinstance(rows, list):
            path = tmp_path / "letters.jsonl"
            path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
        return run.run(path, plan(**given), show=False, batch=batch)

    return make


def said(report):
    """The list of what did not come in as {place: reason}."""
    if report.file is None:
        return {}
    with report.file.open(encoding="utf-8-sig", newline="") as file:
        return {row["位置"]: row["原因和办法"] for row in csv.DictReader(file)}


def whole(case):
    """A case's chain holds, and its rows are what its events make."""
    key = CaseKey.objects.get(pk=case.pk)
    events = list(CaseEvent.objects.filter(case=case).order_by("seq"))
    assert chain_faults(events, case.version, case.head) == []
    stored = projections.stored([Case.objects.get(pk=case.pk)])[case.pk]
    return projections.differences(projections.replay(case.pk, events, sealing.Keys(key.key, key.person)), stored) == []


# --- as they were ------------------------------------------------------------------------------------------------------------------------


def test_a_letter_comes_in_with_its_own_dates(take, desk, run_jobs, mailoutbox) -> None:
    row = ANSWERED | {"承办单位": desk.city.education.name, "评价": "满意", "评价时间": "2019-05-07", "评价意见": "谢谢", "电话": "13800001111"}
    report = take([row | {"是否公开": "是"}])
    case = Case.objects.get()
    assert (report.imported, report.known, report.faults) == (1, 0, [])
    assert timezone.localtime(case.received_at).isoformat() == "2019-04-25T09:32:09+08:00"
    assert timezone.localtime(case.replied_at).isoformat() == "2019-05-06T10:00:00+08:00"
    assert (case.stage, case.lead, case.is_public, case.public_at, case.satisfied) == ("closed", desk.city.education, True, case.replied_at, True)
    assert case.number == "SZXX2019000001" and case.kind_version == IMPORTED
    assert not CaseEvent.objects.exclude(actor=None).exists()
    assert whole(case)
    run_jobs()
    assert mailoutbox == []
    entry = AuditEntry.objects.get(deed="letters.import")
    assert entry.detail == {"name": "letters.jsonl", "imported": 1, "duplicates": 0, "refused": 0}


def test_what_follows_cases_knows_them(take, desk) -> None:
    take([ANSWERED | {"是否公开": "是", "单位": "市教育局"}, LETTER | {"标题": "公交线路"}])
    cases = {case.subject: case for case in Case.objects.all()}
    assert set(Mark.objects.values_list("case_id", flat=True)) == {case.pk for case in cases.values()}
    assert list(IndexChange.objects.filter(source="letter").values_list("number", flat=True)) == [cases["路灯不亮"].pk]
    matters = {row.ref: row for row in Matter.objects.all()}
    assert matters[f"case:{cases['路灯不亮'].pk}"].public
    assert not matters[f"case:{cases['公交线路'].pk}"].public
    assert [row.kind for ref, row in matters.items() if ref.startswith("reply:")] == ["reply"]


def test_the_public_reads_it_masked(take) -> None:
    row = ANSWERED | {"内容": "我是王小明，电话13800001111，路灯坏了。", "是否公开": "公开"}
    take([row])
    shown = queries.project(queries.visible_to(None).get())
    assert "王小明" not in shown.text and "13800001111" not in shown.text and shown.petitioner == ""


@pytest.mark.parametrize(
    ("flag", "public", "shown"), [("否", True, False), ("", True, True), ("", False, False), ("不公开", False, False), (1, False, True)]
)
def test_public_by_the_flag_of_the_source(take, flag, public, shown) -> None:
    take([ANSWERED | {"是否公开": flag}], public=public)
    assert Case.objects.get().is_public is shown
    assert Case.objects.get().visibility == ("anonymised" if shown else "private")


def test_states(take, desk) -> None:
    rows = [
        LETTER | {"标题": "甲", "状态": "待办"},
        LETTER | {"标题": "乙", "单位": "市教育局"},
        LETTER | {"标题": "丙", "状态": "已撤回", "撤回时间": "2019-04-26"},
        ANSWERED | {"标题": "丁", "状态": "已答复"},
        ANSWERED | {"标题": "戊", "状态": "不予受理"},
        ANSWERED | {"标题": "己", "状态": "已办结"},
    ]
    assert take(rows).faults == []
    stages = {case.subject: case.stage for case in Case.objects.all()}
    assert stages == {"甲": "submitted", "乙": "assigned", "丙": "withdrawn", "丁": "replied", "戊": "declined", "己": "closed"}
    assert all(whole(case) for case in Case.objects.all())
    # Open ones are handled on: they ran out long ago, at the moment they did.
    late = Case.objects.get(stage="assigned")
    clock = Clock.objects.get(case=late)
    assert late.breached and clock.breached_at == clock.due_at


def test_an_open_letter_is_answered_here_and_handled_again_by_todays_rule(take, desk, answer) -> None:
    take([LETTER | {"单位": "市教育局"}])
    case = answer(Case.objects.get(), public=False)
    assert case.stage == "closed"
    casework.reopen(desk.staff.triage, case, "没有修好")
    assert list(Clock.objects.filter(case=case).order_by("seq").values_list("rule", flat=True)) == [IMPORTED_RULE, "L02"]


def test_categories_and_units(take, plan, desk, tmp_path) -> None:
    leaf = Category.objects.filter(parent__parent__isnull=False, active=True).select_related("parent__parent").first()
    table = tmp_path / "units.csv"
    table.write_text("原名称,现单位\n市教委,市教育局\n", encoding="gbk")
    rows = [
        ANSWERED | {"标题": "甲", "单位": "市教委", "分类": f"{leaf.parent.parent.name} > {leaf.parent.name} > {leaf.name}"},
        ANSWERED | {"标题": "乙", "单位": "没有这个局", "分类": "没有这一类"},
        ANSWERED | {"标题": "丙", "单位": "市教育局", "分类": leaf.parent.parent.name},
    ]
    report = take(rows, units=desks.read_units(table))
    cases = {case.subject: case for case in Case.objects.all()}
    assert report.unknown_units == {"没有这个局": 1} and report.unknown_categories == {"没有这一类": 1}
    assert [cases[name].lead for name in "甲乙丙"] == [desk.city.education, None, desk.city.education]
    assert [cases[name].category for name in "甲乙丙"] == [leaf.code, "", leaf.parent.parent.code]
    assert Message.objects.get(case=cases["乙"]).organisation == desk.city.centre
    with pytest.raises(Refused, match="第 2 行：没有叫“乌有局”的单位"):
        table.write_text("原名称,现单位\n市教委,乌有局\n", encoding="utf-8")
        desks.read_units(table)


@pytest.mark.django_db
def test_517_leaves_of_the_field_are_among_the_categories() -> None:
    source = REAL / "letter_categories.csv"
    if not source.exists():
        pytest.skip(f"NO REAL LETTERS: {source} is not there; set LETTERS to the folder of the letters to run this test")
    known = desks._category_names()
    with source.open(encoding="utf-8-sig", newline="") as file:
        leaves = ["/".join(row.values()) for row in csv.DictReader(file)]
    assert len(leaves) == 517
    assert [leaf for leaf in leaves if leaf not in known] == []


# --- formats -----------------------------------------------------------------------------------------------------------------------------


def as_csv(rows, encoding="utf-8"):
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode(encoding)


@pytest.mark.parametrize("form", ["utf-8", "gb18030", "utf-16", "xlsx", "jsonl", "english"])
def test_the_same_letter_from_every_format(take, tmp_path, form) -> None:
    path = tmp_path / ("来信.xlsx" if form == "xlsx" else "来信.jsonl" if form in ("jsonl", "english") else "来信.csv")
    if form == "xlsx":
        book = openpyxl.Workbook()
        book.active.append(list(ANSWERED))
        book.active.append([datetime.fromisoformat(value) if "时间" in name else value for name, value in ANSWERED.items()])
        book.save(path)
    elif form == "jsonl":
        path.write_text(json.dumps(ANSWERED, ensure_ascii=False), encoding="utf-8")
    elif form == "english":
        names = ("subject", "body", "sent_at", "user", "reply", "replied_at")
        path.write_text(json.dumps(dict(zip(names, ANSWERED.values(), strict=True))), encoding="utf-8")
    else:
        path.write_bytes(as_csv([ANSWERED], form))
    assert take(path).faults == []
    assert (Case.objects.get().subject, Message.objects.get().body) == ("路灯不亮", "您好，路灯已于今日修好。")
    # The same letter in another format is the same letter.
    assert take([ANSWERED | {"内容": "小区门口的路灯， 坏了三天！"}]).known == 1
    assert Case.objects.count() == 1


BAD = [
    (LETTER | {"来信时间": ""}, "没有来信时间。请在“来信时间”列填写"),
    (LETTER | {"来信时间": "1900-01-01"}, "早于 1949 年"),
    (LETTER | {"来信时间": "昨天"}, "看不懂"),
    (LETTER | {"来信时间": "2030-01-01"}, "在将来"),
    (ANSWERED | {"答复时间": "2019-04-20 08:00"}, "答复时间 2019-04-20 08:00 早于来信时间 2019-04-25 09:32"),
    (ANSWERED | {"答复时间": "1900-01-00"}, "答复时间：日期"),
    (ANSWERED | {"答复时间": ""}, "没有答复时间"),
    (LETTER | {"答复时间": "2019-05-06"}, "没有答复内容"),
    (LETTER | {"标题": " "}, "请填写标题"),
    (LETTER | {"内容": "\u200b"}, "请填写内容"),
    (LETTER | {"内容": "长" * 20_001}, "20001 字"),
    (LETTER | {"状态": "天知道"}, "不认识的状态“天知道”"),
    (LETTER | {"状态": "已办结"}, "没有答复内容"),
    (ANSWERED | {"状态": "办理中"}, "却有答复内容"),
    (ANSWERED | {"评价": "12"}, "不认识的评价"),
    (LETTER | {"评价": "满意"}, "有评价，没有答复"),
    (ANSWERED | {"评价": "5", "评价时间": "2019-04-30"}, "早于答复时间"),
    (ANSWERED | {"是否公开": "也许"}, "请写“是”或“否”"),
    (ANSWERED | {"办理结果": "不知道"}, "不认识的办理结果"),
    ('{"标题": ', "不是完整的 JSON"),
    ('["标题"]', "不是 {…}"),
]


def test_every_bad_row_is_said_with_its_line_and_good_ones_stay(take) -> None:
    rows = [row for row, _ in BAD]
    report = take([ANSWERED, *rows, LETTER | {"标题": "公交"}])
    reasons = said(report)
    assert list(reasons) == [f"letters.jsonl 第 {number} 行" for number in range(2, len(BAD) + 2)]
    for (_, expected), reason in zip(BAD, reasons.values(), strict=True):
        assert expected in reason, reason
    assert (report.imported, report.refused) == (2, len(BAD))
    # Nothing private in the plain file.
    assert "王小明" not in report.file.read_text(encoding="utf-8-sig")


def test_a_reply_dated_by_the_day_alone_may_be_of_the_same_day(take) -> None:
    assert take([ANSWERED | {"答复时间": "2019-04-25"}]).faults == []
    assert Case.objects.get().replied_at == Case.objects.get().received_at


def test_a_title_that_is_too_long_stays_whole_in_the_text(take) -> None:
    title = "很长的标题" * 30
    take([LETTER | {"标题": title}])
    case = Case.objects.get()
    assert len(case.subject) == 100 and case.text.startswith(title)


def test_missing_columns_and_other_files(take, tmp_path) -> None:
    folder = tmp_path / "来信"
    folder.mkdir()
    (folder / "a.csv").write_text("标题,内容\n路灯,坏了\n", encoding="utf-8")
    (folder / "b.docx").write_bytes(b"PK")
    (folder / "c.csv").write_bytes(b"")
    (folder / "d.csv").write_bytes(as_csv([LETTER, LETTER | {"标题": "公交"}]) + as_csv([LETTER], "gb18030").splitlines()[1])
    reasons = said(take(folder))
    assert "缺少“来信时间”列" in reasons["a.csv"]
    assert "请另存为其中一种" in reasons["b.docx"]
    assert "文件是空的" in reasons["c.csv"]
    assert "读出来是乱码" in reasons["d.csv 第 4 行"]
    assert Case.objects.count() == 2
    with pytest.raises(Refused, match=r"没有 .* 这个文件"):
        take(tmp_path / "nowhere.csv")


def test_the_same_letter_thrice_is_one(take) -> None:
    report = take([ANSWERED, ANSWERED | {"内容": "小区门口的路灯坏了三天"}, LETTER | {"标题": "公交"}, ANSWERED], batch=2)
    assert (report.imported, report.duplicates, report.refused) == (2, 2, 0)
    assert "与“letters.jsonl 第 1 行”是同一封信" in said(report)["letters.jsonl 第 4 行"]


def test_an_answer_that_comes_after_its_letter_is_not_lost_in_silence(take) -> None:
    take([LETTER])
    report = take([ANSWERED])
    assert (report.imported, report.known, report.refused) == (0, 0, 1)
    assert "SZXX2019000001" in said(report)["letters.jsonl 第 1 行"]


def test_only_answered(take) -> None:
    report = take([ANSWERED, LETTER | {"标题": "公交"}], only_answered=True)
    assert report.imported == 1 and "--only-answered" in said(report)["letters.jsonl 第 2 行"]


def test_a_rehearsal_leaves_nothing(take) -> None:
    other = LETTER | {"标题": "公交"}
    report = take([ANSWERED, other, ANSWERED], rehearse=True)
    assert (report.imported, report.duplicates) == (2, 1)
    assert not Case.objects.exists() and not Matter.objects.exists() and not AuditEntry.objects.filter(deed="letters.import").exists()
    assert take([ANSWERED, other]).imported == 2
    assert sorted(Case.objects.values_list("number", flat=True)) == ["SZXX2019000001", "SZXX2019000002"]


# --- the limit of their own ---------------------------------------------------------------------------------------------------------------

# Fifteen workdays, counted on paper with the notices of the State Council beside it: letter, day of receipt, last day, answer, workdays until
# the answer, late. Letters after 17:30 and on days off count as of the next workday; make-up days (2019-09-29) count as workdays.
BY_HAND = [
    ("2011-04-02 18:00:54", "2011-04-06", "2011-04-27", "2013-09-12 10:12:25", None, True),
    ("2018-02-10 11:18:08", "2018-02-11", "2018-03-08", "2018-03-26 14:56:03", 27, True),
    ("2018-04-03 09:20:57", "2018-04-03", "2018-04-25", "2018-04-10 16:24:43", 4, False),
    ("2018-09-28 14:33:42", "2018-09-28", "2018-10-24", "2018-10-16 14:56:26", 9, False),
    ("2018-12-27 01:55:21", "2018-12-27", "2019-01-18", "2019-01-03 14:02:47", 4, False),
    ("2018-12-30 13:37:50", "2019-01-02", "2019-01-23", "2019-01-14 10:05:41", 8, False),
    ("2019-01-28 19:56:20", "2019-01-29", "2019-02-22", "2019-03-15 15:27:01", 30, True),
    ("2019-02-06 10:34:55", "2019-02-11", "2019-03-04", "2019-02-18 09:39:45", 5, False),
    ("2019-04-09 10:12:21", "2019-04-09", "2019-04-29", "2019-04-09 20:28:26", 0, False),
    ("2019-04-26 11:16:23", "2019-04-26", "2019-05-20", "2019-05-17 08:31:47", 14, False),
    ("2019-05-07 19:16:40", "2019-05-08", "2019-05-29", "2019-05-14 11:43:24", 4, False),
    ("2019-06-04 11:22:23", "2019-06-04", "2019-06-26", "2019-06-19 14:09:05", 10, False),
    ("2019-07-26 23:22:37", "2019-07-29", "2019-08-19", "2019-08-13 16:55:26", 11, False),
    ("2019-09-11 08:26:22", "2019-09-11", "2019-10-09", "2019-09-17 10:43:14", 3, False),
    ("2019-09-24 16:21:54", "2019-09-24", "2019-10-18", "2019-09-27 16:12:29", 3, False),
    ("2019-10-08 16:04:11", "2019-10-08", "2019-10-28", "2019-10-18 09:26:50", 9, False),
    ("2019-10-14 14:24:07", "2019-10-14", "2019-11-04", "2019-10-15 22:51:07", 1, False),
    ("2019-12-13 10:45:33", "2019-12-13", "2020-01-06", "2019-12-30 08:59:17", 11, False),
    ("2019-12-26 14:55:24", "2019-12-26", "2020-01-17", "2020-01-02 17:26:59", 4, False),
    ("2020-01-05 19:49:28", "2020-01-06", "2020-02-03", "2020-01-08 17:22:26", 2, False),
]


def clocks_by_hand():
    """Of each imported letter: received, last day, late."""
    found = {}
    for clock in Clock.objects.filter(rule=IMPORTED_RULE).select_related("case"):
        received = timezone.localtime(clock.started_at).strftime("%Y-%m-%d %H:%M:%S")
        found[received] = (clocks.last_day(clock.due_at or clock.ended_at).isoformat(), clock.case.breached, clock.state)
    return found


def test_clocks_against_a_table_worked_out_by_hand(take) -> None:
    rows = [LETTER | {"来信时间": sent, "答复": "您好。", "答复时间": replied} for sent, _, _, replied, _, _ in BY_HAND]
    assert take(rows, batch=20).faults == []
    found = clocks_by_hand()
    for sent, receipt, last, replied, taken, late in BY_HAND:
        assert found[sent] == (last, late, "met_late" if late else "met"), sent
        if taken is not None:
            answered = datetime.fromisoformat(replied).date()
            assert calendar.workdays_between(date.fromisoformat(receipt), answered) == taken, sent
    # The mailbox's own rule is as it was.
    assert kinds.kind("mailbox").clocks[0].rule == "L02" and kinds.kind("mailbox").version == 1


@pytest.mark.parametrize(("name", "count"), [("letters_replied.jsonl", 1710), ("letters_voted.jsonl", 2605)])
def test_the_real_letters(take, name, count) -> None:
    path = REAL / name
    if not path.exists():
        pytest.skip(f"NO REAL LETTERS: {path} is not there; set LETTERS to the folder of the letters to run this test")
    report = take(path, batch=500)
    assert report.refused == 0 and report.imported == count == Case.objects.count()
    assert take(path, batch=500).known == count
    for case in random.Random(1).sample(list(Case.objects.all()), 20):
        assert whole(case)
    if "replied" in name:
        found = clocks_by_hand()
        assert all(found[sent][:2] == (last, late) for sent, _, last, _, _, late in BY_HAND)
        waits = sorted(case.replied_at - case.received_at for case in Case.objects.all())
        assert 10 <= waits[len(waits) // 2].days <= 12


def test_another_limit(take, desk) -> None:
    actions.set_imported_limit(None, 11, "CD")
    take([LETTER])
    assert clocks.last_day(Clock.objects.get().due_at) == date(2019, 5, 6)
    actions.set_imported_limit(None, 5, "WD")
    take([LETTER | {"标题": "公交"}])
    assert sorted(str(clocks.last_day(clock.due_at)) for clock in Clock.objects.all()) == ["2019-05-05", "2019-05-06"]
    with pytest.raises(Refused, match="1 至 1000"):
        actions.set_imported_limit(None, 1001, "WD")


# --- against the deeds ---------------------------------------------------------------------------------------------------------------------


def by_deeds(desk, kind, past):
    """The same story told deed by deed, each at its moment."""
    people = desk.staff
    with moments.dated(past.at):
        receipt = casework.submit(
            None,
            kind.code,
            token=past.token,
            subject=past.subject,
            text=past.text,
            place=past.place,
            category=past.category,
            visibility="anonymised" if past.opens else "private",
            petitioner=casework.PetitionerData(name=past.name, phone=past.phone),
            office=desk.city.centre,
        )
    case = receipt.case
    holder = queries.by_number_and_secret(case.number, receipt.secret)

    def until(moment):
        for clock in Clock.objects.filter(case=case, state="running", breached_at=None, due_at__lte=moment):
            with moments.dated(clock.due_at):
                casework.breach(case)

    def do(moment, deed, *args, **given):
        until(moment)
        with moments.dated(moment):
            return deed(*args, **given)

    at = past.replied_at
    clerk, head = (people.clerk, people.head) if past.lead else (people.triage, people.triage_head)
    if past.declined:
        do(at, casework.decline, people.triage, case, past.reply, "见不予受理的说明")
    else:
        if past.lead:
            do(past.at, casework.assign, people.triage, case, past.lead)
            if at:
                do(past.at, casework.sign_for, people.clerk, case, Assignment.objects.get(case=case))
        if past.withdrawn_at:
            do(past.withdrawn_at, casework.withdraw, holder, case)
        elif at:
            message = do(at, casework.draft_reply, clerk, case, past.reply, outcome=past.outcome)
            message = do(at, casework.approve_reply, head, case, message)
            do(at, casework.publish_reply, clerk, case, message)
            if past.finished:
                do(at, casework.finish, people.triage, case)
                do(at, casework.decide_public, people.triage, case, past.opens)
            if past.score:
                do(past.rated_at, casework.rate, holder, case, past.score, past.comment)
    until(timezone.now())
    return Case.objects.get(pk=case.pk)


# Who did it is known to the deeds alone; keys, numbers and what is encrypted are drawn anew.
DRAWN = {"pk", "id", "case_id", "token", "secret", "number", "head", "author_id", "signers", "writers", "accepted_by_id", "assigned_by_id"}


def _moment(value):
    """A moment in whatever zone it was written down."""
    try:
        return datetime.fromisoformat(value) if "T" in value else value
    except (TypeError, ValueError):
        return value


def told(case):
    """A case without what is drawn anew: its events and its rows."""
    key = CaseKey.objects.get(pk=case.pk)
    keys = sealing.Keys(key.key, key.person)
    events = []
    for event in CaseEvent.objects.filter(case=case).order_by("seq"):
        payload = {name: _moment(value) for name, value in event.payload.items() if name not in DRAWN}
        private = sealing.unseal_event(event.sealed, keys, case.pk, event.seq)
        events.append((event.seq, event.type, event.deed, event.stage, event.visibility, event.at, event.unit_id, payload, private))
    rows = {
        (model.__name__, 0 if row_key == case.pk else row_key - case.pk * EVENTS_PER_CASE): {
            name: one for name, one in values.items() if name not in DRAWN
        }
        for (model, row_key), values in projections.stored([case])[case.pk].snapshot().items()
    }
    return events, rows


def stories(desk, seed):
    """One of every kind, with moments, units and texts drawn."""
    draw = random.Random(seed)
    start = timezone.make_aware(datetime(2009, 1, 1)) + timedelta(seconds=draw.randrange(14 * 365 * 86400))
    later = start + timedelta(seconds=draw.choice((3600, 86400 * 5, 86400 * 60)) + draw.randrange(86400))
    common = {
        "subject": f"标题{seed}",
        "text": f"内容{seed}",
        "at": start,
        "name": draw.choice(("", "王小明")),
        "phone": draw.choice(("", "13800001111")),
    }
    lead = draw.choice((None, desk.city.education))
    replied = {"reply": "您好。", "replied_at": later, "outcome": "solved", "lead": lead}
    rated = {"score": draw.randrange(1, 6), "comment": draw.choice(("", "好")), "rated_at": later + timedelta(days=draw.randrange(3))}
    ends = [
        {"lead": lead},
        {"reply": "不归这里管。", "replied_at": later, "declined": True},
        {"lead": lead, "withdrawn_at": later},
        replied | {"finished": False},
        replied | {"opens": draw.random() < 0.5},
        replied | {"opens": draw.random() < 0.5, "place": "人民路"} | rated,
    ]
    return [common | end for end in ends]


@pytest.mark.parametrize("seed", range(4))
def test_a_batch_is_what_the_deeds_would_have_made(desk, seed, monkeypatch, person) -> None:
    desk.staff.triage_head = person("triage-head", "head", desk.city.centre, name="中心主任")
    kind = kinds.kind("mailbox", IMPORTED)
    pasts = [Past(token=f"a-story-of-the-past-{number}", **story) for number, story in enumerate(stories(desk, seed))]
    made = casework.take_over(kind, desk.city.centre, pasts)
    slow = [Past(**{**past.__dict__, "token": f"{past.token}-by-deeds"}) for past in pasts]
    # The deed takes a kind's current version, and asks who writes: here that of the past, and nobody.
    monkeypatch.setitem(kinds._current, "mailbox", replace(kind, identity_floor=Identity.NONE))
    for case, past in zip(made, slow, strict=True):
        assert case is not None and whole(case)
        other = by_deeds(desk, kind, past)
        for one, two in zip(told(case), told(other), strict=True):
            assert one == two


def test_the_secret_of_an_imported_letter_opens_it(desk) -> None:
    past = Past(token="a-story-of-the-past", subject="标题", text="内容", at=timezone.now() - timedelta(days=400))
    (case,) = casework.take_over(kinds.kind("mailbox", IMPORTED), desk.city.centre, [past])
    assert queries.by_number_and_secret(case.number, sealing.access_secret(past.token)).case_id == case.pk
    assert casework.take_over(kinds.kind("mailbox", IMPORTED), desk.city.centre, [past, past]) == [None, None]


def test_numbers_go_on_behind_the_imported(desk, make_letter) -> None:
    at = timezone.now() - timedelta(days=2)
    pasts = [Past(token=f"a-story-of-the-past-{number}", subject="标题", text="内容", at=at) for number in range(3)]
    casework.take_over(kinds.kind("mailbox", IMPORTED), desk.city.centre, [*pasts, pasts[0]])
    user = User.objects.get(username="citizen")
    assert make_letter("mailbox", petitioner={"user": user}).number == "SZXX2025000004"


# --- the command ---------------------------------------------------------------------------------------------------------------------------


def test_the_command(desk, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(settings, "HOME", tmp_path)
    path = tmp_path / "来信.csv"
    rows = [ANSWERED | {"单位": "市教委"}, ANSWERED | {"单位": "市教委"}, LETTER | {"标题": "公交", "单位": ""}]
    path.write_bytes(as_csv([{**row, **{name: row.get(name, "") for name in rows[0]}} for row in rows], "gb18030"))
    assert cli.main(["import", "letters", str(path), "--dry-run"]) == 0
    assert "可以导入 2 封" in capsys.readouterr().out and not Case.objects.exists()
    assert cli.main(["import", "letters", str(path), "--limit", "11", "--days", "calendar"]) == 0
    printed = capsys.readouterr().out
    assert "导入 2 封，以前已导入 0 封，重复 1 封，未导入 0 封" in printed and "没有叫“市教委”的单位：2 封" in printed
    assert set(Clock.objects.values_list("threshold", "unit")) == {(11, "CD")}
    assert cli.main(["import", "letters", str(path)]) == 0
    assert "导入 0 封，以前已导入 2 封" in capsys.readouterr().out
    assert cli.main(["import", "letters", str(tmp_path / "没有.csv")]) == 2


WORK = """
from pathlib import Path
from lianxin.casework import kinds
from lianxin.foundation import bulk
from lianxin.letters.intake import desk, run
from lianxin.organisations import queries as organisations

# Killed between two batches, between two tables.
bulk.insert, desk.Desk.past = counted(bulk.insert), counted(desk.Desk.past)
kind = kinds.kind("mailbox", 0)
report = run.run(Path(given["path"]), desk.Plan(kind, organisations.office(kind.office)), show=False, batch=3)
print(report.imported, report.known, report.duplicates, report.refused)
"""


@pytest.mark.parametrize("kills", [(1, 5), (9, 14, 20)])
def test_killed_and_started_again_nothing_is_missing_and_nothing_twice(transactional_db, desk, tmp_path, kills) -> None:
    rows = [ANSWERED | {"标题": f"第{number}封"} for number in range(10)]
    rows[3], rows[7] = rows[3] | {"来信时间": ""}, rows[2]
    path = tmp_path / "来信.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    for kill_at in kills:
        killed = run_killed(WORK, path, kill_at)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = run_killed(WORK, path, 0)
    assert done.returncode == 0, done.stderr
    imported, known, duplicates, refused = map(int, done.stdout.split())
    assert (imported + known, duplicates, refused) == (8, 1, 1)
    assert sorted(Case.objects.values_list("number", flat=True)) == [f"SZXX2019{number:06d}" for number in range(1, 9)]
    assert all(whole(case) for case in Case.objects.all())
