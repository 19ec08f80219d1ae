"""What all rows of a case have in common."""

from typing import Any

from django.db import models

EVENTS_PER_CASE = 1 << 16
"""A case has fewer events than this; it is the room between the row numbers of two cases."""


def row_key(case_id: int, seq: int) -> int:
    """The primary key of the row that event ``seq`` of a case makes: the same whenever the events are replayed."""
    return case_id * EVENTS_PER_CASE + seq


class CaseRow(models.Model):
    """A current row, made by one event of its case and changed by later ones; written by nothing but projections."""

    id = models.BigIntegerField(primary_key=True)
    case = models.ForeignKey("casework.Case", on_delete=models.PROTECT, related_name="%(class)ss")
    seq = models.PositiveIntegerField("事件序号")

    class Meta:
        abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.id is None and self.case_id is not None and self.seq is not None:
            self.id = row_key(self.case_id, self.seq)
