"""Everything that reads cases, starting from ``visible_to(actor)``."""

from lianxin.casework.queries.lists import (
    Page,
    by_due,
    by_telephone,
    instructions_asked,
    own_cases,
    replies_to_sign,
    reports_to_accept,
    returns_to_rule,
    supervisor_queue,
    triage_queue,
    unit_parts,
    unit_queue,
)
from lianxin.casework.queries.public import PublicCase, PublicHeading, PublicReply, headings, project, project_all, public_case, public_list
from lianxin.casework.queries.visibility import (
    by_number_and_secret,
    events_for,
    is_petitioner,
    may_read_petitioner,
    official_for,
    reading_rule,
    visible_to,
)
from lianxin.casework.rules import rule_in_force, rules_in_force

__all__ = [
    "Page",
    "PublicCase",
    "PublicHeading",
    "PublicReply",
    "by_due",
    "by_number_and_secret",
    "by_telephone",
    "events_for",
    "headings",
    "instructions_asked",
    "is_petitioner",
    "may_read_petitioner",
    "official_for",
    "own_cases",
    "project",
    "project_all",
    "public_case",
    "public_list",
    "reading_rule",
    "replies_to_sign",
    "reports_to_accept",
    "returns_to_rule",
    "rule_in_force",
    "rules_in_force",
    "supervisor_queue",
    "triage_queue",
    "unit_parts",
    "unit_queue",
    "visible_to",
]
