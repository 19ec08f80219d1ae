"""Everything that changes what triage keeps."""

from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction

from lianxin.foundation import audit
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.identity.models import User
from lianxin.triage import queries
from lianxin.triage.models import Category, Elsewhere, Insult

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
