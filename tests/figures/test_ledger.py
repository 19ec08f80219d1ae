"""The ledger: reports by unit and day, days without one, what can be found and taken away, and by whom."""

import csv
import io
from datetime import date

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from lianxin.casework import moments
from lianxin.figures import actions, queries
from lianxin.figures.models import DailyReport
from lianxin.figures.periods import period
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.foundation.models import AuditEntry
from lianxin.organisations import actions as organisations
from lianxin.organisations.models import Post

pytestmark = pytest.mark.django_db
TEXT = "走访学校八所，检查食堂卫生；答复来信两件。"


@pytest.fixture
def reported(town):
    """The education bureau reported twice in the last week of February, health never."""
    for day, text in (("2025-02-26", TEXT), ("2025-02-28", "=1+1，召开开学工作会。")):
        town.clock.set(f"{day} 17:00")
        actions.write_report(town.staff.clerk, town.city.education, date.fromisoformat(day), text, visitors=12)
    town.night()
    return town


def test_a_report_is_written_and_put_right(town):
    clerk, unit, today = town.staff.clerk, town.city.education, timezone.localdate()
    first = actions.write_report(clerk, unit, today, TEXT, matters=3)
    town.clock.shift(minutes=5)
    again = actions.write_report(town.staff.head, unit, today, "走访学校九所。")
    assert again.pk == first.pk and again.changed_at and again.matters is None
    assert [entry.deed for entry in AuditEntry.objects.filter(deed__startswith="report.").order_by("seq")] == ["report.written", "report.corrected"]


@pytest.mark.parametrize(
    ("who", "day", "text", "counts", "why"),
    [
        ("other_clerk", "2025-03-03", TEXT, {}, "承办人或负责人"),
        ("triage", "2025-03-03", TEXT, {}, "承办人或负责人"),
        ("clerk", "2025-03-04", TEXT, {}, "还没有到"),
        ("clerk", "2025-02-23", TEXT, {}, "最近 7 天"),
        ("clerk", "2025-03-03", "  \n ", {}, "写下当天"),
        ("clerk", "2025-03-03", "长" * 2001, {}, "2000 字以内"),
        ("clerk", "2025-03-03", "接待张三，身份证号 110101199003070011。", {}, "个人信息"),
        ("clerk", "2025-03-03", "王女士电话 13800001111 反映。", {}, "个人信息"),
        ("clerk", "2025-03-03", TEXT, {"calls": -1}, "不超过一百万"),
    ],
)
def test_a_report_is_refused(town, who, day, text, counts, why):
    with pytest.raises((Refused, Forbidden), match=why):
        actions.write_report(getattr(town.staff, who), town.city.education, date.fromisoformat(day), text, **counts)
    assert not DailyReport.objects.exists()


def test_reports_of_earlier_times_bear_their_moment(town):
    when = timezone.localtime().replace(year=2024, month=5, day=6, hour=17)
    with moments.dated(when):
        saved = actions.write_report(town.staff.clerk, town.city.education, date(2024, 5, 6), TEXT)
    assert saved.written_at == when


def test_days_without_a_report_are_seen(reported):
    shown = {row.day.isoformat(): row.state for row in queries.unit_month(period("2025-02"), reported.city.education).rows}
    # Before the city's first report nobody owed one; the weekend is none.
    assert shown["2025-02-25"] == "none" and shown["2025-02-26"] == "written" and shown["2025-02-27"] == "missing"
    assert {row.unit.slug: row.state for row in queries.ledger_day(period("2025-02-28")).rows} == {"education": "written", "health": "missing"}
    month = {row.unit.slug: (row.reported, row.owed) for row in queries.ledger_month(period("2025-02")).rows}
    assert month == {"education": (2, 3), "health": (0, 3)}
    assert not queries.ledger_day(period("2025-03-01")).rows
    assert {row.state for row in queries.ledger_day(period("2025-03-03")).rows} == {"due"}


def test_make_up_workdays_are_workdays(reported, monkeypatch):
    monkeypatch.setattr("lianxin.foundation.calendar.is_workday", lambda day: day == date(2025, 3, 1))
    assert {row.state for row in queries.ledger_day(period("2025-03-01")).rows} == {"missing"}
    assert {row.state for row in queries.ledger_day(period("2025-02-28")).rows} == {"written"}


def test_it_is_searched_by_words_unit_and_days(reported, page):
    found = page("/ledger/find/?q=食堂 学校&from=2025-02-01&to=2025-03-03")
    assert TEXT in found and "开学工作会" not in found
    assert TEXT not in page("/ledger/find/?q=食堂&from=2025-02-27&to=2025-03-03")
    assert TEXT not in page("/ledger/find/?q=食堂&unit=health&from=2025-02-01")
    assert "没有“没有的词”" in page("/ledger/find/?q=没有的词")
    assert TEXT in page("/ledger/find/?unit=education&from=2025-02-26&to=2025-02-26")
    for address in ("from=x&to=y", "from=2025-03-03&to=2025-01-01", "unit=nobody", "from=0001-01-01&to=9999-12-31", "from=2025-02-31"):
        page(f"/ledger/find/?{address}")


