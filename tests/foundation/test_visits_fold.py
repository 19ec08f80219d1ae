"""Files become counts: each once, whatever is killed; closed days keep counts only."""

import fcntl
import itertools
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from wagtail.models import Site

from lianxin.foundation.models import FoldedVisits, VisitCount, VisitorOfDay
from lianxin.foundation.visits import counter, fold, queries

Kind = VisitCount.Kind
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0"
DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"
SPIDER = "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"
DAY = date(2025, 3, 3)
MakeFile = Callable[..., Path]


def line(path: str = "/news/", mark: str = "a1", times: int = 1, **more: Any) -> list[Any]:
    row = {"hour": "2025-03-03T09", "host": "localhost:8000", "path": path, "words": "", "from": "", "mark": mark, "agent": DESKTOP, "times": times}
    return list((row | more).values())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Any, db: None) -> Path:
    monkeypatch.setattr(settings, "HOME", tmp_path)
    (tmp_path / "visits" / "secrets").mkdir(parents=True)
    Site.objects.update_or_create(is_default_site=True, defaults={"hostname": "localhost", "root_page_id": 1})
    return tmp_path / "visits"


@pytest.fixture
def make_file(folder: Path) -> MakeFile:
    numbers = itertools.count()

    def make(*lines: list[Any], torn: str = "") -> Path:
        path = folder / f"{next(numbers)}{counter.SUFFIX}"
        path.write_text("".join(json.dumps(row) + "\n" for row in lines) + torn, encoding="utf-8")
        return path

    return make


def counts(kind: str, host: str = "localhost") -> dict[str, int]:
    return dict(VisitCount.objects.filter(kind=kind, host=host).values_list("key", "views"))


def total(host: str = "localhost", day: date = DAY) -> tuple[int, int]:
    return VisitCount.objects.filter(kind=Kind.TOTAL, host=host, day=day).values_list("views", "visitors").first() or (0, 0)


def test_a_file_is_told_apart_in_every_way(make_file: MakeFile, folder: Path) -> None:
    make_file(
        line("/news/headlines/1/", "a1", 3),
        line("/", "b2", agent=PHONE, hour="2025-03-03T21", **{"from": "www.baidu.com"}, words="供暖 "),
        line("/search/", "b2", agent=PHONE, words="公积金", **{"from": "localhost"}),
        line("/", "c3", 50, agent=SPIDER),
    )
    assert fold.fold.call() == 1
    assert total() == total("") == (5, 2)
    assert counts(Kind.ROBOTS) == {"": 50}
    assert counts(Kind.HOUR) == {"09": 4, "21": 1}
    assert counts(Kind.DEVICE) == {"desktop": 3, "phone": 2}
    assert counts(Kind.PAGE) == {"/news/headlines/1/": 3, "/": 1, "/search/": 1}
    assert counts(Kind.SECTION) == {"/news/": 3, "/": 1, "/search/": 1}
    assert counts(Kind.REFERRER) == {"": 3, "www.baidu.com": 1}
    assert counts(Kind.WORDS) == {"公积金": 1} and counts(Kind.ENGINE_WORDS) == {"供暖": 1}
    assert list(folder.glob("*.visits")) == []


def test_what_the_counter_wrote_is_what_is_folded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = counter.Writer(folder)
    monkeypatch.setattr(counter, "_writer", writer)
    environ = {"PATH_INFO": "/新闻/".encode().decode("latin-1"), "REQUEST_METHOD": "GET", "QUERY_STRING": "", "HTTP_HOST": "localhost"}
    for address in ("203.0.113.1", "203.0.113.2", "203.0.113.1"):
        counter.count(environ | {"REMOTE_ADDR": address, "HTTP_USER_AGENT": DESKTOP}, 200)
    writer.write()
    assert fold.fold.call() == 0, "the file is still being written"
    writer.finish()
    assert fold.fold.call() == 1
    assert total() == (3, 2) and counts(Kind.PAGE) == {"/新闻/": 3}


def test_a_visitor_counts_once_for_a_day_in_whatever_file(make_file: MakeFile) -> None:
    make_file(line(mark="a1"), line("/b/", mark="b2"))
    fold.fold.call()
    make_file(line(mark="b2"), line(mark="c3"), line(mark="a1", hour="2025-03-04T00"))
    fold.fold.call()
    assert total() == (4, 3)
    assert total(day=DAY + timedelta(days=1)) == (1, 1)


