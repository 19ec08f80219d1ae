"""Three decisions at the end, not one: the case is finished, the answer is public, the citizen is satisfied (which others say)."""

from collections.abc import Sequence
from datetime import date

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from lianxin.casework.actions import required, together
from lianxin.casework.actions.common import Work, clean, owns, working
from lianxin.casework.events import EventType
from lianxin.casework.models import Attachment, Case, CaseKey, Delivery, EventVisibility, Message, Petitioner, Promise
from lianxin.casework.queries import may_read_petitioner
from lianxin.casework.rights import Actor
from lianxin.casework.vocabulary import Publicity, Visibility
from lianxin.foundation import audit
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.identity.actions.personal import note_reading
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Organisation

_READ = ("姓名", "电话", "邮箱", "住址", "证件号码")


def finish(actor: User, case: Case, *, version: int | None = None) -> Case:
    """Decide that an answered case is finished (办结审核)."""
    with working(actor, case, "finish", version=version) as work:
        required.office(work)
        work.record(EventType.FINISHED, visibility=EventVisibility.PUBLIC)
    return work.case


def decide_public(actor: User, case: Case, opens: bool, *, attachments: Sequence[Attachment] = (), version: int | None = None) -> Case:
    """Decide, after a check for persons and firms named, whether the answered case is public, and which files with it.

    Never for a kind that is not public, a sealed case, or one whose petitioner or office said private.
    """
    with working(actor, case, "decide_public", version=version) as work:
        required.office(work)
        if opens:
            _require_publishable(work)
        shown = [work.rows.get(Attachment, one.seq).seq for one in attachments] if opens else []
        work.record(EventType.PUBLICITY_DECIDED, {"open": opens, "attachments": shown}, visibility=EventVisibility.PARTIES)
    return work.case


def _require_publishable(work: Work) -> None:
    case = work.case
    if work.kind.publicity == Publicity.NEVER:
        raise Refused(f"“{work.kind.name}”依规定不公开。")
    if case.is_sealed:
        raise Refused("涉及举报的件不公开。")
    if case.visibility == Visibility.PRIVATE:
        raise Refused("反映人或办公室要求不公开。需要公开时，请先修改公开方式。")


def set_visibility(actor: Actor, case: Case, visibility: str, *, version: int | None = None) -> Case:
    """Change how much the public may see. The petitioner can only make it stricter than before; the office either way, within his wish."""
    with working(actor, case, "set_visibility", version=version) as work:
        order = list(Visibility)
        wanted = order.index(Visibility(visibility))
        by_petitioner = owns(actor, work)
        if by_petitioner:
            if wanted < order.index(Visibility(work.case.visibility)):
                raise Refused("已提交的件只能改得更严格；需要公开时，请联系办理单位。")
        else:
            required.office(work)
            if wanted < order.index(Visibility(work.case.wish)):
                raise Refused("不能比反映人的意愿更公开。")
        payload = {"visibility": Visibility(visibility).value, "by_petitioner": by_petitioner}
        work.record(EventType.VISIBILITY_SET, payload, visibility=EventVisibility.PARTIES)
    return work.case


def redact(actor: User, case: Case, text: str, *, subject: str = "", message: Message | None = None, version: int | None = None) -> Case:
    """Make the version of the letter, or of a sent message, that the public sees (公开版本). The original is kept; the latest version holds."""
    text = clean(text, "公开版本")
    subject = clean(subject, "标题", longest=100, required=message is None)
    with working(actor, case, "redact", version=version) as work:
        required.office(work)
        seq = work.rows.get(Message, message.seq).seq if message is not None else None
        work.record(EventType.REDACTED, {"message": seq}, {"subject": subject, "text": text})
    return work.case


def seal(actor: User, case: Case, target: Organisation | User, *, version: int | None = None) -> Case:
    """Hide a case from an organisation or a person it is about (X05). It cannot be undone."""
    with working(actor, case, "seal", version=version) as work:
        required.office(work)
        name = "organisation" if isinstance(target, Organisation) else "user"
        work.record(EventType.SEALED, {name: target.pk})
    return work.case


def record_delivery(
    actor: User, case: Case, message: Message, way: str, delivered_on: date, receipt: str = "", *, version: int | None = None
) -> Case:
    """Record how a sent message reached the petitioner beside the web (送达): by post, telephone, by hand."""
    receipt = clean(receipt, "回执", longest=200, required=False)
    with working(actor, case, "record_delivery", version=version) as work:
        _unit_or_office(work)
        mine = work.rows.get(Message, message.seq)
        if mine.state != Message.State.PUBLISHED:
            raise Refused("答复还没有发出，不能登记送达。")
        if delivered_on > timezone.localtime(work.now).date():
            raise Refused("送达日期不能晚于今天。")
        payload = {"message": mine.seq, "way": Delivery.Way(way).value, "delivered_on": delivered_on}
        work.record(EventType.DELIVERED, payload, {"receipt": receipt} if receipt else None, visibility=EventVisibility.PARTIES)
    return work.case


