"""The desk: who stands how, numbers that lead to lists as long as they say, and screens shut to others."""

import pytest

from lianxin.casework import actions as engine
from lianxin.organisations.models import Post
from lianxin.supervision import queries
from lianxin.supervision.queries import Watch

pytestmark = pytest.mark.django_db


@pytest.fixture
def late(ways, task, clock):
    """Two letters of the education bureau overdue since the 6th, a task of which the health commission's part is due on the 10th."""
    found = [ways.handling(), ways.given(), task()]
    clock.set("2025-03-10 09:00")
    for case in found[:2]:
        engine.breach(case)
    return found


def test_every_number_leads_to_a_list_as_long(late, office, city, staff):
    units = queries.by_unit(office)
    assert [(row.of, row.late, row.soon) for row in units] == [(city.education, 2, 0), (city.health, 0, 1)]
    for row in units:
        assert queries.watched(office, Watch(unit=row.of, age="late")).count() == row.late
        assert queries.watched(office, Watch(unit=row.of, age="soon")).count() == row.soon
    vice = Post.objects.get(user=staff.vice)
    leaders = queries.by_leader(units)
    assert [(row.of, row.late, row.soon) for row in leaders] == [(vice, 2, 0), (None, 0, 1)]
    assert queries.watched(office, Watch(leader=vice)).count() == 2
    assert queries.watched(office, Watch(kind="task")).count() == 1
    assert queries.watched(office, Watch(age="late5")).count() == 0
    assert queries.by_unit(staff.triage) == [] and queries.watched(staff.head, Watch()).count() == 0


def test_what_lies_with_no_unit_is_counted_apart(write, office, clock):
    write()
    clock.set("2025-03-10 09:00")
    assert queries.by_unit(office) == [] and queries.without_unit(office) == 1


def test_a_case_about_the_office_is_hidden_from_its_desk(ways, office, city, staff, clock):
    case = ways.handling()
    engine.seal(staff.triage, case, office)
    clock.set("2025-03-10 09:00")
    assert queries.by_unit(office) == [] and queries.watched(office, Watch()).count() == 0 and queries.proposals(office) == []


def test_screens_are_for_the_supervision_office(late, office, staff, client_for, client):
    desk = client_for(office)
    for address in ("", "cases/", "cases/?unit=abc&age=x&leader=0", "cases/?after=9x", "orders/", "orders/?show=late&after=9x", "new/"):
        assert desk.get(f"/desk/supervision/{address}").status_code == 200, address
    for person in (staff.triage, staff.clerk, staff.head, staff.mayor, staff.operator, staff.auditor):
        for address in ("", "cases/", "orders/", "new/", f"{late[0].number}/issue/"):
            assert client_for(person).get(f"/desk/supervision/{address}").status_code in (302, 403, 404), (person, address)
    assert client.get("/desk/supervision/").status_code == 302


def test_a_task_is_ordered_and_handled_on_screens_alone(office, staff, city, client_for, clock):
    desk = client_for(office)
    form = desk.get("/desk/supervision/new/").context["form"]
    data = {
        "token": form["token"].value(),
        "subject": "老旧小区加装电梯",
        "demands": "年内完成。",
        "source": "report",
        "level": "yellow",
        "lead": city.education.pk,
        "lead_due_on": "2025-03-14",
        "co_1": city.health.pk,
        "progress_1": "2025-03-10",
        "signer": "督查室主任",
    }
    answer = desk.post("/desk/supervision/new/", data | {"lead_due_on": "2025-02-01"})
    assert answer.status_code == 422 and "不能早于今天" in answer.content.decode()
    page = desk.post("/desk/supervision/new/", data, follow=True)
    assert "督〔2025〕1号" in page.content.decode()
    number = page.context["case"].number
    clerk = client_for(staff.clerk)
    assert "签收" in clerk.get(f"/desk/cases/{number}/").content.decode()
    for name, more in (("sign-for", {}), ("progress", {"text": "已开工"}), ("report", {"text": "已办结"})):
        part = page.context["parts"][0][0]
        assert clerk.post(f"/desk/cases/{number}/do/{name}/", {"target": part.seq, **more}).status_code == 302, name
    assert "已开工" in desk.get(f"/desk/supervision/{number}/orders/{page.context['row'].seq}/").content.decode()
    assert desk.post(f"/desk/cases/{number}/do/accept-report/", {"target": part.seq}).status_code == 302
    assert "已办结" in desk.get(f"/desk/supervision/{number}/orders/{page.context['row'].seq}/").content.decode()
