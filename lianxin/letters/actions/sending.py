"""A draft becomes a letter: the telephone is verified, the box is found, one token makes one case."""

import re
from dataclasses import dataclass
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from lianxin.casework import actions as casework
from lianxin.casework import sealing
from lianxin.casework.actions import PetitionerData, Receipt
from lianxin.casework.models import Case, Petitioner
from lianxin.casework.queries import by_number_and_secret
from lianxin.casework.vocabulary import Identity
from lianxin.foundation import rows
from lianxin.foundation.errors import Refused
from lianxin.identity import actions as identity
from lianxin.identity import consents
from lianxin.identity import queries as citizens
from lianxin.identity.actions.limits import charge
from lianxin.identity.errors import TooOften
from lianxin.identity.models import Level, User
from lianxin.letters import queries, routing
from lianxin.letters.actions.drafts import RECEIPT_SHOWN_FOR, mark_sent, written
from lianxin.letters.models import Draft
from lianxin.letters.writing import Written

VERIFIED_FOR = timedelta(minutes=30)
_SENDING = ((3600, 10), (86400, 30))
_TITLES = "书记|市长|州长|区长|县长|镇长|乡长|局长|主任|秘书长|领导|同志|负责人|工作人员|部门|单位|先生|女士"
# 尊敬的林市长： 各位领导，你们好！ 您好，: nearly every letter opens so, and a list of such subjects says nothing.
_GREETING = re.compile(
    rf"^\s*(?:(?:(?:尊敬的|敬爱的|亲爱的)[^\s，。！：,!:]{{0,8}}?(?:{_TITLES})们?"
    rf"|[^\s，。！：,!:]{{0,8}}(?:{_TITLES})们?(?=\s*[：:])"
    rf"|[^\s，。！：,!:]{{0,8}}(?:{_TITLES})?们?[您你]们?好(?=[\s，。！：,!:]|$)|[您你]好(?!意思)|大家好)[\s，。！：,!:～~]*)+"
)


@dataclass(frozen=True)
class _Sender:
    """Who sends, as far as he has shown it."""

    user: User | None
    telephone: str
    name: str
    identity: str


def ask_for_code(draft: Draft, telephone: str, *, address: str = "") -> identity.Started:
    """Send a code to a guest's telephone; the draft waits for it. Raises Refused, TooOften."""
    started = identity.start_verification(telephone, identity.Purpose.GUEST, address=address)
    with transaction.atomic():
        Draft.objects.filter(pk=draft.pk, sent_at=None).update(verification=started.token)
    return started


def ask_again(draft: Draft, *, address: str = "") -> identity.Started:
    """Send another code to the telephone that the draft's code went to. Raises CodeOver, TooOften."""
    started = identity.start_again(draft.verification, address=address)
    with transaction.atomic():
        Draft.objects.filter(pk=draft.pk, sent_at=None).update(verification=started.token)
    return started


def verify(draft: Draft, code: str, *, address: str = "") -> Draft:
    """Compare the digits; from then on the draft holds a verified telephone for half an hour. Raises WrongCode, CodeOver, TooOften."""
    verified = identity.confirm_verification(draft.verification, code, address=address)
    with transaction.atomic():
        number = identity.use_verification(verified.token, identity.Purpose.GUEST)
        locked = Draft.objects.select_for_update().get(pk=draft.pk)
        locked.telephone, locked.verified_at, locked.verification = number, timezone.now(), ""
        locked.save(update_fields=["telephone", "verified_at", "verification"])
    return locked


def is_verified(draft: Draft) -> bool:
    """Whether a guest has shown that he holds a telephone, for this letter."""
    return bool(draft.telephone) and draft.verified_at is not None and draft.verified_at > timezone.now() - VERIFIED_FOR


