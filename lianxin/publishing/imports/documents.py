"""One text, Word or HTML file to an item."""

import html
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

import mammoth
from bs4 import BeautifulSoup, Tag

from lianxin.foundation.errors import Refused
from lianxin.publishing import intake
from lianxin.publishing.imports import structure
from lianxin.publishing.imports.decoding import decode
from lianxin.publishing.imports.items import Block, File, Item

MOST_DOCUMENT = 64 * 1024 * 1024
MOST_XML = 32 * 1024 * 1024
MOST_UNPACKED = 512 * 1024 * 1024
MOST_PICTURES = 200

Find = Callable[[str], File | None]
"""Finds a file by an address relative to the document; None when there is none."""

# Where a website's page has its text, the narrowest first: ids of the government sites' usual editors, then plain HTML.
CONTENT = ("#UCAP-CONTENT", ".TRS_Editor", "#zoom", "#Zoom", "#vsb_content", ".article-content", ".content", "article", "main", "body")
# Particulars as the standard for government websites names them (国办函〔2017〕47号).
META = {
    "title": ("ArticleTitle",),
    "date": ("PubDate", "pubdate", "publishdate"),
    "source": ("ContentSource", "source"),
    "author": ("Author", "author"),
    "keywords": ("Keywords", "keywords"),
    "summary": ("Description", "description"),
}
ATTACHMENTS = ("pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "wps", "et", "ofd", "zip", "rar", "7z", "txt", "csv", "mp3", "mp4")
_WORDS_ONLY = ["table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"]
_MARK = "\ue000{}\ue001"
_MARKED = re.compile("\ue000([^\ue001]+)\ue001")


def from_text(content: bytes, name: str) -> Item:
    """A plain text; ``name`` stands in for a title that is missing."""
    return item_of_text(decode(content), name)


def item_of_text(text: str, name: str, title: str = "") -> Item:
    """A plain text that is read already; with ``title``, all of it is the body."""
    draft = structure.recover(f"{title}\n{text}" if title else text, name)
    return Item(draft.title, blocks_of(draft.parts), dict(draft.particulars))


def blocks_of(parts: tuple[structure.Part, ...]) -> list[Block]:
    """Headings and paragraphs as stream data."""
    blocks: list[Block] = []
    for part in parts:
        if part.level in (2, 3):
            blocks.append({"type": "heading", "value": {"level": str(part.level), "text": part.text}})
            continue
        text = html.escape(part.text, quote=False)
        paragraph = f"<p><b>{text}</b></p>" if part.level else f"<p>{text}</p>"
        if blocks and blocks[-1]["type"] == "text":
            blocks[-1]["value"] += paragraph
        else:
            blocks.append({"type": "text", "value": paragraph})
    return blocks


def from_docx(content: bytes, name: str) -> Item:
    """A Word file with its pictures."""
    require_bearable(content, "word/document.xml")
    files: dict[str, File] = {}

    def keep(image: Any) -> dict[str, str]:
        with image.open() as stream:
            data = stream.read()
        ending = image.content_type.rpartition("/")[2].replace("jpeg", "jpg")
        key = f"图{len(files) + 1}.{ending}"
        files[key] = File(key, data)
        return {"src": f"embedded:{key}"}

    styles = "p[style-name='Title'] => h1.title:fresh\np[style-name='标题'] => h1.title:fresh"
    try:
        made = mammoth.convert_to_html(io.BytesIO(content), convert_image=mammoth.images.img_element(keep), style_map=styles)
    except Exception as error:
        # Whatever its XML and zip readers raise means the same.
        raise Refused("Word 文件已经损坏，打不开。请用 Word 或 WPS 重新另存为 .docx。") from error
    soup = BeautifulSoup(made.value, "html.parser")
    title = _take_title(soup, name)
    return _item(soup, title, {}, lambda address: files.get(address.removeprefix("embedded:")))


def require_bearable(content: bytes, main: str) -> None:
    """Raise Refused unless an Office file is a whole zip of bearable size whose XML declares no entities."""
    if len(content) > MOST_DOCUMENT:
        raise Refused(f"文件有 {len(content) // 1024**2} MB，最多 {MOST_DOCUMENT // 1024**2} MB。请压缩图片或拆开。")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused("这是旧格式（.doc、.xls）或加了密码的文件。请用 Word 或 WPS 去掉密码，另存为 .docx、.xlsx。")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            if any(info.flag_bits & 1 for info in infos):
                raise Refused("文件加了密码。请去掉密码后再导入。")
            xml = [info for info in infos if info.filename.endswith((".xml", ".rels"))]
            if any(info.file_size > MOST_XML for info in xml) or sum(info.file_size for info in infos) > MOST_UNPACKED:
                raise Refused("文件展开后过大，可能是恶意文件。请用 Word 或 WPS 重新另存后再导入。")
            if main not in archive.namelist():
                raise Refused("文件不是 Word 或 Excel 文件，或者已经损坏。请用原来的程序重新另存。")
            for info in xml:
                with archive.open(info) as part:
                    head = part.read(4096)
                if b"<!" in head.replace(b"\0", b"") and re.search(rb"<!(?:DOCTYPE|ENTITY)", head.replace(b"\0", b""), re.IGNORECASE):
                    raise Refused("文件里有不正常的定义，可能是恶意文件。请用 Word 或 WPS 重新另存后再导入。")
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError) as error:
        raise Refused("文件已经损坏，打不开。请重新另存后再导入。") from error


