"""One import from beginning to end. Cut short and started again it finds by their fingerprints the letters that are in."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from django.conf import settings
from tqdm import tqdm

from lianxin.casework import sealing
from lianxin.casework.actions import Past
from lianxin.casework.models import Case
from lianxin.foundation.errors import Refused
from lianxin.letters import actions
from lianxin.letters.intake import rows
from lianxin.letters.intake.desk import Desk, Plan
from lianxin.publishing.imports import sources
from lianxin.publishing.imports.items import Entry

BATCH = 250


@dataclass(frozen=True)
class Fault:
    """A letter that did not come in, and why. Nothing of the letter itself: the list is a plain file."""

    place: str
    reason: str
    duplicate: bool = False


@dataclass
class Report:
    """What came of an import."""

    imported: int = 0
    known: int = 0
    """Were here from an earlier run."""
    faults: list[Fault] = field(default_factory=list)
    file: Path | None = None
    unknown_units: dict[str, int] = field(default_factory=dict)
    unknown_categories: dict[str, int] = field(default_factory=dict)

    @property
    def duplicates(self) -> int:
        """Stand more than once in the source."""
        return sum(fault.duplicate for fault in self.faults)

    @property
    def refused(self) -> int:
        return len(self.faults) - self.duplicates


def run(path: Path, plan: Plan, *, show: bool = True, batch: int = BATCH) -> Report:
    """Import every letter of the file, folder or zip at ``path``. Raises Refused when there is no such file."""
    where = sources.source(path)
    desk, report = Desk(plan), Report()
    places: dict[str, str] = {}
    word = "试导入" if plan.rehearse else "导入"
    try:
        with tqdm(total=_total(where, path), unit="封", desc=word, disable=None if show else True, mininterval=0.5) as bar:
            for entries in _batches(rows.entries(where), batch):
                _take(desk, entries, report, places)
                bar.update(len(entries))
    finally:
        report.unknown_units, report.unknown_categories = dict(desk.unknown_units), dict(desk.unknown_categories)
        report.file = write_faults(f"来信-{where.name}", report.faults)
        if not plan.rehearse:
            actions.note_import(plan.operator, where.name, report.imported, report.duplicates, report.refused)
    return report


def _take(desk: Desk, entries: list[Entry], report: Report, places: dict[str, str]) -> None:
    """A batch: what is in order comes in, in one transaction; ``places`` are the fingerprints of this run so far."""
    letters: list[tuple[str, Past]] = []
    for entry in entries:
        try:
            letter = desk.past(entry.load())
        except Refused as refusal:
            report.faults.append(Fault(entry.place, str(refusal)))
            continue
        first = places.setdefault(letter.token, entry.place)
        if first != entry.place:
            report.faults.append(Fault(entry.place, f"与“{first}”是同一封信，没有重复导入。", duplicate=True))
        else:
            letters.append((entry.place, letter))
    made = actions.take_letters(desk.plan.kind, desk.plan.office, [letter for _, letter in letters], rehearse=desk.plan.rehearse)
    waiting = _waiting([letter for (_, letter), case in zip(letters, made, strict=True) if case is None and letter.reply])
    for (place, letter), case in zip(letters, made, strict=True):
        if letter.token in waiting:
            reason = f"这封信已在这里（{waiting[letter.token]}），还没有答复；带来的答复没有导入。请在后台打开它，登记答复。"
            report.faults.append(Fault(place, reason))
        elif case is None:
            report.known += 1
        else:
            report.imported += 1


def _waiting(letters: list[Past]) -> dict[str, str]:
    """Of letters that are here, the numbers of those that still wait for an answer, by token."""
    by_hash = {sealing.token_hash(letter.token): letter.token for letter in letters}
    found = Case.objects.filter(token__in=by_hash, is_open=True).values_list("token", "number") if by_hash else ()
    return {by_hash[token]: number for token, number in found}


def _batches(entries: Iterable[Entry], size: int) -> Iterator[list[Entry]]:
    rest = iter(entries)
    while batch := list(islice(rest, size)):
        yield batch


def _total(where: sources.Source, path: Path) -> int | None:
    """How many letters there are, where every line is one."""
    if path.is_file() and path.suffix.lower() in (".jsonl", ".ndjson"):
        with where.open(path.name) as stream:
            return sum(bool(line.strip()) for line in stream)
    return None


def write_faults(name: str, faults: list[Fault]) -> Path | None:
    """The list of what did not come in, for Excel. None when everything did."""
    if not faults:
        return None
    folder = Path(settings.HOME) / "imports"
    folder.mkdir(exist_ok=True)
    path = folder / f"{re.sub(r'[^0-9A-Za-z㐀-鿿.-]+', '-', name)[:80]}-未导入.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(["位置", "结果", "原因和办法"])
        table.writerows((fault.place, "重复" if fault.duplicate else "未导入", fault.reason) for fault in faults)
    return path
