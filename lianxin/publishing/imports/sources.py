"""Files, folders and zips to entries, in one order each time, so that an import that was cut short finds its place again."""

import contextlib
import posixpath
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from lianxin.foundation.errors import Refused
from lianxin.publishing.imports import documents, tables
from lianxin.publishing.imports.items import Entry, Item

MOST_TEXT = 16 * 1024 * 1024
MOST_TABLE = 1024 * 1024 * 1024
MOST_FILES = 200_000
MOST_IN_ZIP = 20 * 1024**3
MOST_RATIO = 200
"""No text is packed tighter; a bomb is, a thousand times."""
TEXTS, PAGES, WORDS = ("txt", "md"), ("html", "htm"), ("docx",)
TABLES = ("csv", "tsv", "xlsx", "jsonl", "ndjson")
_OLD = ("doc", "xls", "wps", "et", "rtf", "pdf", "ofd")


@dataclass(frozen=True)
class Source:
    """What the command was pointed at: its files by name, and how to open them."""

    name: str
    files: tuple[tuple[str, int, datetime], ...]
    """Name, size and time of each, in order."""
    open: Callable[[str], IO[bytes]]
    faults: tuple[tuple[str, str], ...] = ()
    """Files that are not even opened, with the reason."""


def source(path: Path) -> Source:
    """The files at ``path``: one file, a folder, or a zip. Raises Refused when there is nothing that can be imported."""
    if not path.exists():
        raise Refused(f"没有 {path} 这个文件或文件夹。")
    if path.is_dir():
        return _folder(path)
    if path.suffix.lower() == ".zip":
        return _zip(path)
    return Source(path.name, (_described(path, path.name),), lambda name: _open_beside(path.parent, name))


def _described(path: Path, name: str) -> tuple[str, int, datetime]:
    state = path.stat()
    return name, state.st_size, datetime.fromtimestamp(int(state.st_mtime))


def _open_beside(folder: Path, name: str) -> IO[bytes]:
    """A file of the folder; never one outside it, whatever the name or a link says."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise FileNotFoundError(name)
    return path.open("rb")


def _folder(path: Path) -> Source:
    found = sorted(file for file in path.rglob("*") if file.is_file() and not file.is_symlink() and not _hidden(file.relative_to(path)))
    if len(found) > MOST_FILES:
        raise Refused(f"文件夹里有 {len(found)} 个文件，最多 {MOST_FILES} 个。请分几次导入。")
    return Source(path.name, tuple(_described(file, file.relative_to(path).as_posix()) for file in found), partial(_open_beside, path))


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "~$", "__MACOSX")) for part in path.parts)


def _zip(path: Path) -> Source:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise Refused(f"{path.name} 不是完整的压缩包（zip）。请重新打包。") from error
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MOST_FILES or sum(info.file_size for info in infos) > MOST_IN_ZIP:
        raise Refused(f"{path.name} 展开后过大。请分成几个压缩包。")
    files, faults, by_name = [], [], {}
    for info in infos:
        name = _zip_name(info)
        if reason := _why_not(info, name):
            faults.append((name, reason))
            continue
        if _hidden(Path(name)):
            continue
        by_name[name] = info
        files.append((name, info.file_size, _zip_time(info)))
    files.sort()

    def open_member(name: str) -> IO[bytes]:
        wanted = posixpath.normpath(name)
        if wanted not in by_name:
            raise FileNotFoundError(name)
        # TextIOWrapper and the readers seek; a member of a zip is read whole only when it is a document.
        return archive.open(by_name[wanted])

    return Source(path.name, tuple(files), open_member, tuple(sorted(faults)))


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The name as it was written: Chinese Windows packs in GBK without saying so."""
    name = info.filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("gb18030")
    return name.replace("\\", "/")


def _zip_time(info: zipfile.ZipInfo) -> datetime:
    try:
        return datetime(*info.date_time)
    except ValueError:
        return datetime(1980, 1, 1)


