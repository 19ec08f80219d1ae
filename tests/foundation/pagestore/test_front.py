"""The front before Django: what is kept, what never is, what goes out, and what happens when pages cannot be rendered."""

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.signals import got_request_exception
from django.db import OperationalError

from lianxin.foundation.pagestore import front as fronts
from lianxin.foundation.pagestore.clock import FileClock, slot
from lianxin.foundation.pagestore.collecting import current
from lianxin.foundation.pagestore.front import Front
from lianxin.foundation.pagestore.store import PageStore

HTML = ("Content-Type", "text/html; charset=utf-8")


class Body(list):
    """What Django hands over: it knows whether it streams."""

    streaming = False


class Application:
    """Stands for Django: renders a page that says how often it was rendered."""

    def __init__(self) -> None:
        self.status, self.headers, self.parameters = "200 OK", [HTML], ("page",)
        self.tags, self.kept, self.failure, self.body = {"thing"}, True, None, Body
        self.rendered = 0

    def __call__(self, environ: dict[str, Any], start_response) -> Any:
        collection = current.get()
        if collection is not None:
            collection.kept, collection.parameters = self.kept, self.parameters
            collection.tags |= self.tags
        status = self.status
        if self.failure is not None:
            status = "500 Internal Server Error"
            try:
                raise self.failure
            except Exception:
                got_request_exception.send(sender=None, request=None)
        else:
            self.rendered += 1
        start_response(status, list(self.headers))
        return self.body([f"<p>{environ['PATH_INFO']} {self.rendered}</p>".encode()])


@pytest.fixture
def stage(tmp_path: Path, monkeypatch):
    counted: list[int] = []
    monkeypatch.setattr(fronts.counter, "count", lambda environ, status: counted.append(status) if environ["REQUEST_METHOD"] == "GET" else None)
    monkeypatch.setattr(fronts.counter, "note", lambda environ: counted.append(200))
    clock = FileClock(tmp_path / "clock")
    application = Application()
    front = Front(application, PageStore(clock, 1_000_000), {"city", "county"}.__contains__)

    def get(path: str = "/", query: str = "", method: str = "GET", host: str = "city", **headers: str) -> SimpleNamespace:
        environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": host, "wsgi.url_scheme": "http", **headers}
        answer = SimpleNamespace()

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> None:
            answer.status, answer.headers = int(status[:3]), {name.lower(): value for name, value in headers}

        answer.body = b"".join(front(environ, start)).decode()
        return answer

    yield SimpleNamespace(get=get, front=front, application=application, clock=clock, counted=counted)
    clock.close()


def test_a_page_is_rendered_once_and_purged_by_its_tag(stage) -> None:
    first, second = stage.get("/a/"), stage.get("/a/")
    assert first.body == second.body and stage.application.rendered == 1
    stage.clock.purge([slot("another thing")])
    assert stage.get("/a/").body == first.body
    stage.clock.purge([slot("thing")])
    assert stage.get("/a/").body != first.body
    assert stage.counted == [200] * 4, "kept or not, every page is a view"


def test_the_answer_says_what_browsers_need(stage) -> None:
    answer = stage.get("/a/")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["vary"] == "Accept-Encoding, Cookie"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["content-type"] == HTML[1]


def test_conditional_requests(stage) -> None:
    etag = stage.get("/a/").headers["etag"]
    for asked in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        answer = stage.get("/a/", HTTP_IF_NONE_MATCH=asked)
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, "", etag)
    assert stage.get("/a/", HTTP_IF_NONE_MATCH='"other"').status == 200
    stage.clock.purge([slot("thing")])
    assert stage.get("/a/", HTTP_IF_NONE_MATCH=etag).status == 200


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("*", "br"),
        ("identity", ""),
        ("", ""),
        ("gzip;q=0", ""),
        ("br;q=nonsense", ""),
        ("GZIP", "gzip"),
    ],
)
def test_encodings(accepted: str, encoding: str) -> None:
    assert fronts._encoding(accepted) == encoding


def test_head_is_answered_from_the_page_and_counts_nothing(stage) -> None:
    head = stage.get("/a/", method="HEAD")
    assert head.body == "" and int(head.headers["content-length"]) > 0
    assert stage.get("/a/").status == 200 and stage.application.rendered == 1
    assert stage.counted == [200]


@pytest.mark.parametrize(
    "why",
    [
        {"status": "404 Not Found"},
        {"status": "301 Moved Permanently"},
        {"status": "500 Internal Server Error"},
        {"kept": False},
        {"tags": set()},
        {"headers": [HTML, ("Set-Cookie", "a=b")]},
        {"headers": [HTML, ("Vary", "Cookie")]},
        {"headers": [HTML, ("Vary", "*")]},
        {"headers": [HTML, ("Cache-Control", "private")]},
        {"headers": [HTML, ("Cache-Control", "no-store")]},
        {"headers": [HTML, ("Content-Security-Policy", "script-src 'nonce-abc'")]},
        {"body": list},
    ],
    ids=str,
)
def test_default_is_no(stage, why: dict[str, Any]) -> None:
    for name, value in why.items():
        setattr(stage.application, name, value)
    assert stage.get("/a/").body != stage.get("/a/").body
    assert stage.front.store.size() == (0, 0)


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "POST"},
        {"HTTP_AUTHORIZATION": "Basic x"},
        {"HTTP_RANGE": "bytes=0-1"},
        {"HTTP_HX_REQUEST": "true"},
        {"HTTP_COOKIE": "sessionid=abc"},
        {"HTTP_COOKIE": "a=b; sessionid=abc"},
        {"host": "10.1.2.3"},
        {"host": "CITY"},
        {"query": "utm_source=x"},
        {"query": "page=1&page=2"},
        {"query": "page=1&x=2"},
        {"query": "page"},
    ],
    ids=str,
)
def test_whoever_asks_like_this_gets_a_page_of_his_own(stage, request_: dict[str, Any]) -> None:
    stage.get("/a/", **request_)
    stage.get("/a/", **request_)
    assert stage.application.rendered == 2 and stage.front.store.size()[0] == 0


