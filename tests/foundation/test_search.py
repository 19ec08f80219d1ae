"""The search engine by itself: words, questions, the index on disk, and what happens when its writer dies."""

import json
import multiprocessing
import os
import random
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from lianxin.foundation.jobs.worker import run_due
from lianxin.foundation.models import IndexChange
from lianxin.foundation.search import engine, folder, rebuild, sources, updates, writing
from lianxin.foundation.search.analysis import Analyzer, finest, normal
from lianxin.foundation.search.engine import Question
from lianxin.foundation.search.highlight import excerpt, marked

WHEN = datetime(2025, 3, 1, 9, 0, tzinfo=UTC)


class Shelf:
    """A source whose documents lie in memory."""

    name = "shelf"

    def __init__(self) -> None:
        self.held: dict[int, sources.Document] = {}

    def put(self, number: int, title: str, body: str = "", **fields) -> None:
        self.held[number] = sources.Document(number, title, fields.pop("at", WHEN), body=body, **fields)

    def numbers(self) -> Iterator[Sequence[int]]:
        yield sorted(self.held)

    def documents(self, numbers: Iterable[int]) -> list[sources.Document]:
        return [self.held[number] for number in sorted(set(numbers)) if number in self.held]


@pytest.fixture
def shelf(settings, tmp_path, monkeypatch) -> Iterator[Shelf]:
    settings.HOME = tmp_path
    made = Shelf()
    monkeypatch.setattr(sources, "_sources", {"shelf": made})
    folder.forget()
    yield made
    folder.forget()


@pytest.fixture
def library(shelf, db) -> Shelf:
    """A few documents, indexed."""
    shelf.put(
        1, "和安市人民政府关于公积金提取的通知", "职工提取住房公积金，到政务大厅办理。", facets={"site": ["1"], "year": ["2025"], "kind": ["notices"]}
    )
    shelf.put(2, "图书馆新馆开放", "新馆每天开放十二小时，读者凭身份证入馆。政府信息公开专区设在二楼。", facets={"site": ["1"], "year": ["2025"]})
    shelf.put(
        3, "教育局答家长问", "幼儿园报名从六月开始，家长可在政务服务网办理。", facets={"site": ["2"], "year": ["2024"]}, at=WHEN - timedelta(days=400)
    )
    shelf.put(4, "政务服务网升级公告", "政务服务网升级期间停止办理，请到政务大厅提取号码。", facets={"site": ["2"], "year": ["2025"]})
    shelf.put(5, "民政部门走访困难群众", "公积金、教育局、幼儿园报名都有人答。", facets={"site": ["1"], "year": ["2025"]})
    rebuild.rebuild()
    return shelf


def numbers(text: str, **options) -> list[str]:
    return [hit.title for hit in engine.search(Question(text, **options)).hits]


# --- words -------------------------------------------------------------------------------------------------------------------------------


def test_a_word_is_cut_the_same_way_wherever_it_stands() -> None:
    analyzer = Analyzer(["和安市教育局"])
    assert finest("人民政府") == ("人民", "政府")
    assert analyzer.terms("和安市教育局").compounds == ["和安市教育局", "教育局"]
    whole = " ".join(analyzer.terms("和安市教育局的住房公积金").fine)
    assert "教育 局" in whole and "公积 金" in whole
    assert " ".join(finest("公积金")) == "公积 金"


@given(st.text(max_size=200))
def test_any_text_can_be_cut_and_loses_no_letter(text: str) -> None:
    analyzer = Analyzer(["青石县"])
    joined = "".join(analyzer.segment(normal(text)))
    assert joined == normal(text)
    for term in analyzer.terms(text).fine:
        assert term.strip() == term != ""


@given(st.text(alphabet="ａＢｃ１２３ABC123", max_size=30))
def test_width_and_case_make_no_difference(text: str) -> None:
    assert normal(text) == normal(normal(text)).lower()
    assert normal(text).isascii()