def send(user: User | None, draft: Draft) -> Receipt:
    """Send the letter of a draft; sent again, it shows the same receipt.

    ``user`` is the signed-in citizen, or None for a guest whose telephone was verified. Raises Refused for what is missing.
    """
    known = receipt_of(draft)
    if known is not None:
        return known
    content = written(draft)
    shown = _shown(user, draft)
    route = routing.route(content, shown == Identity.REAL_NAME)
    with transaction.atomic():
        if user is not None:
            limit("letters", str(user.pk), "提交来信")
        sender = _sender(user, draft, content, shown)
    files = list(draft.files.all())
    receipt = casework.submit(
        user,
        route.kind,
        token=draft.token,
        subject=content.subject or first_words(content.text),
        text=content.text,
        place=content.place,
        visibility=content.visibility,
        addressed_to=route.leader,
        lead=route.unit,
        petitioner=PetitionerData(
            name=sender.name,
            phone=sender.telephone,
            kind=_kind(user),
            identity=sender.identity,
            user=user,
            # Whoever has an account agreed when he opened it; a guest could not ask for a code without.
            consent="" if user is not None else consents.text(consents.PRIVACY).mark,
        ),
        files=[SimpleUploadedFile(row.name, row.file.read()) for row in files],
        together=lambda case: mark_sent(draft, case, files),
    )
    if not receipt.is_new:
        mark_sent(draft, receipt.case, files)
    _join(user, receipt, content)
    return receipt


def receipt_of(draft: Draft) -> Receipt | None:
    """The receipt of a draft that was sent, for as long as it is shown."""
    if draft.case_id is None or draft.sent_at is None or draft.sent_at < timezone.now() - RECEIPT_SHOWN_FOR:
        return None
    case = rows.one(Case, id=draft.case_id)
    return Receipt(case, sealing.access_secret(draft.token), False) if case is not None else None


def first_words(text: str) -> str:
    """A subject for a letter without one: its first sentence after the greeting, at most thirty signs."""
    text = _GREETING.sub("", text) or text
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    for end in "。！？!?；;":
        line = line.partition(end)[0] or line
    return line if len(line) <= 30 else f"{line[:29]}…"


def _shown(user: User | None, draft: Draft) -> Identity:
    """What the sender has shown of himself. Raises Refused when it is not enough for any letter."""
    if user is None:
        if not is_verified(draft):
            raise Refused("请先用短信验证码验证手机号。")
        return Identity.TELEPHONE
    level = citizens.level_of(user)
    if level < Level.TELEPHONE:
        raise Refused(citizens.refusal_below(user, Level.TELEPHONE))
    return Identity.REAL_NAME if level >= Level.REAL_NAME else Identity.TELEPHONE


def _sender(user: User | None, draft: Draft, content: Written, shown: Identity) -> _Sender:
    if user is None:
        return _Sender(None, draft.telephone, content.name, shown)
    data = identity.read_personal_data(user, user, ["telephone", "display_name", "real_name", "enterprise_name"], "提交来信")
    return _Sender(user, data.telephone, data.enterprise_name or data.real_name or content.name or data.display_name, shown)


def _kind(user: User | None) -> str:
    enterprise = user is not None and user.kind == User.Kind.ENTERPRISE
    return Petitioner.Kind.ENTERPRISE if enterprise else Petitioner.Kind.PERSON


def limit(scope: str, key: str, what: str) -> None:
    """Count one sending by ``key`` in the caller's transaction; a guest is limited by the codes he asks for besides. Raises TooOften."""
    until = charge(scope, key, _SENDING)
    if until is not None:
        raise TooOften(until, what)


def _join(user: User | None, receipt: Receipt, content: Written) -> None:
    """Let the letter join the one its writer chose; when that is not possible any more, it stands for itself."""
    main = queries.joinable(content.join)
    if main is None or receipt.case.cluster_id is not None or main.kind != receipt.case.kind:
        return
    actor = user or by_number_and_secret(receipt.case.number, receipt.secret)
    try:
        casework.join_cluster(actor, Case.objects.get(pk=receipt.case.pk), main)  # type: ignore[arg-type]
    except Refused:
        return
