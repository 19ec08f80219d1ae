"""Types of events, how one is made, and how the chain of a case is verified."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from lianxin.casework.models import CaseEvent


class EventType(models.TextChoices):
    """What can happen to a case. The label is what people see in its history."""

    SUBMITTED = "submitted", "提交"
    SEALED = "sealed", "设定回避"
    ATTACHED = "attached", "添加附件"
    SCREENED = "screened", "登记"
    DECLINED = "declined", "不予受理"
    ACCEPTED = "accepted", "受理"
    ASSIGNED = "assigned", "交办"
    SIGNED_FOR = "signed_for", "签收"
    SECTION_GIVEN = "section_given", "交科室"
    RETURNED = "returned", "申请退单"
    RULED = "ruled", "裁定退单"
    PART_DONE = "part_done", "协办完成"
    TRANSFERRED = "transferred", "机构调整转办"
    ASKED = "asked", "请反映人补充"
    ANSWERED = "answered", "反映人补充"
    INFORMATION_ADDED = "information_added", "反映人追加"
    NOTED = "noted", "内部备注"
    DRAFTED = "drafted", "起草答复"
    REVIEWED = "reviewed", "审核答复"
    APPROVED = "approved", "批准答复"
    SENT_BACK = "sent_back", "退回修改"
    REPLIED = "replied", "答复"
    INTERIM = "interim", "阶段性答复"
    ANSWERED_WITH = "answered_with", "合并答复"
    PROGRESS = "progress", "阶段报告"
    REPORTED = "reported", "报结"
    REPORT_ACCEPTED = "report_accepted", "同意报结"
    REPORT_SENT_BACK = "report_sent_back", "退回报结"
    INSTRUCTION_ASKED = "instruction_asked", "呈领导批示"
    INSTRUCTED = "instructed", "领导批示"
    CLOCK_STARTED = "clock_started", "开始计时"
    CLOCK_PAUSED = "clock_paused", "暂停计时"
    CLOCK_RESUMED = "clock_resumed", "恢复计时"
    CLOCK_EXTENDED = "clock_extended", "延长期限"
    CLOCK_RECOMPUTED = "clock_recomputed", "日历调整，重算期限"
    CLOCK_MET = "clock_met", "完成"
    CLOCK_STOPPED = "clock_stopped", "终止计时"
    BREACHED = "breached", "超期"
    REMINDED = "reminded", "催办"
    SUPERVISION_PROPOSED = "supervision_proposed", "提示督办"
    SUPERVISED = "supervised", "督办"
    SUPERVISION_CLOSED = "supervision_closed", "督办销号"
    FOLLOWED_UP = "followed_up", "回访"
    RATED = "rated", "评价"
    OBJECTED = "objected", "提出异议"
    REOPENED = "reopened", "重新办理"
    WITHDRAWN = "withdrawn", "撤回"
    LINKED = "linked", "关联"
    CLUSTER_OPENED = "cluster_opened", "合并办理"
    CLUSTER_JOINED = "cluster_joined", "并入同类件"
    CLUSTER_ANSWERED = "cluster_answered", "同类件统一答复"
    REDACTED = "redacted", "制作公开版本"
    VISIBILITY_SET = "visibility_set", "设定公开方式"
    PUBLICITY_DECIDED = "publicity_decided", "公开审核"
    FINISHED = "finished", "办结"
    PROMISED = "promised", "登记承诺"
    PROMISE_KEPT = "promise_kept", "承诺兑现"
    PROMISE_MISSED = "promise_missed", "承诺未兑现"
    DELIVERED = "delivered", "送达"
    ERASED = "erased", "删除个人信息"
    PETITIONER_FORGOTTEN = "petitioner_forgotten", "删除反映人信息"


PUBLICITY = frozenset(
    {
        EventType.PUBLICITY_DECIDED,
        EventType.VISIBILITY_SET,
        EventType.REDACTED,
        EventType.SEALED,
        EventType.WITHDRAWN,
        EventType.ERASED,
    }
)
"""What makes a case or a text of it public, changes its public version, or takes it away from the public."""

GENESIS = "0" * 64
_JSON = DjangoJSONEncoder()
_HASHED = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_PLAIN = frozenset({str, int, bool, type(None)})


def plain(payload: dict[str, Any]) -> dict[str, Any]:
    """A payload as every database gives it back: dates as text, no fractions."""
    if all(type(value) in _PLAIN for value in payload.values()):
        return payload.copy()
    plain_payload: dict[str, Any] = json.loads(_JSON.encode(payload))
    return plain_payload


def event_hash(event: CaseEvent) -> str:
    """The hash that seals an event: over all its columns and the hash before. Of personal parts it covers the ciphertext."""
    content = [
        event.case_id,
        event.seq,
        event.type,
        event.deed,
        event.stage,
        event.visibility,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.actor_id,
        event.unit_id,
        event.payload,
        event.sealed,
        event.previous_hash,
    ]
    return hashlib.sha256(_HASHED.encode(content).encode()).hexdigest()


def chain_faults(events: Iterable[CaseEvent], version: int, head: str) -> list[str]:
    """What is wrong with the chain of one case, in Chinese; ``version`` and ``head`` are what the case says of its last event."""
    faults = []
    expected, previous = 1, GENESIS
    for event in events:
        if event.seq != expected:
            faults.append(f"缺少第 {expected} 至 {event.seq - 1} 条事件")
        elif event.previous_hash != previous:
            faults.append(f"第 {event.seq} 条事件与上一条衔接不上")
        if event_hash(event) != event.hash:
            faults.append(f"第 {event.seq} 条事件的内容与校验值不符")
        expected, previous = event.seq + 1, event.hash
    if expected - 1 < version:
        faults.append(f"缺少第 {expected} 至 {version} 条事件")
    elif (expected - 1, previous) != (version, head):
        faults.append("最后一条事件与件上的登记不符")
    return faults


def moment(text: str) -> datetime:
    """A moment as a payload keeps it."""
    return datetime.fromisoformat(text)