def test_words_within_a_name_are_compounds_of_their_own() -> None:
    analyzer = Analyzer(["和安市人民政府", "和安市"])
    assert set(analyzer.terms("和安市人民政府").compounds) == {"和安市人民政府", "和安市", "人民政府"}


# --- questions ---------------------------------------------------------------------------------------------------------------------------


def test_parts_of_words_are_found_and_chance_neighbours_are_not(library) -> None:
    assert "和安市人民政府关于公积金提取的通知" in numbers("政府")
    # 民政 is no word of 人民政府.
    assert numbers("民政") == ["民政部门走访困难群众"]


def test_a_title_counts_more_than_a_text(library) -> None:
    assert numbers("公积金")[0] == "和安市人民政府关于公积金提取的通知"
    assert numbers("教育局")[0] == "教育局答家长问"


def test_what_is_newer_comes_first_when_all_else_is_equal(shelf, db) -> None:
    for number, year in enumerate((2012, 2024, 2018), start=1):
        shelf.put(number, "垃圾分类通知", "从下月起分类投放。", at=WHEN.replace(year=year))
    rebuild.rebuild()
    years = [hit.at.year for hit in engine.search(Question("垃圾分类")).hits]
    assert years == [2024, 2018, 2012]
    assert [hit.at.year for hit in engine.search(Question("垃圾分类", sort="date")).hits] == years


def test_all_words_first_then_those_with_some(library) -> None:
    answer = engine.search(Question("幼儿园 报名 政务服务"))
    assert answer.hits[0].title == "教育局答家长问" and answer.is_relaxed and answer.total > 1
    assert not engine.search(Question("幼儿园")).is_relaxed


def test_a_quoted_phrase_holds_together(library) -> None:
    assert numbers("“政务服务网升级”") == ["政务服务网升级公告"]
    assert numbers('"服务政务"') == []


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("zhengwu", "政务"),
        ("ZhengWu", "政务"),
        ("zheng wu dating", "政务大厅"),
        ("gongjijin提取", "公积金提取"),
        ("gjj", "公积金"),
        ("gongjij", "公积金"),
    ],
)
def test_pinyin_is_read(library, typed: str, read: str) -> None:
    assert engine.search(Question(typed)).read_as == read
    assert numbers(typed) == numbers(read)


@pytest.mark.parametrize(("typed", "read"), [("公机金", "公积金"), ("教玉局", "教育局"), ("幼儿圆报名", "幼儿园报名"), ("公职金", "公积金")])
def test_a_slip_is_mended(library, typed: str, read: str) -> None:
    assert engine.search(Question(typed)).read_as == read


def test_facets_count_and_narrow(library) -> None:
    answer = engine.search(Question("办理"))
    assert dict(answer.facets["site"]) == {"1": 1, "2": 2}
    narrowed = engine.search(Question("办理", filters={"site": "2", "year": "2024"}))
    assert [hit.title for hit in narrowed.hits] == ["教育局答家长问"]
    # The other values of a chosen facet stay on offer, with what they would give.
    assert dict(narrowed.facets["year"]) == {"2024": 1, "2025": 1}


def test_what_has_expired_is_not_found(shelf, db, clock) -> None:
    shelf.put(1, "临时停水", "今天停水。", expires_at=clock.now() + timedelta(hours=1))
    rebuild.rebuild()
    assert numbers("停水") == ["临时停水"]
    clock.shift(hours=2)
    assert numbers("停水") == []


HARD = [
    "政" * 10_000,
    "公积金 " * 3_000,
    'AND OR NOT "',
    "title:政府 body:*",
    "+政府 -公积金 ~2 ^5 [a TO z] {x} (( ))",
    "的 了 和",
    "😀🎉",
    "\u202e政府\u200f\u2066",
    "\x00\x07政\x1b府",
    "“政府",
    '"""',
    "」「”“",
    "\\ / ? * %",
    "\ud800",
    "x" * 300,
    "zhuangchuangshuang" * 5,
    "'; DROP TABLE word; --",
    "%_%",
    "",
    "   ",
]


