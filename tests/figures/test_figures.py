"""Every number comes from events, can be made anew from them, and leads to a list that is as long as it says."""

import re
from datetime import date
from html import unescape
from statistics import median

import pytest

from lianxin.casework import actions
from lianxin.casework.models import Case, Clock, Message
from lianxin.figures import actions as figures
from lianxin.figures import checks, jobs, queries
from lianxin.figures.models import DailyFigure, Day, Entry, Mark
from lianxin.figures.periods import period
from lianxin.figures.queries.sums import COUNTS, folded, sums_by
from lianxin.organisations import actions as organisations
from lianxin.publishing import cachebox

pytestmark = pytest.mark.django_db
FEBRUARY = ("2025-02", date(2025, 2, 1), date(2025, 2, 28))
LINK = re.compile(r'<a [^>]*?href="(/figures/list/[^"]+)"[^>]*>([\d,]+)</a>')


def rows():
    names = [field.attname for field in DailyFigure._meta.concrete_fields if field.attname != "id"]
    return sorted((tuple(getattr(row, name) for name in names) for row in DailyFigure.objects.all()), key=repr)


def numbers(one):
    return {name: getattr(one, name) for name in COUNTS}


def test_what_counts(weeks):
    shown = queries.summary(period("2025-02"))
    total = shown.total
    # Ten board letters that stay (one was withdrawn), two for the mayor; what was handled twice was answered twice.
    assert (total.received, total.answered, total.effective) == (13, 11, 10)
    assert (total.late, total.on_time) == (1, 10)
    assert (total.declined, total.rated, total.satisfied, total.unreached) == (1, 2, 1, 1)
    units = {row.unit.slug: row.sums for row in shown.units}
    assert units["health"].received == 1 and units["health"].late == 1
    assert units["education"].answered == 10 and units["education"].median == median([360, 60, *[240] * 6, 120, 2760])
    assert shown.apart.received == 1
    assert {line.key: line.sums.received for line in shown.channels} == {"web": 11, "telephone": 1}
    assert {line.key: line.sums.received for line in shown.categories} == {"01": 2, "-": 10}
    assert {line.key: line.sums.received for line in shown.kinds} == {"board": 11, "mailbox": 2}


def test_they_agree_with_the_rows_of_the_cases(weeks):
    """Counted another way: from current rows instead of events."""
    sums = sums_by(folded(date(2025, 1, 1), date(2025, 12, 31)), None)[None]
    cases = Case.objects.exclude(stage="withdrawn").exclude(kind="whisper")
    replies = Message.objects.filter(case__in=cases, kind="reply", state="published").exclude(case__stage="declined")
    met = Clock.objects.filter(case__in=cases.exclude(stage="declined"))
    assert sums.received == cases.count() and sums.answered == replies.count()
    assert (sums.on_time, sums.late) == (met.filter(state="met").count(), met.filter(state="met_late").count())
    by_entries = queries.by_sql(date(2025, 1, 1), date(2025, 12, 31), "kind")
    by_fold = sums_by(DailyFigure.objects.all(), "kind")
    assert {kind: numbers(one) for (kind,), one in by_entries.items()} == {kind: numbers(one) for kind, one in by_fold.items()}


def test_made_anew_they_are_the_same(weeks):
    before, verdicts = rows(), dict(Entry.objects.values_list("pk", "effective"))
    assert not list(checks.wrong_entries()) and not list(checks.wrong_folds())
    figures.recompute()
    figures.recompute()
    assert rows() == before and dict(Entry.objects.values_list("pk", "effective")) == verdicts
    Entry.objects.filter(case=weeks.first.pk, measure="answered").update(minutes=1)
    DailyFigure.objects.filter(day="2025-02-06").delete()
    assert len(list(checks.wrong_entries())) == 1 and len(list(checks.wrong_folds())) == 2
    figures.recompute()
    assert rows() == before
    Entry.objects.all().delete()
    figures.recompute()
    assert rows() == before