def test_no_two_pages_are_mixed_up(stage) -> None:
    bodies = [
        stage.get("/a/").body,
        stage.get("/a/", host="county").body,
        stage.get("/a/", query="page=2").body,
        stage.get("/a/", HTTP_COOKIE="lianxin_mode=elder").body,
        stage.get("/b/").body,
    ]
    assert len(set(bodies)) == 5
    assert stage.get("/a/", HTTP_COOKIE="other=1").body == bodies[0], "a cookie of no meaning changes nothing"


def test_a_reader_cannot_have_a_page_kept_under_another_name(stage) -> None:
    stage.get("/a/", HTTP_X_FORWARDED_HOST="county", HTTP_X_FORWARDED_PROTO="https")
    assert [key[:2] for key in stage.front.store._pages] == [("http", "city")]


def test_invented_addresses_fill_nothing(stage) -> None:
    stage.application.status = "404 Not Found"
    for number in range(2_000):
        stage.get(f"/{number}/")
    assert stage.front.store.size() == (0, 0)
    assert not stage.front._flights


def test_readers_who_come_together_share_one_rendering(stage) -> None:
    inside, go_on = threading.Event(), threading.Event()
    render = stage.application
    stage.get("/a/")
    stage.front.store.clear()

    def slow(environ, start_response):
        inside.set()
        assert go_on.wait(30)
        return render(environ, start_response)

    stage.front.application = slow
    bodies: list[str] = []
    threads = [threading.Thread(target=lambda: bodies.append(stage.get("/a/").body)) for _ in range(1 + fronts.MOST_WAITING)]
    threads[0].start()
    assert inside.wait(30)
    for thread in threads[1:]:
        thread.start()
    while next(iter(stage.front._flights.values())).waiting < fronts.MOST_WAITING:
        pass
    # One more than may wait.
    late = stage.get("/a/")
    assert late.status == 503 and late.headers["retry-after"] == "2" and "刷新" in late.body
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert len(set(bodies)) == 1 and len(bodies) == len(threads) and render.rendered == 2


def test_nobody_waits_for_what_is_never_kept(stage) -> None:
    """A style sheet or a search that a hundred ask for at once: nobody is turned away."""
    stage.application.kept = False
    everybody, statuses = threading.Barrier(20), []
    render = stage.application

    def together(environ, start_response):
        everybody.wait(30)
        return render(environ, start_response)

    stage.front.application = together
    threads = [threading.Thread(target=lambda: statuses.append(stage.get("/a.css").status)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert statuses == [200] * 20


def test_one_too_many_gets_the_last_good_page(stage) -> None:
    good = stage.get("/a/").body
    stage.clock.purge([slot("thing")])
    key = next(iter(stage.front.store._pages))
    stage.front._flights[key] = flight = fronts._Flight()
    flight.waiting = fronts.MOST_WAITING
    assert stage.get("/a/").body == good


def test_without_the_database_readers_get_the_last_good_page(stage, caplog) -> None:
    good = stage.get("/a/").body
    stage.clock.purge([slot("thing")])
    stage.application.failure = OperationalError("gone")
    answers = [stage.get("/a/") for _ in range(3)]
    assert [(answer.status, answer.body) for answer in answers] == [(200, good)] * 3
    assert stage.get("/never/").status == 500
    assert [record.getMessage() for record in caplog.records].count("The database does not answer: readers get the last good pages.") == 1
    stage.application.failure = None
    assert stage.get("/a/").body != good


def test_what_was_withdrawn_is_gone_even_then(stage) -> None:
    stage.get("/a/")
    stage.clock.purge([slot("thing")], hard=True)
    stage.application.failure = OperationalError("gone")
    assert stage.get("/a/").status == 500


def test_a_fault_of_ours_is_shown_and_not_covered_up(stage) -> None:
    stage.get("/a/")
    stage.clock.purge([slot("thing")])
    stage.application.failure = ValueError("a fault")
    assert stage.get("/a/").status == 500


def test_without_a_store_everything_goes_through(stage) -> None:
    plain = Front(stage.application, None, {"city"}.__contains__)
    statuses: list[str] = []
    for _ in range(2):
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/a/", "QUERY_STRING": "", "HTTP_HOST": "city", "wsgi.url_scheme": "http"}
        list(plain(environ, lambda status, headers, *rest: statuses.append(status)))
    assert stage.application.rendered == 2 and stage.counted == [200, 200]


def test_a_citizens_session_reads_from_the_store_and_staffs_does_not(stage) -> None:
    first = stage.get("/a/", HTTP_COOKIE="citizenid=abc")
    assert stage.get("/a/").body == first.body and stage.get("/a/", HTTP_COOKIE="csrftoken=x; citizenid=def").body == first.body
    assert stage.application.rendered == 1
    stage.get("/a/", HTTP_COOKIE="citizenid=abc; sessionid=s")
    assert stage.application.rendered == 2