def test_killed_before_the_commit_nothing_is_lost(make_file: MakeFile, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_file(line(times=7))

    def killed(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fold, "_new_visitors", killed)
        with pytest.raises(KeyboardInterrupt):
            fold.fold.call()
    assert path.exists() and not VisitCount.objects.exists() and not FoldedVisits.objects.exists()
    fold.fold.call()
    assert total() == (7, 1)


def test_killed_before_the_removal_nothing_counts_twice(make_file: MakeFile, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_file(line(times=7))

    def killed(*args: object, **more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            fold.fold.call()
    assert path.exists()
    assert fold.fold.call() == 0
    assert total() == (7, 1) and not path.exists()


def test_torn_and_strange_lines_are_left_out(make_file: MakeFile, caplog: pytest.LogCaptureFixture) -> None:
    make_file(line(), ["2025"], [1, 2, 3, 4, 5, 6, 7, 8], torn='["2025-03-03T09","localhost","/to')
    fold.fold.call()
    assert total() == (1, 1)
    assert "2 lines" in caplog.text


def test_a_held_file_waits(make_file: MakeFile) -> None:
    path = make_file(line())
    with path.open() as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        assert not fold.fold_file(path)
    assert fold.fold_file(path)
    assert not fold.fold_file(path)


def test_hosts_that_no_site_has_count_for_the_default_site(make_file: MakeFile) -> None:
    make_file(line(host="10.1.2.3:8000"), line(host="localhost"), line(host="[::1]:80"))
    fold.fold.call()
    assert set(VisitCount.objects.values_list("host", flat=True)) == {"localhost", ""}


@pytest.mark.parametrize("words", ["13800138000", "张三 410105199001011234", "a@b.cn", "  ", "查 0371-66666666"])
def test_words_that_may_be_private_are_not_counted(words: str) -> None:
    assert fold.clean_words(words) == ""


def test_words_have_one_spelling() -> None:
    assert fold.clean_words("  ETC\t办理 ") == fold.clean_words("etc 办理") == "etc 办理"
    assert len(fold.clean_words("供暖" * 500)) == fold.LONGEST_WORDS


@pytest.mark.parametrize(
    ("agent", "kind"),
    [
        (PHONE, "phone"),
        (DESKTOP, "desktop"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/120 Mobile Safari/537.36", "phone"),
        ("Mozilla/5.0 (Linux; Android 13; SM-X710) Chrome/120 Safari/537.36", "tablet"),
        ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) Mobile/15E148", "tablet"),
    ],
)
def test_devices(agent: str, kind: str) -> None:
    assert fold.device(agent) == kind


@pytest.mark.parametrize(("agent", "robot"), [(SPIDER, True), ("curl/8.0", True), ("", True), (PHONE, False), (DESKTOP, False)])
def test_robots(agent: str, robot: bool) -> None:
    assert fold.is_robot(agent) is robot


def test_a_closed_day_keeps_counts_only(make_file: MakeFile, folder: Path, clock: Any) -> None:
    make_file(line(mark="a1"), line(mark="b2"))
    (folder / "secrets" / "salt-2025-03-03").touch()
    (folder / "secrets" / "salt-2025-03-04").touch()
    fold.fold.call()
    clock.set("2025-03-04 00:20")
    fold.fold.call()
    assert VisitorOfDay.objects.count() == 4, "the evening's last files may still come"
    clock.set("2025-03-04 00:31")
    fold.fold.call()
    assert not VisitorOfDay.objects.exists()
    assert [path.name for path in (folder / "secrets").iterdir()] == ["salt-2025-03-04"]
    assert total() == (2, 2)


def test_a_closed_day_keeps_the_most_used(make_file: MakeFile, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(fold.KEPT_KEYS, Kind.PAGE, 2)
    make_file(*(line(f"/{number}/", times=number) for number in range(1, 6)))
    clock.set("2025-03-04 01:00")
    fold.fold.call()
    assert counts(Kind.PAGE) == {"/5/": 5, "/4/": 4, fold.OTHERS: 6}
    assert queries.top("localhost", Kind.PAGE, DAY, DAY, 9) == [("/5/", 5), ("/4/", 4)]
    make_file(line("/6/", times=9, mark="late"))
    fold.fold.call()
    assert counts(Kind.PAGE) == {"/6/": 9, "/5/": 5, fold.OTHERS: 10}


def test_details_go_totals_stay(make_file: MakeFile, clock: Any) -> None:
    make_file(line())
    clock.set("2025-03-04 01:00")
    fold.fold.call()
    make_file(line(hour="2025-07-01T09"))
    clock.set("2025-07-02 01:00")
    fold.fold.call()
    assert set(VisitCount.objects.filter(day=DAY).values_list("kind", flat=True)) == {Kind.TOTAL}


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(
    files=st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9)), max_size=6), max_size=5),
    again=st.lists(st.integers(0, 4), max_size=4),
)
def test_however_views_lie_in_files_and_whatever_is_folded_again(make_file: MakeFile, files: list[list[tuple[str, int]]], again: list[int]) -> None:
    for model in (VisitCount, VisitorOfDay, FoldedVisits):
        model.objects.all().delete()
    kept = []
    for views in files:
        path = make_file(*(line(mark=mark, times=times) for mark, times in views))
        kept.append((path, path.read_text()))
        fold.fold.call()
    for number in again:
        if number < len(kept):
            kept[number][0].write_text(kept[number][1])
            fold.fold.call()
    every = [view for views in files for view in views]
    assert total() == (sum(times for _, times in every), len({mark for mark, _ in every}))


