"""Notices as PDF, made as the supervision desk's papers are: A4 with the margins of official papers."""

from typing import Any

from lianxin.casework import clocks
from lianxin.casework.models import Assignment, Case, CaseLink, Clock, Message
from lianxin.casework.rules import rule_in_force
from lianxin.petitions.kinds import PETITION, REVIEW
from lianxin.petitions.queries import Notice
from lianxin.supervision.paper import pdf


def notice(case: Case, notice: Notice, name: str) -> bytes:
    """A notice to the petitioner: whom it tells, of what, why, until when, and what he can do. Raises Refused when nothing can be made."""
    context: dict[str, Any] = {
        "case": case,
        "notice": notice,
        "to": name,
        "issuer": case.office,
        "earlier": CaseLink.objects.filter(case=case, relation=CaseLink.Relation.APPEAL_OF).select_related("other").first(),
    }
    return pdf("petitions/paper/notice.html", context | _words(case, notice))


def _words(case: Case, notice: Notice) -> dict[str, Any]:
    match notice.what:
        case "accepted":
            clock = Clock.objects.filter(case=case, purpose="reply").order_by("seq").first()
            return {"due": clocks.last_day(clock.due_at) if clock is not None and clock.due_at is not None else None}
        case "declined":
            return {"reason": Message.objects.get(case=case, seq=notice.seq).body}
        case "assigned":
            return {"unit": Assignment.objects.select_related("organisation").get(case=case, seq=notice.seq).organisation}
        case _:
            return _answer(case, notice)


def _answer(case: Case, notice: Notice) -> dict[str, Any]:
    message = Message.objects.select_related("organisation").get(case=case, seq=notice.seq)
    days = rule_in_force("X04-ASK").threshold if case.kind in (PETITION, REVIEW) else None
    return {
        "body": message.body,
        "issuer": message.organisation or case.office,
        "days": days,
        "next": "复查" if case.kind == PETITION else "复核",
    }