@pytest.mark.parametrize("typed", HARD, ids=range(len(HARD)))
def test_whatever_is_typed_gets_an_answer(library, typed: str) -> None:
    answer = engine.search(Question(typed, filters={"site": "99", "planet": "mars", "year": "'"}, page=10**9, size=10**9))
    assert answer.total >= 0
    engine.suggest(typed)


@given(st.text(max_size=60))
def test_no_text_breaks_a_question(text: str) -> None:
    analyzer = Analyzer(["青石县"])
    found = engine.clauses(text, analyzer)
    assert len(found) <= engine.MOST_CLAUSES
    assert all(clause.parts for clause in found)


def test_hidden_marks_do_not_hide_a_word(library) -> None:
    assert numbers("政\u200b府") == numbers("政府") == numbers("\u202e政府")


def test_pages_end_somewhere(library, monkeypatch) -> None:
    first = engine.search(Question("办理", size=2))
    second = engine.search(Question("办理", size=2, page=2))
    assert len(first.hits) == 2 and len(second.hits) == 1 and first.pages == 2
    beyond = engine.search(Question("办理", size=2, page=10**12))
    assert (beyond.page, [hit.title for hit in beyond.hits]) == (2, [hit.title for hit in second.hits])
    monkeypatch.setattr(engine, "LAST_PAGE", 1)
    assert engine.search(Question("办理", size=2, page=10**12)).page == 1


def test_suggestions_for_characters_pinyin_and_initials(library) -> None:
    assert "公积金" in engine.suggest("公积").words
    assert "公积金" in engine.suggest("gongji").words
    assert "公积金" in engine.suggest("gjj").words
    assert [hit.title for hit in engine.suggest("图书").hits] == ["图书馆新馆开放"]


def test_marks_are_put_on_escaped_text() -> None:
    assert marked("<b>政府</b>的政府", ["政府"]) == "&lt;b&gt;<mark>政府</mark>&lt;/b&gt;的<mark>政府</mark>"
    assert marked("公积金提取", ["公积金", "提取"]) == "<mark>公积金提取</mark>"


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=4), max_size=4), st.integers(20, 120))
def test_an_excerpt_is_short_and_comes_from_the_text(text: str, words: list[str], length: int) -> None:
    piece = excerpt(text, words, length)
    assert len(piece) <= length + 2
    assert piece.strip("…") in " ".join(text.split())


def test_an_excerpt_shows_the_words() -> None:
    text = "开头的话。" * 60 + "住房公积金可以提取。" + "结尾的话。" * 60
    assert "公积金可以提取" in excerpt(text, ["公积金"], 80)


# --- keeping up --------------------------------------------------------------------------------------------------------------------------


def test_changes_reach_the_index_in_few_commits(library, monkeypatch) -> None:
    commits = []
    monkeypatch.setattr(updates, "apply", lambda rows, path, apply=updates.apply: commits.append(len(rows)) or apply(rows, path))
    for number in range(100, 140):
        library.put(number, f"第{number}号公告", "燃气管道检修。")
        updates.changed("shelf", [number])
    del library.held[1]
    updates.changed("shelf", [1])
    assert numbers("燃气") == []
    run_due()
    assert engine.search(Question("燃气")).total == 40
    assert "和安市人民政府关于公积金提取的通知" not in numbers("公积金")
    assert commits == [41]


def test_what_is_rolled_back_is_not_told(library) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        updates.changed("shelf", [2])
        raise ZeroDivisionError
    assert not IndexChange.objects.exists()


