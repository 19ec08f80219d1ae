"""Texts that lost their structure get it back: title, paragraphs, headings, and the punctuation that a conversion turned into dots.

Nothing is worded anew: characters other than white space and punctuation stay as they are and in their order (a test holds this for
every text). What cannot be told from the text is left as it is.
"""

import html
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import rjieba

from lianxin.publishing.imports import punctuation

LONGEST_TITLE = 100
LONGEST_HEADING = 40
LONGEST_SHORT = 30
"""Without a number only a line as short as this is a heading."""
LONG_LINE = 120
"""Lines longer than this, with runs of blanks inside, are paragraphs that ran together."""
_HAN = "\u3400-\u9fff"
_BLANKS = "[ \t\u00a0\u3000\u2002\u2003]"
_NUMBER = "[一二三四五六七八九十]"
_ENDS = tuple("。！？；：…”’）)》!?;:")
_FIRST_LEVEL = re.compile(rf"^{_NUMBER}{{1,3}}、")
_SECOND_LEVEL = re.compile(rf"^（{_NUMBER}{{1,3}}）")
_THIRD_LEVEL = re.compile(r"^\d{1,2}[.．、](?!\d)")
_DECORATION = re.compile(r"^[\s\-=_*—·.…#]+$")
_DATE_LINE = re.compile(r"^(?:发布时间|发布日期|日期|时间)[:：]\s*(\d{4})[-年./](\d{1,2})[-月./](\d{1,2})日?(?:\s+(\d{1,2}):(\d{2})(?::\d{2})?)?$")
_LABELLED = re.compile(r"^(来源|信息来源|稿源|作者|记者|发文字号|文号|关键词|摘要|原文地址|原地址)[:：]\s*(\S.*)$")
_LABELS = {
    **dict.fromkeys(("来源", "信息来源", "稿源"), "source"),
    **dict.fromkeys(("作者", "记者"), "author"),
    **dict.fromkeys(("发文字号", "文号"), "document_number"),
    **dict.fromkeys(("原文地址", "原地址"), "old_address"),
    **{"关键词": "keywords", "摘要": "summary"},
}
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石"
    "姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文涂向庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦柳邢"
)
_NAMES = re.compile(
    rf"^(?:[{_HAN}]{{0,20}}(?:主任|局长|科长|记者|通讯员|中心|办公室)\s+)?[{_SURNAMES}][{_HAN}]{{1,2}}(?:\s+[{_SURNAMES}][{_HAN}]{{1,2}})*$"
)


@dataclass(frozen=True)
class Part:
    """A heading (level 2, 3 or 4) or a paragraph (level 0)."""

    level: int
    text: str


@dataclass(frozen=True)
class Draft:
    """What a plain text is: its title, labelled particulars at its head (来源：…), headings and paragraphs."""

    title: str
    parts: tuple[Part, ...]
    particulars: dict[str, str]


def recover(text: str, name: str = "") -> Draft:
    """Read a plain text; ``name`` is the title when the first line cannot be one."""
    lines = [line for line in (_tidy(line) for line in text.splitlines()) if line and not _DECORATION.match(line)]
    title, lines = _title(lines, name)
    particulars, lines = _particulars(lines)
    if punctuation.is_lost("\n".join(lines)):
        title = punctuation.restore_title(title)
        paragraphs = [piece for line in lines for piece in _reopen(line)]
    else:
        paragraphs = list(_join_wrapped(piece for line in lines for piece in _part_at_blanks(line)))
    return Draft(title, tuple(_classify(paragraphs)), particulars)


def _tidy(line: str) -> str:
    return re.sub("[\u200b-\u200f\u2060\ufeff\0-\x08\x0b-\x1f\x7f]", "", line).strip(" \t\u00a0\u3000\r\n")


def _title(lines: list[str], name: str) -> tuple[str, list[str]]:
    """The first line, as long as it looks like a title: short, and no sentence."""
    if not lines:
        return name, []
    first = lines[0].removeprefix("# ").strip()
    first = re.sub(r"^标题[:：]\s*", "", first)
    if len(first) <= LONGEST_TITLE and not first.endswith(("。", "；", "，")) and (len(lines) > 1 or not name):
        return re.sub(f"{_BLANKS}+", " ", first), lines[1:]
    return name, lines


def _particulars(lines: list[str]) -> tuple[dict[str, str], list[str]]:
    found: dict[str, str] = {}
    rest = list(lines)
    while rest:
        if match := _DATE_LINE.match(rest[0]):
            year, month, day, hour, minute = match.groups()
            found["date"] = f"{year}-{int(month):02}-{int(day):02}" + (f" {int(hour):02}:{minute}" if hour else "")
        elif match := _LABELLED.match(rest[0]):
            found[_LABELS[match[1]]] = match[2].strip()
        else:
            break
        rest.pop(0)
    return found, rest


