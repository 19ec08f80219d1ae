"""The tag clock and the store behind it: what was purged is never taken for fresh, by any process, and memory stays within its bound."""

import gzip
import multiprocessing
import os
import time
from pathlib import Path

import brotli
import pytest
from django.db import transaction
from django_tasks_db.models import DBTaskResult
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lianxin.foundation import pagestore
from lianxin.foundation.pagestore.clock import EVERYTHING, SLOTS, FileClock, slot
from lianxin.foundation.pagestore.store import OVERHEAD, QUERY_SHARE, Entry, PageStore


@pytest.fixture
def clock(tmp_path: Path):
    made = FileClock(tmp_path / "clock")
    yield made
    made.close()


def entry(clock: FileClock, content: bytes = b"page", tags: tuple[str, ...] = ("a",), until: float | None = None) -> Entry:
    return Entry("200 OK", [("Content-Type", "text/html")], content, tuple(map(slot, (EVERYTHING, *tags))), clock.now(), until)


# --- the clock -----------------------------------------------------------------------------------------------------------


def test_a_purge_is_seen_by_another_clock_on_the_same_file(clock: FileClock) -> None:
    other = FileClock(clock.path)
    since = other.now()
    clock.purge([slot("a")])
    assert not other.is_fresh([slot("a")], since) and other.is_fresh([slot("b")], since)
    assert other.is_allowed([slot("a")], since), "a soft purge forbids nothing"
    clock.purge([slot("a")], hard=True)
    assert not other.is_allowed([slot("a")], since)
    other.close()


def test_what_was_rendered_after_a_purge_is_fresh(clock: FileClock) -> None:
    clock.purge([slot("a")], hard=True)
    assert clock.is_fresh([slot("a")], clock.now()) and clock.is_allowed([slot("a")], clock.now())


@given(st.text())
def test_every_tag_has_a_slot(tag: str) -> None:
    assert 0 <= slot(tag) < SLOTS


def _purge_often(path: Path, name: str, times: int) -> None:
    clock = FileClock(path)
    for _ in range(times):
        clock.purge([slot(name)])
    os._exit(0)


def test_no_purge_of_several_processes_is_lost(clock: FileClock) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_purge_often, args=(clock.path, name, 200)) for name in "abcd"]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
        assert process.exitcode == 0
    assert clock.now() == 800


def _write_and_purge(path: Path, number, rounds: int) -> None:
    """The "database": a number that is changed, and then purged."""
    clock = FileClock(path)
    for _ in range(rounds):
        number.value += 1
        clock.purge([slot("number")])
    os._exit(0)


def test_whoever_makes_a_whole_city_purges_once(db, clock: FileClock, monkeypatch, django_capture_on_commit_callbacks) -> None:
    monkeypatch.setattr(pagestore, "clock", lambda: clock)
    page, before = entry(clock, tags=("thing",)), clock.now()
    with django_capture_on_commit_callbacks(execute=True) as told, transaction.atomic(), pagestore.purging_everything():
        for number in range(5):
            pagestore.purge([f"thing-{number}"])
    assert DBTaskResult.objects.count() == len(told) == 1
    assert clock.now() == before + 1 and not clock.is_allowed(page.slots, before)


def test_no_page_is_taken_for_fresh_that_shows_what_was_before_a_purge(clock: FileClock) -> None:
    """One process changes and purges, this one renders and reads: what a fresh hit shows is at least what the last purge before it told of."""
    context = multiprocessing.get_context("fork")
    number = context.Value("Q", 0, lock=False)
    process = context.Process(target=_write_and_purge, args=(clock.path, number, 3_000))
    process.start()
    store, hits = PageStore(clock, 1_000_000), 0
    while process.is_alive() or hits < 10:
        kept, told = store.get("page"), clock.now()
        if kept is not None and store.is_fresh(kept):
            # Each purge follows its change, so that after the n-th purge the number is n at least.
            assert int(kept.content) >= told
            hits += 1
            continue
        since = clock.now()
        fresh = Entry("200 OK", [], str(number.value).encode(), (slot(EVERYTHING), slot("number")), since, None)
        store.put("page", fresh)
    process.join(30)
    assert store.get("page") is not None


