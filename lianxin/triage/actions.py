"""Everything that changes what triage keeps."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import rjieba
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F

from lianxin.foundation import audit, bulk, rows
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation
from lianxin.triage import queries
from lianxin.triage.models import Category, Elsewhere, Insult, Lesson, Matter, MatterChange, WordCount
from lianxin.triage.similarity import index
from lianxin.triage.vocabulary import LONGEST, terms

_LONGEST_WORD = 20

Row = TypeVar("Row", bound=models.Model)


def save_category(actor: User, row: Category | None, **fields: Any) -> Category:
    """Enter a category or change one. Its code goes on from its parent's; whoever has children keeps his place."""
    _require_keeper(actor)
    row = row or Category()
    parent: Category | None = fields.get("parent", row.parent)
    code = str(fields.get("code", row.code)).strip()
    if not code.isdecimal() or not code.startswith(parent.code if parent else "") or code == (parent.code if parent else ""):
        raise Refused(f"代码由数字组成，并以上级的代码开头，如 {(parent.code if parent else '')}01。")
    if row.pk and row.children.exists() and (parent != row.parent or code != row.code):
        raise Refused("这个分类下面还有分类，代码和上级不能改。请先移走下级，或者新建一个。")
    return _save(actor, row, fields, "category")


def save_insult(actor: User, row: Insult | None, **fields: Any) -> Insult:
    """Enter or change a word for which a person looks at a letter."""
    _require_keeper(actor)
    return _save(actor, row or Insult(), fields, "insult")


def save_elsewhere(actor: User, row: Elsewhere | None, **fields: Any) -> Elsewhere:
    """Enter or change a direction to somebody else who decides."""
    _require_keeper(actor)
    return _save(actor, row or Elsewhere(), fields, "elsewhere")


@transaction.atomic
def learn(text: str, *, organisation: Organisation | None = None, category: Category | None = None) -> None:
    """Count a letter that a person gave to a unit or a category, so that later suggestions follow him; ``forget`` takes it back.

    Call it once for each decision, in its transaction; a few milliseconds. Only how many letters hold a word of the dictionary is kept.
    """
    for about, subject in _subjects(organisation, category):
        _count(about, subject, _dictionary_words(text), 1)


@transaction.atomic
def forget(text: str, *, organisation: Organisation | None = None, category: Category | None = None) -> None:
    """Take back what ``learn`` counted, when a letter was given to somebody else or its writer wants it deleted."""
    for about, subject in _subjects(organisation, category):
        _count(about, subject, _dictionary_words(text), -1)


def _subjects(organisation: Organisation | None, category: Category | None) -> list[tuple[str, int]]:
    given = ((Lesson.About.UNIT, organisation), (Lesson.About.CATEGORY, category))
    return [(about, row.pk) for about, row in given if row is not None]


def _dictionary_words(text: str) -> list[str]:
    """The letter's words, in a fixed order so that two who learn at once never wait for each other crosswise."""
    words = (word for word in set(terms(text[:LONGEST])) if len(word) <= _LONGEST_WORD and rjieba.has_word(word))
    # The dictionary has names too (nr).
    return sorted(word for word in words if not any(tag.startswith("nr") for _, tag in rjieba.tag(word)))


def _count(about: str, subject: int, words: list[str], by: int) -> None:
    lesson, _ = Lesson.objects.get_or_create(about=about, subject=subject)
    # Locked, so that counts of one subject are written one after the other.
    lesson = Lesson.objects.select_for_update().get(pk=lesson.pk)
    known = set(lesson.words.filter(word__in=words).values_list("word", flat=True))
    counts = lesson.words.filter(word__in=words)
    if by > 0:
        counts.update(letters=F("letters") + 1)
        WordCount.objects.bulk_create(WordCount(lesson=lesson, word=word, letters=1) for word in words if word not in known)
        lesson.letters += 1
    else:
        counts.filter(letters__gt=0).update(letters=F("letters") - 1)
        lesson.letters = max(0, lesson.letters - 1)
    lesson.save(update_fields=["letters"])


def _require_keeper(actor: User) -> None:
    if not queries.keeps(actor):
        raise Forbidden("分类和用语由分办人员和系统管理员维护。需要调整，请与他们联系。")


def _save(actor: User, row: Row, fields: dict[str, Any], deed: str) -> Row:
    for name, value in fields.items():
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    try:
        row.full_clean()
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    with transaction.atomic():
        row.save()
        # An insult is not repeated in the trail.
        named = f"第 {row.pk} 条" if isinstance(row, Insult) else f"“{row}”"
        audit.record(actor, f"triage.{deed}", None if isinstance(row, Insult) else row, f"保存{row._meta.verbose_name}{named}")
    return row


# --- texts to compare --------------------------------------------------------------------------------------------------------------------


@transaction.atomic(savepoint=False)
def put(ref: str, kind: str, text: str, *, public: bool, facets: dict[str, str] | None = None) -> Matter:
    """Hand a text over for comparison, or say that it or its publicity changed; call it in the transaction of the change.

    ``ref`` is the owner's name for it, never anything private; ``kind`` what it is (``letter``, ``reply``). ``facets`` are plain values to
    narrow by, such as a unit's number. The index follows within two seconds; that something is private counts from the commit on.
    """
    row = rows.one(Matter, lock=True, ref=ref)
    fields: dict[str, Any] = {"kind": kind, "public": public, "facets": {name: str(value) for name, value in (facets or {}).items()}, "text": text}
    if row is None:
        row = Matter(ref=ref, **fields)
        bulk.add(row)
    elif all(getattr(row, name) == value for name, value in fields.items()):
        return row
    else:
        for name, value in fields.items():
            setattr(row, name, value)
        row.turn += 1
        row.save()
    bulk.add(MatterChange(number=row.pk))
    index.update.enqueue(dedupe_key="all")
    return row


@dataclass(frozen=True)
class New:
    """A text that was never handed over before; see ``put``."""

    ref: str
    kind: str
    text: str
    public: bool
    facets: dict[str, str]


@transaction.atomic(savepoint=False)
def put_new(texts: Sequence[New]) -> None:
    """``put`` for very many texts whose names are new."""
    if not texts:
        return
    keys = bulk.reserve(Matter, len(texts))
    field = Matter._meta.get_field("text")
    made = (
        (key, new.ref, new.kind, new.public, json.dumps(new.facets), field.get_prep_value(new.text), 1) for key, new in zip(keys, texts, strict=True)
    )
    bulk.insert(Matter, ("id", "ref", "kind", "public", "facets", "text", "turn"), made)
    bulk.insert(MatterChange, ("number",), ((key,) for key in keys))
    index.update.enqueue(dedupe_key="all")


@transaction.atomic
def drop(ref: str) -> None:
    """Take a text back: its row goes at once, its entry in the index within two seconds. What was never there does no harm."""
    row = Matter.objects.select_for_update().filter(ref=ref).first()
    if row is not None:
        MatterChange.objects.create(number=row.pk)
        row.delete()
        index.update.enqueue(dedupe_key="all")


def changes_done(numbers: list[int]) -> None:
    """Remove changes that the index holds now."""
    MatterChange.objects.filter(pk__in=numbers).delete()


@transaction.atomic
def look_again(numbers: list[int]) -> None:
    """Let the worker bring these rows of the index up to date, where index and database disagree."""
    MatterChange.objects.bulk_create(MatterChange(number=number) for number in numbers)
    index.update.enqueue(dedupe_key="all")