def _part_at_blanks(line: str) -> Iterator[str]:
    """A long line's paragraphs, which runs of blanks (the indents they once had) still show."""
    if len(line) <= LONG_LINE and "\u3000\u3000" not in line:
        yield line
        return
    yield from filter(None, (piece.strip() for piece in re.split(rf"{_BLANKS}{{2,}}", line)))


def _join_wrapped(lines: Iterable[str]) -> Iterator[str]:
    """Lines cut at a width are one paragraph: a long one that ends in the middle of a sentence goes on in the next."""
    held = ""
    for line in lines:
        if held and _goes_on(held, line):
            glue = " " if held[-1].isascii() and held[-1].isalnum() and line[0].isascii() and line[0].isalnum() else ""
            held += glue + line
            continue
        if held:
            yield held
        held = line
    if held:
        yield held


def _goes_on(held: str, line: str) -> bool:
    if held.endswith(_ENDS) or _number_level(line):
        return False
    # A short line without a full stop is a heading, unless it ends in a comma.
    return len(held) > LONGEST_SHORT or held.endswith(("，", "、", ","))


def _number_level(text: str) -> int:
    return 2 if _FIRST_LEVEL.match(text) else 3 if _SECOND_LEVEL.match(text) else 4 if _THIRD_LEVEL.match(text) else 0


def _classify(paragraphs: list[str]) -> Iterator[Part]:
    """Which paragraphs are headings: numbered ones that are short and no sentence, and short lines between paragraphs."""
    for number, text in enumerate(paragraphs):
        last = number == len(paragraphs) - 1
        short = len(text) <= LONGEST_HEADING and not text.endswith(("。", "；", "：", "，", "！", "？", "）", "…", ":", ";"))
        level = _number_level(text)
        followed = not last and len(paragraphs[number + 1]) > len(text)
        if short and level in (2, 3) and not last:
            yield Part(level, text)
        elif short and level == 4 and followed and len(text) <= 25:
            yield Part(4, text)
        elif short and not level and followed and 4 <= len(text) <= LONGEST_SHORT and not _NAMES.match(text) and number_of_sentences(text) == 0:
            yield Part(2, text)
        else:
            yield Part(0, text)


def number_of_sentences(text: str) -> int:
    """Full stops, question and exclamation marks within ``text``."""
    return len(re.findall("[。！？]", text))


# --- the date that a text gives itself ---------------------------------------------------------------------------------

_DIGITS = "〇一二三四五六七八九"
_UP_TO_99 = rf"\d{{1,2}}|[{_DIGITS[1:]}]?十?[{_DIGITS[1:]}]|[{_DIGITS[1:]}]?十"
_WRITTEN_DATE = re.compile(rf"^[（(]?(\d{{4}}|[{_DIGITS}○零]{{4}})年({_UP_TO_99})月({_UP_TO_99})日[）)]?$")
_HEAD, _FOOT = 3, 2
"""So many paragraphs at the head and at the foot of a text are looked at."""


def written_date(paragraphs: list[str]) -> str:
    """The date that stands alone at the foot of a text, as a signature has it, or below its title: ``2007-03-05``; "" without one."""
    for text in [*reversed(paragraphs[-_FOOT:]), *paragraphs[:_HEAD]]:
        if match := _WRITTEN_DATE.match(re.sub(r"\s+", "", text)):
            year, month, day = map(_number, match.groups())
            return f"{year}-{month:02}-{day:02}"
    return ""


def _number(text: str) -> int:
    """``12``, ``十二`` or ``二〇一二`` as a number."""
    if text.isdecimal():
        return int(text)
    text = text.replace("○", "〇").replace("零", "〇")
    tens, ten, ones = text.partition("十")
    return (_figures(tens) if tens else 1) * 10 + _figures(ones) if ten else _figures(text)


def _figures(text: str) -> int:
    return int("".join(str(_DIGITS.index(sign)) for sign in text) or "0")


# --- paragraphs of texts whose punctuation was restored ----------------------------------------------------------------


def _reopen(line: str) -> Iterator[str]:
    """Paragraphs and headings of one long line whose punctuation was lost together with its line ends."""
    line, signature = _signature(line)
    restored = punctuation.restore(line)
    if len(restored) <= LONG_LINE * 2:
        yield restored
    else:
        for section in _sections(restored):
            yield from _even_paragraphs(section)
    if signature:
        yield signature


def _signature(line: str) -> tuple[str, str]:
    """The names at the very end of a line, if there are: “….宋涛 涂向义”."""
    head, dot, tail = line.rpartition(".")
    if dot and len(tail) <= 40 and _NAMES.match(tail.strip()):
        return head + dot, tail.strip()
    return line, ""


_NUMBERED_START = re.compile(rf"(?<=[。！？”])(?={_NUMBER}、)")
_TOPICS = 400


