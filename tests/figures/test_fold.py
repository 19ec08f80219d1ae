"""The fold is the sum of its entries, however often, in whatever order it is made; what is hidden cannot be worked out."""

import re
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxin.figures import actions, charts, hidden
from lianxin.figures.models import DailyFigure, Day, Entry
from lianxin.figures.queries import by_sql, sums_by
from lianxin.figures.queries.sums import COUNTS

pytestmark = pytest.mark.django_db
START = date(2025, 1, 30)
days = st.integers(0, 5).map(lambda place: START + timedelta(days=place))
entry = st.fixed_dictionaries(
    {
        "measure": st.sampled_from(Entry.Measure.values),
        "day": days,
        "kind": st.sampled_from(["board", "mailbox"]),
        "channel": st.sampled_from(["web", "telephone"]),
        "category": st.sampled_from(["", "01", "0102"]),
        "at": st.sampled_from([None, 0, 1]),
        "minutes": st.integers(0, 100_000),
        "flags": st.tuples(st.booleans(), st.sampled_from([None, True, False]), st.booleans(), st.booleans()),
    }
)


def made(place: int, case: int, units: list, drawn: dict) -> Entry:
    answer, rated = drawn["measure"] == "answered", drawn["measure"] == "rated"
    effective, on_time, in_person, satisfied = drawn["flags"]
    return Entry(
        id=place + 1,
        case_id=case,
        unit=None if drawn["at"] is None else units[drawn["at"]],
        **{name: drawn[name] for name in ("measure", "day", "kind", "channel", "category")},
        minutes=drawn["minutes"] if answer else None,
        effective=effective if answer else None,
        on_time=on_time if answer else None,
        in_person=in_person and answer,
        satisfied=satisfied if rated else None,
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(entry, max_size=25), st.lists(days, max_size=15), st.sets(st.integers(0, 24)))
def test_the_fold_is_the_sum_of_its_entries(town_case, drawn, order, gone):
    case, units = town_case
    Entry.objects.all().delete()
    DailyFigure.objects.all().delete()
    Day.objects.all().delete()
    Entry.objects.bulk_create([made(place, case, units, one) for place, one in enumerate(drawn)])
    Day.objects.bulk_create([Day(day=START + timedelta(days=place)) for place in range(6)])
    for day in order:
        actions.fold_day(day)
    # Entries go, their days are folded again, some twice; the rest by night.
    left = Entry.objects.filter(pk__in=[place + 1 for place in gone])
    Day.objects.filter(day__in=list(left.values_list("day", flat=True))).update(stale=True)
    left.delete()
    for day in order[::-1]:
        actions.fold_day(day, anyway=True)
    actions.fold(date(2025, 3, 1))
    last = START + timedelta(days=5)
    for by in ("unit_id", "kind", "channel", "category", "month", "day"):
        fold = {key: one for key, one in sums_by(DailyFigure.objects.all(), by).items() if one}
        entries = {key: one for (key,), one in by_sql(START, last, by).items()}
        assert {key: [getattr(one, name) for name in COUNTS] for key, one in fold.items()} == {
            key: [getattr(one, name) for name in COUNTS] for key, one in entries.items()
        }
    taken = list(Entry.objects.filter(minutes__isnull=False).values_list("minutes", flat=True))
    assert sorted(sums_by(DailyFigure.objects.all(), None)[None].minutes) == sorted(taken)


@pytest.fixture
def town_case(city, person):
    """A case that entries can hang on."""
    from lianxin.casework import actions as casework

    petitioner = casework.PetitionerData(name="王小明", phone="13800001111", identity="telephone")
    receipt = casework.submit(None, "board", token="token-of-the-form", subject="路灯", text="不亮", petitioner=petitioner, lead=city.education)
    return receipt.case.pk, [city.education, city.health]


@given(st.lists(st.integers(0, 30), max_size=8))
def test_hidden_cells_cannot_be_worked_out(values):
    cells = dict(enumerate(values))
    found = hidden.hidden_cells(cells)
    assert all(key in found for key, value in cells.items() if 0 < value < hidden.SHOWN_FROM)
    assert not any(cells[key] == 0 for key in found)
    told = [value for key, value in cells.items() if value and key not in found]
    if found and told:
        assert len(found) >= 2 and sum(cells[key] for key in found) >= hidden.SHOWN_FROM


def test_a_year_tells_no_hidden_month():
    """By trying all: whoever knows the year and the months that are told finds at least two answers for each hidden month."""
    for months in product(range(7), repeat=3):
        if not hidden.year_shown(months, is_over=True):
            continue
        small = [value for value in months if not hidden.month_shown(value)]
        possible = [one for one in product(range(hidden.SHOWN_FROM), repeat=len(small)) if sum(one) == sum(small)]
        for place in range(len(small)):
            assert len({one[place] for one in possible}) > 1, months
    assert not hidden.year_shown([9] * 12, is_over=False)


@pytest.mark.parametrize("largest", [0, 1, 4, 7, 399, 401, 12_345, 10**8])
def test_a_scale_holds_its_columns(largest):
    top = charts.scale(largest)
    assert top >= largest and top % charts.STEPS == 0 and top <= max(charts.STEPS, largest * 2.5)


def test_a_scale_leaves_little_room_empty():
    assert charts.scale(800_491) == 1_000_000 and charts.scale(36_000) == 40_000


def test_the_highest_label_is_drawn_whole():
    drawn = charts.columns("各月", ["1月"], [("浏览", [70_000])])
    margin = float(re.search(r"translate\([\d.]+, ([\d.]+)\)", drawn)[1])
    highest = min(float(place) for place in re.findall(r'<text x="-\d+" y="([\d.]+)"', drawn))
    # Letters reach up to twenty units above their base line where a chart is narrow.
    assert margin + highest >= 20


def test_a_chart_carries_no_script_and_no_style():
    drawn = charts.columns("各月<收到>", ["1月", "2月"], [("收到", [3, 5]), ("答复", [None, 1_234])])
    assert drawn.startswith("<svg") and 'role="img"' in drawn and 'aria-label="各月&lt;收到&gt;"' in drawn
    assert "<script" not in drawn and "style" not in drawn and "<title>2月 答复：1,234</title>" in drawn
    assert drawn.count("<title>") == 3


def test_columns_are_marked_and_labels_thinned_out():
    drawn = charts.columns("各天", ["1日", "2日", "3日"], [("浏览", [7, 8, 9])], marked=[2], every=2)
    assert drawn.count('class="bar marked"') == 1 and "<title>2日 浏览：8</title>" in drawn and ">2日<" not in drawn
