"""Who is told of what happens in a case: once per event and person, without a word of what was written."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.utils import timezone

from lianxin.casework import kinds
from lianxin.casework.events import EventType
from lianxin.casework.models import Assignment, Case, CaseEvent, Message, Petitioner, Supervision
from lianxin.casework.rights import UNIT_ROLES
from lianxin.casework.vocabulary import Channel, Identity
from lianxin.foundation import sms
from lianxin.foundation.jobs import job
from lianxin.foundation.notify import notify, quiet_until
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Post


class Audience(StrEnum):
    PETITIONER = "petitioner"
    OFFICE = "office"
    UNIT = "unit"
    """The units with an open part, or the one the event names."""
    HEADS = "heads"
    """Whoever signs in the unit that wrote."""
    LEADER = "leader"
    SUPERVISORS = "supervisors"
    AUTHOR = "author"


@dataclass(frozen=True)
class Notice:
    """What an audience is told. ``{number}`` and ``{kind}`` are filled in; nothing else of the case."""

    audience: Audience
    subject: str
    text: str


NOTICES: dict[str, tuple[Notice, ...]] = {
    EventType.DECLINED: (Notice(Audience.PETITIONER, "您的{kind}有了处理结果", "{number} 未予受理，原因和可以去的地方已写明，请查看。"),),
    EventType.ACCEPTED: (Notice(Audience.PETITIONER, "您的{kind}已受理", "{number} 已受理，正在办理。"),),
    EventType.ASSIGNED: (Notice(Audience.UNIT, "有新的{kind}待签收", "{number} 已交到本单位，请及时签收。"),),
    EventType.RETURNED: (Notice(Audience.OFFICE, "有{kind}申请退单", "{number} 的承办单位申请退单，请裁定；期限照常计算。"),),
    EventType.RULED: (Notice(Audience.UNIT, "退单已裁定", "{number} 的退单申请已有裁定，请查看。"),),
    EventType.ASKED: (Notice(Audience.PETITIONER, "您的{kind}需要补充说明", "办理单位请您就 {number} 补充说明，补充之后继续办理。"),),
    EventType.ANSWERED: (Notice(Audience.UNIT, "反映人已补充说明", "{number} 的反映人已补充说明，请继续办理。"),),
    EventType.INFORMATION_ADDED: (Notice(Audience.UNIT, "反映人有追加内容", "{number} 的反映人追加了内容，请查看。"),),
    EventType.DRAFTED: (Notice(Audience.HEADS, "有答复等待审核", "{number} 的答复已起草，请审核。"),),
    EventType.SENT_BACK: (Notice(Audience.AUTHOR, "答复被退回修改", "{number} 的答复需要修改，请查看意见。"),),
    EventType.REPLIED: (Notice(Audience.PETITIONER, "您的{kind}已答复", "{number} 已答复，请查看并评价。"),),
    EventType.ANSWERED_WITH: (Notice(Audience.PETITIONER, "您的{kind}已答复", "{number} 已与同类来信一并答复，请查看并评价。"),),
    EventType.INTERIM: (Notice(Audience.PETITIONER, "您的{kind}有阶段性答复", "{number} 有阶段性答复，办理仍在继续。"),),
    EventType.PROGRESS: (Notice(Audience.OFFICE, "有{kind}报告进展", "{number} 的承办单位报告了进展，请查看。"),),
    EventType.REPORTED: (Notice(Audience.OFFICE, "有{kind}报结", "{number} 已报结，请审核。"),),
    EventType.REPORT_SENT_BACK: (Notice(Audience.UNIT, "报结被退回", "{number} 的报结需要补办，请查看意见。"),),
    EventType.INSTRUCTION_ASKED: (Notice(Audience.LEADER, "有{kind}呈请批示", "{number} 呈请您批示。"),),
    EventType.INSTRUCTED: (
        Notice(Audience.OFFICE, "领导已批示", "{number} 有领导批示，请落实。"),
        Notice(Audience.UNIT, "领导已批示", "{number} 有领导批示，请落实。"),
    ),
    EventType.CLOCK_EXTENDED: (Notice(Audience.PETITIONER, "您的{kind}办理期限延长", "{number} 的办理期限经批准延长，原因请查看阶段性答复。"),),
    EventType.BREACHED: (
        Notice(Audience.UNIT, "{kind}已超期", "{number} 已超过期限，请尽快答复。"),
        Notice(Audience.OFFICE, "{kind}已超期", "{number} 已超过期限，请督促承办单位。"),
    ),
    EventType.REMINDED: (Notice(Audience.UNIT, "{kind}催办", "{number} 的期限将到，请抓紧办理。"),),
    EventType.SUPERVISION_PROPOSED: (Notice(Audience.SUPERVISORS, "有{kind}建议督办", "{number} 达到督办条件，请决定是否发出督办单。"),),
    EventType.SUPERVISED: (Notice(Audience.UNIT, "{kind}已列入督办", "{number} 已发出督办单，请按要求办理。"),),
    EventType.OBJECTED: (
        Notice(Audience.OFFICE, "反映人提出异议", "{number} 的反映人对答复有异议，已重新办理。"),
        Notice(Audience.UNIT, "{kind}重新办理", "{number} 的反映人对答复有异议，请签收，重新办理。"),
    ),
    EventType.REOPENED: (
        Notice(Audience.UNIT, "{kind}重新办理", "{number} 需要重新办理，请签收。"),
        Notice(Audience.PETITIONER, "您的{kind}重新办理", "{number} 已重新办理。"),
    ),
    EventType.PROMISE_MISSED: (
        Notice(Audience.PETITIONER, "答复中的承诺未按期兑现", "{number} 答复中的承诺没有按期兑现，须继续办理，进展请查看办件。"),
        Notice(Audience.UNIT, "承诺未按期兑现", "{number} 答复中的承诺未按期兑现，请继续办理；已答复的件重新办理，请签收。"),
    ),
    EventType.TRANSFERRED: (Notice(Audience.UNIT, "有{kind}转入", "{number} 因机构调整转到本单位，请继续办理。"),),
}


def enqueue(case: Case, events: list[CaseEvent]) -> None:
    """In the deed's transaction: one job tells everybody whom its events concern."""
    told = [event.seq for event in events if event.type in NOTICES]
    if told:
        tell.enqueue(case.pk, told)


