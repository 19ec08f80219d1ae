"""What is shown, as a file: CSV that every office program opens, or XLSX. Words that a program would take for a formula stay words."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.exceptions import IllegalCharacterError

FORMATS = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
Value = str | int | float | date | None
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def download(kind: str, name: str, head: Sequence[str], rows: Iterable[Sequence[Value]]) -> HttpResponse:
    """A file of one table; ``kind`` is one of ``FORMATS``, ``name`` its name in ASCII without ending."""
    content = _csv(head, rows) if kind == "csv" else _xlsx(head, rows)
    response = HttpResponse(content, content_type=FORMATS[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def _csv(head: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(head)
    writer.writerows([_plain(value) for value in row] for row in rows)
    # With its mark, or office programs take UTF-8 for GBK.
    return written.getvalue().encode("utf-8-sig")


def _plain(value: Value) -> Value:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _xlsx(head: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("数据")
    sheet.append(list(head))
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _cell(sheet: object, value: Value) -> WriteOnlyCell:
    try:
        cell = WriteOnlyCell(sheet, value=value)
    except IllegalCharacterError:
        cell = WriteOnlyCell(sheet, value="".join(sign for sign in str(value) if sign.isprintable() or sign == "\n"))
    if isinstance(value, str):
        cell.data_type = "s"
    return cell
