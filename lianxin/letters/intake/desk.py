"""Understands the rows: checks moments and texts, finds units and categories, and makes of each a case of the past."""

import csv
import hashlib
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path

from django.utils import timezone

from lianxin.casework.actions import Past
from lianxin.casework.actions.citizens import LONGEST_REASON
from lianxin.casework.actions.common import clean
from lianxin.casework.actions.submission import LONGEST_SUBJECT
from lianxin.casework.kinds import CaseKind
from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.letters.intake.rows import Row, plain
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Organisation
from lianxin.publishing.imports import decoding
from lianxin.publishing.imports.items import moment
from lianxin.triage import queries as triage

ANSWERED, FINISHED, OPEN, DECLINED, WITHDRAWN = "answered", "finished", "open", "declined", "withdrawn"
STATES = {
    ANSWERED: ("已答复", "已回复", "answered", "replied"),
    FINISHED: ("已办结", "办结", "已结", "closed", "finished"),
    OPEN: ("待办", "办理中", "已受理", "受理中", "已交办", "未答复", "未回复", "待回复", "已提交", "open", "handling"),
    DECLINED: ("不予受理", "不受理", "declined"),
    WITHDRAWN: ("已撤回", "撤回", "withdrawn"),
}
_STATE_OF = {name: state for state, names in STATES.items() for name in names}
_SCORES = {"很满意": 5, "非常满意": 5, "满意": 4, "一般": 3, "基本满意": 3, "不满意": 2, "很不满意": 1, "非常不满意": 1}
_YES, _NO = ("是", "公开", "1", "true", "yes", "y"), ("否", "不公开", "0", "false", "no", "n")
_USUAL_OUTCOME = "explained"
_NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Plan:
    """Where letters go that do not say it themselves."""

    kind: CaseKind
    office: Organisation
    units: dict[str, Organisation] = field(default_factory=dict)
    """Names that the old mailbox used, with the units that are meant."""
    public: bool = False
    """Whether letters are public that do not say so."""
    only_answered: bool = False
    rehearse: bool = False
    operator: User | None = None


class Desk:
    """Makes cases of rows; remembers what it could not find."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.unknown_units: Counter[str] = Counter()
        self.unknown_categories: Counter[str] = Counter()
        self._units: dict[str, Organisation | None] = {}
        self._categories = _category_names()
        self._outcomes = {label: code for code, label in plan.kind.outcomes.items()} | {code: code for code in plan.kind.outcomes}

    def past(self, row: Row) -> Past:
        """The case that a row tells of. Raises Refused with what is wrong with it."""
        at = _moment(row, "at", "来信时间", required=True)
        assert at is not None
        reply = clean(str(row.get("reply") or ""), "答复内容", required=False)
        state = self._state(row, bool(reply))
        replied_at = _after(at, _moment(row, "replied_at", "答复时间"), "答复时间", "来信时间") if reply else None
        if reply and replied_at is None:
            raise Refused("有答复内容，没有答复时间。请补上“答复时间”，没有答复时间就算不出是否按时。")
        if not reply and plain(row, "replied_at"):
            raise Refused("有答复时间，没有答复内容。请补上“答复”；确实没有答复的，请清空答复时间。")
        subject, text = _subject_and_text(row)
        told = {
            "name": clean(plain(row, "name"), "姓名", longest=500, required=False),
            "phone": clean(plain(row, "phone"), "电话", longest=500, required=False),
            "place": clean(plain(row, "place"), "地点", longest=200, required=False),
        }
        if state == DECLINED and len(reply) > LONGEST_REASON:
            raise Refused(f"不予受理的说明有 {len(reply)} 字，请控制在 {LONGEST_REASON} 字以内。")
        rating = self._rating(row, replied_at if state in (ANSWERED, FINISHED) else None)
        return Past(
            token=f"imported-letter:{self.plan.kind.code}:{_fingerprint(at, told['name'], subject, text)}",
            subject=subject,
            text=text,
            at=at,
            category=self._category(plain(row, "category")),
            lead=self._unit(plain(row, "unit")),
            reply=reply,
            replied_at=replied_at,
            outcome=self._outcome(row) if reply and state != DECLINED else "",
            declined=state == DECLINED,
            finished=state == FINISHED,
            withdrawn_at=_after(at, _moment(row, "withdrawn_at", "撤回时间"), "撤回时间", "来信时间") or at if state == WITHDRAWN else None,
            opens=state == FINISHED and self._is_public(row),
            score=rating[0],
            comment=rating[1],
            rated_at=rating[2],
            **told,
        )

    def _state(self, row: Row, has_reply: bool) -> str:
        name = plain(row, "state").lower()
        state = _STATE_OF.get(name) if name else (FINISHED if has_reply else OPEN)
        if state is None:
            raise Refused(f"不认识的状态“{name[:20]}”。可以写：{'、'.join(names[0] for names in STATES.values())}；不写就按有没有答复。")
        if state in (ANSWERED, FINISHED, DECLINED) and not has_reply:
            what = "说明不予受理的原因" if state == DECLINED else "答复内容"
            raise Refused(f"状态是“{name}”，没有{what}。请在“答复”列补上；还没有答复的，状态写“待办”。")
        if state in (OPEN, WITHDRAWN) and has_reply:
            raise Refused(f"状态是“{name}”，却有答复内容。请核对是已经答复，还是仍在办理。")
        if self.plan.only_answered and not has_reply:
            raise Refused("没有答复，按要求（--only-answered）没有导入。")
        return state

    def _outcome(self, row: Row) -> str:
        name = plain(row, "outcome")
        if not name:
            return _USUAL_OUTCOME
        if name not in self._outcomes:
            raise Refused(f"不认识的办理结果“{name[:20]}”。可以写：{'、'.join(self.plan.kind.outcomes.values())}。")
        return self._outcomes[name]

    def _is_public(self, row: Row) -> bool:
        name = plain(row, "public").lower()
        if name and name not in _YES + _NO:
            raise Refused(f"“是否公开”写的是“{name[:20]}”。请写“是”或“否”。")
        return name in _YES if name else self.plan.public

    def _rating(self, row: Row, replied_at: datetime | None) -> tuple[int, str, datetime | None]:
        """Score, words and moment; without a moment, that of the answer."""
        name = plain(row, "score")
        if not name:
            return 0, "", None
        if name not in _SCORES and name not in tuple("12345"):
            raise Refused(f"不认识的评价“{name[:20]}”。请写 1 到 5 分，或者：{'、'.join(_SCORES)}。")
        if replied_at is None:
            raise Refused("有评价，没有答复。评价的是答复，请补上答复，或者清空评价。")
        comment = clean(str(row.get("comment") or ""), "评价意见", longest=LONGEST_REASON, required=False)
        rated_at = _after(replied_at, _moment(row, "rated_at", "评价时间"), "评价时间", "答复时间")
        return _SCORES.get(name) or int(name), comment, rated_at or replied_at

    def _unit(self, name: str) -> Organisation | None:
        """The unit of this name; None, so that the office answers, for a name that nobody knows, which is listed at the end."""
        if not name:
            return None
        if name not in self._units:
            found = self.plan.units.get(name)
            self._units[name] = found or organisations.named(name)
        unit = self._units[name]
        if unit is None:
            self.unknown_units[name] += 1
        return unit if unit is None or unit.pk != self.plan.office.pk else None

    def _category(self, name: str) -> str:
        if not name:
            return ""
        code = self._categories.get(_plain_path(name), "")
        if not code:
            self.unknown_categories[name] += 1
        return code


def read_units(path: Path) -> dict[str, Organisation]:
    """A table of two columns, the old mailbox's name of a unit and the unit's name here. Raises Refused for a unit that does not exist."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Refused(f"没有 {path} 这个文件，或者打不开。") from error
    found: dict[str, Organisation] = {}
    for number, cells in enumerate(csv.reader(io.StringIO(decoding.decode(content).lstrip("\ufeff"))), 1):
        names = [cell.strip() for cell in cells[:2]]
        if not any(names):
            continue
        if len(names) < 2 or not all(names):
            raise Refused(f"{path.name} 第 {number} 行应有两列：原来的名称，现在的单位。")
        unit = organisations.named(names[1])
        if unit is not None:
            found[names[0]] = unit
        elif number > 1:
            raise Refused(f"{path.name} 第 {number} 行：没有叫“{names[1]}”的单位。请填单位的全称、简称或地址名。")
    return found