@job("通知办件的进展", queue="slow", retries=6, backoff=60)
def tell(case_id: int, seqs: list[int]) -> None:
    """Tell whoever is concerned by these events. Safe to run twice: a notification is written once per event and recipient."""
    case = Case.objects.select_related("office").get(pk=case_id)
    kind = kinds.kind(case.kind, case.kind_version)
    for event in CaseEvent.objects.filter(case=case_id, seq__in=seqs):
        for notice in NOTICES[event.type]:
            staff = notice.audience != Audience.PETITIONER
            # To the citizen it is a letter, to whoever handles it one of a box.
            words = {"number": case.number, "kind": f"{kind.name}{kind.noun}" if staff else kind.noun or kind.name}
            subject, text = notice.subject.format(**words), notice.text.format(**words)
            key = f"{case.pk}-{event.seq}-{notice.audience}"
            for person in recipients(case, event, notice.audience):
                notify(person, f"case.{event.type}", key, subject, text, kind.link(case, staff))
            if not staff:
                _text_guest(case, subject, f"case.{event.type}-{key}")


def _text_guest(case: Case, subject: str, key: str) -> None:
    """Tell whoever wrote without an account, by the telephone that he verified for this letter; no other way leads to him.

    A number that somebody else typed (a call, a paper) is not his until he has shown it, and gets nothing.
    """
    guest = Petitioner.objects.filter(case=case, user=None, identity=Identity.TELEPHONE, case__channel=Channel.WEB).first()
    template = sms.FOLLOW if sms.may_send(sms.FOLLOW) else sms.NOTICE
    if guest is None or not guest.phone or not sms.may_send(template):
        return
    values = [subject, case.number] if template == sms.FOLLOW else [f"{subject}（{case.number}）"]
    now = timezone.now()
    wakes = quiet_until(now)
    sms.send(guest.phone, template, values, (wakes or now) + timedelta(days=1), not_before=wakes, once=key)


def recipients(case: Case, event: CaseEvent, audience: Audience) -> Iterable[User]:
    """The people of an audience, without whoever did the deed and without those from whom the case is hidden."""
    from lianxin.casework.queries import visible_to

    found = {person.pk: person for person in _people(case, event, audience) if person.pk != event.actor_id}
    narrows = kinds.kind(case.kind, case.kind_version).visible is not None
    if audience != Audience.PETITIONER and (case.is_sealed or narrows):
        return [person for person in found.values() if visible_to(person).filter(pk=case.pk).exists()]
    return list(found.values())


def _people(case: Case, event: CaseEvent, audience: Audience) -> Iterable[User]:
    match audience:
        case Audience.PETITIONER:
            return User.objects.filter(pk__in=Petitioner.objects.filter(case=case, user__isnull=False).values("user"))
        case Audience.OFFICE:
            return _acting(kinds.kind(case.kind, case.kind_version).screened_by, [unit.pk for unit in case.office.lineage()])
        case Audience.UNIT:
            units = _units(case, event)
            if not units and event.type == EventType.REMINDED:
                # Nobody handles it yet: what is late lies with those who screen.
                return _people(case, event, Audience.OFFICE)
            return [person for role in sorted(UNIT_ROLES) for person in _acting(role, units)]
        case Audience.HEADS:
            return _acting(Post.Role.HEAD, [event.unit_id] if event.unit_id else [])
        case Audience.LEADER:
            return _leaders(event)
        case Audience.SUPERVISORS:
            return User.objects.filter(posts__in=organisations.in_force().filter(role=Post.Role.SUPERVISOR)).distinct()
        case Audience.AUTHOR:
            return User.objects.filter(pk__in=_writers(case, event))


def _acting(role: str, units: list[int]) -> list[User]:
    found = organisations.actors(role, units)
    return [person for people in found.values() for person in people]


def _units(case: Case, event: CaseEvent) -> list[int]:
    payload = event.payload
    if event.type == EventType.SUPERVISED and payload.get("supervision"):
        return list(
            Supervision.objects.filter(case=case, seq=payload["supervision"]).exclude(organisation=None).values_list("organisation", flat=True)
        )
    if payload.get("organisation"):
        return [payload["organisation"]]
    if payload.get("assignment"):
        return list(Assignment.objects.filter(case=case, seq=payload["assignment"]).values_list("organisation", flat=True))
    return list(Assignment.objects.filter(case=case, is_open=True).values_list("organisation", flat=True).distinct())


def _leaders(event: CaseEvent) -> list[User]:
    posts = organisations.in_force().filter(pk=event.payload["leader"]).select_related("user")
    standing_in = organisations.handovers_in_force().filter(post=event.payload["leader"]).select_related("substitute")
    return [*(post.user for post in posts), *(row.substitute for row in standing_in)]


def _writers(case: Case, event: CaseEvent) -> list[int]:
    found = Message.objects.filter(case=case, seq=event.payload["message"]).values_list("writers", flat=True).first()
    return list(found or [])
