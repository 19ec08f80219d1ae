"""Deeds on review chains: data, but not so free that a chain could let one person publish alone."""

from typing import Any

from django.db import transaction

from lianxin.foundation.audit import record as audit
from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations.models import Post
from lianxin.organisations.queries import posts_of
from lianxin.publishing.actions.common import require, validate
from lianxin.publishing.models import ChainStep, ReviewChain

Step = dict[str, Any]


@transaction.atomic
def change_chain(actor: User, chain: ReviewChain, steps: list[Step]) -> ReviewChain:
    """Give a chain new steps, in order; reviews that run keep the steps they began with.

    ``steps`` are dicts with label, role, reach, by_submitter and parallel. Raises Refused when one person could publish alone,
    or when a chain other than for reposts has no security review.
    """
    require(actor.is_superuser or posts_of(actor).filter(role=Post.Role.ADMINISTRATOR).exists(), "审核流程只能由系统管理员修改。")
    chain = ReviewChain.objects.select_for_update().get(pk=chain.pk)
    _refuse_unsafe(chain, steps)
    before = [str(step) for step in chain.steps.all()]
    chain.steps.all().delete()
    for order, step in enumerate(steps, 1):
        row = ChainStep(chain=chain, order=order, **step)
        validate(row)
        row.save()
    audit(actor, "publishing.change_chain", chain, f"修改审核流程“{chain}”", {"before": before, "after": [str(step) for step in chain.steps.all()]})
    return chain


def _refuse_unsafe(chain: ReviewChain, steps: list[Step]) -> None:
    if not steps:
        raise Refused("审核流程至少要有一步。")
    if any(not step["label"].strip() for step in steps):
        raise Refused("请给每一步写上名称。")
    reviewing = [step for step in steps if not step["by_submitter"] and step["role"] != Post.Role.SECURITY]
    if not reviewing:
        raise Refused("除送审人自己签的一步外，至少还要有一步由别人审核内容，不能一个人说了算。")
    if any(step["by_submitter"] for step in steps[1:]):
        raise Refused("送审人自己签的只能是第一步。")
    security = [step for step in steps if step["role"] == Post.Role.SECURITY]
    if chain.kind != "repost" and not security:
        raise Refused("原创稿件必须有保密审查这一步，没有保密审查不得发布。")
    if any(step["by_submitter"] for step in security):
        raise Refused("保密审查不能由送审人自己签。")
