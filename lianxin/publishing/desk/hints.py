"""Hints (提示) for whoever reviews: what a machine can notice. They decide nothing; a person reads and judges."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from django.utils import timezone
from wagtail.models import Page, Site

from lianxin.publishing.desk.compare import paragraphs
from lianxin.publishing.models import ArticlePage

# W19 asks that titles are shown whole; a list has room for this many characters in two lines on a telephone.
LONGEST_TITLE = 36
_IDENTITY_NUMBER = re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_BANK_CARD = re.compile(r"(?<!\d)62\d{14,17}(?!\d)")
_PERSONAL = re.compile(r"家庭住址|户籍地址|身份证号|银行(?:卡|账)号|出生日期|病历|诊断为|残疾证号")
_SECRET = re.compile(r"绝密|机密|秘密[★☆]|内部资料|内部文件|不得公开|仅供内部|此件不公开|工作秘密")
_VAGUE = re.compile(r"[某ｘ×]{2,}|待定|TODO|此处填写|（待补）|XX+")
_PUNCTUATION = re.compile(r"[\u4e00-\u9fff][,;?!][\u4e00-\u9fff]")


@dataclass(frozen=True)
class Hint:
    """Something to look at; ``grave`` ones come first."""

    text: str
    where: str = ""
    grave: bool = False


def hints(article: ArticlePage) -> list[Hint]:
    """All hints for the draft, the grave ones first."""
    lines = paragraphs(article)
    found = [*_private(lines), *_secret(lines), *_pictures(article), *_links(article), *_form(article, lines)]
    return sorted(found, key=lambda hint: not hint.grave)


def masked(number: str) -> str:
    """A number that reminds of itself without being given away again on this screen."""
    return f"{number[:3]}{'*' * (len(number) - 5)}{number[-2:]}"


def _private(lines: list[str]) -> list[Hint]:
    found = []
    for line in lines:
        for number in _IDENTITY_NUMBER.findall(line):
            if is_identity_number(number):
                found.append(Hint(f"疑似身份证号 {masked(number)}", _around(line, line.index(number)), grave=True))
        for number in _MOBILE.findall(line):
            found.append(Hint(f"疑似手机号码 {masked(number)}，公开的联系电话请用单位座机", grave=True))
        for number in _BANK_CARD.findall(line):
            found.append(Hint(f"疑似银行卡号 {masked(number)}", grave=True))
        personal = _PERSONAL.search(line)
        if personal:
            found.append(Hint(f"出现“{personal[0]}”，请看是否涉及个人隐私", _around(line, personal.start())))
    return found


def is_identity_number(number: str) -> bool:
    """Whether the check digit of an identity number is right (GB 11643); random digits pass one time in eleven."""
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[-1].upper()


def _secret(lines: list[str]) -> list[Hint]:
    return [Hint(f"出现“{match[0]}”，请核对能否公开", _around(line, match.start()), grave=True) for line in lines if (match := _SECRET.search(line))]


def _pictures(article: ArticlePage) -> list[Hint]:
    found = []
    if article.lead_picture_id and len(article.lead_picture_alt) < 4:
        found.append(Hint("题图的替代文字太短，看不见图的人不知道画的是什么"))
    for block in article.body:
        if block.block_type == "picture":
            alt = block.value["alt"].strip()
            if len(alt) < 4 or re.search(r"\.(jpe?g|png|webp)$|^(图片|照片|image)\d*$", alt, re.IGNORECASE):
                found.append(Hint("正文图片的替代文字没有说明内容", alt))
    return found


def _links(article: ArticlePage) -> list[Hint]:
    found = []
    hosts = set(Site.objects.values_list("hostname", flat=True))
    for block in article.body:
        if block.block_type != "text":
            continue
        for link in BeautifulSoup(block.value.source, "html.parser").find_all("a"):
            words = link.get_text()
            if link.get("linktype") == "page" and not Page.objects.filter(pk=link.get("id") or 0, live=True).exists():
                found.append(Hint("链接指向没有公开的页面", words, grave=True))
            href = urlsplit(str(link.get("href", "")))
            if href.hostname in hosts and not _is_public(href.path):
                found.append(Hint("站内链接打不开", words, grave=True))
            elif href.scheme == "http":
                found.append(Hint("外部链接不是 https，请确认对方网站可靠", words))
            if words.strip() in ("点击这里", "这里", "点击", "链接", "详情"):
                found.append(Hint(f"链接文字“{words}”离开上下文就不知所指，请写明去向"))
    return found


def _is_public(path: str) -> bool:
    slug = path.rstrip("/").rsplit("/", 1)[-1]
    return not slug or Page.objects.filter(slug=slug, live=True).exists()


def _form(article: ArticlePage, lines: list[str]) -> list[Hint]:
    found = []
    if len(article.title) > LONGEST_TITLE:
        found.append(Hint(f"标题 {len(article.title)} 字，超过 {LONGEST_TITLE} 字在手机上难以看全"))
    if not article.summary:
        found.append(Hint("没有摘要，列表、搜索和分享时会少一句介绍"))
    if article.go_live_at and article.go_live_at <= timezone.now() and not article.live:
        found.append(Hint("定时发布的时间已过，通过后将立即发布"))
    for line in lines:
        vague = _VAGUE.search(line)
        if vague:
            found.append(Hint(f"可能有没写完的地方：“{vague[0]}”", _around(line, vague.start())))
        mark = _PUNCTUATION.search(line)
        if mark:
            found.append(Hint("中文里用了半角标点", _around(line, mark.start())))
    return found


def _around(line: str, position: int) -> str:
    """A few words to find the place by; numbers in them are masked."""
    line = line.replace("\n", " ")
    part = ("…" if position > 12 else "") + line[max(position - 12, 0) : position + 20] + ("…" if len(line) > position + 20 else "")
    return re.sub(r"\d{7,}[\dXx]?", lambda number: masked(number[0]), part)