def _category_names() -> dict[str, str]:
    """Codes of categories by code, by path (城乡建设/安全生产), and by name where only one has it."""
    rows = list(triage.categories())
    names = Counter(row.name for row in rows)
    found = {row.code: row.code for row in rows}
    for row in rows:
        path, above = [row.name], row.parent
        while above is not None:
            path.insert(0, above.name)
            above = above.parent
        found["/".join(path)] = row.code
        if names[row.name] == 1:
            found[row.name] = row.code
    # A name of the top stands for the top, whatever else has it.
    return found | {row.name: row.code for row in rows if row.parent is None}


def _plain_path(name: str) -> str:
    return re.sub(r"\s*(?:/|>|＞|—+|\\)\s*", "/", name)


def _moment(row: Row, key: str, label: str, *, required: bool = False) -> datetime | None:
    value = row.get(key)
    if value in (None, ""):
        if required:
            raise Refused(f"没有{label}。请在“{label}”列填写，例如 2019-04-25 09:32。")
        return None
    try:
        return moment(value)
    except Refused as refusal:
        raise Refused(f"{label}：{refusal}") from refusal


def _after(before: datetime, after: datetime | None, label: str, earlier: str) -> datetime | None:
    """``after``, when it is not before ``before``. A day without a time counts as soon as it can."""
    if after is None or after >= before:
        return after
    local, first = timezone.localtime(after), timezone.localtime(before)
    if local.time() == time() and local.date() == first.date():
        return before
    raise Refused(f"{label} {local:%Y-%m-%d %H:%M} 早于{earlier} {first:%Y-%m-%d %H:%M}。请核对两个时间，多半是填反了。")


def _subject_and_text(row: Row) -> tuple[str, str]:
    """A title that is too long goes whole into the text, so that nothing is lost."""
    subject = clean(plain(row, "subject"), "标题")
    text = clean(str(row.get("text") or ""), "内容")
    if len(subject) > LONGEST_SUBJECT:
        text, subject = clean(f"{subject}\n{text}", "内容"), f"{subject[: LONGEST_SUBJECT - 1]}…"
    return subject, text


def _fingerprint(at: datetime, name: str, subject: str, text: str) -> str:
    """The same for the same letter, whatever its format, blanks and punctuation."""
    words = _NO_WORD.sub("", unicodedata.normalize("NFKC", subject + text))
    return hashlib.sha256(f"{at.timestamp():.0f}\0{name}\0{words}".encode()).hexdigest()
