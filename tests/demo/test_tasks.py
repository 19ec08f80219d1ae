"""A year of the supervision office: every state, no two texts alike, units and office see theirs, and a log that the rows agree with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from lianxin.casework import checks
from lianxin.casework.models import Assignment, Case, CaseEvent, Supervision
from lianxin.demo.catalogue import organisations
from lianxin.demo.tasks import read
from lianxin.foundation.models import Notification
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation, Post
from lianxin.supervision import queries
from lianxin.supervision.kinds import TASK
from tests.demo.test_letters import like

State, Outcome = Supervision.State, Supervision.Outcome


def test_texts_are_whole() -> None:
    tasks, orders = read()
    units = {row.slug for row in organisations()}
    assert 16 <= len(tasks) <= 20 and 4 <= sum(not one.dropped for one in orders) <= 6
    parts = [part for one in tasks for part in one.parts]
    assert {part.unit for part in parts} <= units and sum(len(one.parts) > 1 for one in tasks) > len(tasks) / 2
    assert all(one.source in Supervision.Source.values and bool(one.result) == bool(one.outcome) for one in tasks)
    texts = [one.demands for one in tasks] + [one.result for one in tasks if one.result] + [one.demands for one in orders if one.demands]
    texts += [text for part in parts for text in (*part.said, part.first, part.sent_back, part.report) if text]
    assert len(texts) > 100 and like(texts) == []
    for one in tasks:
        assert len(one.subject) <= 30 and all(len(part.said) <= len(one.progress) and part.reports_on > 6 for part in one.parts), one.subject
        assert not one.result or all(part.report and not part.waiting and part.reports_on + 4 < one.age for part in one.parts), one.subject


def test_tasks_are_in_every_state(demo: None) -> None:
    tasks = Case.objects.filter(kind=TASK)
    assert tasks.count() == len(read()[0])
    stages = Counter(tasks.values_list("stage", flat=True))
    assert stages["closed"] >= 10 and stages["handling"] >= 5 and stages["assigned"] == 1, stages
    rows = Supervision.objects.filter(case__in=tasks)
    assert set(rows.filter(state=State.CLOSED).values_list("outcome", flat=True)) == {Outcome.DONE, Outcome.PARTLY, Outcome.UNDONE}
    assert set(Assignment.objects.filter(case__in=tasks).values_list("state", flat=True)) == {"offered", "accepted", "reported", "done"}
    types = Counter(CaseEvent.objects.filter(case__in=tasks).values_list("type", flat=True))
    assert types["progress"] >= 25 and types["report_sent_back"] == 2 and types["reported"] > types["report_accepted"] >= 25, types
    today = timezone.localdate()
    assert rows.filter(state=State.ORDERED, due_on__lt=today).count() == 1
    assert rows.filter(state=State.ORDERED, due_on__range=(today, today + timedelta(days=7))).exists()
    assert not CaseEvent.objects.filter(at__gt=timezone.now()).exists()
    assert list(checks.wrong_cases()) == []


def test_orders_on_cases(demo: None, run_jobs: Callable[..., int]) -> None:
    rows = Supervision.objects.exclude(case__kind=TASK)
    ordered = rows.exclude(number="")
    assert 4 <= ordered.count() <= 6 and set(ordered.values_list("level", flat=True)) == {"yellow", "red"}
    assert set(ordered.values_list("state", flat=True)) == {State.ORDERED, State.CLOSED}
    assert rows.filter(state=State.CLOSED, outcome=Outcome.DROPPED, number="").exists()
    by_year: dict[str, list[int]] = {}
    for number in Supervision.objects.exclude(number="").order_by("ordered_at").values_list("number", flat=True):
        year, _, count = number.removeprefix("督〔").removesuffix("号").partition("〕")
        by_year.setdefault(year, []).append(int(count))
    assert all(counts == list(range(1, len(counts) + 1)) for counts in by_year.values()), by_year
    run_jobs()
    assert not Notification.objects.filter(event__startswith="supervision").exists(), "what is over is not told again"


def test_office_and_units_see_theirs(demo: None, client_for: Callable[[User], Client]) -> None:
    supervisor = User.objects.get(username="supervisor")
    client = client_for(supervisor)
    assert queries.reports_waiting(supervisor) and queries.orders(supervisor, "late") and queries.orders(supervisor, "closed")
    for address in (
        "/desk/supervision/",
        "/desk/supervision/orders/",
        "/desk/supervision/orders/?show=late",
        "/desk/supervision/orders/?show=closed",
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "督〔" in answer.content.decode() or address == "/desk/supervision/", address
    for slug, subject in (("xiaofang", "城中村消防通道和电动车充电整治"), ("gonganju", "人民路商圈停车乱象和地下车库开放")):
        unit = Organisation.objects.get(slug=slug)
        case = next(row for row in Case.objects.filter(kind=TASK, assignments__organisation=unit) if row.subject == subject)
        clerk = Post.objects.filter(organisation=unit, role=Post.Role.CLERK).select_related("user")[0].user
        page = client_for(clerk).get(f"/desk/cases/{case.number}/")
        assert page.status_code == 200 and subject in page.content.decode()
