"""The workday calendar: weekends, holidays, make-up workdays, and years whose notice has not come yet.

Which days a year has off is announced by the State Council late in the year before. Until the notice is in, a year is
*provisional*: plain weekdays count, every result says so (``Due.provisional``), and administrators are told.
"""

import csv
import io
import json
import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from chinese_calendar import constants
from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone

from lianxin.foundation import audit, notify, pagestore
from lianxin.foundation.errors import Refused
from lianxin.foundation.jobs import timetable
from lianxin.foundation.models import CalendarDay
from lianxin.foundation.pagestore.clock import slot

# A notice covers its year when it names every festival; before 2008 there were four (国务院令第513号).
_FESTIVALS = ("元旦", "春节", "清明", "劳动", "端午", "中秋", "国庆")
_FESTIVALS_BEFORE_2008 = ("元旦", "春节", "劳动", "国庆")
_CHINESE_NAMES = {holiday.value: holiday.chinese for holiday in constants.Holiday}
_ALARM_MONTH = 12
_MAX_STEPS = 20_000
_MAX_NOTICE_BYTES = 1_000_000
_CHECK_SECONDS = 2.0

TAG = "calendar"
"""What kept pages that count days are kept by."""


class DayKind(StrEnum):
    """What a day of the ledger is."""

    WORKDAY = "workday"
    MAKEUP = "makeup"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


_KIND_LABELS = {DayKind.WORKDAY: "工作日", DayKind.MAKEUP: "调休上班", DayKind.WEEKEND: "周末", DayKind.HOLIDAY: "放假"}


@dataclass(frozen=True)
class LedgerDay:
    """One day on the way to a due date. ``count`` is the running number of a counted day, otherwise None."""

    date: date
    kind: DayKind
    name: str
    count: int | None
    provisional: bool

    @property
    def label(self) -> str:
        """What people see, for example ``放假（国庆节）``."""
        return _KIND_LABELS[self.kind] + (f"（{self.name}）" if self.name else "") + ("，放假通知未发布，暂按周历推算" if self.provisional else "")


@dataclass(frozen=True)
class Due:
    """A due date with the days that led to it; ``provisional`` when any of them lies in a year without notice."""

    date: date
    provisional: bool
    ledger: tuple[LedgerDay, ...]


@dataclass(frozen=True)
class BadRow:
    """A row of a notice that was left out: its line (from 1), its content, and in Chinese why."""

    line: int
    content: str
    reason: str


@dataclass(frozen=True)
class NoticeImport:
    """What an import did. ``incomplete`` names years that stay provisional because festivals are missing."""

    kept: int
    bad: tuple[BadRow, ...]
    years: tuple[int, ...]
    incomplete: tuple[int, ...]


# --- What is known, kept in the process -----------------------------------------------------------------------------------


class _Snapshot:
    """All exceptional days at one moment (a few hundred rows), and what follows from them, worked out per year when needed."""

    def __init__(self, version: object) -> None:
        self.version = version
        self.days = {day: (is_workday, name) for day, is_workday, name in CalendarDay.objects.values_list("date", "is_workday", "name")}
        self._names: dict[int, str] = {}
        for day, (is_workday, name) in self.days.items():
            if not is_workday:
                self._names[day.year] = self._names.get(day.year, "") + name
        self._workdays: dict[int, list[int]] = {}

    def missing(self, year: int) -> list[str]:
        """The festivals for which no day off is known."""
        names = self._names.get(year, "")
        return [festival for festival in (_FESTIVALS if year >= 2008 else _FESTIVALS_BEFORE_2008) if festival not in names]

    def is_workday(self, day: date) -> bool:
        known = self.days.get(day)
        return known[0] if known else day.weekday() < 5

    def workdays(self, year: int) -> list[int]:
        """The year's workdays as ordinals, in order."""
        found = self._workdays.get(year)
        if found is None:
            first = date(year, 1, 1).toordinal()
            ordinals = range(first, date(year, 12, 31).toordinal() + 1)
            found = self._workdays[year] = [ordinal for ordinal in ordinals if self.is_workday(date.fromordinal(ordinal))]
        return found


_snapshot: _Snapshot | None = None
_checked_at = 0.0
_checked_since = 0
_lock = threading.Lock()