def _sections(text: str) -> Iterator[str]:
    """Headings and what stands between them."""
    words = rjieba.cut(text)
    sentences = _sentences(text)
    held = ""
    for sentence in sentences:
        heading, rest = _heading_in(sentence, text, words)
        if not heading or _depth(held):
            held += sentence
            continue
        if held:
            yield held
        yield heading
        held = rest
    if held:
        yield held


def _sentences(text: str) -> list[str]:
    """Sentences with the quotation mark that closes behind them."""
    ends = r"(?<=[。！？])(?![”’])|(?<=[。！？]”)(?=[^，。、；])|(?<=…)(?=“[^”]{20,})"
    return [part for part in re.split(ends, text) if part]


def _depth(text: str) -> int:
    return text.count("“") - text.count("”")


def _heading_in(sentence: str, text: str, words: list[str]) -> tuple[str, str]:
    """A heading that ran together with the sentence after it."""
    if _FIRST_LEVEL.match(sentence):
        return _cut_numbered(sentence, text, words)
    heading = punctuation.glued_heading(sentence)
    return (heading, sentence[len(heading) :].lstrip()) if heading else ("", sentence)


# How headings of official articles end, and what cannot begin a sentence.
_HEADING_ENDS = (
    *("水平", "管理", "资金", "实效", "机制", "体系", "建设", "发展", "服务", "窗口", "平台", "作用", "能力", "质量", "效率", "力度", "保障"),
    *("制度", "工作", "监督", "创新", "基础", "环境", "责任", "形象", "领导", "效益", "成效", "安全", "改革", "落实", "队伍", "公开", "互动"),
    *("渠道", "需求", "需要", "特色", "优势", "关系", "问题", "目标", "任务", "措施", "思路", "模式", "格局", "氛围", "认识"),
)
_NO_START = frozenset("的 和 与 及 等 是 有 在 了 中 上 下 着 过 将 被 把 或 以 为 对 而 也 都 还 所 之 性 化 者 们".split())  # noqa: SIM905


def _cut_numbered(sentence: str, text: str, words: list[str]) -> tuple[str, str]:
    """Where the heading of “一、建设……注重实效克州位于……” ends: after a word with which headings end, before one with which sentences begin."""
    body = sentence[:_TOPICS]
    offset = body.index("、") + 1
    pieces = rjieba.cut(body[offset:])
    starts = _starts_of_clauses(words)
    place, best, chosen = offset, 0.0, 0
    for before, after in itertools.pairwise(pieces):
        place += len(before)
        if place - offset > LONGEST_HEADING + 10 or body[place - 1] == "。":
            break
        if place - offset < 6 or after in _NO_START or not re.match(f"[{_HAN}“]", after) or not re.search(f"[{_HAN}”]$", before):
            continue
        together = text.count(before + after) - 1
        score = 2.0 * before.endswith(_HEADING_ENDS) + min(starts.get(after, 0), 3) * 0.6 + 0.8 * (len(after) >= 3) - 2.0 * min(together, 2)
        if score > best:
            best, chosen = score, place
    if best >= 2.0:
        return body[:chosen], sentence[chosen:]
    return "", sentence


def _starts_of_clauses(words: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for before, word in itertools.pairwise(words):
        if before in "，。！？；：":
            found[word] = found.get(word, 0) + 1
    return found


_OPENERS = re.compile(
    r"^(?:第[一二三四五六七八九十]|一是|二是|三是|四是|首先|其次|再次|最后|目前，|近年来|今年|据|“|在信息|随着|为了|除了|围绕|其实|同时|另外|此外|不少)"
)


def _even_paragraphs(section: str, about: int = 180) -> Iterator[str]:
    """A long section as paragraphs of some sentences each, parted where a new thought begins; speeches are not cut."""
    if len(section) <= about * 1.5:
        yield section
        return
    sentences = _sentences(section)
    held = ""
    for sentence in sentences:
        enough = len(held) >= (about / 3 if _OPENERS.match(sentence) else about) or held.endswith("…")
        if held and enough and not _depth(held):
            yield held
            held = ""
        held += sentence
    if held:
        yield held


# --- headings of texts that kept their paragraphs ----------------------------------------------------------------------

_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)


def lift_headings(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Numbered paragraphs of stream data (一、…; （一）…) that are short and no sentence become headings."""
    found: list[dict[str, Any]] = []
    for block in blocks:
        if block["type"] != "text":
            found.append(block)
            continue
        position = 0
        for match in _PARAGRAPH.finditer(block["value"]):
            text = html.unescape(re.sub("<[^>]+>", "", match[1])).strip()
            level = _number_level(text)
            if level not in (2, 3) or len(text) > LONGEST_HEADING or text.endswith(("。", "；", "：", "，")) or "\ue000" in text:
                continue
            before = block["value"][position : match.start()]
            if before.strip():
                found.append({"type": "text", "value": before})
            found.append({"type": "heading", "value": {"level": str(level), "text": text}})
            position = match.end()
        if block["value"][position:].strip():
            found.append({"type": "text", "value": block["value"][position:]})
    return found
