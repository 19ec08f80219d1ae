"""The workday calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxin.foundation import calendar, checks
from lianxin.foundation.calendar import DayKind
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import AuditEntry, CalendarDay, Notification

pytestmark = pytest.mark.django_db

DAYS = st.dates(date(2004, 1, 1), date(2031, 12, 31))
WITH_DATABASE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
FESTIVALS_2027 = "2027-01-01,0,元旦\n2027-02-06,0,春节\n2027-04-05,0,清明节\n2027-05-01,0,劳动节\n2027-06-09,0,端午节\n2027-09-15,0,中秋节\n"


@pytest.fixture(autouse=True)
def fresh():
    """No test sees the calendar of another."""
    calendar.forget()
    yield
    calendar.forget()


@pytest.fixture
def notice(tmp_path):
    """``notice(text)``: a file with a year's notice."""

    def write(content: str | bytes, name: str = "notice.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def admin(django_user_model):
    """The administrator."""
    return django_user_model.objects.create_superuser("calendar-admin", "admin@example.com", None, name="系统管理员")


def test_holidays_weekends_and_made_up_saturdays_of_2025():
    assert not calendar.is_workday(date(2025, 10, 1))
    assert not calendar.is_workday(date(2025, 10, 6))
    assert calendar.is_workday(date(2025, 10, 11)), "a Saturday made up"
    assert not calendar.is_workday(date(2025, 10, 12))
    assert calendar.is_workday(date(2025, 10, 9))


def test_a_moment_belongs_to_its_day_in_the_city():
    # 2025-10-08 (holiday) 23:30 UTC is the 9th, a workday, in Shanghai.
    assert calendar.is_workday(datetime(2025, 10, 8, 23, 30, tzinfo=UTC))


def test_adding_workdays():
    assert calendar.add_workdays(date(2025, 9, 30), 1) == date(2025, 10, 9)
    assert calendar.add_workdays(date(2025, 9, 30), 3) == date(2025, 10, 11)
    assert calendar.add_workdays(date(2025, 10, 9), -1) == date(2025, 9, 30)
    assert calendar.add_workdays(date(2025, 10, 1), 0) == date(2025, 10, 1)
    assert calendar.next_workday(date(2024, 12, 31)) == date(2025, 1, 2)
    with pytest.raises(ValueError, match="workdays"):
        calendar.add_workdays(date(2025, 1, 1), 20_001)


@WITH_DATABASE
@given(DAYS, st.integers(-400, 400))
def test_between_is_the_inverse_of_adding(day: date, n: int):
    assert calendar.workdays_between(day, calendar.add_workdays(day, n)) == n


@WITH_DATABASE
@given(DAYS, DAYS)
def test_between_counts_days_one_by_one(a: date, b: date):
    days = [min(a, b) + timedelta(days=offset) for offset in range((max(a, b) - min(a, b)).days + 1)][:400]
    a, b = (days[0], days[-1]) if a <= b else (days[-1], days[0])
    if a <= b:
        assert calendar.workdays_between(a, b) == sum(calendar.is_workday(day) for day in days[1:])
    else:
        assert calendar.workdays_between(a, b) == -sum(calendar.is_workday(day) for day in days[:-1])


@WITH_DATABASE
@given(DAYS, DAYS, st.integers(0, 300), st.integers(0, 300))
def test_adding_is_monotone(a: date, b: date, m: int, n: int):
    first, second = sorted((a, b))
    assert calendar.add_workdays(first, n) <= calendar.add_workdays(second, n)
    low, high = sorted((m, n))
    assert calendar.add_workdays(first, low) <= calendar.add_workdays(first, high)
    assert n == 0 or calendar.is_workday(calendar.add_workdays(first, n))


def test_the_ledger_of_a_due_date():
    due = calendar.add_workdays_explained(date(2025, 9, 30), 3)
    assert (due.date, due.provisional) == (date(2025, 10, 11), False)
    assert [step.kind for step in due.ledger] == [DayKind.HOLIDAY] * 8 + [DayKind.WORKDAY] * 2 + [DayKind.MAKEUP]
    assert [step.count for step in due.ledger if step.count] == [1, 2, 3]
    assert due.ledger[-1].label == "调休上班（国庆节）"
    weekend = calendar.add_workdays_explained(date(2025, 3, 7), 1).ledger
    assert [step.label for step in weekend] == ["周末", "周末", "工作日"]


@WITH_DATABASE
@given(DAYS, st.integers(0, 60))
def test_the_ledger_agrees_with_the_due_date(day: date, n: int):
    due = calendar.add_workdays_explained(day, n)
    assert due.date == calendar.add_workdays(day, n)
    assert sum(step.count is not None for step in due.ledger) == n


def test_years_of_the_package_are_settled_and_others_provisional():
    assert [year for year in range(2004, 2027) if calendar.is_provisional(year)] == []
    assert calendar.is_provisional(2003)
    assert calendar.is_provisional(2050)
    assert calendar.is_workday(date(2050, 10, 3)), "a Monday, presumed a workday"
    due = calendar.add_workdays_explained(date(2049, 12, 31), 2)
    assert due.provisional
    assert "放假通知未发布" in due.ledger[0].label


def test_many_questions_cost_one_reading(django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        for n in range(200):
            calendar.add_workdays(date(2020, 1, 1), n)


def test_rows_changed_by_another_process_are_seen(monkeypatch: pytest.MonkeyPatch):
    assert not calendar.is_provisional(2025)
    CalendarDay.objects.filter(date__year=2025, name__contains="清明").delete()
    monkeypatch.setattr(calendar, "_checked_at", float("-inf"))
    assert calendar.is_provisional(2025)


def test_migrating_again_changes_nothing_and_mends_what_is_missing():
    assert calendar.fill_from_package() == 0
    CalendarDay.objects.filter(date=date(2025, 10, 1)).delete()
    call_command("migrate", "foundation", verbosity=0)
    assert not calendar.is_workday(date(2025, 10, 1))


def test_the_first_filling_tells_nobody_and_a_later_change_does(monkeypatch: pytest.MonkeyPatch):
    told = []
    monkeypatch.setattr(calendar, "_changed", [lambda: told.append(1)])
    CalendarDay.objects.filter(date=date(2025, 10, 1)).delete()
    assert calendar.fill_from_package() == 1 and told == [1]
    CalendarDay.objects.all().delete()
    assert calendar.fill_from_package() > 100 and told == [1]


def test_a_notice_settles_its_year(notice, admin):
    path = notice("date,is_workday,name\n" + FESTIVALS_2027 + "2027-10-01,0,国庆节\n2027-10-09,1,国庆节\n")
    result = calendar.import_notice(path, admin)
    assert (result.kept, result.bad, result.years, result.incomplete) == (8, (), (2027,), ())
    assert not calendar.is_provisional(2027)
    assert calendar.is_workday(date(2027, 10, 9))
    entry = AuditEntry.objects.get(deed="calendar.import")
    assert (entry.actor, entry.summary) == (admin, "导入2027年放假通知 8 天")


def test_a_notice_overrules_the_package_and_stays(notice):
    calendar.import_notice(notice("日期,是否上班,名称\n2025-03-10,休,临时放假\n"), None)
    assert not calendar.is_workday(date(2025, 3, 10))
    calendar.import_notice(notice("日期,是否上班,名称\n2025-10-01,上班,更正\n"), None)
    calendar.fill_from_package()
    assert calendar.is_workday(date(2025, 10, 1))


def test_an_incomplete_notice_leaves_the_year_provisional(notice):
    result = calendar.import_notice(notice("date,is_workday,name\n" + FESTIVALS_2027), None)
    assert result.incomplete == (2027,)
    assert "缺少国庆" in calendar.warnings(date(2027, 1, 5))[0]


def test_good_rows_are_kept_and_bad_ones_named(notice):
    path = notice(
        "date,is_workday,name\n"
        "2027-01-01,0,元旦\n"
        "2027-02-30,0,春节\n"
        "2027/02/07,0,春节\n"
        "2027-02-08,也许,春节\n"
        "2027-02-09,0,\n"
        "2027-01-01,1,元旦\n"
        "9999-01-01,0,元旦\n"
        f"2027-02-10,0,{'长' * 61}\n"
        "2027-02-11,0\n"
    )
    result = calendar.import_notice(path, None)
    assert result.kept == 2
    assert [row.line for row in result.bad] == [3, 5, 6, 7, 8, 9, 10]
    reasons = [row.reason for row in result.bad]
    assert "不存在或格式不对" in reasons[0]
    assert "看不出是否上班" in reasons[1]
    assert reasons[2] == "缺少名称，应如 国庆节"
    assert reasons[3] == "日期与第 2 行重复"
    assert "2000 至 2100" in reasons[4]


def test_a_notice_as_json_and_from_excel_on_windows(notice):
    result = calendar.import_notice(notice('[{"date": "2027-01-01", "is_workday": false, "name": "元旦"}, 7]', "notice.json"), None)
    assert (result.kept, [row.line for row in result.bad]) == (1, [2])
    assert calendar.import_notice(notice("日期,是否上班,名称\n2027-05-01,否,劳动节\n".encode("gb18030")), None).kept == 1


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("", "empty.csv"),
        ("a,b,c\n1,2,3\n", "other.csv"),
        ("{", "broken.json"),
        ('{"date": 1}', "object.json"),
        ("[" * 200_000, "deep.json"),
        (b"\xff\xfe\x00\x81", "binary.csv"),
        ("x" * 1_000_001, "large.csv"),
    ],
)
def test_a_file_that_is_no_notice_is_refused(notice, content, name):
    with pytest.raises(Refused) as refusal:
        calendar.import_notice(notice(content, name), None)
    assert "请" in str(refusal.value)


def test_a_file_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(Refused, match="读不到文件"):
        calendar.import_notice(tmp_path / "none.csv", None)


def test_the_alarm_for_the_next_year_rings_from_december_on(admin):
    CalendarDay.objects.filter(date__year=2026).delete()
    calendar.forget()
    assert calendar.warnings(date(2025, 11, 30)) == []
    assert calendar.alarm(date(2025, 11, 30)) == 0
    assert "2026 年放假通知还没有导入" in calendar.warnings(date(2025, 12, 1))[0]
    assert calendar.alarm(date(2025, 12, 1)) == 1
    assert calendar.alarm(date(2025, 12, 3)) == 0, "once a week"
    assert calendar.alarm(date(2025, 12, 8)) == 1
    assert Notification.objects.filter(recipient=admin, event="calendar.notice-missing").count() == 2


def test_the_check_warns(clock):
    clock.set("2003-05-05 09:00")
    assert [message.id for message in checks.workday_calendar(databases=["default"])] == ["foundation.W001"]
    assert checks.workday_calendar(databases=None) == []
    assert any("2003 年" in finding for finding in checks.findings())
