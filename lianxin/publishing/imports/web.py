"""Articles from a running website: a list of its pages, a mapping of selectors, and manners.

One connection, a pause between requests, robots.txt obeyed, our own name given; nothing is asked of any other host.
"""

import hashlib
import html
import re
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import requests
from bs4 import BeautifulSoup, Tag
from django.conf import settings

from lianxin.foundation.errors import Refused
from lianxin.publishing.imports import documents
from lianxin.publishing.imports.decoding import decode
from lianxin.publishing.imports.items import Entry, File, Item

AGENT = "LianxinImport/1.0"
MOST_PAGE = 8 * 1024 * 1024
MOST_FILE = 32 * 1024 * 1024
MOST_ADDRESSES = 500_000
MOST_SITEMAPS = 500
MOST_REDIRECTS = 5
BATCH = 20
"""Pages that are read again after a death: at a second a page, a larger batch would ask the site for hundreds of them twice."""
TRIES = 4
TIMEOUT = (10, 60)
LONGEST_PAUSE = 120.0
_SITEMAP_LOC = re.compile(r"<(?:\w+:)?loc>\s*(?:<!\[CDATA\[)?\s*(.*?)\s*(?:\]\]>)?\s*</(?:\w+:)?loc>", re.DOTALL)
_AGAIN = (429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Mapping:
    """Where a site's pages have what: CSS selectors by field, an attribute after ``@`` (``meta[name=PubDate]@content``)."""

    title: str
    body: str
    fields: dict[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    addresses: str = ""
    """A pattern that the addresses of articles match; "" takes all."""
    columns: tuple[tuple[str, str], ...] = ()
    """Patterns of addresses and the columns to which they go."""
    date_pattern: str = ""
    """Finds the date in the text of its element: 发布时间：(.+?) 来源."""


def read_mapping(path: Path) -> Mapping:
    """The mapping in a TOML file. Raises Refused with what is missing or not known."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Refused(f"没有 {path} 这个文件。") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused(f"{path.name} 读不懂：{error}。格式见 docs/import.md。") from error
    selectors = data.get("selectors", {})
    known = {"title", "body", "date", "source", "author", "summary", "keywords", "document_number"}
    if unknown := set(selectors) - known:
        raise Refused(f"{path.name} 里有不认识的名称：{'、'.join(sorted(unknown))}。可以用 {'、'.join(sorted(known))}。")
    if missing := {"title", "body"} - set(selectors):
        raise Refused(f"{path.name} 的 [selectors] 里缺少 {'、'.join(sorted(missing))}。")
    try:
        re.compile(data.get("addresses", ""))
        columns = tuple((re.compile(pattern).pattern, str(column)) for pattern, column in data.get("columns", {}).items())
        re.compile(data.get("date_pattern", ""))
        for selector in [*selectors.values(), *data.get("drop", [])]:
            BeautifulSoup("", "html.parser").select(str(selector).partition("@")[0])
    except Exception as error:
        # re and the selector parser raise errors of their own kinds; all mean the same to the person who wrote the file.
        raise Refused(f"{path.name} 里的选择器或网址规则写错了：{error}") from error
    rest = {key: str(value) for key, value in selectors.items() if key not in ("title", "body")}
    return Mapping(
        str(selectors["title"]),
        str(selectors["body"]),
        rest,
        tuple(map(str, data.get("drop", []))),
        data.get("addresses", ""),
        columns,
        data.get("date_pattern", ""),
    )


class Visitor:
    """Fetches from one host, politely. ``pause`` seconds lie between the end of a request and the next."""

    def __init__(self, root: str, pause: float = 1.0) -> None:
        parts = urlsplit(root)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Refused(f"“{root}”不是网址。请写完整，例如 http://www.example.gov.cn/。")
        self.root, self.host = f"{parts.scheme}://{parts.netloc}/", parts.netloc.lower()
        self.pause = pause
        self._session = requests.Session()
        self._session.headers["User-Agent"] = AGENT
        self._session.trust_env = False
        self._robots: RobotFileParser | None = None
        self._last = 0.0

    def get(self, address: str, limit: int) -> tuple[str, bytes]:
        """The final address and the content. Raises Refused when it may not or cannot be had."""
        for _ in range(MOST_REDIRECTS):
            address = urldefrag(address)[0]
            self._require_ours(address)
            answer, content = self._tried(address, limit)
            if answer.is_redirect:
                address = urljoin(address, answer.headers["Location"])
                continue
            if answer.status_code != 200:
                raise Refused(f"网站回答 {answer.status_code}，没有取到。")
            return address, content
        raise Refused("网站来回转向，没有取到。")

    def _require_ours(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or parts.netloc.lower() != self.host:
            raise Refused(f"不在网站 {self.host} 上，没有取。")
        if not self.rules().can_fetch(AGENT, address):
            raise Refused("网站的 robots.txt 不允许取这一页。请与网站管理者商量。")

    def rules(self) -> RobotFileParser:
        """The site's robots.txt; a site without one allows everything, one that is out of order nothing for now."""
        if self._robots is None:
            robots = RobotFileParser()
            answer, content = self._tried(urljoin(self.root, "/robots.txt"), MOST_PAGE)
            if answer.status_code == 200:
                robots.parse(content.decode("utf-8", "replace").splitlines())
            elif answer.status_code in (401, 403):
                robots.parse(["User-agent: *", "Disallow: /"])
            else:
                robots.parse([])
            wished = robots.crawl_delay(AGENT) if answer.status_code == 200 else None
            self.pause = max(self.pause, min(float(wished or 0), LONGEST_PAUSE))
            self._robots = robots
        return self._robots

    def _tried(self, address: str, limit: int) -> tuple[requests.Response, bytes]:
        """One answer, asked for again with growing pauses while the site is busy or the line is bad."""
        trouble = ""
        for attempt in range(TRIES):
            self._wait(attempt)
            try:
                with self._session.get(address, timeout=TIMEOUT, stream=True, allow_redirects=False) as answer:
                    if answer.status_code in _AGAIN:
                        trouble = f"网站回答 {answer.status_code}"
                        self._heed(answer)
                        continue
                    return answer, self._body(answer, limit)
            except requests.RequestException as error:
                trouble = f"连不上（{type(error).__name__}）"
        raise Refused(f"{trouble}，试了 {TRIES} 次。稍后再执行同一条命令，或单独导入这一页。")

    def _wait(self, attempt: int) -> None:
        wanted = self.pause * 2**attempt if attempt else self.pause
        rest = self._last + min(wanted, LONGEST_PAUSE) - time.monotonic()
        if self._last and rest > 0:
            time.sleep(rest)
        self._last = time.monotonic()

    def _heed(self, answer: requests.Response) -> None:
        """Wait as long as the site asks for."""
        asked = answer.headers.get("Retry-After", "")
        if asked.isdecimal():
            time.sleep(min(float(asked), LONGEST_PAUSE))

    def _body(self, answer: requests.Response, limit: int) -> bytes:
        content = bytearray()
        for piece in answer.iter_content(65536):
            content += piece
            if len(content) > limit:
                raise Refused(f"超过 {limit // 1024**2} MB，没有取。")
        self._last = time.monotonic()
        return bytes(content)


# --- which pages ---------------------------------------------------------------------------------------------------------


def addresses_in_sitemap(visitor: Visitor, address: str = "") -> list[str]:
    """The addresses that the site's sitemap names, in its order, sitemaps of sitemaps included."""
    waiting, seen = [address or urljoin(visitor.root, "/sitemap.xml")], set[str]()
    found: dict[str, None] = {}
    while waiting:
        current = waiting.pop(0)
        if current in seen:
            continue
        seen.add(current)
        if len(seen) > MOST_SITEMAPS:
            raise Refused(f"网站地图多于 {MOST_SITEMAPS} 份。请用 --list 给出网址清单。")
        _, content = visitor.get(current, MOST_FILE)
        text = content.decode("utf-8", "replace")
        # Read as text: an XML parser would resolve whatever entities a stranger's file declares.
        places = [html.unescape(place) for place in _SITEMAP_LOC.findall(text)]
        if re.search(r"<(?:\w+:)?sitemapindex\b", text):
            waiting += places
        else:
            found |= dict.fromkeys(places)
        if len(found) > MOST_ADDRESSES:
            raise Refused(f"网址多于 {MOST_ADDRESSES} 个。请用 --list 分几次导入。")
    return list(found)


def addresses_in_file(path: Path) -> list[str]:
    """The addresses in a list, one a line; lines that begin with # are remarks."""
    if not path.is_file():
        raise Refused(f"没有 {path} 这个文件。")
    lines = [line.strip() for line in decode(path.read_bytes()).splitlines()]
    return list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))


