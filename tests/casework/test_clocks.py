"""Due dates worked out by hand on a wall calendar (docs/due-dates.md), beside the product's."""

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxin.casework import clocks
from lianxin.casework.clocks import DayState, Extension, Pause, Terms
from lianxin.casework.models import Rule
from lianxin.casework.rules import rule_in_force
from lianxin.foundation import calendar
from lianxin.foundation.errors import Refused

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
WD3 = Terms(3, "WD", time(17, 30))
CD3, CD15, CD60 = Terms(3, "CD"), Terms(15, "CD"), Terms(60, "CD")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


# docs/due-dates.md is the table; what stands there is what the product must say.
BY_HAND = re.findall(
    r"^\| (\d{4}-\d\d-\d\d \d\d:\d\d) [^|]*\| (\S+) \| (\S+) \| (\S+) \| (\S+) \|",
    (Path(__file__).parents[2] / "docs" / "due-dates.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


def test_the_table_is_there():
    assert len(BY_HAND) == 12


@pytest.mark.parametrize(("received", "wd3", "cd3", "cd15", "cd60"), BY_HAND)
def test_due_dates_by_hand(received, wd3, cd3, cd15, cd60):
    found = [clocks.due(terms, at(received)).day.isoformat() for terms in (WD3, CD3, CD15, CD60)]
    assert found == [wd3, cd3, cd15, cd60]


def test_the_last_day_ends_at_midnight():
    due = clocks.due(WD3, at("2025-09-29 10:00"))
    assert due.at == at("2025-10-11 00:00") and not due.provisional


TWICE = [Pause(at("2026-02-14 10:00"), at("2026-02-16 10:00")), Pause(at("2026-02-17 10:00"), at("2026-02-20 10:00"))]
ASKED = Pause(at("2025-09-30 11:00"), at("2025-10-10 09:00"), seq=7)


@pytest.mark.parametrize(
    ("terms", "received", "pauses", "extensions", "expected"),
    [
        # Tue 30 Sep counts 1; asked that day, answered Fri 10 Oct; Sat 11 Oct (make-up) 2, Mon 13 Oct 3.
        (WD3, "2025-09-29 10:00", [ASKED], [], "2025-10-13"),
        # Two workdays more: Tue 14 and Wed 15 Oct.
        (WD3, "2025-09-29 10:00", [ASKED], [Extension(2, seq=9)], "2025-10-15"),
        # Answered after hours on Friday: received on Sat 11 Oct, which does not count; 13 and 14 Oct do.
        (WD3, "2025-09-29 10:00", [Pause(at("2025-09-30 11:00"), at("2025-10-10 18:00"))], [], "2025-10-14"),
        # 14 Feb counts 1; asked that day, answered on the 20th; 21 and 22 Feb.
        (CD3, "2026-02-13 10:00", [Pause(at("2026-02-14 10:00"), at("2026-02-20 21:00"))], [], "2026-02-22"),
        (CD3, "2026-02-13 10:00", [Pause(at("2026-02-14 10:00"), at("2026-02-20 21:00"))], [Extension(3)], "2026-02-25"),
        # Asked and answered on one day: nothing is lost.
        (CD3, "2026-02-13 10:00", [Pause(at("2026-02-14 10:00"), at("2026-02-14 16:00"))], [], "2026-02-16"),
        # Asked twice.
        (
            CD3,
            "2026-02-13 10:00",
            TWICE,
            [],
            "2026-02-21",
        ),
        # 30 days more on top of 60.
        (CD60, "2025-09-26 10:00", [], [Extension(30)], "2025-12-25"),
        (Terms(3, "MO"), "2025-11-30 10:00", [], [], "2026-02-28"),
        (Terms(6, "MO"), "2025-08-31 10:00", [], [Extension(5)], "2026-03-05"),
    ],
)
def test_pauses_and_extensions_by_hand(terms, received, pauses, extensions, expected):
    due = clocks.due(terms, at(received), pauses, extensions)
    assert due.day.isoformat() == expected
    days = clocks.ledger(terms, at(received), pauses, extensions)
    assert days[-1].date == due.day and days[-1].number is not None


def test_nothing_is_due_while_the_citizen_is_asked():
    assert clocks.due(WD3, at("2025-09-29 10:00"), [Pause(at("2025-09-30 11:00"), None)]) is None


def test_the_ledger_says_why_each_day_counts_or_not():
    days = clocks.ledger(WD3, at("2025-09-29 10:00"), [ASKED], [Extension(2, seq=9)], rule="L01")
    told = {day.date.isoformat(): (day.state, day.number, day.seq, day.rule) for day in days}
    assert told["2025-09-29"] == (DayState.START, None, None, "L01")
    assert told["2025-09-30"] == (DayState.COUNTED, 1, None, "L01")
    assert told["2025-10-01"] == (DayState.PAUSED, None, 7, "L01")
    assert told["2025-10-11"] == (DayState.MAKEUP, 2, None, "L01")
    assert told["2025-10-12"] == (DayState.WEEKEND, None, None, "L01")
    assert told["2025-10-15"] == (DayState.COUNTED, 5, 9, "L01")
    assert next(day for day in days if day.date == date(2025, 10, 15)).label == "计入，延长期限内"


def test_the_ledger_names_holidays_and_what_came_out_of_hours():
    days = clocks.ledger(WD3, at("2025-09-30 18:00"))
    assert days[0].label == "下班后或休息日收到，顺延" and days[-1].date == date(2025, 10, 13)
    assert any("国庆" in day.label for day in days)


def test_a_year_without_notice_is_shown_as_provisional():
    late = clocks.due(WD3, at("2030-12-27 10:00"))
    assert late.provisional
    assert all(day.provisional for day in clocks.ledger(WD3, at("2030-12-27 10:00")))
    assert not clocks.due(CD3, at("2030-12-27 10:00")).provisional, "calendar days need no notice"


def test_an_open_pause_is_told_up_to_the_day_asked_for():
    days = clocks.ledger(CD3, at("2026-02-13 10:00"), [Pause(at("2026-02-14 10:00"), None, seq=4)], until=date(2026, 2, 17))
    assert [day.state for day in days][-2:] == [DayState.PAUSED, DayState.PAUSED] and days[-1].date == date(2026, 2, 17)


minutes = st.integers(min_value=0, max_value=60 * 24 * 25)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.integers(min_value=0, max_value=60 * 24 * 400),
    threshold=st.integers(min_value=1, max_value=30),
    unit=st.sampled_from(["WD", "CD", "MO"]),
    closes=st.sampled_from([None, time(17, 30)]),
    gaps=st.lists(st.tuples(minutes, minutes), max_size=4),
    extra=st.lists(st.integers(min_value=1, max_value=20), max_size=2),
)
def test_both_ways_of_counting_agree(db, start, threshold, unit, closes, gaps, extra):
    """The quick way by index and the slow one day by day, whatever pauses and extensions there are."""
    moment = at("2025-01-01 00:00") + timedelta(minutes=start)
    terms = Terms(threshold if unit != "MO" else threshold % 6 + 1, unit, closes)
    pauses, end = [], moment
    for gap, length in gaps:
        begin = end + timedelta(minutes=gap)
        end = begin + timedelta(minutes=length)
        pauses.append(Pause(begin, end))
    extensions = [Extension(days) for days in extra]
    due = clocks.due(terms, moment, pauses, extensions)
    assert clocks.ledger(terms, moment, pauses, extensions)[-1].date == due.day
    assert due.day > moment.date()
    later = clocks.due(terms, moment, pauses, [*extensions, Extension(1)])
    assert later.day > due.day, "a day more is a later day"


def test_days_left_count_in_the_limits_own_kind():
    due = clocks.due(WD3, at("2025-09-29 10:00"))
    assert clocks.days_left(due.at, at("2025-09-30 09:00"), "WD") == 2
    assert clocks.days_left(due.at, at("2025-10-10 23:00"), "WD") == 0
    assert clocks.days_left(due.at, at("2025-10-11 09:00"), "WD") == -1
    assert clocks.days_left(due.at, at("2025-10-08 09:00"), "CD") == 2


def test_the_rules_of_the_field_are_rows():
    assert {"L01", "L02", "X01", "X02", "X03", "X04", "O01", "O02", "O03", "O04", "N01", "S02", "S06", "C01", "R01"} <= set(
        Rule.objects.values_list("code", flat=True)
    )
    rule = rule_in_force("L02")
    assert (rule.threshold, rule.unit, rule.closes) == (3, "CD", None)
    assert rule_in_force("X03").extension == 30 and rule_in_force("R01").extension == 0
    assert set(Rule.objects.values_list("verified", flat=True)) == {"v", "s", "m"}
    with pytest.raises(Refused, match="没有编号为 ZZ"):
        rule_in_force("ZZ")
    assert calendar.is_workday(date(2025, 9, 28))
