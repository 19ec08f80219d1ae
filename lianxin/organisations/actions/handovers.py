"""Standing in: a colleague acts for the holder of a post until a day."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lianxin.foundation import audit
from lianxin.foundation.errors import Refused
from lianxin.identity import actions as identity
from lianxin.identity.models import User
from lianxin.identity.queries import lacks_second_factor
from lianxin.organisations import queries, registry
from lianxin.organisations.actions.common import KEPT_APART, Role, midnight_after, refresh_rights, require_role, require_unit
from lianxin.organisations.models import Handover, Post

HANDOVER_AT_MOST = timedelta(days=366)


def hand_over(actor: User, post: Post, substitute: User, until: date, *, starts_on: date | None = None, reason: str = "") -> Handover:
    """Let ``substitute`` act for the holder of ``post`` until a day (inclusive). The holder does it, or whoever looks after the unit."""
    _require_holder_or_manager(actor, post)
    today = timezone.localdate()
    starts_on = starts_on or today
    if starts_on < today or until < starts_on:
        raise Refused("代理从今天或以后开始，截止日期不能早于开始日期。")
    if until - starts_on > HANDOVER_AT_MOST:
        raise Refused("一次代理最长一年；更久请重新任命岗位。")
    if (post.ends_on is not None and post.ends_on < until) or post.starts_on > starts_on:
        raise Refused("代理的日期超出了这个岗位的任期，请改日期。")
    _require_substitute(post, substitute, until)
    with transaction.atomic():
        Post.objects.select_for_update().get(pk=post.pk)
        standing = post.handovers.filter(cancelled_at__isnull=True, starts_on__lte=until, until__gte=starts_on).select_related("substitute").first()
        if standing is not None:
            raise Refused(f"这段时间已由{standing.substitute}代理（至 {standing.until}），请先取消那一次。")
        handover = Handover.objects.create(post=post, substitute=substitute, starts_on=starts_on, until=until, reason=reason.strip())
        refresh_rights(substitute)
        if lacks_second_factor(substitute):
            identity.end_sessions(actor, substitute, "代理的岗位要求第二重验证")
        audit.record(actor, "post.handed_over", post.user, f"{post}由{substitute}代理，{starts_on} 至 {until}", {"handover": handover.pk})
    return handover


def _require_substitute(post: Post, substitute: User, until: date) -> None:
    if post.role == Role.PARTNER:
        raise Refused("合作岗位不能由别人代理，请为对方另开账号。")
    if substitute.pk == post.user_id:
        raise Refused("代理人不能是本人，请选择一位同事。")
    if not substitute.works_here or substitute.kind != User.Kind.STAFF:
        raise Refused("代理人须是在岗的工作人员，请另选一位。")
    if substitute.expires_at is not None and substitute.expires_at < midnight_after(until):
        raise Refused(f"{substitute}在代理结束前就要离任，请另选一位，或改截止日期。")
    own = queries.in_force().filter(user=substitute)
    lineage = [unit.pk for unit in post.organisation.lineage()]
    if not own.filter(Q(organisation__in=lineage) | Q(organisation__path__startswith=post.organisation.path)).exists():
        raise Refused(f"代理人应是{post.organisation}或它的上下级单位的同事，请另选一位。")
    other = KEPT_APART.get(Role(post.role))
    if other is not None and own.filter(role=other).exists():
        raise Refused(f"系统管理与审计必须由不同的人担任，{substitute}已经是“{other.label}”。")


def cancel_handover(actor: User, handover: Handover) -> Handover:
    """End a handover now; from this moment only the holder acts."""
    if actor.pk != handover.substitute_id:
        _require_holder_or_manager(actor, handover.post)
    if handover.cancelled_at is not None or handover.until < timezone.localdate():
        raise Refused("这次代理已经结束。")
    with transaction.atomic():
        handover.cancelled_at = timezone.now()
        handover.save(update_fields=["cancelled_at"])
        refresh_rights(handover.substitute)
        audit.record(actor, "post.handover_cancelled", handover.post.user, f"取消代理：{handover}", {"handover": handover.pk})
    return handover


def _require_holder_or_manager(actor: User, post: Post) -> None:
    if actor.pk == post.user_id and actor.works_here:
        return
    require_role(actor, post.role)
    require_unit(actor, post.organisation)


def cut_short(handover: Handover, on: date, *, at_once: bool) -> None:
    """Let a handover end with ``on``, or at once when that is not later than today or it had not begun by then."""
    if at_once or handover.starts_on > on:
        handover.cancelled_at = timezone.now()
    else:
        handover.until = on
    handover.save(update_fields=["cancelled_at", "until"])
    registry.posts_changed(handover.substitute)
