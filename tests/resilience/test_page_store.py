"""Kept pages with real processes: nothing stale under random deeds, and readers who notice nothing when the database goes away."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from bench.soak import soak
from lianxin.foundation.pagestore.clock import EVERYTHING, FileClock, slot
from lianxin.publishing import actions
from lianxin.publishing.models import ColumnPage, SiteProfile
from tests.resilience.test_supervisor import free_port, until

ROOT = Path(__file__).resolve().parent.parent.parent
ON_POSTGRES = "postgres" in settings.DATABASES["default"]["ENGINE"]
pytestmark = pytest.mark.django_db(transaction=True)


class Gateway:
    """Stands between the web server and PostgreSQL, and can be away as a stopped server is: connections end, new ones are refused."""

    def __init__(self, target: str) -> None:
        self.target, self.port = target, free_port()
        self._open: list[socket.socket] = []
        self._listener: socket.socket | None = None

    def start(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop(self) -> None:
        if self._listener is not None:
            _end(self._listener)
            self._listener = None
        for each in self._open:
            _end(each)
        self._open.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.target)
            self._open += [client, server]
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        finally:
            for each in (source, sink):
                _end(each)


def _end(connection: socket.socket) -> None:
    # To close alone would leave the thread that waits on it, and the connection with it.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@pytest.fixture
def gateway() -> Iterator[Gateway | None]:
    if not ON_POSTGRES:
        yield None
        return
    made = Gateway(f"{connection.settings_dict['HOST']}/.s.PGSQL.{connection.settings_dict['PORT'] or 5432}")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def site(city, tmp_path: Path, gateway: Gateway | None, request: pytest.FixtureRequest) -> Iterator[SimpleNamespace]:
    """A site on the test's database, served on a home folder of its own by two web processes, or as many as the test asks for."""
    from wagtail.models import Site

    port = free_port()
    call_command("createcachetable", "lianxin_cache")
    Site.objects.all().delete()
    profile = actions.add_site(
        None,
        hostname="localhost",
        port=port,
        name="和安市人民政府",
        tier=SiteProfile.Tier.CITY,
        organisation=city.root,
        is_default=True,
        organiser="市政府",
    )
    home = profile.site.root_page.specific
    columns = [actions.open_column(None, home, title=title, slug=slug, kind="news") for title, slug in (("要闻", "a"), ("部门", "b"))]
    folder = tmp_path / "home"
    (folder / "static").mkdir(parents=True)
    environment = {
        **os.environ,
        "LIANXIN_HOME": str(folder),
        "PORT": str(port),
        "DJANGO_SETTINGS_MODULE": "lianxin.settings",
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("DATABASE_URL", None)
    if gateway is not None:
        name = connection.settings_dict["NAME"]
        environment["DATABASE_URL"] = f"postgres://lianxin@127.0.0.1:{gateway.port}/{quote(str(name))}"
    else:
        (folder / "lianxin.sqlite3").symlink_to(connection.settings_dict["NAME"])
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--port",
        str(port),
        "--workers",
        str(getattr(request, "param", 2)),
        "--blocking-threads",
        "4",
        "--log-level",
        "warning",
    ]
    with (tmp_path / "web.log").open("wb") as log:
        web = subprocess.Popen([*command, "lianxin.foundation.web:application"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    base = f"http://localhost:{port}"
    until(lambda: _status(base + "/healthz") == 200, "the web server answers")
    yield SimpleNamespace(base=base, environment=environment, columns=columns, home=folder, log=tmp_path / "web.log", city=city, folder=tmp_path)
    web.terminate()
    web.wait(30)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE lianxin_cache")


def _status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            answer.read()
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def test_nothing_older_than_a_second_is_shown(site: SimpleNamespace) -> None:
    fixed = ["/", "/a/", "/b/", "/feeds/a/"]
    seen = soak(site.base, site.environment, [column.pk for column in site.columns], fixed, 6, site.folder)
    board = site.folder / "board.jsonl"
    assert not seen.failures and not seen.stale(board)
    assert len(board.read_text().splitlines()) > 10 and sum(len(marks) for _, _, marks in seen.answers) > 50


# One process, so that every page that was read once is kept by the one that is asked again.
@pytest.mark.parametrize("site", [1], indirect=True)
@pytest.mark.skipif(not ON_POSTGRES, reason="a SQLite database is a file beside the program: it does not go away by itself")
def test_without_the_database_readers_notice_nothing(site: SimpleNamespace, gateway: Gateway, publish_in: Callable) -> None:
    withdrawn = publish_in(site.columns[0], "撤下的稿件", "withdrawn")
    publish_in(site.columns[0], "留着的稿件", "kept")
    pages = [site.base + path for path in ("/", "/a/", "/a/kept/", "/a/withdrawn/")]
    assert [_status(page) for page in pages] == [200] * 4
    statuses: set[int] = set()
    ended = threading.Event()

    def keep_reading() -> None:
        while not ended.is_set():
            statuses.update(_status(page) for page in pages[:3])

    readers = [threading.Thread(target=keep_reading) for _ in range(3)]
    for reader in readers:
        reader.start()
    gateway.stop()
    clock = FileClock(site.home / "run" / "page-clock")
    for _ in range(20):
        # Everything is out of date, and nothing can be rendered.
        clock.purge([slot(EVERYTHING)])
        time.sleep(0.05)
    ended.set()
    for reader in readers:
        reader.join()
    assert statuses == {200}
    assert "last good pages" in site.log.read_text()
    clock.purge([slot(f"publishing.articlepage:{withdrawn.pk}")], hard=True)
    assert {_status(pages[3]) for _ in range(6)} == {500}, "what must not be seen is not seen"
    gateway.start()
    until(lambda: all(_status(page) == 200 for page in pages), "pages are rendered again")


@pytest.fixture
def publish_in(site: SimpleNamespace) -> Callable:
    """``publish_in(column, title, slug)``: a public article."""
    from django.utils import timezone

    def make(column: ColumnPage, title: str, slug: str):
        body = [{"type": "text", "value": "<p>正文。</p>"}]
        return actions.import_published(
            ColumnPage.objects.get(pk=column.pk), published_at=timezone.now(), title=title, slug=slug, organisation=site.city.education, body=body
        )

    return make
