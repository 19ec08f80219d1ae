"""What was typed does not outlive its case; a unit's templates go along when it merges."""

import pytest
from django.db import IntegrityError, transaction

from lianxin.casedesk import actions, jobs
from lianxin.casedesk.models import ReplyDraft, ReplyTemplate
from lianxin.casework.models import Case
from lianxin.organisations import registry

pytestmark = pytest.mark.django_db


def test_drafts_are_kept_while_a_case_is_open_and_a_while_after(staff, ways, clock):
    open_, over = ways.handling(), ways.drafted().case
    for case in (open_, over):
        actions.keep_draft(staff.clerk, case, "写了一半")
    from lianxin.casework import actions as engine
    from lianxin.casework.models import Message

    message = Message.objects.get(case=over, kind="reply")
    engine.approve_reply(staff.head, Case.objects.get(pk=over.pk), message)
    engine.publish_reply(staff.clerk, Case.objects.get(pk=over.pk), message)
    jobs.forget_drafts.call()
    assert ReplyDraft.objects.count() == 2
    clock.shift(days=31)
    jobs.forget_drafts.call()
    assert [row.case for row in ReplyDraft.objects.all()] == [open_]


def test_a_person_has_one_unfinished_draft_of_a_case(staff, ways):
    """Two windows save at once: the database, whichever it is, takes one row only."""
    case = ways.handling()
    actions.keep_draft(staff.clerk, case, "第一扇窗")
    actions.keep_draft(staff.clerk, case, "第二扇窗")
    assert [row.body for row in ReplyDraft.objects.all()] == ["第二扇窗"]
    with pytest.raises(IntegrityError), transaction.atomic():
        ReplyDraft.objects.create(case=case, user=staff.clerk)


def test_templates_go_along_with_a_merger(staff, city, clock):
    actions.save_template(staff.clerk, None, city.education, "学区划分", "您好！", 1, True)
    actions.save_template(staff.clerk, None, city.education, "转学", "您好！", 2, True)
    actions.save_template(staff.other_clerk, None, city.health, "转学", "您好！", 1, True)
    assert registry.merge(staff.admin, city.education, city.health, clock.now().date()) == []
    names = set(ReplyTemplate.objects.filter(organisation=city.health).values_list("name", flat=True))
    assert names == {"学区划分", "转学", "转学（市教育局）"}
