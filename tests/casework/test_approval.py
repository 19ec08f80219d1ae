"""A reply is signed by the head of the section that handles it before the unit's head; a unit without sections signs once."""

from datetime import date

import pytest

from lianxin.casework import actions, approval, kinds, queries
from lianxin.casework.models import Assignment, Message
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.organisations.models import Post, Section

pytestmark = pytest.mark.django_db


@pytest.fixture
def section(city, staff) -> Section:
    """A section of the education bureau whose head is the second clerk."""
    made = Section.objects.create(organisation=city.education, name="基础教育科")
    Post.objects.create(user=staff.clerk2, organisation=city.education, role="head", section=made, starts_on=date(2020, 1, 1))
    return made


def drafted(flow, staff, section, writer):
    case = flow.handling()
    case = actions.hand_to_section(staff.clerk, case, flow.lead(case), section=section)
    return actions.draft_reply(writer, case, "路灯已于3月4日更换修好。", outcome="solved")


def test_the_sections_head_comes_first_and_the_units_head_last(flow, staff, section):
    message = drafted(flow, staff, section, staff.clerk)
    assert [row.pk for row in queries.replies_to_sign(staff.clerk2)] == [message.pk] and queries.replies_to_sign(staff.head) == []
    with pytest.raises(Forbidden, match="基础教育科"):
        actions.approve_reply(staff.head, flow.now(message.case), message)
    with pytest.raises(Refused, match="前面的审核"):
        actions.approve_reply(staff.clerk2, flow.now(message.case), message)
    actions.review_reply(staff.clerk2, flow.now(message.case), message)
    assert queries.replies_to_sign(staff.clerk2) == [] and [row.pk for row in queries.replies_to_sign(staff.head)] == [message.pk]
    with pytest.raises(Forbidden):
        actions.approve_reply(staff.clerk2, flow.now(message.case), message)
    actions.approve_reply(staff.head, flow.now(message.case), message)
    assert Message.objects.get(pk=message.pk).state == "approved"


def test_a_sections_head_who_writes_himself_leaves_one_signature(flow, staff, section):
    message = drafted(flow, staff, section, staff.clerk2)
    actions.approve_reply(staff.head, flow.now(message.case), message)
    assert Message.objects.get(pk=message.pk).state == "approved"


def test_a_head_who_left_takes_his_step_with_him(flow, staff, section):
    message = drafted(flow, staff, section, staff.clerk)
    actions.review_reply(staff.clerk2, flow.now(message.case), message)
    Post.objects.filter(section=section).update(ends_on=date(2024, 1, 1))
    actions.approve_reply(staff.head, flow.now(message.case), message)
    assert Message.objects.get(pk=message.pk).state == "approved"


def test_without_another_head_a_section_adds_no_step(flow, staff, section):
    Post.objects.filter(user=staff.head).update(ends_on=date(2024, 1, 1))
    message = drafted(flow, staff, section, staff.clerk)
    part = Assignment.objects.get(case=message.case, is_open=True)
    kind = kinds.kind(message.case.kind)
    assert approval.steps(kind, message, [part]) == [approval.Step("head")]
    actions.approve_reply(staff.clerk2, flow.now(message.case), message)
    assert Message.objects.get(pk=message.pk).state == "approved"
