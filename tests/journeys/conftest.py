"""Stories in a real browser: the live server, desktop and telephone, with and without JavaScript.

A story asks for ``browser_page`` (1366×900), ``phone_page`` (390×844), ``plain_page`` (without JavaScript) or, for several at once or somebody
signed in, for ``open_page``. Any console error, script error or request to the outside fails the story.
"""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

# A site to walk on: the one of the conformance tests, with everything on it that a public page can show.
from tests.conformance.conftest import full_body, full_site, public_addresses  # noqa: F401
from tests.journeys.browser import LAUNCH_ARGUMENTS, VIEWPORTS, Watch, close_quietly, find_chromium
from tests.publishing.conftest import chains, column, make_article, other_column, publish_through_review, sign_all, site  # noqa: F401


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every story here is a browser story."""
    for item in items:
        if "tests/journeys/" in item.nodeid:
            item.add_marker("browser")


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One Chromium for the stories that follow each other.

    Playwright keeps an event loop in this thread, so that Django takes the story's own queries for asynchronous ones; they are not.
    """
    patch = pytest.MonkeyPatch()
    patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=LAUNCH_ARGUMENTS)
        yield browser
        browser.close()
    patch.undo()


@pytest.fixture
def site_url(live_server, settings, transactional_db: None) -> str:
    """The address of the live server on the first site's host; links to the desk lead there too."""
    settings.BASE_URL = settings.WAGTAILADMIN_BASE_URL = live_server.url
    settings.PORT = int(live_server.url.rsplit(":", 1)[1])
    return live_server.url


@pytest.fixture
def open_page(chromium: Browser, site_url: str) -> Iterator[Callable[..., Page]]:
    """``open_page("phone", user=people.editor)``: a fresh browser profile, signed in as ``user`` where given.

    ``page.watch`` tells what went wrong behind the page; ``page.watch.allow("404")`` where a story expects it.
    """
    pages: list[Page] = []

    def make(size: str = "desktop", *, user=None, javascript: bool = True, **options) -> Page:
        context = chromium.new_context(
            base_url=site_url, viewport=VIEWPORTS[size], java_script_enabled=javascript, locale="zh-CN", timezone_id="Asia/Shanghai", **options
        )
        context.set_default_timeout(15_000)
        if user is not None:
            client = Client(SERVER_NAME="localhost")
            client.force_login(user, backend="lianxin.identity.backends.StaffBackend")
            context.add_cookies([{"name": name, "value": cookie.value, "url": site_url} for name, cookie in client.cookies.items()])
        page = context.new_page()
        page.watch = Watch(page)
        pages.append(page)
        return page

    yield make
    for page in pages:
        close_quietly(page)
    for page in pages:
        page.watch.check()


@pytest.fixture
def browser_page(open_page: Callable[..., Page]) -> Page:
    """A page on a desktop."""
    return open_page("desktop")


@pytest.fixture
def phone_page(open_page: Callable[..., Page]) -> Page:
    """A page on a telephone."""
    return open_page("phone", has_touch=True, is_mobile=True)


@pytest.fixture
def plain_page(open_page: Callable[..., Page]) -> Page:
    """A page in a browser without JavaScript."""
    return open_page("desktop", javascript=False)