def _known() -> _Snapshot:
    """The snapshot; whether the rows have changed is asked after a purge, and every two seconds, with one query over an index."""
    global _snapshot, _checked_at, _checked_since
    pagestore.tag(TAG)
    if _snapshot is not None and 0 <= time.monotonic() - _checked_at < _CHECK_SECONDS and pagestore.clock().is_fresh([slot(TAG)], _checked_since):
        return _snapshot
    since = pagestore.clock().now()
    version = CalendarDay.objects.aggregate(rows=Count("pk"), newest=Max("updated_at"))
    with _lock:
        if _snapshot is None or _snapshot.version != version:
            _snapshot = _Snapshot(version)
        _checked_at, _checked_since = time.monotonic(), since
        return _snapshot


def forget() -> None:
    """Read the calendar anew at the next question: after rows were changed, or rolled back."""
    global _snapshot
    _snapshot = None


# --- Questions ------------------------------------------------------------------------------------------------------------


def is_workday(day: date) -> bool:
    """Whether people work on ``day``. In a provisional year plain weekdays count; ask ``is_provisional``."""
    return _known().is_workday(_date(day))


def add_workdays(day: date, n: int) -> date:
    """Return the ``n``-th workday after ``day`` (before it for a negative ``n``, ``day`` itself for 0).

    The day itself never counts, as in Chinese law (民法典 §201). Raises ValueError for more than 20,000 steps.
    """
    day = _date(day)
    if abs(n) > _MAX_STEPS:
        raise ValueError(f"at most {_MAX_STEPS} workdays")
    if n == 0:
        return day
    known, ordinal, year = _known(), day.toordinal(), day.year
    left = abs(n)
    while True:
        workdays = known.workdays(year)
        if n > 0:
            start = bisect_right(workdays, ordinal)
            if start + left <= len(workdays):
                return date.fromordinal(workdays[start + left - 1])
            left -= len(workdays) - start
            year += 1
        else:
            end = bisect_left(workdays, ordinal)
            if left <= end:
                return date.fromordinal(workdays[end - left])
            left -= end
            year -= 1


def workdays_between(a: date, b: date) -> int:
    """Return how many workdays lie after ``a`` up to and including ``b``; when ``b`` is earlier, minus those from ``b`` to before ``a``.

    The inverse of ``add_workdays``: ``workdays_between(d, add_workdays(d, n)) == n``.
    """
    a, b = _date(a), _date(b)
    known = _known()
    if b >= a:
        return _count_to(known, b.toordinal() + 1, b.year, a.year) - _count_to(known, a.toordinal() + 1, a.year, a.year)
    return _count_to(known, b.toordinal(), b.year, b.year) - _count_to(known, a.toordinal(), a.year, b.year)


def _count_to(known: _Snapshot, ordinal: int, year: int, base: int) -> int:
    """Workdays from the start of year ``base`` to before ``ordinal``, which lies in ``year`` or opens the next."""
    return sum(len(known.workdays(full)) for full in range(base, year)) + bisect_left(known.workdays(year), ordinal)


def next_workday(day: date) -> date:
    """Return the first workday after ``day``."""
    return add_workdays(day, 1)


def kind_of(day: date) -> tuple[DayKind, str]:
    """What a day is, and the name of its holiday or of the one it makes up for ("" without)."""
    return _kind(_known(), _date(day))


def is_provisional(year: int) -> bool:
    """Whether the notice of ``year`` is missing or names too few festivals, so that its workdays are only presumed."""
    return bool(_known().missing(year))


def add_workdays_explained(day: date, n: int) -> Due:
    """Like ``add_workdays`` for ``n`` ≥ 0, with every day on the way: counted, weekend, holiday, make-up workday, provisional."""
    if n < 0:
        raise ValueError("a due date lies ahead")
    day = _date(day)
    due = add_workdays(day, n)
    known = _known()
    ledger: list[LedgerDay] = []
    count = 0
    for offset in range(1, (due - day).days + 1):
        current = day + timedelta(days=offset)
        kind, name = _kind(known, current)
        counts = kind in (DayKind.WORKDAY, DayKind.MAKEUP)
        count += counts
        ledger.append(LedgerDay(current, kind, name, count if counts else None, bool(known.missing(current.year))))
    return Due(due, any(step.provisional for step in ledger), tuple(ledger))


