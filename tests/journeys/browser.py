"""What a story in a browser may ask of a page, beyond what Playwright offers."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Error, Page, Request

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
VIEWPORTS = {"desktop": {"width": 1366, "height": 900}, "phone": {"width": 390, "height": 844}}
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

LAUNCH_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Names outside this machine are unknown: a page that asks for one fails at once, instead of after a while.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1",
]


def find_chromium() -> str:
    """Return the system's Chromium, best the one without a window, which takes half the work; fails with a Chinese sentence when there is none."""
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise AssertionError("没有找到 Chromium。请先安装：apt-get install chromium-headless-shell fonts-noto-cjk")


class Watch:
    """Notes what goes wrong on a page behind the reader's back: script errors, console errors, requests to the outside."""

    def __init__(self, page: Page) -> None:
        self.troubles: list[str] = []
        self._allowed: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(f"script error: {error}"))
        page.on("console", self._on_console)
        page.on("request", self._on_request)

    def allow(self, pattern: str) -> None:
        """Troubles in which ``pattern`` (a regular expression) is found are expected in this story."""
        self._allowed.append(pattern)

    def check(self) -> None:
        """Fail if there was any trouble that the story did not expect."""
        unexpected = [trouble for trouble in self.troubles if not any(re.search(pattern, trouble) for pattern in self._allowed)]
        assert not unexpected, "behind the page:\n" + "\n".join(unexpected)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.troubles.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        host = address.hostname or ""
        if address.scheme in ("http", "https", "ws", "wss") and not (host in ("localhost", "127.0.0.1") or host.endswith(".localhost")):
            self.troubles.append(f"request to the outside: {request.url}")


def assert_accessible(page: Page, context: str = "document") -> None:
    """Fail on any violation of WCAG 2.2 A and AA or of axe's best practices; ``context`` may name a part by its CSS selector."""
    # After a click the page may be there in name only: nothing is wrong on a page without words.
    page.wait_for_load_state()
    page.evaluate(AXE_SCRIPT)
    violations = page.evaluate(
        """([context, tags]) => axe.run(context === 'document' ? document : context, {
            runOnly: {type: 'tag', values: tags},
            resultTypes: ['violations'],
            // With forced colours the reader's system chooses them; axe would judge those that the page had wished for.
            rules: {'color-contrast': {enabled: !matchMedia('(forced-colors: active)').matches}},
        }).then(results => results.violations)""",
        [context, AXE_TAGS],
    )
    lines = [
        f"{violation['id']} ({violation['impact']}): {violation['help']}\n    {node['target']} {node['html'][:200]}\n    {node['failureSummary']}"
        for violation in violations
        for node in violation["nodes"][:5]
    ]
    assert not lines, f"axe on {page.url}:\n" + "\n".join(lines)


def assert_fits(page: Page) -> None:
    """Fail when the page is wider than the window, so that one would have to scroll sideways."""
    wide = page.evaluate(
        """() => {
            const room = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= room) return [];
            return [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > room + 1)
                .slice(0, 5).map(e => e.outerHTML.slice(0, 150));
        }"""
    )
    assert not wide, f"{page.url} is wider than the window:\n" + "\n".join(wide)


def assert_titles_whole(page: Page) -> None:
    """Fail when a text is cut off with an ellipsis, or a title that marks its words by ``<wbr>`` is broken inside one."""
    faults = page.evaluate(
        """() => {
            const faults = [];
            const shown = e => e.checkVisibility ? e.checkVisibility() : true;
            for (const e of document.body.querySelectorAll('a, h1, h2, h3, h4, p, li, td, span')) {
                const style = getComputedStyle(e);
                const cuts = style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none';
                if (cuts && shown(e) && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1))
                    faults.push('cut: ' + e.textContent.trim().slice(0, 80));
            }
            const titles = new Set([...document.body.querySelectorAll('wbr')].map(w => w.parentElement));
            for (const title of titles) {
                if (!shown(title)) continue;
                for (const node of title.childNodes) {
                    if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) continue;
                    const range = document.createRange();
                    range.selectNodeContents(node);
                    const lines = new Set([...range.getClientRects()].map(r => Math.round(r.top)));
                    if (lines.size > 1 && !/\\s/.test(node.data.trim())) faults.push('broken inside a word: ' + node.data);
                }
            }
            return faults;
        }"""
    )
    assert not faults, f"titles on {page.url}:\n" + "\n".join(faults)


def assert_chinese(page: Page) -> None:
    """Fail when the page says something in English: words, labels, tips and titles, those shown only on demand included. Keys keep their names."""
    english = page.evaluate(
        """() => {
            const found = new Set();
            const note = (text, place) => {
                const said = text.trim();
                // A Chinese sentence may name a command (lianxin worker fast).
                const words = /[\u4e00-\u9fff]/.test(said) ? 4 : 2;
                const sentence = new RegExp(`([A-Za-z]{2,}[ ']){${words - 1}}[A-Za-z]{2,}`).test(said);
                const alone = /^[A-Z][a-z]{2,}[.:…]?$/.test(said);
                if (sentence || alone) found.add(`${place}: ${said.slice(0, 100)}`);
            };
            note(document.title, 'title');
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const parent = walker.currentNode.parentElement;
                // Two things that nobody is ever shown: the calendar's own button, and a counter before it counts.
                const silent = 'script, style, template, noscript, code, kbd, .xdsoft_datetimepicker, [data-side-panel-toggle-counter]';
                if (!parent.closest(silent)) note(walker.currentNode.data, 'text');
            }
            for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'data-w-tooltip-content-value'])
                for (const node of document.body.querySelectorAll(`[${name}]`)) note(node.getAttribute(name), name);
            return [...found];
        }"""
    )
    assert not english, f"English on {page.url}:\n" + "\n".join(english)


def screenshot(page: Page, name: str, full: bool = True) -> Path:
    """Keep a picture of the page as ``build/screenshots/<name>.png``."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.wait_for_load_state()
    page.screenshot(path=path, full_page=full)
    return path


def visit(page: Page, address: str, name: str = "", status: int = 200) -> None:
    """Open ``address`` and require what holds for every page of ours: answered as expected, accessible, no wider than the window, titles whole.

    With a ``name`` a picture is kept. Relative addresses are below the live server.
    """
    answer = page.goto(address)
    assert answer is not None and answer.status == status, f"{address}: {answer and answer.status}"
    if name:
        screenshot(page, name)
    assert_accessible(page)
    assert_fits(page)
    assert_titles_whole(page)


def visit_all(page: Page, addresses: dict[str, int], name: Callable[[str], str]) -> None:
    """``visit`` every address (with its status) and tell all that is wrong at once; ``name`` gives each picture its name."""
    faults = []
    for address, status in addresses.items():
        try:
            visit(page, address, name(address), status)
        except AssertionError as fault:
            faults.append(str(fault))
    assert not faults, "\n\n".join(faults)


def close_quietly(page: Page) -> None:
    """Close the page's context; one that the story has closed already is no trouble."""
    try:
        page.context.close()
    except Error:
        return


def settle(page: Page) -> None:
    """A key works once the page's scripts are there; one that decides, when the page has been there for a moment."""
    page.wait_for_load_state()
    page.wait_for_timeout(900)
