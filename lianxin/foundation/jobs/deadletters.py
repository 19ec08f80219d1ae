"""Writes down jobs that have failed for good."""

import hashlib
import json

from django.db.models import F
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from lianxin.foundation.models import DeadLetter


def bury(row: DBTaskResult, *, error: str, text: str, tries: int) -> None:
    """Keep the job, its arguments and its error for a person to decide upon; the same work dying again is counted on the open letter."""
    now = timezone.now()
    content = json.dumps([row.task_path, row.args_kwargs], ensure_ascii=False, sort_keys=True)
    letter, is_new = DeadLetter.objects.get_or_create(
        fingerprint=hashlib.sha256(content.encode()).hexdigest(),
        state=DeadLetter.State.OPEN,
        defaults={
            "job_id": row.pk,
            "task_path": row.task_path,
            "queue": row.queue_name,
            "args_kwargs": row.args_kwargs,
            "tries": tries,
            "error": error[:200],
            "traceback": text,
            "first_died_at": now,
            "died_at": now,
        },
    )
    if not is_new:
        DeadLetter.objects.filter(pk=letter.pk).update(
            job_id=row.pk, tries=tries, times=F("times") + 1, error=error[:200], traceback=text, died_at=now
        )
