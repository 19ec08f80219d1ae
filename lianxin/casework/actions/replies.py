"""What is said to the citizen: drafted, signed by others than its writers, sent; asked back; noted inside."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from lianxin.casework import uploads
from lianxin.casework.actions import attachments, required
from lianxin.casework.actions.common import LONGEST_REASON, Work, clean, working
from lianxin.casework.approval import Step, holds, may_sign_some, next_step
from lianxin.casework.events import EventType
from lianxin.casework.models import Assignment, Case, EventVisibility, Message
from lianxin.casework.rights import Actor, Role
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.identity.models import User
from lianxin.organisations.models import Post, Section

State, Kind = Message.State, Message.Kind
_DRAFTED = (Kind.REPLY, Kind.INTERIM)


def draft_reply(
    actor: User,
    case: Case,
    body: str,
    *,
    kind: str = Kind.REPLY,
    outcome: str = "",
    in_person: bool = False,
    message: Message | None = None,
    version: int | None = None,
) -> Message:
    """Write a reply (or an interim one), or write ``message`` anew, which then needs its signatures again.

    ``in_person``: the head of the unit answers himself; only he can say so. Without the lead role, or for the unit of a 交办, the
    answer is the office's.
    """
    body = clean(body, "答复内容")
    if kind not in _DRAFTED:
        raise ValueError("only replies and interim replies are drafted")
    with working(actor, case, "draft_reply", version=version) as work:
        _writer(work)
        if kind == Kind.REPLY and outcome not in work.kind.outcomes:
            raise Refused("请选择办理结果。")
        if in_person and not any(post.organisation_id == work.unit.pk for post in work.standing.holding(Role.HEAD) if work.unit):
            raise Forbidden("“亲自答复”由单位负责人本人填写。")
        mine = _drafted(work, message) if message is not None else None
        if mine is not None and mine.organisation_id != (work.unit.pk if work.unit else None):
            raise Forbidden("这份答复由别的单位起草，请另行起草。")
        payload = {"message": mine.seq if mine else None, "kind": kind, "outcome": outcome, "in_person": in_person}
        event = work.record(EventType.DRAFTED, payload, {"body": body}, visibility=EventVisibility.INTERNAL)
    return work.rows.get(Message, mine.seq if mine else event.seq)


def _writer(work: Work) -> None:
    """The unit that answers, in whose name the actor writes: the lead, a co-handler where there is no lead, else the office."""
    required.not_its_target(work)
    parts = [row for row in work.rows.all(Assignment) if row.state == Assignment.State.ACCEPTED and row.manner == Assignment.Manner.PASS]
    has_lead = any(row.role == Assignment.Role.LEAD and row.state != Assignment.State.ENDED for row in work.rows.all(Assignment))
    for part in parts:
        answers = part.role == Assignment.Role.LEAD or not has_lead
        if answers and part.organisation_id in work.standing.units:
            work.unit = part.organisation
            return
    required.office(work)


def _drafted(work: Work, message: Message) -> Message:
    found = work.rows.get(Message, message.seq)
    if found.kind not in _DRAFTED or found.state in (State.PUBLISHED, State.DROPPED):
        raise Refused("这份答复已经发出或作废，请刷新页面。")
    return found


def review_reply(actor: User, case: Case, message: Message, *, version: int | None = None) -> Message:
    """Sign a reply at a step before the last of the kind's chain (审核)."""
    return _sign(actor, case, message, "review_reply", EventType.REVIEWED, version)


def approve_reply(actor: User, case: Case, message: Message, *, version: int | None = None) -> Message:
    """Sign a reply at the last step of the kind's chain (签发): it may be sent. Never by a writer or an earlier signer."""
    return _sign(actor, case, message, "approve_reply", EventType.APPROVED, version)


def _sign(actor: User, case: Case, message: Message, deed: str, event: EventType, version: int | None) -> Message:
    with working(actor, case, deed, version=version) as work:
        mine = _drafted(work, message)
        step, last = _next_signer(work, mine)
        _require_signer(work, mine, step)
        if last != (event == EventType.APPROVED):
            raise Refused("还有前面的审核没有完成。" if not last else "这是最后一步，请直接签发。")
        work.record(event, {"message": mine.seq}, visibility=EventVisibility.INTERNAL)
    return mine


def _next_signer(work: Work, message: Message) -> tuple[Step, bool]:
    if message.state == State.APPROVED:
        raise Refused("这份答复已经签发，可以发出。")
    return next_step(work.kind, message, work.rows.all(Assignment))


def _require_signer(work: Work, message: Message, step: Step) -> None:
    required.not_its_target(work)
    organisation = message.organisation
    if not holds(work.standing, work.case, organisation, step):
        section = f"{Section.objects.get(pk=step.section)}" if step.section else ""
        raise Forbidden(f"这一步由{organisation or '经办单位'}{section}“{Post.Role(step.role).label}”岗位审核。")
    if work.user is not None and work.user.pk in [*message.writers, *message.signers]:
        raise Refused("起草人和已签过的人不能再审核这份答复，请由另一位同事审核。")
    work.unit = organisation


def _signs_some(work: Work, message: Message) -> bool:
    return may_sign_some(work.standing, work.case, work.kind, message, work.rows.all(Assignment))