def _kind(known: _Snapshot, day: date) -> tuple[DayKind, str]:
    exception, weekend = known.days.get(day), day.weekday() >= 5
    if exception is None:
        return (DayKind.WEEKEND if weekend else DayKind.WORKDAY), ""
    if exception[0]:
        return (DayKind.MAKEUP if weekend else DayKind.WORKDAY), exception[1]
    return DayKind.HOLIDAY, exception[1]


def _date(day: date) -> date:
    """``day`` as a date of the city; a moment belongs to the day on which it falls there."""
    if not isinstance(day, datetime):
        return day
    return timezone.localtime(day).date() if timezone.is_aware(day) else day.date()


# --- Who must know ---------------------------------------------------------------------------------------------------------

_changed: list[Callable[[], object]] = []


def register_changed(hook: Callable[[], object]) -> Callable[[], object]:
    """Let a room above follow when days have changed: ``hook`` runs in the transaction that changed them and enqueues a job."""
    if hook not in _changed:
        _changed.append(hook)
    return hook


def _tell_changed() -> None:
    pagestore.purge([TAG])
    for hook in _changed:
        hook()


# --- Filling --------------------------------------------------------------------------------------------------------------


def fill_from_package() -> int:
    """Store the days that the package ``chinesecalendar`` knows and return how many rows were written.

    Runs after every migration, so that a newer package brings its new year. Days from an imported notice stay as they are.
    """
    present = {row.date: row for row in CalendarDay.objects.all()}
    wanted = []
    for day, (works, name) in _package_days().items():
        row = present.get(day)
        if row is None or (row.source == CalendarDay.Source.PACKAGE and (row.is_workday, row.name) != (works, name)):
            wanted.append(CalendarDay(date=day, is_workday=works, name=name, source=CalendarDay.Source.PACKAGE))
    if wanted:
        with transaction.atomic():
            _store(wanted)
            # The first filling changes no day that anybody has counted with.
            if present:
                _tell_changed()
        forget()
    return len(wanted)


def _package_days() -> dict[date, tuple[bool, str]]:
    days = {day: (False, _CHINESE_NAMES[name]) for day, name in constants.holidays.items()}
    for year in {day.year for day in days if day.year >= 2008}:
        named = "".join(name for day, (_, name) in days.items() if day.year == year)
        # When Mid-autumn falls on National Day (2020) the package names only the latter.
        if "中秋" not in named:
            days[date(year, 10, 1)] = (False, "国庆节、中秋节")
    return days | {day: (True, _CHINESE_NAMES[name]) for day, name in constants.workdays.items()}


def _store(days: list[CalendarDay]) -> None:
    CalendarDay.objects.bulk_create(days, update_conflicts=True, unique_fields=["date"], update_fields=["is_workday", "name", "source", "updated_at"])


def import_notice(path: str | Path, actor: Any) -> NoticeImport:
    """Take over a year's notice from a CSV file (columns date, is_workday, name; Chinese headings do too) or a JSON list.

    Good rows are kept, bad ones returned with line and reason. A row replaces what was known of its day. The caller has
    checked that ``actor`` may do this (None: the operator at the command line). Raises Refused when the file cannot be
    read at all.
    """
    path = Path(path)
    good: dict[date, tuple[int, CalendarDay]] = {}
    bad: list[BadRow] = []
    for line, row in _rows(path):
        try:
            day = _parse(row)
        except ValueError as error:
            bad.append(BadRow(line, _shown(row), str(error)))
            continue
        if day.date in good:
            bad.append(BadRow(line, _shown(row), f"日期与第 {good[day.date][0]} 行重复"))
            continue
        good[day.date] = line, day
    years = tuple(sorted({day.year for day in good}))
    if good:
        with transaction.atomic():
            _store([day for _, day in good.values()])
            _tell_changed()
            summary = f"导入{'、'.join(map(str, years))}年放假通知 {len(good)} 天"
            audit.record(actor, "calendar.import", None, summary, {"file": path.name, "kept": len(good), "bad": len(bad)})
        forget()
        transaction.on_commit(forget)
    return NoticeImport(len(good), tuple(bad), years, tuple(year for year in years if is_provisional(year)))


