"""A case begins: one token, one case, one number, one receipt."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from lianxin.casework import kinds, moments, sealing, uploads
from lianxin.casework.actions import assignments, attachments
from lianxin.casework.actions.common import Work, clean
from lianxin.casework.actions.following import follow
from lianxin.casework.events import EventType
from lianxin.casework.kinds import CaseKind
from lianxin.casework.models import Case, CaseKey, EventVisibility, Petitioner
from lianxin.casework.projections import Rows
from lianxin.casework.rights import UNIT_ROLES, Role, Standing, account
from lianxin.casework.vocabulary import IDENTITY_ORDER, Channel, Identity, Visibility
from lianxin.foundation import bulk, rows
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.foundation.numbering import next_number
from lianxin.identity.models import User
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Organisation, Post

LONGEST_SUBJECT = 100
ONLINE = (Channel.WEB, Channel.API)
_PERSONAL = ("name", "phone", "email", "address", "id_number")
_ORDER = (Visibility.PUBLIC, Visibility.ANONYMISED, Visibility.PRIVATE)
# Who may register what came by telephone, on paper or in person.
_REGISTRARS = UNIT_ROLES | {Role.TRIAGE, Role.OPERATOR}


@dataclass(frozen=True)
class PetitionerData:
    """Who brings a case, as far as he says. ``identity`` is what was verified, by whoever calls."""

    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    id_number: str = ""
    kind: str = Petitioner.Kind.PERSON
    identity: str = Identity.NONE
    consent: str = ""
    """The version of the text about personal data that somebody without an account agreed to, with its digest."""
    user: User | None = None


@dataclass(frozen=True)
class Receipt:
    """What the petitioner takes home. ``secret`` is shown once more only to whoever repeats the same token."""

    case: Case
    secret: str
    is_new: bool

    @property
    def shown_secret(self) -> str:
        """The secret in groups of four."""
        return sealing.shown(self.secret)


def submit(
    actor: User | None,
    kind: str,
    *,
    token: str,
    subject: str,
    text: str,
    petitioner: PetitionerData,
    channel: str = Channel.WEB,
    category: str = "",
    sub_state: str = "",
    place: str = "",
    visibility: str | None = None,
    addressed_to: Post | None = None,
    office: Organisation | None = None,
    lead: Organisation | None = None,
    sealed_from: Iterable[Organisation | User] = (),
    files: Iterable[UploadedFile] = (),
    received_at: datetime | None = None,
    together: Callable[[Case], None] = lambda case: None,
) -> Receipt:
    """Take a case in. The same ``token`` (16 to 128 characters, drawn by the form) gives the same receipt, however often it comes.

    ``actor`` is the petitioner's account, the member of staff who registers a call or a letter (with ``received_at``, never later than
    now), or None. ``visibility`` is the petitioner's wish; the stricter of it and the kind's default holds. ``office`` screens, by default
    the kind's. ``lead`` gets the case at once, without screening, for kinds whose table knows ``give_at_once``. ``sub_state`` is the sort
    that whoever registers it knows already; it sets the limit where the kind says so. ``together`` writes, within the transaction of a
    new case, what must stand or fall with it. Raises Refused for what is missing or too long, or an identity below the kind's floor.
    """
    declared = kinds.kind(kind)
    subject = clean(subject, "标题", longest=LONGEST_SUBJECT)
    text = clean(text, "内容")
    _require_token(token)
    _require_identity(actor, declared, channel, petitioner)
    now = moments.now()
    received = received_at or now
    if received > now:
        raise Refused("收到时间不能晚于现在，请改正。")
    if category and declared.categories and category not in declared.categories:
        raise Refused("没有这个分类，请从列表里选择。")
    if sub_state and sub_state not in declared.sub_states:
        raise Refused("没有这个事项类别，请从列表里选择。")
    known = _known(token)
    if known is not None:
        return known
    checked = uploads.check(files)
    sealed_from = list(sealed_from)
    desk = office.pk if office is not None else _office(declared)
    wish = visibility or declared.default_visibility
    facts = {
        "kind": declared.code,
        "kind_version": declared.version,
        "token": sealing.token_hash(token),
        "secret": sealing.secret_hash(sealing.access_secret(token)),
        "channel": Channel(channel).value,
        "category": category,
        "office": desk,
        "addressed_to": addressed_to.pk if addressed_to else None,
        "wish": wish,
        "visibility": max(wish, declared.default_visibility, key=_ORDER.index),
        "received_at": received,
        "user": petitioner.user.pk if petitioner.user else None,
        "petitioner_kind": petitioner.kind,
        "identity": petitioner.identity,
    }
    if sub_state:
        facts["sub_state"] = sub_state
    if petitioner.consent:
        facts["consent"] = petitioner.consent
    said = {name: clean(getattr(petitioner, name), "填写的内容", longest=500, required=False) for name in _PERSONAL}
    private = {"subject": subject, "text": text, "place": clean(place, "地点", longest=200, required=False)}
    # Before the transaction of the case, as everybody who submits waits for the one who holds the series. The number stays the token's,
    # whatever becomes of this try.
    facts["number"] = _number(declared, token, received)
    try:
        with attachments.keeping(checked) as kept, transaction.atomic():
            work = _new(actor, declared)
            work.enter("submit")
            work.record(EventType.SUBMITTED, facts, private, personal=said, visibility=EventVisibility.PARTIES)
            for target in sealed_from:
                name = "organisation" if isinstance(target, Organisation) else "user"
                work.record(EventType.SEALED, {name: target.pk})
            attachments.attach(work, kept, message=None, from_citizen=channel in ONLINE)
            if lead is not None:
                assignments.give_at_once(work, lead)
            follow(work)
            work.store()
            together(work.case)
    except IntegrityError:
        # The same form, sent twice at the same moment: the other one was first.
        known = _known(token)
        if known is None:
            raise
        return known
    return Receipt(work.case, sealing.access_secret(token), True)


def _new(actor: User | None, kind: CaseKind) -> Work:
    """A case that is about to begin, with its key."""
    (case_id,) = bulk.reserve(Case, 1)
    case = Case(pk=case_id)
    keys = sealing.Keys(sealing.new_key(), sealing.new_key())
    work = Work(actor, Rows(case, stored=True), kind, keys)
    work.rows.add(CaseKey(case_id=case_id, key=keys.words, person=keys.person))
    return work


def _require_token(token: str) -> None:
    if not 16 <= len(token) <= 128:
        raise ValueError("a token has 16 to 128 characters")


def _require_identity(actor: User | None, kind: CaseKind, channel: str, petitioner: PetitionerData) -> None:
    """Online, the kind's floor holds; what comes otherwise is registered by staff, who see or hear the person."""
    if kind.registered_by:
        if not Standing(actor).holding(*kind.registered_by):
            raise Forbidden(f"“{kind.name}”由{'、'.join(Role(role).label for role in sorted(kind.registered_by))}岗位登记。")
        return
    if channel in ONLINE:
        if petitioner.user not in (None, account(actor)):
            raise Forbidden("只能用自己的账号提交，请重新登录。")
        if IDENTITY_ORDER.index(Identity(petitioner.identity)) < IDENTITY_ORDER.index(kind.identity_floor):
            raise Refused(f"提交“{kind.name}”需要{kind.identity_floor.label}，请先完成验证。")
        return
    if not Standing(actor).holding(*_REGISTRARS):
        raise Forbidden("登记来电、来信和来访需要分办、话务或承办岗位，请与本单位管理员联系。")
    if account(actor) == petitioner.user:
        raise Refused("不能把自己登记为来电人或反映人，请从网站提交。")


def _known(token: str) -> Receipt | None:
    case = rows.one(Case, token=sealing.token_hash(token))
    return Receipt(case, sealing.access_secret(token), False) if case is not None else None


def _office(kind: CaseKind) -> int:
    found = organisations.office_key(kind.office)
    if found is None:
        raise Refused("受理单位尚未设置，暂时不能提交，请稍后再试或拨打政务服务热线。")
    return found


def _number(kind: CaseKind, token: str, received_at: datetime) -> str:
    """The next number of the kind in the year of receipt; the same for the same token."""
    year = timezone.localtime(received_at).year
    return f"{kind.prefix}{year}{next_number(f'casework:{kind.prefix}:{year}', sealing.token_hash(token)):06d}"
