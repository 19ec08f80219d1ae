"""Units: what they are called and told to be, their duties by clause, sections and functions as offices."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from lianxin.foundation import audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.text import words_changed
from lianxin.identity.models import User
from lianxin.organisations.actions.common import ONE_DAY, clean, require_administrator, require_living, require_unit
from lianxin.organisations.models import Duty, FormerName, OfficeFunction, Organisation, Section

_UNIT_FIELDS = ("phone", "address", "hours", "website", "introduction", "board_open", "order", "code")
_ADMINISTRATORS_ONLY = ("order", "code", "kind", "slug")


def create_unit(actor: User, parent: Organisation | None, *, name: str, short_name: str, slug: str, kind: str, **fields: Any) -> Organisation:
    """Enter a unit below ``parent`` (None: at the root). Administrators only: the list of units is the city's, not a unit's."""
    require_administrator(actor)
    if parent is not None:
        require_living(parent)
    unit = Organisation(name=name.strip(), short_name=short_name.strip(), slug=slug.strip(), kind=kind, **fields)
    clean(unit, exclude=["path", "depth", "numchild"])
    with transaction.atomic():
        if parent is None:
            Organisation.add_root(instance=unit)
        else:
            Organisation.objects.get(pk=parent.pk).add_child(instance=unit)
        transaction.on_commit(words_changed)
        audit.record(actor, "unit.created", unit, f"新建机构{unit.name}")
    return unit


def edit_unit(actor: User, organisation: Organisation, **fields: Any) -> Organisation:
    """Change what people are told of a unit: telephone, address, hours, site, introduction. Order, code, kind and address are administrators'."""
    require_unit(actor, organisation)
    require_living(organisation)
    unknown = set(fields) - {*_UNIT_FIELDS, *_ADMINISTRATORS_ONLY}
    if unknown:
        raise ValueError(f"not fields of a unit that are edited here: {sorted(unknown)}")
    changed = {name: value for name, value in fields.items() if getattr(organisation, name) != value}
    if set(changed) & set(_ADMINISTRATORS_ONLY):
        require_administrator(actor)
    for name, value in changed.items():
        setattr(organisation, name, value)
    clean(organisation)
    with transaction.atomic():
        organisation.save(update_fields=list(changed))
        labels = "、".join(str(Organisation._meta.get_field(name).verbose_name) for name in changed) or "无"
        audit.record(actor, "unit.edited", organisation, f"修改{organisation}的资料：{labels}")
    return organisation


def rename_unit(actor: User, organisation: Organisation, name: str, short_name: str, on: date | None = None) -> Organisation:
    """Give a unit another name from ``on`` (default today); the former one is kept, as older documents bear it."""
    require_unit(actor, organisation)
    require_living(organisation)
    name, short_name = name.strip(), short_name.strip()
    if (name, short_name) == (organisation.name, organisation.short_name):
        raise Refused("名称没有变化。")
    before = (organisation.name, organisation.short_name)
    organisation.name, organisation.short_name = name, short_name
    clean(organisation)
    with transaction.atomic():
        until = (on or timezone.localdate()) - ONE_DAY
        FormerName.objects.create(organisation=organisation, name=before[0], short_name=before[1], until=until)
        organisation.save(update_fields=["name", "short_name"])
        transaction.on_commit(words_changed)
        audit.record(actor, "unit.renamed", organisation, f"{before[0]}更名为{name}")
    return organisation


def set_duties(actor: User, organisation: Organisation, texts: Iterable[str]) -> list[Duty]:
    """Write the duties of a unit anew, one clause each, in this order."""
    require_unit(actor, organisation)
    require_living(organisation)
    clauses = [text.strip() for text in texts if text.strip()]
    too_long = [text for text in clauses if len(text) > 500]
    if too_long:
        raise Refused(f"每条职责不超过 500 字，请拆成几条：{too_long[0][:20]}……")
    with transaction.atomic():
        organisation.duties.all().delete()
        duties = Duty.objects.bulk_create(Duty(organisation=organisation, order=order, text=text) for order, text in enumerate(clauses, 1))
        audit.record(actor, "unit.duties", organisation, f"更新{organisation}的职责，共 {len(duties)} 条")
    return duties


def save_section(actor: User, organisation: Organisation, name: str, phone: str = "", section: Section | None = None) -> Section:
    """Add an inner section to a unit, or change one."""
    require_unit(actor, organisation)
    require_living(organisation)
    section = section or Section(organisation=organisation, order=organisation.sections.count())
    section.name, section.phone = name.strip(), phone.strip()
    clean(section)
    with transaction.atomic():
        section.save()
        audit.record(actor, "unit.section", organisation, f"{organisation}科室：{section.name}")
    return section


def set_office(actor: User, function: str, scope: Organisation, organisation: Organisation) -> OfficeFunction:
    """Name the unit that is the office of ``function`` for ``scope``, in place of any other."""
    require_administrator(actor)
    require_living(organisation)
    require_living(scope)
    if function not in OfficeFunction.Function.values:
        raise Refused("没有这项职能，请从列表里选择。")
    with transaction.atomic():
        row, _ = OfficeFunction.objects.update_or_create(function=function, scope=scope, defaults={"organisation": organisation})
        audit.record(actor, "unit.office", organisation, f"{organisation}承担{scope}的“{row.get_function_display()}”职能")
    return row
