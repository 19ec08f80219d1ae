"""A draft becomes a petition, complaint, enquiry or report: who writes is shown as far as its kind asks, one token makes one case."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from lianxin.casework.actions import PetitionerData, Receipt
from lianxin.casework.models import Petitioner
from lianxin.casework.vocabulary import Identity
from lianxin.foundation.errors import Refused
from lianxin.identity import actions as identity
from lianxin.identity import consents
from lianxin.identity import queries as citizens
from lianxin.identity.models import Level, User
from lianxin.letters.actions import receipt_of
from lianxin.letters.actions.drafts import mark_sent
from lianxin.letters.actions.sending import first_words, is_verified, limit
from lianxin.letters.models import Draft
from lianxin.petitions import writing
from lianxin.petitions.actions.taking import take_in
from lianxin.petitions.kinds import PETITION, REPORT
from lianxin.petitions.writing import Content


def send(user: User | None, draft: Draft, *, address: str = "") -> Receipt:
    """Send what a draft holds; sent again, it shows the same receipt.

    ``user`` is the signed-in citizen, or None: then a telephone was verified, or it is a report without a name. Raises Refused, TooOften.
    """
    known = receipt_of(draft)
    if known is not None:
        return known
    content = writing.read(draft)
    about = writing.target(content) if content.kind == REPORT else None
    if content.kind == REPORT and content.about and about is None:
        raise Refused("您检举的单位或领导已经不在列表里，请重新选择。")
    petitioner = _petitioner(user, draft, content)
    if sender := str(user.pk) if user is not None else address:
        with transaction.atomic():
            limit("petitions", sender, "提交")
    files = list(draft.files.all())
    receipt = take_in(
        None if content.nameless and content.kind == REPORT else user,
        content.kind,
        token=draft.token,
        subject=content.subject or first_words(content.text),
        text=content.text,
        place=content.place,
        about=about,
        petitioner=petitioner,
        files=[SimpleUploadedFile(row.name, row.file.read()) for row in files],
        together=lambda case: mark_sent(draft, case, files),
    )
    if not receipt.is_new:
        mark_sent(draft, receipt.case, files)
    return receipt


def _petitioner(user: User | None, draft: Draft, content: Content) -> PetitionerData:
    if content.kind == REPORT and content.nameless:
        # Not even the account is noted: who is not named cannot be found either.
        return PetitionerData()
    if user is None:
        if content.kind == PETITION:
            raise Refused("提交信访事项需要实名：请先登录并完成实名核验，写好的内容已经保存。")
        if not is_verified(draft):
            raise Refused("请先用短信验证码验证手机号。")
        mark = consents.text(consents.PRIVACY).mark
        return PetitionerData(name=content.name, phone=draft.telephone, identity=Identity.TELEPHONE, consent=mark)
    level = citizens.level_of(user)
    needed = Level.REAL_NAME if content.kind == PETITION else Level.TELEPHONE
    if level < needed:
        raise Refused(citizens.refusal_below(user, needed))
    data = identity.read_personal_data(user, user, ["telephone", "display_name", "real_name", "enterprise_name"], "提交信访事项")
    return PetitionerData(
        name=data.enterprise_name or data.real_name or data.display_name,
        phone=data.telephone,
        kind=Petitioner.Kind.ENTERPRISE if user.kind == User.Kind.ENTERPRISE else Petitioner.Kind.PERSON,
        identity=Identity.REAL_NAME if level >= Level.REAL_NAME else Identity.TELEPHONE,
        user=user,
    )
