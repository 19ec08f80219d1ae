"""Scripts: what operators read out."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from lianxin.casework.actions.common import clean
from lianxin.foundation import audit
from lianxin.foundation.errors import Refused
from lianxin.hotline import queries
from lianxin.hotline.models import Script
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation


def save_script(
    operator: User,
    script: Script | None,
    *,
    question: str,
    answer: str,
    words: str = "",
    unit: Organisation | None = None,
    active: bool = True,
) -> Script:
    """Write a script, or write ``script`` anew. By the operators of the hotline office; a question stands there once."""
    queries.require_operator(operator)
    row = script or Script()
    row.question, row.answer = clean(question, "问题", longest=100), clean(answer, "答复要点", longest=5000)
    row.words = " ".join(clean(words, "来电人的说法", longest=300, required=False).split())
    row.unit, row.active, row.changed_at, row.changed_by = unit, active, timezone.now(), operator
    try:
        with transaction.atomic():
            row.save()
            audit.record(operator, "hotline.script", row, f"修改问答脚本“{row.question}”")
    except IntegrityError:
        raise Refused("已经有这个问题的脚本，请直接修改那一条。") from None
    return row
