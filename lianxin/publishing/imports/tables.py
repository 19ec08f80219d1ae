"""Rows of CSV, Excel and JSON Lines files to items; headers in Chinese or English."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import IO, Any

import openpyxl
from openpyxl.utils.cell import range_boundaries

from lianxin.foundation.errors import Refused
from lianxin.publishing.imports import documents
from lianxin.publishing.imports.decoding import SAMPLE, encoding_of_lines
from lianxin.publishing.imports.items import Entry, Item

HEADER_WITHIN = 10
"""The header of a sheet is one of its first rows."""
MOST_LINE = 8 * 1024 * 1024
"""Characters of one line or cell: a book's chapter has a tenth."""

HEADERS: dict[str, tuple[str, ...]] = {
    "title": ("标题", "题目", "title"),
    "body": ("正文", "内容", "body", "content"),
    "column": ("栏目", "column"),
    "unit": ("发布单位", "单位", "发布机构", "unit"),
    "source": ("来源", "稿源", "信息来源", "source"),
    "author": ("作者", "author"),
    "date": ("发布时间", "发布日期", "日期", "时间", "date", "published at"),
    "summary": ("摘要", "简介", "summary"),
    "keywords": ("关键词", "关键字", "keywords"),
    "document_number": ("发文字号", "文号", "document number"),
    "old_address": ("原地址", "原网址", "原文地址", "旧地址", "old address", "url"),
    "picture": ("题图", "图片", "picture", "image"),
    "picture_alt": ("题图说明", "图片说明", "picture text", "alt"),
}


class Form:
    """What a row is: which headers mean which field, which must be there, and what is made of it."""

    def __init__(
        self, headers: Mapping[str, tuple[str, ...]], required: Sequence[str], make: Callable[[dict[str, Any], documents.Find], Any]
    ) -> None:
        self.headers, self.required, self.make = headers, required, make
        self._by_name = {name: key for key, names in headers.items() for name in names}

    def key(self, name: object) -> str | None:
        """Which field a header means, whatever its case, blanks and underlines; None for one that means none."""
        text = re.sub(r"[\s_\-*：:]+", " ", str(name or "").replace("\ufeff", "")).strip().lower()
        return self._by_name.get(text) or self._by_name.get(text.replace(" ", ""))


def header_key(name: object) -> str | None:
    """Which field of an article a header means; see ``Form.key``."""
    return ARTICLE.key(name)


def item_of_row(row: dict[str, Any], find: documents.Find) -> Item:
    """The item of one row, its texts by field names. Raises Refused when title or body is missing."""
    title = _line(row.get("title"))
    body = str(row.get("body") or "").strip()
    if not title:
        raise Refused("没有标题。请在“标题”列填写。")
    if not body:
        raise Refused("没有正文。请在“正文”列填写。")
    if re.search(r"<(?:p|div|br|table|h[1-6]|ul|ol|img|span)\b", body, re.IGNORECASE):
        item = documents.item_of_html(body, title, find, title)
    else:
        item = documents.item_of_text(body, title, title)
        item.title = title
    if row.get("picture"):
        picture = find(str(row["picture"]).strip())
        if picture is not None:
            item.files["lead"] = picture
        else:
            item.notes.append(f"题图 {row['picture']} 没有找到，未带入。")
    plain = {key: value for key, value in row.items() if key not in ("title", "body") and value not in (None, "")}
    item.fields |= {key: value if isinstance(value, datetime) else _line(value) for key, value in plain.items()}
    return item


ARTICLE = Form(HEADERS, ("title", "body"), item_of_row)


def _line(value: Any) -> str:
    return " ".join(str(value if value is not None else "").split())


# --- CSV -----------------------------------------------------------------------------------------------------------------


def csv_entries(stream: IO[bytes], place: str, find: documents.Find, form: Form = ARTICLE) -> Iterator[Entry]:
    """One entry for each row below the header. Raises Refused when there is no header that names what is required."""
    csv.field_size_limit(MOST_LINE)
    text = _reader(stream)
    lines = _numbered(text)
    first = next(lines, (0, ""))[1]
    dialect = "\t" if first.count("\t") > max(first.count(","), first.count(";")) else ";" if first.count(";") > first.count(",") else ","
    keys = _keys(next(csv.reader([first], delimiter=dialect), []), form)
    counted = _Counted(lines)
    rows = csv.reader(counted, delimiter=dialect)
    while True:
        start = counted.line + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield _broken(f"{place} 第 {start} 行", f"这一行读不懂（{error}）。请检查引号是否成对。")
            continue
        if any(cell.strip() for cell in cells):
            whole = len(cells) <= len(keys) or not any(cells[len(keys) :])
            yield _row_entry(f"{place} 第 {start} 行", dict(_pair(keys, cells)), find, form, whole=whole)


def _reader(stream: IO[bytes]) -> IO[str]:
    sample = stream.read(SAMPLE)
    stream.seek(0)
    if not sample.strip(b"\0 \t\r\n"):
        raise Refused("文件是空的。请检查是否拿错了文件。")
    # A row in another encoding is found by its surrogates; the other rows stay readable.
    return io.TextIOWrapper(stream, encoding=encoding_of_lines(sample), errors="surrogateescape", newline="")


def _numbered(text: IO[str]) -> Iterator[tuple[int, str]]:
    number = 0
    while line := text.readline(MOST_LINE):
        if len(line) >= MOST_LINE:
            raise Refused(f"第 {number + 1} 行长得不正常，文件多半已经损坏。请从原系统重新导出。")
        number += 1
        yield number, line.replace("\0", "")


