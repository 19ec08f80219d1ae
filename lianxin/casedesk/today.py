"""What the staff home shows of letters."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from lianxin.casedesk import queries, times
from lianxin.casework import clocks
from lianxin.casework import queries as casework
from lianxin.casework.models import Assignment, Case, Message
from lianxin.casework.rights import UNIT_ROLES, Role
from lianxin.identity.models import User
from lianxin.publishing.desk.blocks import Block, Line

SHOWN = 5
# Beyond this the exact number is nobody's help and costs a scan.
COUNTED = 200


def blocks(user: User, roles: set[str]) -> list[Block]:
    """The blocks of a person, by the posts in which he may act; those without lines are left out."""
    found: list[Block] = []
    if roles & {str(role) for role in UNIT_ROLES}:
        found += [*_by_part(user), _returned(user)]
    if roles & {str(Role.HEAD), str(Role.TRIAGE), str(Role.OPERATOR), str(Role.LEADER)}:
        found.append(_to_sign(user))
    if roles & {str(role) for role in (*UNIT_ROLES, Role.TRIAGE, Role.OPERATOR)}:
        found += [_to_send(user), _joined(user), _promised(user)]
    if roles & {str(Role.TRIAGE), str(Role.OPERATOR)}:
        found += [_to_triage(user), _to_rule(user), _to_answer(user)]
    if str(Role.LEADER) in roles:
        found.append(_asked(user))
    return [block for block in found if block.lines]


def _line(case: Case, *, href: str = "", note: str = "", meta: str = "") -> Line:
    left = times.remaining(case.due_at)
    return Line(
        case.subject or case.number,
        href or reverse("casedesk:case", args=[case.number]),
        meta or case.number,
        f"{left.day} 到期" if left.day else "",
        left.text if case.is_open else "",
        left.tone,
        note,
    )


def _by_part(user: User) -> list[Block]:
    now = timezone.now()
    parts = casework.unit_parts(user)
    late = parts.filter(due_at__lte=now)
    soon = parts.filter(due_at__gt=now, due_at__lte=times.soon(now))
    new = parts.filter(state__in=(Assignment.State.OFFERED, Assignment.State.RULED))
    mine = parts.filter(handler=user)
    return [
        _block("case-late", "办件已超期", late, "late", "urgent"),
        _block("case-soon", "办件快到期", soon, "soon"),
        _block("case-new", "办件待签收", new, "sign"),
        _block("case-mine", "我经办的办件", mine, "mine"),
    ]


def _block(name: str, title: str, parts: QuerySet[Assignment], show: str, tone: str = "") -> Block:
    count = len(parts.order_by().values_list("pk")[: COUNTED + 1])
    page = casework.by_due(parts, count=SHOWN)
    href = f"{reverse('casedesk:unit')}?show={show}"
    lines = [_line(case, meta=f"{case.number}　{case.part.get_step_display()}") for case in page.cases]  # type: ignore[attr-defined]
    return Block(name, title, "", lines, min(count, COUNTED), href, tone, count > COUNTED)


def _messages(name: str, title: str, messages: list[Message], href: str, *, to: str = "sign") -> Block:
    lines = []
    for message in messages[:SHOWN]:
        args = [message.case.number, message.seq] if to == "sign" else [message.case.number]
        author = f"　{message.author} 起草" if message.author else ""
        lines.append(
            _line(message.case, href=reverse(f"casedesk:{to}", args=args), meta=f"{message.case.number}{author}", note=message.returned_reason)
        )
    return Block(name, title, "", lines, len(messages), href)


def _returned(user: User) -> Block:
    return _messages("case-returned", "答复退回给您", queries.returned_replies(user), "", to="reply")


def _to_sign(user: User) -> Block:
    return _messages("case-sign", "答复等您签发", casework.replies_to_sign(user), reverse("casedesk:signing"))


def _to_send(user: User) -> Block:
    return _messages("case-send", "已签发，等待发出", queries.approved_replies(user), reverse("casedesk:signing"))


def _joined(user: User) -> Block:
    """Answered, but whoever joined has not been told."""
    cases = queries.joined_waiting(user)
    return Block("case-joined", "并入的办件等统一答复", "", [_line(case) for case in cases[:SHOWN]], len(cases))


def _promised(user: User) -> Block:
    """What was promised to citizens and has to be done by the end of the next working day."""
    now = timezone.localtime()
    rows = queries.promises_due(user, clocks.last_day(times.soon(now)))
    lines = []
    for row in rows[:SHOWN]:
        left = (row.due_on - now.date()).days
        words, tone = (
            ("今天", "urgent") if left == 0 else (f"过了 {-left} 天", "urgent") if left < 0 else ("明天" if left == 1 else f"还有 {left} 天", "soon")
        )
        address = f"{reverse('casedesk:case', args=[row.case.number])}#deed-keep-promise-{row.seq}"
        lines.append(Line(row.text, address, f"{row.case.number}　{row.case.subject}", f"{row.due_on:%m-%d} 前", words, tone))
    return Block("case-promises", "答应的事要到日子了", "", lines, len(rows))


def _to_triage(user: User) -> Block:
    waiting = queries.to_triage(user, count=50)
    lines = [_line(case, href=reverse("casedesk:triage_one", args=[case.number])) for case in waiting[:SHOWN]]
    return Block("case-triage", "待分办", "", lines, len(waiting), reverse("casedesk:triage"), "", len(waiting) == 50)


def _to_rule(user: User) -> Block:
    parts = [*casework.returns_to_rule(user, count=20), *casework.reports_to_accept(user, count=20)]
    lines = [_line(part.case, meta=f"{part.organisation}　{part.get_state_display()}") for part in parts[:SHOWN]]
    return Block("case-rule", "退单与报结，等您裁定", "", lines, len(parts), reverse("casedesk:office"))


def _to_answer(user: User) -> Block:
    cases = queries.to_answer(user)
    lines = [_line(case, href=reverse("casedesk:reply", args=[case.number])) for case in cases[:SHOWN]]
    return Block("case-answer", "已同意报结，等您答复", "", lines, len(cases), reverse("casedesk:office"))


def _asked(user: User) -> Block:
    rows = casework.instructions_asked(user, count=20)
    # Why it is laid before the leader is no fault, as the reason of what came back is.
    lines = [
        _line(row.case, href=reverse("casedesk:instruct", args=[row.case.number]), meta=f"{row.case.number}　{row.reason}") for row in rows[:SHOWN]
    ]
    return Block("case-asked", "呈请您批示", "", lines, len(rows), reverse("casedesk:leader"))
