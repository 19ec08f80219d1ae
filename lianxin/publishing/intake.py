"""What people paste and type becomes an article's body: structure is kept, appearance is dropped.

Texts come from Word and WPS with styles, fonts and lists that are paragraphs in disguise, or are typed as plain text with a
light markup: one line one paragraph, ``## `` a heading, ``- `` or ``1. `` a list, ``|`` a table, ``> `` a quotation.
"""

import html
import itertools
import re
from collections.abc import Iterator
from typing import Any

import nh3
from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import PreformattedString

Block = dict[str, Any]

LONGEST = 1_000_000
"""Characters of pasted HTML that are read; a book chapter has a tenth."""

_INLINE = {"b", "strong", "a", "br"}
_CONTAINERS = {"div", "section", "article", "main", "center", "body", "html", "form", "td", "th", "tr", "tbody", "dl", "dt", "dd", "pre"}
_HEADINGS = {"h1": "2", "h2": "2", "h3": "3", "h4": "3", "h5": "3", "h6": "3"}
_LISTS = ["ul", "ol"]
_STRUCTURE = [*_HEADINGS, *_LISTS, "table", "blockquote"]
_BLOCKS = _CONTAINERS | set(_HEADINGS) | {"p", "ul", "ol", "li", "table", "blockquote", "hr"}
_DROPPED = [
    "script",
    "style",
    "head",
    "title",
    "meta",
    "link",
    "xml",
    "svg",
    "object",
    "iframe",
    "img",
    "o:p",
    "button",
    "input",
    "select",
    "textarea",
]
_EDGE = " \t\r\n\u00a0\u3000\u200b\ufeff"
_CHINESE = "\u2e80-\u9fff\uff00-\uffef\u3000-\u303f"
_LINE_BREAK_INSIDE_CHINESE = re.compile(rf"(?<=[{_CHINESE}])[ \t]*[\r\n]+[ \t]*(?=[{_CHINESE}])")
_SPACES = re.compile(r"[ \t\r\n\u00a0]+")
# 一、 and （一） open the first and second level of headings in official documents.
_NUMBERED_HEADING = re.compile(r"^(?:([一二三四五六七八九十]+、)|(（[一二三四五六七八九十]+）)).{1,40}[^。；;，,：:]$")
# Stands where a line of a cell, an item or a quotation ends.
_LINE_END = "\x1f"
_LONGEST_HEADING = 120
_OPENED_AGAIN = 4
_ORDERED_MARK = re.compile(r"^[\s\u00a0]*[（(]?(?:\d+|[a-zA-Z]|[一二三四五六七八九十]+)[.．、)）]")
_BOLD_STYLE = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)


# --- from HTML ---------------------------------------------------------------------------------------------------------


def blocks_from_html(source: str) -> list[Block]:
    """Stream data for what was pasted: headings, paragraphs, lists, tables, quotations, bold and links; nothing else survives."""
    soup = BeautifulSoup(source[:LONGEST], "html.parser")
    for node in soup.find_all(string=lambda text: isinstance(text, PreformattedString)):
        node.extract()
    for tag in soup.find_all(_DROPPED):
        if tag.name == "o:p":
            tag.unwrap()
        else:
            tag.decompose()
    try:
        _reveal_lists(soup)
        _reveal_bold(soup)
        return _join(list(_walk(soup)))
    except RecursionError:
        # Tags nested a thousand deep are nobody's text; the words are kept.
        return blocks_from_text(html.unescape(nh3.clean(source[:LONGEST], tags=set())))


def pictures_in(source: str) -> int:
    """How many pictures the pasted HTML carries; they cannot be taken over, as they lie on the writer's own machine."""
    return len(re.findall(r"<(?:img|v:imagedata)\b", source[:LONGEST], re.IGNORECASE))


def _reveal_lists(soup: BeautifulSoup) -> None:
    """Word writes list items as paragraphs with ``mso-list`` in their style and the mark as text."""
    for paragraph in soup.find_all("p", style=re.compile("mso-list", re.IGNORECASE)):
        mark = paragraph.find("span", style=re.compile(r"mso-list\s*:\s*ignore", re.IGNORECASE))
        text = mark.get_text() if mark else paragraph.get_text()
        ordered = bool(_ORDERED_MARK.match(text))
        if mark:
            mark.decompose()
        paragraph.name = "li"
        paragraph["data-list"] = "ol" if ordered else "ul"


def _reveal_bold(soup: BeautifulSoup) -> None:
    for span in soup.find_all("span", style=_BOLD_STYLE):
        span.name = "b"