def test_a_gathering_writes_once_and_nothing_when_it_fails(library) -> None:
    with updates.gathered():
        updates.changed("shelf", [1, 2])
        with updates.gathered():
            updates.changed("shelf", [2, 3])
        assert not IndexChange.objects.exists()
    assert list(IndexChange.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]
    with pytest.raises(ZeroDivisionError), updates.gathered():
        updates.changed("shelf", [4])
        raise ZeroDivisionError
    assert IndexChange.objects.count() == 3


def test_disagreement_is_found_and_mended(library) -> None:
    assert list(rebuild.disagreement()) == []
    del library.held[2]
    library.put(3, "教育局改了题目")
    library.put(9, "从未告知的公告")
    found = rebuild.differences()[0]
    assert (found.missing, found.stale, found.surplus) == ([9], [3], [2])
    assert len(list(rebuild.disagreement())) == 3
    rebuild.repair()
    assert list(rebuild.disagreement()) == []


def test_without_an_index_it_says_so_and_builds_one(shelf, db) -> None:
    with pytest.raises(folder.NotBuilt):
        engine.search(Question("政府"))
    assert len(list(rebuild.disagreement())) == 1
    shelf.put(1, "政府公报")
    updates.changed("shelf", [1])
    run_due()
    rebuild.build_if_missing.call()
    assert numbers("政府") == ["政府公报"]


def test_an_index_of_another_version_is_built_anew(library) -> None:
    pointer = folder.top() / "current"
    pointer.write_text(json.dumps({**json.loads(pointer.read_text()), "version": folder.VERSION + 1}))
    assert not folder.exists()
    rebuild.build_if_missing.call()
    assert numbers("政府")


def test_what_changes_during_a_rebuild_is_in_the_new_index(library, monkeypatch) -> None:
    real = rebuild.vocabulary.write

    def meanwhile(path: Path, searcher) -> int:
        library.put(7, "重建时发布的公告")
        updates.changed("shelf", [7])
        run_due()
        assert numbers("重建") == ["重建时发布的公告"]
        return real(path, searcher)

    monkeypatch.setattr(rebuild.vocabulary, "write", meanwhile)
    before = folder.current()
    rebuild.rebuild()
    assert folder.current() != before
    assert numbers("重建") == ["重建时发布的公告"]


def test_a_rebuild_settles_what_waited_before_it(library) -> None:
    library.put(7, "重建前发布的公告")
    updates.changed("shelf", [7])
    rebuild.rebuild()
    assert numbers("“重建前”") == ["重建前发布的公告"]
    assert not IndexChange.objects.filter(done_at=None).exists()


def test_old_folders_go_after_a_while_and_those_being_built_stay(library, monkeypatch) -> None:
    old = folder.current()
    rebuild.rebuild()
    assert old.exists()
    monkeypatch.setattr(folder.SHELF, "keep_seconds", -1.0)
    coming = folder.new_folder(frozenset())
    with folder.building(coming):
        folder.sweep()
        assert coming.exists()
    assert not old.exists() and folder.current().exists()
    folder.sweep()
    assert not coming.exists()


def test_new_own_words_bring_a_new_index_at_night(library, monkeypatch) -> None:
    before = folder.current()
    rebuild.follow_words.call()
    assert folder.current() == before
    monkeypatch.setattr(rebuild.text, "own_words", lambda: frozenset({"和安东站"}))
    rebuild.follow_words.call()
    assert folder.words_of(folder.current()) == {"和安东站"}


def test_done_changes_are_forgotten_after_hours(library, clock) -> None:
    updates.changed("shelf", [1])
    run_due()
    clock.shift(hours=1)
    updates.forget_done.call()
    assert IndexChange.objects.count() == 1
    clock.shift(hours=24)
    updates.forget_done.call()
    assert not IndexChange.objects.exists()


# --- processes that die ------------------------------------------------------------------------------------------------------------------