class _Counted:
    """Lines for the CSV reader that remember how far it has read: a quoted cell may go over several lines."""

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines, self.line = lines, 1

    def __iter__(self) -> "_Counted":
        return self

    def __next__(self) -> str:
        self.line, line = next(self._lines)
        return line


def _keys(cells: Iterable[object], form: Form) -> list[str | None]:
    keys = [form.key(cell) for cell in cells]
    missing = [form.headers[key][0] for key in form.required if key not in keys]
    if missing:
        raise Refused(f"第一行应是表头，缺少“{'”“'.join(missing)}”列。可以用的表头见 docs/import.md。")
    twice = {key for key in keys if key and keys.count(key) > 1}
    if twice:
        raise Refused(f"表头里“{form.headers[min(twice)][0]}”出现了两次。请删去一列。")
    return keys


def _pair(keys: Sequence[str | None], cells: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    yield from ((key, cell) for key, cell in zip(keys, cells, strict=False) if key)


def _row_entry(place: str, row: dict[str, Any], find: documents.Find, form: Form, *, whole: bool = True) -> Entry:
    def load() -> Any:
        if not whole:
            raise Refused("这一行的格子比表头多。请检查正文里的逗号和引号。")
        if any(isinstance(value, str) and re.search("[\ud800-\udfff]", value) for value in row.values()):
            raise Refused("这一行的编码与文件其余部分不同，读出来是乱码。请改为 UTF-8。")
        return form.make(row, find)

    return Entry(place, load)


def _broken(place: str, reason: str) -> Entry:
    def load() -> Item:
        raise Refused(reason)

    return Entry(place, load)


# --- JSON Lines ----------------------------------------------------------------------------------------------------------


def json_entries(stream: IO[bytes], place: str, find: documents.Find, form: Form = ARTICLE) -> Iterator[Entry]:
    """One entry for each line, an object with the headers as its names."""
    for number, line in _numbered(_reader(stream)):
        if line.strip():
            yield _json_entry(f"{place} 第 {number} 行", line, find, form)


def _json_entry(place: str, line: str, find: documents.Find, form: Form) -> Entry:
    def load() -> Any:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise Refused("这一行不是完整的 JSON。请每行写一个 {…}。") from error
        if not isinstance(value, dict):
            raise Refused("这一行不是 {…}。请每行写一个对象，名称同表头。")
        row = {key: part for name, part in value.items() if (key := form.key(name))}
        if any(isinstance(part, dict | list) for part in row.values()):
            raise Refused("字段里应是文字。嵌套的对象和列表不能导入。")
        return _row_entry(place, row, find, form).load()

    return Entry(place, load)


# --- Excel ---------------------------------------------------------------------------------------------------------------


def xlsx_entries(content: bytes, place: str, find: documents.Find, form: Form = ARTICLE) -> Iterator[Entry]:
    """One entry for each row of each sheet that has a header; cells merged over several rows count for each of these rows."""
    documents.require_bearable(content, "xl/workbook.xml")
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception as error:
        # Whatever its XML and zip readers raise means the same.
        raise Refused("Excel 文件已经损坏，打不开。请用 Excel 或 WPS 重新另存为 .xlsx。") from error
    found = False
    for sheet in book.worksheets:
        # The size that a sheet claims may be wrong, in either direction.
        sheet.reset_dimensions()
        rows = enumerate(sheet.iter_rows(values_only=True), 1)
        # Offices put the name of a table over its header.
        header = next((row for _, row in islice(rows, HEADER_WITHIN) if set(form.required) <= {form.key(cell) for cell in row}), None)
        if header is None:
            continue
        found = True
        keys = _keys(header, form)
        merged = _merged(content, sheet.title)
        for number, cells in rows:
            cells = (*cells, *[None] * (len(keys) - len(cells)))
            filled = [_down(merged, number, index, cell) for index, cell in enumerate(cells)]
            if any(cell not in (None, "") for cell in cells):
                for index in range(len(filled)):
                    if cells[index] not in (None, ""):
                        merged.remember(index, number, cells[index])
                yield _row_entry(f"{place}“{sheet.title}”第 {number} 行", {key: _cell(cell) for key, cell in _pair(keys, filled)}, find, form)
    if not found:
        names = "”和“".join(form.headers[key][0] for key in form.required)
        raise Refused(f"没有一张表的前 {HEADER_WITHIN} 行里有写着“{names}”的表头。可以用的表头见 docs/import.md。")


class _Merged:
    """Which cells belong to a merged area, as openpyxl's read-only reader does not say, and what stands in its first cell."""

    def __init__(self, areas: list[tuple[int, int, int, int]]) -> None:
        self._areas = areas
        self._values: dict[tuple[int, int], Any] = {}

    def remember(self, column: int, row: int, value: Any) -> None:
        self._values |= {(left, top): value for left, top, _, _ in self._areas if (left, top) == (column, row)}

    def value(self, column: int, row: int) -> Any:
        for left, top, right, bottom in self._areas:
            if left <= column <= right and top <= row <= bottom:
                return self._values.get((left, top))
        return None


def _merged(content: bytes, title: str) -> _Merged:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    path = book[title]._worksheet_path
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(path) as part:
        text = part.read().decode("utf-8", "replace")
    areas = []
    for reference in re.findall(r'<(?:\w+:)?mergeCell ref="([A-Z]+\d+:[A-Z]+\d+)"', text):
        left, top, right, bottom = range_boundaries(reference)
        areas.append((left - 1, top, right - 1, bottom))
    return _Merged(areas)


def _down(merged: _Merged, row: int, column: int, cell: Any) -> Any:
    return merged.value(column, row) if cell in (None, "") else cell


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if value is None else str(value)
