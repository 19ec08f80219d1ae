"""Demo articles: the hand-written files, and the light markup that all demo articles share."""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from lianxin.demo.catalogue import DATA, fill_years

SHANGHAI = ZoneInfo("Asia/Shanghai")
FOLDER = DATA / "articles"

Block = tuple[str, object]

_FENCE = "+++"
_BULLET = re.compile(r"^[-*]\s+")
_NUMBER = re.compile(r"^\d+[.、]\s+")
_RULE = re.compile(r"^\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?$")


@dataclass
class DemoArticle:
    """One article as the importer wants it; `body` is light markup, see `body_blocks`."""

    slug: str
    title: str
    column: str
    unit: str
    published_at: datetime
    summary: str
    body: str
    also: list[str] = field(default_factory=list)
    author: str = ""
    source: str = ""
    keywords: list[str] = field(default_factory=list)
    importance: int = 0
    repost: bool = False
    document_number: str = ""


def cutoff(today: date) -> datetime:
    """The last moment an article may bear: a datetime is "now", a plain date means the whole day."""
    if isinstance(today, datetime):
        return today.astimezone(SHANGHAI)
    return datetime.combine(today, time(23, 59), SHANGHAI)


def handwritten(today: date, folder: Path = FOLDER) -> list[DemoArticle]:
    """Every hand-written article of a folder, its date resolved to the latest such day not after `today`, newest first."""
    found = [parse(path, today) for path in sorted(folder.glob("**/*.md"))]
    return sorted(found, key=lambda article: article.published_at, reverse=True)


def parse(path: Path, today: date) -> DemoArticle:
    """Read one article file; a broken file is named in the error, because its author has to mend it."""
    try:
        _, front, body = path.read_text(encoding="utf-8").split(f"{_FENCE}\n", 2)
        return _article(path.stem, tomllib.loads(front), body.strip(), today)
    except (ValueError, KeyError) as error:
        raise ValueError(f"{path}: {error}") from error


def resolve(stamp: str, years_ago: int, today: date) -> datetime:
    """The latest `MM-DD HH:MM` not after `today`, then `years_ago` years further back."""
    limit = cutoff(today)
    moment = _in_year(stamp, limit.year)
    year = limit.year if moment <= limit else limit.year - 1
    return _in_year(stamp, year - years_ago)


def body_blocks(body: str) -> list[Block]:
    """Turn light markup into neutral blocks: heading, paragraph, list, quote and table."""
    return [_block(lines) for lines in _groups(body)]


def _article(slug: str, meta: dict[str, Any], body: str, today: date) -> DemoArticle:
    """Build the article of one file, every year placeholder filled with its year of publication."""
    published_at = resolve(meta.pop("date"), meta.pop("years_ago", 0), today)
    filled: dict[str, Any] = {key: fill_years(value, published_at.year) if isinstance(value, str) else value for key, value in meta.items()}
    filled.setdefault("source", filled["unit"])
    return DemoArticle(slug=slug, published_at=published_at, body=fill_years(body, published_at.year), **filled)


def _in_year(stamp: str, year: int) -> datetime:
    """`MM-DD HH:MM` in the given year; 29 February becomes the 28th where there is none."""
    try:
        moment = datetime.strptime(f"{year}-{stamp}", "%Y-%m-%d %H:%M")
    except ValueError:
        moment = datetime.strptime(f"{year}-{stamp.replace('02-29', '02-28')}", "%Y-%m-%d %H:%M")
    return moment.replace(tzinfo=SHANGHAI)


def _groups(body: str) -> Iterator[list[str]]:
    """Lines that belong together: blank lines part them, and so does a change of kind inside a run."""
    group: list[str] = []
    for line in (*body.splitlines(), ""):
        text = line.strip()
        if group and (not text or _kind(text) != _kind(group[-1]) or _kind(text) == "heading"):
            yield group
            group = []
        if text:
            group.append(text)


def _kind(line: str) -> str:
    """What a single line is by its first characters."""
    if re.match(r"^#{2,3}\s", line):
        return "heading"
    if _BULLET.match(line):
        return "bullets"
    if _NUMBER.match(line):
        return "numbers"
    return {">": "quote", "|": "table"}.get(line[0], "paragraph")


def _block(lines: list[str]) -> Block:
    """The block of a group of lines of one kind."""
    kind = _kind(lines[0])
    if kind == "heading":
        marks, text = lines[0].split(maxsplit=1)
        return "heading", {"level": len(marks), "text": text}
    if kind in ("bullets", "numbers"):
        marker = _BULLET if kind == "bullets" else _NUMBER
        return "list", {"ordered": kind == "numbers", "items": [marker.sub("", line) for line in lines]}
    if kind == "quote":
        return "quote", {"text": "\n".join(line.lstrip("> ") for line in lines), "source": ""}
    if kind == "table":
        rows = [_cells(line) for line in lines if not _RULE.match(line)]
        return "table", {"header": rows[0], "rows": rows[1:], "caption": ""}
    return "paragraph", f"<p>{'<br/>'.join(html.escape(line, quote=False) for line in lines)}</p>"


def _cells(line: str) -> list[str]:
    """The cells of one table row."""
    return [cell.strip() for cell in line.strip("|").split("|")]