def _write_until_killed(home: str, path: str, ready) -> None:
    from django.conf import settings

    settings.HOME = Path(home)
    analyzer = Analyzer(())
    with folder.lock(), folder.writing(Path(path)) as writer:
        for number in range(1000, 100_000):
            made = writing.entry("shelf", sources.Document(number, "写到一半的公告", WHEN, body="正在写入" * 50), analyzer)
            writing.put(writer, [made], folder.schema())
            if number == 1200:
                writer.commit()
                ready.set()


def test_a_writer_that_is_killed_leaves_an_index_that_reads_and_writes(library, tmp_path) -> None:
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    child = context.Process(target=_write_until_killed, args=(str(tmp_path), str(folder.current()), ready))
    child.start()
    assert ready.wait(60)
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    assert child.exitcode == -signal.SIGKILL
    # Readers go on with what was committed, and the next writer needs nobody to clear up.
    assert numbers("图书馆") == ["图书馆新馆开放"]
    library.put(8, "下一个写入的公告")
    updates.changed("shelf", [8])
    run_due()
    assert numbers("“下一个写入”") == ["下一个写入的公告"]
    assert rebuild.differences()[0].surplus[0] == 1000
    rebuild.repair()
    assert list(rebuild.disagreement()) == []


def _hold(home: str, path: str, ready, done) -> None:
    from django.conf import settings

    settings.HOME = Path(home)
    with folder.lock():
        ready.set()
        done.wait(60)


def test_a_second_writer_waits_and_then_says_busy(library, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(folder.SHELF, "lock_seconds", 0.1)
    context = multiprocessing.get_context("fork")
    ready, done = context.Event(), context.Event()
    child = context.Process(target=_hold, args=(str(tmp_path), str(folder.current()), ready, done))
    child.start()
    assert ready.wait(60)
    with pytest.raises(folder.Busy), folder.lock():
        pass
    done.set()
    child.join()
    with folder.lock():
        pass


def _read_many(home: str, seed: int, times: int, failures) -> None:
    from django.conf import settings

    settings.HOME = Path(home)
    folder.forget()
    chosen = random.Random(seed)
    for _ in range(times):
        try:
            if not engine.search(Question(chosen.choice(["图书馆", "公积金", "教育局"]))).hits:
                failures.put("nothing found")
        except Exception as error:
            failures.put(repr(error))


def test_readers_in_two_processes_notice_nothing_of_rebuilds(library, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(folder.SHELF, "keep_seconds", -1.0)
    context = multiprocessing.get_context("fork")
    failures = context.Queue()
    readers = [context.Process(target=_read_many, args=(str(tmp_path), seed, 300, failures)) for seed in (1, 2)]
    own = threading.Thread(target=_read_many, args=(str(tmp_path), 3, 50, failures))
    for reader in (*readers, own):
        reader.start()
    for _ in range(4):
        rebuild.rebuild()
    for reader in (*readers, own):
        reader.join(60)
    assert failures.empty(), failures.get()


def test_facets_of_many_hits_are_estimated_from_a_sample(shelf, db, monkeypatch) -> None:
    """Counted in full or estimated, the same values come in about the same numbers; the total stays exact."""
    for number in range(1, 401):
        shelf.put(number, f"供暖通知 {number}", "今年供暖提前开始。", facets={"site": ["1" if number % 4 else "2"], "year": ["2025"]})
    rebuild.rebuild()
    exact = engine.search(Question("供暖"))
    assert (exact.total, dict(exact.facets["site"]), exact.estimated) == (400, {"1": 300, "2": 100}, frozenset())
    monkeypatch.setattr(engine, "_COUNTED", 100)
    monkeypatch.setattr(engine, "_SAMPLE", 200)
    guessed = engine.search(Question("供暖", filters={"year": "2025"}))
    assert guessed.total == 400 and "site" in guessed.estimated
    sites = dict(guessed.facets["site"])
    assert 240 <= sites["1"] <= 360 and 60 <= sites["2"] <= 140
    assert len(guessed.hits) == len(exact.hits)
