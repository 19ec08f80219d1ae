"""One import from beginning to end: entries are loaded, checked and saved by the batch; cut short, it goes on where it was."""

import contextlib
import csv
import hashlib
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from tqdm import tqdm

from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Organisation
from lianxin.publishing import actions
from lianxin.publishing.actions import imports as deeds
from lianxin.publishing.actions.imports import Taken, begin_import, finish_import, rehearse, take_over
from lianxin.publishing.imports import structure
from lianxin.publishing.imports.items import Entry, Item, moment
from lianxin.publishing.models import Attachment, ColumnDuty, ColumnPage, ImportFault, ImportRun, Picture, SiteProfile

BATCH = 400
NOTES_ON_SCREEN = 20
_NO_WORD, _TAG, _PARAGRAPH = re.compile(r"[\W_]+"), re.compile("<[^>]+>"), re.compile("<p>(.*?)</p>")
LIMITS = {"title": ("标题", 255), "source": ("来源", 60), "author": ("作者", 60), "keywords": ("关键词", 120), "document_number": ("发文字号", 60)}
LONGEST_SUMMARY = 300
# In a rehearsal, which keeps no files, stands for a picture or a file that would be kept: an article may consist of nothing else.
_STAND_IN = {"type": "text", "value": "<p>附图或附件</p>"}


@dataclass(frozen=True)
class Plan:
    """Where articles go that do not say it themselves."""

    profile: SiteProfile
    column: str = ""
    """Path of a column, ``news/headlines``."""
    unit: Organisation | None = None
    date: datetime | None = None
    owner: User | None = None
    rehearse: bool = False
    batch: int = BATCH


@dataclass
class Report:
    """What came of an import."""

    run: ImportRun | None
    imported: int = 0
    duplicates: int = 0
    refused: int = 0
    resumed_at: int = 0
    faults: Path | None = None
    notes: list[str] = field(default_factory=list)
    all_notes: Path | None = None
    """Where all notes stand, when there are more than a screen holds."""

    def tell(self, name: str, notes: list[str]) -> None:
        """Keep the notes of the import ``name``: pictures that were not found must be findable among ten thousand articles."""
        self.notes = notes
        if len(notes) > NOTES_ON_SCREEN:
            self.all_notes = _file_for(f"{name}-说明.txt")
            self.all_notes.write_text("\n".join(notes) + "\n", encoding="utf-8-sig")