# --- what the counts say -------------------------------------------------------------------------------------------------


def row(day: date, kind: str, views: int, visitors: int = 0, key: str = "", host: str = "localhost") -> None:
    VisitCount.objects.create(day=day, host=host, kind=kind, key=key, views=views, visitors=visitors)


def test_days_without_visits_are_told_too(db: None) -> None:
    row(DAY, Kind.TOTAL, 10, 4)
    row(DAY, Kind.ROBOTS, 3)
    found = queries.days("localhost", DAY - timedelta(days=1), DAY)
    assert found == [queries.Day(DAY - timedelta(days=1)), queries.Day(DAY, 10, 4, 3)]


def test_months_and_their_peak(db: None) -> None:
    for month, day, views, visitors in ((1, 5, 10, 7), (1, 6, 20, 9), (2, 1, 25, 8), (3, 1, 1, 1)):
        row(date(2025, month, day), Kind.TOTAL, views, visitors)
    row(date(2025, 1, 5), Kind.ROBOTS, 99)
    january, february, march = queries.months("localhost")
    assert (january.views, january.robots, january.most_visitors, january.is_peak) == (30, 99, 9, True)
    assert (february.views, february.is_peak, march.is_peak) == (25, False, False)
    assert [month.first.month for month in queries.months("localhost", 2)] == [2, 3]


def test_hot_words_are_the_most_used_of_the_last_days_and_never_rare(db: None, clock: Any) -> None:
    site = Site(hostname="localhost")
    row(DAY, Kind.WORDS, 4, key="张三的信")
    row(DAY, Kind.WORDS, 6, key="供暖")
    row(DAY - timedelta(days=1), Kind.WORDS, 9, key="公积金")
    row(DAY - timedelta(days=40), Kind.WORDS, 99, key="开学")
    row(DAY, Kind.WORDS, 99, key="别处", host="county.example")
    assert queries.hot_words(site) == ["公积金", "供暖"]
    assert queries.hot_words(site, days=60, limit=1) == ["开学"]


def test_views_by_host(db: None) -> None:
    row(DAY, Kind.TOTAL, 5)
    row(DAY, Kind.TOTAL, 7, host="county.example")
    assert queries.by_host(["localhost", "county.example", "none"], DAY, DAY) == {"localhost": 5, "county.example": 7}


def test_the_clock_of_the_city_decides_the_day(folder: Path, clock: Any) -> None:
    clock.set("2025-03-03 00:10")
    writer = counter.Writer(folder)
    entry = ("localhost", "/", "", "", "", DESKTOP, "", "")
    assert json.loads(writer._line(timezone.localtime(), entry, 1))[0] == "2025-03-03T00"
    assert timezone.now().date() == datetime(2025, 3, 2).date()