def from_html(content: bytes, name: str, find: Find) -> Item:
    """A saved web page with the pictures and files that lie beside it."""
    return item_of_html(decode_html(content), name, find)


def decode_html(content: bytes) -> str:
    """A page's text, in the encoding that it names itself or that it proves to be in."""
    named = re.search(rb"<meta[^>]+charset=[\"']?\s*([\w-]+)", content[:4096], re.IGNORECASE)
    if named:
        name = named[1].decode().lower()
        try:
            return content.decode("gb18030" if name in ("gb2312", "gbk") else name)
        except (UnicodeDecodeError, LookupError):
            pass
    return decode(content)


def item_of_html(text: str, name: str, find: Find, title: str = "") -> Item:
    """HTML that is read already; with ``title``, all of it is the body."""
    soup = BeautifulSoup(text, "html.parser")
    fields = {} if title else _meta(soup)
    if not title:
        title = fields.pop("title", "") or _heading(soup) or _text(soup.title) or name
    content = next((found for selector in CONTENT if (found := soup.select_one(selector)) is not None), soup)
    for tag in content.find_all(["nav", "header", "footer", "aside", "noscript"]):
        tag.decompose()
    for tag in content.find_all("h1"):
        if _text(tag) == title:
            tag.decompose()
    return _item(content, title, fields, find)


def item_of_page(soup: Tag, title: str, fields: dict[str, Any], find: Find) -> Item:
    """The part of a page that holds its text, with particulars that somebody read already."""
    return _item(soup, title, fields, find)


def _meta(soup: BeautifulSoup) -> dict[str, str]:
    named = {str(tag.get("name", "")): str(tag.get("content", "")).strip() for tag in soup.find_all("meta")}
    return {key: value for key, names in META.items() if (value := next((named[name] for name in names if named.get(name)), ""))}


def _heading(soup: BeautifulSoup) -> str:
    return _text(soup.find("h1"))


def _text(tag: Any) -> str:
    return " ".join(tag.get_text().split()) if tag is not None else ""


def _take_title(soup: BeautifulSoup, name: str) -> str:
    """The paragraph in the title's style, otherwise the first that can be one; taken out of the text."""
    first = soup.find("h1", class_="title")
    if first is None:
        first = next((tag for tag in soup.find_all(["h1", "h2", "p"]) if _text(tag)), None)
        if first is None or len(_text(first)) > structure.LONGEST_TITLE or _text(first).endswith("。"):
            return name
    title = _text(first)
    first.decompose()
    return title


def _item(soup: Tag, title: str, fields: dict[str, Any], find: Find) -> Item:
    item = Item(title, [], fields)
    _open_frames(soup)
    attached = _take_files(soup, item, find)
    source = str(soup)
    if len(source) > intake.LONGEST:
        # The rest would be left out without a word.
        raise Refused(f"正文连同格式超过 {intake.LONGEST // 10_000} 万个字符。请去掉多余的格式，或拆成几篇。")
    blocks = structure.lift_headings(intake.blocks_from_html(source))
    item.blocks = [part for block in blocks for part in _with_pictures(block, item)]
    if attached:
        item.blocks.append({"type": "attachment-files", "value": attached})
    return item