def key_of(name: str, signature: Iterable[object], plan: Plan) -> str:
    """What tells one import from another: the source as it is now, and where it goes."""
    parts = [name, *map(str, signature), str(plan.profile.pk), plan.column, str(plan.unit and plan.unit.pk), str(plan.date)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def run(entries: Iterable[Entry], name: str, key: str, plan: Plan, *, show: bool = True, total: int | None = None) -> Report:
    """Import all entries. Raises Refused when the plan itself is wrong (no such column)."""
    desk = Desk(plan)
    if plan.column:
        desk.column(plan.column)
    if plan.rehearse:
        return _rehearse(entries, name, desk, show, total)
    import_run, resumed = begin_import(key, name, plan.profile.site)
    report = Report(import_run, resumed_at=import_run.position if resumed else 0)
    try:
        rest = islice(entries, import_run.position, None)
        with tqdm(total=total, initial=import_run.position, unit="篇", desc="导入", disable=None if show else True, mininterval=0.5) as bar:
            for batch in _batches(rest, plan.batch):
                take_over(import_run, [desk.taken(entry) for entry in batch], plan.owner)
                bar.update(len(batch))
        finish_import(import_run, plan.owner)
    finally:
        report.tell(f"{import_run.pk}-{import_run.name}", desk.notes)
        report.imported, report.duplicates, report.refused = import_run.imported, import_run.duplicates, import_run.refused
        report.faults = write_faults(f"{import_run.pk}-{import_run.name}", import_run.faults.order_by("number").iterator())
    return report


def _rehearse(entries: Iterable[Entry], name: str, desk: "Desk", show: bool, total: int | None) -> Report:
    """Everything but the saving: each batch is written and undone, so that what the database would refuse is found as well."""
    report = Report(None)
    seen: set[str] = set()
    faults: list[ImportFault] = []
    with tqdm(total=total, unit="篇", desc="试导入", disable=None if show else True, mininterval=0.5) as bar:
        for batch in _batches(entries, desk.plan.batch):
            taken = [desk.taken(entry) for entry in batch]
            fresh = [each for each in taken if each.arrival is None or each.digest not in seen]
            tally = rehearse(name, desk.plan.profile.site, fresh, desk.plan.owner)
            seen |= {each.digest for each in taken}
            faults += tally.faults
            report.imported += tally.imported
            report.refused += tally.refused
            report.duplicates += tally.duplicates + len(taken) - len(fresh)
            bar.update(len(batch))
    report.tell(f"试导入-{name}", desk.notes)
    report.faults = write_faults(f"试导入-{name}", faults)
    return report


def _batches(entries: Iterable[Entry], size: int) -> Iterator[list[Entry]]:
    rest = iter(entries)
    while batch := list(islice(rest, size)):
        yield batch


def write_faults(name: str, faults: Iterable[ImportFault]) -> Path | None:
    """The list of what was not imported, for Excel: place, title, reason. None when everything was."""
    rows = [(f.place, f.title, "重复" if f.duplicate else "未导入", f.reason) for f in faults]
    if not rows:
        return None
    path = _file_for(f"{name}-未导入.csv")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(["位置", "标题", "结果", "原因和办法"])
        table.writerows(rows)
    return path


def _file_for(name: str) -> Path:
    """A file of this name for the operator, who finds it in the home folder."""
    folder = Path(settings.HOME) / "imports"
    folder.mkdir(exist_ok=True)
    stem, _, rest = name.rpartition("-")
    return folder / f"{re.sub(r'[^0-9A-Za-z㐀-鿿.-]+', '-', stem)[:80]}-{rest}"


class Desk:
    """Turns items into arrivals: knows columns and units, checks what the item says, keeps pictures and files."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.notes: list[str] = []
        self._columns: dict[str, ColumnPage] = {}
        self._units: dict[str, Organisation | None] = {}
        self._keepers: dict[int, Organisation] = {}

    def taken(self, entry: Entry) -> Taken:
        """The entry ready to be saved, or with the reason why it cannot be."""
        title = ""
        try:
            item = entry.load()
            title = item.title
            arrival = self._arrival(item)
        except Refused as refusal:
            return Taken(entry.place, title, reason=str(refusal))
        except (MemoryError, RecursionError):
            return Taken(entry.place, title, reason="内容过大或嵌套过深，读不出来。请检查文件。")
        self.notes += [f"{entry.place}：{note}" for note in item.notes]
        return Taken(entry.place, item.title, digest_of(arrival.fields["title"], item), arrival)

    def column(self, path: str) -> ColumnPage:
        """The column at ``news/headlines``, or at 新闻/要闻 by its titles. Raises Refused when there is none, or it takes no articles."""
        path = path.strip().strip("/")
        if path not in self._columns:
            self._columns[path] = self._find_column(path)
        return self._columns[path]

    def _find_column(self, path: str) -> ColumnPage:
        home = self.plan.profile.site.root_page
        parent, found = home, None
        for part in filter(None, path.replace("＞", "/").replace(">", "/").split("/")):
            children = ColumnPage.objects.child_of(parent).filter(live=True)
            found = children.filter(slug=part.strip()).first() or children.filter(title=part.strip()).first()
            if found is None:
                raise Refused(f"站点“{self.plan.profile.name}”没有栏目“{path}”。请核对，或先在后台开设这个栏目。")
            parent = found
        if found is None:
            raise Refused("没有写明栏目。请在表里加“栏目”列，或在命令里写 --column news/headlines。")
        return found

    def _unit(self, name: str, column: ColumnPage) -> Organisation:
        if name:
            if name not in self._units:
                self._units[name] = organisations.named(name)
            unit = self._units[name]
            if unit is None:
                raise Refused(f"没有叫“{name}”的单位。请填单位的全称、简称或地址名。")
            return unit
        if self.plan.unit:
            return self.plan.unit
        if column.pk not in self._keepers:
            duty = ColumnDuty.objects.filter(column=column).select_related("organisation").first()
            self._keepers[column.pk] = duty.organisation if duty else self.plan.profile.organisation
        return self._keepers[column.pk]

    def _arrival(self, item: Item) -> actions.Arrival:
        fields = item.fields
        column = self.column(str(fields.get("column") or self.plan.column))
        unit = self._unit(str(fields.get("unit") or ""), column)
        title = " ".join(item.title.split())
        if not title:
            raise Refused("没有标题。请补上。")
        texts = {"title": title} | {key: str(fields.get(key) or "").strip() for key in LIMITS if key != "title"}
        for key, value in texts.items():
            name, limit = LIMITS[key]
            if len(value) > limit:
                raise Refused(f"{name}有 {len(value)} 字，最多 {limit} 字。请改短。")
        published_at = self._date(item)
        blocks, lead = self._with_files(item)
        if not any(block["type"] != "text" or _plain(block["value"]) for block in blocks):
            raise Refused("没有正文。请检查文件内容。")
        texts["summary"] = _summary(str(fields.get("summary") or ""), blocks)
        more: dict[str, Any] = {"lead_picture": lead[0], "lead_picture_alt": lead[1]} if lead else {}
        old = str(fields.get("old_address") or "").strip()
        return actions.Arrival(column, published_at, {**texts, **more, "body": blocks, "organisation": unit}, old_paths=[old] if old else ())

    def _date(self, item: Item) -> datetime:
        if item.fields.get("date"):
            return moment(item.fields["date"])
        if self.plan.date:
            return self.plan.date
        if item.modified is None:
            raise Refused("没有发布日期。请填“发布时间”列，或在命令里写 --date 2008-06-12。")
        if written := structure.written_date(_paragraphs(item.blocks)):
            with contextlib.suppress(Refused):
                found = moment(written)
                item.notes.append(f"没有写明发布时间，用文中写的日期 {written}。")
                return found
        item.notes.append(f"没有写明日期，用文件的修改时间 {item.modified:%Y-%m-%d}。")
        return moment(item.modified)

    def _with_files(self, item: Item) -> tuple[list[dict[str, Any]], tuple[Any, str] | None]:
        """The blocks with pictures and attachments that are kept; what is no picture is left out and noted."""
        blocks: list[dict[str, Any]] = []
        for block in item.blocks:
            if block["type"] == "picture-file":
                value = block["value"]
                picture = self._picture(item, value["file"], value["alt"])
                if picture is not None:
                    kept = {"type": "picture", "value": {"image": picture.pk, "alt": value["alt"], "caption": ""}}
                    blocks.append(_STAND_IN if self.plan.rehearse else kept)
            elif block["type"] == "attachment-files":
                attached = [self._attachment(item, key) for key in block["value"]]
                if found := [attachment.pk for attachment in attached if attachment is not None]:
                    blocks.append(_STAND_IN if self.plan.rehearse else {"type": "attachments", "value": found})
            else:
                blocks.append(block)
        if "lead" not in item.files:
            return blocks, None
        words = str(item.fields.get("picture_alt") or item.title)[:200]
        picture = self._picture(item, "lead", words)
        return blocks, (picture, words) if picture is not None and not self.plan.rehearse else None

    def _picture(self, item: Item, key: str, words: str) -> Picture | None:
        file = item.files[key]
        try:
            if self.plan.rehearse:
                deeds.check_picture(file.name, file.content)
                return Picture()
            return deeds.take_picture(file.name, file.content, words)
        except Refused as refusal:
            item.notes.append(f"{refusal} 没有带入。")
            return None

    def _attachment(self, item: Item, key: str) -> Attachment | None:
        file = item.files[key]
        try:
            if self.plan.rehearse:
                deeds.check_attachment(file.name, file.content)
                return Attachment()
            return deeds.take_attachment(file.name, file.content)
        except Refused as refusal:
            item.notes.append(f"{refusal} 没有带入。")
            return None


def unit_of(name: str) -> Organisation:
    """The unit with this name. Raises Refused when there is none."""
    unit = organisations.named(name)
    if unit is None:
        raise Refused(f"没有叫“{name}”的单位。请填单位的全称、简称或地址名。")
    return unit


def words_of(blocks: list[dict[str, Any]]) -> str:
    """All words of stream data that was not saved yet, in their order."""
    found: list[str] = []
    for block in blocks:
        value = block["value"]
        if block["type"] == "text":
            found.append(_plain(value))
        elif block["type"] in ("heading", "quote"):
            found.append(value["text"])
        elif block["type"] == "table":
            found += [str(cell or "") for row in value["data"] for cell in row]
        elif block["type"] in ("picture", "picture-file", "attachments", "attachment-files"):
            found.append("\u200b")
    return "\n".join(found)


def digest_of(title: str, item: Item) -> str:
    """The same for two items with the same words, whatever their format, blanks and punctuation; pictures count as well."""
    text = _NO_WORD.sub("", title + words_of(item.blocks))
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    digest = hashlib.sha256(text.encode())
    for key in sorted(item.files):
        digest.update(hashlib.sha256(item.files[key].content).digest())
    return digest.hexdigest()


def _paragraphs(blocks: list[dict[str, Any]]) -> list[str]:
    return [_plain(paragraph) for block in blocks if block["type"] == "text" for paragraph in _PARAGRAPH.findall(block["value"])]


def _plain(value: str) -> str:
    """The words of a text block. Its HTML is our own and clean, so that no parser is needed, which took a seventh of an import."""
    return " ".join(html.unescape(_TAG.sub(" ", value)).split())


def _summary(given: str, blocks: list[dict[str, Any]]) -> str:
    """The summary that came along, otherwise the first sentences."""
    text = " ".join(given.split()) or next((_plain(block["value"]) for block in blocks if block["type"] == "text"), "")
    limit = LONGEST_SUMMARY if given else 120
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    end = max(cut.rfind(sign) for sign in "。！？；")
    return cut[: end + 1] if end > limit // 3 else cut + "…"


def profile_of(host: str) -> SiteProfile:
    """The site with this host, or the default one for "". Raises Refused when there is none."""
    profiles = SiteProfile.objects.select_related("site__root_page", "organisation")
    found = profiles.filter(site__hostname=host.strip().lower()).first() if host else profiles.filter(site__is_default_site=True).first()
    if found is None:
        raise Refused(f"没有域名是 {host} 的站点，用 lianxin site list 查看。" if host else "还没有站点，请先执行 lianxin site add。")
    return found