def _walk(node: Tag) -> Iterator[Block]:
    """The blocks below ``node`` in order; loose text between them becomes paragraphs."""
    run: list[Any] = []
    for child in node.children:
        if isinstance(child, Tag) and (child.name in _BLOCKS or child.find(lambda tag: tag.name in _BLOCKS)):
            yield from _paragraphs(run)
            run = []
            yield from _block(child)
        else:
            run.append(child)
    yield from _paragraphs(run)


def _block(tag: Tag) -> Iterator[Block]:
    if tag.name in _HEADINGS:
        yield from _heading(tag, _HEADINGS[tag.name])
    elif tag.name in _LISTS:
        if value := _list_html(tag):
            yield {"type": "text", "value": value}
    elif tag.name == "li":
        own, below = _item(tag)
        if own:
            yield from _list(str(tag.get("data-list", "ul")), [own + below])
        elif below:
            yield {"type": "text", "value": below}
    elif tag.name == "table":
        yield from _table(tag)
    elif tag.name == "blockquote":
        if tag.find(_STRUCTURE) is not None:
            # Old websites indent whole articles by it.
            yield from _walk(tag)
        elif text := _lines(tag):
            yield {"type": "quote", "value": {"text": text, "source": ""}}
    elif tag.name != "hr":
        yield from _walk(tag)


def _heading(tag: Tag, level: str) -> Iterator[Block]:
    text = _plain(tag.get_text())
    if len(text) > _LONGEST_HEADING:
        yield from _walk(tag)
    elif text:
        yield {"type": "heading", "value": {"level": level, "text": text}}


def _paragraphs(run: list[Any]) -> Iterator[Block]:
    """Loose nodes as paragraphs, parted at line breaks."""
    for piece in _parted(_raw(run)):
        yield from _paragraph(piece)


def _parted(raw: str) -> Iterator[str]:
    """The pieces between line breaks; what is open there is closed and opened again: old websites put whole articles into one ``<font>``."""
    if "<br" not in raw:
        yield raw
        return
    opened: list[str] = []
    piece: list[str] = []
    for token in re.split(r"(<[^>]*>)", raw):
        name = token[1:].rstrip("/> ").split(" ", 1)[0] if token.startswith("<") else ""
        if name == "br":
            # Few are enough, and a thousand tags within one another would be written a thousand times.
            again = [tag for tag in opened if tag.startswith(("<b>", "<b ", "<strong", "<a "))][-_OPENED_AGAIN:]
            yield "".join([*piece, *("</b></a>" for _ in again)])
            piece = again
            continue
        piece.append(token)
        if name.startswith("/"):
            del opened[-1:]
        elif name and not token.endswith("/>"):
            opened.append(token)
    yield "".join(piece)


def _paragraph(raw: str) -> Iterator[Block]:
    value = _cleaned(raw)
    if not value:
        return
    text = _plain(re.sub(r"<[^>]+>", "", value), unescape=True)
    if not text:
        return
    numbered = _NUMBERED_HEADING.match(text)
    wholly_bold = re.fullmatch(r"<b>[^<]*</b>", value) is not None
    if numbered and wholly_bold:
        yield {"type": "heading", "value": {"level": "2" if numbered[1] else "3", "text": text[:120]}}
    else:
        yield {"type": "text", "value": f"<p>{value}</p>"}


def _list(kind: str, items: list[str]) -> Iterator[Block]:
    kept = "".join(f"<li>{item}</li>" for item in items if item)
    if kept:
        yield {"type": "text", "value": f"<{kind}>{kept}</{kind}>"}


def _list_html(tag: Tag) -> str:
    """A list with the lists within it below the items to which they belong; no word twice, none left out."""
    items: list[str] = []
    before = ""
    for child in list(tag.children):
        own, below = _item(child)
        if own:
            items.append(own)
        if items:
            items[-1] += below
        else:
            before += below
    inside = "".join(f"<li>{item}</li>" for item in items)
    return before + (f"<{tag.name}>{inside}</{tag.name}>" if inside else "")


def _item(node: Any) -> tuple[str, str]:
    """What stands in a list: its own text, and the lists below it."""
    if not isinstance(node, Tag):
        return _inline_html([node]), ""
    if node.name in _LISTS:
        return "", _list_html(node)
    nested: list[Tag] = []
    while isinstance(inner := node.find(_LISTS), Tag):
        nested.append(inner.extract())
    for line in node.find_all([*_BLOCKS, "br"]):
        line.insert_after(" ")
    return _inline_html(node.children), "".join(map(_list_html, nested))


