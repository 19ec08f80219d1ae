"""Kept pages are what a rendering would show now: after every deed each page from the store equals one made anew.

And a purge touches the pages that show the thing, not the others.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from tempfile import NamedTemporaryFile
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import RequestFactory
from django.utils import timezone

from lianxin.casework import actions as casework
from lianxin.casework.models import Case
from lianxin.casework.queries import by_number_and_secret
from lianxin.figures import actions as figures
from lianxin.figures.models import Day, Entry
from lianxin.foundation import calendar, pagestore
from lianxin.foundation.pagestore.collecting import Collection, current
from lianxin.foundation.pagestore.front import Front
from lianxin.foundation.pagestore.store import PageStore
from lianxin.hotline import actions as hotline
from lianxin.hotline.typed import Typed
from lianxin.organisations import actions as staff
from lianxin.organisations.models import Leader, OfficeFunction, Post
from lianxin.publishing import actions, cachebox, queries
from lianxin.publishing.models import ArticlePage, ColumnPage, Correction, SiteProfile
from lianxin.triage import actions as triage
from lianxin.triage.models import Category
from tests.portal.conftest import publisher

pytestmark = pytest.mark.django_db


class Shelf:
    """The front with a store of its own, and Django without one, side by side."""

    def __init__(self) -> None:
        self.django = WSGIHandler()
        self.store = PageStore(pagestore.clock(), 50_000_000)
        self.front = Front(self.django, self.store, queries.is_site_address)

    def ask(self, application: Any, host: str, path: str, elder: bool) -> tuple[str, bytes]:
        cookie = {"HTTP_COOKIE": "lianxin_mode=elder"} if elder else {}
        environ = RequestFactory(SERVER_NAME=host, HTTP_HOST=host, **cookie).get(path).environ
        sent: list[str] = []
        answer = application(environ, lambda status, headers, *rest: sent.append(status))
        return sent[0], b"".join(answer)

    def kept(self, page: tuple[str, str, bool]) -> tuple[str, bytes]:
        return self.ask(self.front, *page)

    def anew(self, pages: list[tuple[str, str, bool]]) -> dict[tuple[str, str, bool], tuple[str, bytes]]:
        """The pages as they are now, with nothing remembered from before."""
        cachebox.forget()
        return {page: self.ask(self.django, *page) for page in pages}

    def fresh(self) -> set[str]:
        """The addresses that the store would answer by itself now."""
        entries = {**self.store._pages, **self.store._queries}
        return {f"{key[1]}{key[2]}{'?' if key[3] else ''}{key[3]}" for key, entry in entries.items() if self.store.is_fresh(entry)}


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    # As Django's own test client does: the connection belongs to the test.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield Shelf()
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.fixture
def stock(portal, people, person, clock, remembered) -> SimpleNamespace:
    """A city in which every kind of page has something to show."""
    found = remembered("stock", lambda: _make_stock(portal, publisher(portal), people, person))
    found.publish = publisher(portal, first=100)
    return found


def _make_stock(portal, publish, people, person) -> SimpleNamespace:
    staff.set_duties(people.admin, portal.city.education, ["管学校", "管考试"])
    leader_post = Post.objects.get(user=people.leader)
    Leader.objects.create(post=leader_post, slug="lin", brief="市长", portfolio_text="教育")
    staff.change_portfolio(people.admin, leader_post, [portal.city.education])
    columns = portal.columns
    old = [publish(f"旧闻 {n}", at=timezone.now() - timedelta(days=20 * n + 1), slug=f"old-{n}", keywords="供暖") for n in range(70)]
    guide = publish("公开指南", columns["open/guide"])
    document = publish("一号文件", columns["open/documents"], document_number="和政发〔2025〕1号")
    county = publish("县里的事", portal.county_news, organisation=portal.city.county)
    return SimpleNamespace(
        portal=portal,
        people=people,
        old=old,
        guide=guide,
        document=document,
        county=county,
        columns=columns,
        letters=_letters(portal, person),
    )


def _letters(portal: SimpleNamespace, person: Callable[..., Any]) -> SimpleNamespace:
    """A board with a public letter, one that waits, and those who handle them."""
    city = portal.city
    people = SimpleNamespace(
        triage=person("triage", "triage", city.centre), clerk=person("clerk", "clerk", city.education), head=person("head", "head", city.education)
    )
    found = SimpleNamespace(people=people, city=city, count=iter(range(1, 100)))
    found.operator = person("hotline-operator", "operator", city.centre)
    OfficeFunction.objects.create(function="hotline_office", organisation=city.centre, scope=city.root)
    found.public = _public(found, _submit(found))
    found.waiting = _submit(found)
    return found


def _submit(letters: SimpleNamespace) -> Case:
    petitioner = casework.PetitionerData(name="王小明", phone="13800001111", identity="telephone")
    token = f"token-of-the-form-{next(letters.count)}"
    words = {"subject": "校门口没有路灯", "text": "放学时天黑。", "visibility": "public", "lead": letters.city.education}
    receipt = casework.submit(None, "board", token=token, petitioner=petitioner, **words)
    receipt.case.holder = by_number_and_secret(receipt.case.number, receipt.secret)
    return receipt.case


def _public(letters: SimpleNamespace, case: Case) -> Case:
    people, holder = letters.people, case.holder
    case = casework.sign_for(people.clerk, case, case.assignments.get())
    message = casework.draft_reply(people.clerk, case, "今天装好了。", outcome="solved")
    case = casework.publish_reply(people.clerk, case, casework.approve_reply(people.head, case, message))
    case = casework.decide_public(people.triage, case, True)
    case.holder = holder
    return case


def addresses(stock: SimpleNamespace) -> list[tuple[str, str, bool]]:
    """Every kind of page, some with the elder mode."""
    cursor = queries.listing_page(stock.columns["news/headlines"].pk, None).older
    further = queries.listing_page(stock.columns["news/headlines"].pk, cursor).older
    city = [
        *("/", "/news/", "/news/headlines/", f"/news/headlines/?page={cursor}", f"/news/headlines/?page={further}", "/news/announcements/"),
        *("/open/", "/open/documents/", "/open/guide/", "/orgs/", "/orgs/education/", "/orgs/health/", "/leaders/", "/leaders/lin/"),
        *("/sitemap/", "/accessibility/", "/privacy/", "/feeds/news/headlines/", "/feeds/open/documents/", "/sitemap.xml"),
        *(f"/news/headlines/old-{n}/" for n in (0, 1, 35, 69)),
        *("/open/guide/story-71/", "/open/documents/story-72/"),
        *("/letters/", "/letters/?unit=education", "/letters/?category=01", f"/letters/{stock.letters.public.number}/", "/letters/sitemap.xml"),
        *("/boards/", "/boards/education/", "/boards/health/", "/feeds/letters/", "/hotline/", "/petitions/"),
        *("/figures/", "/figures/2025/", "/figures/2025-02/?unit=education", "/figures/list/?measure=received&period=2025-02"),
        *("/ledger/", "/ledger/2025-02/", "/ledger/2025-02-10/", "/ledger/units/education/2025-02/"),
        *("/tools/due-date/", "/tools/due-date/?rule=L01&day=2025-09-26"),
    ]
    pages = [("localhost", path, False) for path in city]
    pages += [("localhost", "/", True), ("localhost", "/news/headlines/old-0/", True)]
    return pages + [("qingshi.localhost", path, False) for path in ("/", "/local/", "/local/story-73/", "/orgs/")]


def _on_the_line(stock: SimpleNamespace) -> None:
    """A call that was answered at once is made public."""
    operator = stock.letters.operator
    sheet = hotline.keep_sheet(operator, hotline.open_sheet(operator), Typed(hidden="on", text="几点放学？", answer="四点半。"))
    casework.decide_public(operator, hotline.register(operator, sheet, "answer").case, True)


def _moved(stock: SimpleNamespace) -> None:
    row = OfficeFunction.objects.get(function="hotline_office")
    row.organisation = stock.portal.city.office
    row.save()


def _withdraw(stock: SimpleNamespace) -> None:
    actions.withdraw(stock.people.chief, ArticlePage.objects.get(pk=stock.old[0].pk), "内容有误")


def _edit(stock: SimpleNamespace, **fields: Any) -> None:
    article = ArticlePage.objects.get(pk=stock.old[1].pk)
    for name, value in fields.items():
        setattr(article, name, value)
    revision = article.save_revision()
    revision.publish(skip_permission_checks=True)


def _post(stock: SimpleNamespace) -> Post:
    return Post.objects.get(user=stock.people.leader)


def _title(stock: SimpleNamespace, title: str) -> None:
    post = _post(stock)
    post.title = title
    post.save()


def _arrival(stock: SimpleNamespace, number: int) -> actions.Arrival:
    fields = {"title": f"成批的稿件 {number}", "organisation": stock.portal.city.education, "body": [{"type": "text", "value": "<p>正文。</p>"}]}
    return actions.Arrival(stock.columns["news/headlines"], timezone.now() - timedelta(days=number * 300), fields)


def _folded(stock: SimpleNamespace) -> None:
    """A letter that came by post in February, answered and public, is counted by night."""
    case = _submit(stock.letters)
    Entry.objects.create(id=1, case=case, measure="received", day=date(2025, 2, 10), unit=stock.portal.city.education, kind="board", channel="paper")
    Day.objects.create(day=date(2025, 2, 10))
    _public(stock.letters, case)
    figures.fold()


def _day_off(stock: SimpleNamespace) -> None:
    with NamedTemporaryFile("w", suffix=".csv", encoding="utf-8") as notice:
        notice.write("date,is_workday,name\n2025-02-10,0,临时放假\n2025-09-29,0,临时放假\n")
        notice.flush()
        calendar.import_notice(notice.name, stock.people.admin)


DEEDS: dict[str, Callable[[SimpleNamespace], Any]] = {
    "an article appears": lambda stock: stock.publish("刚刚发布", at=timezone.now()),
    "an old article is taken over": lambda stock: stock.publish("补录", at=timezone.now() - timedelta(days=700)),
    "an article in another column": lambda stock: stock.publish("通知", stock.columns["news/announcements"]),
    "a pinned article": lambda stock: stock.publish("置顶的事", pinned=True),
    "a headline": lambda stock: stock.publish("头条的事", importance=2),
    "a batch is taken over": lambda stock: actions.import_many([_arrival(stock, n) for n in range(3)]),
    "an article placed in two columns": lambda stock: stock.publish("两处都有", also=[stock.columns["open/guide"]]),
    "an article is withdrawn": _withdraw,
    "a title is changed": lambda stock: _edit(stock, title="改过的标题"),
    "a text is changed": lambda stock: _edit(stock, body=[{"type": "text", "value": "<p>改过的正文。</p>"}]),
    "a correction": lambda stock: Correction.objects.create(article=stock.old[0], text="时间有误", at=timezone.now()),
    "an article is moved": lambda stock: actions.move_article(
        stock.people.chief, ArticlePage.objects.get(pk=stock.old[1].pk), ColumnPage.objects.get(pk=stock.columns["open/guide"].pk)
    ),
    "an article is deleted": lambda stock: ArticlePage.objects.get(pk=stock.old[1].pk).delete(),
    "a column is renamed": lambda stock: actions.change_column(None, ColumnPage.objects.get(pk=stock.columns["open/guide"].pk), title="指南"),
    "a column is opened": lambda stock: actions.open_column(
        None, ColumnPage.objects.get(pk=stock.columns["news"].pk), title="新栏目", slug="brand-new", kind="news"
    ),
    "an empty column is closed": lambda stock: actions.close_column(None, ColumnPage.objects.get(slug="brand-new")),
    "a column is moved": lambda stock: actions.move_column(
        None, ColumnPage.objects.get(pk=stock.columns["open/guide"].pk), ColumnPage.objects.get(pk=stock.columns["news"].pk)
    ),
    "a site's telephone": lambda stock: actions.change_site(None, SiteProfile.objects.get(pk=stock.portal.site.pk), phone="0000-7654321"),
    "a site's theme": lambda stock: actions.change_site(None, SiteProfile.objects.get(pk=stock.portal.county.pk), theme="dusk"),
    "a unit is renamed": lambda stock: staff.rename_unit(stock.people.admin, stock.portal.city.education, "和安市教育委员会", "市教委"),
    "a unit's telephone": lambda stock: staff.edit_unit(stock.people.admin, stock.portal.city.education, phone="0000-1111111"),
    "a unit's duties": lambda stock: staff.set_duties(stock.people.admin, stock.portal.city.education, ["管学校"]),
    "a section": lambda stock: staff.save_section(stock.people.admin, stock.portal.city.education, "办公室", "0000-2222222"),
    "a unit is made": lambda stock: staff.create_unit(
        stock.people.admin, stock.portal.city.root, name="和安市新局", short_name="市新局", slug="xinju", kind="department"
    ),
    "a unit ends": lambda stock: staff.merge_units(stock.people.admin, stock.portal.city.health, stock.portal.city.education),
    "a portfolio": lambda stock: staff.change_portfolio(stock.people.admin, _post(stock), [stock.portal.city.education, stock.portal.city.office]),
    "a leader's title": lambda stock: _title(stock, "代市长"),
    "a limit of the field": lambda stock: casework.save_rule(stock.people.admin, "L01", date(2025, 1, 1), threshold=5),
    "a leader's page": lambda stock: staff.save_leader_page(stock.people.admin, _post(stock), slug="lin", brief="新的简介"),
    "a letter comes in": lambda stock: _submit(stock.letters),
    "a letter is answered and made public": lambda stock: _public(stock.letters, _submit(stock.letters)),
    "a public letter is rated": lambda stock: casework.rate(stock.letters.public.holder, stock.letters.public, 5),
    "a public letter is redacted": lambda stock: casework.redact(stock.letters.people.triage, stock.letters.public, "公开版", subject="公开版"),
    "a public letter becomes private": lambda stock: casework.set_visibility(stock.letters.people.triage, stock.letters.public, "private"),
    "a call is answered on the line and made public": _on_the_line,
    "a limit of the hotline": lambda stock: casework.save_rule(stock.people.admin, "L03-HOTLINE-HELP", date(2025, 1, 1), threshold=7),
    "the hotline moves to another office": _moved,
    "a limit of petitions": lambda stock: casework.save_rule(stock.people.admin, "X02", date(2025, 1, 1), threshold=12),
    "a petition bureau is founded": lambda stock: OfficeFunction.objects.create(
        function="petition_bureau", organisation=stock.portal.city.office, scope=stock.portal.city.root
    ),
    "a board is closed": lambda stock: staff.edit_unit(stock.people.admin, stock.portal.city.health, board_open=False),
    "figures are folded": _folded,
    "a letter that is counted becomes private": lambda stock: casework.set_visibility(
        stock.letters.people.triage, Case.objects.filter(is_public=True).order_by("pk").last(), "private"
    ),
    "a unit reports its day": lambda stock: figures.write_report(
        stock.letters.people.clerk, stock.portal.city.education, date(2025, 2, 27), "走访学校。"
    ),
    "a day off is announced": _day_off,
    "a category is renamed": lambda stock: triage.save_category(stock.people.admin, Category.objects.get(code="01"), name="城乡"),
}


def test_after_every_deed_kept_pages_are_as_if_made_anew(stock, shelf, django_capture_on_commit_callbacks) -> None:
    for name, deed in DEEDS.items():
        pages = [page for page in addresses(stock) if shelf.kept(page)[0].startswith("200")]
        assert len(pages) > 25, name
        with django_capture_on_commit_callbacks(execute=True):
            deed(stock)
        kept = {page: shelf.kept(page) for page in pages}
        now = shelf.anew(pages)
        assert not [page for page in pages if kept[page] != now[page]], f"after {name}"


def test_every_page_is_kept(stock, shelf) -> None:
    pages = addresses(stock)
    for page in pages:
        assert shelf.kept(page)[0].startswith("200"), page
    assert shelf.store.size()[0] == len(pages)


def test_a_new_article_touches_only_pages_that_show_it(stock, shelf, django_capture_on_commit_callbacks) -> None:
    pages = addresses(stock)
    before = {page: shelf.kept(page) for page in pages}
    kept = shelf.fresh()
    with django_capture_on_commit_callbacks(execute=True):
        stock.publish("刚刚发布", at=timezone.now(), keywords="供暖")
    touched = kept - shelf.fresh()
    now = shelf.anew(pages)
    changed = {f"{host}{path}" for host, path, elder in pages if now[host, path, elder] != before[host, path, elder]}
    assert changed <= touched
    # Pages whose list, unit or neighbourhood it belongs to, although this time they look the same.
    assert touched - changed <= {"localhost/news/headlines/old-1/", "localhost/leaders/lin/", "localhost/news/headlines/old-0/"}


def test_a_changed_text_touches_its_own_page_only(stock, shelf, django_capture_on_commit_callbacks) -> None:
    for page in addresses(stock):
        shelf.kept(page)
    kept = shelf.fresh()
    with django_capture_on_commit_callbacks(execute=True):
        _edit(stock, body=[{"type": "text", "value": "<p>改过的正文。</p>"}])
    assert kept - shelf.fresh() == {"localhost/news/headlines/old-1/"}


def test_a_notice_leaves_kept_pages_when_it_is_over(stock, shelf, clock) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    stock.publish("停水五分钟", stock.columns["news/announcements"], expire_at=soon)
    page = ("localhost", "/news/announcements/", False)
    assert "停水五分钟" in shelf.kept(page)[1].decode().replace("<wbr>", "")
    clock.shift(minutes=6)
    assert "停水五分钟" not in shelf.kept(page)[1].decode().replace("<wbr>", "")


def test_no_page_outlives_its_day(stock, shelf, clock) -> None:
    page = ("localhost", "/", False)
    today = shelf.kept(page)[1]
    clock.set("2025-03-04 00:00")
    assert shelf.kept(page)[1] != today and "2025年3月4日" in shelf.kept(page)[1].decode()


def test_a_deed_that_is_undone_purges_nothing(stock, shelf, django_capture_on_commit_callbacks) -> None:
    page = ("localhost", "/", False)
    shelf.kept(page)
    before = pagestore.clock().now()
    with django_capture_on_commit_callbacks(execute=False):
        stock.publish("没有提交")
    assert pagestore.clock().now() == before


def test_the_job_purges_once_more(stock, shelf, run_jobs, django_capture_on_commit_callbacks) -> None:
    """The process died between its commit and the purge: the worker does it."""
    page = ("localhost", "/news/headlines/", False)
    shelf.kept(page)
    with django_capture_on_commit_callbacks(execute=False):
        stock.publish("进程死前提交的稿件", at=timezone.now())
    assert "进程死前" not in shelf.kept(page)[1].decode().replace("<wbr>", "")
    run_jobs()
    assert "进程死前" in shelf.kept(page)[1].decode().replace("<wbr>", "")


# --- what is read is noted -------------------------------------------------------------------------------------------------

# What each table asks of the tags; None: what it holds is never shown, or is named by the rows that lead to it.
NOTED = {
    "publishing_listing": ("list:", "near:", "unit-list:", "shelf:", "span:"),
    "publishing_articlepage": ("publishing.articlepage:", "list:", "shelf:"),
    "publishing_columnpage": ("navigation:",),
    "publishing_homepage": ("navigation:",),
    "publishing_siteprofile": ("sites",),
    "publishing_correction": ("publishing.articlepage:",),
    # Joined to an article that may have none.
    "publishing_picture": ("publishing.picture:", "renditions:", "publishing.articlepage:"),
    "publishing_rendition": ("renditions:",),
    "publishing_placement": ("publishing.articlepage:",),
    "wagtailcore_site": ("sites",),
    "wagtailcore_page": ("navigation:",),
    "organisations_organisation": ("organisations.organisation:", "units", "sites"),
    "organisations_duty": ("organisations.organisation:",),
    "organisations_section": ("organisations.organisation:",),
    "organisations_formername": ("organisations.organisation:",),
    "organisations_officefunction": ("units",),
    "organisations_post": ("people",),
    "organisations_portfolio": ("people",),
    "organisations_leader": ("people",),
    "identity_user": ("people",),
    "casework_rule": ("rules",),
    "foundation_calendarday": ("calendar",),
    **dict.fromkeys(("casework_case", "casework_message", "casework_redaction", "casework_instruction"), ("letter:", "letters")),
    **dict.fromkeys(("casework_petitioner", "casework_rating", "casework_attachment"), ("letter:", "letters")),
    **dict.fromkeys(("figures_entry", "figures_dailyfigure", "figures_dailyreport", "figures_brief"), ("figures:",)),
    "casework_assignment": ("letters:records",),
    "triage_category": ("letters:categories",),
    "wagtailcore_locale": None,
    "django_content_type": None,
}


def test_whatever_a_page_reads_is_among_its_tags(stock, shelf, monkeypatch) -> None:
    for host, path, elder in addresses(stock):
        cachebox.forget()
        tables: set[str] = set()

        def note(execute, sql, params, many, context, tables=tables):
            words = sql.replace('"', " ").replace("(", " ").split()
            tables.update(after for word, after in pairwise(words) if word in ("FROM", "JOIN") and after not in ("SELECT", "LATERAL", "unnest"))
            return execute(sql, params, many, context)

        collection = Collection(pagestore.clock().now())
        token = current.set(collection)
        try:
            with connection.execute_wrapper(note):
                shelf.ask(shelf.django, host, path, elder)
        finally:
            current.reset(token)
        for table in sorted(tables):
            assert table in NOTED, f"{path} reads {table}: by which tags is it purged?"
            prefixes = NOTED[table]
            assert prefixes is None or any(tag.startswith(prefixes) for tag in collection.tags), f"{path} reads {table} and has none of {prefixes}"
