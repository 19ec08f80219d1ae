"""The sheet of an operator: kept while he types, forgotten when nobody needs it any more."""

import re
import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from lianxin.casework import sealing
from lianxin.casework.actions.common import LONGEST_TEXT
from lianxin.casework.models import Case
from lianxin.foundation import sms
from lianxin.foundation.errors import Refused
from lianxin.hotline import numbers, queries
from lianxin.hotline.models import Sheet
from lianxin.hotline.typed import Typed
from lianxin.identity.models import User

RECEIPT_SHOWN_FOR = timedelta(hours=2)
KEPT_FOR = timedelta(days=2)
_MOBILE = re.compile(r"1[3-9][0-9]{9}")


def open_sheet(operator: User) -> Sheet:
    """The sheet that ``operator`` is filling in, begun when there is none. Raises Forbidden for whoever takes no calls."""
    queries.require_operator(operator)
    found = queries.sheet_of(operator)
    if found is not None:
        return found
    now = timezone.now()
    try:
        with transaction.atomic():
            return Sheet.objects.create(operator=operator, token=secrets.token_urlsafe(24), begun_at=now, changed_at=now)
    except IntegrityError:
        # Opened in two windows at the same moment.
        return Sheet.objects.get(operator=operator, sent_at=None)


def keep_sheet(operator: User, sheet: Sheet, typed: Typed) -> Sheet:
    """Keep what was typed; a sheet that was sent, one of somebody else, and what is too long stay as they are."""
    content = typed.packed()
    if sheet.content == content or len(typed.text) > LONGEST_TEXT or len(typed.answer) > LONGEST_TEXT:
        return sheet
    with transaction.atomic():
        locked = Sheet.objects.select_for_update().get(pk=sheet.pk)
        if locked.sent_at is not None or locked.operator_id != operator.pk:
            return locked
        now = timezone.now()
        if locked.content == "{}":
            # The page stood open before anybody called.
            locked.begun_at = now
        locked.content, locked.telephone, locked.changed_at = content, _number(typed), now
        locked.save(update_fields=["content", "telephone", "telephone_index", "begun_at", "changed_at"])
    return locked


def _number(typed: Typed) -> str:
    """The number as far as it is one, by which another operator would find it."""
    if typed.hidden or not typed.telephone:
        return ""
    try:
        return numbers.caller(typed.telephone)
    except Refused:
        return ""


def text_receipt(operator: User, sheet: Sheet) -> None:
    """Send number and secret to the caller's mobile, once. Raises Refused where it is none, or no such message can go out."""
    with transaction.atomic():
        locked = Sheet.objects.select_for_update().get(pk=sheet.pk, operator=operator)
        if locked.texted_at is not None:
            return
        if locked.case_id is None or not may_text(locked):
            raise Refused("这个号码收不到短信，请把编号和查询码读给来电人。")
        case = Case.objects.get(pk=locked.case_id)
        now = timezone.now()
        sms.send(locked.telephone, sms.RECEIPT, [case.number, sealing.shown(sealing.access_secret(locked.token))], now + RECEIPT_SHOWN_FOR)
        locked.texted_at = now
        locked.save(update_fields=["texted_at"])


def may_text(sheet: Sheet) -> bool:
    """Whether the receipt of a sheet can go out as a short message: to a mobile, where the city has such messages."""
    return bool(_MOBILE.fullmatch(sheet.telephone)) and sms.may_send(sms.RECEIPT)


def clear_sheet(operator: User, sheet: Sheet) -> None:
    """Throw away what was typed: a wrong connection, nobody on the line."""
    with transaction.atomic():
        Sheet.objects.filter(pk=sheet.pk, operator=operator, sent_at=None).delete()


def forget_old_sheets() -> None:
    """Delete sheets that nobody went on with, and sent ones once their receipt is no longer shown."""
    now = timezone.now()
    with transaction.atomic():
        Sheet.objects.filter(sent_at__lt=now - RECEIPT_SHOWN_FOR).delete()
        Sheet.objects.filter(sent_at=None, changed_at__lt=now - KEPT_FOR).delete()
