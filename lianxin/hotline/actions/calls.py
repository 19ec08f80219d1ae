"""A call becomes a case: answered at once on the line, or a work order for a unit. One sheet, one case."""

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from lianxin.casedesk import actions as desk
from lianxin.casework import actions as engine
from lianxin.casework import sealing
from lianxin.casework.actions import PetitionerData, Receipt, required
from lianxin.casework.actions.common import clean, working
from lianxin.casework.events import EventType
from lianxin.casework.models import Case, EventVisibility, Message
from lianxin.casework.vocabulary import Channel, Visibility
from lianxin.foundation.crypto import blind_indexes
from lianxin.foundation.errors import Refused
from lianxin.hotline import numbers, queries
from lianxin.hotline.actions import records
from lianxin.hotline.kinds import HOTLINE, ON_THE_LINE, SORTS
from lianxin.hotline.models import Sheet
from lianxin.hotline.typed import Typed
from lianxin.identity.models import User
from lianxin.letters.actions.sending import first_words

EXPLAINED = "explained"


class Way(models.TextChoices):
    """What becomes of a call."""

    ANSWER = "answer", "当场答复"
    ORDER = "order", "派单"


def register(operator: User, sheet: Sheet, way: str) -> Receipt:
    """Make the case of a sheet. Sent again, it gives the same receipt.

    Raises Refused for what is missing, and when a colleague has just registered the same caller and it is not said to be another matter.
    """
    queries.require_operator(operator)
    with transaction.atomic():
        locked = _locked(operator, sheet)
        if locked.case is not None:
            return Receipt(locked.case, sealing.access_secret(locked.token), False)
        typed = Typed.unpacked(locked.content)
        telephone = _telephone(typed)
        if typed.sort not in SORTS:
            raise Refused("请选择事项类别：咨询、求助建议，还是投诉举报。")
        _refuse_twice(operator, typed, telephone)
        unit = queries.unit(typed.other_unit or typed.unit)
        if way == Way.ORDER and unit is None:
            raise Refused("请选择派给哪个单位。")
        receipt = _submit(operator, locked.token, typed, telephone)
        if way == Way.ORDER:
            assert unit is not None
            case = desk.pass_on(operator, receipt.case, unit, opinion=typed.opinion, category=typed.category)
        else:
            case = answer_on_line(operator, receipt.case, typed.answer)
        records.tie(locked, case, telephone)
        locked.case, locked.sent_at, locked.content, locked.telephone = case, timezone.now(), "{}", telephone
        locked.save(update_fields=["case", "sent_at", "content", "telephone", "telephone_index"])
    return Receipt(case, receipt.secret, True)


def _locked(operator: User, sheet: Sheet) -> Sheet:
    """The sheet, locked with all others of the same number: of two operators at the same moment one comes first and the other sees it."""
    same = Q(telephone_index__in=blind_indexes(sheet.telephone, "telephone")) if sheet.telephone else Q(pk__in=[])
    rows = list(Sheet.objects.select_for_update().filter(Q(pk=sheet.pk) | same).order_by("pk"))
    found = next((row for row in rows if row.pk == sheet.pk and row.operator_id == operator.pk), None)
    if found is None:
        raise Refused("这份登记已经清空，请在新的登记里填写。")
    return found


def _telephone(typed: Typed) -> str:
    if typed.hidden:
        return ""
    if not typed.telephone.strip():
        raise Refused("请填写来电号码；来电人隐藏了号码的，请勾选“号码隐藏”。")
    return numbers.caller(typed.telephone)


def _refuse_twice(operator: User, typed: Typed, telephone: str) -> None:
    if typed.another or not telephone:
        return
    other = queries.registered_just_now(operator, telephone)
    if other is not None and other.case is not None and other.sent_at is not None:
        minutes = max(1, round((timezone.now() - other.sent_at).total_seconds() / 60))
        raise Refused(
            f"{other.operator}在 {minutes} 分钟前刚为这个号码登记了 {other.case.number}“{other.case.subject}”。"
            "是同一件事，就不用再登记；确是另一件事，请勾选“另一件事”再提交。"
        )


def _submit(operator: User, token: str, typed: Typed, telephone: str) -> Receipt:
    text = clean(typed.text, "来电内容")
    return engine.submit(
        operator,
        HOTLINE,
        token=token,
        subject=first_words(text),
        text=text,
        place=typed.place,
        category=typed.category,
        sub_state=typed.sort,
        visibility=Visibility.PRIVATE if typed.private else None,
        channel=Channel.TELEPHONE,
        petitioner=PetitionerData(name=typed.name, phone=telephone),
    )


def answer_on_line(operator: User, case: Case, answer: str) -> Case:
    """An operator has answered while the caller listened: what was said is the reply, which nobody signs afterwards."""
    body = clean(answer, "当场的答复")
    with working(operator, case, ON_THE_LINE) as work:
        required.office(work)
        said = {"message": None, "kind": Message.Kind.REPLY.value, "outcome": EXPLAINED, "in_person": False}
        event = work.record(EventType.DRAFTED, said, {"body": body}, visibility=EventVisibility.INTERNAL)
        payload = {"message": event.seq, "outcome": EXPLAINED, "in_person": False}
        work.record(EventType.REPLIED, payload, visibility=EventVisibility.PUBLIC)
    return work.case
