"""A small old website on this machine is read in: politely, only it, and again from where it was cut short."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from lianxin.foundation.errors import Refused
from lianxin.publishing.imports import run, web
from lianxin.publishing.models import ArticlePage, Attachment, Picture
from tests.publishing.imports.test_files import png

pytestmark = pytest.mark.django_db

MAPPING = """
addresses = "/art/"
drop = [".share"]
[selectors]
title = "h1"
body = "#zoom"
date = ".info"
source = "meta[name=ContentSource]@content"
[columns]
"/art/edu/" = "education"
"""


def page(title, body, date="发布时间：2009-08-07 06:05 浏览 3 次"):
    head = f'<meta charset="gbk"><meta name="ContentSource" content="和安日报"><title>{title} - 旧站</title>'
    return f'<html><head>{head}</head><body><h1>{title}</h1><p class="info">{date}</p><div id="zoom">{body}</div></body></html>'.encode("gbk")


class OldSite:
    """What the site serves, what it was asked, and how often it is to fail."""

    def __init__(self):
        self.pages = {
            "/robots.txt": b"User-agent: *\nDisallow: /art/private/\n",
            "/art/1.html": page("第一篇", '<p>第一段。<img src="/img/a.png" alt="图"></p><p class="share">分享</p><a href="f/表.pdf">表</a>'),
            "/art/2.html": page("第二篇", "<p>正文二。<img src='http://other.example/x.png'></p><script>alert(1)</script>"),
            "/art/edu/3.html": page("第三篇", "<p>正文三。</p>"),
            "/art/private/4.html": page("第四篇", "<p>不许取。</p>"),
            "/art/5.html": b"<html><body>nothing</body></html>",
            "/img/a.png": png(),
            "/art/f/%E8%A1%A8.pdf": b"%PDF-1.4 x",
            "/list.html": b"<html></html>",
        }
        self.moved = {"/art/old.html": "/art/1.html", "/art/away.html": "http://169.254.169.254/latest"}
        self.asked, self.agents, self.busy = [], set(), {}

    def sitemap(self, root):
        places = [*self.pages, "/art/gone.html", "/art/away.html"]
        return ("<urlset>" + "".join(f"<url><loc>{root}{place}</loc></url>" for place in places) + "</urlset>").encode()


@pytest.fixture
def old_site():
    content = OldSite()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            content.asked.append(self.path)
            content.agents.add(self.headers["User-Agent"])
            root = f"http://{self.headers['Host']}"
            if content.busy.get(self.path, 0) > 0:
                content.busy[self.path] -= 1
                return self.answer(503, b"")
            if self.path in content.moved:
                return self.answer(302, b"", Location=content.moved[self.path])
            if self.path == "/sitemap.xml":
                index = f"<sitemapindex><sitemap><loc>{root}/map1.xml</loc></sitemap></sitemapindex>"
                return self.answer(200, index.encode())
            if self.path == "/map1.xml":
                return self.answer(200, content.sitemap(root))
            return self.answer(200 if self.path in content.pages else 404, content.pages.get(self.path, b""))

        def answer(self, status, body, **headers):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    content.root = f"http://127.0.0.1:{server.server_address[1]}/"
    yield content
    server.shutdown()
    server.server_close()


@pytest.fixture
def mapping(tmp_path):
    path = tmp_path / "old.toml"
    path.write_text(MAPPING, encoding="utf-8")
    return web.read_mapping(path)


@pytest.fixture
def take_site(site, column, other_column, mapping, old_site, tmp_path, monkeypatch):
    """``take_site(addresses)``: import these pages of the old site; without, those of its sitemap."""
    from django.conf import settings

    monkeypatch.setattr(settings, "HOME", tmp_path / "home")
    settings.HOME.mkdir()

    def make(addresses=None, batch=2):
        visitor = web.Visitor(old_site.root, pause=0)
        found = web.addresses_in_sitemap(visitor) if addresses is None else addresses
        plan = run.Plan(run.profile_of(""), column="departments", batch=batch)
        return run.run(web.entries(visitor, found, mapping), old_site.root, run.key_of(old_site.root, found, plan), plan, show=False)

    return make


def test_a_site_is_read_in_by_its_sitemap(take_site, old_site, faults, client, other_column):
    report = take_site()
    assert report.imported == 3
    first = ArticlePage.objects.get(title="第一篇")
    assert [block.block_type for block in first.body] == ["text", "picture", "text", "attachments"]
    assert "分享" not in str(first.body.get_prep_value()) and first.source == "和安日报"
    assert first.published_at.isoformat() == "2009-08-06T22:05:00+00:00"
    assert ArticlePage.objects.get(title="第三篇").get_parent().pk == other_column.pk
    assert Picture.objects.count() == Attachment.objects.count() == 1
    found = {place.removeprefix(old_site.root): reason for place, reason in faults(report).items()}
    assert "robots.txt" in found["art/private/4.html"] and "404" in found["art/gone.html"]
    assert "没有找到标题" in found["art/5.html"] and "不在网站" in found["art/away.html"]
    # The old address leads on, nothing else was asked for, and under our own name.
    assert client.get("/art/1.html", headers={"host": "hean.localhost"}).status_code == 301
    assert "/art/private/4.html" not in old_site.asked and "/list.html" not in old_site.asked
    assert old_site.agents == {web.AGENT}
    assert old_site.asked.count("/robots.txt") == 1


def test_a_busy_site_is_asked_again(take_site, old_site, faults):
    old_site.busy = {"/art/1.html": 2, "/art/2.html": 99}
    report = take_site(["/art/1.html", "/art/2.html"])
    assert report.imported == 1 and old_site.asked.count("/art/2.html") == web.TRIES
    assert "503" in next(iter(faults(report).values()))


def test_a_moved_page_is_followed_on_its_own_site_only(take_site, faults):
    report = take_site(["/art/old.html", "http://127.0.0.1:1/art/x.html", "file:///etc/passwd#/art/"])
    assert (report.imported, report.refused) == (1, 2)


def test_a_run_that_was_cut_short_asks_for_the_rest_only(take_site, old_site, monkeypatch):
    addresses = ["/art/1.html", "/art/edu/3.html", "/art/2.html"]
    taken = run.take_over

    def cut(*args):
        taken(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "take_over", cut)
    with pytest.raises(KeyboardInterrupt):
        take_site(addresses)
    monkeypatch.undo()
    old_site.asked.clear()
    report = run_again(take_site, addresses)
    assert (report.imported, report.resumed_at) == (3, 2)
    assert "/art/1.html" not in old_site.asked and "/art/2.html" in old_site.asked


def run_again(take_site, addresses):
    return take_site(addresses)


def test_large_files_are_left(take_site, old_site, monkeypatch, faults):
    monkeypatch.setattr(web, "MOST_PAGE", 10_000)
    old_site.pages["/art/2.html"] = page("大", "长" * 20_000)
    report = take_site(["/art/2.html"])
    assert "超过" in next(iter(faults(report).values()))


def test_pauses_lie_between_requests(old_site, monkeypatch):
    slept = []
    # The module's own clock only: other threads of this process sleep as well.
    monkeypatch.setattr(web, "time", SimpleNamespace(sleep=slept.append, monotonic=time.monotonic))
    old_site.pages["/robots.txt"] = b"User-agent: *\nCrawl-delay: 7\n"
    visitor = web.Visitor(old_site.root, pause=2)
    visitor.get(old_site.root + "art/1.html", 10**6)
    visitor.get(old_site.root + "art/2.html", 10**6)
    assert len(slept) == 2 and all(6 < pause <= 7 for pause in slept)


@pytest.mark.parametrize(
    "text, reason",
    [
        ("[selectors]\ntitle = 'h1'\n", "缺少 body"),
        ("[selectors]\ntitle = 'h1'\nbody = '#a'\ncolour = 'b'\n", "不认识"),
        ("[selectors]\ntitle = 'h1'\nbody = '#a[['\n", "写错了"),
        ("addresses = '('\n[selectors]\ntitle = 'h1'\nbody = '#a'\n", "写错了"),
        ("= broken", "读不懂"),
    ],
)
def test_a_bad_mapping_is_refused(tmp_path, text, reason):
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=reason):
        web.read_mapping(path)


def test_what_is_no_address_is_refused():
    with pytest.raises(Refused, match="不是网址"):
        web.Visitor("www.example.gov.cn")


def test_a_list_of_addresses_is_kept_until_the_import_is_done(tmp_path, monkeypatch):
    from django.conf import settings

    monkeypatch.setattr(settings, "HOME", tmp_path)
    assert web.kept_addresses("a", lambda: ["1", "2"]) == ["1", "2"]
    assert web.kept_addresses("a", lambda: ["3"]) == ["1", "2"]
    web.forget_addresses("a")
    assert web.kept_addresses("a", lambda: ["3"]) == ["3"]
    path = tmp_path / "list.txt"
    path.write_text("# 旧站\nhttp://a/1\n\nhttp://a/1\nhttp://a/2\n", encoding="utf-8")
    assert web.addresses_in_file(path) == ["http://a/1", "http://a/2"]