def _lines(tag: Tag) -> str:
    """The text of a cell or a quotation with its line ends."""
    for line in tag.find_all([*_BLOCKS, "br"]):
        line.insert_before(_LINE_END)
        line.insert_after(_LINE_END)
    return "\n".join(filter(None, map(_plain, tag.get_text().split(_LINE_END))))


def _inline_html(nodes: Any) -> str:
    """Text with bold and links only, without indents or spaces at its ends."""
    return _cleaned(_raw(nodes))


def _raw(nodes: Any) -> str:
    return "".join(str(node) if isinstance(node, Tag) else html.escape(str(node), quote=False) for node in nodes)


def _cleaned(raw: str) -> str:
    raw = raw.replace("<strong", "<b").replace("</strong>", "</b>")
    cleaned = nh3.clean(raw, tags={"b", "a"}, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto", "tel"}, link_rel=None)
    cleaned = _SPACES.sub(" ", _LINE_BREAK_INSIDE_CHINESE.sub("", cleaned.replace("&nbsp;", " ")))
    cleaned = re.sub(r"<a>(.*?)</a>", r"\1", cleaned)
    cleaned = re.sub(rf"<b>([{_EDGE}]*)</b>", r"\1", cleaned).replace("</b><b>", "")
    return re.sub(rf"^((?:<[^>]+>)?)[{_EDGE}]+", r"\1", cleaned).strip(_EDGE)


def _plain(text: str, *, unescape: bool = False) -> str:
    text = html.unescape(text) if unescape else text
    return _SPACES.sub(" ", _LINE_BREAK_INSIDE_CHINESE.sub("", text)).strip(_EDGE)


def _table(tag: Tag) -> Iterator[Block]:
    own = [row for row in tag.find_all("tr") if row.find_parent("table") is tag]
    if len(own) <= 1 and sum(len(row.find_all(["td", "th"], recursive=False)) for row in own) <= 1:
        # A table of one cell is a frame around text, as Word makes them.
        yield from _walk(tag)
        return
    rows = _cells(own)
    caption = tag.find("caption")
    if rows:
        yield table_block(rows, _plain(caption.get_text()) if caption else "")
    for text in [text for text in tag.find_all(string=True) if text.strip() and _is_stray(text, tag)]:
        yield from _paragraphs([text])


def _is_stray(text: NavigableString, table: Tag) -> bool:
    """Whether text stands in a table and in none of its cells, as where a row's tag was forgotten."""
    for around in text.parents:
        if around is table:
            break
        if around.name in ("td", "th"):
            return around.parent is None or around.parent.name != "tr"
        if around.name == "caption":
            return False
    return True


def _cells(own: list[Tag]) -> list[list[str]]:
    """The texts of a table as a full rectangle; what spans several rows is repeated, so that every row can be read by itself."""
    rows: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}
    for row in own:
        line: list[str] = []
        for cell in [*row.find_all(["td", "th"], recursive=False), None]:
            while len(line) in below:
                left, text = below.pop(len(line))
                if left > 1:
                    below[len(line)] = (left - 1, text)
                line.append(text)
            if cell is None:
                break
            text = _lines(cell)
            for offset in range(_span(cell, "colspan")):
                if _span(cell, "rowspan") > 1:
                    below[len(line)] = (_span(cell, "rowspan") - 1, text)
                line.append(text if offset == 0 else "")
        if any(line):
            rows.append(line)
    width = max((len(row) for row in rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def _span(cell: Tag, name: str) -> int:
    value = str(cell.get(name, "1"))
    return min(int(value), 50) if value.isdigit() and int(value) > 0 else 1


def table_block(rows: list[list[str]], caption: str = "") -> Block:
    """A table as stream data, its first row being the header."""
    value = {
        "data": rows,
        "cell": [],
        "mergeCells": [],
        "first_row_is_table_header": True,
        "first_col_is_header": False,
        "table_header_choice": "row",
        "table_caption": caption,
    }
    return {"type": "table", "value": value}


def _join(blocks: list[Block]) -> list[Block]:
    """Neighbouring paragraphs and lists become one text block, items of one list one list."""
    joined: list[Block] = []
    for is_text, group in itertools.groupby(blocks, lambda block: block["type"] == "text"):
        if is_text:
            value = "".join(block["value"] for block in group)
            joined.append({"type": "text", "value": value.replace("</ul><ul>", "").replace("</ol><ol>", "")})
        else:
            joined += group
    return joined


# --- from text ---------------------------------------------------------------------------------------------------------


def blocks_from_text(text: str) -> list[Block]:
    """Stream data for typed text with the light markup described above."""
    blocks: list[Block] = []
    rows: list[list[str]] = []
    for line in [*text.splitlines(), ""]:
        line = line.strip(_EDGE)
        if line.startswith("|"):
            cells = [cell.strip(_EDGE) for cell in line.strip("|").split("|")]
            if not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
                rows.append(cells)
            continue
        if rows:
            width = max(map(len, rows))
            blocks.append(table_block([row + [""] * (width - len(row)) for row in rows]))
            rows = []
        if line:
            blocks.append(_line(line))
    return _join(blocks)


def _line(line: str) -> Block:
    heading = re.match(r"^(#{1,6})\s*(.+)$", line)
    if heading:
        return {"type": "heading", "value": {"level": "2" if len(heading[1]) <= 2 else "3", "text": heading[2].strip()[:120]}}
    if line.startswith((">", "＞")):
        return {"type": "quote", "value": {"text": line[1:].strip(_EDGE), "source": ""}}
    bullet = re.match(r"^[-*•·]\s+(.+)$", line)
    if bullet:
        return {"type": "text", "value": f"<ul><li>{_marked(bullet[1])}</li></ul>"}
    number = re.match(r"^\d{1,3}[.．]\s+(.+)$", line)
    if number:
        return {"type": "text", "value": f"<ol><li>{_marked(number[1])}</li></ol>"}
    return {"type": "text", "value": f"<p>{_marked(line)}</p>"}


def _marked(line: str) -> str:
    safe = html.escape(line, quote=False)
    safe = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", safe)
    return re.sub(r"\[([^\]]+)\]\((https?://[^\s)\"<>]+)\)", r'<a href="\2">\1</a>', safe)


# --- and back, to be edited again --------------------------------------------------------------------------------------


def is_simple(body: Any) -> bool:
    """Whether the quick form can show a body without losing anything; pictures in the text and links to pages need the full editor."""
    kept = {"text", "heading", "table", "quote"}
    parts = list(body)
    if parts and parts[-1].block_type == "attachments":
        parts.pop()
    return all(child.block_type in kept and not (child.block_type == "text" and "linktype=" in child.value.source) for child in parts)


def html_from_body(body: Any) -> str:
    """The body as HTML for the rich area."""
    return "\n".join(_as_html(child.block_type, child.value) for child in body)


def html_from_blocks(blocks: list[Block]) -> str:
    """The same from stream data."""
    return "\n".join(_as_html(block["type"], block["value"]) for block in blocks)


def _as_html(kind: str, value: Any) -> str:
    if kind == "heading":
        return f"<h{value['level']}>{html.escape(value['text'])}</h{value['level']}>"
    if kind == "table":
        caption = f"<caption>{html.escape(value['table_caption'])}</caption>" if value.get("table_caption") else ""
        rows = ["".join(f"<td>{html.escape(str(cell or ''))}</td>" for cell in row) for row in value["data"]]
        return f"<table>{caption}{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
    if kind == "quote":
        return "<blockquote>" + "".join(f"<p>{html.escape(line)}</p>" for line in value["text"].splitlines()) + "</blockquote>"
    return getattr(value, "source", value) if kind == "text" else ""


def text_from_body(body: Any) -> str:
    """The body in light markup, for those without JavaScript."""
    return "\n\n".join(filter(None, (_as_text(child.block_type, child.value) for child in body)))


def _as_text(kind: str, value: Any) -> str:
    if kind == "heading":
        return f"{'#' * int(value['level'])} {value['text']}"
    if kind == "quote":
        return "\n".join(f"> {line}" for line in value["text"].splitlines())
    if kind == "table":
        return "\n".join("| " + " | ".join(str(cell or "").replace("\n", " ") for cell in row) + " |" for row in value["data"])
    if kind != "text":
        return ""
    lines = []
    soup = BeautifulSoup(getattr(value, "source", value), "html.parser")
    for link in soup.find_all("a", href=True):
        link.replace_with(NavigableString(f"[{link.get_text()}]({link['href']})"))
    for bold in soup.find_all(["b", "strong"]):
        bold.replace_with(NavigableString(f"**{bold.get_text()}**"))
    for item in soup.find_all("li"):
        # The light markup has one level of lists; what lies below an item follows it.
        item.insert_after(*[below.extract() for below in item.find_all("li")])
    for tag in soup.find_all(["p", "li"]):
        mark = "" if tag.name == "p" else ("- " if tag.find_parent("ul") else f"{len(tag.find_previous_siblings('li')) + 1}. ")
        lines.append(mark + tag.get_text())
    return ("\n" if soup.find("li") and not soup.find("p") else "\n\n").join(lines)