_HEADINGS = {"日期": "date", "是否上班": "is_workday", "上班": "is_workday", "名称": "name", "节日": "name"}
_YES = {"1", "true", "yes", "是", "班", "上班"}
_NO = {"0", "false", "no", "否", "休", "休息", "放假"}


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    text = _read(path)
    if path.suffix.lower() == ".json":
        try:
            items = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Refused(f"文件“{path.name}”不是完整的 JSON，请检查后重新导入。") from error
        if not isinstance(items, list):
            raise Refused(f"文件“{path.name}”应是一个列表，每项含 date、is_workday、name，请检查后重新导入。")
        for number, item in enumerate(items, start=1):
            yield number, item if isinstance(item, dict) else {"": item}
        return
    reader = csv.DictReader(io.StringIO(text))
    try:
        headings = [_HEADINGS.get((heading or "").strip(), (heading or "").strip()) for heading in reader.fieldnames or []]
        if not {"date", "is_workday", "name"} <= set(headings):
            raise Refused(f"文件“{path.name}”的首行应写明三列：date（日期）、is_workday（是否上班）、name（名称），请补上后重新导入。")
        reader.fieldnames = headings
        for row in reader:
            if any(row.values()):
                yield reader.line_num, row
    except csv.Error as error:
        raise Refused(f"文件“{path.name}”不是完整的 CSV，请检查后重新导入。") from error


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_NOTICE_BYTES:
            raise Refused(f"文件“{path.name}”超过 1 MB，不像一年的放假通知，请确认选对了文件。")
        raw = path.read_bytes()
    except OSError as error:
        raise Refused(f"读不到文件“{path.name}”，请检查路径和读取权限。") from error
    # What comes out of Excel on Chinese Windows is GB 18030.
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused(f"文件“{path.name}”不是文本文件，请另存为 UTF-8 编码的 CSV 后重新导入。")


def _parse(row: dict[str, Any]) -> CalendarDay:
    """Read one row. Raises ValueError with the reason in Chinese."""
    text = str(row.get("date") or "").strip().replace("/", "-")
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise ValueError(f"日期“{text[:20]}”不存在或格式不对，应如 2027-01-01") from None
    if not 2000 <= day.year <= 2100:
        raise ValueError("年份应在 2000 至 2100 之间")
    flag = str(row.get("is_workday") if row.get("is_workday") is not None else "").strip().lower()
    if flag not in _YES | _NO:
        raise ValueError(f"“{flag[:20]}”看不出是否上班，应填 1（上班）或 0（放假）")
    name = str(row.get("name") or "").strip()
    if not name or not name.isprintable():
        raise ValueError("缺少名称，应如 国庆节")
    if len(name) > 60:
        raise ValueError("名称超过 60 个字")
    return CalendarDay(date=day, is_workday=flag in _YES, name=name, source=CalendarDay.Source.NOTICE)


def _shown(row: dict[str, Any]) -> str:
    return "，".join(str(value) for value in row.values() if value is not None)[:200]


# --- The alarm ------------------------------------------------------------------------------------------------------------


def warnings(today: date | None = None) -> list[str]:
    """Return, in Chinese, what is wrong with the calendar: this year's notice missing, or from 1 December on the next year's."""
    today = today or timezone.localdate()
    years = [today.year, today.year + 1] if today.month >= _ALARM_MONTH else [today.year]
    return [_warning(year) for year in years if is_provisional(year)]


def _warning(year: int) -> str:
    missing = _known().missing(year)
    what = "放假通知还没有导入" if len(missing) >= len(_FESTIVALS_BEFORE_2008) else f"放假通知不完整（缺少{'、'.join(missing)}）"
    return f"{year} 年{what}，工作日暂按周一至周五推算，办理期限可能有误。请在通知发布后执行 lianxin calendar import。"


def alarm(today: date | None = None) -> int:
    """Tell every administrator, once a week until it is mended, what ``warnings`` finds; return how many notifications were written."""
    today = today or timezone.localdate()
    week = "{}-{}".format(*today.isocalendar()[:2])
    told = 0
    for text in warnings(today):
        for person in notify.administrators():
            told += notify.notify(person, "calendar.notice-missing", f"{text[:4]} {week}", "工作日历需要更新", text) is not None
    return told


@timetable("提醒录入节假日安排", at="08:00")
def ring_alarm() -> None:
    """Look every morning whether a notice is missing."""
    alarm()