def _open_frames(soup: Tag) -> None:
    """Tables of one column around a picture and its caption, as old websites lay them out, are no tables."""
    for table in soup.find_all("table"):
        rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
        if table.find("img") is not None and all(len(row.find_all(["td", "th"], recursive=False)) < 2 for row in rows):
            table.name = "div"


def _take_files(soup: Tag, item: Item, find: Find) -> list[str]:
    """Marks stand where pictures were, or behind what holds words only; links to files become attachments at the end; what is missing is noted."""
    behind: dict[int, Tag] = {}
    for number, image in enumerate(soup.find_all("img")):
        address = str(image.get("src") or "")
        file = find(address) if address and number < MOST_PICTURES else None
        if file is None:
            if address:
                item.notes.append(f"图片 {address[:80]} 没有找到，未带入。")
            image.decompose()
            continue
        key = f"{number}:{file.name}"
        item.files[key] = file
        alt = str(image.get("alt") or image.get("title") or "").strip().replace("\ue000", "").replace("\ue001", "")
        mark = _MARK.format(f"{key}\ue002{alt[:200]}")
        around = image.find_parents(_WORDS_ONLY)
        if not around:
            image.replace_with(mark)
            continue
        image.decompose()
        paragraph = BeautifulSoup(f"<p>{html.escape(mark)}</p>", "html.parser").p
        assert paragraph is not None
        behind.get(id(around[-1]), around[-1]).insert_after(paragraph)
        behind[id(around[-1])] = paragraph
    attached: list[str] = []
    for link in soup.find_all("a", href=True):
        address = str(link["href"])
        if urlsplit(address).path.rpartition(".")[2].lower() not in ATTACHMENTS:
            if not re.match(r"(?:https?:|mailto:|tel:)", address):
                link.unwrap()
            continue
        file = find(address)
        if file is not None:
            name = _text(link)
            key = f"附件{len(attached) + 1}:{file.name}"
            ending = file.name.rpartition(".")[2]
            item.files[key] = File(name if name.lower().endswith(f".{ending.lower()}") else f"{name[:80] or '附件'}.{ending}", file.content)
            attached.append(key)
        elif not address.startswith(("http:", "https:")):
            item.notes.append(f"附件 {address[:80]} 没有找到，未带入。")
        if file is not None or not address.startswith(("http:", "https:")):
            link.unwrap()
    return attached


def _with_pictures(block: Block, item: Item) -> list[Block]:
    """The block parted at its pictures' marks."""
    if block["type"] != "text" or "\ue000" not in block["value"]:
        return [_unmarked(block)]
    found: list[Block] = []
    for number, piece in enumerate(_MARKED.split(block["value"])):
        if number % 2:
            key, _, alt = piece.partition("\ue002")
            found.append({"type": "picture-file", "value": {"file": _plain(key), "alt": _plain(alt) or item.title[:200]}})
        else:
            # Tags that the mark parted are closed and opened again by the parser.
            found += intake.blocks_from_html(piece)
    return found


def _plain(text: str) -> str:
    return BeautifulSoup(text, "html.parser").get_text()


def _unmarked(block: Block) -> Block:
    """A heading or a table cannot hold a picture; the mark goes, the picture is lost with it and was rare."""
    if isinstance(block["value"], dict) and "text" in block["value"]:
        block["value"]["text"] = _MARKED.sub("", block["value"]["text"])
    if block["type"] == "table":
        block["value"]["data"] = [[_MARKED.sub("", cell or "") for cell in row] for row in block["value"]["data"]]
    return block


def finder(open_beside: Callable[[str], bytes | None]) -> Find:
    """A ``Find`` over what lies beside a document, or below the root of its site (/upload/…); addresses with a scheme find nothing."""

    def find(address: str) -> File | None:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or address.startswith("\\"):
            return None
        path = unquote(parts.path).replace("\\", "/")
        content = open_beside(path)
        return File(path.rpartition("/")[2], content) if content is not None else None

    return find