def _unit_or_office(work: Work) -> None:
    required.not_its_target(work)
    if required.is_office(work):
        work.unit = work.case.office
        return
    if work.case.lead_id not in work.standing.units:
        raise Forbidden("这一步由主办单位或分办岗位办理。")
    work.unit = work.case.lead


def keep_promise(actor: User, case: Case, promise: Promise, *, version: int | None = None) -> Case:
    """Record that what a reply promised was done."""
    with working(actor, case, "settle_promise", version=version) as work:
        _unit_or_office(work)
        mine = work.rows.get(Promise, promise.seq)
        if mine.state != Promise.State.OPEN:
            raise Refused("这项承诺已经了结。")
        work.record(EventType.PROMISE_KEPT, {"promise": mine.seq}, visibility=EventVisibility.PUBLIC)
    return work.case


def miss_promise(case: Case, promise: Promise) -> Case:
    """A promise's day has passed: the case is handled again and the petitioner is told. Done by the sweeper, once."""
    with working(None, case, "settle_promise") as work:
        mine = work.rows.get(Promise, promise.seq)
        if mine.state != Promise.State.OPEN or mine.due_on >= timezone.localtime(work.now).date():
            raise Refused("这项承诺还没有到期，或已经了结。")
        if work.kind.moves(work.stage, "miss_promise") is not None:
            work.enter("miss_promise")
        work.record(EventType.PROMISE_MISSED, {"promise": mine.seq}, visibility=EventVisibility.PARTIES)
        together.miss_for_members(case, mine)
    return work.case


def read_petitioner(actor: Actor, case: Case, purpose: str) -> Petitioner:
    """Read who brought a case. Every reading by staff is on the audit trail, with its purpose; the petitioner reads his own without a trace.

    Allowed to whoever handles the case: the unit with an open part, the office, the operators who call back.
    """
    purpose = clean(purpose, "查看目的", longest=100)
    with working(actor, case, "read_petitioner") as work:
        if owns(actor, work):
            return work.rows.petitioner()
        required.not_its_target(work)
        _require_reader(work)
        found = work.rows.petitioner()
        audit.record(actor, "petitioner.read", work.case, f"查看 {work.case} 的反映人信息：{purpose}", {"purpose": purpose})
        if found.user is not None:
            note_reading(work.user, found.user, list(_READ), purpose, work.case.number)
    return found


def _require_reader(work: Work) -> None:
    if not may_read_petitioner(work.actor, work.case):
        raise Forbidden("反映人的信息只有正在办理这件的单位和分办岗位可以查看。")


def erase(actor: User | None, case: Case, reason: str) -> Case:
    """Delete whatever a person wrote or is from a case that is over, by destroying its key; that it happened stays, and the chain holds.

    By an administrator, or the system when the time of keeping ends.
    """
    reason = clean(reason, "删除的原因", longest=200)
    with working(actor, case, "erase") as work:
        if actor is not None and not organisations.is_administrator(actor):
            raise Forbidden("删除个人信息由系统管理员办理。")
        if work.case.is_open:
            raise Refused("这件还在办理，办结之后才能删除个人信息。")
        if work.case.erased_at is not None:
            raise Refused("这件的个人信息已经删除。")
        files = [str(attachment.file.name) for attachment in work.rows.all(Attachment) if attachment.file]
        work.record(EventType.ERASED, {"reason": reason})
        CaseKey.objects.filter(pk=work.case.pk).update(key=None, person=None, destroyed_at=work.now)
        audit.record(actor, "case.erased", work.case, f"删除 {work.case} 的个人信息", {"reason": reason})
        transaction.on_commit(lambda: _delete(files))
    return work.case


def forget_petitioner(actor: User | None, case: Case, reason: str) -> Case:
    """Delete who brought a case that is over, by destroying his key; what he wrote and the answer stay, as far as they are public.

    By the person himself, an administrator, or the system (his account was deleted).
    """
    reason = clean(reason, "删除的原因", longest=200)
    with working(actor, case, "forget_petitioner") as work:
        if actor is not None and not owns(actor, work) and not organisations.is_administrator(actor):
            raise Forbidden("删除反映人信息由本人提出，或由系统管理员办理。")
        if work.case.is_open:
            raise Refused("这件还在办理，办结之后才能删除反映人信息。")
        if work.keys.person is None:
            raise Refused("反映人信息已经删除。")
        work.record(EventType.PETITIONER_FORGOTTEN, {"reason": reason})
        CaseKey.objects.filter(pk=work.case.pk).update(person=None)
        audit.record(actor, "petitioner.forgotten", work.case, f"删除 {work.case} 的反映人信息", {"reason": reason})
    return work.case


def _delete(files: list[str]) -> None:
    for name in files:
        default_storage.delete(name)