def test_the_brief_is_that_of_ninety_days(weeks, page):
    short, of_unit = queries.brief(), queries.brief(weeks.city.health)
    assert short and (short.sums.answered, short.sums.effective_share, short.duration) == (11, 90, "4 小时")
    assert of_unit and (of_unit.sums.answered, of_unit.sums.on_time_share) == (1, 0) and queries.brief(weeks.city.county) is None
    for address in ("/", "/orgs/education/"):
        assert "有效答复率" in page(address)
    weeks.night("2025-06-05 09:00")
    cachebox.forget()
    assert queries.brief() is None and "有效答复率" not in page("/")


def test_a_verdict_stands_whatever_becomes_of_the_words(weeks):
    actions.erase(None, actions.finish(weeks.staff.triage, weeks.rated), "保存期满")
    weeks.night("2025-03-04 09:00")
    assert Entry.objects.get(case=weeks.rated.pk, measure="answered").effective is True


def test_who_joins_another_counts_for_whoever_answers(town):
    staff = town.staff
    main = town.submit("2025-02-10 09:00", kind="mailbox")
    actions.open_cluster(staff.triage, main, "供暖不热")
    member = town.submit("2025-02-11 09:00", kind="mailbox")
    actions.join_cluster(staff.triage, member, main)
    actions.assign(staff.triage, main, town.city.health)
    town.answer(main, "2025-02-12 09:00")
    actions.answer_member(member)
    town.night()
    units = {row.unit.slug: (row.sums.received, row.sums.answered) for row in queries.summary(period("2025-02")).units}
    assert units == {"health": (2, 2)}


def test_late_events_change_days_that_are_over(weeks):
    assert not Day.objects.filter(stale=True).exclude(day="2025-03-03").exists()
    actions.withdraw(weeks.staff.citizen, weeks.open)
    assert Mark.objects.count() == 1 and queries.summary(period("2025-02")).total.received == 13
    weeks.night("2025-03-04 00:30")
    assert not Mark.objects.exists() and queries.summary(period("2025-02")).total.received == 12
    assert Day.objects.get(day="2025-02-10").stale is False


def test_every_number_leads_to_a_list_of_its_length(weeks, page):
    places = ["/figures/", "/figures/2025/", "/figures/2025-02/", "/figures/2025/?unit=education", "/figures/2025-02/?kind=board"]
    places += ["/ledger/2025-02-06/", "/ledger/2025-02/", "/ledger/units/education/2025-02/", "/ledger/units/health/2025-02/"]
    places += ["/ledger/find/?from=2025-02-05&to=2025-02-12"]
    seen: dict[str, str] = {}
    for place in places:
        found = [(unescape(href), shown) for href, shown in LINK.findall(page(place))]
        assert found, place
        for href, shown in found:
            assert seen.setdefault(href, shown) == shown, href
    for href, shown in seen.items():
        counted = re.search(r'id="count">([\d,]+)<', page(href))
        assert counted and counted[1] == shown, href
    assert len(seen) > 80


def test_lists_show_what_is_public_and_nothing_else(weeks, page):
    shown = page("/figures/list/?measure=received&period=2025-02")
    assert shown.count("校门口没有路灯") == 4 and shown.count("未公开") == 9
    assert f"/letters/{weeks.first.number}/" in shown
    for case in (weeks.open, weeks.sealed, weeks.late):
        assert case.number not in shown
    apart = page("/figures/list/?measure=received&period=2025-02&unit=-")
    assert "2025-02-25" not in apart and "2025-02" in apart and "卫健" not in apart