def test_what_is_shown_is_taken_away(reported, reader):
    got = reader.get("/ledger/units/education/2025-02/?format=csv")
    assert got["Content-Type"].startswith("text/csv") and 'filename="ledger-education-2025-02-01-2025-02-28.csv"' in got["Content-Disposition"]
    lines = list(csv.DictReader(io.StringIO(got.content.decode("utf-8-sig"))))
    assert len(lines) == 28 and {line["日报"] for line in lines} == {"", "未报", TEXT, "'=1+1，召开开学工作会。"}
    book = load_workbook(io.BytesIO(reader.get("/ledger/2025-02-28/?format=xlsx").content))
    rows = list(book.active.iter_rows())
    assert rows[1][10].value == "=1+1，召开开学工作会。" and rows[1][10].data_type == "s" and rows[1][11].value == 12
    assert reader.get("/figures/2025-02/?format=xlsx").status_code == 200
    assert reader.get("/ledger/?format=exe")["Content-Type"].startswith("text/html")


def test_reports_of_a_merged_unit_stand_under_its_heir(reported, page):
    reported.clock.set("2025-03-04 09:00")
    organisations.merge_units(reported.staff.admin, reported.city.education, reported.city.health)
    with pytest.raises((Refused, Forbidden)):
        actions.write_report(reported.staff.clerk, reported.city.education, date(2025, 3, 4), TEXT)
    actions.write_report(reported.staff.clerk, reported.city.health, date(2025, 3, 4), "合署办公第一天。")
    shown = page("/ledger/units/health/2025-02/")
    assert TEXT in shown and "含原市教育局（2025-03-04 并入）" in shown
    assert "2025-03-04 并入市卫健委" in page("/ledger/2025-02-26/")


def test_the_desk_takes_reports(town, client_for):
    client = client_for(town.staff.clerk)
    assert "工作日报" in client.get("/desk/figures/report/").content.decode()
    given = {"unit": town.city.education.pk, "day": "2025-03-03", "text": TEXT, "visitors": "5", "matters": "", "calls": ""}
    assert client.post("/desk/figures/report/", {**given, "text": "电话 13800001111"}).status_code == 422
    assert client.post("/desk/figures/report/", {**given, "unit": town.city.health.pk}).status_code == 422
    assert client.post("/desk/figures/report/", given).status_code == 302
    assert DailyReport.objects.get().visitors == 5
    assert TEXT in client.get("/desk/figures/report/?day=2025-03-03").content.decode()
    assert client_for(town.staff.supervisor).get("/desk/figures/report/").status_code in (302, 403)


def test_the_staff_home_reminds(reported, client_for):
    shown = client_for(reported.staff.clerk).get("/desk/").content.decode()
    assert [f"unit=education&amp;day=2025-{day}" in shown for day in ("02-27", "02-28", "03-03")] == [True, False, True]


def test_lists_of_cases_are_for_those_who_watch(weeks, client_for):
    address = "/desk/figures/export/?measure=received&first=2025-02-01&last=2025-02-28&format=csv"
    for who in ("clerk", "head", "triage", "operator", "mayor"):
        refused = client_for(getattr(weeks.staff, who)).get(address)
        assert refused.status_code == 403 and "限督查和审计岗位" in refused.content.decode(), who
        with pytest.raises(Forbidden):
            queries.detailed(getattr(weeks.staff, who), "received", period("2025-02"))
    assert not AuditEntry.objects.filter(deed="figures.exported").exists()
    for who in ("supervisor", "auditor"):
        got = client_for(getattr(weeks.staff, who)).get(address)
        lines = list(csv.DictReader(io.StringIO(got.content.decode("utf-8-sig"))))
        # With private kinds; no words and no persons.
        assert len(lines) == 19 and weeks.open.number in {line["编号"] for line in lines}, who
        assert "路灯" not in got.content.decode("utf-8-sig") and "王小明" not in got.content.decode("utf-8-sig")
    entries = AuditEntry.objects.filter(deed="figures.exported")
    assert [entry.detail["rows"] for entry in entries] == [19, 19]
    assert (
        client_for(weeks.staff.auditor).get("/desk/figures/export/?measure=received&first=2025-03-01&last=2025-02-01&format=csv").status_code == 422
    )


def test_nobody_takes_out_what_is_sealed_from_him(weeks, client_for, person):
    person("both", "supervisor", weeks.city.root)
    Post.objects.create(user=weeks.staff.supervisor, organisation=weeks.city.education, role="editor", starts_on="2020-01-01")
    numbers = {row.number for row in queries.detailed(weeks.staff.supervisor, "received", period("2025-02"))}
    assert weeks.open.number in numbers and weeks.sealed.number not in numbers
