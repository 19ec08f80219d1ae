"""Replies before and while they are approved: what was typed is kept, and sent on with its promises."""

import json
from collections.abc import Sequence
from datetime import date

from django.db import transaction

from lianxin.casedesk import queries
from lianxin.casedesk.models import ReplyDraft, ReplyTemplate
from lianxin.casework import actions
from lianxin.casework.models import Case, Message
from lianxin.foundation import audit
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation

Promises = Sequence[tuple[str, date]]


def keep_draft(
    actor: User,
    case: Case,
    body: str,
    *,
    kind: str = Message.Kind.REPLY,
    outcome: str = "",
    in_person: bool = False,
    promises: Promises = (),
    base: int = 0,
) -> ReplyDraft:
    """Keep what ``actor`` has typed, for himself; nobody else sees it and the case does not move. Raises Forbidden for a case that is not his."""
    if not queries.official(actor).filter(pk=case.pk).exists():
        raise Forbidden("没有找到这件，或者您不能办理它。")
    values = {"body": body[:20_000], "kind": kind, "outcome": outcome[:40], "in_person": in_person, "promises": _packed(promises), "base": base}
    draft, _ = ReplyDraft.objects.update_or_create(case=case, user=actor, message=None, defaults=values)
    return draft


def _packed(promises: Promises) -> str:
    return json.dumps([[text, day.isoformat()] for text, day in promises], ensure_ascii=False) if promises else ""


def drop_draft(actor: User, case: Case) -> None:
    """Forget what ``actor`` had typed."""
    ReplyDraft.objects.filter(case=case, user=actor, message=None).delete()


@transaction.atomic
def send_for_approval(
    actor: User,
    case: Case,
    body: str,
    *,
    kind: str = Message.Kind.REPLY,
    outcome: str = "",
    in_person: bool = False,
    promises: Promises = (),
    message: Message | None = None,
    base: int = 0,
) -> Message:
    """Put a reply into the case for approval (送审), with what it promises. Refused when somebody else has written meanwhile (``base``)."""
    locked = Case.objects.select_for_update().get(pk=case.pk)
    if queries.last_word(locked) != base:
        raise Refused("您写的时候，别人已经起草或发出了答复。您写的都还在，请先看过对方的内容，再决定是否送审。")
    sent = actions.draft_reply(actor, locked, body, kind=kind, outcome=outcome, in_person=in_person, message=message, version=locked.version)
    ReplyDraft.objects.filter(case=case, message=sent.seq).delete()
    ReplyDraft.objects.filter(case=case, user=actor, message=None).delete()
    if promises:
        ReplyDraft.objects.create(case=case, user=actor, message=sent.seq, promises=_packed(promises))
    return sent


@transaction.atomic
def sign_and_send(actor: User, case: Case, message: Message, promises: Promises = (), *, version: int | None = None) -> Case:
    """Approve a reply and send it in one stroke (签发并发出), or send one that was approved before."""
    if message.state != Message.State.APPROVED:
        message = actions.approve_reply(actor, case, message, version=version)
        case = Case.objects.get(pk=case.pk)
        version = case.version
    send = actions.interim_reply if message.kind == Message.Kind.INTERIM else actions.publish_reply
    case = send(actor, case, message, promises=promises, version=version)
    ReplyDraft.objects.filter(case=case, message=message.seq).delete()
    return case


@transaction.atomic
def save_template(
    actor: User, template: ReplyTemplate | None, organisation: Organisation, name: str, body: str, order: int, active: bool
) -> ReplyTemplate:
    """Enter or change a template of one of the actor's units."""
    if not queries.template_units(actor).filter(pk=organisation.pk).exists():
        raise Forbidden("答复模板由本单位承办人和负责人管理。")
    if template is not None and template.organisation_id != organisation.pk:
        raise Forbidden("模板不能换到别的单位，请在那里新建。")
    taken = ReplyTemplate.objects.filter(organisation=organisation, name=name.strip())
    if taken.exclude(pk=template.pk if template else None).exists():
        raise Refused(f"本单位已经有名为“{name.strip()}”的模板，请换一个名称。")
    row = template or ReplyTemplate(organisation=organisation)
    row.name, row.body, row.order, row.active = name.strip(), body.strip(), order, active
    row.save()
    audit.record(actor, "letters.template", row, f"保存{organisation}的答复模板“{row.name}”", {})
    return row
