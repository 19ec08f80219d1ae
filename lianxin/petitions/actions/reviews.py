"""Review and re-review (复查、复核): asked for within thirty days of the written answer, once, against a petition's answer."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from lianxin.casework import actions as engine
from lianxin.casework import moments
from lianxin.casework import queries as casework
from lianxin.casework.actions import PetitionerData, Receipt
from lianxin.casework.actions.common import working
from lianxin.casework.events import EventType
from lianxin.casework.models import Case, CaseLink, Petitioner
from lianxin.casework.rights import SecretHolder
from lianxin.casework.vocabulary import Channel
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.identity.models import User
from lianxin.petitions import queries
from lianxin.petitions.actions.taking import received_moment
from lianxin.petitions.kinds import REVIEWED_AS


def ask_review(
    actor: User | SecretHolder, earlier: Case, *, token: str, reason: str, channel: str = Channel.WEB, received_on: date | None = None
) -> Receipt:
    """Ask for the review of a petition's answer, or the re-review of a review's.

    ``actor``: whoever brought the earlier case, by account or by its secret; or the bureau, for what came on paper (``received_on``).
    Raises Refused outside thirty days of the written answer's delivery, without an answer, or when it was asked for already.
    """
    received = received_moment(received_on) if received_on is not None else moments.now()
    with transaction.atomic():
        earlier = Case.objects.select_for_update().get(pk=earlier.pk)
        _require_asker(actor, earlier, channel)
        kind = _kind(earlier)
        _require_in_time(earlier, received)
        asked = CaseLink.objects.filter(other=earlier, relation=CaseLink.Relation.APPEAL_OF).select_related("case").first()
        receipt = engine.submit(
            actor if isinstance(actor, User) else None,
            kind,
            token=token,
            subject=f"对 {earlier.number} 的答复申请{'复查' if earlier.kind == 'petition' else '复核'}",
            text=reason,
            petitioner=_petitioner(actor, earlier, channel),
            channel=channel,
            received_at=received if received_on is not None else None,
        )
        if asked is not None and asked.case_id != receipt.case.pk:
            raise Refused(f"这件的答复已经申请过一次（{asked.case.number}），请查询那一件的进展。")
        if receipt.is_new:
            with working(None, receipt.case, "link_cases") as work:
                work.record(EventType.LINKED, {"other": earlier.pk, "relation": CaseLink.Relation.APPEAL_OF.value})
    return Receipt(Case.objects.get(pk=receipt.case.pk), receipt.secret, receipt.is_new)


def _require_asker(actor: User | SecretHolder, earlier: Case, channel: str) -> None:
    if channel == Channel.WEB:
        if not casework.is_petitioner(actor, earlier):
            raise Forbidden("只有原信访人可以申请复查、复核。请用原件的编号和查询码。")
    elif not isinstance(actor, User) or not queries.is_bureau(actor) or not casework.visible_to(actor).filter(pk=earlier.pk).exists():
        raise Forbidden("登记复查、复核由信访局“分办”岗位办理。")


def _kind(earlier: Case) -> str:
    if earlier.kind == "petition_re_review":
        raise Refused("复核意见是信访程序的最后意见，不再复查。您仍可以依法申请行政复议、提起诉讼，或者有新的事实时另行反映。")
    kind = REVIEWED_AS.get(earlier.kind)
    if kind is None:
        raise Refused("只有信访事项的答复可以申请复查。对投诉、咨询的答复不满意，请在查询页面评价，或者提出一次异议。")
    return kind


def _require_in_time(earlier: Case, received: datetime) -> None:
    window = queries.review_window(earlier)
    if window is None:
        raise Refused("这件还没有书面答复，答复以后才能申请复查、复核。")
    if timezone.localtime(received).date() > window.last_day:
        raise Refused(
            f"书面答复于 {window.answered_on:%Y年%-m月%-d日} 送达，申请复查、复核的期限（三十日）到 {window.last_day:%Y年%-m月%-d日} 为止，已经过了。"
            "有新的事实和理由，请作为新的信访事项提出。"
        )


def _petitioner(actor: User | SecretHolder, earlier: Case, channel: str) -> PetitionerData:
    """Who brought the earlier case brings this one; nothing is asked for twice."""
    row = Petitioner.objects.select_related("user").get(pk=earlier.pk)
    online = channel == Channel.WEB
    user = row.user if not online or row.user == actor else None
    return PetitionerData(name=row.name, phone=row.phone, email=row.email, address=row.address, kind=row.kind, identity=row.identity, user=user)
