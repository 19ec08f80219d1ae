"""An import killed with -9 at any point and started again leaves what an undisturbed one leaves: nothing twice, nothing missing."""

import json
import signal

import pytest

from lianxin.publishing.models import ArticlePage, ImportRun, Listing, Origin, Picture
from tests.killed import run_killed

WORK = """
from pathlib import Path
from lianxin.foundation import bulk
from lianxin.publishing.actions import imports as deeds
from lianxin.publishing.imports import run, sources

# Killed between two batches, between two tables, behind a picture that was just stored.
bulk.insert, deeds.take_picture, run.Desk.taken = counted(bulk.insert), counted(deeds.take_picture), counted(run.Desk.taken)
where = sources.source(Path(given["path"]))
plan = run.Plan(run.profile_of(""), column="departments", batch=4)
report = run.run(sources.entries(where), where.name, run.key_of(given["path"], where.files, plan), plan, show=False)
print(report.imported, report.duplicates, report.refused)
"""


def state():
    """What stays, without what is drawn anew each time."""
    articles = list(ArticlePage.objects.order_by("path").values_list("title", "published_at", "latest_revision__object_str", "path"))
    run = ImportRun.objects.get()
    return {
        "articles": articles,
        "slugs": ArticlePage.objects.values("slug").distinct().count() == len(articles),
        "listings": Listing.objects.count(),
        "pictures": Picture.objects.count(),
        "origins": list(Origin.objects.order_by("article__path").values_list("place", "digest")),
        "faults": list(run.faults.values_list("number", "place", "duplicate")),
        "counts": (run.position, run.imported, run.duplicates, run.refused, run.finished_at is not None),
        "tree": ArticlePage.find_problems(),
    }


@pytest.fixture
def start(transactional_db, site, column, tmp_path):
    """``start(kill_at)``: the import in a process of its own on the test database; returns its exit code."""
    from tests.publishing.imports.test_files import png

    rows = [{"标题": f"第{n}篇", "正文": f"<p>正文{n}<img src='图{n % 3}.png'></p>", "发布时间": f"2010-01-{n + 1:02}"} for n in range(10)]
    rows[3]["标题"] = ""
    rows[7] = rows[2]
    folder = tmp_path / "稿"
    folder.mkdir()
    (folder / "a.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    for number, colour in enumerate(("red", "green", "blue")):
        (folder / f"图{number}.png").write_bytes(png(colour))

    return lambda kill_at=0: run_killed(WORK, folder, kill_at)


@pytest.mark.parametrize("kills", [(1, 3), (6, 9, 13), (17, 22)])
def test_killed_and_resumed_it_leaves_what_an_undisturbed_one_leaves(start, kills):
    for kill_at in kills:
        killed = start(kill_at)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = start()
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["8", "1", "1"]
    after = state()
    assert [title for title, *_ in after["articles"]] == [f"第{n}篇" for n in range(10) if n not in (3, 7)]
    assert after["slugs"] and after["pictures"] == 3 and after["listings"] == 16
    assert after["faults"] == [(4, "a.jsonl 第 4 行", False), (8, "a.jsonl 第 8 行", True)]
    assert after["counts"] == (10, 8, 1, 1, True)
    assert after["tree"] == ([], [], [], [], [])
    assert [place for place, _ in after["origins"]] == [f"a.jsonl 第 {n + 1} 行" for n in range(10) if n not in (3, 7)]
