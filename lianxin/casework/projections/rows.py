"""The current rows of one case in memory: loaded when asked for, changed by projections, written by whoever keeps them."""

from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar

from django.db import models

from lianxin.casework.models import (
    Assignment,
    Attachment,
    Case,
    CaseLink,
    CaseRow,
    Clock,
    Cluster,
    Delivery,
    FollowUp,
    Instruction,
    Message,
    Petitioner,
    Promise,
    Rating,
    Redaction,
    Reminder,
    Seal,
    Supervision,
    row_key,
)
from lianxin.foundation.crypto import BlindIndexField

Row = TypeVar("Row", bound=CaseRow)

PROJECTED: tuple[type[models.Model], ...] = (
    Case,
    Petitioner,
    Seal,
    Assignment,
    Clock,
    Message,
    Redaction,
    Attachment,
    Promise,
    Delivery,
    Instruction,
    Reminder,
    Supervision,
    FollowUp,
    Rating,
    CaseLink,
    Cluster,
)
"""Every model whose rows follow from events and nothing else."""


def values_of(row: models.Model) -> dict[str, Any]:
    """A row as plain values by attribute, for comparison.

    Blind indexes follow from their source and are left out; so is what was not read (``defer``), as nobody can have changed it.
    """
    known = row.__dict__
    found = {name: list(value) if isinstance(value := known[name], list) else value for name in _columns(type(row)) if name in known}
    return found | {name: getattr(row, name).name for name in _files(type(row))}


@cache
def _columns(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in model._meta.concrete_fields if not isinstance(field, BlindIndexField | models.FileField))


@cache
def _files(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in model._meta.concrete_fields if isinstance(field, models.FileField))


class Rows:
    """The rows of a case. With ``stored`` they are read from the database; without, they begin empty, for a replay."""

    def __init__(self, case: Case, *, stored: bool) -> None:
        self.case = case
        self.stored = stored
        self._rows: dict[tuple[type[models.Model], int], models.Model] = {}
        self._before: dict[tuple[type[models.Model], int], dict[str, Any]] = {}
        self._complete: set[type[models.Model]] = set()
        if stored and case.pk is not None and not case._state.adding:
            self._before[Case, case.pk] = values_of(case)

    # --- reading ---

    def get(self, model: type[Row], seq: int) -> Row:
        """The row that event ``seq`` made. Raises the model's DoesNotExist."""
        key = row_key(self.case.pk, seq)
        found = self._rows.get((model, key))
        if found is None:
            if not self.stored:
                raise model.DoesNotExist(f"{model.__name__} {seq} of case {self.case.pk}")
            self.take([model._default_manager.get(pk=key)])
            found = self._rows[model, key]
        return found  # type: ignore[return-value]

    def all(self, model: type[Row]) -> list[Row]:
        """All rows of a model, in the order of the events that made them."""
        if model not in self._complete:
            is_stored = self.stored and not self.case._state.adding
            self.take(model._default_manager.filter(case=self.case.pk) if is_stored else (), whole=model)
        return sorted((row for (kind, _), row in self._rows.items() if kind is model), key=lambda row: row.pk)  # type: ignore[misc]

    def petitioner(self) -> Petitioner:
        """Who brought the case."""
        found = self._rows.get((Petitioner, self.case.pk))
        if found is None:
            self.take([Petitioner.objects.get(pk=self.case.pk)])
            found = self._rows[Petitioner, self.case.pk]
        return found  # type: ignore[return-value]

    # --- changing ---

    def take(self, rows: Iterable[models.Model], *, whole: type[models.Model] | None = None) -> None:
        """Rows as they are stored; what is in memory already, changed perhaps, stays. ``whole``: these are all of this model."""
        for row in rows:
            key = (type(row), row.pk)
            if key not in self._rows:
                self._rows[key] = row
                self._before[key] = values_of(row)
        if whole is not None:
            self._complete.add(whole)

    def add(self, row: models.Model) -> None:
        """A row that an event makes."""
        self._rows[type(row), row.pk] = row

    # --- what came of it ---

    def row(self, model: type[models.Model], key: int) -> models.Model:
        """A row in memory by its primary key."""
        return self.case if model is Case else self._rows[model, key]

    def snapshot(self) -> dict[tuple[type[models.Model], int], dict[str, Any]]:
        """All rows as plain values."""
        found = {key: values_of(row) for key, row in self._rows.items()}
        found[Case, self.case.pk] = values_of(self.case)
        return found

    def changes(self) -> list[tuple[models.Model, list[str] | None]]:
        """Rows to write: new ones with None, changed ones with the attributes that differ. The case comes first."""
        found: list[tuple[models.Model, list[str] | None]] = []
        for row in [self.case, *self._rows.values()]:
            before = self._before.get((type(row), row.pk))
            if before is None:
                found.append((row, None))
                continue
            now = values_of(row)
            changed = [name for name, value in now.items() if name not in before or before[name] != value]
            if changed:
                found.append((row, changed))
        return found