# --- entries -------------------------------------------------------------------------------------------------------------


def test_an_entry_ends_at_its_time(clock: FileClock) -> None:
    store, now = PageStore(clock, 100_000), time.time()
    kept = entry(clock, until=now + 10)
    assert store.is_fresh(kept, now + 9) and not store.is_fresh(kept, now + 10)
    assert store.may_be_shown(kept), "what is over may still serve as the last good page"


@given(st.binary(max_size=5_000))
def test_every_encoding_carries_the_same_page(content: bytes) -> None:
    made = Entry("200 OK", [], content, (0,), 0, None)
    assert b"".join(made.answer("").body) == content
    for name, opened in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        answer = made.answer(name)
        encoded = dict(answer.headers).get("Content-Encoding")
        assert (opened(answer.body[0]) if encoded else answer.body[0]) == content
        assert dict(answer.headers)["Content-Length"] == str(len(answer.body[0]))


class Kept(RuleBasedStateMachine):
    """Against a plain model: versions of things, and pages that show some of them."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.clock = FileClock(Path(self.folder.name) / "clock")
        self.store = PageStore(self.clock, 20 * (OVERHEAD + 100))
        self.versions = dict.fromkeys("abcdef", 0)
        self.forbidden: set[tuple[str, int]] = set()

    @rule(name=st.sampled_from("abcdef"), hard=st.booleans())
    def change(self, name: str, hard: bool) -> None:
        if hard:
            self.forbidden |= {(name, version) for version in range(self.versions[name] + 1)}
        self.versions[name] += 1
        self.clock.purge([slot(name)], hard=hard)

    @rule(key=st.integers(0, 40), names=st.sets(st.sampled_from("abcdef"), min_size=1), query=st.booleans())
    def render(self, key: int, names: set[str], query: bool) -> None:
        content = repr(sorted((name, self.versions[name]) for name in names)).encode()
        self.store.put((key, query), entry(self.clock, content, tuple(names)), has_query=query)

    @invariant()
    def nothing_old_is_fresh_and_nothing_forbidden_is_shown(self) -> None:
        for key in range(41):
            for query in (False, True):
                kept = self.store.get((key, query))
                if kept is None:
                    continue
                shown = eval(kept.content)
                assert self.store.is_fresh(kept) == all(self.versions[name] == version for name, version in shown)
                assert self.store.may_be_shown(kept) == (not self.forbidden & set(shown))

    @invariant()
    def the_bound_holds(self) -> None:
        assert self.store.size()[1] <= self.store.limit

    def teardown(self) -> None:
        self.clock.close()
        self.folder.cleanup()


TestKept = Kept.TestCase


# --- the bound -----------------------------------------------------------------------------------------------------------


def test_a_flood_of_queries_pushes_no_page_out(clock: FileClock) -> None:
    store = PageStore(clock, 100 * (OVERHEAD + 1_500))
    for number in range(50):
        store.put(("page", number), entry(clock, b"x" * 1_000))
    for number in range(5_000):
        store.put(("query", number), entry(clock, b"x" * 1_000), has_query=True)
    assert all(store.get(("page", number)) for number in range(50))
    assert store.size()[1] <= store.limit


def test_what_is_read_outlives_what_is_not(clock: FileClock) -> None:
    store = PageStore(clock, int(12 * (OVERHEAD + 150) / (1 - QUERY_SHARE)))
    for number in range(10):
        store.put(number, entry(clock, b"x" * 100))
    store.get(3).used = True
    for number in range(100, 109):
        store.put(number, entry(clock, b"x" * 100))
    assert store.get(3) is not None and store.get(4) is None


def test_what_is_larger_than_the_store_is_not_kept(clock: FileClock) -> None:
    store = PageStore(clock, 10_000)
    store.put("huge", entry(clock, b"x" * 20_000))
    assert store.get("huge") is None and store.size() == (0, 0)


def test_a_replaced_and_a_dropped_page_give_their_room_back(clock: FileClock) -> None:
    store = PageStore(clock, 100_000)
    for size in (100, 2_000, 50):
        store.put("page", entry(clock, b"x" * size))
    assert store.size() == (1, 75 + OVERHEAD)
    store.drop("page")
    assert store.size() == (0, 0)
