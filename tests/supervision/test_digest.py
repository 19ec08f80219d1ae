"""The digest: at half past seven on workdays, once, for whom it is meant, from what he may see; the mail says numbers and offices only."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from lianxin.casework import actions as engine
from lianxin.foundation.jobs import schedules
from lianxin.foundation.models import Notification, Schedule
from lianxin.organisations.models import Leader, Organisation, Portfolio, Post
from lianxin.supervision import actions, jobs, queries
from lianxin.supervision.models import Digest
from tests.casedesk.conftest import REPLY

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def _time(clock):
    """Everything begins on Monday 2025-03-03 09:00."""


def content(user, day=date(2025, 3, 10)):
    return queries.digest.content(user, day)


def test_it_covers_a_workday_over_weekends_and_holidays():
    def moments(day):
        return [moment.astimezone(SHANGHAI).strftime("%m-%d %H:%M") for moment in queries.digest.span(day)]

    assert moments(date(2025, 3, 4)) == ["03-03 07:30", "03-04 07:30"]
    assert moments(date(2025, 3, 10)) == ["03-07 07:30", "03-10 07:30"]
    # After the holidays of October, which ended on the 8th.
    assert moments(date(2025, 10, 9)) == ["09-30 07:30", "10-09 07:30"]


def test_on_workdays_at_half_past_seven_and_never_twice(ways, staff, clock, run_jobs, settings):
    ways.handling()
    run_jobs()
    schedules.sync()
    assert Schedule.objects.get(name__endswith="supervision.jobs.morning").rule == "每天 07:30"
    Notification.objects.all().delete()
    for moment, made in (("2025-03-08 07:30", 0), ("2025-03-10 07:30", 4), ("2025-03-10 07:31", 4), ("2025-10-01 07:30", 4)):
        clock.set(moment)
        jobs.morning.call()
        run_jobs()
        assert Digest.objects.filter(content__has_key="new").count() == made, moment
    # The mayor, the vice-mayor and the bureau's head; the other head has nothing late, nothing new: no mail.
    told = Notification.objects.filter(event="digest")
    assert sorted(told.values_list("recipient__username", flat=True)) == ["head", "mayor", "vice"]


def test_the_heads_of_government_and_party_are_told_of_everything(ways, write, staff, city, clock):
    """Also with a portfolio of their own, and though nothing lies below a Party committee; other leaders beside them are not."""
    clock.set("2025-03-07 09:00")
    ways.handling()
    write("医院夜里不接诊")
    mayor, vice = (Post.objects.get(user=person, role="leader") for person in (staff.mayor, staff.vice))
    Portfolio.objects.create(leader=mayor, organisation=city.health, starts_on=date(2020, 1, 1))
    for place, post in enumerate((mayor, vice)):
        Leader.objects.create(post=post, slug=f"leader-{place}", order=place)
    committee = Organisation.add_root(name="市委", short_name="市委", slug="committee", kind=Organisation.Kind.PARTY)
    secretary = Post.objects.create(user=staff.stranger, organisation=committee, role="leader", starts_on=date(2020, 1, 1))
    staff.stranger.kind = "staff"
    staff.stranger.save()
    Leader.objects.create(post=secretary, slug="secretary")
    clock.set("2025-03-10 07:30")
    assert [content(person)["new"]["count"] for person in (staff.mayor, staff.stranger, staff.vice)] == [2, 2, 1]


def test_each_is_told_of_what_is_his(ways, write, staff, city, clock):
    clock.set("2025-03-07 09:00")
    late, _ = ways.handling(subject="校门口的路灯不亮"), write("医院夜里不接诊")
    clock.set("2025-03-12 07:30")
    day = date(2025, 3, 10)
    whole, vice, head, other = (content(person, day) for person in (staff.mayor, staff.vice, staff.head, staff.other_head))
    assert (whole["new"]["count"], vice["new"]["count"], head["new"]["count"], other["new"]["count"]) == (2, 1, 1, 0)
    assert whole["late"] == head["late"] == {"late": 1, "soon": 0, "units": [{"unit": city.education.pk, "late": 1, "soon": 0}]}
    assert other["late"]["late"] == 0 and content(staff.clerk, day) == content(staff.supervisor, day) == {}
    # Lists show what the reader may open: the mayor is told the number of letters, not shown those not written to him.
    assert [case.pk for case in queries.digest.shown(staff.head, head).new] == [late.pk]
    assert queries.digest.shown(staff.mayor, whole).new == []


def test_what_is_hidden_from_the_reader_is_counted_nowhere(ways, staff, city, clock):
    clock.set("2025-03-07 09:00")
    case = ways.handling()
    before = content(staff.head)
    engine.seal(staff.triage, case, city.education)
    after = content(staff.head)
    assert before["new"]["count"] == 1 and after["new"] == {"count": 0, "kinds": {}, "cases": []} and after["late"]["units"] == []
    # A digest that was made before shows it no longer either.
    assert queries.digest.shown(staff.head, before).new == []
    engine.seal(staff.triage, case, staff.mayor)
    assert content(staff.mayor)["new"]["count"] == 0


def test_matters_that_grow_are_told_by_the_title_of_the_office(ways, write, staff, clock):
    clock.set("2025-03-05 09:00")
    main = ways.given(subject="王小明家门口停水")
    engine.open_cluster(staff.triage, main, "城南片区停水")
    clock.set("2025-03-08 09:00")
    for _ in range(3):
        engine.join_cluster(staff.triage, write("停水", "我家也停水"), main)
    clock.set("2025-03-10 07:30")
    found = content(staff.vice)
    assert found["hot"] == [{"case": main.pk, "now": 3, "before": 0}] and found["well"] == []
    shown = queries.digest.shown(staff.vice, found)
    assert [(title, case.pk, now, before) for title, case, now, before in shown.hot] == [("城南片区停水", main.pk, 3, 0)]


def test_an_answer_counts_as_good_when_rated_well_and_looked_after(ways, staff, city, person, clock):
    deputy = person("deputy-head", "head", city.education, name="副局长")
    clock.set("2025-03-07 10:00")
    cases = []
    for in_person in (True, False):
        case = ways.handling()
        writer = staff.head if in_person else staff.clerk
        message = engine.draft_reply(writer, case, REPLY, outcome="solved", in_person=in_person)
        engine.approve_reply(deputy, case, message)
        case = engine.publish_reply(writer, case, message)
        cases.append(engine.rate(staff.citizen, case, 5))
    clock.set("2025-03-10 07:30")
    assert content(staff.head)["well"] == [cases[0].pk]
    assert content(staff.head, date(2025, 3, 11))["well"] == []


def test_mail_and_page_name_no_person(ways, staff, clock, run_jobs, client_for):
    clock.set("2025-03-07 09:00")
    case = ways.handling(subject="王小明反映李国强占道，电话13912345678", text="我叫王小明，13912345678。")
    clock.set("2025-03-12 07:30")
    row = actions.make_digest(staff.head, date(2025, 3, 10))
    actions.make_digest(staff.head, date(2025, 3, 10))
    mail = Notification.objects.get(event="digest", recipient=staff.head)
    assert mail.subject == "民情日报 3月10日" and mail.text == "新收 1 件，超期 1 件。\n超期较多：市教育局 1 件。"
    told = f"{mail.subject}{mail.text}{mail.url}{row.content}"
    page = client_for(staff.head).get("/desk/digest/").content.decode()
    assert case.number in page and "占道" in page
    for words in ("王小明", "13912345678", "13800001111"):
        assert words not in told and words not in page, words
    assert "占道" not in told and case.number not in told


def test_the_page_is_the_readers_own(ways, staff, clock, client_for):
    clock.set("2025-03-07 09:00")
    ways.handling()
    clock.set("2025-03-10 07:30")
    actions.make_digest(staff.head, date(2025, 3, 10), tell=False)
    assert client_for(staff.head).get("/desk/digest/?day=2025-03-10").status_code == 200
    assert client_for(staff.mayor).get("/desk/digest/").status_code == 200
    for address in ("?day=2025-03-10", "?day=x"):
        assert client_for(staff.mayor).get(f"/desk/digest/{address}").status_code == 404
    for person in (staff.clerk, staff.supervisor, staff.auditor):
        assert client_for(person).get("/desk/digest/").status_code in (302, 403)
    assert not Notification.objects.filter(event="digest").exists()


def test_whoever_stands_in_reads_it_too(staff, city):
    from lianxin.organisations.models import Handover

    post = Post.objects.get(user=staff.head)
    Handover.objects.create(post=post, substitute=staff.clerk2, starts_on="2025-03-01", until="2025-03-31")
    assert {staff.head.pk, staff.clerk2.pk} <= set(queries.digest.readers())
    assert content(staff.clerk2)["late"]["late"] == 0
    assert datetime.fromisoformat(content(staff.clerk2)["until"]).hour == 7