def send_back_reply(actor: User, case: Case, message: Message, reason: str, *, version: int | None = None) -> Message:
    """Give a reply back to its writers with what is to be mended; its signatures fall."""
    reason = clean(reason, "退回意见", longest=LONGEST_REASON)
    with working(actor, case, "send_back_reply", version=version) as work:
        mine = _drafted(work, message)
        required.not_its_target(work)
        if not _signs_some(work, mine):
            raise Forbidden("退回答复由审核和签发的人办理。")
        work.unit = mine.organisation
        work.record(EventType.SENT_BACK, {"message": mine.seq}, {"reason": reason}, visibility=EventVisibility.INTERNAL)
    return mine


def publish_reply(actor: User, case: Case, message: Message, *, promises: Sequence[tuple[str, date]] = (), version: int | None = None) -> Case:
    """Send an approved reply: the case is replied, the units' parts are done, the clock is met. ``promises``: what it promises, by when."""
    with working(actor, case, "publish_reply", version=version) as work:
        mine = _ready(work, message, Kind.REPLY)
        against = work.kind.before_reply(work.case, mine.body, promises)
        if against:
            raise Refused(" ".join(against))
        payload = {"message": mine.seq, "outcome": mine.outcome, "in_person": mine.in_person}
        work.record(EventType.REPLIED, payload, visibility=EventVisibility.PUBLIC)
        for text, due_on in promises:
            promise(work, mine, text, due_on)
    return work.case


def promise(work: Work, message: Message, text: str, due_on: date) -> None:
    """Record what a reply promised, with its date, which lies ahead."""
    text = clean(text, "承诺内容", longest=500)
    if due_on <= timezone.localtime(work.now).date():
        raise Refused("承诺的兑现日期应在今天之后，请改正。")
    payload = {"message": message.seq, "organisation": message.organisation_id, "due_on": due_on}
    work.record(EventType.PROMISED, payload, {"text": text}, visibility=EventVisibility.PARTIES)


def interim_reply(actor: User, case: Case, message: Message, *, promises: Sequence[tuple[str, date]] = (), version: int | None = None) -> Case:
    """Send an approved interim reply (阶段性答复): the work goes on, the clock too. ``promises``: what it promises, by when."""
    with working(actor, case, "interim_reply", version=version) as work:
        mine = _ready(work, message, Kind.INTERIM)
        work.record(EventType.INTERIM, {"message": mine.seq}, visibility=EventVisibility.PARTIES)
        for text, due_on in promises:
            promise(work, mine, text, due_on)
    return work.case


def _ready(work: Work, message: Message, kind: Message.Kind) -> Message:
    """The message, when it may be sent now by the actor: by the unit that wrote it or whoever signs for it."""
    required.not_its_target(work)
    mine = _drafted(work, message)
    if mine.kind != kind:
        raise Refused(f"这不是{kind.label}，请核对。")
    if mine.state != State.APPROVED:
        raise Refused("答复还没有签发，不能发出。")
    if not _signs_some(work, mine) and mine.organisation_id not in work.standing.units:
        raise Forbidden("答复由起草单位发出。")
    work.unit = mine.organisation
    return mine


def ask_citizen(actor: User, case: Case, question: str, *, version: int | None = None) -> Case:
    """Ask the petitioner for what is missing; the clock waits for the answer."""
    question = clean(question, "需要补充的内容", longest=LONGEST_REASON)
    with working(actor, case, "ask_citizen", version=version) as work:
        _writer(work)
        work.record(EventType.ASKED, private={"body": question}, visibility=EventVisibility.PARTIES)
    return work.case


def citizen_answered(actor: Actor, case: Case, text: str, *, files: Iterable[UploadedFile] = ()) -> Case:
    """The petitioner answers a question; the clock runs again."""
    return _tell(actor, case, "citizen_answered", EventType.ANSWERED, text, files)


def add_information(actor: Actor, case: Case, text: str, *, files: Iterable[UploadedFile] = ()) -> Case:
    """The petitioner adds something of his own accord; the original stays as it was written."""
    return _tell(actor, case, "add_information", EventType.INFORMATION_ADDED, text, files)


def _tell(actor: Actor, case: Case, deed: str, event: EventType, text: str, files: Iterable[UploadedFile]) -> Case:
    text = clean(text, "补充内容")
    checked = uploads.check(files)
    with attachments.keeping(checked) as kept, working(actor, case, deed) as work:
        required.owner(work)
        told = work.record(event, private={"body": text}, visibility=EventVisibility.PARTIES)
        attachments.attach(work, kept, message=told.seq, from_citizen=True)
    return work.case


def add_note(actor: User, case: Case, text: str, *, version: int | None = None) -> Case:
    """An internal note, for the own unit only."""
    text = clean(text, "备注", longest=LONGEST_REASON)
    with working(actor, case, "add_note", version=version) as work:
        _writer_or_office(work)
        work.record(EventType.NOTED, private={"body": text}, visibility=EventVisibility.INTERNAL)
    return work.case


def _writer_or_office(work: Work) -> None:
    required.not_its_target(work)
    if required.is_office(work):
        work.unit = work.case.office
        return
    required.own_part(work)