def test_private_kinds_are_told_in_totals_alone(weeks, page):
    shown = queries.summary(period("2025-02"))
    assert [(row.received, row.answered) for row in shown.private] == [(6, None)]
    assert queries.summary(period("2025")).private[0].received is None
    listed = page("/figures/list/?measure=received&period=2025-02&kind=whisper")
    assert listed.count("未公开") == 6 and "2025-02-2" not in listed
    for address in (
        "measure=received&period=2025-02&kind=whisper&unit=health",
        "measure=received&period=2025-02-20&kind=whisper",
        "measure=received&period=2025-02-20..2025-02-25&kind=whisper",
        "measure=answered&period=2025-02&kind=whisper",
        "measure=received&period=2025&kind=whisper",
        "measure=received&period=2025-02&kind=whisper&unit=*",
    ):
        page(f"/figures/list/?{address}", 404)
    assert "举报" not in page("/ledger/2025-02-21/") and not any(row.sums.received for row in queries.ledger_day(period("2025-02-21")).rows)


def test_small_numbers_about_persons_stay_hidden(weeks, page):
    leader = weeks.staff.vice.pk
    shown = queries.summary(period("2025"))
    assert [cell.value for cell in shown.leaders] == [6] and [cell.value for cell in shown.in_person] == [6]
    assert page(f"/figures/list/?measure=instructed&period=2025&leader={leader}").count('<th scope="row">') == 6
    page(f"/figures/list/?measure=instructed&period=2025-02&leader={leader}", 404)
    page("/figures/list/?measure=in_person&period=2025-02&unit=education", 404)
    Entry.objects.filter(measure="instructed", day__gte="2025-02-13").delete()
    Entry.objects.filter(in_person=True, day__gte="2025-02-13").update(in_person=False)
    for day in Day.objects.values_list("day", flat=True):
        figures.fold_day(day, anyway=True)
    shown = queries.summary(period("2025"))
    assert [cell.value for cell in shown.leaders] == [None] and shown.instructed is None
    assert [cell.value for cell in shown.in_person] == [None] and shown.in_person_total is None
    page(f"/figures/list/?measure=instructed&period=2025&leader={leader}", 404)
    page("/figures/list/?measure=instructed&period=2025", 404)


def test_a_merger_leaves_history_where_it_was(weeks, page):
    city = weeks.city
    before = queries.summary(period("2025-02")).total
    weeks.clock.set("2025-03-05 09:00")
    organisations.merge_units(weeks.staff.admin, city.education, city.health)
    weeks.answer(Case.objects.get(pk=weeks.open.pk), "2025-03-05 15:00")
    figures.recompute()
    weeks.night("2025-03-06 09:00")
    shown = queries.summary(period("2025-02"))
    assert numbers(shown.total) == numbers(before)
    (row,) = [row for row in shown.units if row.unit.slug == "health"]
    assert row.sums.received == 11 and {part.unit.slug: part.sums.received for part in row.parts} == {"health": 1, "education": 10}
    assert sum(row.sums.received for row in shown.units) + shown.apart.received == shown.total.received
    march = queries.summary(period("2025-03"))
    assert {row.unit.slug: row.sums.answered for row in march.units} == {"health": 1}
    for address in ("/figures/2025-02/", "/ledger/2025-02-05/"):
        shown = page(address)
        assert "并入" in shown
        for href, number in LINK.findall(shown):
            assert f'id="count">{number}<' in page(unescape(href)), href
    assert 'id="count">1<' in page("/figures/list/?measure=received&period=2025-02&unit=health&only=1")


@pytest.mark.parametrize(
    "query", ["", "measure=x&period=2025", "measure=received&period=2025-13", "measure=received&period=2025&unit=nobody", "measure=received&period=1"]
)
def test_lists_of_nonsense_are_not_there(town, page, query):
    page(f"/figures/list/?{query}", 404)


def test_an_empty_city_has_pages(town, page):
    for address in ("/figures/", "/figures/2025/", "/figures/2025-02/", "/ledger/", "/ledger/2025-02/", "/ledger/units/education/"):
        page(address)
    page("/figures/2031/", 404)
    page("/ledger/2025-02-30/", 404)
    jobs.fold.call()