def _why_not(info: zipfile.ZipInfo, name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or ":" in name:
        return "文件名指向压缩包以外，没有导入。请重新打包。"
    if info.flag_bits & 1:
        return "加了密码，打不开。请去掉密码后重新打包。"
    if info.file_size > 1024**2 and info.file_size > MOST_RATIO * max(1, info.compress_size):
        return "展开后大得不正常，可能是恶意文件，没有导入。"
    return ""


# --- entries -------------------------------------------------------------------------------------------------------------


def entries(where: Source) -> Iterator[Entry]:
    """Every article of the source. A file that cannot be read is an entry whose loading is refused."""
    for name, reason in where.faults:
        yield refused(name, reason)
    for name, size, modified in where.files:
        ending = PurePosixPath(name).suffix.lstrip(".").lower()
        if ending in TABLES:
            yield from table_entries(where, name, size)
        elif ending in TEXTS + PAGES + WORDS:
            yield Entry(name, partial(_load, where, name, ending, size, modified))
        elif ending == "zip":
            yield refused(name, "压缩包里还有压缩包。请先把它解开，再一起打包或单独导入。")
        elif ending in _OLD and not _belongs_to_pages(where):
            yield refused(name, f"不能导入 .{ending} 文件。请用 Word 或 WPS 另存为 .docx（表格存为 .xlsx）。")


def count(where: Source) -> int | None:
    """How many entries there are, when that can be told without reading; tables do not say."""
    endings = [PurePosixPath(name).suffix.lstrip(".").lower() for name, _, _ in where.files]
    if any(ending in TABLES for ending in endings):
        return None
    texts = sum(ending in TEXTS + PAGES + WORDS + ("zip",) for ending in endings)
    old = 0 if _belongs_to_pages(where) else sum(ending in _OLD for ending in endings)
    return texts + old + len(where.faults)


def _belongs_to_pages(where: Source) -> bool:
    """Beside HTML pages and tables such files are their attachments."""
    return any(PurePosixPath(name).suffix.lstrip(".").lower() in PAGES + TABLES for name, _, _ in where.files)


def refused(place: str, reason: str) -> Entry:
    """An entry that says only why it cannot be taken over."""

    def load() -> Item:
        raise Refused(reason)

    return Entry(place, load)


def read(where: Source, name: str, limit: int) -> bytes:
    """A file's content. Raises Refused when it is larger than ``limit`` bytes or cannot be read."""
    try:
        with where.open(name) as stream:
            content = stream.read(limit + 1)
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise Refused("文件读不出来，可能已经损坏。请检查后重试。") from error
    if len(content) > limit:
        raise Refused(f"文件超过 {limit // 1024**2} MB。请检查是否放错，或拆成几个。")
    return content


def beside(where: Source, name: str) -> documents.Find:
    """Finds pictures and files relative to one file of the source."""
    folder = PurePosixPath(name).parent

    def open_beside(address: str) -> bytes | None:
        # An address from the root of the old website begins at the root of what was copied from it.
        path = posixpath.normpath(address.lstrip("/") if address.startswith("/") else (folder / address).as_posix())
        if path.startswith(("..", "/")):
            return None
        try:
            return read(where, path, documents.MOST_DOCUMENT)
        except Refused:
            return None

    return documents.finder(open_beside)


def _load(where: Source, name: str, ending: str, size: int, modified: datetime) -> Item:
    stem = PurePosixPath(name).stem.replace("_", " ").strip()
    limit = documents.MOST_DOCUMENT if ending in WORDS else MOST_TEXT
    if size > limit:
        raise Refused(f"文件有 {size // 1024**2} MB，最多 {limit // 1024**2} MB。请检查是否放错，或拆成几个。")
    content = read(where, name, limit)
    if not content.strip(b"\0 \t\r\n"):
        raise Refused("文件是空的。请检查是否拿错了文件。")
    if ending in WORDS:
        item = documents.from_docx(content, stem)
    elif ending in PAGES:
        item = documents.from_html(content, stem, beside(where, name))
    else:
        item = documents.from_text(content, stem)
    item.modified = modified
    return item


def table_entries(where: Source, name: str, size: int, form: tables.Form = tables.ARTICLE) -> Iterator[Entry]:
    """Every row of one table of the source; ``form`` says what a row is. A file that cannot be read is an entry whose loading is refused."""
    ending = PurePosixPath(name).suffix.lstrip(".").lower()
    limit = documents.MOST_DOCUMENT if ending == "xlsx" else MOST_TABLE
    if size > limit:
        yield refused(name, f"文件有 {size // 1024**2} MB，最多 {limit // 1024**2} MB。请拆成几个文件。")
        return
    find = beside(where, name)
    try:
        if ending == "xlsx":
            yield from tables.xlsx_entries(read(where, name, limit), name, find, form)
            return
        with where.open(name) as stream:
            make = tables.json_entries if ending in ("jsonl", "ndjson") else tables.csv_entries
            yield from make(stream, name, find, form)
    except (Refused, OSError, zipfile.BadZipFile, EOFError) as error:
        yield refused(name, str(error) if isinstance(error, Refused) else "文件读不出来，可能已经损坏。请检查后重试。")
