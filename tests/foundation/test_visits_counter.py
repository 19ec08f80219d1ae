"""What is counted, what a line holds, and that the address of a reader is never written."""

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lianxin.foundation.visits import counter

AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile"


def request(path: str = "/news/", **more: str) -> dict[str, Any]:
    environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "QUERY_STRING": "", "HTTP_HOST": "WWW.hean.example:8000"}
    return {**environ, "REMOTE_ADDR": "203.0.113.7", "HTTP_USER_AGENT": AGENT, **more}


@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Any) -> Iterator[counter.Writer]:
    """A writer without its thread, so that a test says when it writes."""
    # One that an earlier test started would take away what this one counts.
    if counter._writer is not None:
        counter._writer._ended.set()
        counter._writer.finish()
    made = counter.Writer(tmp_path / "visits")
    monkeypatch.setattr(counter, "_writer", made)
    counter._waiting.clear()
    yield made
    made.finish()


def lines(writer: counter.Writer) -> list[list[Any]]:
    writer.finish()
    return [json.loads(line) for path in sorted(writer.folder.glob("*.visits")) for line in path.read_text(encoding="utf-8").splitlines()]


def test_views_that_are_alike_become_one_line(writer: counter.Writer) -> None:
    for _ in range(3):
        counter.count(request(), 200)
    counter.count(request(), 304)
    counter.count(request("/"), 200)
    assert [(line[0], line[1], line[2], line[7]) for line in lines(writer)] == [
        ("2025-03-03T09", "www.hean.example:8000", "/news/", 4),
        ("2025-03-03T09", "www.hean.example:8000", "/", 1),
    ]


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        (request(), 404),
        (request(), 500),
        (request(), 301),
        (request(REQUEST_METHOD="HEAD"), 200),
        (request(REQUEST_METHOD="POST"), 200),
        (request("/static/portal/site.css"), 200),
        (request("/desk/"), 200),
        (request("/documents/1/a/"), 200),
        (request("/feeds/news/"), 200),
        (request("/healthz"), 200),
        (request("/sitemap.xml"), 200),
    ],
)
def test_what_is_no_page_for_readers_is_not_counted(writer: counter.Writer, environ: dict[str, Any], status: int) -> None:
    counter.count(environ, status)
    assert lines(writer) == []


def test_address_and_the_rest_of_a_referrer_are_never_written(writer: counter.Writer) -> None:
    counter.count(request(HTTP_REFERER="https://www.baidu.com/s?wd=%E4%BE%9B%E6%9A%96&account=zhangsan"), 200)
    [line] = lines(writer)
    assert line[3:5] == ["供暖", "www.baidu.com"]
    written = "".join(path.read_text() for path in writer.folder.rglob("*") if path.is_file())
    assert "203.0.113.7" not in written and "zhangsan" not in written


def test_words_of_our_own_search(writer: counter.Writer) -> None:
    counter.count(request("/search/", QUERY_STRING="q=%E5%85%AC%E7%A7%AF%E9%87%91&page=2"), 200)
    counter.count(request("/news/", QUERY_STRING="q=hidden"), 200)
    assert [line[3] for line in lines(writer)] == ["公积金", ""]


@pytest.mark.parametrize("referrer", ["http://[broken", "x" * 5000, "https://www.baidu.com/?" + "&".join(["a=1"] * 200), "javascript:alert(1)"])
def test_a_strange_referrer_does_no_harm(writer: counter.Writer, referrer: str) -> None:
    counter.count(request(HTTP_REFERER=referrer, HTTP_USER_AGENT="\udcff\x00" + "a" * 9000), 200)
    [line] = lines(writer)
    assert len(line[6]) <= counter.LONGEST and line[3] == ""


def test_one_visitor_has_one_mark_for_the_day(writer: counter.Writer, clock: Any) -> None:
    counter.count(request("/a/"), 200)
    writer.write()
    counter.count(request("/b/"), 200)
    counter.count(request("/c/", REMOTE_ADDR="203.0.113.8"), 200)
    writer.write()
    clock.shift(days=1)
    counter.count(request("/d/"), 200)
    first, second, other, tomorrow = (line[5] for line in lines(writer))
    assert first == second
    assert len({first, other, tomorrow}) == 3


@pytest.mark.parametrize("behind_proxy", [False, True])
def test_the_proxy_is_believed_only_where_there_is_one(writer: counter.Writer, behind_proxy: bool) -> None:
    writer.behind_proxy = behind_proxy
    counter.count(request(HTTP_X_FORWARDED_HOST="county.example", HTTP_X_FORWARDED_FOR="forged, 198.51.100.1"), 200)
    counter.count(request(), 200)
    proxied, direct = lines(writer)
    assert direct[1] == "www.hean.example:8000"
    assert proxied[1] == ("county.example" if behind_proxy else direct[1])
    assert (proxied[5] == direct[5]) is not behind_proxy


def test_files_are_for_their_owner_only_and_held_while_written(writer: counter.Writer) -> None:
    counter.count(request(), 200)
    writer.write()
    [path] = writer.folder.glob("*.visits")
    assert path.stat().st_mode & 0o077 == 0 and writer.folder.stat().st_mode & 0o077 == 0
    with path.open() as file:
        with pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        writer.finish()
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_disk_that_refuses_loses_views_and_nothing_else(writer: counter.Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> int:
        raise OSError("no space left")

    counter.count(request(), 200)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", refuse)
        writer.write()
    counter.count(request("/later/"), 200)
    assert [line[2] for line in lines(writer)] == ["/later/"]


def test_memory_is_bounded(writer: counter.Writer, caplog: pytest.LogCaptureFixture) -> None:
    # Past the writer's own thread, which would take some away meanwhile.
    entry = "\n".join(("localhost", "/", *[""] * (counter.PARTS - 2)))
    counter._waiting.extend([entry] * (counter.MOST_WAITING + 10))
    assert sum(line[7] for line in lines(writer)) == counter.MOST_WAITING
    assert "not counted" in caplog.text


def test_a_forked_child_counts_for_itself(writer: counter.Writer) -> None:
    counter.count(request(), 200)
    child = os.fork()
    if child == 0:
        empty = counter._writer is None and not counter._waiting
        os._exit(0 if empty else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert [line[7] for line in lines(writer)] == [1]


def test_a_line_end_in_an_address_loses_that_view_and_no_other(writer: counter.Writer) -> None:
    counter.count(request("/a\nb/"), 200)
    counter.count(request("/whole/"), 200)
    assert [line[2] for line in lines(writer)] == ["/whole/"]
