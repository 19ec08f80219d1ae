"""Deeds of the foundation that a person does."""

from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.base import Task

from lianxin.foundation import audit, notify
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.foundation.models import DeadLetter


def retry_dead_letter(actor: Any, letter: DeadLetter) -> DeadLetter:
    """Put a dead job back into its queue with all its tries before it; ``actor`` None is the operator at the command line.

    Refused when somebody has decided already or the job's code is gone. Done once, however often it is asked.
    """
    _may_manage_jobs(actor)
    with transaction.atomic():
        letter = _open_letter(letter)
        _job(letter).enqueue(*letter.args_kwargs["args"], **letter.args_kwargs["kwargs"])
        return _decide(actor, letter, DeadLetter.State.RETRIED, "", f"重试失败任务“{letter.title}”")


def discard_dead_letter(actor: Any, letter: DeadLetter, reason: str) -> DeadLetter:
    """Give a dead job up, with the reason that is kept beside it."""
    _may_manage_jobs(actor)
    if not reason.strip():
        raise Refused("请写明放弃这项任务的原因，方便以后查看。")
    with transaction.atomic():
        letter = _open_letter(letter)
        return _decide(actor, letter, DeadLetter.State.DISCARDED, reason.strip()[:200], f"放弃失败任务“{letter.title}”")


def _may_manage_jobs(actor: Any) -> None:
    # Who looks after the system, the rooms above know (notify.register_administrators).
    if actor is not None and actor not in notify.administrators():
        raise Forbidden("处理失败的后台任务需要系统管理岗位，请联系系统管理员。")


def _open_letter(letter: DeadLetter) -> DeadLetter:
    locked = DeadLetter.objects.select_for_update().get(pk=letter.pk)
    if locked.state != DeadLetter.State.OPEN:
        raise Refused(f"这项任务已经处理过了（{locked.get_state_display()}），刷新页面即可看到最新情况。")
    return locked


def _job(letter: DeadLetter) -> Task:
    try:
        found = import_string(letter.task_path)
    except (ImportError, SuspiciousOperation):
        found = None
    if not isinstance(found, Task):
        raise Refused("这个版本里已经没有这项任务，无法重试；如果不再需要，请放弃它并写明原因。")
    return found


def _decide(actor: Any, letter: DeadLetter, state: DeadLetter.State, reason: str, summary: str) -> DeadLetter:
    letter.state, letter.decided_by, letter.decided_at, letter.reason = state, actor, timezone.now(), reason
    letter.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    audit.record(actor, f"job.{state}", letter, summary, {"reason": reason, "error": letter.error, "job": letter.job_id})
    return letter