def kept_addresses(key: str, find: Any) -> list[str]:
    """The list of an import: noted down when it begins, so that a sitemap which changes meanwhile does not shift it."""
    folder = Path(settings.HOME) / "imports"
    folder.mkdir(exist_ok=True)
    path = folder / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.addresses"
    if path.exists():
        return path.read_text(encoding="utf-8").splitlines()
    found = find()
    draft = path.with_suffix(".part")
    draft.write_text("\n".join(found), encoding="utf-8")
    draft.replace(path)
    return found


def forget_addresses(key: str) -> None:
    """Drop the list of an import that is done."""
    (Path(settings.HOME) / "imports" / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.addresses").unlink(missing_ok=True)


# --- entries -------------------------------------------------------------------------------------------------------------


def entries(visitor: Visitor, addresses: list[str], mapping: Mapping) -> Iterator[Entry]:
    """One entry for each address that the mapping takes for an article's."""
    for address in wanted(addresses, mapping):
        full = urljoin(visitor.root, address)
        yield Entry(full, partial(_load, visitor, full, mapping))


def wanted(addresses: list[str], mapping: Mapping) -> list[str]:
    """Those of the addresses that are articles'."""
    return [address for address in addresses if not mapping.addresses or re.search(mapping.addresses, address)]


def _load(visitor: Visitor, address: str, mapping: Mapping) -> Item:
    final, content = visitor.get(address, MOST_PAGE)
    soup = BeautifulSoup(documents.decode_html(content), "html.parser")
    title = _picked(soup, mapping.title)
    body = soup.select_one(mapping.body)
    if not title or body is None:
        missing = "标题" if not title else "正文"
        raise Refused(f"页面上没有找到{missing}（选择器 {mapping.title if not title else mapping.body}）。请核对选择器文件。")
    fields = {key: value for key, selector in mapping.fields.items() if (value := _picked(soup, selector))}
    if "date" in fields:
        fields["date"] = _date_in(fields["date"], mapping.date_pattern)
    fields["old_address"] = address
    if column := next((column for pattern, column in mapping.columns if re.search(pattern, address)), ""):
        fields["column"] = column
    for selector in mapping.drop:
        for tag in body.select(selector):
            tag.decompose()
    return documents.item_of_page(body, title, fields, partial(_find, visitor, final))


def _picked(soup: BeautifulSoup, selector: str) -> str:
    path, _, attribute = selector.partition("@")
    tag = soup.select_one(path)
    if not isinstance(tag, Tag):
        return ""
    value = str(tag.get(attribute, "")) if attribute else tag.get_text(" ")
    text = " ".join(value.split())
    return re.sub(r"^(?:发布时间|发布日期|时间|来源|信息来源|作者|责任编辑)[:：]\s*", "", text)


_ANY_DATE = re.compile(r"\d{4}[-年./]\d{1,2}[-月./]\d{1,2}日?(?:\s+\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?")


def _date_in(text: str, pattern: str) -> str:
    if pattern and (match := re.search(pattern, text)):
        return match[1] if match.groups() else match[0]
    match = _ANY_DATE.search(text)
    return match[0] if match else text


def _find(visitor: Visitor, page: str, address: str) -> File | None:
    """A picture or attachment of a page, as long as it lies on the same site."""
    full = urljoin(page, address)
    if urlsplit(full).netloc.lower() != visitor.host:
        return None
    try:
        final, content = visitor.get(full, MOST_FILE)
    except Refused:
        return None
    return File(urlsplit(final).path.rpartition("/")[2] or "file", content)
